//! Brings the database to this version: numbered SQL files, each applied once, under a lock.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::DatabaseError;

/// The files, in order. A file that has been released is never changed: a new one is added.
const MIGRATIONS: &[(i32, &str, &str)] = &[
    (1, "foundation", include_str!("migrations/0001_foundation.sql")),
    (2, "scheduled", include_str!("migrations/0002_scheduled.sql")),
    (3, "leaves", include_str!("migrations/0003_leaves.sql")),
];

/// Gives the roles of config/postgres/roles.sql their rights, where they exist.
const GRANTS: &str = include_str!("grants.sql");

/// Advisory lock that serialises migrations and the making of partitions: "schedcb" in ASCII.
pub(super) const SCHEMA_LOCK: i64 = 0x73_63_68_65_64_63_62;

/// Encodings of databases that hold every text: `SQL_ASCII` takes the bytes as they come.
const ENCODINGS: [&str; 2] = ["UTF8", "SQL_ASCII"];

/// Applies what is missing and returns the names of what was applied. Where nothing is, a role that may read
/// `schema_migration` is enough.
///
/// # Errors
/// `Settings` where the database cannot hold every text. `History` where an applied migration is not the one this
/// version has, or is newer than this version. `NotAllowed` where something is missing and this role is not the tables'
/// owner.
pub async fn migrate(client: &mut Client) -> Result<Vec<&'static str>, DatabaseError> {
    match apply(client, MIGRATIONS).await {
        Err(DatabaseError::Postgres(error)) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            Err(DatabaseError::NotAllowed(error))
        }
        outcome => outcome,
    }
}

/// Gives the other roles their rights anew, as `migrate` does when it applies something.
///
/// # Errors
/// What PostgreSQL says.
pub async fn grant(client: &mut Client) -> Result<(), DatabaseError> {
    let transaction = client.transaction().await?;
    // Rights are rows of the catalog, which two sessions cannot change at once.
    transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
    transaction.batch_execute(GRANTS).await?;
    transaction.commit().await?;
    Ok(())
}

async fn apply(
    client: &mut Client,
    migrations: &'static [(i32, &'static str, &'static str)],
) -> Result<Vec<&'static str>, DatabaseError> {
    let transaction = client.transaction().await?;
    let encoding: String = transaction.query_one("show server_encoding", &[]).await?.get(0);
    // Any other one lacks characters, and the first name that has one would stop its partition for good.
    if !ENCODINGS.contains(&encoding.as_str()) {
        return Err(DatabaseError::Settings(format!("its encoding is {encoding}; create it with encoding 'UTF8'")));
    }
    transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
    // Looked for first: `create table if not exists` asks for the right to make tables also where it has nothing to do.
    if transaction.query_one("select to_regclass('schema_migration') is null", &[]).await?.get(0) {
        transaction
            .batch_execute(
                "create table schema_migration (
                     version    integer     primary key,
                     name       text        not null,
                     sha256     bytea       not null,
                     applied_at timestamptz not null default now()
                 )",
            )
            .await?;
    }
    let rows = transaction.query("select version, name, sha256 from schema_migration order by version", &[]).await?;
    let mut applied = 0;
    for row in &rows {
        let (version, name, digest): (i32, String, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
        let known = migrations.iter().find(|known| known.0 == version);
        match known {
            None => {
                return Err(DatabaseError::History(format!(
                    "the database has migration {version} ({name}), which this version does not know: run a newer version"
                )));
            }
            Some(known) if Sha256::digest(known.2).as_slice() != digest => {
                return Err(DatabaseError::History(format!(
                    "migration {version} ({name}) was applied with another content than this version has: history was changed"
                )));
            }
            Some(_) => applied = version,
        }
    }
    let mut done = Vec::new();
    for (version, name, sql) in migrations.iter().filter(|migration| migration.0 > applied) {
        transaction.batch_execute(sql).await?;
        let digest = Sha256::digest(sql);
        transaction
            .execute(
                "insert into schema_migration (version, name, sha256) values ($1, $2, $3)",
                &[version, name, &digest.as_slice()],
            )
            .await?;
        done.push(*name);
    }
    if !done.is_empty() {
        transaction.batch_execute(GRANTS).await?;
    }
    transaction.commit().await?;
    Ok(done)
}
