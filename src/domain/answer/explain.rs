//! Violations in words, for the author of a script: which field, what is wrong with this value, what was expected.
//!
//! No message repeats what was sent, but single characters that are easily overlooked: a result is kept, forwarded and
//! logged by others, and a security user, a number or notes are nobody else's business (docs/contract.md#results).
//! Instants are told as they were read, since a result tells them too.

mod dates;
mod values;

use self::values::{is, no_id};
use super::{CallbackFault, Explained, SecurityUserFault, SkillFault, TargetAgentFault, TypeFault, Violation};
use crate::domain::directory::Permission;
use crate::domain::given::{Field, Wrong};
use crate::domain::life::Outcome;
use crate::domain::phone::PhoneNumberFault;

impl From<&Violation> for Explained {
    fn from(violation: &Violation) -> Self {
        Self { field: field(violation).map(|field| field.0), code: violation.code(), message: message(violation) }
    }
}

/// The field at fault; `None` where the fault is not of one field.
///
/// A fault of the branch `InvalidScheduleDate` is always `scheduleDate`'s, also where the time zone is unknown: the
/// date is what cannot be read without it.
fn field(violation: &Violation) -> Option<Field> {
    match violation {
        Violation::SecurityUser(_) => Some(Field::SECURITY_USER),
        Violation::SkillId(_) => Some(Field::SKILL_ID),
        Violation::TargetAgentId(_) => Some(Field::TARGET_AGENT_ID),
        Violation::ScheduleDate(_) => Some(Field::SCHEDULE_DATE),
        Violation::PhoneNumber(_) => Some(Field::PHONE_NUMBER),
        Violation::FieldTooLong { field, .. }
        | Violation::FieldControlCharacter { field, .. }
        | Violation::FieldType(field, _)
        | Violation::FieldName(field)
        | Violation::FieldNotUnicode(field) => Some(*field),
        Violation::ScriptTypeUnsupported { .. } => Some(Field::SCRIPT_TYPE),
        Violation::OutcomeMissing | Violation::OutcomeUnsupported { .. } => Some(Field::OUTCOME),
        Violation::NotAfterInvalid(_) | Violation::NotAfterTooEarly { .. } => Some(Field::NOT_AFTER),
        Violation::AttemptMissing | Violation::AttemptNotFired | Violation::AttemptOver => Some(Field::ATTEMPT),
        Violation::CommandIdReused => Some(Field::COMMAND_ID),
        Violation::CommandTypeUnsupported(_) => Some(Field::TYPE),
        Violation::CallbackNotFound(fault) => match fault {
            CallbackFault::Unnamed => None,
            CallbackFault::Malformed(_) | CallbackFault::NeverMade => Some(Field::CALLBACK_ID),
            CallbackFault::HalfAKey => Some(Field::SCHEDULED_BY),
            CallbackFault::Unknown(field) => Some(*field),
        },
        Violation::CallbackNotTracked
        | Violation::CallbackAlreadyDue
        | Violation::CallbackCancelled
        | Violation::CallbackEnded { .. }
        | Violation::Malformed(_) => None,
    }
}

