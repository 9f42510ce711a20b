//! All that readers have seen of what the service publishes.

use std::thread;
use std::time::Duration;

use schedule_callback::domain::time::Timestamp;

use crate::history::{History, Lives, Published};
use crate::observer::Observer;
use crate::rig::Scope;
use crate::run::Round;
use crate::skills;

/// How long nothing new must come until a reader has seen everything.
const SILENCE: Duration = Duration::from_secs(1);
/// How much longer than a fault a reader may wait for a broker: until the client tries to connect again.
pub const RECONNECTING: i64 = 15_000_000;

/// The readers.
#[derive(Debug)]
pub struct Seen {
    /// Of the result topic.
    pub results: Observer,
    /// Of the due topic.
    pub due: Observer,
    /// Of the state topic, where there is one.
    pub states: Option<Observer>,
}

impl Seen {
    /// Begins to read.
    pub fn of(scope: &Scope<'_>, state_topic: Option<&str>) -> Self {
        Self {
            results: Observer::of(scope, &scope.topics.results),
            due: Observer::of(scope, &scope.topics.due),
            states: state_topic.map(|topic| Observer::of(scope, topic)),
        }
    }

    /// Writes into the history what was seen so far.
    pub fn so_far(&self, history: &mut History) {
        history.results.clone_from(&self.results.seen());
        history.due.clone_from(&self.due.seen());
        if let (Some(states), Some(lives)) = (&self.states, &mut history.lives) {
            lives.states.clone_from(&states.seen());
        }
    }

    /// The same once nothing new comes for a while.
    pub fn in_the_end(&self, history: &mut History) {
        history.results = in_the_end(&self.results);
        history.due = in_the_end(&self.due);
        if let (Some(states), Some(lives)) = (&self.states, &mut history.lives) {
            lives.states = in_the_end(states);
        }
    }

    /// Waits until nothing new comes for a while.
    pub fn wait_until_silent(&self) {
        drop(in_the_end(&self.results));
        drop(in_the_end(&self.due));
        self.states.as_ref().map(in_the_end);
    }

    /// What is known of lives but for the states.
    pub fn lives(&self, rounds: &[Round]) -> Option<Lives> {
        self.states.as_ref()?;
        let hurts = rounds.iter().filter(|round| round.fault.holds_readers_up());
        let unreadable = hurts.map(|round| {
            let until = round.recovered.unwrap_or(Timestamp::from_micros(i64::MAX / 2));
            (round.began, until.max(round.mended).plus_micros(RECONNECTING))
        });
        Some(Lives {
            states: Vec::new(),
            rules: skills::ALL.to_vec(),
            acknowledge_within: skills::ACKNOWLEDGE_WITHIN,
            unreadable: unreadable.collect(),
        })
    }
}

fn in_the_end(observer: &Observer) -> Vec<Published> {
    let mut count = observer.seen().len();
    loop {
        thread::sleep(SILENCE);
        let seen = observer.seen();
        if seen.len() == count {
            return seen.clone();
        }
        count = seen.len();
    }
}
