//! Whether this instance, its database and its group belong together (`domain::installation`).

use std::sync::Arc;

use super::fault::TakeoverError;
use crate::clock;
use crate::domain::installation::{Home, Installation, Misplaced};
use crate::kafka::group_database::{GroupDatabaseReader, Told};
use crate::kafka::offsets::OffsetsError;
use crate::postgres::DatabaseError;
use crate::postgres::session::Endpoint;

/// What this instance was started for, and the group's word on it.
pub struct Belonging {
    home: Home,
    /// The name of the database that it was started on.
    database: String,
    group: Arc<GroupDatabaseReader>,
    endpoint: Endpoint,
}

impl Belonging {
    /// # Errors
    /// Where the database belongs to another home.
    pub fn new(
        home: Home,
        installation: &Installation,
        group: Arc<GroupDatabaseReader>,
        endpoint: Endpoint,
    ) -> Result<Self, Misplaced> {
        installation.check_home(&home)?;
        Ok(Self { home, database: installation.database.clone(), group, endpoint })
    }

    /// Who asks the group, and the name of the database that this instance was started on.
    pub fn word(&self) -> (Arc<GroupDatabaseReader>, String) {
        (Arc::clone(&self.group), self.database.clone())
    }

    /// Who asks the group what is committed.
    pub(super) fn group(&self) -> &GroupDatabaseReader {
        &self.group
    }

    /// The start's look at the group: before this instance joins it, so that it takes nothing from those that are right.
    /// Where the group cannot be asked yet nothing is lost: each takeover asks again.
    ///
    /// # Errors
    /// Where the group's callbacks are in another database.
    pub fn check_group(&self, installation: &Installation) -> Result<(), Misplaced> {
        match self.group.read() {
            Ok(found) => installation.check_group(found.as_ref().map(|found| &*found.database), &self.home.group),
            Err(error) => {
                tracing::info!(%error, "the group cannot be asked for its database yet; the first takeover does");
                Ok(())
            }
        }
    }

    /// Whether a takeover may go on with what the database says of itself; and what the group is to be told, if anything.
    pub(super) fn check(&self, installation: &Installation) -> Result<Option<Told>, TakeoverError> {
        installation.check_same(&self.database, &self.home)?;
        let found = self.group.read().map_err(OffsetsError::Unstable)?;
        installation.check_group(found.as_ref().map(|found| &*found.database), &self.home.group)?;
        let found = found.filter(|found| found.database == self.database);
        if found.as_ref().and_then(|found| found.newest).is_some_and(|newest| self.endpoint.learn(newest)) {
            // Another instance has seen a newer server than the one that was just read.
            return Err(TakeoverError::Database(DatabaseError::Untold));
        }
        let newest = self.endpoint.newest();
        let is_told = found.is_some_and(|found| !found.is_old(newest, clock::now()));
        Ok((!is_told).then(|| self.group.to_tell(&self.database, newest)))
    }

    /// The group has been told that.
    pub(super) fn told(&self, told: &Told) {
        self.endpoint.told(told.newest);
    }
}
