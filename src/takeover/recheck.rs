//! Whether this instance, its database and its group still belong together is looked at again while it works.

use super::Takeover;
use super::fault::TakeoverError;
use crate::postgres::installation;

impl Takeover {
    /// Two instances with two databases may begin at the same moment, in a group that names none: the one that told the
    /// group last is right, and the other finds out here. Keeps what the group says alive, too.
    ///
    /// A shard that is stopped (step T4) may be so because this is the other one's database; no takeover looks for it. But
    /// whoever has no shard at work has nothing to tell the group.
    pub(super) fn look_at_the_group(&mut self) {
        let works = !self.ownership.owned().is_empty();
        if !works && self.ownership.stopped().is_empty() {
            return;
        }
        let found = self.in_database(async |client| installation::read(client).await);
        match found.and_then(|found| self.belonging.check(&found)) {
            Ok(told) => {
                self.misplaced = None;
                if works && told.is_some() && self.commit_markers(Vec::new(), told).is_err() {
                    tracing::warn!("the group could not be told its database again; tried again in a minute");
                }
            }
            Err(TakeoverError::Misplaced(misplaced)) => {
                let reason = misplaced.to_string();
                if self.misplaced.as_ref() != Some(&reason) {
                    tracing::error!("{reason}");
                }
                self.misplaced = Some(reason);
                self.again.extend(self.ownership.disown_all());
            }
            Err(error) => {
                tracing::warn!(%error, "whether this instance, its database and its group belong together is not known");
            }
        }
    }
}
