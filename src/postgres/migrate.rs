//! Brings the database to this version: numbered SQL files, each applied once, under a lock.
//!
//! Old and new programs share the database while an upgrade rolls, and after a roll-back. So a migration only expands
//! the schema: programs that do not know it go on working. What contracts it comes in a later release, when no program
//! that needs the old form is left, and says so (`compatible_from`); docs/running.md has the rules.

use sha2::{Digest, Sha256};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Transaction};

use super::DatabaseError;
use super::callback::SEQUENCE_BLOCK;
use crate::domain::ids::CallbackId;

/// A step of the schema. One that has been released is never changed: a new one is added.
struct Migration {
    version: i32,
    name: &'static str,
    sql: &'static str,
    /// Programs whose newest migration is at least this one still work after it. Where it only expands the schema, that
    /// is the number of the migration before it, or lower.
    compatible_from: i32,
}

/// In order.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "foundation",
        sql: include_str!("migrations/0001_foundation.sql"),
        compatible_from: 1,
    },
    Migration { version: 2, name: "scheduled", sql: include_str!("migrations/0002_scheduled.sql"), compatible_from: 1 },
    Migration { version: 3, name: "leaves", sql: include_str!("migrations/0003_leaves.sql"), compatible_from: 1 },
    Migration {
        version: 4,
        name: "installation",
        sql: include_str!("migrations/0004_installation.sql"),
        compatible_from: 1,
    },
    Migration { version: 5, name: "people", sql: include_str!("migrations/0005_people.sql"), compatible_from: 1 },
    Migration { version: 6, name: "bytes", sql: include_str!("migrations/0006_bytes.sql"), compatible_from: 1 },
    Migration { version: 7, name: "life", sql: include_str!("migrations/0007_life.sql"), compatible_from: 1 },
    Migration { version: 8, name: "reports", sql: include_str!("migrations/0008_reports.sql"), compatible_from: 1 },
    Migration {
        version: 9,
        name: "distribution",
        sql: include_str!("migrations/0009_distribution.sql"),
        compatible_from: 1,
    },
];

/// Gives the roles of config/postgres/roles.sql their rights, where they exist.
const GRANTS: &str = include_str!("grants.sql");

/// Advisory lock that serialises migrations and the making of partitions: "schedcb" in ASCII.
pub(super) const SCHEMA_LOCK: i64 = 0x73_63_68_65_64_63_62;

/// Encodings of databases that hold every text: `SQL_ASCII` takes the bytes as they come.
const ENCODINGS: [&str; 2] = ["UTF8", "SQL_ASCII"];

/// Sequence numbers that are left out after a restore: more than a day's at the highest rate that was measured (47,000
/// commands a second), and room for two thousand restores.
const LEFT_OUT: i64 = 1 << 32;
/// Raises the epochs after a restore above all that were taken in what was lost.
const EPOCHS_LEFT_OUT: i64 = 1 << 20;

/// What `migrate` found and did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// What was applied, in order.
    pub applied: Vec<&'static str>,
    /// Migrations of a newer version that are there already, with which this version works all the same.
    pub newer: Vec<String>,
}

/// Applies what is missing. Where nothing is, a role that may read `schema_migration` is enough.
///
/// # Errors
/// `Settings` where the database cannot hold every text; `History` where an applied migration is not the one this version
/// has, or is one with which it no longer works; `NotAllowed` where something is missing and this role is not the tables'
/// owner.
pub async fn migrate(client: &mut Client) -> Result<Migrated, DatabaseError> {
    match apply(client).await {
        Err(DatabaseError::Postgres(error)) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            Err(DatabaseError::NotAllowed(error))
        }
        outcome => outcome,
    }
}

async fn apply(client: &mut Client) -> Result<Migrated, DatabaseError> {
    let transaction = client.transaction().await?;
    let encoding: String = transaction.query_one("show server_encoding", &[]).await?.get(0);
    // Any other one lacks characters, and the first name that has one would stop its partition for good.
    if !ENCODINGS.contains(&encoding.as_str()) {
        return Err(DatabaseError::Settings(format!("its encoding is {encoding}; create it with encoding 'UTF8'")));
    }
    transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
    prepare_history(&transaction).await?;
    let mut migrated = Migrated::default();
    let known = check_history(&transaction, &mut migrated).await?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > known) {
        transaction.batch_execute(migration.sql).await?;
        transaction
            .execute(
                "insert into schema_migration (version, name, sha256, compatible_from) values ($1, $2, $3, $4)",
                &[
                    &migration.version,
                    &migration.name,
                    &Sha256::digest(migration.sql).as_slice(),
                    &migration.compatible_from,
                ],
            )
            .await?;
        migrated.applied.push(migration.name);
    }
    if !migrated.applied.is_empty() {
        transaction.batch_execute(GRANTS).await?;
    }
    transaction.commit().await?;
    Ok(migrated)
}

