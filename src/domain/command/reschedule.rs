//! The command `callback.reschedule.v1`: what it leaves out stays as it is (docs/contract.md#cancel-and-reschedule).

use std::borrow::Cow;

use super::Reschedule;
use super::callback_name::CallbackName;
use super::circumstances::Circumstances;
use super::requester::{authorise, judge_defined_branches, judge_variables};
use super::rules::Rules;
use super::settled::{Settled, Unsettled};
use super::target::{judge_agent, judge_skill, read_agent, read_skill};
use super::text::{NOTES, REASON, TIME_ZONE};
use super::warnings::{known_warnings, with_late};
use crate::domain::answer::{Findings, Violation, Violations};
use crate::domain::commitment::{Commitment, Target, Terms};
use crate::domain::directory::{Permission, TenantDirectory};
use crate::domain::given::Given;
use crate::domain::ids::{AgentId, SkillId};
use crate::domain::phone::Judged;
use crate::domain::time::Timestamp;
use crate::domain::time::schedule_date::ScheduleDate;

/// The first attempt at calling a revision.
const FIRST_ATTEMPT: i32 = 1;

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
) -> Result<Unsettled<RescheduleDraft>, Violation> {
    let user = authorise(&reschedule.requester, at.directory, Permission::Manage)?;
    let callback = CallbackName::read(&reschedule.callback, &at.key.tenant)?;

    let draft = RescheduleDraft {
        command_id: at.key.command_id.clone(),
        issued_at: at.issued_at,
        date: at.schedule_date(&reschedule.schedule_date, &reschedule.time_zone, user),
        skill: change(&reschedule.skill_id, read_skill),
        agent: change(&reschedule.target_agent_id, read_agent),
        number: change(&reschedule.phone_number, |given| at.phone_number(given)),
        notes: None,
    };
    let mut findings = Findings::default();
    let notes = findings.take(NOTES.judge(reschedule.notes)).flatten();
    findings.take(REASON.judge(reschedule.reason));
    findings.take(TIME_ZONE.judge(reschedule.time_zone));
    findings.take(judge_variables(&reschedule.requester.variables));
    findings.take(judge_defined_branches(&reschedule.defined_branches));
    at.judge_attributes(&mut findings);
    let draft = RescheduleDraft { notes: notes.map(Cow::into_owned), ..draft };
    Ok(Unsettled { callback, draft, findings })
}

/// What a field that is there comes to.
fn change<T, R>(given: &Given<T>, read: impl FnOnce(&Given<T>) -> R) -> Option<R> {
    match given {
        Given::Absent => None,
        Given::Wrong(_) | Given::Value(_) => Some(read(given)),
    }
}

impl RescheduleDraft {
    /// Makes the next revision of the callback. It has to pass every rule that a new one has to pass, also with what
    /// it keeps; only a number that stays is not judged again, since it was accepted as it stands.
    pub(super) fn settle(
        self,
        callback: &Commitment,
        mut findings: Findings,
        directory: &TenantDirectory,
        rules: &Rules,
        decided_at: Timestamp,
    ) -> Result<Settled, Violations> {
        let kept = &callback.terms;
        let skill = self
            .skill
            .unwrap_or(Ok(kept.target.skill))
            .and_then(|id| Ok(judge_skill(id, directory).map(|skill| (id, skill.horizon_days))?));
        let horizon_days = skill.as_ref().ok().and_then(|(_, horizon_days)| *horizon_days);
        let agent = self.agent.unwrap_or(Ok(kept.target.agent)).and_then(|agent| Ok(judge_agent(agent, directory)?));
        let date = self.date.and_then(|date| Ok(rules.check_date(date, self.issued_at, horizon_days)?));
        let number = self
            .number
            .unwrap_or_else(|| Ok(Judged { number: kept.phone_number.clone(), assigned: true, ambiguous: false }));

        let skill = findings.take(skill);
        let agent = findings.take(agent);
        let date = findings.take(date);
        let number = findings.take(number);
        findings.conclude(|| {
            let (skill, agent, date, number) = (skill?.0, agent?, date?, number?);
            let target = Target { skill, agent };
            let warnings = known_warnings(target, directory, date, &number);
            let terms = Terms {
                scheduled_for: date.instant,
                target,
                phone_number: number.number,
                notes: self.notes.or_else(|| kept.notes.clone()),
            };
            let callback = Commitment {
                revision: callback.revision.saturating_add(1),
                attempt: FIRST_ATTEMPT,
                fire_at: date.instant,
                terms,
                revised_by: self.command_id,
                ..callback.clone()
            };
            let warnings = with_late(warnings, date.instant, self.issued_at, decided_at);
            Some(Settled::Rescheduled { callback: Box::new(callback), warnings })
        })
    }
}
