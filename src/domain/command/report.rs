//! The command `callback.report.v1`: what came of an attempt, and what becomes of the callback then
//! (docs/contract.md#life-after-due).

use std::borrow::Cow;

use super::Report;
use super::amended::{Amended, ChangeDraft, Lookup};
use super::callback_name::CallbackName;
use super::circumstances::Circumstances;
use super::requester::{authorise, judge_defined_branches, judge_variables};
use super::reschedule::{self, RescheduleDraft};
use super::rules::Rules;
use super::text::{DETAIL, NOTES, OCCURRED_AT, OUTCOME};
use crate::domain::answer::{Findings, Violation, Violations};
use crate::domain::commitment::Commitment;
use crate::domain::directory::{LifecycleRules, Permission, TenantDirectory};
use crate::domain::given::{Field, Given, IdValue, Text, Wrong};
use crate::domain::ids::AgentId;
use crate::domain::life::{Class, End, Outcome, Phase, Reason, Status};
use crate::domain::lifecycle::{has_expired, released};
use crate::domain::time::Timestamp;
use crate::domain::time::schedule_date::{self, Zones};

/// A report, judged as far as that goes without the callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportDraft {
    command_id: String,
    /// Which attempt it is about; wrong where it is no whole number, which is told with the other fields.
    attempt: Given<i64>,
    /// What came of it; `None` where that cannot be read.
    outcome: Option<Outcome>,
    agent: Option<AgentId>,
    notes: Option<String>,
    /// What is asked for with `rescheduled`.
    moved: Option<RescheduleDraft>,
}

/// Judges a report up to the callback that it is about.
pub(super) fn judge(report: Report<'_>, at: &Circumstances<'_>) -> Result<ChangeDraft<ReportDraft>, Violation> {
    let Report { attempt, outcome, agent_id, occurred_at, detail, terms } = report;
    let user = authorise(&terms.requester, at.directory, Permission::Report)?;
    let callback = CallbackName::read(&terms.callback, &at.key.tenant)?;

    let mut findings = Findings::default();
    if let Given::Wrong(wrong) = &attempt {
        findings.take(Err::<(), _>(Violation::wrong(Field::ATTEMPT, *wrong)));
    }
    let outcome = findings.take(judge_outcome(outcome));
    let agent = findings.take(judge_agent(&agent_id)).flatten();
    findings.take(judge_instant(occurred_at));
    findings.take(DETAIL.judge(detail));
    let (moved, notes) = if outcome == Some(Outcome::Rescheduled) {
        (Some(reschedule::read(terms, user, at, &mut findings)), None)
    } else {
        // The other terms count with `rescheduled` only.
        let notes = findings.take(NOTES.judge(terms.notes)).flatten();
        findings.take(judge_variables(&terms.requester.variables));
        findings.take(judge_defined_branches(&terms.defined_branches));
        at.judge_attributes(&mut findings);
        (None, notes.map(Cow::into_owned))
    };
    let draft = ReportDraft { command_id: at.key.command_id.clone(), attempt, outcome, agent, notes, moved };
    Ok(ChangeDraft { callback, draft, findings })
}

fn judge_outcome(given: Given<Text<'_>>) -> Result<Outcome, Violation> {
    let name = OUTCOME.judge(given)?.ok_or(Violation::OutcomeMissing)?;
    Outcome::parse(&name).ok_or_else(|| {
        let nearest = Outcome::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(&name));
        Violation::OutcomeUnsupported { nearest: nearest.map(Outcome::name) }
    })
}

/// Whoever has it; the directory need not know the agent.
fn judge_agent(given: &Given<IdValue<'_>>) -> Result<Option<AgentId>, Violation> {
    match given {
        Given::Absent => Ok(None),
        Given::Wrong(wrong) => Err(Violation::wrong(Field::AGENT_ID, *wrong)),
        Given::Value(id) => {
            let agent = id.read().ok().and_then(|number| AgentId::new(number).ok());
            agent.map(Some).ok_or(Violation::FieldType(Field::AGENT_ID, Wrong::Value))
        }
    }
}

/// An instant that nothing is decided by: every form of RFC 3339, and of a `scheduleDate` that has an offset.
fn judge_instant(given: Given<Text<'_>>) -> Result<(), Violation> {
    let Some(text) = OCCURRED_AT.judge(given)? else { return Ok(()) };
    let is_one = Timestamp::parse_rfc3339(&text).is_ok() || schedule_date::parse(&text, &Zones::default()).is_ok();
    if is_one { Ok(()) } else { Err(Violation::FieldType(OCCURRED_AT.field, Wrong::Value)) }
}

impl ReportDraft {
    /// The instant asked for with `rescheduled`, where the date can be read.
    pub(super) fn scheduled_for(&self) -> Option<Timestamp> {
        self.moved.as_ref().and_then(RescheduleDraft::scheduled_for)
    }

    fn ends(&self) -> bool {
        self.outcome.is_some_and(|outcome| outcome.class() == Class::End)
    }