fn message(violation: &Violation) -> String {
    match violation {
        Violation::SecurityUser(fault) => security_user(*fault),
        Violation::SkillId(fault) => skill(*fault),
        Violation::TargetAgentId(fault) => target_agent(*fault),
        Violation::ScheduleDate(fault) => dates::schedule_date(*fault),
        Violation::PhoneNumber(fault) => phone_number(*fault),
        Violation::FieldTooLong { field, limit, length } => {
            let field = field.0;
            format!("The text in `{field}` is too long: it has {length} characters; it may have at most {limit} characters.")
        }
        Violation::FieldControlCharacter { field, found } => format!(
            "The text in `{}` contains a control character: {found}; only `notes` may have tabs and line breaks, and no \
             text any other.",
            field.0
        ),
        Violation::FieldType(field, Wrong::Value) => {
            format!("The value of `{}` cannot be read; expected {}.", field.0, json_type(field.0))
        }
        Violation::FieldType(field, wrong) => {
            format!("`{}` has the wrong JSON type: it {}; expected {}.", field.0, is(*wrong), json_type(field.0))
        }
        Violation::FieldName(field) => format!(
            "The command has no `{0}`, but something under nearly the same name or another form of it; write the name as \
             `{0}`, with its capital letters and nothing else.",
            field.0
        ),
        Violation::FieldNotUnicode(field) => format!(
            "The text in `{}` {}; a character beyond U+FFFF is written as both halves of its pair, one after the other: \
             the text may have been cut between them.",
            field.0,
            is(Wrong::NotUnicode)
        ),
        Violation::ScriptTypeUnsupported { nearest: Some(nearest) } => format!(
            "No script type is written so; the nearest one is {nearest}, and capital letters count."
        ),
        Violation::ScriptTypeUnsupported { nearest: None } => {
            "This script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem \
             or SMS."
                .to_owned()
        }
        Violation::OutcomeMissing => {
            format!("The report does not say what came of the attempt; expected an `outcome`: {}.", outcomes())
        }
        Violation::OutcomeUnsupported { nearest: Some(nearest) } => {
            format!("No outcome is written so; the nearest one is {nearest}, and capital letters count.")
        }
        Violation::OutcomeUnsupported { nearest: None } => {
            format!("There is no such outcome; expected one of {}.", outcomes())
        }
        Violation::NotAfterInvalid(fault) => dates::not_after(*fault),
        Violation::NotAfterTooEarly { not_after, scheduled_for, is_kept } => {
            let hint = if *is_kept { " that the callback has" } else { "" };
            format!(
                "The `notAfter`{hint}, {not_after}, is not behind the schedule date, {scheduled_for}; expected a later one."
            )
        }
        Violation::CommandIdReused => {
            "This command id was used before by the same source for a command with other content; every command needs an \
             id of its own."
                .to_owned()
        }
        Violation::CommandTypeUnsupported(fault) => command_type(*fault),
        Violation::CallbackNotFound(fault) => callback(*fault),
        Violation::CallbackAlreadyDue => {
            "The callback is already due and can no longer be changed or cancelled.".to_owned()
        }
        Violation::CallbackCancelled => "The callback was cancelled before and can no longer be changed.".to_owned(),
        Violation::CallbackNotTracked => {
            "Nothing is reported of this callback, since its skill had no `lifecycle` in the directory when it was scheduled."
                .to_owned()
        }
        Violation::CallbackEnded { status, reason } => {
            format!("The callback has ended as {} ({}) and can no longer be changed.", status.name(), reason.code())
        }
        Violation::AttemptMissing => {
            "The report does not say which attempt it is about; expected the `attempt` of the due event.".to_owned()
        }
        Violation::AttemptNotFired => {
            "This attempt has not been fired: it is still ahead, or there is none of this number; expected the `attempt` of \
             a due event."
                .to_owned()
        }
        Violation::AttemptOver => {
            "This attempt is over: what came of it was reported before, or the callback has been presented again since; \
             expected the `attempt` of the last due event."
                .to_owned()
        }
        Violation::Malformed(message) => message.clone(),
    }
}

