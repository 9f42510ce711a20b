//! Which cluster, group and command topic a database belongs to, and which database a group's callbacks are in.
//!
//! Two groups on one database answer every command and fire every callback twice. One group with two databases has each
//! callback wait for the instance that happens to have its database. Neither shows in the data of one instance alone, so
//! each side remembers the other: the database its home, the group its database.

use std::fmt;

use thiserror::Error;

/// What an instance serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The id that the cluster gave itself; `None` where it does not tell.
    pub cluster: Option<String>,
    /// The consumer group of all instances.
    pub group: String,
    /// The command topic.
    pub commands_topic: String,
}

impl Home {
    /// Whether both are the same as far as both are known.
    fn is(&self, other: &Self) -> bool {
        let clusters = self.cluster.as_ref().zip(other.cluster.as_ref());
        self.group == other.group
            && self.commands_topic == other.commands_topic
            && clusters.is_none_or(|(one, other)| one == other)
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, group, commands_topic } = self;
        write!(f, "group {group} on topic {commands_topic} of cluster {}", cluster.as_deref().unwrap_or("(unknown)"))
    }
}

/// What a database says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The database's own name, made once by its migration. A restored backup keeps it, and a copy has the same.
    pub database: String,
    /// What it belongs to; `None` before the first start.
    pub home: Option<Home>,
    /// Whether a person has said that the group's callbacks are in this database from now on.
    pub adopts: bool,
}

/// Two that must not share do: a person has to look.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Misplaced {
    /// The database belongs to another group, topic or cluster.
    #[error(
        "this database belongs to {theirs}, and this instance is set up for {ours}: two that share a database answer \
         every command and fire every callback twice. Give each a database of its own. If the database is meant to move: \
         stop all instances, run `schedule-callback migrate --adopt`, and start them again (docs/running.md, \"Moving\")"
    )]
    OtherHome {
        /// What it belongs to.
        theirs: Box<Home>,
        /// What was to be served.
        ours: Box<Home>,
    },
    /// The group's callbacks are in another database.
    #[error(
        "the callbacks of group {group} are in database {theirs}, and this instance is set up for database {ours}: with \
         two databases each has a part of the callbacks, and the rest waits. Give all instances of the group the same \
         postgres.url. If the group is meant to go on with this one: stop all instances, run \
         `schedule-callback migrate --adopt`, and start them again (docs/running.md, \"Moving\")"
    )]
    OtherDatabase {
        /// The group.
        group: String,
        /// The database that it names.
        theirs: String,
        /// The one that was found here.
        ours: String,
    },
    /// It is no longer the database that this instance was started on.
    #[error(
        "the database at this address is another one now ({found}, before {before}), or was told to move meanwhile: \
         stop this instance, look at postgres.url, and start it again (docs/running.md, \"Moving\")"
    )]
    Changed {
        /// The name of the database that is there now.
        found: String,
        /// The name of the one that was there at the start.
        before: String,
    },
}

impl Installation {
    /// Whether an instance may serve this home with it.
    ///
    /// # Errors
    /// `OtherHome` where it belongs to another one, or to none.
    pub fn check_home(&self, ours: &Home) -> Result<(), Misplaced> {
        match &self.home {
            Some(home) if home.is(ours) => Ok(()),
            Some(home) => Err(Misplaced::OtherHome { theirs: Box::new(home.clone()), ours: Box::new(ours.clone()) }),
            None => Err(Misplaced::Changed { found: self.database.clone(), before: self.database.clone() }),
        }
    }

    /// Whether it is still the database that an instance was started on, and still has the same home.
    ///
    /// # Errors
    /// `Changed` where it is another one or belongs to nobody any more, `OtherHome` where it has moved.
    pub fn check_same(&self, before: &str, ours: &Home) -> Result<(), Misplaced> {
        if self.database != before {
            return Err(Misplaced::Changed { found: self.database.clone(), before: before.to_owned() });
        }
        self.check_home(ours)
    }

    /// Whether the group may go on with this database, given the one that the group names, if any.
    ///
    /// # Errors
    /// `OtherDatabase` where it names another one, and nobody has said that this is meant.
    pub fn check_group(&self, named: Option<&str>, group: &str) -> Result<(), Misplaced> {
        match named {
            Some(theirs) if theirs != self.database && !self.adopts => Err(Misplaced::OtherDatabase {
                group: group.to_owned(),
                theirs: theirs.to_owned(),
                ours: self.database.clone(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(cluster: Option<&str>, group: &str, topic: &str) -> Home {
        Home { cluster: cluster.map(str::to_owned), group: group.to_owned(), commands_topic: topic.to_owned() }
    }

    fn of(home: Option<Home>) -> Installation {
        Installation { database: "d-1".to_owned(), home, adopts: false }
    }

    #[test]
    fn a_database_serves_one_group_on_one_topic_of_one_cluster() {
        let ours = home(Some("c"), "g", "t");
        for same in [ours.clone(), home(None, "g", "t")] {
            assert_eq!(of(Some(same)).check_home(&ours), Ok(()));
        }
        for other in [home(Some("d"), "g", "t"), home(Some("c"), "h", "t"), home(None, "g", "u")] {
            let refused = of(Some(other.clone())).check_home(&ours);
            assert_eq!(refused, Err(Misplaced::OtherHome { theirs: Box::new(other), ours: Box::new(ours.clone()) }));
        }
        assert!(of(None).check_home(&ours).is_err(), "it was told to move: the next start says where");
    }

    #[test]
    fn a_database_that_was_put_in_the_place_of_another_is_noticed() {
        let ours = home(Some("c"), "g", "t");
        assert_eq!(of(Some(ours.clone())).check_same("d-1", &ours), Ok(()));
        let changed = Misplaced::Changed { found: "d-1".to_owned(), before: "d-0".to_owned() };
        assert_eq!(of(Some(ours.clone())).check_same("d-0", &ours), Err(changed));
    }

    #[test]
    fn a_group_has_one_database_until_a_person_says_otherwise() {
        let mut installation = of(None);
        for fine in [None, Some("d-1")] {
            assert_eq!(installation.check_group(fine, "g"), Ok(()));
        }
        let refused = installation.check_group(Some("d-2"), "g").unwrap_err().to_string();
        for word in ["group g", "database d-2", "database d-1", "migrate --adopt"] {
            assert!(refused.contains(word), "{refused}");
        }
        installation.adopts = true;
        assert_eq!(installation.check_group(Some("d-2"), "g"), Ok(()));
    }
}
