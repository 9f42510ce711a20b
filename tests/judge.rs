//! The judge of the chaos test is shown to be right: it finds nothing in good histories, and in each bad one the promise
//! that it breaks.

#![expect(clippy::unwrap_used, reason = "tests; clippy knows only those functions as such that carry the attribute")]

#[path = "chaos/history.rs"]
mod history;
#[path = "chaos/judge.rs"]
mod judge;
#[path = "judge/lives.rs"]
mod lives;
#[path = "chaos/random.rs"]
mod random;
#[path = "chaos/soak/stories.rs"]
mod stories;
#[path = "judge/stories.rs"]
mod stories_told;
#[path = "chaos/soak/verdict.rs"]
mod verdict;
#[path = "judge/verdict.rs"]
mod verdicts;

use history::{Database, History, Named, Published, Row, Sent, Wish};
use judge::{Promise, judge};
use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

/// A callback id: sequence 1 of shard 3.
const ID: i64 = 1_027;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

fn sent(key: &str, command_id: &str, wish: Wish) -> Sent {
    let payload = format!("{wish:?}");
    let offset = i64::try_from(key.len()).unwrap();
    let (key, command_id, issued_at) = (key.into(), command_id.into(), at(0));
    Sent { key, command_id, payload, wish, partition: 3, offset, issued_at, delivered_at: issued_at }
}

fn schedule(key: &str, command_id: &str, seconds: i64) -> Sent {
    sent(key, command_id, Wish::Schedule { at: at(seconds) })
}

fn cancel(key: &str, command_id: &str) -> Sent {
    sent(key, command_id, Wish::Cancel(named()))
}

fn reschedule(key: &str, command_id: &str, seconds: i64) -> Sent {
    sent(key, command_id, Wish::Reschedule { callback: named(), at: at(seconds) })
}

fn named() -> Named {
    Named { schedule: "s".into(), was_known: true }
}

fn published(key: &str, id: &str, attributes: &[(&str, &str)], value: &Value, seconds: i64) -> Published {
    let id = [("ce_id", id)];
    let attributes = id.iter().chain(attributes);
    Published {
        key: key.into(),
        attributes: attributes.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        value: value.to_string(),
        place: (0, 0),
        seen_at: at(seconds),
    }
}

fn success(key: &str, command_id: &str, revision: i64, scheduled_for: i64) -> Published {
    let value = json!({
        "commandId": command_id, "condition": "Success", "callbackId": ID, "revision": revision,
        "scheduledFor": at(scheduled_for).to_string(), "violations": []
    });
    published(key, &format!("{command_id}.aaaa.result"), &[("ce_causationid", command_id)], &value, 1)
}

fn refusal(key: &str, command_id: &str, condition: &str, code: &str) -> Published {
    let value = json!({
        "commandId": command_id, "condition": condition, "callbackId": null, "violations": [{"code": code}]
    });
    published(key, &format!("{command_id}.{code}.result"), &[("ce_causationid", command_id)], &value, 1)
}

fn due(revision: i64, scheduled_for: i64, fired: i64) -> Published {
    let value = json!({
        "callbackId": ID, "revision": revision, "attempt": 1, "scheduledFor": at(scheduled_for).to_string(),
        "firedAt": at(fired).to_string()
    });
    published("default/skill/4711", &format!("{ID}.{revision}.1"), &[("ce_subject", &ID.to_string())], &value, fired)
}

fn row(revision: i64, scheduled_for: i64, cancelled: bool) -> Row {
    let (scheduled_for, command_id) = (at(scheduled_for), "s".to_owned());
    Row { callback_id: ID, command_id, revision, scheduled_for, fire_at: scheduled_for, cancelled }
}

/// With a database that holds the answers.
fn history(commands: Vec<Sent>, results: Vec<Published>, due: Vec<Published>, rows: Vec<Row>) -> History {
    let mut decisions: Vec<_> = results.iter().map(|result| (result.attribute("ce_id"), &result.value)).collect();
    decisions.sort_unstable();
    decisions.dedup();
    let decisions = decisions.into_iter().map(|(_, value)| value.clone()).collect();
    let database = Some(Database { callbacks: rows, decisions, ..Database::default() });
    History { commands, results, due, database, ..History::default() }
}