fn security_user(fault: SecurityUserFault) -> String {
    let fixed = match fault {
        SecurityUserFault::Missing => {
            "The security user is missing or empty; expected the name of a security user, or the name of a script \
             variable in braces."
        }
        SecurityUserFault::Unknown(Some(overlooked)) => {
            return format!(
                "The directory has no such security user; the name that was sent has {overlooked}; expected the name of \
                 an existing one."
            );
        }
        SecurityUserFault::Unknown(None) => {
            "The directory has no such security user; expected the name of an existing one."
        }
        SecurityUserFault::Wrong(wrong) => {
            return format!("The security user {}; expected a text, the name of a security user.", is(wrong));
        }
        SecurityUserFault::Inactive => "The security user is inactive, or its agent is inactive or missing.",
        SecurityUserFault::Forbidden(Permission::Report) => {
            "The security user lacks the permission for this: `commitments:report` to report what came of a due event."
        }
        SecurityUserFault::Forbidden(Permission::Create | Permission::Manage) => {
            "The security user lacks the permission for this: `commitments:create` to schedule a callback, \
             `commitments:manage` to cancel or reschedule one."
        }
        SecurityUserFault::Unresolved(None) => {
            "The security user names a script variable in braces that is not among the `variables` of the command."
        }
        SecurityUserFault::Unresolved(Some(wrong)) => {
            return format!(
                "The security user names a script variable in braces, and what `variables` has for it {}; expected a text.",
                is(wrong)
            );
        }
    };
    fixed.to_owned()
}

fn skill(fault: SkillFault) -> String {
    let fixed = match fault {
        SkillFault::Missing => "The skill id is missing; it is required also where there is a target agent.",
        SkillFault::Malformed(fault) => {
            return format!(
                "The skill id cannot be read: it {}; expected a positive whole number, or a text of digits without \
                 leading zeros.",
                no_id(fault)
            );
        }
        SkillFault::Unknown => "The directory has no skill with this id.",
        SkillFault::Inactive => "The skill is inactive; expected an active skill.",
        SkillFault::NotOutboundPhone => {
            "The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`."
        }
    };
    fixed.to_owned()
}

fn target_agent(fault: TargetAgentFault) -> String {
    let fixed = match fault {
        TargetAgentFault::Missing => {
            "The target agent id is missing; expected the id of an agent, or an empty text to queue the callback to \
             the skill."
        }
        TargetAgentFault::Malformed(fault) => {
            return format!(
                "The target agent id cannot be read: it {}; expected a positive whole number or a text of digits without \
                 leading zeros (the agent's id, not the user name), or an empty text to queue the callback to the skill.",
                no_id(fault)
            );
        }
        TargetAgentFault::Unknown => "The directory has no agent with this id.",
        TargetAgentFault::Inactive => "The target agent is inactive; expected an active agent.",
    };
    fixed.to_owned()
}

fn command_type(fault: TypeFault) -> String {
    let found = match fault {
        TypeFault::Missing => "is missing".to_owned(),
        TypeFault::Wrong(wrong) => is(wrong),
        TypeFault::Unknown => "is unknown".to_owned(),
    };
    format!(
        "The command's type {found}; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1."
    )
}

fn callback(fault: CallbackFault) -> String {
    let found = match fault {
        CallbackFault::Unnamed => "The command names no callback".to_owned(),
        CallbackFault::Malformed(fault) => {
            format!("There is no such callback, since its `callbackId` {}", no_id(fault))
        }
        CallbackFault::NeverMade => {
            "There is no such callback, since its `callbackId` is a number that no result has".to_owned()
        }
        CallbackFault::HalfAKey => {
            "There is no such callback, since `scheduledBy` lacks its `source` or its `commandId`".to_owned()
        }
        CallbackFault::Unknown(field) => format!("There is no such callback by its `{}`", field.0),
    };
    format!(
        "{found}; name one of your own tenant by `callbackId`, or by `scheduledBy` with the source and id of the command \
         that scheduled it, and where both are given they must name the same one."
    )
}

fn phone_number(fault: PhoneNumberFault) -> String {
    match fault {
        PhoneNumberFault::Wrong(wrong) => {
            format!("The phone number {}; expected a text, with + and the country calling code in front.", is(wrong))
        }
        // What is wrong with a text has words of its own there.
        fault => fault.to_string(),
    }
}

/// Every outcome, for a message that says what was expected.
fn outcomes() -> String {
    Outcome::ALL.map(Outcome::name).join(", ")
}

