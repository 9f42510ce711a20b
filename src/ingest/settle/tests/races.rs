//! Races of what routers report and what time does (docs/contract.md#life-after-due), each in the very order that it is about.

use super::*;
use crate::domain::directory::{DirectoryRecord, LifecycleRules, SkillRecord};
use crate::domain::fixtures::{AGENT, FAR_SKILL, SKILL, agent, skill};
use crate::domain::ids::Tenant;
use crate::domain::life::{Phase, Reason, Status};

const REPORT: &str = "callback.report.v1";
const MINUTE: i64 = 60;
/// The default wait after the first `noAnswer`, in seconds.
const NO_ANSWER: i64 = 30 * MINUTE;

/// What else a test asks of a callback.
fn no_terms() -> Value {
    json!({})
}

impl World {
    /// A shard whose callbacks to `SKILL` are tracked, by the default rules.
    fn tracked() -> Self {
        let mut world = Self::of(0);
        world.directory.put(DirectoryRecord::Skill(SkillRecord { lifecycle: Some(Arc::default()), ..skill(SKILL) }));
        world
    }

    /// The same with one callback, `one`, which was presented at the instant `after(10)`.
    fn presented(terms: &Value) -> Self {
        let mut world = Self::tracked();
        world.scheduled_for_10(terms);
        world.fires_at(after(10));
        assert_eq!(world.published, ["one.1.1"]);
        world
    }

    /// Fires what is due at that time, however far away it was.
    fn fires_at(&mut self, now: Timestamp) {
        self.now = now;
        self.load();
        self.fire_at(now);
    }

    fn scheduled_for_10(&mut self, terms: &Value) {
        let mut payload = json!({
            "securityUser": "su-1", "phoneNumber": "+14155552671", "skillId": SKILL, "targetAgentId": "",
            "scheduleDate": after(10).to_string()
        });
        payload.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        let item = self.item(Stream::Commands, "one", SCHEDULE, &payload);
        assert_eq!(self.run(&[item]), ["Success"]);
    }

    /// A report on that attempt of `one`.
    fn report(&mut self, id: &str, attempt: i64, outcome: &str) -> Item {
        self.report_with(id, attempt, outcome, no_terms())
    }

    fn report_with(&mut self, id: &str, attempt: i64, outcome: &str, mut terms: Value) -> Item {
        let named = json!({"securityUser": "su-1", "scheduledBy": {"source": "/studio", "commandId": "one"},
            "attempt": attempt, "outcome": outcome});
        terms.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        self.item(Stream::Commands, id, REPORT, &terms)
    }

    /// `one` as the database has it.
    fn one(&self) -> &Commitment {
        let [one] = self.table.values().collect::<Vec<_>>().try_into().unwrap();
        one
    }

    /// What time hands on because of that cause, of where `one` stands now.
    fn time(&self, cause: TimeCause) -> Item {
        Item::of_time(&self.owned, self.one().position(), cause)
    }

    fn put_agent(&mut self, is_active: bool) {
        self.directory.put(agent(AGENT, is_active, &[SKILL]));
    }

    /// Attempt, tries, and how it stands where nothing is being fired.
    fn stands(&self) -> (i32, Option<i16>, Status) {
        let one = self.one();
        let is_over = one.position() <= self.owned.frontier().marker();
        (one.attempt, one.life.tries, one.status(is_over))
    }

    fn reason(&self) -> Option<Reason> {
        self.one().life.phase.end().map(|end| end.reason)
    }
}

