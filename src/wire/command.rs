//! Payloads of commands: JSON objects → what is asked for (docs/contract.md#the-schedule-command,
//! #cancel-and-reschedule).

use super::json::Value;
use super::payload::{Digests, Fields, Names};
use crate::domain::command::{CallbackReference, Cancel, Kind, Report, Request, Requester, Reschedule, Schedule};
use crate::domain::given::{Given, Text};

/// A payload that was read.
#[derive(Debug)]
pub struct Payload<'a> {
    /// What is asked for.
    pub request: Request<'a>,
    /// Digests of the type and of every field that it knows.
    pub digests: Digests,
    /// Whether it has members that are neither fields of its type nor attributes.
    pub has_strangers: bool,
}

/// Reads a payload of that type. `attributes` is how many of its members are attributes.
///
/// No payload fails here: a field that cannot be read says so itself. The order of the fields below is part of the
/// digest (see the module `payload`): a new field goes to the end.
pub fn read<'a>(kind: &Given<Text<'a>>, payload: Value<'_, 'a>, attributes: usize) -> Payload<'a> {
    let name = match kind {
        Given::Value(kind) => Some(kind.as_ref()),
        Given::Absent | Given::Wrong(_) => None,
    };
    let mut fields = Fields::of(payload, name, Names::Own);
    let mut request = request(kind, &mut fields);
    let has_strangers = fields.strangers() > attributes;
    // Of a command of no type that we have nobody knows the fields.
    if has_strangers && !matches!(request, Request::Unsupported { .. }) {
        fields = Fields::of(payload, name, Names::Near);
        request = self::request(kind, &mut fields);
    }
    Payload { request, digests: fields.digests(), has_strangers }
}

fn request<'a>(kind: &Given<Text<'a>>, fields: &mut Fields<'_, 'a>) -> Request<'a> {
    let known = match kind {
        Given::Value(kind) => Kind::of(kind),
        Given::Absent | Given::Wrong(_) => None,
    };
    match known {
        Some(Kind::Schedule) => Request::Schedule(Box::new(schedule(fields))),
        Some(Kind::Cancel) => Request::Cancel(Box::new(cancel(fields))),
        Some(Kind::Reschedule) => Request::Reschedule(Box::new(reschedule(fields))),
        Some(Kind::Report) => Request::Report(Box::new(report(fields))),
        None => Request::Unsupported { kind: kind.clone(), defined_branches: unsupported(fields) },
    }
}

fn schedule<'a>(fields: &mut Fields<'_, 'a>) -> Schedule<'a> {
    Schedule {
        caption: fields.text("caption"),
        script_type: fields.text("scriptType"),
        requester: requester(fields),
        first_name: fields.text("firstName"),
        last_name: fields.text("lastName"),
        phone_number: fields.text("phoneNumber"),
        skill_id: fields.id("skillId"),
        target_agent_id: fields.id("targetAgentId"),
        schedule_date: fields.text("scheduleDate"),
        time_zone: fields.text("timeZone"),
        notes: fields.text("notes"),
        defined_branches: fields.texts("definedBranches"),
        not_after: fields.text("notAfter"),
    }
}

fn cancel<'a>(fields: &mut Fields<'_, 'a>) -> Cancel<'a> {
    Cancel {
        requester: requester(fields),
        callback: callback(fields),
        reason: fields.text("reason"),
        defined_branches: fields.texts("definedBranches"),
    }
}

fn reschedule<'a>(fields: &mut Fields<'_, 'a>) -> Reschedule<'a> {
    Reschedule {
        requester: requester(fields),
        callback: callback(fields),
        reason: fields.text("reason"),
        schedule_date: fields.text("scheduleDate"),
        time_zone: fields.text("timeZone"),
        notes: fields.text("notes"),
        phone_number: fields.text("phoneNumber"),
        skill_id: fields.id("skillId"),
        target_agent_id: fields.id("targetAgentId"),
        defined_branches: fields.texts("definedBranches"),
        not_after: fields.text("notAfter"),
    }
}

fn report<'a>(fields: &mut Fields<'_, 'a>) -> Report<'a> {
    Report {
        attempt: fields.whole("attempt"),
        outcome: fields.text("outcome"),
        agent_id: fields.id("agentId"),
        occurred_at: fields.text("occurredAt"),
        detail: fields.text("detail"),
        terms: reschedule(fields),
    }
}

/// Of a type that is none of ours any field that some command knows counts for the digest.
fn unsupported<'a>(fields: &mut Fields<'_, 'a>) -> Given<Vec<Text<'a>>> {
    callback(fields);
    fields.text("reason");
    schedule(fields).defined_branches
}

fn requester<'a>(fields: &mut Fields<'_, 'a>) -> Requester<'a> {
    Requester { security_user: fields.text("securityUser"), variables: fields.map("variables") }
}

fn callback<'a>(fields: &mut Fields<'_, 'a>) -> CallbackReference<'a> {
    CallbackReference {
        callback_id: fields.id("callbackId"),
        scheduled_by: fields.pair("scheduledBy", ["source", "commandId"]),
    }
}
