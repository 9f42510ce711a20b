//! The program `schedule-callback`: arguments in, exit status out (docs/contract.md#the-program).

mod commands;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Batches are made on one thread and freed on another, thousands of small pieces each: the system's allocator spent
/// more than a third of the intake's time on that (docs/decisions/0004-allocator.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    commands::main()
}
