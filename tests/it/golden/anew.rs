//! What this version decides otherwise than an earlier one did, command by command: nothing else may differ, and each of
//! these must.

use serde_json::{Value, json};

use super::messages::Golden;

/// How an answer differs from the one that was kept.
#[derive(Clone, Copy, Debug)]
pub enum Difference {
    /// The messages of its violations say more.
    Message,
    /// The same, and the violation's field is the one that was given.
    MessageAndField(&'static str),
    /// It has this warning more.
    Warning(&'static str),
    /// The message and the detail of the dead letter say more; the result's id is a digest of the detail.
    Detail,
    /// The record is read now: its dead letter is gone, or has this reason, and its result has this code.
    Otherwise(Option<&'static str>, &'static str),
}

use Difference::{Detail, Message, MessageAndField, Otherwise, Warning};

/// Version 0.1 to 0.2, by the keys of the records. Those that begin with `contact` were remembered and are answered with
/// the old bytes as long as they are; those that begin with `malformed` never were.
const SINCE_0_1: [(&str, Difference); 37] = [
    // A time zone that the command does not name is a warning.
    ("contact-national-binary", Warning("TIME_ZONE_ASSUMED")),
    ("contact-national-structured", Warning("TIME_ZONE_ASSUMED")),
    ("contact-national-plain", Warning("TIME_ZONE_ASSUMED")),
    // Messages say what is wrong with this value.
    ("contact-everything-wrong-binary", Message),
    ("contact-everything-wrong-structured", Message),
    ("contact-everything-wrong-plain", Message),
    ("contact-wrong-types-binary", Message),
    ("contact-wrong-types-structured", Message),
    ("contact-wrong-types-plain", Message),
    ("contact-in-past-binary", Message),
    ("contact-in-past-structured", Message),
    ("contact-in-past-plain", Message),
    ("contact-too-far-binary", Message),
    ("contact-too-far-structured", Message),
    ("contact-too-far-plain", Message),
    ("contact-unsupported-binary", Message),
    ("contact-unsupported-structured", Message),
    ("contact-unsupported-plain", Message),
    ("contact-no-type-binary", Message),
    ("contact-no-type-structured", Message),
    ("contact-no-type-plain", Message),
    // The field of CALLBACK_NOT_FOUND is the one that was given.
    ("contact-move-nothing-binary", MessageAndField("callbackId")),
    ("contact-move-nothing-structured", MessageAndField("callbackId")),
    ("contact-move-nothing-plain", MessageAndField("callbackId")),
    // MALFORMED says why.
    ("malformed-null", Message),
    ("malformed-not-json", Message),
    ("malformed-not-utf8", Message),
    ("malformed-not-an-object", Message),
    ("malformed-repeated", Message),
    ("malformed-no-source", Message),
    ("malformed-tenant", Message),
    ("malformed-correlation", Message),
    ("malformed-control", Message),
    ("malformed-data", Message),
    ("malformed-time", Detail),
    // Half a surrogate pair in a field that nobody reads is ignored: this one has an id, and no source.
    ("malformed-surrogate", Otherwise(Some("SOURCE_MISSING"), "MALFORMED")),
    // A number is an id, and this command's security user is missing.
    ("malformed-id-type", Otherwise(None, "COMMAND_TYPE_UNSUPPORTED")),
];

/// Holds what was made against what is kept, in the order of the commands. `remembered`: the decisions come from the
/// database of that version, so that only what was never remembered may differ.
pub fn compare(version: &str, made: &[Golden], kept: &[Golden], remembered: bool) {
    let known = if version == "v0.1.0" { &SINCE_0_1[..] } else { &[] };
    let mut made = made.iter().peekable();
    let mut seen = Vec::new();
    for chunk in kept.chunk_by(|one, next| one.key == next.key) {
        let key = String::from_utf8(chunk[0].key.clone().unwrap()).unwrap();
        let mut now = Vec::new();
        while let Some(made) = made.next_if(|made| made.key == chunk[0].key) {
            now.push(made);
        }
        let difference = known.iter().find(|(of, _)| *of == key && !(remembered && key.starts_with("contact")));
        let Some((_, difference)) = difference else {
            assert_eq!(lines(now), lines(chunk), "{key}");
            continue;
        };
        assert_ne!(lines(now.iter().copied()), lines(chunk), "{key} differs no more");
        differs_only(*difference, &key, &now, chunk);
        seen.push(key);
    }
    assert!(made.next().is_none(), "more than was kept");
    let expected = known.iter().filter(|(key, _)| !(remembered && key.starts_with("contact")));
    assert_eq!(seen.len(), expected.count(), "{seen:?}");
}

/// Takes out of a due event what versions before 0.2 did not have: `notAfter`, which is null where no command has one.
pub fn as_it_was(data: &mut Vec<u8>) {
    let text = String::from_utf8(std::mem::take(data)).unwrap();
    let (before, behind) = text.split_once(r#""notAfter":null,"#).unwrap_or_else(|| panic!("no notAfter in {text}"));
    *data = format!("{before}{behind}").into_bytes();
}

/// How many commands were not decided by that version and are by this one.
pub fn decided_now(version: &str) -> usize {
    let known = if version == "v0.1.0" { &SINCE_0_1[..] } else { &[] };
    known.iter().filter(|(_, difference)| matches!(difference, Otherwise(None, _))).count()
}

fn lines<'a>(messages: impl IntoIterator<Item = &'a Golden>) -> Vec<String> {
    messages.into_iter().map(Golden::line).collect()
}

fn differs_only(difference: Difference, key: &str, now: &[&Golden], before: &[Golden]) {
    if let Otherwise(reason, code) = difference {
        let (letters, results): (Vec<&Golden>, Vec<&Golden>) = now.iter().partition(|made| made.is_dead_letter());
        assert_eq!(letters.first().and_then(|letter| letter.header("dlq-reason")), reason.map(str::to_owned), "{key}");
        let [result] = results[..] else { panic!("{key}: {} results", results.len()) };
        assert_eq!(result.data()["violations"][0]["code"], code, "{key}");
        return;
    }
    assert_eq!(now.len(), before.len(), "{key}");
    for (now, before) in now.iter().zip(before) {
        if now.is_dead_letter() {
            assert_eq!(without_headers(now, difference), without_headers(before, difference), "{key}");
            continue;
        }
        let (mut data, mut data_before) = (now.data(), before.data());
        match difference {
            Warning(warning) => {
                let warnings = data_before["warnings"].as_array_mut().unwrap();
                warnings.push(json!(warning));
            }
            MessageAndField(field) => {
                assert_eq!(
                    (&data["violations"][0]["field"], &data_before["violations"][0]["field"]),
                    (&json!(field), &Value::Null)
                );
                data["violations"][0]["field"].take();
            }
            Message | Detail | Otherwise(..) => {}
        }
        for data in [&mut data, &mut data_before] {
            for violation in data["violations"].as_array_mut().unwrap() {
                violation["message"].take();
            }
        }
        assert_eq!(data, data_before, "{key}");
        assert_eq!(without_headers(now, difference), without_headers(before, difference), "{key}");
    }
}

/// The line without its value, and without what a difference of the detail makes differ.
fn without_headers(message: &Golden, difference: Difference) -> Value {
    let mut line: Value = serde_json::from_str(&message.line()).unwrap();
    if !message.is_dead_letter() {
        line["value"].take();
    }
    if matches!(difference, Detail) {
        line["headers"].as_array_mut().unwrap().retain(|header| header[0] != "dlq-detail" && header[0] != "ce_id");
    }
    line
}
