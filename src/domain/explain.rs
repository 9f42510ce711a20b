//! Violations in words, for the author of a script: which field, and what was expected of it.
//!
//! No message repeats a value that was sent: a result is kept, forwarded and logged by others, and a security user,
//! a number or notes are nobody else's business (contract §7). What is wrong with a number has words of its own
//! (`phone::PhoneNumberFault`).

use super::reply::Explained;
use super::schedule_date::iso8601::{DAY, HOUR, MINUTE, SECOND};
use super::text::SCRIPT_TYPE;
use super::violation::{ScheduleDateFault, SecurityUserFault, SkillFault, TargetAgentFault, Violation};

impl From<&Violation> for Explained {
    fn from(violation: &Violation) -> Self {
        Self { field: field(violation), code: violation.code(), message: message(violation) }
    }
}

/// The field's name on the wire; `None` where the fault is not of one field.
///
/// A fault of the branch `InvalidScheduleDate` is always `scheduleDate`'s, also where the time zone is unknown: the
/// date is what cannot be read without it.
fn field(violation: &Violation) -> Option<&'static str> {
    match violation {
        Violation::SecurityUser(_) => Some("securityUser"),
        Violation::SkillId(_) => Some("skillId"),
        Violation::TargetAgentId(_) => Some("targetAgentId"),
        Violation::ScheduleDate(_) => Some("scheduleDate"),
        Violation::PhoneNumber(_) => Some("phoneNumber"),
        Violation::FieldTooLong { field, .. }
        | Violation::FieldControlCharacter(field)
        | Violation::FieldType(field) => Some(field.0),
        Violation::ScriptTypeUnsupported => Some(SCRIPT_TYPE.field.0),
        Violation::CommandIdReused => Some("commandId"),
        Violation::CommandTypeUnsupported => Some("type"),
        Violation::CallbackNotFound
        | Violation::CallbackAlreadyDue
        | Violation::CallbackCancelled
        | Violation::Malformed => None,
    }
}

fn message(violation: &Violation) -> String {
    let fixed = match violation {
        Violation::SecurityUser(fault) => security_user(*fault),
        Violation::SkillId(fault) => skill(*fault),
        Violation::TargetAgentId(fault) => target_agent(*fault),
        Violation::ScheduleDate(ScheduleDateFault::TooFar { horizon }) => {
            return format!(
                "The date lies further ahead than callbacks to this skill may be scheduled; it must be at most \
                 {} after the time of the command.",
                in_words(*horizon)
            );
        }
        Violation::ScheduleDate(fault) => schedule_date(*fault),
        Violation::PhoneNumber(fault) => return fault.to_string(),
        Violation::FieldTooLong { field, limit } => {
            return format!("The text in `{}` is too long; it may have at most {limit} characters.", field.0);
        }
        Violation::FieldControlCharacter(field) => {
            return format!(
                "The text in `{}` contains a control character; only `notes` may have tabs and line breaks, and no \
                 text any other.",
                field.0
            );
        }
        Violation::FieldType(field) => {
            return format!("`{}` has the wrong JSON type; expected {}.", field.0, json_type(field.0));
        }
        Violation::ScriptTypeUnsupported => {
            "This script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, \
             WorkItem or SMS."
        }
        Violation::CommandIdReused => {
            "This command id was used before by the same source for a command with other content; every command \
             needs an id of its own."
        }
        Violation::CommandTypeUnsupported => {
            "The command's type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or \
             callback.reschedule.v1."
        }
        Violation::CallbackNotFound => {
            "There is no such callback; name one of your own tenant by `callbackId`, or by `scheduledBy` with the \
             source and id of the command that scheduled it, and where both are given they must name the same one."
        }
        Violation::CallbackAlreadyDue => "The callback is already due and can no longer be changed or cancelled.",
        Violation::CallbackCancelled => "The callback was cancelled before and can no longer be changed.",
        Violation::Malformed => {
            "The message could not be read as a command; expected one JSON object in UTF-8 without repeated keys, \
             with valid command attributes and within the size limit."
        }
    };
    fixed.to_owned()
}

const fn security_user(fault: SecurityUserFault) -> &'static str {
    match fault {
        SecurityUserFault::Missing => {
            "The security user is missing or empty; expected the name of a security user, or the name of a script \
             variable in braces."
        }
        SecurityUserFault::Unknown => "The directory has no such security user; expected the name of an existing one.",
        SecurityUserFault::Inactive => "The security user is inactive, or its agent is inactive or missing.",
        SecurityUserFault::Forbidden => {
            "The security user lacks the permission for this: `commitments:create` to schedule a callback, \
             `commitments:manage` to cancel or reschedule one."
        }
        SecurityUserFault::Unresolved => {
            "The security user names a script variable in braces that is not among the `variables` of the command, or is \
             not a text there."
        }
    }
}

