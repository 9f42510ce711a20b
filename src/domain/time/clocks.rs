//! What time it is, by several clocks that may be wrong. No clock is trusted alone (docs/decisions/0016).
//!
//! Time goes on by the monotonic clock, which nobody can set. A clock of the day is therefore described by its *offset*:
//! what has to be added to the monotonic clock to get its time, in microseconds. A clock that is set shows as an offset
//! that changes. The time to fire by is the monotonic clock with the *agreed* offset, and only a comparison with another
//! clock changes that. So a clock that is set, forwards or backwards, changes nothing until another one confirms it.

use std::time::Duration;

/// A change of the own offset of less than this is not a step: a clock that is being adjusted gains or loses at most half a
/// millisecond a second, and a thread may be held up while it reads two clocks one after the other. Microseconds.
const STEP: i64 = 100_000;
/// A reading of another clock becomes less certain by one microsecond for so many that have passed since: quartz and a clock
/// that is being adjusted (at most 500 parts in a million) together stay below it on both machines.
const DRIFT: i64 = 1_000;
/// A reading older than this says nothing any more. Microseconds.
const LASTS: i64 = 600_000_000;

/// A clock that this machine's own is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// The database server's.
    Postgres,
    /// The broker's.
    Kafka,
}

impl Other {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Kafka];

    /// The value of the metrics' label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
        }
    }

    /// Whose clock it is, for an operator to read.
    pub const fn owner(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Kafka => "the Kafka broker",
        }
    }
}

/// What another clock said, and when it can have said that: between the question and the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Monotonic clock at the question, microseconds.
    pub asked: i64,
    /// Monotonic clock at the answer, microseconds.
    pub answered: i64,
    /// The least that the other clock can have shown, microseconds since 1970.
    pub says: i64,
    /// How much more it may have shown, for a clock that is only given in milliseconds.
    pub resolution: i64,
}

/// The bounds of another clock's offset, and when they held, by the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    low: i64,
    high: i64,
    at: i64,
}

impl Bounds {
    fn of(reading: Reading) -> Self {
        let Reading { asked, answered, says, resolution } = reading;
        Self { low: says - answered, high: says + resolution - asked, at: answered }
    }

    /// The bounds as they are at a later moment; `None` once they say nothing any more.
    fn aged(self, at: i64) -> Option<Self> {
        let age = (at - self.at).max(0);
        let wider = age / DRIFT;
        (age <= LASTS).then_some(Self { low: self.low - wider, high: self.high + wider, at })
    }

    /// Both readings of one clock together; the newer one alone where they contradict each other, since the clock was set.
    fn and(self, newer: Self) -> Self {
        let both = Self { low: self.low.max(newer.low), high: self.high.min(newer.high), at: newer.at };
        if both.low <= both.high { both } else { newer }
    }

    /// How far that offset certainly lies ahead of this clock; negative where behind, 0 where it may be the same.
    fn ahead(self, offset: i64) -> i64 {
        if offset > self.high { offset - self.high } else { (offset - self.low).min(0) }
    }
}

/// This machine's clock was set; microseconds, negative where it was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub i64);

/// How this machine's clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right as far as anybody knows.
    Confirmed,
    /// It is wrong, or all others are.
    Refuted {
        /// How far ahead it is, in microseconds; negative where it is behind: of the clock that is nearest to it.
        ahead: i64,
        /// Of which clock; `None` where it is the time that was agreed on before, as no other clock answers now.
        of: Option<Other>,
    },
}

/// This machine's clock and the others.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// How far clocks may differ, microseconds.
    skew: i64,
    own: i64,
    agreed: i64,
    others: [Option<Bounds>; Other::ALL.len()],
}

impl Clocks {
    /// This machine's clock alone, with that offset; `skew` is how far clocks may differ.
    pub fn alone(own: i64, skew: Duration) -> Self {
        let skew = i64::try_from(skew.as_micros()).unwrap_or(i64::MAX);
        Self { skew, own, agreed: own, others: [None; 2] }
    }

    /// The offset to fire by.
    pub const fn agreed(&self) -> i64 {
        self.agreed
    }

    /// How far this machine's clock is ahead of the time to fire by, microseconds; negative where it is behind.
    pub const fn ahead_of_agreed(&self) -> i64 {
        self.own - self.agreed
    }

    /// Takes a look at this machine's clock. The time to fire by stays the same, whatever it shows.
    pub fn look(&mut self, own: i64) -> Option<Step> {
        let step = own - self.own;
        self.own = own;
        (step.abs() >= STEP).then_some(Step(step))
    }

    /// Compares: `own` is this machine's offset at the answer. A step that shows is returned as by `look`.
    pub fn compare(&mut self, other: Other, reading: Reading, own: i64) -> Option<Step> {
        let step = self.look(own);
        let newer = Bounds::of(reading);
        let known = &mut self.others[other as usize];
        *known = Some(known.and_then(|before| before.aged(newer.at)).map_or(newer, |before| before.and(newer)));
        self.agreed = self.decide(newer.at);
        step
    }

