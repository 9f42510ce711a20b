//! A result's data as the database keeps it: the same text, with what results repeat taken out of it.
//!
//! A result is 400 bytes, of which some 60 are its own. What the others say stands in a dictionary, and the stored text has
//! a control character in its place; JSON writes control characters as escapes, so none of them is ever the result's own.
//! The first character tells the dictionary: U+0001 is the one below, U+0002 the same with what only results of reports have,
//! and an opening brace none at all, as versions up to 0.1.0 stored them. What was stored is read for as long as it is
//! remembered, so a dictionary is never changed: a new one gets the next character, here and in the schema, where the function
//! `result_text` reads the same.
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

/// The first character where the texts below are in the dictionary, too.
const REPORT: u8 = 0x02;
/// How a result ends that is of no report.
const NO_REPORT: &str = "]}";
/// U+001D and six characters are an instant up to its fraction, as U+001C is a whole one.
const FRACTION_TOKEN: u8 = 0x1d;
const FRACTION: &[u8; 20] = b"20##-##-##T##:##:##.";
/// Behind the phrases: what only results of reports have.
const REPORT_PHRASES: &[&str] = &[
    r#"","extension":null,"violations":[],"warnings":[],"attempt":"#,
    r#","tries":"#,
    r#","status":"pending","nextAt":""#,
    r#"Z","reason":null}"#,
    r#"","reason":null}"#,
    r#","status":"accepted","nextAt":null,"reason":null}"#,
    r#","status":"completed","nextAt":null,"reason":"CONNECTED"}"#,
    r#","status":"completed","nextAt":null,"reason":""#,
    r#","status":"missed","nextAt":null,"reason":""#,
    r#","status":"expired","nextAt":null,"reason":"NOT_AFTER"}"#,
    r#"TRIES_EXHAUSTED"}"#,
    r#"PRESENTATIONS_EXHAUSTED"}"#,
    r#"HANDLED_ELSEWHERE"}"#,
    r#"REFUSED_BY_CONTACT"}"#,
    r#"DO_NOT_CALL"}"#,
    r#"WRONG_NUMBER"}"#,
    r#""}],"warnings":[],"attempt":null,"tries":null,"status":null,"nextAt":null,"reason":null}"#,
    r#"{"field":"attempt","code":"ATTEMPT_OVER","message":"This attempt is over: what came of it was reported before, or the callback has been presented again since; expected the `attempt` of the last due event."#,
    r#"{"field":"attempt","code":"ATTEMPT_NOT_FIRED","message":"This attempt has not been fired: it is still ahead, or there is none of this number; expected the `attempt` of a due event."#,
    r#"{"field":null,"code":"CALLBACK_NOT_TRACKED","message":"Nothing is reported of this callback, since its skill had no `lifecycle` in the directory when it was scheduled."#,
    r#"{"field":null,"code":"CALLBACK_ENDED","message":"The callback has ended as "#,
    ") and can no longer be changed.",
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
    let id = id.text();
    let (is_of_report, begin) = (!data.ends_with(NO_REPORT), out.len());
    let texts = if is_of_report { &*REPORT_TEXTS } else { &*TEXTS };
    let mut rest = data;
    // What stands before `rest` and is not written yet.
    let mut plain = 0;
    let mut last = 0;
    while plain < rest.len() {
        let ahead = &rest.as_bytes()[plain..];
        let Some((token, length)) = token(texts, ahead, if plain == 0 { last } else { 0 }, id) else {
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
    if is_of_report && let Some(first) = out.get_mut(begin) {
        *first = REPORT;
    }
}

/// The data of a result that was stored so.
///
/// # Errors
/// `UnknownWord` where it was stored by a later version, with a dictionary that this one does not have.
pub fn read(stored: &str, callback_id: Option<i64>) -> Result<String, UnknownWord> {
    let is_of_report = match stored.as_bytes().first() {
        Some(&first) if first == WORDS[0].0 => false,
        Some(&REPORT) => true,
        Some(first @ 0..b' ') => return Err(UnknownWord(char::from(*first))),
        _ => return Ok(stored.to_owned()),
    };
    let id = Digits::of(callback_id);
    let id = id.text();
    let mut data = String::with_capacity(512);
    data.push_str(WORDS[0].1);
    let mut rest = &stored[1..];
    while let Some(place) = rest.bytes().position(|byte| byte < b' ') {
        data.push_str(&rest[..place]);
        let token = rest.as_bytes()[place];
        rest = &rest[place + 1..];
        let unknown = UnknownWord(char::from(token));
        match token {
            SCHEDULED_TOKEN => [SCHEDULED.0, id, SCHEDULED.1].iter().for_each(|part| data.push_str(part)),
            CALLBACK_ID_TOKEN => data.push_str(id),
            FRACTION_TOKEN if !is_of_report => return Err(unknown),
            INSTANT_TOKEN | FRACTION_TOKEN => {
                let form = if token == INSTANT_TOKEN { INSTANT } else { FRACTION };
                let parts = rest.get(..6).ok_or(unknown)?;
                let mut parts = parts.bytes().map(|byte| byte.saturating_sub(ZERO));
                let mut digits = [0; 12];
                for pair in digits.chunks_exact_mut(2) {
                    let number = parts.next().unwrap_or(0);
                    pair.copy_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
                }
                let mut digits = digits.into_iter();
                let instant = form.iter().map(|byte| match byte {
                    b'#' => digits.next().unwrap_or(b'0'),
                    byte => *byte,
                });
                data.extend(instant.map(char::from));
                rest = &rest[6..];
            }
            PHRASE_TOKEN => {
                let number = rest.bytes().next().and_then(|byte| byte.checked_sub(FIRST_PHRASE));
                let phrase = number.and_then(|number| phrase(number.into(), is_of_report)).ok_or(unknown)?;
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

/// The phrase of that number.
fn phrase(number: usize, is_of_report: bool) -> Option<&'static str> {
    let of_reports = || REPORT_PHRASES.get(number.checked_sub(PHRASES.len())?).filter(|_| is_of_report);
    PHRASES.get(number).or_else(of_reports).copied()
}

/// What stands for a text.
#[derive(Clone, Copy)]
enum Token {
    One(u8),
    Phrase(u8),
    /// Its token and its parts.
    Instant(u8, [u8; 6]),
}

impl Token {
    const fn first(self) -> u8 {
        match self {
            Self::One(token) | Self::Instant(token, _) => token,
            Self::Phrase(_) => PHRASE_TOKEN,
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        out.push(self.first());
        match self {
            Self::One(_) => {}
            Self::Phrase(number) => out.push(FIRST_PHRASE + number),
            Self::Instant(_, parts) => out.extend_from_slice(&parts),
        }
    }
}

/// The longest text at the beginning of `ahead` that something stands for, and its length; `last` is the token right
/// before it, if there is one.
fn token(texts: &Texts, ahead: &[u8], last: u8, id: &str) -> Option<(Token, usize)> {
    if last == BEFORE_CALLBACK_ID && !id.is_empty() && ahead.starts_with(id.as_bytes()) {
        let is_whole = !ahead.get(id.len()).is_some_and(u8::is_ascii_digit);
        return is_whole.then_some((Token::One(CALLBACK_ID_TOKEN), id.len()));
    }
    match ahead {
        [b'2', ..] => texts
            .instants
            .iter()
            .find_map(|(token, form)| instant(ahead, form).map(|parts| (Token::Instant(*token, parts), form.len()))),
        [first, _, _, fourth, ..] if texts.begin_with[usize::from(*first)] => {
            if let Some(length) = scheduled(ahead, id) {
                return Some((Token::One(SCHEDULED_TOKEN), length));
            }
            let known = &texts.by_fourth[usize::from(*fourth)];
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
fn instant(ahead: &[u8], form: &[u8; 20]) -> Option<[u8; 6]> {
    let text = ahead.get(..form.len())?;
    let mut digits = [0; 12];
    let mut places = digits.iter_mut();
    for (byte, form) in text.iter().zip(form) {
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

/// Words and phrases, to be found by what a text begins with; and the forms of instants.
struct Texts {
    instants: &'static [(u8, &'static [u8; 20])],
    /// The first bytes there are.
    begin_with: [bool; 256],
    /// By their fourth byte, which tells most of them apart; the longest first.
    by_fourth: [Vec<(Token, &'static str)>; 256],
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(&[(INSTANT_TOKEN, INSTANT)], &[]));
/// Those of the results of reports.
static REPORT_TEXTS: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(&[(INSTANT_TOKEN, INSTANT), (FRACTION_TOKEN, FRACTION)], REPORT_PHRASES));

impl Texts {
    fn of(instants: &'static [(u8, &'static [u8; 20])], more: &[&'static str]) -> Self {
        let mut texts = Self { instants, begin_with: [false; 256], by_fourth: [const { Vec::new() }; 256] };
        let words = WORDS.iter().map(|(token, word)| (Token::One(*token), *word));
        let phrases = PHRASES.iter().chain(more).zip(0..).map(|(phrase, number)| (Token::Phrase(number), *phrase));
        for (token, text) in words.chain(phrases) {
            texts.begin_with[usize::from(text.as_bytes()[0])] = true;
            texts.by_fourth[usize::from(text.as_bytes()[3])].push((token, text));
        }
        for texts in &mut texts.by_fourth {
            texts.sort_by_key(|(_, text)| Reverse(text.len()));
        }
        texts
    }
}

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
        for (later, word) in [
            ("\u{3}{", '\u{3}'),
            ("\u{1}\u{1d}B3?7((", '\u{1d}'),
            ("\u{1}\u{1f}T", '\u{1f}'),
            ("\u{2}\u{1e}", '\u{1e}'),
            ("\u{2}\u{1f}~", '\u{1f}'),
        ] {
            assert_eq!(read(later, None), Err(UnknownWord(word)));
        }
        assert_eq!(read("\u{1}\u{1c}((", None), Err(UnknownWord('\u{1c}')));
        assert_eq!(read("\u{1}\u{1f}é", None), Err(UnknownWord('\u{1f}')));
    }

    #[test]
    fn what_results_of_reports_repeat_is_not_stored() {
        let plain = SUCCESS.strip_suffix('}').unwrap();
        let of = |progress: &str| format!("{plain},{progress}}}");
        let begin = "\u{2}c-1\u{2}Call \\\"Ana\\\"\u{b}\u{1c}B3?7((\u{e}1234\u{f}4711\u{10}14155552671\u{1f}T";
        for (progress, expected) in [
            (
                r#""attempt":2,"tries":1,"status":"pending","nextAt":"2026-11-23T15:30:00.123456Z","reason":null"#,
                "2\u{1f}U1\u{1f}V\u{1d}B3?7F(123456\u{1f}W",
            ),
            (
                r#""attempt":2,"tries":1,"status":"pending","nextAt":"2026-11-23T15:30:00Z","reason":null"#,
                "2\u{1f}U1\u{1f}V\u{1c}B3?7F(\u{1f}X",
            ),
            (r#""attempt":1,"tries":0,"status":"accepted","nextAt":null,"reason":null"#, "1\u{1f}U0\u{1f}Y"),
            (r#""attempt":1,"tries":0,"status":"completed","nextAt":null,"reason":"CONNECTED""#, "1\u{1f}U0\u{1f}Z"),
            (
                r#""attempt":3,"tries":3,"status":"missed","nextAt":null,"reason":"TRIES_EXHAUSTED""#,
                "3\u{1f}U3\u{1f}\\\u{1f}^",
            ),
        ] {
            assert_eq!(stored(&of(progress), Some(1_073_743_450)), format!("{begin}{expected}"));
        }
        let refused = concat!(
            r#"{"commandId":"c-1","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"#,
            r#""scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"attempt","#,
            r#""code":"ATTEMPT_OVER","message":"This attempt is over: what came of it was reported before, or the callback has "#,
            r#"been presented again since; expected the `attempt` of the last due event."}],"warnings":[],"attempt":null,"#,
            r#""tries":null,"status":null,"nextAt":null,"reason":null}"#,
        );
        assert_eq!(stored(refused, None), "\u{2}c-1\u{4}Default\u{5}Default\u{6}\u{1a}\u{1f}e\u{1f}d");
    }

    /// The texts of refusals that are in the dictionary are those that the program writes.
    #[test]
    fn what_reports_are_refused_with_is_in_the_dictionary() {
        use crate::domain::answer::{DefinedBranches, Reply, Violation};
        use crate::domain::life::{Reason, Status};
        let ended = Violation::CallbackEnded { status: Status::Completed, reason: Reason::Connected };
        for violation in [Violation::AttemptOver, Violation::AttemptNotFired, Violation::CallbackNotTracked, ended] {
            let mut data = Vec::new();
            let reply = Reply::refused(None, &violation.into(), DefinedBranches::default()).to_report(true);
            crate::wire::result::write_data(&mut data, Some("r-1"), &reply);
            let stored = stored(str::from_utf8(&data).unwrap(), None);
            assert!(
                stored.len() < 50 && data.len() > 350,
                "{} bytes are stored as {}: {stored:?}",
                data.len(),
                stored.len()
            );
        }
    }

    /// One text that has every word, alone and before others.
    #[test]
    fn every_word_comes_back() {
        let texts = WORDS.iter().map(|(_, word)| *word).chain(PHRASES.iter().copied());
        let texts = texts.chain(REPORT_PHRASES.iter().copied());
        let texts: Vec<_> = texts
            .chain([
                "2026-02-03T04:05:06.070809Z",
                NO_REPORT,
                SCHEDULED.0,
                SCHEDULED.1,
                "2026-02-03T04:05:06Z",
                "7",
                "x",
            ])
            .collect();
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
        let migration = include_str!("../postgres/migrations/0008_reports.sql");
        let in_sql = |texts: &[&str]| {
            let texts: Vec<_> = texts.iter().map(|text| format!("        '{}'", text.replace('\'', "''"))).collect();
            texts.join(",\n")
        };
        let tokens: Vec<_> = WORDS.iter().map(|(token, _)| token.to_string()).collect();
        assert!(migration.contains(&format!("tokens constant integer[] := array[{}];", tokens.join(", "))));
        let words: Vec<_> = WORDS.iter().map(|(_, word)| *word).collect();
        let phrases = [PHRASES, REPORT_PHRASES].concat();
        for (name, texts) in [("words", &*words), ("phrases", &*phrases)] {
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
                    proptest::sample::select([PHRASES, REPORT_PHRASES].concat()).prop_map(str::to_owned),
                    "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\\.[0-9]{6}Z)",
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
