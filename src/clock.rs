//! The one place that reads the clock; everything else is handed the time.
//!
//! A program that asks no servers has this machine's clock. The service compares that with others ([`keep`]), and from
//! then on the time is the one that they agree on: for firing, and for all that is written. `domain::time::clocks` decides.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;

use crate::domain::time::Timestamp;
use crate::domain::time::clocks::{Clocks, Other, Reading, Step, Verdict};

/// No offset is agreed on: the time is this machine's clock.
const NONE: i64 = i64::MIN;
/// The longest that is slept at once: meanwhile the time that is agreed on may change.
const PIECE: Duration = Duration::from_millis(100);
/// Two clocks cannot be read at once. What lies between the readings must not take longer than this, in microseconds, or
/// they are read again, so many times.
const BETWEEN: (i64, usize) = (200, 5);

/// The offset of the time that is agreed on. There is one time in a process, as there is one clock, hence no argument.
static AGREED: AtomicI64 = AtomicI64::new(NONE);
/// How often this machine's clock has been seen to go back.
static STEPS_BACK: AtomicU64 = AtomicU64::new(0);
/// The clocks as they are known; `None` before `keep`.
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

struct Kept {
    clocks: Clocks,
    /// The last step of this machine's clock, until somebody has said it.
    unsaid: Option<Step>,
}

/// The present instant.
pub fn now() -> Timestamp {
    match AGREED.load(Ordering::Relaxed) {
        NONE => wall(),
        agreed => Timestamp::from_micros(monotonic().saturating_add(agreed)),
    }
}

/// Sleeps until that instant; returns at once where it has passed. Sleeps by the monotonic clock and looks at the time again
/// and again: whatever is done to this machine's clock, it does not sleep for longer.
pub fn sleep_until(instant: Timestamp) {
    loop {
        let ahead = instant.since(now());
        if ahead.is_zero() {
            return;
        }
        std::thread::sleep(ahead.min(PIECE));
    }
}

/// Compares this machine's clock with others from now on; they may differ by `skew`.
pub fn keep(skew: Duration) {
    let clocks = Clocks::alone(own_offset(), skew);
    AGREED.store(clocks.agreed(), Ordering::Relaxed);
    *kept() = Some(Kept { clocks, unsaid: None });
}

/// When a server was asked for its time.
#[derive(Clone, Copy, Debug)]
pub struct Asked(i64);

/// To be called just before a server is asked for its time.
pub fn ask() -> Asked {
    Asked(monotonic())
}

/// A server's clock said this between the question and now; it may have said up to `resolution` microseconds more.
pub fn answered(other: Other, asked: Asked, says: Timestamp, resolution: i64) {
    let reading = Reading { asked: asked.0, answered: monotonic(), says: says.micros(), resolution };
    let mut kept = kept();
    let Some(kept) = kept.as_mut() else { return };
    let step = kept.clocks.compare(other, reading, own_offset());
    AGREED.store(kept.clocks.agreed(), Ordering::Relaxed);
    kept.note(step);
}

/// How this machine's clock stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whether it was set since it was last looked at.
    pub step: Option<Step>,
    /// Whether the others confirm it.
    pub verdict: Verdict,
    /// How far ahead it is of each other, microseconds; negative where behind, `None` where that is not known.
    pub ahead: [(Other, Option<i64>); Other::ALL.len()],
    /// How far ahead it is of the time that is agreed on, microseconds.
    pub ahead_of_agreed: i64,
}

/// Takes a look at this machine's clock; `None` before `keep`.
pub fn look() -> Option<Standing> {
    let (own, at) = (own_offset(), monotonic());
    let mut kept = kept();
    let kept = kept.as_mut()?;
    let step = kept.clocks.look(own);
    kept.note(step);
    let clocks = &kept.clocks;
    Some(Standing {
        verdict: clocks.verdict(at),
        ahead: Other::ALL.map(|other| (other, clocks.ahead_of(other, at))),
        ahead_of_agreed: clocks.ahead_of_agreed(),
        step: kept.unsaid.take(),
    })
}

/// Whether another clock contradicts this machine's; `false` before `keep`.
pub fn is_refuted() -> bool {
    kept().as_ref().is_some_and(|kept| matches!(kept.clocks.verdict(monotonic()), Verdict::Refuted { .. }))
}

/// How often this machine's clock has been seen to go back since the process began.
pub fn steps_back() -> u64 {
    STEPS_BACK.load(Ordering::Relaxed)
}

impl Kept {
    fn note(&mut self, step: Option<Step>) {
        if step.is_some_and(|step| step.0 < 0) {
            STEPS_BACK.fetch_add(1, Ordering::Relaxed);
        }
        self.unsaid = step.or(self.unsaid);
    }
}

/// This machine's clock.
#[expect(clippy::disallowed_methods, reason = "this module is the one that may")]
fn wall() -> Timestamp {
    Timestamp::from(Utc::now())
}

/// Microseconds of a clock that only goes on, since it was first asked.
fn monotonic() -> i64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    i64::try_from(BEGAN.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(i64::MAX)
}

/// What this machine's clock shows more than the monotonic one.
fn own_offset() -> i64 {
    let read = || {
        let (before, wall, after) = (monotonic(), wall().micros(), monotonic());
        (after - before, wall - before)
    };
    let mut best = read();
    for _ in 1..BETWEEN.1 {
        if best.0 <= BETWEEN.0 {
            break;
        }
        best = best.min(read());
    }
    best.1
}

fn kept() -> MutexGuard<'static, Option<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}
