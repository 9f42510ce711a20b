//! Asking for the end of a transaction until it is certain, or until it has been asked for long enough.

use std::time::Duration;

/// Waits before a commit is asked for again, where the broker is not ready for it: doubled each time, from the first to the
/// last. The first is as long as librdkafka itself waits for it.
const WAITS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// How long is waited in all. The shards are kept for so long: a rebalance waits for the transaction to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one call takes at most. The next one goes on with what it has begun.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// What one call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called<E> {
    /// It is done: committed, or aborted.
    Done,
    /// It is neither done nor refused so far, since the broker is not ready: another call resumes the same end.
    NotYet(E),
    /// The broker has not answered within [`LOOK`]. Another call resumes the same end.
    UnderWay(E),
    /// A commit is refused, and has to be aborted.
    MustAbort(E),
    /// Nobody knows.
    Unknown(E),
}

/// Calls until one comes to anything but `NotYet` or `UnderWay`, with a pause before each further call after the former. Once it
/// has waited long enough, or nobody needs the end of that transaction any more, nobody knows what becomes of it.
pub(super) fn insist<E>(
    mut call: impl FnMut() -> Called<E>,
    mut pause: impl FnMut(Duration),
    is_over: &dyn Fn() -> bool,
) -> Called<E> {
    let (mut wait, mut waited) = (WAITS.0, Duration::ZERO);
    loop {
        let (error, rest) = match call() {
            Called::NotYet(error) => {
                let rest = wait;
                wait = (wait * 2).min(WAITS.1);
                (error, rest)
            }
            Called::UnderWay(error) => {
                waited += LOOK;
                (error, Duration::ZERO)
            }
            called => return called,
        };
        if waited + rest > PATIENCE || is_over() {
            return Called::Unknown(error);
        }
        if !rest.is_zero() {
            pause(rest);
            waited += rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

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
            &|| false,
        );
        assert_eq!(called, Called::Unknown("busy"));
        assert_eq!(calls, pauses.len() + 1);
        assert_eq!(pauses[..6], [20, 40, 80, 160, 320, 500].map(Duration::from_millis));
        let waited: Duration = pauses.iter().sum();
        assert!(waited <= PATIENCE && waited + WAITS.1 > PATIENCE, "{waited:?}");
    }

    #[test]
    fn a_broker_that_becomes_ready_commits_the_same_transaction() {
        let mut answers =
            vec![Called::Done, Called::UnderWay("no answer"), Called::NotYet("busy"), Called::NotYet("busy")];
        assert_eq!(insist(|| answers.pop().unwrap(), |_| (), &|| false), Called::Done);
        for last in [Called::MustAbort("refused"), Called::Unknown("timed out")] {
            assert_eq!(insist(|| last, |_| panic!("nothing is waited for"), &|| false), last);
        }
    }

    #[test]
    fn a_broker_that_does_not_answer_is_asked_as_long_as_somebody_needs_the_answer() {
        let mut calls = 0;
        let mut silent = || {
            calls += 1;
            Called::UnderWay("no answer")
        };
        let no_pause = |_| panic!("the call itself has waited");
        assert_eq!(insist(&mut silent, no_pause, &|| false), Called::Unknown("no answer"));
        assert_eq!(calls, 21, "for ten seconds");
        for (answer, said) in [(Called::UnderWay("no answer"), "no answer"), (Called::NotYet("busy"), "busy")] {
            let asked = Cell::new(0);
            let is_over = || asked.replace(asked.get() + 1) == 2;
            assert_eq!(insist(|| answer, |_| (), &is_over), Called::Unknown(said));
            assert_eq!(asked.get(), 3);
        }
    }
}
