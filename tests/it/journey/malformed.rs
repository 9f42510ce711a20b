//! Records that are no commands: what is wrong with each, and whom the result goes to
//! (docs/contract.md#the-schedule-command).

use serde_json::{Value, json};

use super::command::{Command, Form, SOURCE};
use crate::rig::Message;

/// A record that belongs into the dead-letter topic.
pub struct Malformed {
    pub reason: &'static str,
    pub message: Message,
    /// The command id, where it can be read and so a result is owed.
    pub answered: Option<String>,
}

/// Every reason at least once; the keys of the records begin with `prefix`, the ids are unique.
pub fn all(prefix: &str) -> Vec<Malformed> {
    let mut all = Vec::new();
    for (reason, value, header, answered) in cases(prefix) {
        let key = format!("{prefix}-{}", all.len());
        let mut message = Message { value, ..Message::new(key.as_str(), "") };
        if let Some((name, value)) = header {
            message = message.header(name, value);
        }
        // Kafka allows the same name twice, and names that we add ourselves.
        message = message.header("dlq-reason", "theirs").header("dlq-reason", b"\xff".to_vec());
        message.headers.push(("empty".to_owned(), None));
        all.push(Malformed { reason, message, answered });
    }
    all
}

/// Reason, value, a header, the command id to be answered.
type Case = (&'static str, Option<Vec<u8>>, Option<(&'static str, String)>, Option<String>);

fn cases(prefix: &str) -> Vec<Case> {
    let id = |number: usize| format!("{prefix}-id-{number}");
    let plain = |id: &str, members: Value| {
        let command = Command::schedule(id, members);
        command.message(Form::Plain, "").value
    };
    let text = |text: String| Some(text.into_bytes());
    let in_header = |number: usize| Some(("ce_id", id(number)));
    let structured = |members: &str| text(format!(r#"{{"id":"{}","source":"{SOURCE}",{members}}}"#, id(20)));
    let content_type = Some(("content-type", "application/cloudevents+json".to_owned()));
    let long = |length: usize| "x".repeat(length);
    vec![
        ("NULL_VALUE", None, None, None),
        ("NULL_VALUE", None, in_header(0), Some(id(0))),
        ("TOO_LARGE", text(long(65_537)), in_header(1), Some(id(1))),
        ("NOT_UTF8", Some(b"{\"a\":\"\xff\"}".to_vec()), in_header(2), Some(id(2))),
        ("NOT_UTF8", text("\u{feff}{}".to_owned()), None, None),
        ("NOT_UTF8", text(r#"{"\ud800":"a"}"#.to_owned()), None, None),
        ("NOT_JSON", text("{".to_owned()), in_header(3), Some(id(3))),
        ("NOT_JSON", text(format!(r#"{{"commandId":"{}","#, id(4))), None, None),
        ("NOT_AN_OBJECT", text("[]".to_owned()), None, None),
        ("REPEATED_KEY", text(repeated(&id(5), r#""notes":"a","notes":"a""#)), None, Some(id(5))),
        ("REPEATED_KEY", text(repeated(&id(6), r#""x":[{"y":1,"y":1}]"#)), None, Some(id(6))),
        ("REPEATED_KEY", text(repeated(&id(7), r#""commandId":"other""#)), None, None),
        ("DATA_UNREADABLE", structured(r#""data":{},"data_base64":"e30=""#), content_type, Some(id(20))),
        ("COMMAND_ID_MISSING", text("{}".to_owned()), None, None),
        ("COMMAND_ID_UNREADABLE", text(json!({"commandId": 5.5, "source": SOURCE}).to_string()), None, None),
        ("COMMAND_ID_TOO_LONG", plain(&long(129), json!({})), None, None),
        ("SOURCE_MISSING", text(json!({"commandId": id(8)}).to_string()), None, Some(id(8))),
        ("SOURCE_UNREADABLE", text(json!({"commandId": id(9), "source": 5}).to_string()), None, Some(id(9))),
        ("TIME_UNREADABLE", plain(&id(10), json!({"issuedAt": "2026-11-23 10:00:00Z"})), None, Some(id(10))),
        ("TENANT_INVALID", plain(&id(11), json!({"tenantId": "a b"})), None, Some(id(11))),
        ("CORRELATION_ID_UNREADABLE", plain(&id(12), json!({"correlationId": {}})), None, Some(id(12))),
        ("CORRELATION_ID_TOO_LONG", plain(&id(13), json!({"correlationId": long(257)})), None, Some(id(13))),
        ("ATTRIBUTE_CONTROL_CHARACTER", plain(&id(14), json!({"correlationId": "a\u{1}"})), None, Some(id(14))),
    ]
}

fn repeated(id: &str, members: &str) -> String {
    format!(r#"{{"commandId":"{id}","source":"{SOURCE}","type":"callback.schedule.v1",{members}}}"#)
}
