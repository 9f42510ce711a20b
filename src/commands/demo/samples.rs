//! The sample commands: the lines of `config/sample/commands.ndjson`, moved to the present.

use schedule_callback::domain::time::Timestamp;
use serde_json::{Map, Value};

const LINES: &str = include_str!("../../../config/sample/commands.ndjson");

/// How many characters are shown of what is not a command.
const LONGEST_TITLE: usize = 48;

/// A command as a producer would send it: a line of JSON, one of which is cut off on purpose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    /// The line; two that are the same are one command, sent twice.
    pub(super) line: &'static str,
    object: Option<Map<String, Value>>,
}

/// All of them, in the order of the file.
pub(super) fn all() -> Vec<Sample> {
    LINES.lines().map(Sample::of).collect()
}

impl Sample {
    fn of(line: &'static str) -> Self {
        Self { line, object: serde_json::from_str(line).ok() }
    }

    /// The command's id, where it can be read.
    pub(super) fn id(&self) -> Option<&str> {
        self.text("commandId")
    }

    /// What it asks for: `schedule`, `cancel` or `reschedule`.
    pub(super) fn verb(&self) -> &str {
        self.text("type").and_then(|kind| kind.split('.').nth(1)).unwrap_or("(not JSON)")
    }

    /// What it asks for and its id, as a person may name it.
    pub(super) fn name(&self) -> String {
        self.id().map_or_else(|| self.verb().to_owned(), |id| format!("{} {id}", self.verb()))
    }

    /// What it is about, for a person to read.
    pub(super) fn title(&self) -> String {
        let scheduled_by = || self.object.as_ref()?.get("scheduledBy")?.get("commandId")?.as_str();
        match (self.text("caption").or_else(|| self.text("reason")), scheduled_by()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(other)) => format!("the callback of {other}"),
            (None, None) => self.line.chars().take(LONGEST_TITLE).chain("...".chars()).collect(),
        }
    }

    /// The record's value if it is sent now: its dates keep their distance from `issuedAt`, which becomes now.
    pub(super) fn value(&self, now: Timestamp) -> Vec<u8> {
        let instant = |key| self.text(key).and_then(|text| Timestamp::parse_rfc3339(text).ok());
        let (Some(object), Some(issued_at)) = (&self.object, instant("issuedAt")) else {
            return self.line.as_bytes().to_vec();
        };
        let mut moved = object.clone();
        for key in ["issuedAt", "scheduleDate", "notAfter"] {
            if let Some(instant) = instant(key) {
                let instant = now.plus_micros(instant.micros() - issued_at.micros());
                moved.insert(key.to_owned(), Value::String(instant.to_string()));
            }
        }
        Value::Object(moved).to_string().into_bytes()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.object.as_ref()?.get(key)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_their_distance_and_what_is_no_date_stays() {
        let now = Timestamp::parse_rfc3339("2030-01-01T00:00:00Z").unwrap();
        let moved = |line| String::from_utf8(Sample::of(line).value(now)).unwrap();
        assert_eq!(
            moved(r#"{"issuedAt":"2026-11-23T15:00:00Z","scheduleDate":"2026-11-23T16:00:08+01:00"}"#),
            r#"{"issuedAt":"2030-01-01T00:00:00Z","scheduleDate":"2030-01-01T00:00:08Z"}"#
        );
        assert_eq!(
            moved(r#"{"issuedAt":"2026-11-23T15:00:00Z","scheduleDate":"tomorrow at nine"}"#),
            r#"{"issuedAt":"2030-01-01T00:00:00Z","scheduleDate":"tomorrow at nine"}"#
        );
        assert_eq!(moved(r#"{"commandId":"cut"#), r#"{"commandId":"cut"#);
    }

    #[test]
    fn the_sample_schedules_from_3_to_15_seconds_ahead() {
        let now = Timestamp::from_micros(0);
        for sample in all() {
            let moved = Sample { object: serde_json::from_slice(&sample.value(now)).ok(), ..sample };
            let Some(Ok(date)) = moved.text("scheduleDate").map(Timestamp::parse_rfc3339) else { continue };
            assert!((3_000_000..=15_000_000).contains(&date.micros()), "{}", moved.line);
        }
    }
}