#[test]
fn a_report_of_the_next_attempt_waits_for_its_pass_and_counts_where_that_is_published() {
    for is_published in [true, false] {
        let mut world = World::presented(&no_terms());
        let item = world.report("r-1", 1, "noAnswer");
        assert_eq!(world.run(&[item]), ["Success"]);
        let item = world.report("r-2", 2, "busy");
        assert_eq!(world.run(&[item]), ["Default ATTEMPT_NOT_FIRED"], "it waits for its time");

        world.now = after(10 + NO_ANSWER);
        world.load();
        assert!(world.begin_pass());
        let items = [world.report("r-3", 2, "busy")];
        assert_eq!(world.try_to_settle(&items).unwrap_err(), Unsettled::Early);
        if is_published {
            world.complete_pass();
            assert_eq!(world.run(&items), ["Success"]);
            assert_eq!(world.stands(), (3, Some(2), Status::Pending));
        } else {
            world.owned.frontier().abort_pass();
            assert_eq!(world.run(&items), ["Default ATTEMPT_NOT_FIRED"], "nobody can have read it");
            assert!(world.begin_pass(), "it is tried again");
            world.complete_pass();
        }
        assert_eq!(world.published, ["one.1.1", "one.1.2"]);
    }
}

#[test]
fn a_report_of_what_has_ended_waits_for_no_pass_that_goes_over_its_place() {
    let mut world = World::presented(&no_terms());
    for (id, outcome) in [("r-1", "accepted"), ("r-2", "wrongNumber")] {
        let item = world.report(id, 1, outcome);
        assert_eq!(world.run(&[item]), ["Success"]);
    }
    // A pass is prepared for something that is due much later.
    let later = Position::end_of(after(20_000));
    assert_eq!(world.owned.frontier().begin_pass(later, later), Some(later));
    world.now = after(15_000);
    assert!(world.owned.frontier().is_in_flight(world.one().position()));
    let item = world.report("r-3", 1, "noAnswer");
    assert_eq!(world.run(&[item]), ["Default CALLBACK_ENDED"]);
}

#[test]
fn the_end_of_the_handling_time_counts_when_it_is_published_and_no_sooner() {
    let handle_within = LifecycleRules::default().handle_within.unwrap() / 1_000_000;
    let ends_at = after(11 + handle_within);
    // What was prepared ahead of its time, and what was not, may come to nothing.
    for (decided_at, is_published) in [(after(100), false), (ends_at, false), (ends_at, true)] {
        for (outcome, stands) in [("accepted", (1, Some(0), Status::Accepted)), ("busy", (2, Some(1), Status::Pending))]
        {
            let mut world = World::presented(&no_terms());
            world.now = after(11);
            let item = world.report("r-1", 1, "accepted");
            assert_eq!(world.run(&[item]), ["Success"]);
            assert_eq!(world.one().fire_at, ends_at);
            world.now = ends_at;
            world.load();
            assert!(world.begin_pass());
            world.now = decided_at;
            let items = [world.report("r-2", 1, outcome)];
            assert_eq!(world.try_to_settle(&items).unwrap_err(), Unsettled::Early);
            assert!(world.owned.frontier().is_wanted(), "a pass that is only prepared makes way");
            if is_published {
                world.complete_pass();
                assert_eq!(world.run(&items), ["Default CALLBACK_ENDED"]);
                assert_eq!((world.stands(), world.reason()), ((1, Some(0), Status::Missed), None));
                continue;
            }
            world.owned.frontier().abort_pass();
            let cancel = world.cancel("c-1", "one");
            assert_eq!(world.run(&[cancel]), ["Default CALLBACK_ALREADY_DUE"], "it has not ended");
            let settled = world.settle(&items);
            assert_eq!(answers(&settled), ["Success"]);
            assert!(!world.owned.frontier().is_wanted() && !world.begin_pass(), "what is taken back holds the pass");
            world.store(&settled);
            world.tell(settled);
            assert_eq!(world.stands(), stands);
        }
    }
}

#[test]
fn a_report_that_overtakes_the_commit_of_its_due_event_waits_for_it_with_its_whole_batch() {
    let mut world = World::tracked();
    world.scheduled_for_10(&no_terms());
    world.now = after(11);
    assert!(world.begin_pass());
    let items = [world.schedule("other", after(100)), world.report("r-1", 1, "connected")];
    assert_eq!(world.try_to_settle(&items).unwrap_err(), Unsettled::Early);
    // What was not settled holds nothing: the pass that is waited for comes to its end.
    world.complete_pass();
    assert_eq!(world.run(&items), ["Success", "Success"]);
    let one = world.table.values().find(|row| row.origin.command_id == "one").unwrap();
    assert_eq!(one.status(true), Status::Completed);
    world.fires_at(after(200));
    assert_eq!(world.published, ["one.1.1", "other.1.1"]);
}

