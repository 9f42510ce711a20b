//! Histories of tracked callbacks: good ones, and for each promise of life after due one that breaks it.

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

use super::{ID, at, named, promises, published, refusal, sent};
use crate::history::{Database, History, Lives, Named, Report, Rules, Sent, Standing, Terms, Wish};
use crate::judge::{Promise, judge};

/// How one state differs from the one before; the rest stays.
#[derive(Clone, Copy, Default)]
struct Step<'a> {
    revision: i64,
    attempt: i64,
    tries: i64,
    status: &'a str,
    reason: Option<&'a str>,
    next: Option<i64>,
}

const fn step(attempt: i64, status: &str) -> Step<'_> {
    Step { revision: 1, attempt, tries: 0, status, reason: None, next: None }
}

fn rules() -> Rules {
    const WAIT: &[i64] = &[10];
    let names = ["noAnswer", "busy", "voicemail", "abandoned", "dialFailed", "agentUnavailable"];
    Rules {
        skill: "5001",
        max_tries: 2,
        max_presentations: 3,
        retry: names.map(|name| (name, if name == "voicemail" { &[] } else { WAIT })),
        handle_within: Some(60),
        release_after: None,
        is_strict: false,
        expire_after: None,
    }
}

/// A history in the making, of one callback.
struct Story {
    history: History,
    not_after: Option<i64>,
    scheduled_for: i64,
}

impl Story {
    /// Scheduled for second 10, to be presented until that second.
    fn of(not_after: Option<i64>) -> Self {
        Self::recorded(not_after, 1, 10)
    }

    /// The same, recorded at that second and to be presented at that one.
    fn recorded(not_after: Option<i64>, second: i64, next: i64) -> Self {
        let lives = Lives { rules: vec![rules()], acknowledge_within: 30, ..Lives::default() };
        let history = History { lives: Some(lives), ..History::default() };
        let mut story = Self { history, not_after, scheduled_for: 10 };
        let terms = Terms { skill: "5001".into(), agent: None, not_after: not_after.map(at) };
        let pending = Step { next: Some(next), ..step(1, "pending") };
        story.command("s", Wish::ScheduleWith { at: at(10), terms }, second, pending, false);
        story
    }

    fn state(&mut self, step: Step<'_>, second: i64, cause: Option<&str>) {
        let Step { revision, attempt, tries, status, reason, next } = step;
        let value = json!({
            "callbackId": ID, "revision": revision, "attempt": attempt, "tries": tries, "status": status, "reason": reason,
            "tracked": true, "scheduledFor": at(self.scheduled_for).to_string(), "nextAt": next.map(|next| at(next).to_string()),
            "notAfter": self.not_after.map(|not_after| at(not_after).to_string()),
            "target": {"type": "skill", "skillId": "5001"}, "causedBy": cause, "updatedAt": at(second).to_string()
        });
        let states = &mut self.history.lives.as_mut().unwrap().states;
        let attributes: Vec<_> = cause.map(|cause| ("ce_causationid", cause)).into_iter().collect();
        let id = format!("{ID}.{revision}.{attempt}.{status}");
        let mut record = published(&format!("default/{ID}"), &id, &attributes, &value, second);
        record.place.1 = i64::try_from(states.len()).unwrap();
        states.push(record);
    }

    fn command(&mut self, id: &str, wish: Wish, second: i64, step: Step<'_>, is_report: bool) {
        let key = format!("k-{id}");
        let mut value = json!({
            "commandId": id, "condition": "Success", "callbackId": ID, "revision": step.revision,
            "scheduledFor": at(self.scheduled_for).to_string(), "violations": []
        });
        if is_report {
            value["attempt"] = step.attempt.into();
            value["tries"] = step.tries.into();
            value["status"] = step.status.into();
            value["reason"] = step.reason.into();
            value["nextAt"] = step.next.map(|next| at(next).to_string()).into();
        }
        let attributes = [("ce_causationid", id), ("ce_time", &*at(second).to_string())];
        let result = published(&key, &format!("{id}.aaaa.result"), &attributes, &value, second);
        self.history.commands.push(sent(&key, id, wish));
        self.history.results.push(result);
        self.state(step, second, Some(id));
    }

    /// A report on the attempt that is due.
    fn report(self, id: &str, outcome: &str, second: i64, step: Step<'_>) -> Self {
        let attempt = self.attempt();
        self.report_of(id, attempt, outcome, second, step)
    }

