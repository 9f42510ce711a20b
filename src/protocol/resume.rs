//! Where a partition is read on, given what the group has committed and what its log holds.
//!
//! To read too much is harmless: what is known is answered again with the stored result. To read too little loses a
//! command for good. So whatever is in doubt is read from the log's beginning.

/// What a partition's log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The first offset that is still there.
    pub start: i64,
    /// The offset that the next record will get (the high watermark).
    pub end: i64,
}

/// Where a partition is read on, and what that says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// At what was committed: the rule.
    Committed(i64),
    /// At the log's beginning: nothing was committed.
    Beginning(i64),
    /// At the log's beginning: this is not the log that the offset was committed for, or it lost its end.
    Again {
        /// The log's beginning.
        from: i64,
        /// The offset that was committed.
        committed: i64,
    },
    /// At the log's beginning, since what comes after the committed offset is deleted.
    Overtaken {
        /// The log's beginning.
        from: i64,
        /// How many offsets are gone.
        gone: i64,
    },
}

impl Resume {
    /// Decides. `committed` is the next offset as the group has it; `doubted` says that the log was seen to be another one,
    /// or cut and written anew.
    pub fn decide(committed: Option<i64>, log: Log, doubted: bool) -> Self {
        let Some(next) = committed else { return Self::Beginning(log.start) };
        if doubted || next > log.end {
            Self::Again { from: log.start, committed: next }
        } else if next < log.start {
            Self::Overtaken { from: log.start, gone: log.start - next }
        } else {
            Self::Committed(next)
        }
    }

    /// The next offset to read.
    pub const fn next(self) -> i64 {
        match self {
            Self::Committed(next) | Self::Beginning(next) => next,
            Self::Again { from, .. } | Self::Overtaken { from, .. } => from,
        }
    }

    /// Whether what is committed must be corrected before anything else: it lies where it would let records be skipped.
    pub const fn corrects(self) -> bool {
        matches!(self, Self::Again { .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOG: Log = Log { start: 10, end: 20 };

    fn decide(next: Option<i64>) -> Resume {
        Resume::decide(next, LOG, false)
    }

    #[test]
    fn the_committed_offset_counts_where_the_log_has_it() {
        for next in [10, 15, 20] {
            assert_eq!(decide(Some(next)), Resume::Committed(next));
        }
        assert_eq!(decide(None), Resume::Beginning(10));
    }

    #[test]
    fn what_was_deleted_is_counted_and_what_lies_behind_the_end_is_read_again() {
        assert_eq!(decide(Some(3)), Resume::Overtaken { from: 10, gone: 7 });
        assert_eq!(decide(Some(21)), Resume::Again { from: 10, committed: 21 });
    }

    #[test]
    fn a_log_that_is_another_one_is_read_from_its_beginning_however_long_it_is() {
        assert_eq!(Resume::decide(Some(15), LOG, true), Resume::Again { from: 10, committed: 15 });
    }

    proptest! {
        #[test]
        fn nothing_that_the_log_has_behind_the_committed_offset_is_skipped(
            next in prop::option::of(0_i64..40), start in 0_i64..20, length in 0_i64..20, doubted: bool,
        ) {
            let log = Log { start, end: start + length };
            let resumed = Resume::decide(next, log, doubted).next();
            prop_assert!(resumed >= log.start && resumed <= log.end);
            prop_assert!(next.is_none_or(|next| resumed <= next.max(log.start)));
        }
    }
}