#[test]
fn of_two_reports_of_one_attempt_in_one_batch_the_second_sees_what_the_first_has_made() {
    let cases = [
        // The first counts, and the attempt is over.
        (["noAnswer", "busy"], ["Success", "Default ATTEMPT_OVER"], (2, Some(1), Status::Pending)),
        // Somebody has it, and then says what came of it.
        (["accepted", "noAnswer"], ["Success", "Success"], (2, Some(1), Status::Pending)),
        // Who was reached after all is not called again.
        (["noAnswer", "connected"], ["Success", "Success"], (2, Some(1), Status::Completed)),
        (["connected", "noAnswer"], ["Success", "Default CALLBACK_ENDED"], (1, Some(0), Status::Completed)),
        (["connected", "wrongNumber"], ["Success", "Default CALLBACK_ENDED"], (1, Some(0), Status::Completed)),
    ];
    for (outcomes, expected, stands) in cases {
        let mut world = World::presented(&no_terms());
        let items = [world.report("r-1", 1, outcomes[0]), world.report("r-2", 1, outcomes[1])];
        let settled = world.settle(&items);
        assert_eq!(answers(&settled), expected, "{outcomes:?}");
        assert_eq!(settled.updates.len(), 1, "one row is written once: {outcomes:?}");
        world.store(&settled);
        world.tell(settled);
        assert_eq!(world.stands(), stands, "{outcomes:?}");
        world.fires_at(after(10 + NO_ANSWER));
        let again: &[&str] = if stands.2 == Status::Pending { &["one.1.2"] } else { &[] };
        assert_eq!(world.published[1..], *again, "{outcomes:?}");
    }
}

#[test]
fn who_was_reached_by_an_attempt_that_is_over_is_not_called_by_the_one_that_waits() {
    let mut world = World::presented(&no_terms());
    let item = world.report("r-1", 1, "noAnswer");
    world.run(&[item]);
    // The next one stands in the window already.
    world.now = after(NO_ANSWER);
    world.load();
    assert_eq!(world.window.iter().count(), 1);
    let items = [world.report("r-2", 1, "connected")];
    let settled = world.settle(&items);
    // Its time comes while the batch is being recorded.
    world.now = after(10 + NO_ANSWER);
    assert!(!world.begin_pass(), "the batch holds it back");
    world.store(&settled);
    assert_eq!(answers(&settled), ["Success"]);
    world.tell(settled);
    world.fires_at(after(20 + NO_ANSWER));
    assert_eq!((world.stands(), &*world.published), ((2, Some(1), Status::Completed), &["one.1.1".to_owned()][..]));
}

#[test]
fn who_was_reached_while_the_pass_of_the_next_attempt_runs_ends_behind_it_or_before_it_is_tried_again() {
    for is_published in [true, false] {
        let mut world = World::presented(&no_terms());
        let item = world.report("r-1", 1, "noAnswer");
        world.run(&[item]);
        world.now = after(10 + NO_ANSWER);
        world.load();
        assert!(world.begin_pass());
        let items = [world.report("r-2", 1, "connected")];
        assert_eq!(world.try_to_settle(&items).unwrap_err(), Unsettled::Early, "nobody knows yet what it will say");
        if is_published {
            world.complete_pass();
        } else {
            world.owned.frontier().abort_pass();
        }
        let settled = world.settle(&items);
        if !is_published {
            assert!(!world.begin_pass(), "what is taken out of an aborted pass holds it back");
        }
        world.store(&settled);
        assert_eq!(answers(&settled), ["Success"]);
        world.tell(settled);
        if world.begin_pass() {
            world.complete_pass();
        }
        world.fires_at(after(20 + NO_ANSWER));
        let expected: &[&str] = if is_published { &["one.1.1", "one.1.2"] } else { &["one.1.1"] };
        assert_eq!(world.published, expected);
        assert_eq!(world.stands(), (2, Some(1), Status::Completed));
    }
}

