//! Whether a callback was presented as often, and when, as the rules say.

use schedule_callback::domain::lifecycle::LifecycleRules;

use super::{Event, Life, Told};
use crate::executor::SECOND;
use crate::instance::shared::{BEGINNING, SKEW};
use crate::load::{Asked, instant};
use crate::run::PROMPT;

impl Life<'_> {
    /// Judges the due events: each once, one attempt after the other, none too early, too late or too many.
    pub fn presentations(&mut self) {
        self.bounds();
        let mut evidence = Vec::new();
        for (index, event) in self.events.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| &self.events[before]);
            let before = before.filter(|before| before.revision == event.revision);
            if before.is_some_and(|before| before.attempt == event.attempt) {
                evidence.push(("DueTwice", format!("{event:?}")));
                continue;
            }
            let expected = before.map_or(1, |before| before.attempt + 1);
            let mut missing = expected..event.attempt;
            if expected > event.attempt || !missing.all(|attempt| self.was_read_by_nobody(event.revision, attempt)) {
                evidence.push(("DueMissing", format!("what comes before {event:?}")));
            }
            if let Some(early) = self.is_early(event, before) {
                evidence.push(("DueEarly", format!("{early}: {event:?}")));
            }
            if let Some(by) = before.and_then(|before| self.late_by(event, before)) {
                evidence.push(("LateAgain", format!("{event:?} should have come by {by}")));
            }
            if event.not_after.is_some_and(|not_after| event.fired_at >= Some(not_after)) {
                evidence.push(("FiredAfterNotAfter", format!("{event:?}")));
            }
            if event.is_for_agent && before.is_some_and(|before| before.is_released) {
                evidence.push(("ReleasedTwice", format!("{event:?}")));
            }
        }
        let stands = (i64::from(self.row.revision), i64::from(self.row.attempt));
        let is_presented = self.row.cancelled_at.is_none() && self.row.life.phase.presents() && self.has_passed;
        let is_seen = self.events.iter().any(|event| (event.revision, event.attempt) == stands);
        if is_presented && !is_seen {
            evidence.push(("DueMissing", format!("{stands:?}")));
        }
        if let Some(last) = self.events.last().filter(|last| (last.revision, last.attempt) > stands) {
            evidence.push(("DueUnasked", format!("{last:?}")));
        }
        for (promise, evidence) in evidence {
            self.broken(promise, &evidence);
        }
    }

    /// Whether the broker has forgotten that presentation, and a report of it was taken that answers no due event.
    fn was_read_by_nobody(&self, revision: i64, attempt: i64) -> bool {
        let is_guess = |told: &Told<'_>| match told.deed.what {
            Asked::Report { attempt: of, event, .. } => of == attempt && event != Some((revision, of)),
            _ => false,
        };
        self.forgotten.has_due(self.row.callback_id.get(), revision, attempt) && self.successes().any(is_guess)
    }

    /// How often at most, by the rules of any of its skills at any time.
    fn bounds(&mut self) {
        let rules = self.plan.skills.iter().flatten();
        let rules = || rules.clone().map(|rules| rules.as_ref().unwrap_or(LifecycleRules::defaults()));
        let most = rules().map(|rules| i64::from(rules.max_presentations)).max().unwrap_or(1);
        let tries = rules().map(|rules| rules.max_tries).max().unwrap_or(1);
        let last = self.events.iter().map(|event| event.attempt).max().unwrap_or(0);
        if last > most || self.row.life.tries.is_some_and(|made| made > tries) {
            self.broken("PresentedTooOften", &format!("more than {most} presentations or {tries} tries"));
        }
    }

    /// The report that has it presented with that attempt.
    fn cause(&self, event: &Event) -> Option<&Told<'_>> {
        self.successes().find(|told| {
            let answer = &told.answer;
            (answer.revision, answer.attempt) == (event.revision, Some(event.attempt))
                && answer.status.as_deref() == Some("pending")
                && matches!(told.deed.what, Asked::Report { .. })
        })
    }

    /// By when it should have come again, where nothing was wrong and it came later.
    fn late_by(&self, event: &Event, before: &Event) -> Option<i64> {
        let settings = &self.plan.settings;
        let (from, wanted) = if let Some(told) = self.cause(event) {
            let next_at = told.answer.next_at.map_or(0, |at| at.micros() - BEGINNING);
            (told.sent, next_at.max(told.sent))
        } else {
            // Those of one second are looked for together.
            let published = before.noted?.committed;
            (published, published + settings.acknowledge_within + SECOND)
        };
        let by = wanted + PROMPT + 2 * settings.stage_ahead;
        (event.seen > by && self.troubles.are_none(from, by - from)).then_some(by)
    }

    /// How it came too early; `before` is the presentation before it, where that is of the same revision.
    fn is_early(&self, event: &Event, before: Option<&Event>) -> Option<String> {
        let (Some(fired_at), Some(scheduled_for)) = (event.fired_at, event.scheduled_for) else {
            return Some("it cannot be read".to_owned());
        };
        let cause = self.cause(event).and_then(|told| told.answer.next_at);
        let wanted = cause.unwrap_or(scheduled_for).max(scheduled_for);
        if fired_at < wanted || instant(event.seen + SKEW) < wanted {
            return Some(format!("wanted at {wanted}"));
        }
        let before = before.filter(|_| cause.is_none())?;
        // Nobody has asked for it: it must have stayed without a report for long enough.
        let accepted = self.successes().find(|told| {
            (told.answer.revision, told.answer.attempt) == (before.revision, Some(before.attempt))
                && told.answer.status.as_deref() == Some("accepted")
        });
        if let Some(accepted) = accepted {
            return Some(format!("{} has said that somebody has it", accepted.id));
        }
        let (noted, published) = (event.noted?, before.noted?);
        let within = self.plan.settings.acknowledge_within;
        (noted.planned < published.committed + within)
            .then(|| format!("published at {}, and {within} us were not over", published.committed))
    }
}
