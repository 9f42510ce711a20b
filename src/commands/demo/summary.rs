//! The table at the end: what came of each command.

use std::collections::{HashMap, HashSet};

use super::published::CommandResult;
use super::samples::Sample;
use super::screen::{Screen, Style};

/// What the story has seen so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    rows: Vec<Row>,
    /// Lateness in milliseconds, by callback and revision.
    fired: HashMap<(i64, i64), i64>,
}

/// A command and its answer.
#[derive(Debug)]
pub(super) struct Row {
    command: String,
    branch: String,
    /// The callback that the answer shows, and its revision.
    callback: Option<(i64, i64)>,
    came: Came,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came {
    /// A callback stands at a new time.
    Callback,
    /// A callback stands no longer.
    Cancel,
    /// What the same command had been answered before.
    SameAnswer,
    /// Nothing, for these reasons.
    Nothing(String),
}

impl Row {
    /// Of a command that a result was published for.
    pub(super) fn answered(sample: &Sample, repeated: bool, result: &CommandResult) -> Self {
        let came = match result.callback_id {
            Some(_) if repeated => Came::SameAnswer,
            Some(_) if sample.verb() == "cancel" => Came::Cancel,
            Some(_) => Came::Callback,
            None => {
                Came::Nothing(result.violations.iter().map(|violation| &*violation.code).collect::<Vec<_>>().join(", "))
            }
        };
        let callback = result.callback_id.zip(result.revision);
        Self { command: sample.name(), branch: result.branch.clone(), callback, came }
    }

    /// Of a record that is no command.
    pub(super) fn dead_letter(sample: &Sample, reason: &str) -> Self {
        Self {
            command: sample.name(),
            branch: "dead letter".to_owned(),
            callback: None,
            came: Came::Nothing(reason.to_owned()),
        }
    }
}

impl Summary {
    /// Adds a command that was answered.
    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Notes that a callback was fired.
    pub(super) fn fired(&mut self, callback_id: i64, revision: i64, lateness_ms: i64) {
        self.fired.insert((callback_id, revision), lateness_ms);
    }

    /// A row for each command, and the sum.
    pub(super) fn lines(&self, screen: &Screen) -> Vec<String> {
        let heading = format!("{:<18} {:<21} {:<11} {}", "command", "branch", "CallbackId", "what came of it");
        let rows = self.rows.iter().map(|row| {
            let id = row.callback.map_or_else(|| "-".to_owned(), |(id, _)| id.to_string());
            let style = if row.callback.is_some() { Style::Good } else { Style::Bad };
            let branch = screen.paint(style, &format!("{:<21}", row.branch));
            format!("{:<18} {branch} {id:<11} {}", row.command, self.outcome(row))
        });
        std::iter::once(screen.paint(Style::Faint, &heading)).chain(rows).chain([String::new(), self.sum()]).collect()
    }

    fn outcome(&self, row: &Row) -> String {
        match (&row.came, row.callback) {
            (Came::Nothing(why), _) => why.clone(),
            (Came::SameAnswer, _) => "the same answer again, no second callback".to_owned(),
            (Came::Cancel, _) => "cancelled it".to_owned(),
            (Came::Callback, Some(callback)) => match self.fired.get(&callback) {
                Some(lateness) => format!("fired once, {lateness} ms after its time"),
                None if self.cancelled().contains(&callback) => "cancelled, never fired".to_owned(),
                None => format!("moved to revision {}", callback.1 + 1),
            },
            (Came::Callback, None) => String::new(),
        }
    }

    fn cancelled(&self) -> HashSet<(i64, i64)> {
        self.rows.iter().filter(|row| row.came == Came::Cancel).filter_map(|row| row.callback).collect()
    }

    fn sum(&self) -> String {
        let dead_letters = self.rows.iter().filter(|row| row.branch == "dead letter").count();
        format!(
            "{} commands: {} answered, {dead_letters} in the dead letters. {} callbacks came due, each once, at most {} ms \
             after their time; {} cancelled, never fired.",
            self.rows.len(),
            self.rows.len() - dead_letters,
            self.fired.len(),
            self.fired.values().max().copied().unwrap_or_default(),
            self.cancelled().len(),
        )
    }
}