    fn report_of(mut self, id: &str, attempt: i64, outcome: &str, second: i64, step: Step<'_>) -> Self {
        self.command(id, told(attempt, outcome), second, step, true);
        self
    }

    fn refused(mut self, id: &str, attempt: i64, outcome: &str, second: i64, code: &str) -> Self {
        let key = format!("k-{id}");
        let mut result = refusal(&key, id, "Default", code);
        result.attributes.push(("ce_time".into(), at(second).to_string()));
        self.history.commands.push(sent(&key, id, told(attempt, outcome)));
        self.history.results.push(result);
        self
    }

    /// What is due now is presented.
    fn due(mut self, revision: i64, attempt: i64, tries: i64, second: i64) -> Self {
        let value = json!({
            "callbackId": ID, "revision": revision, "attempt": attempt,
            "scheduledFor": at(self.scheduled_for).to_string(), "firedAt": at(second).to_string()
        });
        let subject = [("ce_subject", &*ID.to_string())];
        let id = format!("{ID}.{revision}.{attempt}");
        self.history.due.push(published("default/skill/5001", &id, &subject, &value, second));
        self.state(Step { revision, tries, ..step(attempt, "due") }, second, None);
        self
    }

    fn by_time(mut self, second: i64, step: Step<'_>) -> Self {
        self.state(step, second, None);
        self
    }

    fn moved(mut self, id: &str, second: i64, to: i64, step: Step<'_>) -> Self {
        self.scheduled_for = to;
        self.command(id, Wish::Reschedule { callback: named(), at: at(to) }, second, step, false);
        self
    }

    fn cancelled(mut self, id: &str, second: i64, step: Step<'_>) -> Self {
        self.command(id, Wish::Cancel(named()), second, step, false);
        self
    }

    fn attempt(&self) -> i64 {
        let last = self.history.lives.as_ref().unwrap().states.last().unwrap();
        serde_json::from_str::<Value>(&last.value).unwrap()["attempt"].as_i64().unwrap()
    }

    /// With a database that says the same.
    fn told(mut self) -> History {
        let last = self.history.lives.as_ref().unwrap().states.last().unwrap();
        let last: Value = serde_json::from_str(&last.value).unwrap();
        let text = |name: &str| last[name].as_str().map(str::to_owned);
        let standing = Standing {
            callback_id: ID,
            revision: last["revision"].as_i64().unwrap(),
            attempt: last["attempt"].as_i64().unwrap(),
            tries: last["tries"].as_i64(),
            status: text("status").unwrap(),
            reason: text("reason"),
        };
        let decisions = self.history.results.iter().map(|result| result.value.clone()).collect();
        self.history.database = Some(Database { callbacks: Vec::new(), decisions, standings: vec![standing] });
        self.history
    }
}

fn told(attempt: i64, outcome: &str) -> Wish {
    let outcome = outcome.to_owned();
    Wish::Report(Report { callback_id: ID, seen: (1, 1), attempt: Some(attempt), outcome, at: None })
}

fn end<'a>(attempt: i64, status: &'a str, reason: &'a str) -> Step<'a> {
    Step { reason: Some(reason), ..step(attempt, status) }
}

fn waits(attempt: i64, tries: i64, next: i64) -> Step<'static> {
    Step { tries, next: Some(next), ..step(attempt, "pending") }
}

/// Nobody answers, then the person is reached.
fn tried_twice() -> Story {
    Story::of(None)
        .due(1, 1, 0, 10)
        .report("r1", "noAnswer", 12, waits(2, 1, 22))
        .due(1, 2, 1, 22)
        .report("r2", "accepted", 23, Step { tries: 1, ..step(2, "accepted") })
        .report("r3", "connected", 30, Step { tries: 1, ..end(2, "completed", "CONNECTED") })
}

/// Nobody ever reports.
fn ignored() -> Story {
    Story::of(None)
        .due(1, 1, 0, 10)
        .by_time(40, waits(2, 0, 40))
        .due(1, 2, 0, 40)
        .by_time(71, waits(3, 0, 71))
        .due(1, 3, 0, 71)
        .by_time(101, end(3, "missed", "NOT_ACKNOWLEDGED"))
}