#[test]
fn the_sweep_does_nothing_where_a_report_came_first_and_a_report_behind_it_is_of_an_attempt_that_is_over() {
    // The report was recorded after the sweep had read the rows, or stands before it in its batch.
    for in_one_batch in [true, false] {
        for (outcome, stands) in [("accepted", (1, Some(0), Status::Accepted)), ("busy", (2, Some(1), Status::Pending))]
        {
            let mut world = World::presented(&no_terms());
            world.now = after(700);
            let sweep = world.time(TimeCause::Unacknowledged);
            let report = world.report("r-1", 1, outcome);
            if in_one_batch {
                assert_eq!(world.run(&[report, sweep]), ["Success"]);
            } else {
                assert_eq!(world.run(&[report]), ["Success"]);
                let settled = world.settle(&[sweep]);
                assert!(settled.updates.is_empty() && settled.shards.is_empty() && !settled.changes_by_time);
            }
            assert_eq!(world.stands(), stands);
            world.fires_at(after(710));
            assert_eq!(world.published, ["one.1.1"], "nothing more is due by now");
        }
    }
    // And the other way round.
    for in_one_batch in [true, false] {
        for (outcome, expected) in [("busy", "Default ATTEMPT_OVER"), ("connected", "Success")] {
            let mut world = World::presented(&no_terms());
            world.now = after(700);
            let sweep = world.time(TimeCause::Unacknowledged);
            let report = world.report("r-1", 1, outcome);
            if in_one_batch {
                assert_eq!(world.run(&[sweep, report]), [expected]);
            } else {
                assert!(world.run(&[sweep]).is_empty());
                assert_eq!(world.run(&[report]), [expected]);
            }
            world.fires_at(after(710));
            let again = outcome == "busy";
            assert_eq!(world.published, ["one.1.1", "one.1.2"][..=usize::from(again)], "{outcome}");
            assert_eq!(world.stands().2, if again { Status::Due } else { Status::Completed });
        }
    }
}

#[test]
fn the_sweep_of_a_callback_counts_once_however_often_it_is_handed_on() {
    let mut world = World::presented(&no_terms());
    world.now = after(700);
    let items = [world.time(TimeCause::Unacknowledged), world.time(TimeCause::Unacknowledged)];
    world.run(&items);
    world.run(&items);
    assert_eq!(world.stands(), (2, Some(0), Status::Pending));
    world.fires_at(after(701));
    // Now its place is another one, and what was handed on before means nothing.
    world.run(&items);
    assert_eq!(world.stands(), (2, Some(0), Status::Due));
    assert_eq!(world.published, ["one.1.1", "one.1.2"]);
}

#[test]
fn what_the_sweep_presents_again_is_found_by_whoever_takes_over_and_is_swept_no_second_time() {
    for window_is_told in [true, false] {
        let mut world = World::presented(&no_terms());
        world.now = after(700);
        let sweep = world.time(TimeCause::Unacknowledged);
        let settled = world.settle(std::slice::from_ref(&sweep));
        world.store(&settled);
        // The commit comes through; whether its owner lives to tell its window makes no difference.
        if window_is_told {
            world.tell(settled);
        } else {
            settled.release();
        }
        world.take_over();
        // The next owner finds it where it waits now, and sweeps only what it knows to be published.
        let found = world.time(TimeCause::Unacknowledged);
        world.run(&[found]);
        assert_eq!(world.stands(), (2, Some(0), Status::Pending));
        world.fires_at(after(701));
        assert_eq!(world.published, ["one.1.1", "one.1.2"]);
    }
    // Or it does not come through: then the next owner sweeps it.
    let mut world = World::presented(&no_terms());
    world.now = after(700);
    let sweep = world.time(TimeCause::Unacknowledged);
    world.settle(&[sweep]).release();
    world.take_over();
    world.fires_at(after(701));
    assert_eq!(world.published, ["one.1.1"]);
    let sweep = world.time(TimeCause::Unacknowledged);
    world.run(&[sweep]);
    world.fires_at(after(702));
    assert_eq!(world.published, ["one.1.1", "one.1.2"]);
}