    /// Whether a report of this may be about that callback of the command's tenant.
    ///
    /// # Errors
    /// The first fault of callback and attempt, in the contract's order.
    pub(super) fn judge(&self, callback: &Commitment, found: Lookup<'_>) -> Result<(), Violation> {
        if !callback.life.is_tracked() {
            return Err(Violation::CallbackNotTracked);
        }
        if callback.cancelled_at.is_some() {
            return Err(Violation::CallbackCancelled);
        }
        if let Some((status, reason)) = callback.ended(found.has_fired())
            && !(reason == Reason::OutcomeUnknown && self.ends())
        {
            return Err(Violation::CallbackEnded { status, reason });
        }
        let attempt = match self.attempt {
            Given::Absent => return Err(Violation::AttemptMissing),
            // It is told with the other fields.
            Given::Wrong(_) => return Ok(()),
            Given::Value(attempt) => attempt,
        };
        let current = i64::from(callback.attempt);
        let waits = callback.life.phase.presents() && !found.has_fired();
        if attempt < 1 || attempt > current || attempt == current && waits {
            return Err(Violation::AttemptNotFired);
        }
        if attempt < current && !self.ends() {
            return Err(Violation::AttemptOver);
        }
        Ok(())
    }

    /// What becomes of the callback, of which a report may be made.
    pub(super) fn apply(
        self,
        callback: &Commitment,
        is_unknown: bool,
        findings: Findings,
        directory: &TenantDirectory,
        rules: &Rules,
        decided_at: Timestamp,
    ) -> Result<Amended, Violations> {
        let Self { command_id, outcome, agent, notes, moved, .. } = self;
        let mut reported = callback.clone();
        reported.life.last_outcome = outcome;
        reported.life.reported_agent = agent;
        if let Some(moved) = moved {
            let (callback, warnings) = moved.apply(reported, findings, directory, rules, decided_at)?;
            return Ok(Amended::Reported { callback: Box::new(callback), moves: true, warnings });
        }
        let outcome = findings.conclude(|| outcome)?;
        reported.revised_by = command_id;
        if notes.is_some() {
            reported.terms.notes = notes;
        }
        let effect = Effect { rules: directory.lifecycle(reported.terms.target.skill), is_unknown, decided_at };
        let callback = effect.of(outcome, reported);
        let moves = callback.life.phase.publishes();
        Ok(Amended::Reported { callback: Box::new(callback), moves, warnings: Vec::new() })
    }
}

/// What an outcome that is not `rescheduled` does to a callback.
struct Effect<'a> {
    /// Of its skill.
    rules: &'a LifecycleRules,
    /// The callback had ended because nobody said what came of it.
    is_unknown: bool,
    decided_at: Timestamp,
}

impl Effect<'_> {
    fn of(&self, outcome: Outcome, mut callback: Commitment) -> Commitment {
        if let Some(reason) = Reason::of(outcome) {
            let is_missed = reason == Reason::WrongNumber && !self.is_unknown;
            let status = if is_missed { Status::Missed } else { Status::Completed };
            return self.ended(callback, status, reason);
        }
        match outcome.class() {
            Class::Progress => {
                callback.life.phase = match self.rules.handle_within {
                    Some(within) => {
                        callback.fire_at = self.decided_at.plus_micros(within);
                        Phase::Handling
                    }
                    None => Phase::Held,
                };
                callback
            }
            Class::TryFailed => {
                let tries = callback.life.tries.unwrap_or_default().saturating_add(1);
                callback.life.tries = Some(tries);
                match self.rules.wait(outcome, tries.into()).filter(|_| tries < self.rules.max_tries) {
                    Some(wait) => self.presented_again(callback, wait),
                    None => self.ended(callback, Status::Missed, Reason::TriesExhausted),
                }
            }
            Class::NoTry | Class::Moved | Class::End => {
                let is_for_an_agent = callback.terms.target.agent.is_some() && !self.rules.is_strict;
                if outcome == Outcome::RefusedByAgent && is_for_an_agent {
                    return self.presented_again(released(callback), 0);
                }
                match self.rules.wait(outcome, callback.attempt) {
                    Some(wait) => self.presented_again(callback, wait),
                    None => self.ended(callback, Status::Missed, Reason::PresentationsExhausted),
                }
            }
        }
    }

    /// After a wait, in microseconds; it ends where that would be one presentation too many or too late.
    fn presented_again(&self, mut callback: Commitment, wait: i64) -> Commitment {
        if callback.attempt >= self.rules.max_presentations {
            return self.ended(callback, Status::Missed, Reason::PresentationsExhausted);
        }
        let next_at = self.decided_at.plus_micros(wait);
        if has_expired(&callback, next_at) {
            return self.ended(callback, Status::Expired, Reason::NotAfter);
        }
        callback.attempt += 1;
        callback.fire_at = next_at;
        callback.life.phase = Phase::Present;
        callback
    }

    /// Its result says so, and it keeps its place.
    fn ended(&self, mut callback: Commitment, status: Status, reason: Reason) -> Commitment {
        callback.life.phase = Phase::Ended(End { status, reason, at: self.decided_at });
        callback
    }
}

#[cfg(test)]
mod tests;
