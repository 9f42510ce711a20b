//! How a command ends other than in order, and what it says.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use schedule_callback::telemetry::line::escaped;

/// How a command ends other than in order. The statuses are those of sysexits.h (docs/contract.md#the-program).
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked for, in arguments or settings, cannot be done.
    Usage(anyhow::Error),
    /// A server cannot be reached, or does not have what it needs.
    Unavailable(anyhow::Error),
    /// A fault of the program or of the machine.
    Internal(anyhow::Error),
}

impl Failure {
    pub(super) const USAGE: u8 = 64;
    pub(super) const UNAVAILABLE: u8 = 69;
    pub(super) const INTERNAL: u8 = 70;

    pub(super) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    pub(super) fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    pub(super) fn report(&self) -> ExitCode {
        let (status, error) = match self {
            Self::Usage(error) => (Self::USAGE, error),
            Self::Unavailable(error) => (Self::UNAVAILABLE, error),
            Self::Internal(error) => (Self::INTERNAL, error),
        };
        eprintln!("schedule-callback: {}", escaped(&format!("{error:#}")));
        ExitCode::from(status)
    }
}

/// Tells on standard output what was done, which is done also where nobody listens any more.
pub(super) fn say(what: impl fmt::Display) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{what}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said.map_err(Failure::internal),
    }
}
