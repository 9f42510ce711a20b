//! The result of a command, `callback.result.v1` (docs/contract.md#envelopes, #results).

use std::fmt;

use super::headers::{self, Headers};
use super::json_writer::{ObjectWriter, write_text};
use super::trace;
use crate::domain::answer::{Explained, Progress, Reply, Standing};
use crate::domain::commitment::{PhoneNumber, Target, Terms};
use crate::domain::given::TraceContext;
use crate::domain::ids::{CallbackId, CommandKey, Fingerprint};
use crate::domain::life::Reason;
use crate::domain::time::Timestamp;

/// `ce_type` of a result.
pub const TYPE: &str = "callback.result.v1";

/// All of a result but its data: what has to be remembered, beside the data's bytes, to publish it again as it was.
#[derive(Clone, Copy, Debug)]
pub struct ResultHead<'a> {
    /// The command it answers.
    pub key: &'a CommandKey,
    /// Tells the results of one command id apart.
    pub digits: ResultDigits,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The correlation id of the command that was decided.
    pub correlation_id: Option<&'a str>,
    /// The callback that it shows.
    pub callback_id: Option<CallbackId>,
    /// The trace context of the record that is answered now.
    pub trace: Option<&'a TraceContext>,
}

/// The middle of a result's id: 48 bits, shown as 12 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultDigits(pub [u8; 6]);

impl ResultDigits {
    /// The digest of tenant, source and payload (docs/contract.md#envelopes).
    pub fn of(key: &CommandKey, payload: Fingerprint) -> Self {
        let digest = Fingerprint::of([key.tenant.as_str().as_bytes(), key.source.as_bytes(), &payload.0]);
        let mut digits = [0; 6];
        digits.copy_from_slice(&digest.0[..6]);
        Self(digits)
    }
}

impl fmt::Display for ResultDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl ResultHead<'_> {
    /// Adds the headers of the result; `source` is the service's own (`service.source`).
    pub fn write_headers(&self, headers: &mut Headers, source: &str) {
        let id = format_args!("{}.{}.result", self.key.command_id, self.digits);
        headers.put_text(headers::SPECVERSION, headers::CLOUDEVENTS_VERSION);
        headers.put(headers::ID, id);
        headers.put_text(headers::SOURCE, source);
        headers.put_text(headers::TYPE, TYPE);
        headers.put(headers::TIME, self.decided_at);
        if let Some(callback_id) = self.callback_id {
            headers.put(headers::SUBJECT, callback_id);
        }
        headers.put_text(headers::TENANT_ID, self.key.tenant.as_str());
        headers.put_optional(headers::CORRELATION_ID, self.correlation_id);
        headers.put_text(headers::CAUSATION_ID, &self.key.command_id);
        headers.put_text(headers::CONTENT_TYPE, headers::JSON);
        let Some(trace) = self.trace else { return };
        if let Some(traceparent) = trace::continued(trace, &id.to_string()) {
            headers.put(headers::TRACEPARENT, traceparent);
            headers.put_optional(headers::TRACESTATE, trace.tracestate.as_deref());
        }
    }
}

/// Appends a result's data: all keys, always in this order; that of a report has five more.
///
/// `command_id` is `None` only for a line of `check` that does not name its command.
pub fn write_data(out: &mut Vec<u8>, command_id: Option<&str>, reply: &Reply) {
    let mut data = ObjectWriter::begin(out);
    data.optional_text("commandId", command_id);
    data.text("branch", reply.branch.name());
    data.text("condition", reply.condition.name());
    match reply.standing.as_ref().and_then(|standing| standing.callback_id) {
        Some(callback_id) => data.integer("callbackId", callback_id.get()),
        None => data.null("callbackId"),
    }
    match &reply.standing {
        Some(standing) => data.integer("revision", standing.revision),
        None => data.null("revision"),
    }
    data.optional_text("caption", reply.caption.as_deref());
    match &reply.standing {
        Some(Standing { terms: Terms { scheduled_for, target, phone_number, .. }, .. }) => {
            data.plain_text("scheduledFor", scheduled_for);
            write_target(&mut data, target);
            write_phone_number(&mut data, phone_number);
        }
        None => ["scheduledFor", "target", "phoneNumber", "extension"].into_iter().for_each(|key| data.null(key)),
    }
    data.array("violations", &reply.violations, write_violation);
    data.array("warnings", &reply.warnings, |out, warning| write_text(out, warning.code()));
    if reply.is_of_report {
        write_progress(&mut data, reply.standing.as_ref().and_then(|standing| standing.progress));
    }
    data.end();
}

