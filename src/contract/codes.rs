//! Every code that can stand in a result or a dead letter, in words: what it means, and what to do about it.
//!
//! docs/contract.md and the AsyncAPI document show these texts. They are not the messages that results carry: those say
//! what is wrong with one value (`domain::explain`), these what the code means in general.

use crate::domain::answer::{Branch, Violation, Warning};
use crate::wire::malformed::MalformedReason;

/// A code of a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// As it stands in `violations[].code`.
    pub code: &'static str,
    /// The branch of a command whose first violation has this code.
    pub branch: Branch,
    /// Why a command is refused with it: whole sentences.
    pub cause: &'static str,
    /// What to change: whole sentences.
    pub remedy: &'static str,
}

/// All codes of violations, in the order in which violations are told.
pub fn codes() -> impl Iterator<Item = Code> {
    let branches = [
        (Branch::InvalidSecurityUser, SECURITY_USER),
        (Branch::InvalidSkillId, SKILL),
        (Branch::InvalidTargetAgentId, TARGET_AGENT),
        (Branch::InvalidScheduleDate, SCHEDULE_DATE),
        (Branch::InvalidPhoneNumber, PHONE_NUMBER),
        (Branch::Default, DEFAULT),
    ];
    let texts = branches.into_iter().flat_map(|(branch, texts)| texts.iter().map(move |texts| (branch, texts)));
    Violation::CODES.into_iter().zip(texts).map(|(code, (branch, &[named, cause, remedy]))| {
        debug_assert_eq!(code, named, "the texts stand in the order of the codes");
        Code { code, branch, cause, remedy }
    })
}

/// Code, cause, remedy.
type Texts = &'static [[&'static str; 3]];

const SECURITY_USER: Texts = &[
    [
        "SECURITY_USER_MISSING",
        "`securityUser` is absent, `null` or empty.",
        "Send the name of a security user, or the name of a script variable in braces.",
    ],
    [
        "SECURITY_USER_UNKNOWN",
        "The directory of the command's tenant has no security user of this name; a value that is no text is none either.",
        "Compare the name with the directory letter by letter, capital letters and invisible characters included. Check \
         the command's tenant too: each tenant has security users of its own.",
    ],
    [
        "SECURITY_USER_INACTIVE",
        "The security user is not active, or its agent is not active or not in the directory.",
        "Activate both in the directory, or send another security user.",
    ],
    [
        "SECURITY_USER_FORBIDDEN",
        "The security user lacks the permission that the command needs.",
        "Grant `commitments:create` to schedule, `commitments:manage` to cancel and reschedule.",
    ],
    [
        "SECURITY_USER_UNRESOLVED",
        "`securityUser` is a name in braces, and `variables` has no text under that name.",
        "Send the variable in `variables`, under exactly this name and with a text as its value.",
    ],
];

const SKILL: Texts = &[
    [
        "SKILL_ID_MISSING",
        "`skillId` is absent, `null` or empty. It is required also where there is a target agent.",
        "Send the id of an outbound phone skill.",
    ],
    [
        "SKILL_ID_MALFORMED",
        "`skillId` is no id: not a positive whole number up to 9223372036854775807, or a text with anything but digits \
         or with a leading zero.",
        "Send the id as the directory has it, as a number or as a text of digits.",
    ],
    [
        "SKILL_UNKNOWN",
        "The directory of the command's tenant has no skill with this id.",
        "Send the id of a skill that exists, and check the command's tenant.",
    ],
    ["SKILL_INACTIVE", "The skill is in the directory and not active.", "Activate the skill, or send another one."],
    [
        "SKILL_NOT_OUTBOUND_PHONE",
        "The skill's `mediaType` is not `phone`, or its `direction` is not `outbound`.",
        "Send a skill for outbound phone calls.",
    ],
];

