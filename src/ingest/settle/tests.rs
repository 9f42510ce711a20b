//! One or two shards with their frontiers, windows and tables, and every order of events that a race can take.

mod races;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::command::draft::draft;
use crate::domain::fixtures::{directory, now, rules};
use crate::ingest::Forward;
use crate::ingest::needs::read_up_to;
use crate::protocol::frontier::Frontier;
use crate::protocol::recording::hold_ends;
use crate::protocol::window::Window;
use crate::wire::decode::{Limits, decode};
use crate::wire::record::{Incoming, Outgoing};

const SCHEDULE: &str = "callback.schedule.v1";
const CANCEL: &str = "callback.cancel.v1";
const RESCHEDULE: &str = "callback.reschedule.v1";
const SECOND: i64 = 1_000_000;
const PARTITIONS: i32 = 2;

fn shard(number: i32) -> Shard {
    Shard::from_partition(number).unwrap()
}

/// That many seconds after the fixtures' now.
fn after(seconds: i64) -> Timestamp {
    now().plus_micros(seconds * SECOND)
}

/// A shard as its owner, its database and the readers of due events see it.
struct World {
    owned: Arc<OwnedShard>,
    window: Window<Arc<Commitment>>,
    table: HashMap<CallbackId, Commitment>,
    known: HashMap<Fingerprint, Decision>,
    scheduled: HashMap<Fingerprint, CallbackId>,
    sequences: Sequences,
    now: Timestamp,
    directory: Directory,
    /// Command id of the schedule, revision, and when it was wanted.
    fired: Vec<(String, i32, Timestamp)>,
    /// What the passes have published: due events as `<command>.<revision>.<attempt>`, ends as `<command> <status>`.
    published: Vec<String>,
    offset: i64,
    /// What state records show, where there is a state topic.
    state: Option<Contact>,
}

impl World {
    fn of(number: i32) -> Self {
        let marker = Position { fire_at: after(-3_600), callback_id: 0 };
        let mut sequences = Sequences::default();
        sequences.add(1..10_000);
        let mut world = Self {
            owned: OwnedShard::claimed(shard(number), 1, Frontier::starting_at(marker), None),
            window: Window::starting_at(marker),
            table: HashMap::new(),
            known: HashMap::new(),
            scheduled: HashMap::new(),
            sequences,
            now: now(),
            directory: directory(),
            fired: Vec::new(),
            published: Vec::new(),
            offset: 0,
            state: None,
        };
        world.take_over();
        world
    }

    /// Another owner begins where the marker stands, with a minute of look-ahead.
    fn take_over(&mut self) {
        let marker = self.owned.frontier().marker();
        self.owned = OwnedShard::claimed(self.owned.shard, self.owned.epoch + 1, Frontier::starting_at(marker), None);
        self.window = Window::starting_at(marker);
        self.load();
    }

    fn load(&mut self) {
        let until = Position::end_of(self.now.plus_micros(60 * SECOND));
        self.owned.frontier().extend_reach(until);
        let after = self.window.end();
        self.window.begin_load(until);
        let standing = self.table.values().filter(|row| row.waits());
        let mut rows: Vec<(Position, Arc<Commitment>)> = standing
            .map(|row| (row.position(), Arc::new(row.clone())))
            .filter(|row| row.0 > after && row.0 <= until)
            .collect();
        rows.sort_by_key(|row| row.0);
        self.window.finish_load(rows, true);
    }

    fn item(&mut self, stream: Stream, id: &str, kind: &str, payload: &Value) -> Item {
        let value = payload.to_string();
        let headers = [("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", "/studio"), ("ce_type", kind)];
        let record = Incoming {
            key: Some(b"contact"),
            value: Some(value.as_bytes()),
            headers: headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect(),
            timestamp: self.now,
        };
        let command = decode(&record, Limits { command_bytes: 65_536 }).unwrap();
        let draft = Box::new(draft(command, &self.directory, &rules()));
        let forwarded = || Forward { record: Outgoing::copy_of(&record), timestamp_millis: record.timestamp.millis() };
        let forward = matches!(draft.verdict, Verdict::Amend(_)).then(|| Box::new(forwarded()));
        self.offset += 1;
        Item {
            place: ReadPlace { owned: Arc::clone(&self.owned), stream, offset: self.offset },
            key: record.key.map(Box::from),
            content: Content::Judged { digest: draft.key.fingerprint(), draft, forward },
            traced: None,
        }
    }