/// The JSON type that a field without a branch of its own has.
fn json_type(field: &str) -> &'static str {
    match field {
        "variables" => "an object whose values are all texts",
        "definedBranches" => "an array of texts",
        "callbackId" => "a whole number or a text of digits",
        "attempt" => "a whole number",
        "agentId" => "a positive whole number or a text of digits without leading zeros",
        "occurredAt" => "an ISO 8601 date and time with an offset from UTC, such as 2026-11-23T15:00:00Z",
        "scheduledBy" => "an object with the texts `source` and `commandId`",
        _ => "a text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::text::{CAPTION, DEFINED_BRANCHES};
    use crate::domain::fixtures::every_violation;
    use crate::domain::given::{IdFault, JsonType, Placed};
    use crate::domain::time::schedule_date::ScheduleDateFault;

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
        let too_long = Explained::from(&Violation::FieldTooLong { field: CAPTION.field, limit: 200, length: 207 });
        assert_eq!(too_long.field, Some("caption"));
        let expected = "The text in `caption` is too long: it has 207 characters; it may have at most 200 characters.";
        assert_eq!(too_long.message, expected);
        let no_zone = ScheduleDateFault::TimeZoneUnknown { nearest: None, overlooked: None };
        let no_zone = Explained::from(&no_zone.into());
        assert_eq!((no_zone.field, no_zone.code), (Some("scheduleDate"), "SCHEDULE_DATE_TIME_ZONE_UNKNOWN"));
    }

    #[test]
    fn of_a_callback_that_is_not_found_the_field_is_the_one_that_was_given() {
        for (fault, field) in [
            (CallbackFault::Unnamed, None),
            (CallbackFault::Malformed(IdFault::LeadingZero), Some("callbackId")),
            (CallbackFault::NeverMade, Some("callbackId")),
            (CallbackFault::HalfAKey, Some("scheduledBy")),
            (CallbackFault::Unknown(Field::SCHEDULED_BY), Some("scheduledBy")),
        ] {
            assert_eq!(Explained::from(&Violation::CallbackNotFound(fault)).field, field, "{fault:?}");
        }
    }

    #[test]
    fn a_message_says_what_is_wrong_with_this_value() {
        let message = |violation: Violation| Explained::from(&violation).message;
        let found = Placed { character: '\u{200b}', position: 5 };
        let number = Wrong::Type(JsonType::Number);
        for (violation, said) in [
            (SecurityUserFault::Wrong(number).into(), "The security user is a JSON number; expected a text"),
            (SecurityUserFault::Unknown(Some(found)).into(), "has a zero width space (U+200B) at position 5"),
            (SecurityUserFault::Unresolved(Some(number)).into(), "what `variables` has for it is a JSON number"),
            (SkillFault::Malformed(IdFault::NotWhole).into(), "it is not a whole number"),
            (SkillFault::Malformed(IdFault::Wrong(Wrong::Type(JsonType::Array))).into(), "it is a JSON array"),
            (TargetAgentFault::Malformed(IdFault::Character(found)).into(), "it has a zero width space (U+200B)"),
            (PhoneNumberFault::Wrong(number).into(), "The phone number is a JSON number"),
            (Violation::wrong(CAPTION.field, number), "`caption` has the wrong JSON type: it is a JSON number"),
            (
                Violation::wrong(DEFINED_BRANCHES.field, number.of_a_part()),
                "it has an element or member that is a JSON number; expected an array of texts",
            ),
            (Violation::FieldControlCharacter { field: CAPTION.field, found }, "(U+200B) at position 5"),
            (Violation::wrong(CAPTION.field, Wrong::Name), "The command has no `caption`"),
            (Violation::wrong(CAPTION.field, Wrong::NotUnicode), "half of a surrogate pair"),
            (Violation::ScriptTypeUnsupported { nearest: Some("SMS") }, "the nearest one is SMS"),
            (Violation::CommandTypeUnsupported(TypeFault::Missing), "The command's type is missing"),
            (Violation::CallbackNotFound(CallbackFault::HalfAKey), "lacks its `source` or its `commandId`"),
        ] {
            let message = message(violation);
            assert!(message.contains(said), "{message}");
        }
    }
}
