//! Step T3: how long a takeover waits for offsets on which something is pending, and what it does about it meanwhile.
//!
//! The broker gives stable offsets only when no transaction is pending on them, so there is nothing to see but that it
//! gives none. First what the previous owners may have left open is aborted in their names. If there are no stable offsets
//! even then, from a broker that answers everything else, then a transaction hangs: no transaction outlasts that once its
//! producer is fenced (docs/decisions/0012-transactions-that-hang.md).

use std::time::Duration;

/// How long the broker may take to give stable offsets, before something is done about it.
const PENDING: Duration = Duration::from_secs(1);
/// How long there are none from a broker that answers otherwise, until what is pending counts as hanging.
const HANGING: Duration = Duration::from_secs(5);
/// How long all this may take. The takeover then begins anew, since the shards may be somebody else's by now.
const ALL: Duration = Duration::from_secs(40);
/// The least time from one question to the next. A broker that has nothing to wait for, because it refuses the question,
/// says so at once, and would otherwise be asked without a pause.
const LEAST: Duration = Duration::from_millis(250);

/// What has to be done for stable offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    /// Ask for them after that pause, and wait so long for the answer.
    Read { pause: Duration, patience: Duration },
    /// Abort what the previous owners have left open.
    Abort,
    /// Look whether the broker answers at all.
    AskBroker,
    /// Let go of everything that builds on what may hang.
    StartOver,
    /// End what hangs.
    EndHanging,
}

/// Where the waiting for stable offsets has got to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Patience {
    ask: Ask,
    since: Duration,
    /// When the offsets were asked for last.
    asked: Duration,
    /// Whether the previous owners' transactions have been aborted.
    is_aborted: bool,
    /// Since when the broker has answered everything but this.
    answering_since: Option<Duration>,
}

impl Patience {
    /// Nothing has been asked yet.
    pub(super) fn beginning(now: Duration) -> Self {
        let ask = Ask::Read { pause: Duration::ZERO, patience: PENDING };
        Self { ask, since: now, asked: now, is_aborted: false, answering_since: None }
    }

    /// What has to be done now.
    pub(super) fn ask(&self) -> Ask {
        self.ask
    }

    /// Whether the takeover is to begin anew.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.since) > ALL
    }

    /// There were no stable offsets. `has_others` says whether anybody else may have left something open.
    pub(super) fn not_stable(&mut self, has_others: bool, now: Duration) {
        if self.is_aborted {
            self.ask = Ask::AskBroker;
        } else if has_others {
            self.ask = Ask::Abort;
        } else {
            self.aborted(now);
        }
    }

    /// What the previous owners had left open is aborted, as far as that was possible.
    pub(super) fn aborted(&mut self, now: Duration) {
        self.is_aborted = true;
        self.again(now);
    }

    /// Whether the broker answers otherwise.
    pub(super) fn answers(&mut self, answers: bool, now: Duration) {
        if !answers {
            self.answering_since = None;
        } else if now.saturating_sub(*self.answering_since.get_or_insert(now)) >= HANGING {
            self.ask = Ask::StartOver;
            return;
        }
        self.again(now);
    }

    /// Nothing builds any more on what may hang.
    pub(super) fn started_over(&mut self) {
        self.ask = Ask::EndHanging;
    }

    /// What hangs is ended, as far as that was possible.
    pub(super) fn ended(&mut self, now: Duration) {
        self.answering_since = None;
        self.again(now);
    }

    fn again(&mut self, now: Duration) {
        let pause = (self.asked + LEAST).saturating_sub(now);
        self.asked = now + pause;
        self.ask = Ask::Read { pause, patience: PENDING };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn read(pause: Duration) -> Ask {
        Ask::Read { pause, patience: PENDING }
    }

    #[test]
    fn what_stays_pending_is_aborted_and_what_outlasts_that_hangs() {
        let mut patience = Patience::beginning(millis(0));
        assert_eq!(patience.ask(), read(millis(0)));
        patience.not_stable(true, millis(1_000));
        assert_eq!(patience.ask(), Ask::Abort);
        patience.aborted(millis(1_600));
        let mut asked = 0;
        let mut now = millis(1_600);
        while patience.ask() == read(millis(0)) {
            now += PENDING;
            patience.not_stable(true, now);
            assert_eq!(patience.ask(), Ask::AskBroker, "nothing is aborted twice");
            patience.answers(true, now);
            asked += 1;
        }
        assert_eq!((patience.ask(), asked, now), (Ask::StartOver, 6, millis(7_600)));
        patience.started_over();
        assert_eq!(patience.ask(), Ask::EndHanging);
        patience.ended(now);
        assert_eq!(patience.ask(), read(millis(0)));
        patience.not_stable(true, now + PENDING);
        patience.answers(true, now + PENDING);
        assert_eq!(patience.ask(), read(millis(0)), "five seconds are waited again");
    }

    #[test]
    fn a_broker_that_is_away_says_nothing_of_what_hangs() {
        let mut patience = Patience::beginning(millis(0));
        patience.not_stable(false, millis(1_000));
        assert_eq!(patience.ask(), read(millis(0)), "nobody has left anything");
        for second in 2..30 {
            patience.not_stable(false, millis(second * 1_000));
            patience.answers(second % 4 != 0, millis(second * 1_000));
            assert_eq!(patience.ask(), read(millis(0)));
        }
        assert!(!patience.is_over(millis(40_000)) && patience.is_over(millis(40_001)));
    }

    #[test]
    fn a_broker_that_says_no_at_once_is_asked_after_a_pause() {
        let mut patience = Patience::beginning(millis(0));
        patience.not_stable(false, millis(1));
        assert_eq!(patience.ask(), read(millis(249)));
        patience.not_stable(false, millis(251));
        patience.answers(true, millis(252));
        assert_eq!(patience.ask(), read(millis(248)));
        patience.not_stable(false, millis(900));
        patience.answers(true, millis(901));
        assert_eq!(patience.ask(), read(millis(0)));
    }
}