    fn schedule(&mut self, id: &str, date: Timestamp) -> Item {
        let payload = json!({
            "securityUser": "su-1", "phoneNumber": "+14155552671", "skillId": "4711", "targetAgentId": "",
            "scheduleDate": date.to_string()
        });
        self.item(Stream::Commands, id, SCHEDULE, &payload)
    }

    fn cancel(&mut self, id: &str, scheduled_by: &str) -> Item {
        let payload = json!({"securityUser": "su-1", "scheduledBy": {"source": "/studio", "commandId": scheduled_by}});
        self.item(Stream::Commands, id, CANCEL, &payload)
    }

    fn reschedule(&mut self, id: &str, scheduled_by: &str, date: Timestamp) -> Item {
        let scheduled_by = json!({"source": "/studio", "commandId": scheduled_by});
        let payload = json!({"securityUser": "su-1", "scheduledBy": scheduled_by, "scheduleDate": date.to_string()});
        self.item(Stream::Commands, id, RESCHEDULE, &payload)
    }

    fn settle(&mut self, items: &[Item]) -> SettledBatch {
        self.try_to_settle(items).unwrap()
    }

    fn try_to_settle(&mut self, items: &[Item]) -> Result<SettledBatch, Unsettled> {
        let facts =
            Facts { known: self.known.clone(), scheduled: self.scheduled.clone(), callbacks: self.table.clone() };
        let at = Basis {
            facts,
            directory: &self.directory,
            rules: &rules(),
            decided_at: self.now,
            partitions: PARTITIONS,
            source: "/schedule-callback",
            state: self.state,
        };
        settle(items.iter(), &at, &mut self.sequences)
    }

    /// The database has committed the batch.
    fn store(&mut self, settled: &SettledBatch) {
        self.known.extend(settled.decisions.iter().map(|decision| (decision.key, decision.clone())));
        let inserts = settled.inserts.iter().map(|(_, row)| row);
        for row in inserts.chain(settled.updates.iter().map(|(_, _, row)| row)) {
            self.table.insert(row.callback_id, Commitment::clone(row));
        }
    }

    /// The window is told of the batch, and its holds end.
    fn tell(&mut self, settled: SettledBatch) {
        for part in settled.shards {
            let ends = hold_ends(&part.changes, &mut part.owned.frontier(), part.hold, false);
            if let Some((reach, hold)) = ends.told {
                part.changes.into_iter().for_each(|change| self.window.apply(change, reach));
                part.owned.frontier().release(hold);
            }
        }
    }

    /// Settles, stores and tells; returns the condition and codes of each result.
    fn run(&mut self, items: &[Item]) -> Vec<String> {
        let settled = self.settle(items);
        self.store(&settled);
        let answers = answers(&settled);
        self.tell(settled);
        answers
    }

    /// Begins to fire what is due, up to what must not be presented as it stands; whether there is anything that may be fired.
    fn begin_pass(&mut self) -> bool {
        let is_blocked = |row: &Commitment| self.must_be_looked_at(row);
        let due = self.window.iter().take_while(|(position, row)| position.fire_at <= self.now && !is_blocked(row));
        let due: Vec<Position> = due.map(|row| row.0).collect();
        let (Some(first), Some(last)) = (due.first(), due.last()) else { return false };
        self.owned.frontier().begin_pass(*first, *last).is_some()
    }

    /// Step F6.
    fn must_be_looked_at(&self, row: &Commitment) -> bool {
        let directory = self.directory.of(&row.origin.tenant);
        row.life.phase.presents()
            && (lifecycle::has_expired(row, self.now) || lifecycle::release(row, directory, self.now))
    }

    /// What was begun is published.
    fn complete_pass(&mut self) {
        let cutoff = self.owned.frontier().cutoff();
        for (_, row) in self.window.iter().take_while(|row| row.0 <= cutoff) {
            assert!(self.now >= row.fire_at && self.now >= row.terms.scheduled_for, "fired early");
            let command = &row.origin.command_id;
            if !row.life.phase.presents() {
                self.published.push(format!("{command} {}", row.status(true).name()));
                continue;
            }
            self.published.push(format!("{command}.{}.{}", row.revision, row.attempt));
            self.fired.push((command.clone(), row.revision, row.terms.scheduled_for));
        }
        self.owned.frontier().complete_pass();
        self.window.drop_through(cutoff);
    }

