//! Which sessions of an endpoint may be used: those with the newest server (`newest`).

use tokio_postgres::Client;

use super::DatabaseError;
use super::newest::Origin;
use super::server::Session;
use super::session::Endpoint;
use crate::domain::wal::WalPosition;

/// Whether a person has said that the group goes on with this database, from its state: `migrate --adopt` and
/// `--after-restore`. A database without the table says nothing.
pub(super) async fn is_adopted(client: &Client) -> bool {
    client.query_opt("select from installation where adopts", &[]).await.is_ok_and(|row| row.is_some())
}

impl Endpoint {
    /// A session for what is done for shards that are taken over: to read or to write their callbacks. There is none on a
    /// new server before the group has been told of it, so that no instance goes on with the old one.
    ///
    /// # Errors
    /// As `open`; `Untold`, where the takeovers have to begin again on a new server first.
    pub async fn open_for_shards(&self) -> Result<Session, DatabaseError> {
        let session = self.open().await?;
        if self.memory_of_the_newest().is_told() { Ok(session) } else { Err(DatabaseError::Untold) }
    }

    /// Whether a session is with the newest server. One of another server is ended, but not at this instant.
    ///
    /// # Errors
    /// `Untold`, where it is not.
    pub fn check_newest(&self, session: &Session) -> Result<(), DatabaseError> {
        if self.memory_of_the_newest().has(session.origin()) { Ok(()) } else { Err(DatabaseError::Untold) }
    }

    /// Whether a session can be used: it is open, and with the newest server.
    pub fn is_usable(&self, session: &Session) -> bool {
        !session.client.is_closed() && self.check_newest(session).is_ok()
    }

    /// Whether no server of another timeline has come in the place of that one.
    pub fn is_still(&self, newest: Option<WalPosition>) -> bool {
        self.memory_of_the_newest().has(newest)
    }

    /// What was taken over on another server than this one has been given up.
    pub fn begun(&self, newest: Option<WalPosition>) {
        self.memory_of_the_newest().begun(newest);
    }

    /// The newest place in the history of a server that was seen; `None` where none tells.
    pub fn newest(&self) -> Option<WalPosition> {
        self.memory_of_the_newest().seen()
    }

    /// A session has shown that its server has come so far.
    pub fn note(&self, durable: WalPosition) {
        self.memory_of_the_newest().note(durable);
    }

    /// What the group says of the newest server. `true` where it is one that was not seen here: it is said, and sessions of
    /// another one are ended then.
    pub fn learn(&self, newest: WalPosition) -> bool {
        self.memory_of_the_newest().learn(newest)
    }

    /// The group has been told that this is the newest place.
    pub fn told(&self, newest: Option<WalPosition>) {
        self.memory_of_the_newest().told(newest);
    }

    /// Returns when the newest server is of another timeline than this one.
    pub async fn newest_other_than(&self, known: Option<WalPosition>) -> Option<WalPosition> {
        self.memory_of_the_newest().is_other_than(known).await
    }

    /// The session, unless its server lacks what was `known` when it was asked, or is one that a person has not spoken for.
    pub(super) async fn admit(
        &self,
        session: Session,
        known: Option<WalPosition>,
        origin: &Origin,
    ) -> Result<Session, DatabaseError> {
        let newest = self.memory_of_the_newest();
        if let Err(refusal) = newest.admit(session.place(), known) {
            if !is_adopted(&session.client).await {
                return Err(refusal);
            }
            newest.adopt(session.place());
        }
        // Its connection ends with it as soon as another server is newer: it may be by now.
        origin.get_or_init(|| session.origin());
        self.check_newest(&session)?;
        Ok(session)
    }
}
