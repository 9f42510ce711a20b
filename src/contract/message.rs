//! The messages and files that have a schema.

use serde_json::{Value, json};

use super::{commands, directory_records, events};

/// The dialect of all schemas. They use nothing that draft-07 does not have too, which AsyncAPI 3 embeds.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A message, or a file, that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The payload of `callback.schedule.v1`.
    ScheduleCommand,
    /// The payload of `callback.cancel.v1`.
    CancelCommand,
    /// The payload of `callback.reschedule.v1`.
    RescheduleCommand,
    /// The payload of `callback.report.v1`.
    ReportCommand,
    /// Any command with its attributes beside its fields: a line of `check`, or a record without CloudEvents headers.
    PlainCommand,
    /// Any command as a CloudEvent in structured mode.
    StructuredCommand,
    /// The data of `callback.result.v1`.
    Result,
    /// The data of `callback.due.v1`.
    Due,
    /// The data of `callback.state.v1`.
    State,
    /// A record of `topics.skills`.
    DirectorySkill,
    /// A record of `topics.agents`.
    DirectoryAgent,
    /// A record of `topics.security_users`.
    DirectorySecurityUser,
    /// A directory in one file, for `check --directory` and `directory load`.
    DirectoryFile,
}

impl Message {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ScheduleCommand,
        Self::CancelCommand,
        Self::RescheduleCommand,
        Self::ReportCommand,
        Self::PlainCommand,
        Self::StructuredCommand,
        Self::Result,
        Self::Due,
        Self::State,
        Self::DirectorySkill,
        Self::DirectoryAgent,
        Self::DirectorySecurityUser,
        Self::DirectoryFile,
    ];

    /// The name on the command line and of the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScheduleCommand => "schedule-command",
            Self::CancelCommand => "cancel-command",
            Self::RescheduleCommand => "reschedule-command",
            Self::ReportCommand => "report-command",
            Self::PlainCommand => "plain-command",
            Self::StructuredCommand => "structured-command",
            Self::Result => "result",
            Self::Due => "due",
            Self::State => "state",
            Self::DirectorySkill => "directory-skill",
            Self::DirectoryAgent => "directory-agent",
            Self::DirectorySecurityUser => "directory-security-user",
            Self::DirectoryFile => "directory-file",
        }
    }

    /// The JSON Schema, which needs no other one.
    pub fn schema(self) -> Value {
        let mut schema = json!({"$schema": DIALECT, "$id": format!("urn:schedule-callback:schema:{}", self.name())});
        if let (Value::Object(schema), Value::Object(body)) = (&mut schema, self.body()) {
            schema.extend(body);
        }
        schema
    }

    /// The schema without what makes it a document of its own.
    pub(super) fn body(self) -> Value {
        match self {
            Self::ScheduleCommand => commands::schedule(),
            Self::CancelCommand => commands::cancel(),
            Self::RescheduleCommand => commands::reschedule(),
            Self::ReportCommand => commands::report(),
            Self::PlainCommand => commands::plain(),
            Self::StructuredCommand => commands::structured(),
            Self::Result => events::result(),
            Self::Due => events::due(),
            Self::State => events::state(),
            Self::DirectorySkill => directory_records::skill(),
            Self::DirectoryAgent => directory_records::agent(),
            Self::DirectorySecurityUser => directory_records::security_user(),
            Self::DirectoryFile => directory_records::file(),
        }
    }
}