    /// Fires what is due, at that time.
    fn fire_at(&mut self, now: Timestamp) {
        self.now = now;
        if self.begin_pass() {
            self.complete_pass();
        }
        self.load();
    }

    fn fired(&self) -> Vec<(&str, i32)> {
        self.fired.iter().map(|(id, revision, _)| (id.as_str(), *revision)).collect()
    }
}

/// The condition of each result, and the codes of its violations; where a record was forwarded to.
fn answers(settled: &SettledBatch) -> Vec<String> {
    let publications = settled.answers.iter().flat_map(|answer| &answer.publications);
    let shown = publications.map(|publication| match publication {
        Publication::Result { data, .. } => {
            let result: Value = serde_json::from_str(data).unwrap();
            let codes = result["violations"].as_array().unwrap().iter().map(|violation| &violation["code"]);
            let codes = codes.map(|code| format!(" {}", code.as_str().unwrap()));
            format!("{}{}", result["condition"].as_str().unwrap(), codes.collect::<String>())
        }
        Publication::Forward { shard, .. } => format!("to {shard}"),
        Publication::State(_) => "state".to_owned(),
        Publication::DeadLetter(_) => "dead letter".to_owned(),
    });
    shown.collect()
}

#[test]
fn what_is_being_fired_can_no_longer_be_changed_and_what_is_cancelled_first_is_not_fired() {
    let mut world = World::of(0);
    let items = [world.schedule("one", after(10)), world.schedule("other", after(20))];
    assert_eq!(world.run(&items), ["Success", "Success"]);
    world.now = after(15);
    assert!(world.begin_pass());

    let items = [
        world.cancel("x-1", "one"),
        world.reschedule("r-1", "one", after(30)),
        world.cancel("x-2", "other"),
        world.cancel("x-3", "other"),
    ];
    let due = "Default CALLBACK_ALREADY_DUE";
    assert_eq!(world.run(&items), [due, due, "Success", "Default CALLBACK_CANCELLED"]);

    world.complete_pass();
    world.fire_at(after(40));
    assert_eq!(world.fired(), [("one", 1)]);
}

/// The owner ended between the two commits: what lies below that offset is decided, and may not be answered.
fn unanswered(world: &World, items: &mut [Item], until: i64) {
    world.owned.awaits_answers([Some(until), None]);
    for item in items {
        item.place.owned = Arc::clone(&world.owned);
    }
}

#[test]
fn how_a_callback_stands_is_said_once_also_where_its_command_was_sent_twice_and_the_owner_ended_in_between() {
    let mut world = World { state: Some(Contact::None), ..World::of(0) };
    let first = world.schedule("one", after(10));
    let mut again = world.schedule("one", after(10));
    again.place.stream = first.place.stream;
    let (before, behind) = (first.place.offset, again.place.offset + 1);
    let mut items = [first, again];
    assert_eq!(world.run(&items), ["Success", "state", "Success"]);

    // Neither was answered.
    world.take_over();
    unanswered(&world, &mut items, behind);
    assert_eq!(world.run(&items), ["Success", "state", "Success"]);

    // The first one was, and said it: the other one has nothing to say.
    world.take_over();
    let [_, again] = items;
    let mut items = [again];
    unanswered(&world, &mut items, behind);
    assert_eq!(world.run(&items), ["Success"]);
    assert!(items[0].place.offset > before);
}

