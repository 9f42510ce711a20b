//! A result's data as an operator may see it: read back without names, numbers, captions and messages.

use serde::Deserialize;

/// The parts of a result that tell nothing about a person (docs/contract.md#results).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// `ce_id` of the command.
    pub command_id: Option<String>,
    /// What the command came to.
    pub condition: String,
    /// The branch that the script takes.
    pub branch: String,
    /// The callback, on `Success`.
    pub callback_id: Option<i64>,
    /// Its revision, on `Success`.
    pub revision: Option<i32>,
    /// When it is wanted, on `Success`.
    pub scheduled_for: Option<String>,
    /// Which attempt, in the result of a report.
    #[serde(default)]
    pub attempt: Option<i32>,
    /// How the callback stood then, in the result of a report.
    #[serde(default)]
    pub status: Option<String>,
    /// When it is presented next, in the result of a report.
    #[serde(default)]
    pub next_at: Option<String>,
    /// Why it has ended, in the result of a report.
    #[serde(default)]
    pub reason: Option<String>,
    /// Why it was refused.
    pub violations: Vec<Code>,
    /// What the script's author should know all the same.
    pub warnings: Vec<String>,
}

/// A violation without its message, which may repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Code {
    /// The stable code.
    pub code: String,
}

impl Summary {
    /// Reads a result's data; `None` where it is none, which no version of this program has written.
    pub fn read(data: &str) -> Option<Self> {
        serde_json::from_str(data).ok()
    }

    /// Codes of violations and warnings, in their order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.violations.iter().map(|violation| violation.code.as_str()).chain(self.warnings.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer::{DefinedBranches, Reply, Violation};
    use crate::wire::result::write_data;

    fn read(reply: &Reply) -> Summary {
        let mut data = Vec::new();
        write_data(&mut data, Some("c-1"), reply);
        Summary::read(str::from_utf8(&data).unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_without_what_people_wrote() {
        let violation = Violation::CommandIdReused;
        let reply = Reply::refused(Some("for Ana García".to_owned()), &violation.into(), DefinedBranches::named([]));
        let summary = read(&reply);
        assert_eq!(summary.command_id.as_deref(), Some("c-1"));
        assert_eq!((summary.condition.as_str(), summary.branch.as_str()), ("Default", "Default"));
        assert_eq!(summary.codes().collect::<Vec<_>>(), ["COMMAND_ID_REUSED"]);
        assert!(!format!("{summary:?}").contains("Ana"));
    }

    #[test]
    fn of_a_report_it_is_read_how_the_callback_went_on() {
        let of_report = r#","attempt":2,"tries":1,"status":"pending","nextAt":"2026-11-23T15:30:00Z","reason":null}"#;
        let data = concat!(
            r#"{"commandId":"r-1","branch":"Success","condition":"Success","callbackId":1025,"revision":1,"#,
            r#""caption":null,"scheduledFor":"2026-11-23T15:00:00Z","target":{"type":"skill","skillId":"4711"},"#,
            r#""phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]"#,
        );
        let summary = Summary::read(&format!("{data}{of_report}")).unwrap();
        assert_eq!((summary.attempt, summary.status.as_deref()), (Some(2), Some("pending")));
        assert_eq!((summary.next_at.as_deref(), summary.reason), (Some("2026-11-23T15:30:00Z"), None));
        assert_eq!(Summary::read(&format!("{data}}}")).unwrap().status, None);
    }

    #[test]
    fn of_a_success_the_place_is_kept_and_the_number_is_not() {
        let data = concat!(
            r#"{"commandId":"c-1","branch":"Success","condition":"Success","callbackId":1025,"revision":2,"#,
            r#""caption":"Ana","scheduledFor":"2026-11-23T15:00:00Z","target":{"type":"skill","skillId":"4711"},"#,
            r#""phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":["LATE"]}"#,
        );
        let summary = Summary::read(data).unwrap();
        assert_eq!((summary.callback_id, summary.revision), (Some(1025), Some(2)));
        assert_eq!(summary.scheduled_for.as_deref(), Some("2026-11-23T15:00:00Z"));
        assert_eq!(summary.codes().collect::<Vec<_>>(), ["LATE"]);
        assert!(!format!("{summary:?}").contains("71"));
        assert_eq!(Summary::read("{}"), None);
    }
}
