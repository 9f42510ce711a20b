//! Asking for a commit until it is certain, or until it has been asked for long enough.

use std::time::Duration;

/// Waits before a commit is asked for again, where the broker is not ready for it: doubled each time, from the first to the
/// last. The first is as long as librdkafka itself waits for it.
const WAITS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// How long is waited in all. The shards are kept for so long: a rebalance waits for the transaction to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called<E> {
    /// It is committed.
    Committed,
    /// It is neither committed nor refused so far: another call resumes the same commit.
    NotYet(E),
    /// It is refused, and has to be aborted.
    MustAbort(E),
    /// Nobody knows.
    Unknown(E),
}

/// Calls until one comes to anything but `NotYet`, with a pause before each further call. Once it has waited long enough
/// nobody knows what becomes of the commit.
pub(super) fn insist<E>(mut call: impl FnMut() -> Called<E>, mut pause: impl FnMut(Duration)) -> Called<E> {
    let (mut wait, mut waited) = (WAITS.0, Duration::ZERO);
    loop {
        match call() {
            Called::NotYet(error) if waited + wait > PATIENCE => return Called::Unknown(error),
            Called::NotYet(_) => {
                pause(wait);
                waited += wait;
                wait = (wait * 2).min(WAITS.1);
            }
            called => return called,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_is_never_ready_is_asked_after_pauses_and_not_for_ever() {
        let mut pauses = Vec::new();
        let mut calls = 0;
        let called = insist(
            || {
                calls += 1;
                Called::NotYet("busy")
            },
            |wait| pauses.push(wait),
        );
        assert_eq!(called, Called::Unknown("busy"));
        assert_eq!(calls, pauses.len() + 1);
        assert_eq!(pauses[..6], [20, 40, 80, 160, 320, 500].map(Duration::from_millis));
        let waited: Duration = pauses.iter().sum();
        assert!(waited <= PATIENCE && waited + WAITS.1 > PATIENCE, "{waited:?}");
    }

    #[test]
    fn a_broker_that_becomes_ready_commits_the_same_transaction() {
        let mut answers = vec![Called::Committed, Called::NotYet("busy"), Called::NotYet("busy")];
        assert_eq!(insist(|| answers.pop().unwrap(), |_| ()), Called::Committed);
        for last in [Called::MustAbort("refused"), Called::Unknown("timed out")] {
            assert_eq!(insist(|| last, |_| panic!("nothing is waited for")), last);
        }
    }
}
