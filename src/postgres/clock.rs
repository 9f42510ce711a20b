//! The database server's clock.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::DatabaseError;
use crate::domain::timestamp::Timestamp;

/// What the server's clock shows, to the microsecond. One round trip, and no more work for the server than an empty query.
///
/// # Errors
/// `Row` where the answer is no number; any other error is PostgreSQL's.
pub async fn read(client: &Client) -> Result<Timestamp, DatabaseError> {
    const QUERY: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";
    let answer = client.simple_query(QUERY).await?;
    let micros = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    micros.map(Timestamp::from_micros).ok_or_else(|| DatabaseError::Row("the server's clock".to_owned()))
}
