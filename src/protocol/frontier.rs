//! How far a shard has fired, and how far it may go: where a cancel and its due event meet.
//!
//! Both loops of a shard share one `Frontier`. The dispatch loop raises the cutoff and then the marker; the
//! ingest loop holds the frontier below whatever it is about to commit. Invariants I1 and I2 of
//! ARCHITECTURE.md are kept here.

use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;
use crate::mutant;

/// Names a hold until it is released. A copy names the same hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a hold that is not released stops the shard's due events for good"]
pub struct Hold {
    number: u64,
}

/// The frontier of one shard under one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frontier {
    marker: Position,
    cutoff: Position,
    reach: Position,
    /// Whether a transaction may be open that publishes what lies between marker and cutoff.
    in_flight: bool,
    /// Whether somebody wants something back that is in flight.
    wanted: bool,
    holds: Vec<Held>,
    next_hold: u64,
}

/// What a hold says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Held {
    number: u64,
    /// How many have it: it ends when all have released it.
    shares: usize,
    /// No new pass goes beyond this position.
    below: Position,
    /// Whether it takes something back that an aborted pass would have published: then that one waits for it, too.
    takes_back: bool,
}

impl Frontier {
    /// A frontier at the marker that was read at takeover: all at or before it has fired.
    pub const fn starting_at(marker: Position) -> Self {
        Self { marker, cutoff: marker, reach: marker, in_flight: false, wanted: false, holds: Vec::new(), next_hold: 0 }
    }

    /// Everything up to here is published, for certain.
    pub const fn marker(&self) -> Position {
        self.marker
    }

    /// Everything up to here is published or being published.
    pub const fn cutoff(&self) -> Position {
        self.cutoff
    }

    /// Whether it is too late to change a callback that stands there.
    pub fn has_passed(&self, position: Position) -> bool {
        position <= self.cutoff
    }

    /// When a callback wanted at that instant fires: then, or right behind the cutoff (section 9 of the design:
    /// no row ever appears behind a pass).
    pub fn fire_at(&self, scheduled_for: Timestamp) -> Timestamp {
        scheduled_for.max(self.cutoff.fire_at.plus_micros(1))
    }

    /// Stops every new pass until the hold is narrowed or released.
    pub fn hold(&mut self) -> Hold {
        let number = self.next_hold;
        self.next_hold += 1;
        self.holds.push(Held { number, shares: 1, below: self.cutoff, takes_back: false });
        Hold { number }
    }

    /// The same hold for one more, who must release it, too.
    pub fn share(&mut self, hold: &Hold) -> Hold {
        self.holds.iter_mut().filter(|held| held.number == hold.number).for_each(|held| held.shares += 1);
        hold.clone()
    }

    /// Lets passes go up to just before the earliest instant that the holder changes anything at.
    pub fn narrow(&mut self, hold: &Hold, earliest: Timestamp) {
        if let Some(held) = self.holds.iter_mut().find(|held| held.number == hold.number) {
            held.below = Position::before(earliest);
        }
    }

    /// Whether a change may take a callback from that position, where nothing was published yet; asked under a hold, and
    /// before the hold is narrowed. At or below the cutoff it may only while no pass is in flight: from then on the pass that
    /// was aborted is not tried again before the hold ends. Where one is in flight, that it is wanted is remembered until it
    /// is taken back or published.
    pub fn take_back(&mut self, hold: &Hold, position: Position) -> bool {
        if !self.has_passed(position) {
            return true;
        }
        if self.in_flight || position <= self.marker {
            self.wanted = self.in_flight && position > self.marker;
            return false;
        }
        self.wanted = false;
        if let Some(held) = self.holds.iter_mut().find(|held| held.number == hold.number) {
            held.takes_back = true;
        }
        true
    }

    /// Ends a hold, unless others have a share in it: what it protected has been applied to the window, or has not happened.
    #[expect(clippy::needless_pass_by_value, reason = "a hold that is released cannot be used again")]
    pub fn release(&mut self, hold: Hold) {
        self.holds.iter_mut().filter(|held| held.number == hold.number).for_each(|held| held.shares -= 1);
        self.holds.retain(|held| held.shares > 0);
    }

    /// Says that rows up to here are, or are about to be, read into the window.
    ///
    /// Whoever commits a change asks `reaches` after its commit; whoever loads calls this before its query. So either
    /// the change is told to the window, or the query sees it.
    pub fn extend_reach(&mut self, until: Position) {
        self.reach = self.reach.max(until);
    }

    /// How far rows are, or are about to be, read into the window.
    pub const fn reach(&self) -> Position {
        self.reach
    }

    /// Whether a change at that position concerns the window.
    pub fn reaches(&self, position: Position) -> bool {
        position <= self.reach
    }

    /// Starts a pass over the rows from `first` to `wanted`: from now on nothing at or below the position that is
    /// returned can be changed. `None` where a hold lies below `first`: nothing may be fired now.
    ///
    /// An aborted pass (cutoff above marker) must be tried again with the same end before any other: its end is
    /// returned whatever the holds say, but for those that take something back from it.
    pub fn begin_pass(&mut self, first: Position, wanted: Position) -> Option<Position> {
        let mut holds = self.holds.iter().filter(|_| !mutant::breaks("holds"));
        if self.is_passing() {
            if holds.any(|held| held.takes_back) {
                return None;
            }
            self.in_flight = true;
            return Some(self.cutoff);
        }
        let end = holds.map(|held| held.below).fold(wanted, Position::min);
        if end < first || end <= self.cutoff {
            return None;
        }
        self.cutoff = end;
        self.in_flight = true;
        Some(end)
    }

