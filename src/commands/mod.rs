//! One file for each subcommand.

mod check;
mod dead_letters;
mod demo;
mod directory;
mod migrate;
mod run;
mod schema;
mod topics;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, FromArgMatches, Parser};
use schedule_callback::domain::phone;
use schedule_callback::domain::time::zone;
use schedule_callback::telemetry::line::escaped;

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

/// How a command ends other than in order. The statuses are those of sysexits.h (docs/contract.md#the-program).
#[derive(Debug)]
enum Failure {
    /// What was asked for, in arguments or settings, cannot be done.
    Usage(anyhow::Error),
    /// A server cannot be reached, or does not have what it needs.
    Unavailable(anyhow::Error),
    /// A fault of the program or of the machine.
    Internal(anyhow::Error),
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

/// Tells on standard output what was done, which is done also where nobody listens any more.
fn say(what: impl fmt::Display) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{what}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said.map_err(Failure::internal),
    }
}

impl Failure {
    const USAGE: u8 = 64;
    const UNAVAILABLE: u8 = 69;
    const INTERNAL: u8 = 70;

    fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    fn report(&self) -> ExitCode {
        let (status, error) = match self {
            Self::Usage(error) => (Self::USAGE, error),
            Self::Unavailable(error) => (Self::UNAVAILABLE, error),
            Self::Internal(error) => (Self::INTERNAL, error),
        };
        eprintln!("schedule-callback: {}", escaped(&format!("{error:#}")));
        ExitCode::from(status)
    }
}
