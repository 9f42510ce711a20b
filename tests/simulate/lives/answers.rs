//! Whether commands about a callback were told what the rules and its life say.

use schedule_callback::domain::life::{Outcome, Phase};

use super::{Life, Told};
use crate::load::Asked;

/// How a callback stands that has ended.
const ENDS: [&str; 3] = ["completed", "missed", "expired"];

impl Told<'_> {
    /// Whether it has ended the callback.
    fn ends(&self) -> bool {
        let is_end = self.answer.status.as_deref().is_some_and(|status| ENDS.contains(&status));
        self.answer.is_success() && (is_end || self.deed.what == Asked::Cancel)
    }
}

impl Life<'_> {
    /// Judges the answers, and that there is at most one end.
    pub fn answers(&mut self) {
        let refused: Vec<String> = self
            .told
            .iter()
            .filter(|told| !told.answer.is_success() && !self.may_be_refused(told))
            .map(|told| format!("{} got {}", told.id, told.answer.code))
            .collect();
        for evidence in refused {
            self.broken("AnswerWrong", &evidence);
        }
        let highest = self.successes().map(|told| told.answer.revision).max();
        if highest != Some(self.row.revision.into()) {
            self.broken("DatabaseDisagrees", &format!("the highest revision that was told is {highest:?}"));
        }
        self.ends();
    }

    fn ends(&mut self) {
        let ends: Vec<_> =
            self.successes().filter(|told| told.ends()).map(|told| (told.id.to_owned(), told.answer.clone())).collect();
        if ends.len() > 1 {
            self.broken("EndTwice", &format!("{ends:?}"));
        }
        let Some((by, answer)) = ends.first() else { return };
        let stands = match self.row.life.phase {
            Phase::Ended(end) => answer.status.as_deref() == Some(end.status.name()),
            Phase::Present | Phase::PresentAgain => self.row.cancelled_at.is_some(),
            Phase::Handling | Phase::Held | Phase::Ending(_) => false,
        };
        if !stands {
            self.broken("EndTwice", &format!("{by} has ended it"));
        }
        let end = (answer.revision, answer.attempt.unwrap_or(i64::MAX));
        let behind = self.events.iter().find(|event| {
            let began_later = event.noted.is_some_and(|noted| noted.planned > answer.seen);
            (event.revision, event.attempt) > end || began_later
        });
        if let Some(behind) = behind.map(|event| format!("{by} has ended it before {event:?}")) {
            self.broken("FiredBehindEnd", &behind);
        }
    }

    fn may_be_refused(&self, told: &Told<'_>) -> bool {
        let attempt_and_event = match told.deed.what {
            Asked::Report { attempt, event, .. } => Some((attempt, event)),
            _ => None,
        };
        let is_revised = |revision: i64| self.successes().any(|told| told.answer.revision > revision);
        let later = |attempt: i64| {
            self.successes().any(|told| told.answer.attempt.is_some_and(|later| later > attempt))
                || self.events.iter().any(|event| event.attempt > attempt)
                || i64::from(self.row.attempt) > attempt
        };
        match told.answer.code.as_str() {
            "CALLBACK_NOT_FOUND" => !told.was_known,
            "CALLBACK_NOT_TRACKED" => !self.is_always_tracked,
            "CALLBACK_CANCELLED" => self.row.cancelled_at.is_some(),
            "CALLBACK_ENDED" => self.row.ended(self.has_passed).is_some(),
            "CALLBACK_ALREADY_DUE" => self.was_begun,
            // Whoever has read the due event of an attempt must not hear that it was not fired; unless it waits anew since.
            "ATTEMPT_NOT_FIRED" => match attempt_and_event {
                Some((attempt, Some((revision, fired)))) => attempt < 1 || attempt > fired || is_revised(revision),
                _ => true,
            },
            "ATTEMPT_OVER" => attempt_and_event
                .is_some_and(|(attempt, event)| later(attempt) || is_revised(event.map_or(1, |event| event.0))),
            "ATTEMPT_MISSING" | "OUTCOME_MISSING" | "OUTCOME_UNSUPPORTED" | "MALFORMED" => false,
            // The terms of a schedule, a reschedule or a report that moves the callback.
            _ => match told.deed.what {
                Asked::Report { outcome, .. } => outcome == Outcome::Rescheduled,
                Asked::Cancel => false,
                Asked::Schedule { .. } | Asked::Reschedule { .. } => true,
            },
        }
    }
}