#[test]
fn a_cancel_of_what_the_sweep_presents_again_is_too_late_before_it_and_in_time_behind_it() {
    for (cancel_first, in_one_batch) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut world = World::presented(&no_terms());
        world.now = after(700);
        let (sweep, cancel) = (world.time(TimeCause::Unacknowledged), world.cancel("x-1", "one"));
        let (items, expected) =
            if cancel_first { ([cancel, sweep], "Default CALLBACK_ALREADY_DUE") } else { ([sweep, cancel], "Success") };
        let told = if in_one_batch {
            world.run(&items)
        } else {
            items.into_iter().flat_map(|item| world.run(&[item])).collect()
        };
        assert_eq!(told, [expected]);
        world.fires_at(after(701));
        let again: &[&str] = if cancel_first { &["one.1.1", "one.1.2"] } else { &["one.1.1"] };
        assert_eq!(world.published, again, "{in_one_batch}");
        // Once more at the attempt that waited: nothing comes of it.
        let sweep = world.time(TimeCause::Unacknowledged);
        world.now = after(1_500);
        world.run(&[sweep]);
        let expected = if cancel_first { (3, Some(0), Status::Pending) } else { (2, Some(0), Status::Cancelled) };
        assert_eq!(world.stands(), expected);
    }
}

#[test]
fn an_attempt_that_is_cancelled_while_it_waits_is_not_swept_where_it_stood_before() {
    let mut world = World::presented(&no_terms());
    let report = world.report("r-1", 1, "noAnswer");
    let sweep = world.time(TimeCause::Unacknowledged);
    world.run(&[report]);
    let cancel = world.cancel("x-1", "one");
    assert_eq!(world.run(&[cancel]), ["Success"]);
    world.now = after(700);
    world.run(&[sweep]);
    world.fires_at(after(10 + NO_ANSWER));
    assert_eq!((world.stands().2, &*world.published), (Status::Cancelled, &["one.1.1".to_owned()][..]));
}

#[test]
fn what_expires_before_its_pass_begins_ends_and_what_is_being_published_then_does_not() {
    let terms = json!({"notAfter": after(12).to_string()});
    // The pass begins in time, and ends later.
    let mut world = World::tracked();
    world.scheduled_for_10(&terms);
    world.now = after(11);
    assert!(world.begin_pass());
    let look = world.time(TimeCause::Look);
    world.now = after(13);
    assert_eq!(world.try_to_settle(std::slice::from_ref(&look)).unwrap_err(), Unsettled::Early);
    world.complete_pass();
    assert!(world.settle(&[look]).updates.is_empty(), "it was presented");
    assert_eq!(world.published, ["one.1.1"]);

    // The pass comes to nothing, and meanwhile it is too late.
    let mut world = World::tracked();
    world.scheduled_for_10(&terms);
    world.now = after(11);
    assert!(world.begin_pass());
    world.owned.frontier().abort_pass();
    world.now = after(13);
    let look = world.time(TimeCause::Look);
    let settled = world.settle(&[look]);
    let cutoff = world.owned.frontier().cutoff();
    assert_eq!(world.owned.frontier().begin_pass(cutoff, cutoff), None, "it is not tried again before that is written");
    world.store(&settled);
    world.tell(settled);
    assert_eq!(world.owned.frontier().begin_pass(cutoff, cutoff), Some(cutoff));
    world.complete_pass();
    assert_eq!((&*world.published, world.reason()), (&["one expired".to_owned()][..], Some(Reason::NotAfter)));

    // It is moved before anybody has looked: then it is not too late.
    let mut world = World::tracked();
    world.scheduled_for_10(&terms);
    world.now = after(13);
    assert!(!world.begin_pass(), "it must not be presented");
    let look = world.time(TimeCause::Look);
    let later = json!({"securityUser": "su-1", "scheduledBy": {"source": "/studio", "commandId": "one"},
        "scheduleDate": after(20).to_string(), "notAfter": after(30).to_string()});
    let moved = world.item(Stream::Commands, "m-1", RESCHEDULE, &later);
    assert_eq!(world.run(&[moved, look]), ["Success"]);
    world.fires_at(after(21));
    assert_eq!(world.published, ["one.2.1"]);
}

