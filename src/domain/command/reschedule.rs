//! The command `callback.reschedule.v1`: what it leaves out stays as it is (docs/contract.md#cancel-and-reschedule).

use std::borrow::Cow;

use super::Reschedule;
use super::amended::ChangeDraft;
use super::callback_name::CallbackName;
use super::circumstances::Circumstances;
use super::not_after::behind;
use super::requester::{authorise, judge_defined_branches, judge_variables};
use super::rules::Rules;
use super::target::{judge_agent, judge_skill, read_agent, read_skill};
use super::text::{NOTES, REASON, TIME_ZONE};
use super::warnings::{known_warnings, with_late};
use crate::domain::answer::{Findings, Violation, Violations, Warning};
use crate::domain::commitment::{Commitment, FIRST_ATTEMPT, Target, Terms};
use crate::domain::directory::{Permission, SecurityUser, TenantDirectory};
use crate::domain::given::Given;
use crate::domain::ids::{AgentId, SkillId};
use crate::domain::life::{Life, NotAfter, Phase};
use crate::domain::phone::Judged;
use crate::domain::time::Timestamp;
use crate::domain::time::schedule_date::ScheduleDate;

/// The changes that a reschedule asks for, as far as they can be judged without the callback. A change is `None`
/// where the callback keeps what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RescheduleDraft {
    command_id: String,
    issued_at: Timestamp,
    date: Result<ScheduleDate, Violation>,
    skill: Option<Result<SkillId, Violation>>,
    agent: Option<Result<Option<AgentId>, Violation>>,
    number: Option<Result<Judged, Violation>>,
    notes: Option<String>,
    not_after: Result<Option<Timestamp>, Violation>,
}

impl RescheduleDraft {
    /// The instant asked for, where the date can be read.
    pub(super) fn scheduled_for(&self) -> Option<Timestamp> {
        self.date.as_ref().ok().map(|date| date.instant)
    }
}

/// Judges a reschedule up to the callback that it is about.
pub(super) fn judge(
    reschedule: Reschedule<'_>,
    at: &Circumstances<'_>,
) -> Result<ChangeDraft<RescheduleDraft>, Violation> {
    let user = authorise(&reschedule.requester, at.directory, Permission::Manage)?;
    let callback = CallbackName::read(&reschedule.callback, &at.key.tenant)?;

    let mut findings = Findings::default();
    let draft = read(reschedule, user, at, &mut findings);
    Ok(ChangeDraft { callback, draft, findings })
}

/// Reads what a reschedule asks for, or a report that moves the callback, once the security user has passed. What is wrong
/// with the fields whose judgement needs no callback goes into the findings.
pub(super) fn read(
    reschedule: Reschedule<'_>,
    user: &SecurityUser,
    at: &Circumstances<'_>,
    findings: &mut Findings,
) -> RescheduleDraft {
    let draft = RescheduleDraft {
        command_id: at.key.command_id.clone(),
        issued_at: at.issued_at,
        date: at.schedule_date(&reschedule.schedule_date, &reschedule.time_zone, user),
        skill: change(&reschedule.skill_id, read_skill),
        agent: change(&reschedule.target_agent_id, read_agent),
        number: change(&reschedule.phone_number, |given| at.phone_number(given)),
        notes: None,
        not_after: at.not_after(&reschedule.not_after, &reschedule.time_zone, user),
    };
    let notes = findings.take(NOTES.judge(reschedule.notes)).flatten();
    findings.take(REASON.judge(reschedule.reason));
    findings.take(TIME_ZONE.judge(reschedule.time_zone));
    findings.take(judge_variables(&reschedule.requester.variables));
    findings.take(judge_defined_branches(&reschedule.defined_branches));
    at.judge_attributes(findings);
    RescheduleDraft { notes: notes.map(Cow::into_owned), ..draft }
}