/// Somebody has it, and is heard of too late.
fn unknown() -> Story {
    Story::of(None)
        .due(1, 1, 0, 10)
        .report("r1", "accepted", 12, step(1, "accepted"))
        .by_time(72, end(1, "missed", "OUTCOME_UNKNOWN"))
        .refused("r2", 1, "busy", 75, "CALLBACK_ENDED")
        .report("r3", "connected", 80, end(1, "completed", "CONNECTED"))
}

/// The person was reached while the next attempt waits.
fn reached_after_all() -> Story {
    Story::of(None)
        .due(1, 1, 0, 10)
        .report("r1", "noAnswer", 12, waits(2, 1, 22))
        .refused("r2", 1, "busy", 13, "ATTEMPT_OVER")
        .refused("r3", 2, "busy", 13, "ATTEMPT_NOT_FIRED")
        .report_of("r4", 1, "connected", 14, Step { tries: 1, ..end(2, "completed", "CONNECTED") })
}

/// Moved between two attempts, then cancelled.
fn amended() -> Story {
    let moved = Step { revision: 2, ..waits(1, 1, 40) };
    Story::of(None).due(1, 1, 0, 10).report("r1", "noAnswer", 12, waits(2, 1, 22)).moved("m", 15, 40, moved).cancelled(
        "c",
        20,
        Step { next: None, status: "cancelled", ..moved },
    )
}

/// Its time is over before it can be presented.
fn expired() -> Story {
    Story::of(Some(12)).by_time(13, end(1, "expired", "NOT_AFTER"))
}

fn good() -> [Story; 6] {
    [tried_twice(), ignored(), unknown(), reached_after_all(), amended(), expired()]
}

fn spoilt(mut history: History, spoil: impl FnOnce(&mut History)) -> Vec<Promise> {
    assert_eq!(judge(&history), [], "it was good");
    spoil(&mut history);
    promises(&history)
}

/// What the judge says of a history that was told so from the beginning.
fn found(story: Story) -> Vec<Promise> {
    promises(&story.told())
}

/// Changes a member of the data of a state.
fn alter(history: &mut History, state: usize, name: &str, value: Value) {
    let record = &mut history.lives.as_mut().unwrap().states[state];
    let mut data: Value = serde_json::from_str(&record.value).unwrap();
    data[name] = value;
    record.value = data.to_string();
}

fn forget_state(history: &mut History, state: usize) {
    history.lives.as_mut().unwrap().states.remove(state);
}

#[test]
fn good_lives_break_nothing() {
    for story in good() {
        assert_eq!(judge(&story.told()), []);
    }
}

#[test]
fn a_life_without_its_end_is_found_also_while_the_run_goes_on() {
    let stops = |states: usize| {
        let mut history = tried_twice().told();
        history.database = None;
        history.lives.as_mut().unwrap().states.truncate(states);
        promises(&history)
    };
    assert_eq!([stops(0), stops(1), stops(2), stops(5)], [const { [Promise::EndMissing] }; 4]);
    assert_eq!(stops(6), []);
}

#[test]
fn a_report_that_is_answered_twice_or_never_is_found() {
    assert!(spoilt(tried_twice().told(), |history| drop(history.results.pop())).contains(&Promise::ResultMissing));
    let twice = |history: &mut History| history.results.push(history.results[1].clone());
    assert_eq!(spoilt(tried_twice().told(), twice), [Promise::ResultTwice]);
}

#[test]
fn a_refusal_that_does_not_fit_how_the_callback_stood_is_found() {
    let story = || Story::of(None).due(1, 1, 0, 10);
    let done = |story: Story| story.report("r", "connected", 12, end(1, "completed", "CONNECTED"));
    // Whoever has read the due event may report of it.
    assert_eq!(found(done(story().refused("x", 1, "busy", 11, "ATTEMPT_NOT_FIRED"))), [Promise::AnswerWrong]);
    assert_eq!(found(done(story().refused("x", 1, "busy", 11, "ATTEMPT_OVER"))), [Promise::AnswerWrong]);
    // It ended later, or not at all.
    assert_eq!(found(done(story().refused("x", 1, "busy", 5, "CALLBACK_ENDED"))), [Promise::AnswerWrong]);
    assert_eq!(found(done(story()).refused("x", 1, "busy", 20, "CALLBACK_CANCELLED")), [Promise::AnswerWrong]);
    assert_eq!(found(done(story()).refused("x", 1, "busy", 20, "CALLBACK_NOT_FOUND")), [Promise::AnswerWrong]);
    assert_eq!(found(done(story()).refused("x", 1, "busy", 20, "CALLBACK_NOT_TRACKED")), [Promise::AnswerWrong]);
    // An outcome of class end is never too late for an attempt that is over.
    let over = reached_after_all().told();
    let refused = |history: &mut History| {
        history.commands[2].wish = told(1, "handledElsewhere");
    };
    assert_eq!(spoilt(over, refused), [Promise::AnswerWrong]);
}