#[test]
fn a_cancel_and_the_end_of_what_expires_come_to_one_end() {
    for cancel_first in [true, false] {
        let mut world = World::tracked();
        world.scheduled_for_10(&json!({"notAfter": after(12).to_string()}));
        world.now = after(13);
        let (look, cancel) = (world.time(TimeCause::Look), world.cancel("x-1", "one"));
        let (items, expected) =
            if cancel_first { ([cancel, look], "Success") } else { ([look, cancel], "Default CALLBACK_ENDED") };
        assert_eq!(world.run(&items), [expected]);
        world.fires_at(after(14));
        let published: &[&str] = if cancel_first { &[] } else { &["one expired"] };
        assert_eq!(world.published, published);
        let status = if cancel_first { Status::Cancelled } else { Status::Expired };
        assert_eq!(world.stands().2, status);
    }
}

#[test]
fn whether_it_is_released_follows_the_agents_record_as_it_is_when_that_is_looked_at() {
    let for_agent = json!({"targetAgentId": AGENT.to_string()});
    for is_back in [true, false] {
        let mut world = World::tracked();
        world.scheduled_for_10(&for_agent);
        world.put_agent(false);
        world.now = after(11);
        assert!(!world.begin_pass(), "it must not be presented to somebody who is gone");
        let look = world.time(TimeCause::Look);
        // The record changes again before the recording step has looked, or it does not.
        world.put_agent(is_back);
        let settled = world.settle(&[look]);
        assert_eq!(settled.updates.is_empty(), is_back);
        world.store(&settled);
        world.tell(settled);
        // Who comes back behind that is not given it again: it was said to be released.
        world.put_agent(true);
        world.fires_at(after(12));
        assert_eq!(world.published, ["one.1.1"]);
        let (agent, from) = (world.one().terms.target.agent, world.one().life.released_from);
        assert_eq!((agent.is_some(), from.is_some()), (is_back, !is_back));
    }
    // It goes away while the pass is under way: that one was presented to it.
    let mut world = World::tracked();
    world.scheduled_for_10(&for_agent);
    world.now = after(11);
    assert!(world.begin_pass());
    world.put_agent(false);
    world.complete_pass();
    let look = world.time(TimeCause::Look);
    assert!(world.settle(&[look]).updates.is_empty());
    // The next one goes to the skill.
    world.now = after(700);
    let sweep = world.time(TimeCause::Unacknowledged);
    world.run(&[sweep]);
    world.fires_at(after(701));
    assert_eq!(world.published, ["one.1.1", "one.1.2"]);
    assert_eq!(world.one().life.released_from.map(crate::domain::ids::AgentId::get), Some(AGENT));
}

#[test]
fn a_reschedule_between_attempts_begins_anew_and_reports_of_before_change_nothing() {
    for order in 0..3 {
        let mut world = World::presented(&no_terms());
        let failed = world.report("r-1", 1, "noAnswer");
        let moved = world.reschedule("m-1", "one", after(600));
        match order {
            // In one batch; in two; or the other way round, where it is due and a router has to say so.
            0 => assert_eq!(world.run(&[failed, moved]), ["Success", "Success"]),
            1 => {
                assert_eq!(world.run(&[failed]), ["Success"]);
                assert_eq!(world.run(&[moved]), ["Success"]);
            }
            _ => {
                assert_eq!(world.run(&[moved, failed]), ["Default CALLBACK_ALREADY_DUE", "Success"]);
                let moved = world.reschedule("m-2", "one", after(600));
                assert_eq!(world.run(&[moved]), ["Success"]);
            }
        }
        assert_eq!((world.one().revision, world.stands()), (2, (1, Some(1), Status::Pending)), "its tries are kept");
        let late = [world.report("r-2", 1, "busy"), world.report("r-3", 2, "busy")];
        let not_fired = "Default ATTEMPT_NOT_FIRED";
        assert_eq!(world.run(&late), [not_fired, not_fired]);
        // Neither does what time had noticed of the attempt that waited then.
        let stale = Position { fire_at: after(10 + NO_ANSWER), ..world.one().position() };
        let stale = Item::of_time(&world.owned, stale, TimeCause::Look);
        world.run(&[stale]);
        world.fires_at(after(600));
        world.fires_at(after(10 + NO_ANSWER));
        assert_eq!(world.published, ["one.1.1", "one.2.1"]);
    }
}

