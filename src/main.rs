//! The program `schedule-callback`: arguments in, exit status out (contract §11).

mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
