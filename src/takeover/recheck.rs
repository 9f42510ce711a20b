//! Whether this instance, its database and its group still belong together is looked at again while it works.

use super::Takeover;
use super::fault::TakeoverError;
use crate::postgres::installation;

impl Takeover {
    /// Two instances with two databases may begin at the same moment, in a group that names none: the one that told the
    /// group last is right, and the other finds out here. Keeps what the group says alive, too.
    pub(super) fn look_at_the_group(&mut self) {
        if self.ownership.owned().is_empty() {
            return;
        }
        let found = self.in_database(async |client| installation::read(client).await);
        match found.and_then(|found| self.belonging.check(&found)) {
            Ok(None) => {}
            Ok(told) => {
                if self.commit_markers(Vec::new(), told).is_err() {
                    tracing::warn!("the group could not be told its database again; tried again in a minute");
                }
            }
            Err(TakeoverError::Misplaced(misplaced)) => {
                tracing::error!("{misplaced}");
                self.again.extend(self.ownership.disown_all());
            }
            Err(error) => {
                tracing::warn!(%error, "whether this instance, its database and its group belong together is not known");
            }
        }
    }
}
