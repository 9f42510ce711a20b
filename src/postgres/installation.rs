//! The table `installation`, of one row: the database's own name, and which cluster, group and command topic it belongs to.

use tokio_postgres::Client;

use super::DatabaseError;
use crate::domain::installation::{Home, Installation};

/// Makes the database this home's where it is nobody's yet, and returns what it says then. Of several that do so at once
/// one is first: the row is locked, and whoever comes next finds it taken.
///
/// # Errors
/// What PostgreSQL says.
pub async fn bind(client: &Client, home: &Home) -> Result<Installation, DatabaseError> {
    let Home { cluster, group, commands_topic } = home;
    // A cluster that did not tell its id at the first start may tell it at a later one.
    client
        .execute(
            "update installation
             set cluster_id = $1, group_id = $2, commands_topic = $3, bound_at = coalesce(bound_at, now())
             where group_id is null
                or (cluster_id is null and $1::text is not null and group_id = $2 and commands_topic = $3)",
            &[cluster, group, commands_topic],
        )
        .await?;
    read(client).await
}

/// What the database says of itself.
///
/// # Errors
/// What PostgreSQL says; `Row` where the row has been deleted.
pub async fn read(client: &Client) -> Result<Installation, DatabaseError> {
    let row = client
        .query_opt("select database_id, cluster_id, group_id, commands_topic, adopts from installation", &[])
        .await?
        .ok_or_else(|| DatabaseError::Row("table installation has lost its row".to_owned()))?;
    let home = match (row.get("group_id"), row.get("commands_topic")) {
        (Some(group), Some(commands_topic)) => Some(Home { cluster: row.get("cluster_id"), group, commands_topic }),
        _ => None,
    };
    Ok(Installation { database: row.get("database_id"), home, adopts: row.get("adopts") })
}

/// Makes the database nobody's, so that the next start says where it belongs; and that start's group goes on with it,
/// whatever database it names.
///
/// # Errors
/// What PostgreSQL says.
pub async fn adopt(client: &Client) -> Result<(), DatabaseError> {
    client
        .execute(
            "update installation set cluster_id = null, group_id = null, commands_topic = null, bound_at = null,
                 adopts = true",
            &[],
        )
        .await?;
    Ok(())
}

/// The group names this database: from now on another one is a mistake again.
///
/// # Errors
/// What PostgreSQL says.
pub async fn adopted(client: &Client) -> Result<(), DatabaseError> {
    client.execute("update installation set adopts = false where adopts", &[]).await?;
    Ok(())
}
