//! What a script author is told beside a `Success` (docs/contract.md#warnings).

use super::target::agent_lacks_skill;
use crate::domain::answer::Warning;
use crate::domain::commitment::Target;
use crate::domain::directory::TenantDirectory;
use crate::domain::phone::Judged;
use crate::domain::time::Timestamp;
use crate::domain::time::schedule_date::{ScheduleDate, ZoneOf};

/// The warnings that do not depend on the time of the decision, in order. A number that stays as it was is not judged
/// again and counts as one that nothing is to be said of.
pub(super) fn known_warnings(
    target: Target,
    directory: &TenantDirectory,
    date: ScheduleDate,
    number: &Judged,
) -> Vec<Warning> {
    let all = [
        (agent_lacks_skill(target, directory), Warning::AgentWithoutSkill),
        (!number.assigned, Warning::PhoneNumberNotAssigned),
        (number.ambiguous, Warning::PhoneNumberAmbiguous),
        (date.ambiguous, Warning::LocalTimeAmbiguous),
        (date.zone.is_some_and(|zone| zone.of != ZoneOf::Command), Warning::TimeZoneAssumed),
    ];
    all.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)).collect()
}

/// The same and, where the instant was in the future when the command was issued and is in the past when it is
/// decided, `Late`.
pub(super) fn with_late(
    mut warnings: Vec<Warning>,
    scheduled_for: Timestamp,
    issued_at: Timestamp,
    decided_at: Timestamp,
) -> Vec<Warning> {
    if issued_at < scheduled_for && scheduled_for < decided_at {
        warnings.push(Warning::Late);
    }
    warnings
}
