//! W3C Trace Context (level 2) in and out. No randomness: the same message carries the same ids whenever it is written.

use std::fmt;

use crate::domain::given::TraceContext;
use crate::domain::ids::Fingerprint;

/// The longest `tracestate` that is passed on, in bytes: what every party must at least propagate (§3.3.1.5).
const MAX_TRACESTATE_BYTES: usize = 512;

/// The flags that level 2 knows, `sampled` and `random-trace-id`; others must not be passed on (§3.2.2.5).
const KNOWN_FLAGS: u8 = 0b11;

/// Keeps a command's trace context where `traceparent` is well-formed, as §4.3 has it: a broken one is ignored, and
/// its `tracestate` with it.
pub fn read(traceparent: Option<&str>, tracestate: Option<&str>) -> Option<TraceContext> {
    let traceparent = traceparent.filter(|text| Traceparent::parse(text).is_some())?;
    let is_passable = |text: &&str| {
        let is_visible = |byte: u8| (b' '..=b'~').contains(&byte) || byte == b'\t';
        !text.is_empty() && text.len() <= MAX_TRACESTATE_BYTES && text.bytes().all(is_visible)
    };
    Some(TraceContext {
        traceparent: traceparent.to_owned(),
        tracestate: tracestate.filter(is_passable).map(str::to_owned),
    })
}

/// The `traceparent` of an event that continues a command's trace: the same trace, a span of its own.
pub fn continued(trace: &TraceContext, event_id: &str) -> Option<Traceparent> {
    let parent = Traceparent::parse(&trace.traceparent)?;
    let span = digest(b"span", trace.traceparent.as_bytes(), event_id.as_bytes());
    Some(Traceparent { span_id: first_half(span), ..parent })
}

/// The `traceparent` of an event that starts a trace, caused by another one whose sampling it follows.
pub fn started(cause: &TraceContext, source: &str, event_id: &str) -> Option<Traceparent> {
    let cause = Traceparent::parse(&cause.traceparent)?;
    Some(Traceparent {
        trace_id: digest(b"trace", source.as_bytes(), event_id.as_bytes()),
        span_id: first_half(digest(b"span", source.as_bytes(), event_id.as_bytes())),
        flags: cause.flags,
    })
}

/// Never all zeros, which would be no id (§3.2.2.3, §3.2.2.4).
fn digest(kind: &[u8], first: &[u8], second: &[u8]) -> u128 {
    u128::from_be_bytes(Fingerprint::of([kind, first, second]).0).max(1 << 64 | 1)
}

fn first_half(digest: u128) -> u64 {
    // Never zero: the digest is at least 2^64.
    (digest >> 64) as u64
}

/// Version 00; of later versions the part that 00 knows (§3.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traceparent {
    /// Not zero.
    pub trace_id: u128,
    /// Not zero.
    pub span_id: u64,
    flags: u8,
}

impl Traceparent {
    /// Reads a header as §3.2 and §4.3 have it.
    pub fn parse(text: &str) -> Option<Self> {
        // 2 digits of version, 32 of trace id, 16 of span id, 2 of flags.
        let (known, rest) = text.split_at_checked(55)?;
        let mut parts = known.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let span_id = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = u8::try_from(hex(parts.next()?, 2)?).ok()?;
        let may_go_on = version > 0 && rest.starts_with('-');
        if version == 0xff || trace_id == 0 || span_id == 0 || !(rest.is_empty() || may_go_on) {
            return None;
        }
        Some(Self { trace_id, span_id, flags: flags & KNOWN_FLAGS })
    }

    /// Whether the one who began the trace records it.
    pub const fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// The same trace with a span of its own for what is named.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let parent = self.to_string();
        Self { span_id: first_half(digest(b"child", parent.as_bytes(), name.as_bytes())), ..*self }
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

/// Reads that many lower-case digits.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != digits || !text.bytes().all(is_digit) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn context(traceparent: &str) -> TraceContext {
        TraceContext { traceparent: traceparent.to_owned(), tracestate: None }
    }

    #[test]
    fn a_well_formed_context_is_kept_and_a_broken_one_ignored() {
        let kept = read(Some(PARENT), Some("a=1,b=2")).unwrap();
        assert_eq!((kept.traceparent.as_str(), kept.tracestate.as_deref()), (PARENT, Some("a=1,b=2")));
        assert_eq!(read(Some(PARENT), Some("é")).unwrap().tracestate, None);
        assert_eq!(read(None, Some("a=1")), None);
        for broken in [
            "",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319cb-7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
        ] {
            assert_eq!(read(Some(broken), None), None, "{broken}");
        }
        assert!(read(Some("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"), None).is_some());
    }

    #[test]
    fn a_continued_trace_keeps_its_id_and_gets_a_span_of_its_own() {
        let continued = continued(&context(PARENT), "c-1.result").unwrap().to_string();
        assert_eq!(continued, "00-0af7651916cd43dd8448eb211c80319c-7c4eaaebe33db6e2-01");
        assert!(Traceparent::parse(&continued).is_some());
    }

    #[test]
    fn a_child_is_another_span_of_the_same_trace() {
        let parent = Traceparent::parse(PARENT).unwrap();
        let (one, other) = (parent.child("consume 0/1"), parent.child("consume 0/2"));
        assert!(parent.is_sampled() && one.is_sampled());
        assert_eq!(one.trace_id, parent.trace_id);
        assert_eq!(
            [parent, one, other].map(|span| span.span_id).iter().collect::<std::collections::HashSet<_>>().len(),
            3
        );
        assert_eq!(one, parent.child("consume 0/1"));
        assert!(!Traceparent::parse(&PARENT.replace("-01", "-02")).unwrap().is_sampled());
    }

    #[test]
    fn a_started_trace_has_a_new_id_and_the_same_sampling() {
        let started_at = |id| started(&context(PARENT), "/schedule-callback", id).unwrap().to_string();
        assert!(!started_at("1.1.1").contains("0af7651916cd43dd8448eb211c80319c"));
        assert!(started_at("1.1.1").ends_with("-01"));
        assert_eq!(started_at("1.1.1"), started_at("1.1.1"));
        assert_ne!(started_at("1.1.1"), started_at("1.1.2"));
    }
}
