//! The command `callback.schedule.v1`: every field is judged, and what passes makes a callback
//! (docs/contract.md#the-schedule-command).

use std::borrow::Cow;

use super::Schedule;
use super::circumstances::Circumstances;
use super::not_after::behind;
use super::requester::{authorise, judge_defined_branches, judge_variables};
use super::target::{judge_agent, judge_skill, read_agent, read_skill};
use super::text::{CAPTION, FIRST_NAME, LAST_NAME, NOTES, SCRIPT_TYPE, TIME_ZONE};
use super::warnings::{known_warnings, with_late};
use crate::domain::answer::{DefinedBranches, Findings, Reply, Standing, Violation, Violations, Warning};
use crate::domain::commitment::{Commitment, FIRST_ATTEMPT, FIRST_REVISION, Origin, Target, Terms};
use crate::domain::directory::{Permission, SecurityUser};
use crate::domain::given::{Given, Text};
use crate::domain::ids::CallbackId;
use crate::domain::life::{Life, NotAfter};
use crate::domain::time::Timestamp;

/// The script types that have the action. Source: the platform's help page "Schedule Callback" (Studio).
pub const SCRIPT_TYPES: [&str; 7] = ["Generic", "Email", "Chat", "Phone", "Voicemail", "WorkItem", "SMS"];

/// A callback as asked for: complete but for its id and its place in the order of firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleDraft {
    /// What was agreed.
    pub terms: Terms,
    /// Where it comes from.
    pub origin: Origin,
    /// What is known from the beginning of what becomes of it: whether it is tracked, and its `notAfter`.
    pub life: Life,
    issued_at: Timestamp,
    known_warnings: Vec<Warning>,
}

impl ScheduleDraft {
    /// The warnings, in the contract's order, for a decision made at that time.
    pub fn warnings(&self, decided_at: Timestamp) -> Vec<Warning> {
        with_late(self.known_warnings.clone(), self.terms.scheduled_for, self.issued_at, decided_at)
    }

    /// The callback, once it has its id. Its `fire_at` is its `scheduled_for`, which the recording step moves where that lies
    /// behind the cutoff.
    pub fn commitment(&self, callback_id: CallbackId) -> Commitment {
        Commitment {
            callback_id,
            revision: FIRST_REVISION,
            attempt: FIRST_ATTEMPT,
            fire_at: self.terms.scheduled_for,
            terms: self.terms.clone(),
            origin: self.origin.clone(),
            revised_by: self.origin.command_id.clone(),
            cancelled_at: None,
            life: self.life,
        }
    }

    /// The answer once the callback has its id; `None` where it gets none, as in `check`.
    pub fn reply(&self, callback_id: Option<CallbackId>, decided_at: Timestamp, defined: DefinedBranches) -> Reply {
        let standing = Standing { callback_id, revision: FIRST_REVISION, terms: self.terms.clone(), progress: None };
        Reply::success(self.origin.caption.clone(), standing, self.warnings(decided_at), defined)
    }
}

/// A schedule command that is refused.
pub(super) struct Refusal {
    /// `caption`, where the command has one that can be echoed.
    pub caption: Option<String>,
    /// Why.
    pub violations: Violations,
}

/// Judges a schedule command to the end.
pub(super) fn judge(schedule: Schedule<'_>, at: &Circumstances<'_>) -> Result<ScheduleDraft, Refusal> {
    let caption = CAPTION.judge(schedule.caption.clone());
    authorise(&schedule.requester, at.directory, Permission::Create)
        .map_err(Violations::from)
        .and_then(|user| judge_fields(schedule, caption.clone(), user, at))
        .map_err(|violations| Refusal { caption: caption.ok().flatten().map(Cow::into_owned), violations })
}

/// Judges every field but `securityUser`, which has passed.
fn judge_fields(
    schedule: Schedule<'_>,
    caption: Result<Option<Text<'_>>, Violation>,
    user: &SecurityUser,
    at: &Circumstances<'_>,
) -> Result<ScheduleDraft, Violations> {
    let skill = read_skill(&schedule.skill_id)
        .and_then(|id| Ok(judge_skill(id, at.directory).map(|skill| (id, skill.horizon_days()))?));
    let horizon_days = skill.as_ref().ok().and_then(|(_, horizon_days)| *horizon_days);
    let agent = read_agent(&schedule.target_agent_id).and_then(|agent| Ok(judge_agent(agent, at.directory)?));
    let date = at
        .schedule_date(&schedule.schedule_date, &schedule.time_zone, user)
        .and_then(|date| Ok(at.rules.check_date(date, at.issued_at, horizon_days)?));
    let not_after = at.not_after(&schedule.not_after, &schedule.time_zone, user).and_then(|own| match (own, &date) {
        (Some(own), Ok(date)) => behind(NotAfter { at: own, is_derived: false }, date.instant, false).map(Some),
        // What is wrong with the date is told, and this cannot be held against it.
        _ => Ok(None),
    });

    let mut findings = Findings::default();
    let skill = findings.take(skill);
    let agent = findings.take(agent);
    let date = findings.take(date);
    let number = findings.take(at.phone_number(&schedule.phone_number));
    let caption = findings.take(caption);
    let first_name = findings.take(FIRST_NAME.judge(schedule.first_name));
    let last_name = findings.take(LAST_NAME.judge(schedule.last_name));
    let notes = findings.take(NOTES.judge(schedule.notes));
    findings.take(judge_script_type(schedule.script_type));
    findings.take(TIME_ZONE.judge(schedule.time_zone));
    findings.take(judge_variables(&schedule.requester.variables));
    findings.take(judge_defined_branches(&schedule.defined_branches));
    let not_after = findings.take(not_after);
    at.judge_attributes(&mut findings);

    findings.conclude(|| {
        let (skill, agent, date, number) = (skill?.0, agent?, date?, number?);
        let target = Target { skill, agent };
        let rules = at.directory.tracks(skill).then(|| at.directory.lifecycle(skill));
        let life = Life {
            tries: rules.map(|_| 0),
            not_after: not_after?.or_else(|| rules?.not_after(date.instant)),
            ..Life::default()
        };
        Some(ScheduleDraft {
            life,
            issued_at: at.issued_at,
            known_warnings: known_warnings(target, at.directory, date, &number),
            terms: Terms {
                scheduled_for: date.instant,
                target,
                phone_number: number.number,
                notes: notes?.map(Cow::into_owned),
            },
            origin: Origin {
                tenant: at.key.tenant.clone(),
                command_source: at.key.source.clone(),
                command_id: at.key.command_id.clone(),
                correlation_id: at.correlation_id.map(str::to_owned),
                trace: at.trace.cloned(),
                caption: caption?.map(Cow::into_owned),
                first_name: first_name?.map(Cow::into_owned),
                last_name: last_name?.map(Cow::into_owned),
                requested_by: user.agent,
            },
        })
    })
}

fn judge_script_type(given: Given<Text<'_>>) -> Result<(), Violation> {
    match SCRIPT_TYPE.judge(given)? {
        Some(name) if !SCRIPT_TYPES.contains(&name.as_ref()) => {
            let nearest = SCRIPT_TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(&name));
            Err(Violation::ScriptTypeUnsupported { nearest })
        }
        _ => Ok(()),
    }
}
