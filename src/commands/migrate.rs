//! `migrate`: brings the database to this version.

use std::path::PathBuf;

use schedule_callback::clock;
use schedule_callback::postgres::DatabaseError;
use schedule_callback::postgres::leaves::Leaves;
use schedule_callback::postgres::migrate::{grant, migrate};
use schedule_callback::service::endpoint_of;

use super::run::{load, runtime};
use super::{Failure, say};

/// Bring the database to this version, which `run` does too, and give the roles of config/postgres/roles.sql their rights.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Applies what is missing and says what that was.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let config = load(arguments.config.as_deref())?;
    let endpoint = endpoint_of(&config).map_err(Failure::usage)?;
    let applied = runtime()?.block_on(async {
        let mut client = endpoint.connect().await?;
        let applied = migrate(&mut client).await?;
        grant(&mut client).await?;
        Leaves::default().prepare(&mut client, clock::now()).await?;
        Ok(applied)
    });
    let applied = applied.map_err(|error: DatabaseError| match error {
        DatabaseError::History(_) => Failure::Internal(error.into()),
        _ => Failure::Unavailable(anyhow::anyhow!("PostgreSQL at {}: {}", endpoint.address(), error.describe())),
    })?;
    match applied.as_slice() {
        [] => say("the database has this version already"),
        names => say(format_args!("applied: {}", names.join(", "))),
    }
}