const TARGET_AGENT: Texts = &[
    [
        "TARGET_AGENT_ID_MISSING",
        "`targetAgentId` is absent or `null`.",
        "Send the empty text `\"\"` to queue the callback to the skill, or the id of an agent.",
    ],
    [
        "TARGET_AGENT_ID_MALFORMED",
        "`targetAgentId` is no id, and not the empty text.",
        "Send the agent's id and not the user name, as a number or as a text of digits.",
    ],
    [
        "TARGET_AGENT_UNKNOWN",
        "The directory of the command's tenant has no agent with this id.",
        "Send the id of an agent that exists, and check the command's tenant.",
    ],
    [
        "TARGET_AGENT_INACTIVE",
        "The agent is in the directory and not active.",
        "Send another agent, or the empty text to queue the callback to the skill.",
    ],
];

const SCHEDULE_DATE: Texts = &[
    [
        "SCHEDULE_DATE_MISSING",
        "`scheduleDate` is absent, `null` or empty. A reschedule needs it too.",
        "Send a date and time such as `2026-11-23T15:00:00Z`.",
    ],
    [
        "SCHEDULE_DATE_SYNTAX",
        "The text has none of the forms of ISO 8601 that are read, or the value is no text.",
        "Write date, capital `T`, time and offset, without blanks. The tables of dates show what is read and what is not.",
    ],
    [
        "SCHEDULE_DATE_MIXED_FORMAT",
        "Of date and time one has separators and the other has none.",
        "Write both with separators (`2026-11-23T15:00`) or both without (`20261123T1500`).",
    ],
    [
        "SCHEDULE_DATE_OUT_OF_RANGE",
        "A month, day, hour, minute, second or offset does not exist, or the instant lies outside the years 0001 to 9999.",
        "Send a date, a time and an offset that exist.",
    ],
    [
        "SCHEDULE_DATE_TIME_MISSING",
        "The text is a date, a week or a month without a time of day.",
        "Add `T` and the time.",
    ],
    [
        "SCHEDULE_DATE_OFFSET_MISSING",
        "The text has no offset, and neither the command nor the security user nor the tenant has a time zone.",
        "End the date with `Z` or an offset, send `timeZone`, or give the security user or the tenant a time zone.",
    ],
    [
        "SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME",
        "The clocks of the time zone skip this local time, usually when summer time begins.",
        "Send a local time that the clocks show, or a date with an offset.",
    ],
    [
        "SCHEDULE_DATE_TIME_ZONE_UNKNOWN",
        "The date has no offset, and `timeZone` is not the name of a time zone.",
        "Send an IANA name such as `Europe/Madrid`; capital letters count.",
    ],
    [
        "SCHEDULE_DATE_IN_PAST",
        "The instant lies before the command's own time by more than `rules.past_grace`.",
        "Send a later date. If the date looks right, check the time zone that the message names and the command's `ce_time`.",
    ],
    [
        "SCHEDULE_DATE_TOO_FAR",
        "The instant lies further behind the command's time than `rules.horizon`, or than the skill's `horizonDays`.",
        "Send an earlier date, or have the horizon of the skill or of the service raised.",
    ],
];

const PHONE_NUMBER: Texts = &[
    ["PHONE_NUMBER_MISSING", "`phoneNumber` is absent, `null` or empty.", "Send a number such as `+44 20 7946 0958`."],
    [
        "PHONE_NUMBER_SYNTAX",
        "The text has a character or an order of characters that no number has, it has more than 64 bytes, or the value \
         is no text.",
        "Send digits with at most one `+` in front, with spaces and `- . ( ) /` between, and an extension as `x123`.",
    ],
    [
        "PHONE_NUMBER_COUNTRY_CODE",
        "What stands behind the `+` is no country calling code.",
        "Send `+` and the country calling code, without an international prefix such as `00`.",
    ],
    [
        "PHONE_NUMBER_COUNTRY_CODE_MISSING",
        "The number has no `+`, and the tenant has no default region.",
        "Send the number with `+` and the country calling code, or set the tenant's `default_region`.",
    ],
    [
        "PHONE_NUMBER_TOO_SHORT",
        "The number has fewer digits than any number of its country.",
        "Send all of its digits.",
    ],
    [
        "PHONE_NUMBER_TOO_LONG",
        "The number has more digits than any number of its country.",
        "Send the number alone; write an extension as `x123`.",
    ],
    [
        "PHONE_NUMBER_NOT_POSSIBLE",
        "The number cannot be dialled from abroad: it works within an area or a country only, no number of its country \
         has as many digits, or it was written without `+` and is in no range that is assigned.",
        "Send the whole number, with `+`, country calling code and area code.",
    ],
    [
        "PHONE_NUMBER_PREMIUM_RATE",
        "Whoever calls this number pays its owner.",
        "Ask for another number. `rules.premium_rate = \"accept\"` lets such numbers pass.",
    ],
];