/// The table of what was applied. Touched only where it is not as it should be, since a role that may run the service
/// need not be one that may change tables.
async fn prepare_history(transaction: &Transaction<'_>) -> Result<(), DatabaseError> {
    let complete = transaction
        .query_one(
            "select exists (select from pg_attribute where attrelid = to_regclass('schema_migration')
                            and attname = 'compatible_from' and not attisdropped)",
            &[],
        )
        .await?;
    if !complete.get::<_, bool>(0) {
        transaction
            .batch_execute(
                "create table if not exists schema_migration (
                     version    integer     primary key,
                     name       text        not null,
                     sha256     bytea       not null,
                     applied_at timestamptz not null default now()
                 );
                 -- Null was written by the first version, which did not know the column: that migration's own number.
                 alter table schema_migration add column if not exists compatible_from integer",
            )
            .await?;
    }
    Ok(())
}

/// Compares what was applied with what this version knows, and returns the newest migration that both have.
async fn check_history(transaction: &Transaction<'_>, migrated: &mut Migrated) -> Result<i32, DatabaseError> {
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    let rows = transaction
        .query(
            "select version, name, sha256, coalesce(compatible_from, version) from schema_migration order by version",
            &[],
        )
        .await?;
    let mut applied = 0;
    for row in &rows {
        let (version, name, digest): (i32, String, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
        let compatible_from: i32 = row.get(3);
        match MIGRATIONS.iter().find(|known| known.version == version) {
            None if version > newest && compatible_from <= newest => migrated.newer.push(name),
            None => {
                return Err(DatabaseError::History(format!(
                    "the database has migration {version} ({name}), with which versions that end at migration {newest} \
                     no longer work: run a newer version"
                )));
            }
            Some(known) if Sha256::digest(known.sql).as_slice() != digest => {
                return Err(DatabaseError::History(format!(
                    "migration {version} ({name}) was applied with another content than this version has: history was changed"
                )));
            }
            Some(_) => applied = version,
        }
    }
    Ok(applied)
}

/// Makes a restored database safe to go on with, and returns the number up to which CallbackIds may have been given out
/// after the backup: none of them is given out again. Moves every epoch, too, so that an instance that outlived the
/// restore writes nothing any more; and says that the group goes on with this state, whatever it has seen before.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn after_restore(client: &mut Client) -> Result<i64, DatabaseError> {
    let transaction = client.transaction().await?;
    transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
    let moved = transaction
        .query_one(
            "select setval('callback_sequence', coalesce(pg_sequence_last_value('callback_sequence'), 1) + $1)",
            &[&LEFT_OUT],
        )
        .await?;
    transaction.execute("update shard set epoch = epoch + $1, updated_at = now()", &[&EPOCHS_LEFT_OUT]).await?;
    transaction.execute("update installation set adopts = true", &[]).await?;
    transaction.commit().await?;
    Ok(CallbackId::highest_of(moved.get::<_, i64>(0) + SEQUENCE_BLOCK - 1))
}

/// The highest CallbackId that can have been made from what the database's sequence has given out.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn highest_callback_id(client: &Client) -> Result<i64, DatabaseError> {
    let row = client.query_one("select pg_sequence_last_value('callback_sequence')", &[]).await?;
    Ok(row.get::<_, Option<i64>>(0).map_or(0, |last| CallbackId::highest_of(last + SEQUENCE_BLOCK - 1)))
}

/// Gives the other roles their rights anew, as `migrate` does when it applies something.
///
/// # Errors
/// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
pub async fn grant(client: &mut Client) -> Result<(), DatabaseError> {
    let transaction = client.transaction().await?;
    // Rights are rows of the catalog, which two sessions cannot change at once.
    transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
    transaction.batch_execute(GRANTS).await?;
    transaction.commit().await?;
    Ok(())
}