#[test]
fn what_time_has_decided_may_be_answered_before_it_is_said() {
    // Published in an outage, ten seconds after it was decided.
    let expired = |second: i64| {
        let mut story = Story::of(Some(12));
        let mut result = refusal("k-x", "x", "Default", "CALLBACK_ENDED");
        result.attributes.push(("ce_time".into(), at(second).to_string()));
        story.history.commands.push(sent("k-x", "x", Wish::Cancel(named())));
        story.history.results.push(result);
        found(story.by_time(23, end(1, "expired", "NOT_AFTER")))
    };
    assert_eq!([expired(13), expired(10)], [vec![], vec![Promise::AnswerWrong]]);
    let swept = |second: i64| {
        let story = Story::of(None).due(1, 1, 0, 10).by_time(60, waits(2, 0, 41)).due(1, 2, 0, 60);
        let story = story.report("r", "connected", 70, end(2, "completed", "CONNECTED"));
        found(story.refused("x", 1, "busy", second, "ATTEMPT_OVER"))
    };
    assert_eq!([swept(42), swept(39)], [vec![], vec![Promise::AnswerWrong]]);
}

#[test]
fn an_amendment_that_is_refused_without_a_reason_is_found() {
    let refused = |code: &str, second: i64| {
        let mut story = amended();
        let mut result = refusal("k-x", "x", "Default", code);
        result.attributes.push(("ce_time".into(), at(second).to_string()));
        story.history.commands.push(sent("k-x", "x", Wish::Cancel(named())));
        story.history.results.push(result);
        found(story)
    };
    assert_eq!([refused("CALLBACK_ALREADY_DUE", 11), refused("CALLBACK_CANCELLED", 25)], [[], []]);
    for (code, second) in [("CALLBACK_ALREADY_DUE", 17), ("CALLBACK_ENDED", 25), ("CALLBACK_NOT_FOUND", 25)] {
        assert_eq!(refused(code, second), [Promise::AnswerWrong], "{code}");
    }
    assert_eq!(refused("CALLBACK_CANCELLED", 14), [Promise::AnswerWrong]);
}

#[test]
fn a_result_that_says_something_else_than_the_state_is_found() {
    let says = |history: &mut History| {
        let value = history.results[1].value.replace("\"tries\":1", "\"tries\":2");
        history.database.as_mut().unwrap().decisions[1].clone_from(&value);
        history.results[1].value = value;
    };
    assert_eq!(spoilt(tried_twice().told(), says), [Promise::AnswerWrong]);
}

#[test]
fn what_follows_an_end_is_found() {
    let completed = || Story::of(None).due(1, 1, 0, 10).report("r", "connected", 12, end(1, "completed", "CONNECTED"));
    assert!(found(completed().by_time(13, waits(2, 0, 13)).due(1, 2, 0, 13)).contains(&Promise::EndTwice));
    let twice = completed().report("r2", "doNotCall", 13, end(1, "completed", "DO_NOT_CALL"));
    assert!(found(twice).contains(&Promise::EndTwice));
    // What was ended since nobody said what came of it becomes nothing but completed.
    let unknown = Story::of(None)
        .due(1, 1, 0, 10)
        .report("r1", "accepted", 12, step(1, "accepted"))
        .by_time(72, end(1, "missed", "OUTCOME_UNKNOWN"));
    assert!(
        found(unknown.report("r2", "wrongNumber", 80, end(1, "missed", "WRONG_NUMBER"))).contains(&Promise::EndTwice)
    );
}

#[test]
fn a_call_after_the_person_was_reached_is_found_by_the_results_alone() {
    let again = |history: &mut History| {
        let mut event = history.due[0].clone();
        event.value =
            event.value.replace("\"attempt\":1", "\"attempt\":2").replace(&at(10).to_string(), &at(22).to_string());
        event.seen_at = at(22);
        history.due.push(event);
    };
    let found = spoilt(reached_after_all().told(), again);
    assert_eq!(found, [Promise::StateMissing, Promise::CalledAgain]);
}

