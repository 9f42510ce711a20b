//! Step one of deciding: everything that can be judged from the command, the directory and the rules alone.
//!
//! A schedule command is judged to the end here. A cancel, a reschedule and a report need the callback as it stands, which only
//! the recording step can look up: what is left to do then is in `amend`.

use std::borrow::Cow;

use super::amend::{AmendDraft, Amendment};
use super::amended::ChangeDraft;
use super::circumstances::Circumstances;
use super::requester::defined_branches;
use super::rules::Rules;
use super::schedule::{Refusal, ScheduleDraft};
use super::text::CAPTION;
use super::{Command, Request, cancel, report, reschedule, schedule};
use crate::domain::answer::{DefinedBranches, Findings, TypeFault, Violation, Violations};
use crate::domain::directory::Directory;
use crate::domain::given::{Field, Given, Text, TraceContext};
use crate::domain::ids::{CommandKey, Fingerprint, Tenant};
use crate::domain::time::Timestamp;

/// A command judged as far as that goes without a database. It borrows nothing from the record it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who sent the command under which id.
    pub key: CommandKey,
    /// Tells a repeat of the command from another payload under the same id.
    pub payload: Fingerprint,
    /// The same as version 0.1 took it, where that differs.
    pub earlier_payload: Option<Fingerprint>,
    /// When the script issued it.
    pub issued_at: Timestamp,
    /// `ce_correlationid`, echoed in the result.
    pub correlation_id: Option<String>,
    /// Trace context, continued by the result.
    pub trace: Option<TraceContext>,
    /// The branches that the script has.
    pub defined: DefinedBranches,
    /// Whether it is a report, whose result tells more.
    pub is_report: bool,
    /// What was found.
    pub verdict: Verdict,
}

impl Draft {
    /// Whether this is the digest of the payload, as this version or an earlier one takes it.
    pub fn is_of(&self, payload: Fingerprint) -> bool {
        self.payloads().any(|own| own == payload)
    }

    /// The digests of the payload: this version's, and an earlier one's where that differs.
    pub fn payloads(&self) -> impl Iterator<Item = Fingerprint> + Clone {
        [Some(self.payload), self.earlier_payload].into_iter().flatten()
    }
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is refused, whatever the database holds.
    Refused {
        /// `caption`, where the command has one that can be echoed.
        caption: Option<String>,
        /// Why.
        violations: Violations,
    },
    /// A callback as asked for: it only lacks its id.
    Schedule(Box<ScheduleDraft>),
    /// A change of a callback that has to be looked up.
    Amend(Box<AmendDraft>),
}

/// Judges a command. Pure: the same command, directory and rules give the same draft.
pub fn draft(command: Command<'_>, directory: &Directory, rules: &Rules) -> Draft {
    let Command { key, correlation_id, issued_at, trace, payload, earlier_payload, misnamed, request } = command;
    let circumstances = Circumstances {
        key: &key,
        issued_at,
        correlation_id: correlation_id.as_deref(),
        misnamed: &misnamed,
        trace: trace.as_ref(),
        directory: directory.of(&key.tenant),
        rules,
        defaults: rules.defaults_of(&key.tenant),
    };
    let is_report = matches!(request, Request::Report(_));
    let (defined, verdict) = match request {
        // Without its tenant nobody can say whose directory the command is to be judged by.
        request if misnamed.contains(&Field::TENANT_ID) => {
            let (defined, caption) = what_a_refusal_echoes(request);
            (defined, Verdict::Refused { caption, violations: Violation::FieldName(Field::TENANT_ID).into() })
        }
        Request::Schedule(schedule) => {
            let defined = defined_branches(&schedule.defined_branches);
            let verdict = match schedule::judge(*schedule, &circumstances) {
                Ok(draft) => Verdict::Schedule(Box::new(draft)),
                Err(Refusal { caption, violations }) => Verdict::Refused { caption, violations },
            };
            (defined, verdict)
        }
        Request::Cancel(cancel) => {
            let defined = defined_branches(&cancel.defined_branches);
            let judged = cancel::judge(*cancel, &circumstances);
            (defined, Verdict::amend(judged, &key.tenant, |()| Amendment::Cancel))
        }
        Request::Reschedule(reschedule) => {
            let defined = defined_branches(&reschedule.defined_branches);
            let judged = reschedule::judge(*reschedule, &circumstances);
            (defined, Verdict::amend(judged, &key.tenant, |draft| Amendment::Reschedule(Box::new(draft))))
        }
        Request::Report(report) => {
            let defined = defined_branches(&report.terms.defined_branches);
            let judged = report::judge(*report, &circumstances);
            (defined, Verdict::amend(judged, &key.tenant, |draft| Amendment::Report(Box::new(draft))))
        }
        Request::Unsupported { kind, defined_branches: names } => (
            defined_branches(&names),
            Verdict::Refused { caption: None, violations: unsupported(&kind, &circumstances) },
        ),
    };
    Draft { key, payload, earlier_payload, issued_at, correlation_id, trace, defined, is_report, verdict }
}

/// What is wrong with a command of no type that we have.
fn unsupported(kind: &Given<Text<'_>>, at: &Circumstances<'_>) -> Violations {
    let mut findings = Findings::default();
    at.judge_attributes(&mut findings);
    if !at.misnamed.contains(&Field::TYPE) {
        let fault = match kind {
            Given::Absent => TypeFault::Missing,
            Given::Wrong(wrong) => TypeFault::Wrong(*wrong),
            Given::Value(_) => TypeFault::Unknown,
        };
        findings.take(Err::<(), _>(Violation::CommandTypeUnsupported(fault)));
    }
    findings.into_violations()
}

/// The branches and the caption of a command that is refused before its fields are looked at.
fn what_a_refusal_echoes(request: Request<'_>) -> (DefinedBranches, Option<String>) {
    match request {
        Request::Schedule(schedule) => {
            let caption = CAPTION.judge(schedule.caption).ok().flatten().map(Cow::into_owned);
            (defined_branches(&schedule.defined_branches), caption)
        }
        Request::Cancel(cancel) => (defined_branches(&cancel.defined_branches), None),
        Request::Reschedule(reschedule) => (defined_branches(&reschedule.defined_branches), None),
        Request::Report(report) => (defined_branches(&report.terms.defined_branches), None),
        Request::Unsupported { defined_branches: names, .. } => (defined_branches(&names), None),
    }
}

impl Verdict {
    /// Of a command that changes a callback; it has no caption of its own.
    fn amend<D>(
        judged: Result<ChangeDraft<D>, Violation>,
        tenant: &Tenant,
        amendment: impl FnOnce(D) -> Amendment,
    ) -> Self {
        match judged {
            Ok(draft) => Self::Amend(Box::new(AmendDraft::of(draft, tenant, amendment))),
            Err(violation) => Self::Refused { caption: None, violations: violation.into() },
        }
    }

    /// The caption to echo in a refusal, also in one for a reason of the recording step's. A cancel or reschedule has
    /// none of its own.
    pub fn caption(&self) -> Option<&str> {
        match self {
            Self::Refused { caption, .. } => caption.as_deref(),
            Self::Schedule(draft) => draft.origin.caption.as_deref(),
            Self::Amend(_) => None,
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