const fn skill(fault: SkillFault) -> &'static str {
    match fault {
        SkillFault::Missing => "The skill id is missing; it is required also where there is a target agent.",
        SkillFault::Malformed => {
            "The skill id cannot be read; expected a positive whole number, or a text of digits without leading zeros."
        }
        SkillFault::Unknown => "The directory has no skill with this id.",
        SkillFault::Inactive => "The skill is inactive; expected an active skill.",
        SkillFault::NotOutboundPhone => {
            "The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`."
        }
    }
}

const fn target_agent(fault: TargetAgentFault) -> &'static str {
    match fault {
        TargetAgentFault::Missing => {
            "The target agent id is missing; expected the id of an agent, or an empty text to queue the callback to \
             the skill."
        }
        TargetAgentFault::Malformed => {
            "The target agent id cannot be read; expected a positive whole number or a text of digits without leading \
             zeros (the agent's id, not the user name), or an empty text to queue the callback to the skill."
        }
        TargetAgentFault::Unknown => "The directory has no agent with this id.",
        TargetAgentFault::Inactive => "The target agent is inactive; expected an active agent.",
    }
}

const fn schedule_date(fault: ScheduleDateFault) -> &'static str {
    match fault {
        ScheduleDateFault::Missing => {
            "The schedule date is missing or empty; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."
        }
        ScheduleDateFault::Syntax => {
            "The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."
        }
        ScheduleDateFault::MixedFormat => {
            "The schedule date mixes the basic and the extended format; write both date and time with separators \
             (2026-11-23T15:00) or both without (20261123T1500)."
        }
        ScheduleDateFault::OutOfRange => {
            "A part of the schedule date is out of range; expected a day, time and offset that exist, in the years \
             0001 to 9999."
        }
        ScheduleDateFault::TimeMissing => {
            "The schedule date has no time of day; expected a date, a capital T and a time such as 2026-11-23T15:00Z."
        }
        ScheduleDateFault::OffsetMissing => {
            "The schedule date has no offset from UTC and there is no time zone to take one from; end the date with Z \
             or an offset such as +01:00, or send a `timeZone`."
        }
        ScheduleDateFault::NonexistentLocalTime => {
            "The clocks of the time zone skip this local time; expected a time that they show."
        }
        ScheduleDateFault::TimeZoneUnknown => {
            "The time zone is unknown; expected an IANA name such as Europe/Madrid, with its capital letters."
        }
        ScheduleDateFault::InPast => "The schedule date lies before the time of the command.",
        ScheduleDateFault::TooFar { .. } => "The schedule date lies too far ahead.",
    }
}

/// The JSON type that a field without a branch of its own has.
fn json_type(field: &str) -> &'static str {
    match field {
        "variables" => "an object whose values are all texts",
        "definedBranches" => "an array of texts",
        "callbackId" => "a whole number or a text of digits",
        "scheduledBy" => "an object with the texts `source` and `commandId`",
        _ => "a text",
    }
}

/// A time in the largest unit of which it is a whole number.
fn in_words(micros: i64) -> String {
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"), (SECOND / 1_000, "millisecond")];
    let whole = units.into_iter().find(|(unit, _)| micros % unit == 0);
    let (unit, name) = whole.unwrap_or((1, "microsecond"));
    let count = micros / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::every_violation;
    use crate::domain::text::CAPTION;

    #[test]
    fn there_is_a_violation_for_every_code_and_they_sort_like_the_table() {
        let mut violations = every_violation();
        assert!(violations.iter().map(Violation::code).eq(Violation::CODES));
        let in_order = violations.clone();
        violations.reverse();
        violations.sort();
        assert_eq!(violations, in_order);
    }

    #[test]
    fn every_violation_is_explained_in_a_sentence_of_its_own() {
        let mut messages: Vec<_> =
            every_violation().iter().map(|violation| Explained::from(violation).message).collect();
        for message in &messages {
            assert!(message.len() > 20 && message.ends_with('.'), "{message}");
            assert!(!message.contains("  "), "{message}");
        }
        messages.sort();
        messages.dedup();
        assert_eq!(messages.len(), every_violation().len());
    }

    #[test]
    fn a_violation_names_its_field_and_what_was_expected_there() {
        let too_long = Explained::from(&Violation::FieldTooLong { field: CAPTION.field, limit: 200 });
        assert_eq!(too_long.field, Some("caption"));
        assert_eq!(too_long.message, "The text in `caption` is too long; it may have at most 200 characters.");
        let no_zone = Explained::from(&ScheduleDateFault::TimeZoneUnknown.into());
        assert_eq!((no_zone.field, no_zone.code), (Some("scheduleDate"), "SCHEDULE_DATE_TIME_ZONE_UNKNOWN"));
        assert_eq!(Explained::from(&Violation::CallbackNotFound).field, None);
    }

    #[test]
    fn a_horizon_is_told_in_the_unit_that_fits_it() {
        let cases = [(366 * DAY, "366 days"), (DAY, "1 day"), (36 * HOUR, "36 hours"), (90 * MINUTE, "90 minutes")];
        for (horizon, words) in cases {
            let Explained { message, .. } = Explained::from(&ScheduleDateFault::TooFar { horizon }.into());
            assert!(message.contains(&format!("at most {words} after")), "{message}");
        }
    }
}