/// What a field that is there comes to.
fn change<T, R>(given: &Given<T>, read: impl FnOnce(&Given<T>) -> R) -> Option<R> {
    match given {
        Given::Absent => None,
        Given::Wrong(_) | Given::Value(_) => Some(read(given)),
    }
}

impl RescheduleDraft {
    /// Makes the next revision of the callback, and what is to be told beside. It has to pass every rule that a new one has
    /// to pass, also with what it keeps; only a number that stays is not judged again, since it was accepted as it stands.
    pub(super) fn apply(
        self,
        callback: Commitment,
        mut findings: Findings,
        directory: &TenantDirectory,
        rules: &Rules,
        decided_at: Timestamp,
    ) -> Result<(Commitment, Vec<Warning>), Violations> {
        let kept = &callback.terms;
        let names_an_agent = self.agent.is_some();
        let skill = self
            .skill
            .unwrap_or(Ok(kept.target.skill))
            .and_then(|id| Ok(judge_skill(id, directory).map(|skill| (id, skill.horizon_days()))?));
        let horizon_days = skill.as_ref().ok().and_then(|(_, horizon_days)| *horizon_days);
        let agent = self.agent.unwrap_or(Ok(kept.target.agent)).and_then(|agent| Ok(judge_agent(agent, directory)?));
        let date = self.date.and_then(|date| Ok(rules.check_date(date, self.issued_at, horizon_days)?));
        let number = self
            .number
            .unwrap_or_else(|| Ok(Judged { number: kept.phone_number.clone(), assigned: true, ambiguous: false }));

        let life = match (self.not_after, &skill, &date) {
            (Err(fault), ..) => findings.take(Err(fault)),
            (Ok(not_after), Ok((skill, _)), Ok(date)) => {
                let life = next_life(&callback, not_after, directory, *skill, date.instant);
                findings.take(
                    life.map(|life| Life { released_from: life.released_from.filter(|_| !names_an_agent), ..life }),
                )
            }
            // What is wrong with them is told.
            _ => None,
        };
        let skill = findings.take(skill);
        let agent = findings.take(agent);
        let date = findings.take(date);
        let number = findings.take(number);
        findings.conclude(|| {
            let (skill, agent, date, number) = (skill?.0, agent?, date?, number?);
            let life = life?;
            let target = Target { skill, agent };
            let warnings = known_warnings(target, directory, date, &number);
            let terms = Terms {
                scheduled_for: date.instant,
                target,
                phone_number: number.number,
                notes: self.notes.or(callback.terms.notes),
            };
            let callback = Commitment {
                revision: callback.revision.saturating_add(1),
                attempt: FIRST_ATTEMPT,
                fire_at: date.instant,
                terms,
                revised_by: self.command_id,
                life,
                ..callback
            };
            let warnings = with_late(warnings, date.instant, self.issued_at, decided_at);
            Some((callback, warnings))
        })
    }
}

/// What becomes of the next revision, which is for that skill and that date: it is tracked where the skill was tracked when it
/// became the callback's own, its tries are kept, and so is its `notAfter`, unless that followed from the date before.
///
/// # Errors
/// `NotAfterTooEarly`.
fn next_life(
    callback: &Commitment,
    not_after: Option<Timestamp>,
    directory: &TenantDirectory,
    skill: SkillId,
    scheduled_for: Timestamp,
) -> Result<Life, Violation> {
    let before = callback.life;
    let tries = if skill == callback.terms.target.skill {
        before.tries
    } else {
        directory.tracks(skill).then(|| before.tries.unwrap_or(0))
    };
    let given = not_after.map(|at| NotAfter { at, is_derived: false });
    let kept = before.not_after.filter(|kept| !kept.is_derived);
    let not_after = match given.or(kept) {
        Some(own) => Some(behind(own, scheduled_for, given.is_none())?),
        None => tries.and_then(|_| directory.lifecycle(skill).not_after(scheduled_for)),
    };
    Ok(Life { tries, phase: Phase::Present, not_after, ..before })
}
