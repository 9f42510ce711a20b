//! `migrate`: brings the database to this version.

use std::path::PathBuf;

use schedule_callback::clock;
use schedule_callback::postgres::DatabaseError;
use schedule_callback::postgres::installation::adopt;
use schedule_callback::postgres::leaves::Leaves;
use schedule_callback::postgres::migrate::{Migrated, after_restore, grant, migrate};
use schedule_callback::service::endpoint_of;

use super::failure::{Failure, say};
use super::run::{load, runtime};

/// Bring the database to this version, which `run` does too, and give the roles of config/postgres/roles.sql their rights.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database was restored from a backup: leave out the CallbackIds that may have been given out since. Only while
    /// no instance runs.
    #[arg(long)]
    after_restore: bool,
    /// The database moves to another cluster, group or command topic, or the group to this database: the next start says
    /// where it belongs from then on. Only while no instance runs, on this database or in that group.
    #[arg(long)]
    adopt: bool,
}

/// Applies what is missing and says what that was.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let config = load(arguments.config.as_deref())?;
    let endpoint = endpoint_of(&config).map_err(Failure::usage)?;
    let migrated = runtime()?.block_on(async {
        let mut client = endpoint.connect().await?;
        let migrated = migrate(&mut client).await?;
        grant(&mut client).await?;
        Leaves::default().prepare(&mut client, clock::now()).await?;
        let left_out = if arguments.after_restore { Some(after_restore(&mut client).await?) } else { None };
        if arguments.adopt {
            adopt(&client).await?;
        }
        Ok((migrated, left_out))
    });
    let (Migrated { applied, newer }, left_out) = migrated.map_err(|error: DatabaseError| match error {
        DatabaseError::History(_) => Failure::Internal(error.into()),
        _ => Failure::Unavailable(anyhow::anyhow!("PostgreSQL at {}{}", endpoint.address(), error.after_name())),
    })?;
    match (applied.as_slice(), newer.as_slice()) {
        ([], []) => say("the database has this version already")?,
        ([], newer) => say(format_args!("the database is newer than this version, and fits it: {}", newer.join(", ")))?,
        (applied, _) => say(format_args!("applied: {}", applied.join(", ")))?,
    }
    if let Some(highest) = left_out {
        say(format_args!("new CallbackIds are above {highest}: none that was given out since the backup comes again"))?;
    }
    if arguments.adopt {
        say("the database belongs to the cluster, group and command topic of the next instance that starts on it")?;
    }
    Ok(())
}
