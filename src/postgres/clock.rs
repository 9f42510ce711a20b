//! The database server's clock.

use tokio_postgres::Client;

use super::DatabaseError;
use super::rows::one_row;
use crate::domain::time::Timestamp;

/// What the server's clock shows, in microseconds since 1970: an expression.
pub(super) const MICROS: &str = "(extract(epoch from clock_timestamp()) * 1000000)::bigint";

/// What the server's clock shows, to the microsecond. One round trip, and no more work for the server than an empty query.
///
/// # Errors
/// `Row` where the answer is no number; any other error is PostgreSQL's.
pub async fn read(client: &Client) -> Result<Timestamp, DatabaseError> {
    shown(one_row(client, &format!("select {MICROS}")).await?.get(0))
}

/// The instant that this column of an answer shows.
pub(super) fn shown(column: Option<&str>) -> Result<Timestamp, DatabaseError> {
    let micros = column.and_then(|micros| micros.parse().ok());
    micros.map(Timestamp::from_micros).ok_or_else(|| DatabaseError::Row("the server's clock".to_owned()))
}
