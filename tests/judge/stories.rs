//! A run of hours is judged story by story: the same is found, and what is told to its end is forgotten.

use schedule_callback::domain::time::Timestamp;

use super::{ID, at, cancel, due, plain, schedule, sent, success};
use crate::history::{History, Lives, Published, Wish};
use crate::judge::{Promise, judge};
use crate::stories::{Patience, Stories};

const NONE: Patience = Patience { quiet: 0, missing: 0 };
const SOME: Patience = Patience { quiet: 60_000_000, missing: 600_000_000 };

/// What the judge says where a history comes piece by piece, and what was published before what was sent.
pub fn piece_by_piece(history: &History) -> Vec<Promise> {
    let lives = Lives { states: Vec::new(), ..history.lives.clone().unwrap_or_default() };
    let mut stories = Stories::default();
    for event in &history.due {
        stories.due(event.clone(), at(0));
    }
    for record in history.lives.iter().flat_map(|lives| &lives.states) {
        stories.state(record.clone(), at(0));
    }
    for result in &history.results {
        stories.result(result.clone(), at(0));
    }
    for command in &history.commands {
        stories.sent(command.clone(), at(0));
    }
    let mut told = stories.told(at(0), NONE, &lives);
    assert_eq!(stories.len(), 0);
    if history.lives.is_none() {
        told.lives = None;
    }
    told.database.clone_from(&history.database);
    told.accidents.clone_from(&history.accidents);
    let mut promises: Vec<_> = judge(&told).into_iter().map(|broken| broken.promise).collect();
    promises.sort_unstable();
    promises.dedup();
    promises
}

/// Untracked callbacks are told to their end where their last state is `due`.
fn state(status: &str, cause: Option<&str>, seconds: i64) -> Published {
    let value = serde_json::json!({
        "callbackId": ID, "revision": 1, "attempt": 1, "tries": 0, "status": status, "reason": null, "tracked": false,
        "scheduledFor": at(10).to_string(), "nextAt": (status == "pending").then(|| at(10).to_string()), "notAfter": null,
        "target": {"type": "skill", "skillId": "4711"}, "causedBy": cause, "updatedAt": at(seconds).to_string()
    });
    let attributes: Vec<_> = cause.map(|cause| ("ce_causationid", cause)).into_iter().collect();
    super::published(&format!("default/{ID}"), &format!("{ID}.1.1.{status}"), &attributes, &value, seconds)
}

fn told_at(stories: &mut Stories, now: Timestamp) -> History {
    stories.told(now, SOME, &Lives::default())
}

/// A callback that was scheduled and fired.
fn fired(stories: &mut Stories) {
    let History { commands, results, due, .. } = plain();
    stories.sent(commands[0].clone(), at(0));
    stories.result(results[0].clone(), at(1));
    stories.state(state("pending", Some("s"), 1), at(1));
    stories.due(due[0].clone(), at(11));
    stories.state(state("due", None, 11), at(11));
}

#[test]
fn a_story_is_told_when_nothing_is_missing_and_nothing_comes_for_a_while() {
    let mut stories = Stories::default();
    fired(&mut stories);
    // Another one, of which the result is still to come.
    stories.sent(schedule("k9", "other", 10), at(0));
    assert_eq!(stories.len(), 2);
    assert!(told_at(&mut stories, at(70)).commands.is_empty());
    let told = told_at(&mut stories, at(71));
    assert_eq!((told.commands.len(), told.results.len(), told.due.len()), (1, 1, 1));
    assert_eq!(told.lives.unwrap().states.len(), 2);
    assert_eq!(stories.len(), 1);
    // What is missing for long is missing for good.
    let told = told_at(&mut stories, at(700));
    assert_eq!(judge(&told).iter().map(|broken| broken.promise).collect::<Vec<_>>(), [Promise::ResultMissing]);
    assert_eq!(stories.len(), 0);
}

#[test]
fn what_is_about_one_callback_is_one_story_however_it_names_it_and_in_whatever_order_it_comes() {
    let report = Wish::Report(crate::history::Report {
        callback_id: ID,
        seen: (1, 1),
        attempt: Some(1),
        outcome: "connected".into(),
        at: None,
    });
    let mut stories = Stories::default();
    stories.due(due(1, 10, 10), at(0));
    stories.sent(sent("k3", "r", report), at(0));
    stories.sent(cancel("k2", "c"), at(0));
    assert_eq!(stories.len(), 2, "nothing says yet that the cancel is about that callback");
    stories.sent(schedule("k1", "s", 10), at(0));
    assert_eq!(stories.len(), 2);
    stories.result(success("k1", "s", 1, 10), at(0));
    assert_eq!(stories.len(), 1);
    // A repeat, and the same id for something else.
    stories.sent(cancel("k4", "c"), at(0));
    stories.sent(schedule("k5", "c", 20), at(0));
    assert_eq!(stories.len(), 1);
}

#[test]
fn what_comes_after_its_story_was_told_was_asked_for_by_nobody() {
    let mut stories = Stories::default();
    fired(&mut stories);
    drop(told_at(&mut stories, at(100)));
    stories.due(due(1, 10, 10), at(101));
    stories.result(success("k", "s", 1, 10), at(101));
    let told = stories.told(at(101), NONE, &Lives::default());
    let found: Vec<_> = judge(&told).into_iter().map(|broken| broken.promise).collect();
    assert!(found.contains(&Promise::DueUnasked) && found.contains(&Promise::ResultUnasked), "{found:?}");
}