/// What the result of a report has behind the others: how the callback goes on.
fn write_progress(data: &mut ObjectWriter<'_>, progress: Option<Progress>) {
    let Some(Progress { attempt, tries, status, next_at, reason }) = progress else {
        return ["attempt", "tries", "status", "nextAt", "reason"].into_iter().for_each(|key| data.null(key));
    };
    data.integer("attempt", attempt);
    data.optional("tries", tries, ObjectWriter::integer);
    data.text("status", status.name());
    data.optional("nextAt", next_at, ObjectWriter::plain_text);
    data.optional_text("reason", reason.map(Reason::code));
}

/// The member `target`, the same in results and due events: ids are strings.
pub(super) fn write_target(object: &mut ObjectWriter<'_>, target: &Target) {
    let mut out = object.object("target");
    out.text("type", if target.agent.is_some() { "agent" } else { "skill" });
    if let Some(agent) = target.agent {
        out.digits("agentId", agent.get());
    }
    out.digits("skillId", target.skill.get());
    out.end();
}

/// The members `phoneNumber` and `extension`, the same in results and due events.
pub(super) fn write_phone_number(object: &mut ObjectWriter<'_>, phone_number: &PhoneNumber) {
    object.text("phoneNumber", &phone_number.e164);
    object.optional_text("extension", phone_number.extension.as_deref());
}

