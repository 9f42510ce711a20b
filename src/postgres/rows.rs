//! Statements without parameters, and their rows as text.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::DatabaseError;

/// The row that these statements end with.
pub(super) async fn one_row(client: &Client, statements: &str) -> Result<SimpleQueryRow, DatabaseError> {
    rows(client, statements).await?.into_iter().next().ok_or_else(no_row)
}

/// The rows of these statements.
pub(super) async fn rows(client: &Client, statements: &str) -> Result<Vec<SimpleQueryRow>, DatabaseError> {
    let messages = client.simple_query(statements).await?;
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    };
    Ok(messages.into_iter().filter_map(row).collect())
}

/// The fault of an answer without a row.
pub(super) fn no_row() -> DatabaseError {
    DatabaseError::Settings("it is no PostgreSQL: a query has no row".to_owned())
}