#[test]
fn one_that_is_presented_again_too_early_is_found() {
    let swept =
        |second: i64| Story::of(None).due(1, 1, 0, 10).by_time(second, waits(2, 0, second)).due(1, 2, 0, second);
    let done = |story: Story| story.report("r", "connected", 50, end(2, "completed", "CONNECTED"));
    assert_eq!([found(done(swept(40))), found(done(swept(39)))], [vec![], vec![Promise::PresentedEarly]]);
    // It was published much later than its pass began: from then on it counts, unless no reader could have read it.
    let late = |unreadable: Vec<(Timestamp, Timestamp)>| {
        let mut history = done(swept(40)).told();
        history.due[0].seen_at = at(20);
        let lives = history.lives.as_mut().unwrap();
        lives.states[1].seen_at = at(20);
        lives.unreadable = unreadable;
        promises(&history)
    };
    assert_eq!([late(vec![]), late(vec![(at(9), at(30))])], [vec![Promise::PresentedEarly], vec![]]);
    // The same where it ends.
    let missed = |second: i64| found(ignored_until(second));
    assert_eq!([missed(101), missed(100)], [vec![], vec![Promise::PresentedEarly]]);
    // And a wait that was not over.
    let early = Story::of(None).due(1, 1, 0, 10).report("r1", "noAnswer", 12, waits(2, 1, 22)).due(1, 2, 1, 21);
    let early = early.report("r2", "connected", 30, Step { tries: 1, ..end(2, "completed", "CONNECTED") });
    assert_eq!(found(early), [Promise::PresentedEarly]);
}

fn ignored_until(second: i64) -> Story {
    Story::of(None)
        .due(1, 1, 0, 10)
        .by_time(40, waits(2, 0, 40))
        .due(1, 2, 0, 40)
        .by_time(71, waits(3, 0, 71))
        .due(1, 3, 0, 71)
        .by_time(second, end(3, "missed", "NOT_ACKNOWLEDGED"))
}

#[test]
fn what_is_recorded_after_its_time_may_be_presented_later_by_as_much_and_by_no_more() {
    let late = |next: i64| {
        let story = Story::recorded(None, 40, next).due(1, 1, 0, next.max(40));
        found(story.report("r", "connected", 70, end(1, "completed", "CONNECTED")))
    };
    assert_eq!([late(10), late(22), late(41), late(60)], [vec![], vec![], vec![], vec![Promise::EffectWrong]]);
}

#[test]
fn more_presentations_or_tries_than_the_rules_allow_are_found() {
    let swept = ignored_before_the_end().by_time(101, waits(4, 0, 101)).due(1, 4, 0, 101);
    let swept = swept.by_time(140, end(4, "missed", "NOT_ACKNOWLEDGED"));
    assert!(found(swept).contains(&Promise::PresentedTooOften));
    let reported = ignored_before_the_end().report("r", "dialFailed", 80, waits(4, 0, 90)).due(1, 4, 0, 90);
    let reported = reported.report("r2", "connected", 95, end(4, "completed", "CONNECTED"));
    assert_eq!(found(reported), [Promise::EffectWrong]);
    let tried = Story::of(None)
        .due(1, 1, 0, 10)
        .report("r1", "noAnswer", 12, waits(2, 1, 22))
        .due(1, 2, 1, 22)
        .report("r2", "noAnswer", 23, waits(3, 2, 33))
        .due(1, 3, 2, 33)
        .report("r3", "connected", 34, Step { tries: 2, ..end(3, "completed", "CONNECTED") });
    assert_eq!(found(tried), [Promise::EffectWrong]);
    // And fewer.
    let given_up =
        Story::of(None).due(1, 1, 0, 10).report("r1", "dialFailed", 12, end(1, "missed", "PRESENTATIONS_EXHAUSTED"));
    assert_eq!(found(given_up), [Promise::EffectWrong]);
    let missed = Story::of(None).due(1, 1, 0, 10).by_time(41, end(1, "missed", "NOT_ACKNOWLEDGED"));
    assert_eq!(found(missed), [Promise::StateOrder]);
}

fn ignored_before_the_end() -> Story {
    Story::of(None)
        .due(1, 1, 0, 10)
        .by_time(40, waits(2, 0, 40))
        .due(1, 2, 0, 40)
        .by_time(71, waits(3, 0, 71))
        .due(1, 3, 0, 71)
}

