//! What the tests say to the service and hear from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::rig::{Message, Reader, Record, Scope};

/// Produces commands, and finds their results.
pub struct Dialogue<'a> {
    scope: &'a Scope<'a>,
    results: Reader,
}

impl<'a> Dialogue<'a> {
    /// With the service of this scope.
    pub fn with(scope: &'a Scope<'a>) -> Self {
        Self { scope, results: scope.reader(&scope.topics.results) }
    }

    /// Produces the command to a partition, and waits for its result.
    pub fn ask(&mut self, partition: i32, id: &str, kind: &str, payload: &Value) -> Value {
        self.send(partition, id, kind, payload);
        self.result(id).json()
    }

    /// Produces the command to a partition; returns its offset.
    pub fn send(&mut self, partition: i32, id: &str, kind: &str, payload: &Value) -> i64 {
        let message = crate::sample::typed(id, kind, payload).in_partition(partition);
        self.produce([message])[0].1
    }

    /// Produces these commands; returns where they went.
    pub fn produce(&mut self, messages: impl IntoIterator<Item = Message>) -> Vec<(i32, i64)> {
        self.scope.produce(&self.scope.topics.commands, messages)
    }

    /// All results so far, once they meet the condition, each partition in its order.
    pub fn results_until(&mut self, what: &str, met: impl FnMut(&[Record]) -> bool) -> &[Record] {
        self.results.wait_until(what, met)
    }

    /// Waits for the result of a command; there is one.
    pub fn result(&mut self, id: &str) -> Record {
        let mine = |record: &&Record| record.json()["commandId"] == id;
        let seen = self.results.wait_until(&format!("the result of {id}"), |seen| seen.iter().any(|r| mine(&r)));
        let found: Vec<_> = seen.iter().filter(mine).collect();
        assert_eq!(found.len(), 1, "{id}: {found:?}");
        found[0].clone()
    }
}

/// The codes of a result's violations.
pub fn codes(result: &Value) -> Vec<String> {
    let violations = result["violations"].as_array().unwrap();
    violations.iter().map(|violation| violation["code"].as_str().unwrap().to_owned()).collect()
}

/// The ids of events, each of which was published once.
pub fn ids_once(records: &[Record]) -> BTreeSet<String> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        *counted.entry(record.header("ce_id").unwrap()).or_default() += 1;
    }
    let repeated: Vec<_> = counted.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.is_empty(), "published more than once: {repeated:?}");
    counted.into_keys().map(str::to_owned).collect()
}