    /// Whether a transaction may be open that publishes what stands there: it is not known yet whether that is published.
    pub fn is_in_flight(&self, position: Position) -> bool {
        self.in_flight && position > self.marker && position <= self.cutoff
    }

    /// Whether somebody waits to take something back from the pass that was begun last: one that is only prepared makes way.
    pub const fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// The pass that was begun last has come to nothing for certain.
    pub const fn abort_pass(&mut self) {
        self.in_flight = false;
    }

    /// Whether a pass has been begun and not completed.
    pub fn is_passing(&self) -> bool {
        self.cutoff > self.marker
    }

    /// The pass that was begun last is published.
    pub fn complete_pass(&mut self) {
        self.marker = self.cutoff;
        (self.in_flight, self.wanted) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64, callback_id: i64) -> Position {
        Position { fire_at: Timestamp::from_micros(micros), callback_id }
    }

    #[test]
    fn what_is_wanted_at_or_behind_the_cutoff_fires_right_behind_it() {
        let mut frontier = Frontier::starting_at(at(10, 5));
        assert_eq!(frontier.fire_at(Timestamp::from_micros(3)).micros(), 11);
        assert_eq!(frontier.fire_at(Timestamp::from_micros(10)).micros(), 11);
        frontier.begin_pass(at(15, 1), at(20, 1));
        assert_eq!(frontier.fire_at(Timestamp::from_micros(20)).micros(), 21);
        assert_eq!(frontier.fire_at(Timestamp::from_micros(22)).micros(), 22);
    }

    #[test]
    fn a_pass_stops_below_the_lowest_hold_and_goes_on_when_it_is_released() {
        let mut frontier = Frontier::starting_at(at(10, 5));
        let everything = frontier.hold();
        assert_eq!(frontier.begin_pass(at(20, 0), at(100, 0)), None);
        frontier.narrow(&everything, Timestamp::from_micros(50));
        let later = frontier.hold();
        frontier.narrow(&later, Timestamp::from_micros(70));
        assert_eq!(frontier.begin_pass(at(50, 1), at(100, 0)), None, "the first row is held");
        assert_eq!(frontier.begin_pass(at(20, 0), at(100, 0)), Some(at(49, i64::MAX)));
        frontier.complete_pass();
        frontier.release(everything);
        assert_eq!(frontier.begin_pass(at(50, 1), at(100, 0)), Some(at(69, i64::MAX)));
        frontier.complete_pass();
        frontier.release(later);
        assert_eq!(frontier.begin_pass(at(70, 1), at(100, 0)), Some(at(100, 0)));
    }

    #[test]
    fn a_hold_that_is_shared_ends_when_both_have_released_it() {
        let mut frontier = Frontier::starting_at(at(10, 5));
        let told = frontier.hold();
        let answered = frontier.share(&told);
        frontier.release(answered);
        assert_eq!(frontier.begin_pass(at(20, 0), at(100, 0)), None);
        frontier.release(told);
        assert_eq!(frontier.begin_pass(at(20, 0), at(100, 0)), Some(at(100, 0)));
    }

    #[test]
    fn an_aborted_pass_is_tried_again_with_the_same_end_whatever_is_held() {
        let mut frontier = Frontier::starting_at(at(10, 5));
        assert_eq!(frontier.begin_pass(at(20, 1), at(20, 1)), Some(at(20, 1)));
        let hold = frontier.hold();
        assert_eq!(frontier.begin_pass(at(20, 1), at(100, 0)), Some(at(20, 1)));
        frontier.complete_pass();
        assert_eq!(frontier.marker(), at(20, 1));
        assert_eq!(frontier.begin_pass(at(30, 1), at(100, 0)), None);
        frontier.release(hold);
    }

    #[test]
    fn what_an_aborted_pass_has_not_published_can_be_taken_back_and_the_pass_waits_for_that() {
        let mut frontier = Frontier::starting_at(at(10, 5));
        assert_eq!(frontier.begin_pass(at(20, 1), at(20, 1)), Some(at(20, 1)));
        let hold = frontier.hold();
        assert!(frontier.is_in_flight(at(20, 1)) && !frontier.take_back(&hold, at(20, 1)));
        assert_eq!([at(10, 5), at(20, 2)].map(|position| frontier.is_in_flight(position)), [false; 2]);
        frontier.abort_pass();
        assert!(!frontier.is_in_flight(at(20, 1)));
        assert!(!frontier.take_back(&hold, at(10, 5)), "it is published");
        assert!(frontier.take_back(&hold, at(30, 1)), "it lies ahead");
        assert_eq!(frontier.begin_pass(at(20, 1), at(20, 1)), Some(at(20, 1)), "nothing was taken back");
        frontier.abort_pass();
        assert!(!frontier.is_wanted());
        assert_eq!(frontier.begin_pass(at(20, 1), at(20, 1)), Some(at(20, 1)));
        assert!(!frontier.take_back(&hold, at(20, 1)) && frontier.is_wanted());
        frontier.abort_pass();
        assert!(frontier.is_wanted(), "until it is taken back");
        assert!(frontier.take_back(&hold, at(20, 1)) && !frontier.is_wanted());
        assert_eq!(frontier.begin_pass(at(20, 1), at(20, 1)), None);
        frontier.release(hold);
        assert_eq!(frontier.begin_pass(at(20, 1), at(20, 1)), Some(at(20, 1)));
        frontier.complete_pass();
        assert!(!frontier.is_in_flight(at(20, 1)));
    }
}
