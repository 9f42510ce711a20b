//! Every code that can stand in a result or a dead letter, in words: what it means, and what to do about it.
//!
//! docs/contract.md and the AsyncAPI document show these texts. They are not the messages that results carry: those say
//! what is wrong with one value (`domain::explain`), these what the code means in general.

mod texts;

use self::texts::{DEFAULT, PHONE_NUMBER, SCHEDULE_DATE, SECURITY_USER, SKILL, TARGET_AGENT};
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
