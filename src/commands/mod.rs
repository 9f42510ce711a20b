//! One file for each subcommand.

mod check;
mod dead_letters;
mod demo;
mod directory;
mod failure;
mod migrate;
mod run;
mod schema;
mod topics;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, FromArgMatches, Parser};
use schedule_callback::domain::phone;
use schedule_callback::domain::time::zone;

use self::failure::Failure;

/// The program's version, and those of the tables that are compiled into it.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\nnumbering plans: libphonenumber {}\ntime zones: tzdb {}",
        env!("CARGO_PKG_VERSION"),
        phone::RELEASE,
        zone::RELEASE
    )
});

/// Durable callback scheduling on Kafka and PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "schedule-callback", version = VERSION.as_str(), about, max_term_width = 100)]
enum Command {
    Run(run::Arguments),
    Demo(demo::Arguments),
    Check(check::Arguments),
    Migrate(migrate::Arguments),
    Topics(topics::Arguments),
    Directory(directory::Arguments),
    DeadLetters(dead_letters::Arguments),
    Schema(schema::Arguments),
}

/// Does what the arguments say.
pub fn main() -> ExitCode {
    let command = match arguments().try_get_matches().and_then(|given| Command::from_arg_matches(&given)) {
        Ok(command) => command,
        Err(error) => return explain(&error),
    };
    let done = match command {
        Command::Run(arguments) => run::main(&arguments),
        Command::Demo(arguments) => demo::main(&arguments),
        Command::Check(arguments) => check::main(&arguments),
        Command::Migrate(arguments) => migrate::main(&arguments),
        Command::Topics(arguments) => topics::main(&arguments),
        Command::Directory(arguments) => directory::main(&arguments),
        Command::DeadLetters(arguments) => dead_letters::main(arguments),
        Command::Schema(arguments) => schema::main(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// All that the program takes: for itself, and for what writes its man pages (tools/dist/manual.rs).
pub fn arguments() -> clap::Command {
    Command::command()
}

/// Shows what clap has to say: help and version are no failures.
fn explain(error: &clap::Error) -> ExitCode {
    let shown = error.print().is_ok();
    if shown && !error.use_stderr() { ExitCode::SUCCESS } else { ExitCode::from(Failure::USAGE) }
}
