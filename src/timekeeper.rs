//! Looks at this machine's clock several times a second and says how it stands: in `/readyz`, metrics and the log.
//!
//! Nothing waits for it. The time that callbacks are fired by goes on whatever the clock shows (`domain::time::clocks`); but the
//! sooner a step is noticed, the sooner the Kafka clients are woken that wait for an instant which moved away.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::{self, Standing};
use crate::domain::time::clocks::{Other, Step, Verdict};
use crate::readiness::{Condition, Readiness};
use crate::stop::Stop;
use crate::telemetry::metric;

/// How often the clock is looked at. A Kafka client that waits for too long still gets its heartbeats through when it is
/// woken within its session timeout of 6 s; a look costs some microseconds.
const EVERY: Duration = Duration::from_millis(250);

/// Looks until it is time to stop. `ask` is notified when other clocks should be asked at once.
pub async fn watch(readiness: Readiness, ask: Arc<Notify>, stop: Stop) {
    let mut known = [false; Other::ALL.len()];
    while tokio::time::timeout(EVERY, stop.wait()).await.is_err() {
        let Some(standing) = clock::look() else { continue };
        if let Some(step) = standing.step {
            say(step);
            // What the others said was before the step, or before the machine slept: they are heard first.
            ask.notify_one();
        } else {
            report(&standing, &mut known, &readiness);
        }
    }
}

fn say(Step(micros): Step) {
    let (direction, word) = if micros < 0 { ("back", "back") } else { ("forward", "forward") };
    metric::CLOCK_STEPS.counter(&[direction]).increment(1);
    tracing::warn!(
        seconds = seconds(micros),
        "this machine's clock was set {word}, or the machine slept: callbacks are fired by the time from before until \
         another clock confirms the new one"
    );
}

/// `known` says which of the others have ever been heard: of those that have not there is no figure.
fn report(standing: &Standing, known: &mut [bool; Other::ALL.len()], readiness: &Readiness) {
    for ((other, ahead), known) in standing.ahead.into_iter().zip(known) {
        *known |= ahead.is_some();
        if *known {
            metric::CLOCK_AHEAD.gauge(&[other.label()]).set(ahead.map_or(f64::NAN, seconds));
        }
    }
    metric::CLOCK_CORRECTION.gauge(&[]).set(-seconds(standing.ahead_of_agreed));
    match reason(standing.verdict) {
        None => readiness.ready(Condition::Clock),
        Some(reason) => readiness.waiting(Condition::Clock, reason),
    }
}

/// What is wrong with this machine's clock, for an operator to read.
fn reason(verdict: Verdict) -> Option<Cow<'static, str>> {
    let Verdict::Refuted { ahead, of } = verdict else { return None };
    let whose = of.map_or_else(
        || "the time that was agreed on before".into(),
        |other| Cow::from(format!("the clock of {}", other.owner())),
    );
    let way = if ahead < 0 { "behind" } else { "ahead of" };
    let seconds = seconds(ahead).abs();
    Some(format!("this machine's clock is {seconds:.1} s {way} {whose}: callbacks are not fired by it alone").into())
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people, of microseconds far below 2^52")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_the_clock_the_way_and_how_far() {
        let ahead = Verdict::Refuted { ahead: 600_040_000, of: Some(Other::Postgres) };
        let expected =
            "this machine's clock is 600.0 s ahead of the clock of PostgreSQL: callbacks are not fired by it alone";
        assert_eq!(reason(ahead).as_deref(), Some(expected));
        let behind = Verdict::Refuted { ahead: -1_500_000, of: None };
        let expected = "this machine's clock is 1.5 s behind the time that was agreed on before: callbacks are not fired by \
                        it alone";
        assert_eq!(reason(behind).as_deref(), Some(expected));
        assert_eq!(reason(Verdict::Confirmed), None);
    }
}
