//! A connection that reads with one prepared query, for a thread that asks now and then.

use std::time::Duration;

use tokio_postgres::Client;

use super::DatabaseError;
use super::server::Session;
use super::session::Endpoint;

/// How long one query may take, and its preparation, before the connection is given up.
const QUERY_TIMEOUT: Duration = Duration::from_secs(15);

/// A query that is prepared once for each connection.
pub trait Prepared: Sized {
    /// Prepares it on this connection.
    ///
    /// # Errors
    /// `DatabaseError`, where the statement or the connection fails; `is_transient` says whether to try again.
    fn prepare(client: &Client) -> impl Future<Output = Result<Self, DatabaseError>>;
}

/// The connection, which is opened when it is first needed, and anew where it has ended.
pub struct Reader<Q> {
    endpoint: Endpoint,
    session: Option<(Session, Q)>,
    /// Whether it was ever needed.
    is_needed: bool,
}

impl<Q: Prepared> Reader<Q> {
    /// A reader of this database, not yet connected.
    pub const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, session: None, is_needed: false }
    }

    /// Reads with the query. After an error the connection is given up: the next reading opens another one.
    ///
    /// # Errors
    /// What opening, preparing or reading failed with; `TimedOut` where one of them takes longer than 15 s, and `Untold`
    /// where the connection leads to a server that is no longer the newest.
    pub async fn read<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client, &Q) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.is_needed = true;
        let (session, query) = self.ready().await?;
        // What an old primary lacks would be missing in what is read from it.
        self.endpoint.check_newest(&session)?;
        let found = within_time(work(&session.client, &query)).await?;
        self.session = Some((session, query));
        Ok(found)
    }

    /// Opens a connection that has ended anew before the next reading needs it, which may be long afterwards. Opens none
    /// where nothing was ever read.
    ///
    /// # Errors
    /// As `read`.
    pub async fn renew(&mut self) -> Result<(), DatabaseError> {
        if self.is_needed {
            self.session = Some(self.ready().await?);
        }
        Ok(())
    }

    /// The connection and its query, taken out, so that what fails or is left on the way leaves none behind.
    async fn ready(&mut self) -> Result<(Session, Q), DatabaseError> {
        match self.session.take() {
            Some(usable) if self.endpoint.is_usable(&usable.0) => Ok(usable),
            _ => {
                let session = self.endpoint.open_for_shards().await?;
                let query = within_time(Q::prepare(&session.client)).await?;
                Ok((session, query))
            }
        }
    }
}

/// A server that stands still would be waited for without an end.
async fn within_time<T>(work: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, DatabaseError> {
    tokio::time::timeout(QUERY_TIMEOUT, work).await.map_err(|_| DatabaseError::TimedOut(QUERY_TIMEOUT))?
}