/// Scheduled, fired.
fn plain() -> History {
    history(vec![schedule("k", "s", 10)], vec![success("k", "s", 1, 10)], vec![due(1, 10, 11)], vec![row(1, 10, false)])
}

/// Scheduled, moved, cancelled; cancelled and moved once more in vain; every command sent twice.
fn amended() -> History {
    let once = [
        schedule("k1", "s", 10),
        reschedule("k2", "r", 20),
        cancel("k3", "c"),
        cancel("k4", "c2"),
        reschedule("k5", "r2", 30),
    ];
    let answers = [
        success("k1", "s", 1, 10),
        success("k2", "r", 2, 20),
        success("k3", "c", 2, 20),
        refusal("k4", "c2", "Default", "CALLBACK_CANCELLED"),
        refusal("k5", "r2", "Default", "CALLBACK_CANCELLED"),
    ];
    let again = once.iter().map(|sent| Sent { key: format!("{}'", sent.key), ..sent.clone() });
    let same = answers.iter().map(|result| Published { key: format!("{}'", result.key), ..result.clone() });
    let commands = once.iter().cloned().chain(again).collect();
    history(commands, answers.iter().cloned().chain(same).collect(), Vec::new(), vec![row(2, 20, true)])
}

/// Moved and fired, then moved in vain; a refusal; an id used for two payloads.
fn mixed() -> History {
    let impossible = Wish::Impossible { branch: "InvalidSkillId".into() };
    let commands = vec![
        schedule("k1", "s", 10),
        schedule("k2", "s", 11),
        reschedule("k3", "r", 20),
        reschedule("k4", "r2", 30),
        sent("k5", "i", impossible),
    ];
    let results = vec![
        success("k1", "s", 1, 10),
        refusal("k2", "s", "Default", "COMMAND_ID_REUSED"),
        success("k3", "r", 2, 20),
        refusal("k4", "r2", "Default", "CALLBACK_ALREADY_DUE"),
        refusal("k5", "i", "InvalidSkillId", "SKILL_UNKNOWN"),
    ];
    history(commands, results, vec![due(2, 20, 20)], vec![row(2, 20, false)])
}

fn promises(history: &History) -> Vec<Promise> {
    let mut promises: Vec<_> = judge(history).into_iter().map(|broken| broken.promise).collect();
    promises.sort_unstable();
    promises.dedup();
    assert_eq!(stories_told::piece_by_piece(history), promises, "the judge finds the same piece by piece");
    promises
}

/// What the judge says of a history that was good until this was done to it.
fn spoilt(mut history: History, spoil: impl FnOnce(&mut History)) -> Vec<Promise> {
    assert_eq!(promises(&history), [], "it was good");
    spoil(&mut history);
    promises(&history)
}

#[test]
fn good_histories_break_nothing() {
    for history in [History::default(), plain(), amended(), mixed()] {
        assert_eq!(judge(&history), []);
        assert_eq!(promises(&history), []);
    }
}

#[test]
fn a_cancel_that_overtakes_its_schedule_may_find_nothing_and_one_that_follows_its_result_may_not() {
    let mut early = plain();
    let callback = Named { was_known: false, ..named() };
    early.commands.push(sent("k2", "c", Wish::Cancel(callback)));
    early.results.push(refusal("k2", "c", "Default", "CALLBACK_NOT_FOUND"));
    early.database.as_mut().unwrap().decisions.push(early.results[1].value.clone());
    let found = spoilt(early, |history| history.commands[1].wish = Wish::Cancel(named()));
    assert_eq!(found, [Promise::AnswerWrong]);
}

#[test]
fn while_the_run_goes_on_the_tables_are_not_looked_at() {
    let without = History { database: None, ..plain() };
    assert_eq!(judge(&without), []);
}

#[test]
fn a_missing_result_is_found() {
    assert!(spoilt(plain(), |history| history.results.clear()).contains(&Promise::ResultMissing));
}

#[test]
fn a_second_result_is_found() {
    assert_eq!(spoilt(plain(), |history| history.results.push(history.results[0].clone())), [Promise::ResultTwice]);
}

#[test]
fn a_result_that_nobody_asked_for_is_found() {
    let unasked = |history: &mut History| history.results.push(refusal("k9", "x", "Default", "MALFORMED"));
    assert!(spoilt(plain(), unasked).contains(&Promise::ResultUnasked));
}