#[test]
fn a_report_that_moves_a_callback_to_a_time_that_has_passed_is_answered_with_when_it_is_presented() {
    let mut world = World { state: Some(Contact::None), ..World::of(0) };
    let items = [world.schedule("one", after(10)), world.schedule("two", after(30))];
    world.run(&items);
    // Its skill is tracked.
    world.table.values_mut().for_each(|callback| callback.life.tries = Some(0));
    world.fire_at(after(40));
    let payload = json!({
        "securityUser": "su-1", "scheduledBy": {"source": "/studio", "commandId": "one"}, "attempt": 1,
        "outcome": "rescheduled", "scheduleDate": after(20).to_string()
    });
    let items = [world.item(Stream::Commands, "r", "callback.report.v1", &payload)];
    let settled = world.settle(&items);
    let next_at = |data: &[u8]| {
        let data: Value = serde_json::from_slice(data).unwrap();
        Timestamp::parse_rfc3339(data["nextAt"].as_str().unwrap_or_else(|| panic!("{data}"))).unwrap()
    };
    let said = settled.answers[0].publications.iter().map(|publication| match publication {
        Publication::Result { data, .. } => next_at(data.as_bytes()),
        Publication::State(record) => next_at(record.value.as_deref().unwrap()),
        other => panic!("{other:?}"),
    });
    let said: Vec<Timestamp> = said.collect();
    let (_, _, row) = &settled.updates[0];
    assert!(row.fire_at > after(30), "the shard has gone beyond that");
    assert_eq!(said, [row.fire_at, row.fire_at]);
    settled.release();
}

#[test]
fn a_callback_is_found_by_its_schedule_command_also_when_that_is_no_longer_remembered() {
    let mut world = World::of(0);
    let items = [world.schedule("one", after(3_600)), world.schedule("two", after(3_600))];
    let settled = world.settle(&items);
    let made = settled.decisions.iter().map(|decision| (decision.key, decision.callback_id.unwrap()));
    world.scheduled = made.collect();
    world.store(&settled);
    world.tell(settled);
    world.known.clear();
    let items = [world.cancel("x-1", "one"), world.cancel("x-2", "none")];
    assert_eq!(world.run(&items), ["Success", "Default CALLBACK_NOT_FOUND"]);

    // Where the id is used again, it names the later callback, also within the batch.
    let items = [world.schedule("two", after(3_000)), world.cancel("x-3", "two"), world.cancel("x-4", "two")];
    assert_eq!(world.run(&items), ["Success", "Success", "Default CALLBACK_CANCELLED"]);
    world.fire_at(after(3_590));
    world.fire_at(after(3_600));
    assert_eq!(world.fired(), [("two", 1)], "the earlier one");
}

#[test]
fn a_pass_does_not_go_past_a_change_that_is_being_recorded_whatever_becomes_of_it() {
    for comes_through in [true, false] {
        let mut world = World::of(0);
        let items = [world.schedule("first", after(5)), world.schedule("one", after(10))];
        world.run(&items);
        let items = [world.cancel("x", "one")];
        let settled = world.settle(&items);

        world.fire_at(after(20));
        assert_eq!(world.fired(), [("first", 1)], "what lies before it goes on");
        assert!(!world.begin_pass());
        if comes_through {
            world.store(&settled);
            world.tell(settled);
        } else {
            settled.release();
        }

        world.fire_at(after(21));
        let rest: &[(&str, i32)] = if comes_through { &[] } else { &[("one", 1)] };
        assert_eq!(&world.fired()[1..], rest);
    }
}

#[test]
fn a_reschedule_holds_the_frontier_below_its_old_time_and_below_its_new_one() {
    for (old, new) in [(10, 30), (30, 10)] {
        let mut world = World::of(0);
        let items = [
            world.schedule("before", after(9)),
            world.schedule("between", after(20)),
            world.schedule("one", after(old)),
        ];
        world.run(&items);
        let items = [world.reschedule("r", "one", after(new))];
        let settled = world.settle(&items);

        world.fire_at(after(40));

        assert_eq!(world.fired(), [("before", 1)]);
        world.store(&settled);
        world.tell(settled);
        world.fire_at(after(41));
        let mut fired = world.fired();
        fired.sort_unstable();
        assert_eq!(fired, [("before", 1), ("between", 1), ("one", 2)]);
    }
}

