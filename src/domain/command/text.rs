//! What holds for every text of a command: JSON type, length, control characters
//! (docs/contract.md#the-schedule-command).

use crate::domain::answer::Violation;
use crate::domain::given::{Field, Given, Placed, Text};

/// The rule of one text field.
#[derive(Clone, Copy, Debug)]
pub struct TextRule {
    /// The field it is for.
    pub field: Field,
    /// The most it may have, in Unicode code points; `None` where other rules bound it.
    pub limit: Option<usize>,
    /// Whether tab, CR and LF are text and not control characters.
    pub layout: bool,
}

/// `caption`.
pub const CAPTION: TextRule = TextRule::line("caption", Some(200));
/// `firstName`.
pub const FIRST_NAME: TextRule = TextRule::line("firstName", Some(100));
/// `lastName`.
pub const LAST_NAME: TextRule = TextRule::line("lastName", Some(100));
/// `notes`: a text of several lines.
pub const NOTES: TextRule = TextRule { layout: true, ..TextRule::line("notes", Some(4_000)) };
/// `reason` of a cancel or reschedule.
pub const REASON: TextRule = TextRule::line("reason", Some(200));
/// `detail` of a report.
pub const DETAIL: TextRule = TextRule::line("detail", Some(200));
/// `outcome` of a report.
pub const OUTCOME: TextRule = TextRule::line("outcome", None);
/// `occurredAt` of a report.
pub const OCCURRED_AT: TextRule = TextRule::line("occurredAt", None);
/// `scriptType`.
pub const SCRIPT_TYPE: TextRule = TextRule::line(Field::SCRIPT_TYPE.0, None);
/// `timeZone`.
pub const TIME_ZONE: TextRule = TextRule::line("timeZone", None);
/// `securityUser`.
pub const SECURITY_USER: TextRule = TextRule::line(Field::SECURITY_USER.0, None);
/// Names and values of `variables`.
pub const VARIABLES: TextRule = TextRule::line("variables", None);
/// Elements of `definedBranches`.
pub const DEFINED_BRANCHES: TextRule = TextRule::line("definedBranches", None);
/// `callbackId`, where it is a text.
pub const CALLBACK_ID: TextRule = TextRule::line(Field::CALLBACK_ID.0, None);
/// Both texts of `scheduledBy`.
pub const SCHEDULED_BY: TextRule = TextRule::line(Field::SCHEDULED_BY.0, None);

impl TextRule {
    const fn line(field: &'static str, limit: Option<usize>) -> Self {
        Self { field: Field(field), limit, layout: false }
    }

    /// The text of an optional field.
    ///
    /// # Errors
    /// The field's first fault in the order of the table: too long, a control character, the wrong JSON type, a name
    /// that is nearly its own, half a surrogate pair.
    pub fn judge<'a>(&self, given: Given<Text<'a>>) -> Result<Option<Text<'a>>, Violation> {
        match given {
            Given::Absent => Ok(None),
            Given::Wrong(wrong) => Err(Violation::wrong(self.field, wrong)),
            Given::Value(text) => self.allow(&text).map(|()| Some(text)),
        }
    }

    /// Whether this text may stand in the field.
    ///
    /// # Errors
    /// The first fault in the order of the table: too long, a control character.
    pub fn allow(&self, text: &str) -> Result<(), Violation> {
        let field = self.field;
        // No text has more characters than bytes, so most need no counting.
        if let Some(limit) = self.limit.filter(|&limit| text.len() > limit) {
            let length = text.chars().count();
            if length > limit {
                return Err(Violation::FieldTooLong { field, limit, length });
            }
        }
        let refused = |c: char| c.is_control() && !(self.layout && matches!(c, '\t' | '\r' | '\n'));
        match Placed::first(text, refused) {
            Some(found) => Err(Violation::FieldControlCharacter { field, found }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(rule: TextRule, text: &str) -> Result<Option<Text<'_>>, Violation> {
        rule.judge(Given::Value(text.into()))
    }

    #[test]
    fn lengths_count_code_points_and_not_bytes() {
        let longest = "ñ".repeat(200);
        assert!(judge(CAPTION, &longest).is_ok());
        let longer = "ñ".repeat(201);
        let too_long = Violation::FieldTooLong { field: Field("caption"), limit: 200, length: 201 };
        assert_eq!(judge(CAPTION, &longer), Err(too_long));
    }

    #[test]
    fn every_character_of_category_cc_is_refused_and_only_notes_may_have_line_breaks() {
        for control in ["\u{0}", "\t", "\n", "\u{1f}", "\u{7f}", "\u{80}", "\u{9f}"] {
            let found = Placed { character: control.chars().next().unwrap(), position: 4 };
            let refused = Violation::FieldControlCharacter { field: FIRST_NAME.field, found };
            assert_eq!(judge(FIRST_NAME, &format!("Ana{control}")), Err(refused));
        }
        assert!(judge(NOTES, "a\tb\r\nc").is_ok());
        assert!(matches!(judge(NOTES, "\u{b}"), Err(Violation::FieldControlCharacter { .. })));
        assert!(judge(FIRST_NAME, "\u{a0}\u{ad}\u{200b}\u{2028}").is_ok());
    }

    #[test]
    fn a_text_that_is_too_long_and_has_a_control_character_is_too_long() {
        let text = "\n".repeat(201);
        assert!(matches!(judge(REASON, &text), Err(Violation::FieldTooLong { .. })));
    }
}