#[test]
fn a_replay_with_another_time_or_other_bytes_is_found() {
    let time = |history: &mut History| history.results[9].attributes.push(("ce_time".into(), "later".into()));
    assert_eq!(spoilt(amended(), time), [Promise::ReplayDiffers]);
    let bytes = |history: &mut History| history.results[9].value.push(' ');
    assert!(spoilt(amended(), bytes).contains(&Promise::ReplayDiffers));
}

#[test]
fn an_id_that_two_payloads_got_through_with_is_found() {
    let both = |history: &mut History| history.results[1] = success("k2", "s", 1, 11);
    assert!(spoilt(mixed(), both).contains(&Promise::IdUsedTwice));
}

#[test]
fn a_callback_id_that_two_commands_made_is_found() {
    let twice = |history: &mut History| {
        history.commands.push(schedule("k2", "s2", 10));
        history.results.push(success("k2", "s2", 1, 10));
    };
    assert!(spoilt(plain(), twice).contains(&Promise::IdUsedTwice));
}

#[test]
fn a_refusal_without_a_reason_and_a_success_against_the_rules_are_found() {
    let refused = |history: &mut History| history.results[0] = refusal("k", "s", "Default", "MALFORMED");
    assert!(spoilt(plain(), refused).contains(&Promise::AnswerWrong));
    let accepted = |history: &mut History| history.results[4] = success("k5", "i", 1, 10);
    assert!(spoilt(mixed(), accepted).contains(&Promise::AnswerWrong));
}

#[test]
fn a_second_success_of_a_cancel_and_a_revision_given_twice_are_found() {
    let cancelled = |history: &mut History| history.results[3] = success("k4", "c2", 2, 20);
    assert!(spoilt(amended(), cancelled).contains(&Promise::AnswerWrong));
    let moved = |history: &mut History| history.results[3] = success("k4", "r2", 2, 30);
    assert!(spoilt(mixed(), moved).contains(&Promise::AnswerWrong));
}

#[test]
fn a_missing_due_event_is_found() {
    assert_eq!(spoilt(plain(), |history| history.due.clear()), [Promise::DueMissing]);
}

#[test]
fn a_second_due_event_is_found() {
    assert_eq!(spoilt(plain(), |history| history.due.push(due(1, 10, 12))), [Promise::DueTwice]);
}

#[test]
fn an_early_due_event_is_found_by_its_own_word_and_by_the_clock() {
    assert_eq!(spoilt(plain(), |history| history.due[0] = due(1, 10, 9)), [Promise::DueEarly]);
    assert_eq!(spoilt(plain(), |history| history.due[0].seen_at = at(9)), [Promise::DueEarly]);
}

#[test]
fn a_due_event_of_what_was_cancelled_is_found() {
    assert_eq!(spoilt(amended(), |history| history.due.push(due(2, 20, 21))), [Promise::DueAfterCancel]);
}

#[test]
fn a_due_event_of_an_old_revision_is_found() {
    assert_eq!(spoilt(mixed(), |history| history.due[0] = due(1, 10, 11)), [Promise::DueWrongRevision]);
}

#[test]
fn a_due_event_that_nobody_asked_for_is_found() {
    let unasked = |history: &mut History| {
        history.due[0].attributes[1].1 = "2051".into();
    };
    assert_eq!(spoilt(plain(), unasked), [Promise::DueMissing, Promise::DueUnasked]);
}

#[test]
fn tables_that_disagree_with_the_events_are_found() {
    type Spoil = fn(&mut Database);
    let ways: [Spoil; 7] = [
        |database| database.callbacks.clear(),
        |database| database.callbacks[0].revision += 1,
        |database| database.callbacks[0].cancelled = true,
        |database| database.callbacks[0].scheduled_for = at(0),
        |database| database.callbacks.push(Row { callback_id: 2_051, ..database.callbacks[0].clone() }),
        |database| database.decisions.clear(),
        |database| database.decisions.push("{}".into()),
    ];
    for spoil in ways {
        let found = spoilt(plain(), |history| spoil(history.database.as_mut().unwrap()));
        assert_eq!(found, [Promise::DatabaseDisagrees]);
    }
}

#[test]
fn an_instance_that_ended_by_itself_is_found() {
    assert_eq!(spoilt(plain(), |history| history.accidents.push("status 70".into())), [Promise::InstanceEnded]);
}