    /// How far this machine's clock is certainly ahead of another's, microseconds, negative where it is behind; `None`
    /// where that is not known. `at` is now, by the monotonic clock.
    pub fn ahead_of(&self, other: Other, at: i64) -> Option<i64> {
        Some(self.others[other as usize]?.aged(at)?.ahead(self.own))
    }

    /// What to say of this machine's clock.
    pub fn verdict(&self, at: i64) -> Verdict {
        let known = Other::ALL.into_iter().filter_map(|other| Some((self.ahead_of(other, at)?, Some(other))));
        let (ahead, of) = known.min_by_key(|(ahead, _)| ahead.abs()).unwrap_or((self.ahead_of_agreed(), None));
        if ahead.abs() <= self.skew { Verdict::Confirmed } else { Verdict::Refuted { ahead, of } }
    }

    /// The rules, first to last. Whatever comes of them, at least two clocks have got as far, but for `skew`: this machine's,
    /// the others', and the time that was agreed on before, which goes on by itself.
    fn decide(&self, at: i64) -> i64 {
        let others: Vec<Bounds> = self.others.iter().filter_map(|bounds| bounds.as_ref()?.aged(at)).collect();
        let slowest = |of: &mut dyn Iterator<Item = &Bounds>| of.map(|bounds| bounds.low).min();
        let is_near = |bounds: &Bounds, offset: i64| bounds.ahead(offset).abs() <= self.skew;
        let Some(slowest_of_all) = slowest(&mut others.iter()) else { return self.agreed };
        // 1. Another clock confirms this machine's.
        if others.iter().any(|bounds| is_near(bounds, self.own)) {
            return self.own;
        }
        // 2. It is ahead of all: the slowest of the others.
        if others.iter().all(|bounds| bounds.ahead(self.own) > 0) {
            return slowest_of_all;
        }
        // 3. It is behind, and what was agreed on before goes on to be confirmed: it was set back.
        if let Some(confirming) = slowest(&mut others.iter().filter(|bounds| is_near(bounds, self.agreed))) {
            return confirming;
        }
        // 4. It is behind, and the others confirm each other.
        if let [first, second] = others.as_slice()
            && is_near(first, second.low)
            && self.own < slowest_of_all
        {
            return slowest_of_all;
        }
        // 5. Word against word: late is better than early.
        self.own.min(slowest_of_all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;
    const SKEW: i64 = SECOND / 2;

    fn alone(own: i64) -> Clocks {
        Clocks::alone(own, Duration::from_millis(500))
    }

    /// A clock with that offset, asked at `at`, with an answer after a millisecond.
    fn reading(offset: i64, at: i64) -> Reading {
        Reading { asked: at, answered: at + 1_000, says: at + 500 + offset, resolution: 0 }
    }

    fn is_about(agreed: i64, expected: i64) -> bool {
        (expected - 20_000..=expected).contains(&agreed)
    }

    #[test]
    fn clocks_that_are_near_each_other_leave_this_machines_alone() {
        let mut clocks = alone(7);
        assert_eq!(clocks.compare(Other::Postgres, reading(400_000, 0), 7), None);
        assert_eq!((clocks.agreed(), clocks.verdict(0)), (7, Verdict::Confirmed));
        // Adjusted bit by bit, it is followed.
        clocks.compare(Other::Postgres, reading(400_000, SECOND), 507);
        assert_eq!(clocks.agreed(), 507);
    }

    #[test]
    fn a_clock_that_is_ahead_of_the_only_other_one_is_not_fired_by_from_the_beginning() {
        let mut clocks = alone(600 * SECOND);
        clocks.compare(Other::Postgres, reading(0, 0), 600 * SECOND);
        assert!(is_about(clocks.agreed(), 0), "{clocks:?}");
        assert!(matches!(clocks.verdict(1_000), Verdict::Refuted { ahead: 599_000_000.., of: Some(Other::Postgres) }));
        // Once it is right it counts again.
        assert_eq!(clocks.compare(Other::Postgres, reading(0, SECOND), 300), Some(Step(300 - 600 * SECOND)));
        assert_eq!((clocks.agreed(), clocks.verdict(SECOND)), (300, Verdict::Confirmed));
    }

    #[test]
    fn a_step_forwards_changes_nothing_before_another_clock_has_confirmed_it() {
        let mut clocks = alone(0);
        clocks.compare(Other::Postgres, reading(0, 0), 0);
        assert_eq!(clocks.look(3_600 * SECOND), Some(Step(3_600 * SECOND)));
        assert_eq!(clocks.agreed(), 0);
        clocks.compare(Other::Postgres, reading(0, 3 * SECOND), 3_600 * SECOND);
        assert!(is_about(clocks.agreed(), 0), "{clocks:?}");
        // The machine slept: its monotonic clock stood still meanwhile, and so all others have gone on as far.
        clocks.compare(Other::Postgres, reading(3_600 * SECOND, 6 * SECOND), 3_600 * SECOND);
        assert_eq!(clocks.agreed(), 3_600 * SECOND);
    }

    #[test]
    fn a_step_backwards_changes_nothing_while_another_clock_goes_on_as_before() {
        let mut clocks = alone(0);
        clocks.compare(Other::Postgres, reading(0, 0), 0);
        assert_eq!(clocks.look(-60 * SECOND), Some(Step(-60 * SECOND)));
        for round in 1..1_000 {
            clocks.compare(Other::Postgres, reading(0, 3 * round * SECOND), -60 * SECOND);
        }
        assert!(is_about(clocks.agreed(), 0), "{clocks:?}");
        assert!(matches!(clocks.verdict(3_000 * SECOND), Verdict::Refuted { ahead: ..-59_000_000, .. }));
    }

    #[test]
    fn with_three_clocks_two_decide() {
        let [base, wrong] = [0, 600 * SECOND];
        for (own, postgres, kafka, expected) in [
            (wrong, base, base, base),
            (base, wrong, base, base),
            (base, base, wrong, base),
            (base, -wrong, base, base),
            (-wrong, base, base, base),
            // Word against word.
            (base, wrong, -wrong, -wrong),
            (-wrong, base, wrong, -wrong),
            (wrong, base, -wrong, -wrong),
        ] {
            let mut clocks = alone(own);
            clocks.others[Other::Kafka as usize] = Some(Bounds::of(reading(kafka, 0)));
            clocks.compare(Other::Postgres, reading(postgres, 0), own);
            assert!(is_about(clocks.agreed(), expected), "{own} {postgres} {kafka}: {clocks:?}");
        }
    }

    #[test]
    fn a_clock_that_is_behind_the_only_other_one_from_the_beginning_is_fired_by() {
        let mut clocks = alone(-600 * SECOND);
        clocks.compare(Other::Postgres, reading(0, 0), -600 * SECOND);
        assert_eq!(clocks.agreed(), -600 * SECOND);
        assert!(matches!(clocks.verdict(1_000), Verdict::Refuted { ahead: ..0, of: Some(Other::Postgres) }));
    }

    #[test]
    fn a_clock_that_no_longer_answers_says_nothing_in_the_end_and_time_goes_on() {
        let mut clocks = alone(0);
        clocks.compare(Other::Postgres, reading(0, 0), 0);
        let later = LASTS + 2_000;
        assert_eq!((clocks.ahead_of(Other::Postgres, later), clocks.verdict(later)), (None, Verdict::Confirmed));
        clocks.look(60 * SECOND);
        assert_eq!(clocks.agreed(), 0);
        assert_eq!(clocks.verdict(later), Verdict::Refuted { ahead: 60 * SECOND, of: None });
    }

    #[test]
    fn a_slow_answer_does_not_blur_what_a_quick_one_has_shown() {
        let mut clocks = alone(0);
        clocks.compare(Other::Postgres, reading(0, 0), 0);
        let slow = Reading { asked: SECOND, answered: 11 * SECOND, says: 6 * SECOND, resolution: 0 };
        clocks.compare(Other::Postgres, slow, 4 * SECOND);
        assert!(is_about(clocks.agreed(), 0), "{clocks:?}");
    }

    proptest! {
        /// Never by one clock alone: of this machine's, the others', and what was agreed on before, two have got as far.
        #[test]
        fn two_clocks_have_always_got_as_far(
            offsets in prop::collection::vec((-4..4_i64, -4..4_i64, any::<bool>()), 1..20)
        ) {
            let mut clocks = alone(0);
            let mut at = 0;
            for (own, other, is_kafka) in offsets {
                at += SECOND;
                let own = own * SECOND / 3;
                let before = clocks.agreed();
                let which = if is_kafka { Other::Kafka } else { Other::Postgres };
                clocks.compare(which, reading(other * SECOND / 3, at), own);
                let others = clocks.others.iter().flatten().filter_map(|bounds| bounds.aged(at + 1_000));
                let reached = others.map(|bounds| bounds.high).chain([own, before]);
                prop_assert!(reached.filter(|offset| offset + SKEW >= clocks.agreed()).count() >= 2, "{clocks:?}");
            }
        }

        /// While the other clock is right, and this machine's was at first: whatever is done to this machine's, nothing is
        /// fired early by more than the skew, nor late by more than that and the time that answers take.
        #[test]
        fn beside_a_right_clock_a_wrong_one_does_no_harm(
            steps in prop::collection::vec((-7_200..7_200_i64, 0..30_i64, 0..2_000_i64, 0..100_i64), 1..40)
        ) {
            let mut clocks = alone(0);
            let mut at = 0;
            clocks.compare(Other::Postgres, reading(0, at), 0);
            for (own, seconds, millis, part) in steps {
                at += seconds * SECOND;
                let taken = millis * 1_000;
                clocks.look(own * SECOND);
                let says = at + taken * part / 100;
                let reading = Reading { asked: at, answered: at + taken, says, resolution: 0 };
                at += taken;
                clocks.compare(Other::Postgres, reading, own * SECOND);
                prop_assert!(clocks.agreed() <= SKEW + 1_000, "{clocks:?}");
                prop_assert!(clocks.agreed() >= -SKEW - 100_000, "{clocks:?}");
            }
        }
    }
}
