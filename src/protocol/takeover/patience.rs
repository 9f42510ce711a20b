//! Step T3: how long a takeover waits for offsets on which something is pending, and what it does about it meanwhile.
//!
//! The broker gives stable offsets only when no transaction is pending on them, so there is nothing to see but that it
//! gives none. That may be because the group's coordinator is away, or has just come in another one's place: then nobody has
//! to be disturbed. So time counts only from when it answers a question that needs nothing stable. What is pending by then
//! is aborted in the names of the previous owners. If there are no stable offsets even after that was done, and no
//! transaction of this instance itself is under way, then a transaction hangs: no transaction outlasts that once its
//! producer is fenced (docs/decisions/0012-transactions-that-hang.md).

use std::time::Duration;

use super::step::Coordinators;

/// How long the broker may take to give stable offsets at first: it does at once where nothing is pending.
const FIRST: Duration = Duration::from_millis(250);
/// How long it may take later on, and how long something stays pending before it is aborted.
const PENDING: Duration = Duration::from_secs(1);
/// How long something stays pending that nobody is left to end, until it counts as hanging.
const HANGING: Duration = Duration::from_secs(5);
/// The same where one broker takes over what another one led. Markers may be on their way to the one before for as long as
/// that takes: 9 s until the cluster takes a broker for dead (`broker.session.timeout.ms`), and some more until another one
/// has read its logs.
const HANGING_BETWEEN_BROKERS: Duration = Duration::from_secs(15);
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
    /// Ask those who know of pending transactions for something else, to see whether they answer at all.
    Other,
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
    /// Whether anybody else may have left something open that is not aborted.
    has_others: bool,
    /// Whether the previous owners' transactions have been aborted.
    is_aborted: bool,
    /// Since when everything but this has been answered.
    answering_since: Option<Duration>,
}

impl Patience {
    /// Nothing has been asked yet.
    pub(super) fn beginning(now: Duration) -> Self {
        let ask = Ask::Read { pause: Duration::ZERO, patience: FIRST };
        Self { ask, since: now, asked: now, has_others: false, is_aborted: false, answering_since: None }
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
    pub(super) fn not_stable(&mut self, has_others: bool) {
        self.has_others = has_others && !self.is_aborted;
        self.ask = Ask::Other;
    }

    /// What the coordinators say.
    pub(super) fn answers(&mut self, coordinators: Coordinators, now: Duration) {
        let patience = match coordinators {
            Coordinators::Busy => {
                self.answering_since = None;
                return self.again(now);
            }
            _ if self.has_others => PENDING,
            Coordinators::Alone => HANGING,
            Coordinators::Replicated => HANGING_BETWEEN_BROKERS,
        };
        if now.saturating_sub(*self.answering_since.get_or_insert(now)) < patience {
            self.again(now);
        } else if self.has_others {
            self.ask = Ask::Abort;
        } else {
            self.ask = Ask::StartOver;
        }
    }

    /// What the previous owners had left open is aborted.
    pub(super) fn aborted(&mut self, now: Duration) {
        self.is_aborted = true;
        self.not_aborted(now);
    }

    /// Some coordinator is away that would have to abort what the previous owners left open.
    pub(super) fn not_aborted(&mut self, now: Duration) {
        self.answering_since = None;
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

    /// Asks once more at that time, and hears nothing stable.
    fn hear(patience: &mut Patience, has_others: bool, coordinators: Coordinators, now: u64) -> Ask {
        patience.not_stable(has_others);
        assert_eq!(patience.ask(), Ask::Other);
        patience.answers(coordinators, millis(now));
        patience.ask()
    }

    #[test]
    fn what_stays_pending_is_aborted_and_what_outlasts_that_hangs() {
        let mut patience = Patience::beginning(millis(0));
        assert_eq!(patience.ask(), Ask::Read { pause: millis(0), patience: FIRST });
        assert_eq!(hear(&mut patience, true, Coordinators::Alone, 250), read(millis(0)));
        assert_eq!(hear(&mut patience, true, Coordinators::Alone, 1_250), Ask::Abort);
        patience.aborted(millis(1_600));
        let mut now = 1_600;
        let mut asked = 0;
        while patience.ask() == read(millis(0)) {
            now += 1_000;
            let ask = hear(&mut patience, true, Coordinators::Alone, now);
            assert_ne!(ask, Ask::Abort, "nothing is aborted twice");
            asked += 1;
        }
        assert_eq!((patience.ask(), asked, now), (Ask::StartOver, 6, 7_600));
        patience.started_over();
        assert_eq!(patience.ask(), Ask::EndHanging);
        patience.ended(millis(now));
        assert_eq!(patience.ask(), read(millis(0)));
        assert_eq!(hear(&mut patience, true, Coordinators::Alone, now + 1_000), read(millis(0)));
        assert_eq!(
            hear(&mut patience, true, Coordinators::Alone, now + 5_000),
            read(millis(0)),
            "it is waited for again"
        );
    }

    #[test]
    fn a_coordinator_that_is_slow_is_no_reason_to_abort_what_a_living_neighbour_has_open() {
        let mut patience = Patience::beginning(millis(0));
        // It moves to another broker, which reads its log first.
        for second in 1..14 {
            assert_eq!(hear(&mut patience, true, Coordinators::Busy, second * 1_000), read(millis(0)));
        }
        assert_eq!(hear(&mut patience, true, Coordinators::Replicated, 14_000), read(millis(0)));
        assert_eq!(hear(&mut patience, true, Coordinators::Replicated, 14_900), read(millis(0)));
        assert_eq!(hear(&mut patience, true, Coordinators::Replicated, 15_000), Ask::Abort);
    }

    #[test]
    fn what_could_not_be_aborted_since_a_coordinator_is_away_does_not_hang() {
        let mut patience = Patience::beginning(millis(0));
        for second in [2, 12, 22] {
            hear(&mut patience, true, Coordinators::Replicated, second * 1_000);
            assert_eq!(hear(&mut patience, true, Coordinators::Replicated, (second + 1) * 1_000), Ask::Abort);
            patience.not_aborted(millis((second + 8) * 1_000));
            assert_eq!(patience.ask(), read(millis(0)));
        }
        assert!(patience.is_over(millis(40_001)));
    }

    #[test]
    fn between_brokers_nothing_hangs_before_a_fail_over_is_over() {
        let mut patience = Patience::beginning(millis(0));
        for second in 1..16 {
            assert_eq!(hear(&mut patience, false, Coordinators::Replicated, second * 1_000), read(millis(0)));
        }
        assert_eq!(hear(&mut patience, false, Coordinators::Replicated, 16_000), Ask::StartOver);
    }

    #[test]
    fn a_broker_that_is_away_says_nothing_of_what_hangs() {
        let mut patience = Patience::beginning(millis(0));
        for second in 1..30 {
            let coordinators = if second % 4 == 0 { Coordinators::Busy } else { Coordinators::Alone };
            assert_eq!(hear(&mut patience, false, coordinators, second * 1_000), read(millis(0)));
        }
        assert!(!patience.is_over(millis(40_000)) && patience.is_over(millis(40_001)));
    }

    #[test]
    fn a_broker_that_says_no_at_once_is_asked_after_a_pause() {
        let mut patience = Patience::beginning(millis(0));
        assert_eq!(hear(&mut patience, false, Coordinators::Alone, 1), read(millis(249)));
        assert_eq!(hear(&mut patience, false, Coordinators::Alone, 252), read(millis(248)));
        assert_eq!(hear(&mut patience, false, Coordinators::Alone, 901), read(millis(0)));
    }
}
