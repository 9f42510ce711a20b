//! Payloads of commands: JSON objects → what is asked for (contract §4, §9).

use super::json::Value;
use super::payload::Fields;
use crate::domain::command::{CallbackReference, Cancel, Given, Request, Requester, Reschedule, Schedule, Text};
use crate::domain::ids::Fingerprint;

/// `ce_type` of a command that schedules a callback.
pub const SCHEDULE: &str = "callback.schedule.v1";
/// `ce_type` of a command that cancels a callback.
pub const CANCEL: &str = "callback.cancel.v1";
/// `ce_type` of a command that moves or changes a callback.
pub const RESCHEDULE: &str = "callback.reschedule.v1";

/// Reads a payload of that type, and digests the type and every field that it knows.
///
/// No payload fails here: a field that cannot be read says so itself. The order of the fields below is part of the
/// digest (see the module `payload`): a new field goes to the end.
pub fn read<'a>(kind: &Given<Text<'a>>, payload: Value<'_, 'a>) -> (Request<'a>, Fingerprint) {
    let kind = match kind {
        Given::Value(kind) => Some(kind.as_ref()),
        Given::Absent | Given::WrongType => None,
    };
    let mut fields = Fields::of(payload, kind);
    let request = match kind {
        Some(SCHEDULE) => Request::Schedule(Box::new(schedule(&mut fields))),
        Some(CANCEL) => Request::Cancel(Box::new(cancel(&mut fields))),
        Some(RESCHEDULE) => Request::Reschedule(Box::new(reschedule(&mut fields))),
        _ => Request::Unsupported { defined_branches: unsupported(&mut fields) },
    };
    (request, fields.fingerprint())
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