#[test]
fn an_end_of_handling_before_its_time_is_found() {
    let until = |second: i64| {
        let accepted = Story::of(None).due(1, 1, 0, 10).report("r1", "accepted", 12, step(1, "accepted"));
        found(accepted.by_time(second, end(1, "missed", "OUTCOME_UNKNOWN")))
    };
    assert_eq!([until(72), until(71)], [vec![], vec![Promise::EndedEarly]]);
    // The last word counts, which has no state record of its own.
    let again = |second: i64| {
        let mut accepted = Story::of(None).due(1, 1, 0, 10).report("r1", "accepted", 12, step(1, "accepted"));
        accepted = accepted.report("r2", "inProgress", 30, step(1, "accepted"));
        forget_state(&mut accepted.history, 3);
        found(accepted.by_time(second, end(1, "missed", "OUTCOME_UNKNOWN")))
    };
    assert_eq!([again(90), again(89)], [vec![], vec![Promise::EndedEarly]]);
}

#[test]
fn an_expiry_before_its_time_and_a_presentation_after_it_are_found() {
    let early = Story::of(Some(12)).by_time(11, end(1, "expired", "NOT_AFTER"));
    assert_eq!(found(early), [Promise::StateOrder]);
    let late = |second: i64| {
        found(Story::of(Some(12)).due(1, 1, 0, second).report("r", "connected", 20, end(1, "completed", "CONNECTED")))
    };
    assert_eq!([late(11), late(12)], [vec![], vec![Promise::PresentedLate]]);
    let beyond = Story::of(Some(20)).due(1, 1, 0, 10).report("r1", "noAnswer", 12, waits(2, 1, 22)).due(1, 2, 1, 22);
    let beyond = beyond.report("r2", "connected", 30, Step { tries: 1, ..end(2, "completed", "CONNECTED") });
    assert_eq!(found(beyond), [Promise::PresentedLate, Promise::EffectWrong].into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn a_state_that_is_missing_told_twice_or_without_a_cause_is_found() {
    for story in good() {
        let history = story.told();
        for state in 0..history.lives.as_ref().unwrap().states.len() {
            let is_unknown = history.lives.as_ref().unwrap().states[state].value.contains("OUTCOME_UNKNOWN");
            if is_unknown {
                // Where the report that came too late was decided before time had ended it, there is no such state.
                continue;
            }
            let found = spoilt(history.clone(), |history| forget_state(history, state));
            assert!(!found.is_empty(), "state {state} of {:?} is not missed", history.lives);
        }
        let twice = spoilt(history, |history| {
            let states = &mut history.lives.as_mut().unwrap().states;
            states.insert(1, states[0].clone());
        });
        assert!(twice.contains(&Promise::StateTwice), "{twice:?}");
    }
    let due = spoilt(tried_twice().told(), |history| drop(history.due.pop()));
    assert!(due.contains(&Promise::StateUnasked), "{due:?}");
    let cause = |history: &mut History| {
        alter(history, 2, "causedBy", json!("nobody"));
        history.lives.as_mut().unwrap().states[2].attributes[1].1 = "nobody".into();
    };
    let found = spoilt(tried_twice().told(), cause);
    assert!(found.contains(&Promise::StateUnasked) && found.contains(&Promise::StateMissing), "{found:?}");
}

#[test]
fn states_in_another_order_are_found() {
    for story in good() {
        let history = story.told();
        let count = history.lives.as_ref().unwrap().states.len();
        for state in 1..count {
            let found = spoilt(history.clone(), |history| {
                let states = &mut history.lives.as_mut().unwrap().states;
                states.swap(state - 1, state);
                (states[state - 1].place.1, states[state].place.1) = (0, 0);
                for (offset, record) in states.iter_mut().enumerate() {
                    record.place.1 = i64::try_from(offset).unwrap();
                }
            });
            assert!(!found.is_empty(), "{state} of {count}: {:?}", history.lives);
        }
    }
}

#[test]
fn a_state_whose_envelope_or_content_is_wrong_is_found() {
    let key = |history: &mut History| history.lives.as_mut().unwrap().states[3].key.push('1');
    assert!(spoilt(tried_twice().told(), key).contains(&Promise::StateWrong));
    for (name, value) in [
        ("tries", json!(3)),
        ("tracked", json!(false)),
        ("nextAt", json!(at(99).to_string())),
        ("nextAt", json!(at(21).to_string())),
        ("scheduledFor", json!(at(11).to_string())),
        ("notAfter", json!(at(99).to_string())),
        ("releasedFrom", json!("1234")),
        ("updatedAt", json!(at(11).to_string())),
        ("target", json!({"type": "skill", "skillId": "4711"})),
    ] {
        let found = spoilt(tried_twice().told(), |history| alter(history, 2, name, value.clone()));
        assert!(!found.is_empty(), "{name}: {value}");
    }
}

#[test]
fn what_was_amended_while_it_was_due_is_found() {
    let cancelled = Story::of(None).due(1, 1, 0, 10).cancelled("c", 12, step(1, "cancelled"));
    assert_eq!(found(cancelled), [Promise::StateOrder]);
    let moved = Story::of(None).due(1, 1, 0, 10).moved("m", 12, 40, Step { revision: 2, ..waits(1, 0, 40) });
    let moved = moved.cancelled("c", 20, Step { revision: 2, ..step(1, "cancelled") });
    assert_eq!(found(moved), [Promise::StateOrder]);
}

#[test]
fn a_database_that_says_something_else_than_the_last_state_is_found() {
    type Spoil = fn(&mut Vec<Standing>);
    let ways: [Spoil; 7] = [
        |rows| rows.clear(),
        |rows| rows[0].status = "pending".into(),
        |rows| rows[0].reason = None,
        |rows| rows[0].attempt += 1,
        |rows| rows[0].revision += 1,
        |rows| rows[0].tries = None,
        |rows| rows.push(Standing { callback_id: 2_051, ..rows[0].clone() }),
    ];
    for spoil in ways {
        let found = spoilt(tried_twice().told(), |history| spoil(&mut history.database.as_mut().unwrap().standings));
        assert_eq!(found, [Promise::DatabaseDisagrees]);
    }
}

#[test]
fn a_callback_that_is_not_tracked_is_followed_too() {
    let history = || {
        let mut history = super::plain();
        history.lives = Some(Lives { rules: vec![rules()], acknowledge_within: 30, ..Lives::default() });
        let value = |status: &str, second: i64| {
            json!({
                "callbackId": ID, "revision": 1, "attempt": 1, "tries": 0, "status": status, "reason": null, "tracked": false,
                "scheduledFor": at(10).to_string(), "nextAt": (status == "pending").then(|| at(10).to_string()),
                "notAfter": null, "target": {"type": "skill", "skillId": "4711"},
                "causedBy": (status == "pending").then_some("s"), "updatedAt": at(second).to_string()
            })
        };
        let states = &mut history.lives.as_mut().unwrap().states;
        let key = format!("default/{ID}");
        let (pending, due) = (format!("{ID}.1.1.pending"), format!("{ID}.1.1.due"));
        states.push(published(&key, &pending, &[("ce_causationid", "s")], &value("pending", 1), 1));
        states.push(published(&key, &due, &[], &value("due", 11), 11));
        states[1].place.1 = 1;
        history.results[0].attributes.push(("ce_time".into(), at(1).to_string()));
        let standing =
            Standing { callback_id: ID, revision: 1, attempt: 1, tries: None, status: "due".into(), reason: None };
        history.database.as_mut().unwrap().standings.push(standing);
        history
    };
    assert_eq!(judge(&history()), []);
    assert!(!spoilt(history(), |history| forget_state(history, 0)).is_empty());
    assert!(!spoilt(history(), |history| forget_state(history, 1)).is_empty());
    assert!(!spoilt(history(), |history| alter(history, 1, "tracked", json!(true))).is_empty());
}

#[test]
fn an_amendment_that_could_not_know_its_callback_may_find_nothing() {
    let overtaking = |was_known: bool| {
        let mut story = amended();
        let callback = Named { was_known, ..named() };
        let mut result = refusal("k-x", "x", "Default", "CALLBACK_NOT_FOUND");
        result.attributes.push(("ce_time".into(), at(0).to_string()));
        let record = Sent { issued_at: at(0), ..sent("k-x", "x", Wish::Cancel(callback)) };
        story.history.commands.push(record);
        story.history.results.push(result);
        found(story)
    };
    assert_eq!([overtaking(false), overtaking(true)], [vec![], vec![Promise::AnswerWrong]]);
}