const DEFAULT: Texts = &[
    [
        "FIELD_TOO_LONG",
        "A text has more characters (Unicode code points) than its field may have.",
        "Shorten the text; nothing is ever cut.",
    ],
    [
        "FIELD_CONTROL_CHARACTER",
        "A text has a control character (Unicode category Cc). Only `notes` may have tabs and line breaks.",
        "Remove the character; the message says which it is and where it stands.",
    ],
    [
        "FIELD_TYPE",
        "A field, or an element or member of it, has another JSON type than it should have.",
        "Send the JSON type that the message names.",
    ],
    [
        "FIELD_NAME",
        "A known field is absent while another one has nearly its name: other capital letters, `-` or `_`, or the name \
         of an attribute in another form.",
        "Write the name exactly as `field` has it.",
    ],
    [
        "FIELD_NOT_UNICODE",
        "A text has half of a surrogate pair, such as `\\ud83d` alone, and is therefore no Unicode text.",
        "Cut texts between characters and not between the halves of one.",
    ],
    [
        "SCRIPT_TYPE_UNSUPPORTED",
        "`scriptType` is none of the types of scripts that have the action.",
        "Send one of `Generic`, `Email`, `Chat`, `Phone`, `Voicemail`, `WorkItem`, `SMS`, or leave the field out.",
    ],
    [
        "COMMAND_ID_REUSED",
        "The same source of the same tenant has used this command id for a command with other content.",
        "Give every command an id of its own, and repeat a command only unchanged.",
    ],
    [
        "COMMAND_TYPE_UNSUPPORTED",
        "The type is missing, or none of the three types of commands.",
        "Send `callback.schedule.v1`, `callback.cancel.v1` or `callback.reschedule.v1`.",
    ],
    [
        "CALLBACK_NOT_FOUND",
        "The command names no callback, one that the tenant does not have, or two different ones.",
        "Send the `callbackId` of the result, or `scheduledBy` with source and id of the schedule command. After \
         `retention.callbacks` a fired callback is forgotten.",
    ],
    [
        "CALLBACK_ALREADY_DUE",
        "The due event of the callback has been published or is being published.",
        "Nothing can be changed any more: settle it with whoever routes the call, or schedule another callback.",
    ],
    [
        "CALLBACK_CANCELLED",
        "The callback was cancelled before.",
        "Schedule another callback, or do nothing if it was to be cancelled.",
    ],
    [
        "MALFORMED",
        "The record could not be read as a command. It stands in the dead-letter topic.",
        "The message says what is wrong and names the reason; the table of reasons says what to do.",
    ],
];

/// What a warning means, and what to do where that is not wanted: whole sentences.
pub const fn warning(warning: Warning) -> &'static str {
    match warning {
        Warning::AgentWithoutSkill => {
            "The target agent does not have the skill. The callback is queued to the agent all the same."
        }
        Warning::PhoneNumberNotAssigned => {
            "The number can be dialled, and is in no range that its country has assigned as far as is known. Check it with \
             the person if possible."
        }
        Warning::PhoneNumberAmbiguous => {
            "The number was written without `+` and read as one of the tenant's region; with a `+` in front the same digits \
             are a valid number too. Send numbers with `+` to leave no doubt."
        }
        Warning::LocalTimeAmbiguous => {
            "The clocks of the time zone show this local time twice, when summer time ends; the earlier instant was taken. \
             Send an offset for the later one."
        }
        Warning::TimeZoneAssumed => {
            "The date has no offset and the command no `timeZone`: the security user's or the tenant's time zone was taken. \
             Send one of them to leave no doubt."
        }
        Warning::Late => {
            "The date was ahead when the command was issued and past when it was decided. The callback is due at once."
        }
    }
}

