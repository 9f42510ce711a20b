//! A result's data as the database keeps it: the same text, with what results repeat taken out of it.
//!
//! A result is 400 bytes, of which some 60 are its own. What the others say stands in a dictionary, and the stored text has
//! a control character in its place; JSON writes control characters as escapes, so none of them is ever the result's own.
//! The first character tells the dictionary: U+0001 is the one below, and an opening brace none at all, as versions up to
//! 0.1.0 stored them. What was stored is read for as long as it is remembered, so a dictionary is never changed: a new one
//! gets the next character, here and in the schema, where the function `result_text` reads the same.
//!
//! Whatever JSON is written comes back byte for byte, also a result that no word fits.

use std::cmp::Reverse;
use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;

/// A character for each of these texts.
const WORDS: &[(u8, &str)] = &[
    (0x01, r#"{"commandId":""#),
    (0x04, r#"","branch":""#),
    (0x05, r#"","condition":""#),
    (0x06, r#"","callbackId":"#),
    (0x07, r#","revision":"#),
    (0x08, r#","caption":""#),
    (0x0b, r#"","scheduledFor":""#),
    (0x0c, r#"","target":{"type":"skill","skillId":""#),
    (0x0e, r#"","target":{"type":"agent","agentId":""#),
    (0x0f, r#"","skillId":""#),
    (0x10, r#""},"phoneNumber":"+"#),
    (0x11, r#"","extension":null,"violations":[],"warnings":[]}"#),
    (0x12, r#"","extension":""#),
    (0x13, r#"","extension":null,"violations":[],"warnings":[""#),
    (0x14, r#"","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":["#),
    (0x15, r#",{"field":""#),
    (0x16, r#"","code":""#),
    (0x17, r#"","message":""#),
    (0x18, r#""}],"warnings":[]}"#),
    (0x19, r#","revision":null,"caption":""#),
    (
        0x1a,
        r#"null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":["#,
    ),
    (0x1b, r#","caption":null,"scheduledFor":""#),
];

/// U+0002 is this text with the callback's id in the middle, and U+0003 the id alone.
const SCHEDULED: (&str, &str) =
    (r#"","branch":"Success","condition":"Success","callbackId":"#, r#","revision":1,"caption":""#);
const SCHEDULED_TOKEN: u8 = 0x02;
const CALLBACK_ID_TOKEN: u8 = 0x03;
/// The word behind which the callback's id may stand.
const BEFORE_CALLBACK_ID: u8 = 0x06;

/// U+001C and six characters are an instant of a whole second, `2026-11-23T15:00:00Z`: the year's last two digits, month,
/// day, hour, minute and second, each as the character that many behind `(`.
const INSTANT_TOKEN: u8 = 0x1c;
const INSTANT: &[u8; 20] = b"20##-##-##T##:##:##Z";
const ZERO: u8 = b'(';

/// U+001F and a character are one of these, counted from `0`: texts of refusals.
const PHRASE_TOKEN: u8 = 0x1f;
const FIRST_PHRASE: u8 = b'0';
const PHRASES: &[&str] = &[
    r#"","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":""#,
    r#"","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":""#,
    r#"","branch":"InvalidTargetAgentId","condition":"InvalidTargetAgentId","callbackId":null,"revision":null,"caption":""#,
    r#"","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":""#,
    r#"","branch":"InvalidPhoneNumber","condition":"InvalidPhoneNumber","callbackId":null,"revision":null,"caption":""#,
    r#"","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":""#,
    r#"{"field":"securityUser","code":"SECURITY_USER_UNKNOWN","message":"The directory has no such security user; expected the name of an existing one."#,
    r#"{"field":"securityUser","code":"SECURITY_USER_INACTIVE","message":"The security user is inactive, or its agent is inactive or missing."#,
    r#"{"field":"securityUser","code":"SECURITY_USER_FORBIDDEN","message":"The security user lacks the permission for this: `commitments:create` to schedule a callback, `commitments:manage` to cancel or reschedule one."#,
    r#"{"field":"skillId","code":"SKILL_UNKNOWN","message":"The directory has no skill with this id."#,
    r#"{"field":"skillId","code":"SKILL_INACTIVE","message":"The skill is inactive; expected an active skill."#,
    r#"{"field":"skillId","code":"SKILL_NOT_OUTBOUND_PHONE","message":"The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`."#,
    r#"{"field":"targetAgentId","code":"TARGET_AGENT_UNKNOWN","message":"The directory has no agent with this id."#,
    r#"{"field":"targetAgentId","code":"TARGET_AGENT_INACTIVE","message":"The target agent is inactive; expected an active agent."#,
    r#"{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read: it "#,
    r#"{"field":"scheduleDate","code":"SCHEDULE_DATE_IN_PAST","message":"The schedule date lies before the time of the command, "#,
    r#"{"field":"scheduleDate","code":"SCHEDULE_DATE_TOO_FAR","message":"The date lies further ahead than callbacks to this skill may be scheduled; it must be at most "#,
    r#"{"field":"phoneNumber","code":"PHONE_NUMBER_"#,
    r#","message":"The phone number "#,
    "has none of the forms of a date",
    "; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z.",
    ", where no date has one",
    ": it was read as ",
    " by the time zone ",
    " (the command's `timeZone`).",
    r#"{"field":null,"code":"CALLBACK_ALREADY_DUE","message":"The callback is already due and can no longer be changed or cancelled."#,
    r#"{"field":null,"code":"CALLBACK_CANCELLED","message":"The callback was cancelled before and can no longer be changed."#,
    r#"{"field":"commandId","code":"COMMAND_ID_REUSED","message":"This command id was used before by the same source for a command with other content; every command needs an id of its own."#,
    "; name one of your own tenant by `callbackId`, or by `scheduledBy` with the source and id of the command that scheduled it, and where both are given they must name the same one.",
    r#","code":"CALLBACK_NOT_FOUND","message":"There is no such callback"#,
    r#"{"field":"securityUser","code":"SECURITY_USER_"#,
    r#"{"field":"skillId","code":"SKILL_"#,
    r#"{"field":"targetAgentId","code":"TARGET_AGENT_"#,
    r#"{"field":"scheduleDate","code":"SCHEDULE_DATE_"#,
    r#"","branch":"Success","condition":"Success","callbackId":"#,
    r#"","branch":"Default","condition":"Invalid"#,
];

/// A stored text that no dictionary of this version reads.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a stored result has {0:?}, which this version cannot read")]
pub struct UnknownWord(char);

/// Appends the data of a result as it is to be stored, given the callback's id that is stored beside it.
pub fn write(out: &mut Vec<u8>, data: &str, callback_id: Option<i64>) {
    if !data.starts_with(WORDS[0].1) || data.bytes().any(|byte| byte < b' ') {
        out.extend_from_slice(data.as_bytes());
        return;
    }
    let id = Digits::of(callback_id);
    let mut rest = data;
    // What stands before `rest` and is not written yet.
    let mut plain = 0;
    let mut last = 0;
    while plain < rest.len() {
        let ahead = &rest.as_bytes()[plain..];
        let Some((token, length)) = token(ahead, if plain == 0 { last } else { 0 }, id.text()) else {
            plain += 1;
            continue;
        };
        out.extend_from_slice(&rest.as_bytes()[..plain]);
        token.write(out);
        last = token.first();
        rest = &rest[plain + length..];
        plain = 0;
    }
    out.extend_from_slice(rest.as_bytes());
}

/// The data of a result that was stored so.
///
/// # Errors
/// `UnknownWord` where it was stored by a later version, with a dictionary that this one does not have.
pub fn read(stored: &str, callback_id: Option<i64>) -> Result<String, UnknownWord> {
    if !stored.starts_with(char::from(WORDS[0].0)) {
        return match stored.chars().next() {
            Some(first @ '\0'..' ') => Err(UnknownWord(first)),
            _ => Ok(stored.to_owned()),
        };
    }
    let id = Digits::of(callback_id);
    let mut data = String::with_capacity(512);
    let mut rest = stored;
    while let Some(place) = rest.bytes().position(|byte| byte < b' ') {
        data.push_str(&rest[..place]);
        let token = rest.as_bytes()[place];
        rest = &rest[place + 1..];
        let unknown = UnknownWord(char::from(token));
        match token {
            SCHEDULED_TOKEN => [SCHEDULED.0, id.text(), SCHEDULED.1].iter().for_each(|part| data.push_str(part)),
            CALLBACK_ID_TOKEN => data.push_str(id.text()),
            INSTANT_TOKEN => {
                let parts = rest.get(..6).ok_or(unknown)?;
                let mut parts = parts.bytes().map(|byte| byte.saturating_sub(ZERO));
                let mut digits = [0; 12];
                for pair in digits.chunks_exact_mut(2) {
                    let number = parts.next().unwrap_or(0);
                    pair.copy_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
                }
                let mut digits = digits.into_iter();
                let instant = INSTANT.iter().map(|byte| match byte {
                    b'#' => digits.next().unwrap_or(b'0'),
                    byte => *byte,
                });
                data.extend(instant.map(char::from));
                rest = &rest[6..];
            }
            PHRASE_TOKEN => {
                let number = rest.bytes().next().and_then(|byte| byte.checked_sub(FIRST_PHRASE));
                let phrase = number.and_then(|number| PHRASES.get(usize::from(number))).ok_or(unknown)?;
                data.push_str(phrase);
                rest = &rest[1..];
            }
            token => {
                let word = WORDS.iter().find(|(known, _)| *known == token).ok_or(unknown)?;
                data.push_str(word.1);
            }
        }
    }
    data.push_str(rest);
    Ok(data)
}

/// What stands for a text.
#[derive(Clone, Copy)]
enum Token {
    One(u8),
    Phrase(u8),
    Instant([u8; 6]),
}

impl Token {
    const fn first(self) -> u8 {
        match self {
            Self::One(token) => token,
            Self::Phrase(_) => PHRASE_TOKEN,
            Self::Instant(_) => INSTANT_TOKEN,
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        out.push(self.first());
        match self {
            Self::One(_) => {}
            Self::Phrase(number) => out.push(FIRST_PHRASE + number),
            Self::Instant(parts) => out.extend_from_slice(&parts),
        }
    }
}

/// The longest text at the beginning of `ahead` that something stands for, and its length; `last` is the token right
/// before it, if there is one.
fn token(ahead: &[u8], last: u8, id: &str) -> Option<(Token, usize)> {
    if last == BEFORE_CALLBACK_ID && !id.is_empty() && ahead.starts_with(id.as_bytes()) {
        let is_whole = !ahead.get(id.len()).is_some_and(u8::is_ascii_digit);
        return is_whole.then_some((Token::One(CALLBACK_ID_TOKEN), id.len()));
    }
    match ahead {
        [b'2', ..] => instant(ahead).map(|parts| (Token::Instant(parts), INSTANT.len())),
        [first, _, _, fourth, ..] if TEXTS.begin_with[usize::from(*first)] => {
            if let Some(length) = scheduled(ahead, id) {
                return Some((Token::One(SCHEDULED_TOKEN), length));
            }
            let known = &TEXTS.by_fourth[usize::from(*fourth)];
            let found = known.iter().find(|(_, text)| ahead.starts_with(text.as_bytes()))?;
            Some((found.0, found.1.len()))
        }
        _ => None,
    }
}

/// The length of what U+0002 stands for, where `ahead` begins so.
fn scheduled(ahead: &[u8], id: &str) -> Option<usize> {
    let behind = ahead.strip_prefix(SCHEDULED.0.as_bytes())?.strip_prefix(id.as_bytes())?;
    let behind = behind.strip_prefix(SCHEDULED.1.as_bytes())?;
    (!id.is_empty()).then_some(ahead.len() - behind.len())
}

/// The parts of the instant at the beginning of `ahead`, where it can be told by six characters.
fn instant(ahead: &[u8]) -> Option<[u8; 6]> {
    let text = ahead.get(..INSTANT.len())?;
    let mut digits = [0; 12];
    let mut places = digits.iter_mut();
    for (byte, form) in text.iter().zip(INSTANT) {
        match form {
            b'#' => *places.next()? = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?,
            form if form == byte => {}
            _ => return None,
        }
    }
    let mut parts = [0; 6];
    for (part, pair) in parts.iter_mut().zip(digits.chunks_exact(2)) {
        // Up to the last visible character of ASCII, which leaves the years to 2086.
        *part = Some(ZERO + pair[0] * 10 + pair[1]).filter(|part| *part <= b'~')?;
    }
    Some(parts)
}

/// Words and phrases, to be found by what a text begins with.
struct Texts {
    /// The first bytes there are.
    begin_with: [bool; 256],
    /// By their fourth byte, which tells most of them apart; the longest first.
    by_fourth: [Vec<(Token, &'static str)>; 256],
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let mut texts = Texts { begin_with: [false; 256], by_fourth: [const { Vec::new() }; 256] };
    let words = WORDS.iter().map(|(token, word)| (Token::One(*token), *word));
    let phrases = PHRASES.iter().zip(0..).map(|(phrase, number)| (Token::Phrase(number), *phrase));
    for (token, text) in words.chain(phrases) {
        texts.begin_with[usize::from(text.as_bytes()[0])] = true;
        texts.by_fourth[usize::from(text.as_bytes()[3])].push((token, text));
    }
    for texts in &mut texts.by_fourth {
        texts.sort_by_key(|(_, text)| Reverse(text.len()));
    }
    texts
});

/// A number in digits, or nothing.
struct Digits {
    text: [u8; 20],
    length: usize,
}

impl Digits {
    fn of(number: Option<i64>) -> Self {
        let mut digits = Self { text: [0; 20], length: 0 };
        if let Some(number) = number {
            // Twenty characters hold every one.
            fmt::write(&mut digits, format_args!("{number}")).ok();
        }
        digits
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.text.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored(data: &str, callback_id: Option<i64>) -> String {
        let mut out = Vec::new();
        write(&mut out, data, callback_id);
        let out = String::from_utf8(out).unwrap();
        assert_eq!(read(&out, callback_id).as_deref(), Ok(data), "{out:?}");
        out
    }

    const SUCCESS: &str = concat!(
        r#"{"commandId":"c-1","branch":"Success","condition":"Success","callbackId":1073743450,"revision":1,"#,
        r#""caption":"Call \"Ana\"","scheduledFor":"2026-11-23T15:00:00Z","#,
        r#""target":{"type":"agent","agentId":"1234","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"#,
        r#""violations":[],"warnings":[]}"#,
    );

    #[test]
    fn what_results_repeat_is_not_stored() {
        let out = stored(SUCCESS, Some(1_073_743_450));
        let expected = "\u{1}c-1\u{2}Call \\\"Ana\\\"\u{b}\u{1c}B3?7((\u{e}1234\u{f}4711\u{10}14155552671\u{11}";
        assert_eq!(out, expected);
        // Of another callback, as after a change by hand, it is longer, and comes back all the same.
        for other in [None, Some(7), Some(107_374_345), Some(-1)] {
            assert!(stored(SUCCESS, other).len() > out.len());
        }
    }

    #[test]
    fn what_an_earlier_version_stored_is_read_and_what_a_later_one_did_is_refused() {
        assert_eq!(read(SUCCESS, None).as_deref(), Ok(SUCCESS));
        assert_eq!(read("", None).as_deref(), Ok(""));
        for (later, word) in [("\u{2}{", '\u{2}'), ("\u{1}\u{1d}", '\u{1d}'), ("\u{1}\u{1f}~", '\u{1f}')] {
            assert_eq!(read(later, None), Err(UnknownWord(word)));
        }
        assert_eq!(read("\u{1}\u{1c}((", None), Err(UnknownWord('\u{1c}')));
        assert_eq!(read("\u{1}\u{1f}é", None), Err(UnknownWord('\u{1f}')));
    }

    /// One text that has every word, alone and before others.
    #[test]
    fn every_word_comes_back() {
        let texts = WORDS.iter().map(|(_, word)| *word).chain(PHRASES.iter().copied());
        let texts: Vec<_> = texts.chain([SCHEDULED.0, SCHEDULED.1, "2026-02-03T04:05:06Z", "7", "x"]).collect();
        for one in &texts {
            for other in &texts {
                stored(&format!("{}{one}{other}", WORDS[0].1), Some(7));
            }
        }
        let tokens: std::collections::BTreeSet<_> = WORDS.iter().map(|(token, _)| *token).collect();
        assert_eq!(tokens.len(), WORDS.len());
        assert!(
            tokens.iter().all(|token| *token < b' ' && !matches!(token, 0 | 2 | 3 | b'\t' | b'\n' | b'\r' | 0x1c..))
        );
        assert!(texts.iter().all(|text| text.bytes().all(|byte| byte >= b' ')));
    }

    /// The schema's function has the same dictionary, word by word.
    #[test]
    fn the_schema_has_the_same_dictionary() {
        let migration = include_str!("../postgres/migrations/0006_bytes.sql");
        let in_sql = |texts: &[&str]| {
            let texts: Vec<_> = texts.iter().map(|text| format!("        '{}'", text.replace('\'', "''"))).collect();
            texts.join(",\n")
        };
        let tokens: Vec<_> = WORDS.iter().map(|(token, _)| token.to_string()).collect();
        assert!(migration.contains(&format!("tokens constant integer[] := array[{}];", tokens.join(", "))));
        let words: Vec<_> = WORDS.iter().map(|(_, word)| *word).collect();
        for (name, texts) in [("words", &*words), ("phrases", PHRASES)] {
            assert!(
                migration.contains(&format!("{name} constant text[] := array[\n{}\n    ];", in_sql(texts))),
                "{name}"
            );
        }
        assert!(
            migration.contains(&format!("'{}' || coalesce(callback_id::text, '') || '{}'", SCHEDULED.0, SCHEDULED.1))
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_comes_back(
            parts in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(WORDS.iter().map(|(_, word)| (*word).to_owned()).collect::<Vec<_>>()),
                    proptest::sample::select(PHRASES.iter().map(|phrase| (*phrase).to_owned()).collect::<Vec<_>>()),
                    "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
                    "[0-9]{1,3}",
                    "\\PC{0,12}",
                    "[\u{0}-\u{20}é📞\"{,]{0,3}",
                ],
                0..12,
            ),
            begins in any::<bool>(),
            callback_id in proptest::option::of(prop_oneof![0..200_i64, any::<i64>()]),
        ) {
            let data = format!("{}{}", if begins { WORDS[0].1 } else { "{" }, parts.concat());
            stored(&data, callback_id);
        }
    }
}