/// An empty text is the same as absent, and was not for version 0.1, which took another digest of it.
#[test]
fn what_an_earlier_version_remembered_is_answered_again_with_its_own_bytes() {
    let mut world = World::of(0);
    let payload = |notes: Value| {
        json!({
            "securityUser": "su-1", "phoneNumber": "+14155552671", "skillId": "4711", "targetAgentId": "",
            "scheduleDate": after(100).to_string(), "notes": notes,
        })
    };
    let command = |world: &mut World, notes| world.item(Stream::Commands, "c", SCHEDULE, &payload(notes));
    let first = command(&mut world, json!(""));
    let Content::Judged { draft, digest, .. } = &first.content else { panic!("{:?}", first.content) };
    let earlier = draft.earlier_payload.unwrap();
    let digits = ResultDigits::of(&draft.key, earlier).to_string();
    let remembered = Decision {
        key: *digest,
        payload: earlier,
        decided_at: after(-50),
        callback_id: None,
        schedules: false,
        correlation_id: None,
        result: r#"{"as":"it was"}"#.into(),
        states: None,
    };
    world.known.insert(*digest, remembered);
    let settled = world.settle(&[first]);
    assert!(settled.decisions.is_empty() && settled.inserts.is_empty());
    let Publication::Result { data, headers, .. } = &settled.answers[0].publications[0] else { panic!("no result") };
    assert_eq!(&**data, r#"{"as":"it was"}"#);
    let id = headers.iter().find(|(name, _)| *name == "ce_id").unwrap().1;
    assert_eq!(str::from_utf8(id).unwrap(), format!("c.{digits}.result"));
    settled.release();

    // Another payload under that id is refused, and so it was: the refusal stands under the digest of its time.
    let again = command(&mut world, json!("other"));
    let settled = world.settle(&[again]);
    assert_eq!(answers(&settled), ["Default COMMAND_ID_REUSED"]);
    settled.release();
    let Decision { key, .. } = world.known.values().next().unwrap().clone();
    let refused = Decision { key: Decision::reuse_key(key, earlier), ..world.known.values().next().unwrap().clone() };
    world.known.insert(refused.key, Decision { result: r#"{"as":"refused"}"#.into(), ..refused });
    world.known.get_mut(&key).unwrap().payload = Fingerprint([9; 16]);
    let again = command(&mut world, json!(""));
    let items = [&again];
    assert!(super::super::needs::reused_keys(&items, &world.known).contains(&Decision::reuse_key(key, earlier)));
    let settled = world.settle(&[again]);
    let Publication::Result { data, .. } = &settled.answers[0].publications[0] else { panic!("no result") };
    assert_eq!(&**data, r#"{"as":"refused"}"#);
    settled.release();
}

#[test]
fn within_a_batch_what_comes_later_sees_what_came_earlier() {
    let mut world = World::of(0);
    let items = [
        world.cancel("x-early", "gone"),
        world.schedule("gone", after(10)),
        world.cancel("x", "gone"),
        world.reschedule("r-gone", "gone", after(20)),
        world.schedule("twice", after(10)),
        world.reschedule("r-1", "twice", after(90)),
        world.reschedule("r-2", "twice", after(30)),
        world.schedule("twice", after(10)),
        world.schedule("twice", after(11)),
    ];
    let settled = world.settle(&items);
    let (cancelled, reused) = ("Default CALLBACK_CANCELLED", "Default COMMAND_ID_REUSED");
    let success = "Success";
    let found = answers(&settled);
    assert_eq!(
        found,
        ["Default CALLBACK_NOT_FOUND", success, success, cancelled, success, success, success, success, reused]
    );
    assert_eq!((settled.inserts.len(), settled.updates.len()), (2, 0), "each callback is written once");
    assert_eq!(settled.decisions.len(), 8, "a repeat is not decided again");
    world.store(&settled);
    world.tell(settled);

    for seconds in [15, 35, 95] {
        world.fire_at(after(seconds));
    }
    assert_eq!(world.fired, [("twice".to_owned(), 3, after(30))]);
}

#[test]
fn what_is_moved_fires_once_at_its_last_time_wherever_the_window_ends() {
    let mut world = World::of(0);
    // The window reaches a minute ahead.
    let names = ["into", "out", "past", "back"];
    let dates = [after(600), after(30), after(600), after(30)];
    let items: Vec<Item> = names.iter().zip(dates).map(|(name, date)| world.schedule(name, date)).collect();
    world.run(&items);
    let items = [
        world.reschedule("r-into", "into", after(40)),
        world.reschedule("r-out", "out", after(500)),
        world.reschedule("r-past", "past", after(-60)),
        world.reschedule("r-too-late", "past", after(-61)),
        world.reschedule("r-back-1", "back", after(600)),
    ];
    let answers = world.run(&items);
    assert_eq!(answers[3], "InvalidScheduleDate SCHEDULE_DATE_IN_PAST");
    let item = world.reschedule("r-back-2", "back", after(30));
    world.run(&[item]);

    for seconds in [1, 35, 45, 450, 505, 700] {
        world.fire_at(after(seconds));
    }
    let wanted = [("past", 2, after(-60)), ("back", 3, after(30)), ("into", 2, after(40)), ("out", 2, after(500))];
    assert_eq!(world.fired, wanted.map(|(name, revision, date)| (name.to_owned(), revision, date)));
}

#[test]
fn what_is_wanted_before_the_cutoff_fires_right_behind_it_and_can_be_cancelled_until_then() {
    let mut world = World::of(0);
    let item = world.schedule("first", after(50));
    world.run(&[item]);
    world.fire_at(after(50));
    world.now = after(51);

    let items = [world.schedule("late", after(20)), world.schedule("gone", after(30)), world.cancel("x", "gone")];
    let settled = world.settle(&items);

    assert_eq!(answers(&settled), ["Success"; 3]);
    let late = settled.inserts.iter().find(|(_, row)| row.origin.command_id == "late").unwrap();
    assert_eq!((late.1.fire_at, late.1.terms.scheduled_for), (after(50).plus_micros(1), after(20)));
    world.store(&settled);
    world.tell(settled);
    world.fire_at(after(51));
    assert_eq!(world.fired(), [("first", 1), ("late", 1)]);
}

#[test]
fn a_change_outlives_the_owner_that_recorded_it_whether_or_not_its_window_heard_of_it() {
    for told in [true, false] {
        let mut world = World::of(0);
        let items = [
            world.schedule("moved", after(600)),
            world.schedule("gone", after(10)),
            world.schedule("stays", after(10)),
        ];
        world.run(&items);
        let items = [world.reschedule("r", "moved", after(10)), world.cancel("x", "gone")];
        let settled = world.settle(&items);
        world.store(&settled);
        if told {
            world.tell(settled);
        }
        world.take_over();

        // The same commands again, as the next owner reads them: known, and the window has them already.
        let items = [world.reschedule("r", "moved", after(10)), world.cancel("x", "gone")];
        assert_eq!(world.run(&items), ["Success", "Success"]);
        world.fire_at(after(20));
        let mut fired = world.fired();
        fired.sort_unstable();
        assert_eq!(fired, [("moved", 2), ("stays", 1)]);
    }
}

#[test]
fn a_cancel_of_another_shards_callback_is_forwarded_once_and_answered_there() {
    let (mut one, mut other) = (World::of(0), World::of(1));
    let here = one.schedule("here", after(600));
    let there = other.schedule("there", after(600));
    // In one batch, as where both shards have one owner.
    let by_command = one.cancel("x-1", "there");
    let both = one.settle(&[here, there, by_command]);
    assert_eq!(answers(&both), ["Success", "Success", "to 1"]);
    let id = both.inserts.iter().find(|(shard, _)| shard.partition() == 1).unwrap().1.callback_id;
    one.store(&both);
    other.store(&both);
    one.tell(both);

    let payload = json!({"securityUser": "su-1", "callbackId": id.get()});
    let by_id = one.item(Stream::Commands, "x-2", CANCEL, &payload);
    let lost = one.item(Stream::Amendments, "x-3", CANCEL, &payload);
    let no_such_shard = CallbackId::compose(5, shard(9)).unwrap();
    let beyond = json!({"securityUser": "su-1", "callbackId": no_such_shard.get()});
    let beyond = one.item(Stream::Commands, "x-4", CANCEL, &beyond);
    let not_found = "Default CALLBACK_NOT_FOUND";
    assert_eq!(one.run(&[by_id, lost, beyond]), ["to 1", not_found, not_found]);

    let forwarded = other.item(Stream::Amendments, "x-2", CANCEL, &payload);
    assert_eq!(other.run(&[forwarded]), ["Success"]);
    // What is known is answered wherever it is asked.
    one.known = other.known.clone();
    let again = one.item(Stream::Commands, "x-2", CANCEL, &payload);
    assert_eq!(one.run(&[again]), ["Success"]);
}

#[test]
fn what_may_not_be_answered_says_its_state_again_where_it_was_decided_and_a_repeat_of_it_says_nothing() {
    let mut world = World::of(0);
    world.state = Some(Contact::Masked);
    let date = after(600);
    let items = [world.schedule("one", date), world.schedule("one", date)];
    assert_eq!(world.run(&items), ["Success", "state", "Success"]);

    world.take_over();
    world.owned.awaits_answers([Some(3), None]);
    world.offset = 0;
    let again = [world.schedule("one", date), world.schedule("one", date), world.schedule("one", date)];
    assert_eq!(world.run(&again), ["Success", "state", "Success", "Success"]);
    world.owned.answered(0, 3);
    world.offset = 0;
    let answered = [world.schedule("one", date)];
    assert_eq!(world.run(&answered), ["Success"]);
}

#[test]
fn on_the_way_through_what_was_decided_before_nothing_is_noted_that_would_take_back_what_is_noted() {
    let mut world = World::of(0);
    world.owned.awaits_answers([Some(10), None]);
    world.offset = 4;
    let decided = [world.schedule("one", after(600))];
    let settled = world.settle(&decided);
    assert!(read_up_to(&settled.answers).is_empty());
    settled.release();
    world.offset = 9;
    let [decided] = decided;
    let both = [decided, world.schedule("two", after(600))];
    let settled = world.settle(&both);
    assert_eq!(read_up_to(&settled.answers)[&shard(0)], [Some(11), None]);
    settled.release();
}

#[test]
fn a_batch_that_changes_nothing_holds_nothing() {
    let mut world = World::of(0);
    let item = world.schedule("one", after(10));
    world.run(&[item]);
    let items = [world.cancel("x", "unknown"), world.reschedule("r", "one", after(-3_600))];
    let settled = world.settle(&items);
    assert!(settled.shards.is_empty());

    world.fire_at(after(10));
    assert_eq!(world.fired(), [("one", 1)]);
}

proptest! {
    /// However commands, passes and takeovers interleave: a callback fires once, in the revision that was answered
    /// last, and never after a cancel that was answered `Success`.
    #[test]
    fn what_was_answered_is_what_is_fired(
        steps in prop::collection::vec((0..7u8, 0..4usize, 0..90i64, any::<bool>()), 1..60)
    ) {
        let mut world = World::of(0);
        let names = ["a", "b", "c", "d"];
        let mut standing: HashMap<&str, i32> = HashMap::new();
        let mut under_way: Option<(SettledBatch, Vec<(u8, &str)>)> = None;
        for (number, (kind, name, seconds, flag)) in steps.into_iter().enumerate() {
            let (name, date) = (names[name], world.now.plus_micros(seconds * SECOND));
            match kind {
                // Decide: one command, or two of which the second undoes something of the first.
                0..=2 if under_way.is_none() => {
                    let mut items = Vec::new();
                    let mut meant = Vec::new();
                    for kind in if flag { vec![kind, (kind + 1) % 3] } else { vec![kind] } {
                        let id = format!("{number}-{kind}");
                        items.push(match kind {
                            0 => world.schedule(name, date),
                            1 => world.cancel(&id, name),
                            _ => world.reschedule(&id, name, date),
                        });
                        meant.push((kind, name));
                    }
                    under_way = Some((world.settle(&items), meant));
                }
                // The commit comes through, or it does not.
                3 | 4 => if let Some((settled, meant)) = under_way.take() {
                    if kind == 4 && flag {
                        settled.release();
                        continue;
                    }
                    for (answer, (kind, name)) in answers(&settled).iter().zip(meant) {
                        match kind {
                            _ if answer != "Success" => {}
                            0 => { standing.entry(name).or_insert(1); }
                            1 => { standing.insert(name, 0); }
                            _ => { *standing.get_mut(name).unwrap() += 1; }
                        }
                    }
                    world.store(&settled);
                    world.tell(settled);
                },
                5 => world.fire_at(date),
                _ if under_way.is_none() => world.take_over(),
                _ => {}
            }
        }
        if let Some((settled, _)) = under_way {
            settled.release();
        }
        for _ in 0..4 {
            world.fire_at(world.now.plus_micros(50 * SECOND));
        }
        let mut fired = world.fired();
        fired.sort_unstable();
        let mut wanted: Vec<_> = standing.into_iter().filter(|(_, revision)| *revision > 0).collect();
        wanted.sort_unstable();
        prop_assert_eq!(fired, wanted);
    }
}