#[test]
fn one_that_is_moved_to_a_skill_that_is_not_tracked_is_fired_once_more_and_no_longer_looked_after() {
    for in_one_batch in [true, false] {
        let mut world = World::presented(&no_terms());
        let terms = json!({"scheduleDate": after(600).to_string(), "skillId": FAR_SKILL});
        let moved = world.report_with("r-1", 1, "rescheduled", terms);
        let sweep = world.time(TimeCause::Unacknowledged);
        let late = world.report("r-2", 1, "connected");
        world.now = after(500);
        let told = if in_one_batch {
            world.run(&[moved, sweep, late])
        } else {
            [moved, sweep, late].into_iter().flat_map(|item| world.run(&[item])).collect()
        };
        assert_eq!(told, ["Success", "Default CALLBACK_NOT_TRACKED"]);
        assert_eq!((world.one().revision, world.stands()), (2, (1, None, Status::Pending)));
        world.fires_at(after(600));
        assert_eq!(world.published, ["one.1.1", "one.2.1"]);
        let (sweep, late) = (world.time(TimeCause::Unacknowledged), world.report("r-3", 1, "noAnswer"));
        world.now = after(2_000);
        assert_eq!(world.run(&[sweep, late]), ["Default CALLBACK_NOT_TRACKED"]);
        assert_eq!(world.one().life.phase, Phase::Present);
        world.fires_at(after(3_000));
        assert_eq!(world.published.len(), 2, "and that was its end");
    }
}

#[test]
fn the_answer_that_nobody_gave_in_time_is_taken_where_it_is_an_end_whatever_was_first() {
    for is_published in [true, false] {
        let mut world = World::presented(&no_terms());
        let item = world.report("r-1", 1, "accepted");
        assert_eq!(world.run(&[item]), ["Success"]);
        world.now = after(10 + 60 * MINUTE);
        world.load();
        assert!(world.begin_pass(), "nobody has said what came of it");
        let items = [world.report("r-2", 1, "connected")];
        assert_eq!(world.try_to_settle(&items).unwrap_err(), Unsettled::Early);
        if is_published {
            world.complete_pass();
        } else {
            world.owned.frontier().abort_pass();
        }
        assert_eq!(world.run(&items), ["Success"]);
        if world.begin_pass() {
            world.complete_pass();
        }
        world.fires_at(after(20_000));
        let expected: &[&str] = if is_published { &["one.1.1", "one missed"] } else { &["one.1.1"] };
        assert_eq!((&*world.published, world.stands().2), (&expected.map_to_owned()[..], Status::Completed));
    }
}

/// Texts as a world has them.
trait Owned {
    fn map_to_owned(&self) -> Vec<String>;
}

impl Owned for &[&str] {
    fn map_to_owned(&self) -> Vec<String> {
        self.iter().map(|&text| text.to_owned()).collect()
    }
}

/// A tenant's directory is the one of the callback.
#[test]
fn one_tenants_agents_release_nothing_of_anothers() {
    let mut world = World::tracked();
    world.scheduled_for_10(&json!({"targetAgentId": AGENT.to_string()}));
    let mut elsewhere = agent(AGENT, false, &[SKILL]);
    if let DirectoryRecord::Agent(record) = &mut elsewhere {
        record.tenant = Tenant::parse("other").unwrap();
    }
    world.directory.put(elsewhere);
    world.fires_at(after(11));
    assert_eq!(world.published, ["one.1.1"]);
}
