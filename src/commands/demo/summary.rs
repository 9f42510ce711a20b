//! The table at the end: what came of each command.

use std::collections::{HashMap, HashSet};

use super::published::{CommandResult, State};
use super::router::Report;
use super::samples::Sample;
use super::screen::{Screen, Style};
use super::states::States;

/// What the story has seen so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    rows: Vec<Row>,
    /// Lateness in milliseconds of each due event, by callback and revision.
    fired: HashMap<(i64, i64), Vec<i64>>,
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
    /// What became of a callback by a report.
    Report(String),
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

    /// Of a report that was answered with how the callback stands then.
    pub(super) fn reported(report: &Report, result: &CommandResult) -> Self {
        let status = result.status.as_deref().unwrap_or_default();
        let came = match (&result.reason, result.attempt) {
            (Some(reason), _) => format!("{status}: {reason}"),
            (None, Some(attempt)) if attempt > report.attempt => format!("{status}, attempt {attempt} to come"),
            (None, _) => status.to_owned(),
        };
        Self {
            command: format!("report {}", report.outcome),
            branch: result.branch.clone(),
            callback: result.callback_id.zip(result.revision),
            came: Came::Report(came),
        }
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
        self.fired.entry((callback_id, revision)).or_default().push(lateness_ms);
    }

    /// A row for each command, another one for each callback, and the sum.
    pub(super) fn lines(&self, screen: &Screen, states: &States) -> Vec<String> {
        let commands = format!("{:<23} {:<21} {:<11} {}", "command", "branch", "CallbackId", "what came of it");
        let rows = self.rows.iter().map(|row| {
            let id = row.callback.map_or_else(|| "-".to_owned(), |(id, _)| id.to_string());
            let style = if row.callback.is_some() { Style::Good } else { Style::Bad };
            let branch = screen.paint(style, &format!("{:<21}", row.branch));
            format!("{:<23} {branch} {id:<11} {}", row.command, self.outcome(row, states))
        });
        let stood = format!("{:<11} {}", "CallbackId", "how it stood, by the state topic");
        let heading = |text: &str| screen.paint(Style::Faint, text);
        std::iter::once(heading(&commands))
            .chain(rows)
            .chain([String::new(), heading(&stood)])
            .chain(states.lines())
            .chain([String::new(), self.sum(states)])
            .collect()
    }

    fn outcome(&self, row: &Row, states: &States) -> String {
        match (&row.came, row.callback) {
            (Came::Nothing(what) | Came::Report(what), _) => what.clone(),
            (Came::SameAnswer, _) => "the same answer again, no second callback".to_owned(),
            (Came::Cancel, _) => "cancelled it".to_owned(),
            (Came::Callback, Some(callback)) => match self.fired.get(&callback) {
                Some(lateness) => fired(lateness, states.last(callback.0)),
                None if self.cancelled().contains(&callback) => "cancelled, never fired".to_owned(),
                None if states.last(callback.0).is_some_and(|last| last.status == "expired") => {
                    "expired, never fired".to_owned()
                }
                None => format!("moved to revision {}", callback.1 + 1),
            },
            (Came::Callback, None) => String::new(),
        }
    }

    fn cancelled(&self) -> HashSet<(i64, i64)> {
        self.rows.iter().filter(|row| row.came == Came::Cancel).filter_map(|row| row.callback).collect()
    }

    fn sum(&self, states: &States) -> String {
        let dead_letters = self.rows.iter().filter(|row| row.branch == "dead letter").count();
        let ends: Vec<String> = states.ends().iter().map(|(status, count)| format!("{count} {status}")).collect();
        format!(
            "{} commands: {} answered, {dead_letters} in the dead letters. {} callbacks came due, with {} due events, each once, \
             at most {} ms after their time; {} cancelled, never fired. Ends of the tracked ones, one each: {}.",
            self.rows.len(),
            self.rows.len() - dead_letters,
            self.fired.len(),
            self.fired.values().map(Vec::len).sum::<usize>(),
            self.fired.values().flatten().max().copied().unwrap_or_default(),
            self.cancelled().len(),
            ends.join(", "),
        )
    }
}

/// How late a callback's due events were, and how it has ended where it is tracked.
fn fired(lateness: &[i64], last: Option<&State>) -> String {
    let most = lateness.iter().max().copied().unwrap_or_default();
    let often = match lateness.len() {
        1 => format!("fired once, {most} ms after its time"),
        times => format!("fired {times} times, at most {most} ms after its time"),
    };
    match last.filter(|state| state.tracked) {
        Some(last) => format!("{often}; {}", last.shown()),
        None => often,
    }
}