fn write_violation(out: &mut Vec<u8>, violation: &Explained) {
    let mut object = ObjectWriter::begin(out);
    object.optional_text("field", violation.field);
    object.text("code", violation.code);
    object.text("message", &violation.message);
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer::{Branch, Warning};
    use crate::domain::ids::{AgentId, SkillId, Tenant};
    use crate::domain::life::Status;

    fn key() -> CommandKey {
        CommandKey { tenant: Tenant::default(), source: "/studio".to_owned(), command_id: "c-1".to_owned() }
    }

    fn shown(command_id: Option<&str>, reply: &Reply) -> String {
        let mut data = Vec::new();
        write_data(&mut data, command_id, reply);
        String::from_utf8(data).unwrap()
    }

    fn success() -> Reply {
        let terms = Terms {
            scheduled_for: Timestamp::parse_rfc3339("2026-11-23T15:00:00Z").unwrap(),
            target: Target { skill: SkillId::new(4711).unwrap(), agent: AgentId::new(1234).ok() },
            phone_number: PhoneNumber { e164: "+14155552671".to_owned(), extension: None },
            notes: Some("not shown".to_owned()),
        };
        Reply {
            caption: Some("Call \"Ana\"".to_owned()),
            condition: Branch::Success,
            branch: Branch::Success,
            is_of_report: false,
            standing: Some(Standing {
                callback_id: CallbackId::new(1_073_743_450).ok(),
                revision: 1,
                terms,
                progress: None,
            }),
            violations: Vec::new(),
            warnings: vec![Warning::AgentWithoutSkill, Warning::Late],
        }
    }

    #[test]
    fn a_success_shows_the_callback() {
        let expected = concat!(
            r#"{"commandId":"c-1","branch":"Success","condition":"Success","callbackId":1073743450,"revision":1,"#,
            r#""caption":"Call \"Ana\"","scheduledFor":"2026-11-23T15:00:00Z","#,
            r#""target":{"type":"agent","agentId":"1234","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"#,
            r#""violations":[],"warnings":["AGENT_WITHOUT_SKILL","LATE"]}"#,
        );
        assert_eq!(shown(Some("c-1"), &success()), expected);
    }

    #[test]
    fn what_was_not_committed_has_no_callback_id_and_a_skill_target_no_agent() {
        let mut reply = success();
        let standing = reply.standing.as_mut().unwrap();
        standing.callback_id = None;
        standing.terms.target.agent = None;
        standing.terms.phone_number.extension = Some("12".to_owned());
        let text = shown(None, &reply);
        assert!(text.starts_with(
            r#"{"commandId":null,"branch":"Success","condition":"Success","callbackId":null,"revision":1,"#
        ));
        assert!(
            text.contains(
                r#""target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":"12","#
            )
        );
    }

    #[test]
    fn a_refusal_has_every_key_and_says_why() {
        let violations = vec![
            Explained { field: Some("skillId"), code: "SKILL_UNKNOWN", message: "There is no such skill.".to_owned() },
            Explained { field: None, code: "MALFORMED", message: "Unreadable.".to_owned() },
        ];
        let reply = Reply {
            caption: None,
            condition: Branch::InvalidSkillId,
            branch: Branch::Default,
            is_of_report: false,
            standing: None,
            violations,
            warnings: Vec::new(),
        };
        let expected = concat!(
            r#"{"commandId":"c-1","branch":"Default","condition":"InvalidSkillId","callbackId":null,"revision":null,"#,
            r#""caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"#,
            r#""violations":[{"field":"skillId","code":"SKILL_UNKNOWN","message":"There is no such skill."},"#,
            r#"{"field":null,"code":"MALFORMED","message":"Unreadable."}],"warnings":[]}"#,
        );
        assert_eq!(shown(Some("c-1"), &reply), expected);
    }

    #[test]
    fn the_result_of_a_report_says_how_it_goes_on_behind_the_others() {
        let mut reply = success().to_report(true);
        let nothing = r#""warnings":["AGENT_WITHOUT_SKILL","LATE"],"attempt":null,"tries":null,"status":null,"nextAt":null,"reason":null}"#;
        assert!(shown(None, &reply).ends_with(nothing));
        let next_at = Timestamp::parse_rfc3339("2026-11-23T15:30:00Z").ok();
        let mut progress = Progress { attempt: 2, tries: Some(1), status: Status::Pending, next_at, reason: None };
        reply.standing.as_mut().unwrap().progress = Some(progress);
        let pending = r#","attempt":2,"tries":1,"status":"pending","nextAt":"2026-11-23T15:30:00Z","reason":null}"#;
        assert!(shown(None, &reply).ends_with(pending));
        progress = Progress { status: Status::Missed, next_at: None, reason: Some(Reason::TriesExhausted), ..progress };
        reply.standing.as_mut().unwrap().progress = Some(progress);
        let missed = r#","attempt":2,"tries":1,"status":"missed","nextAt":null,"reason":"TRIES_EXHAUSTED"}"#;
        assert!(shown(None, &reply).ends_with(missed));
    }

    #[test]
    fn the_headers_are_those_of_the_contract() {
        let trace = TraceContext {
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            tracestate: Some("a=1".to_owned()),
        };
        let key = key();
        let mut head = ResultHead {
            key: &key,
            digits: ResultDigits::of(&key, Fingerprint([7; 16])),
            decided_at: Timestamp::from_micros(1_795_446_000_000_001),
            correlation_id: Some("corr"),
            callback_id: CallbackId::new(5).ok(),
            trace: Some(&trace),
        };
        let shown = |head: &ResultHead<'_>| {
            let mut headers = Headers::default();
            head.write_headers(&mut headers, "/schedule-callback");
            headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", str::from_utf8(value).unwrap()))
                .collect::<Vec<_>>()
        };
        let all = [
            "ce_specversion: 1.0",
            "ce_id: c-1.e5329eff9aa5.result",
            "ce_source: /schedule-callback",
            "ce_type: callback.result.v1",
            "ce_time: 2026-11-23T15:00:00.000001Z",
            "ce_subject: 5",
            "ce_tenantid: default",
            "ce_correlationid: corr",
            "ce_causationid: c-1",
            "content-type: application/json",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-80e49277a996b82f-01",
            "tracestate: a=1",
        ];
        assert_eq!(shown(&head), all);
        (head.correlation_id, head.callback_id, head.trace) = (None, None, None);
        let names: Vec<_> = shown(&head).iter().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
        let expected =
            ["specversion", "id", "source", "type", "time", "tenantid", "causationid"].map(|name| format!("ce_{name}"));
        assert_eq!(names[..7], expected);
        assert_eq!(names[7..], ["content-type"]);
    }
}