/// What a reason of a dead letter means and what to do about it: whole sentences.
pub const fn reason(reason: MalformedReason) -> &'static str {
    match reason {
        MalformedReason::NullValue => {
            "The record has no value. A compacted topic's tombstones are no commands; send a JSON object."
        }
        MalformedReason::TooLarge => {
            "The value has more bytes than `limits.command_bytes`. Send less: `notes` is the longest field that is read."
        }
        MalformedReason::NotUtf8 => {
            "The value is not UTF-8, begins with a byte order mark, or has half of a surrogate pair in a key or in the type. \
             Write UTF-8 without a byte order mark."
        }
        MalformedReason::NotJson => "The value is no JSON text. Send one JSON object a record.",
        MalformedReason::NotAnObject => {
            "The JSON text, or the `data` of a structured event, is no object. A JSON text inside a JSON string was turned \
             into JSON twice; send the object itself."
        }
        MalformedReason::RepeatedKey => {
            "An object has the same key twice, at any depth. Which one counts would be a guess; send each key once."
        }
        MalformedReason::DataUnreadable => {
            "`data_base64` of a structured event is not base64, or stands beside `data`. Send one of the two."
        }
        MalformedReason::CommandIdMissing => {
            "There is no command id. It is `ce_id` in binary mode, `id` in structured mode, `commandId` in plain JSON."
        }
        MalformedReason::CommandIdUnreadable => "The command id is neither a text nor a whole number.",
        MalformedReason::CommandIdTooLong => "The command id is longer than a command id may be.",
        MalformedReason::SourceMissing => {
            "There is no source. It is `ce_source` in binary mode, `source` in the other forms."
        }
        MalformedReason::SourceUnreadable => "The source is no text.",
        MalformedReason::TimeUnreadable => {
            "The time is neither an instant of RFC 3339 nor a date and time with an offset. Without a time the record's \
             timestamp counts."
        }
        MalformedReason::TenantInvalid => {
            "The tenant is not made of one to 64 letters of ASCII, digits, `.`, `_` and `-`. Without one it is `default`."
        }
        MalformedReason::CorrelationIdUnreadable => "The correlation id is neither a text nor a whole number.",
        MalformedReason::CorrelationIdTooLong => "The correlation id is longer than a correlation id may be.",
        MalformedReason::AttributeControlCharacter => {
            "Command id, source or correlation id has a control character, which CloudEvents forbids. Look for line breaks \
             at their ends."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::every_violation;

    #[test]
    fn every_code_has_its_own_texts_and_its_branch() {
        let violations = every_violation();
        let codes: Vec<Code> = codes().collect();
        assert_eq!(codes.len(), Violation::CODES.len());
        let texts = [SECURITY_USER, SKILL, TARGET_AGENT, SCHEDULE_DATE, PHONE_NUMBER, DEFAULT].concat();
        assert_eq!(texts.len(), codes.len());
        for ((code, violation), [named, ..]) in codes.iter().zip(&violations).zip(texts) {
            assert_eq!((code.code, code.code), (violation.code(), named));
            assert_eq!(code.branch, violation.branch(), "{named}");
        }
    }

    #[test]
    fn every_text_is_whole_sentences() {
        let of_codes = codes().flat_map(|code| [code.cause, code.remedy]);
        let of_warnings = Warning::ALL.map(warning);
        for text in of_codes.chain(of_warnings).chain(MalformedReason::ALL.map(reason)) {
            assert!(text.ends_with('.') && !text.contains("  ") && text.len() > 20, "{text}");
        }
    }
}
