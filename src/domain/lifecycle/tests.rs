use std::time::Duration;

use super::*;
use crate::domain::directory::{Directory, DirectoryKey, DirectoryRecord, SkillRecord};
use crate::domain::fixtures::*;
use crate::domain::ids::Tenant;
use crate::domain::life::{Life, NotAfter};
use crate::domain::time::duration::micros;

/// A directory whose skill is tracked by these rules.
fn tracking(rules: LifecycleRules) -> Directory {
    let mut directory = directory();
    directory.put(DirectoryRecord::Skill(SkillRecord { lifecycle: Some(rules.shared()), ..skill(SKILL) }));
    directory
}

fn of(directory: &Directory) -> &TenantDirectory {
    directory.of(&Tenant::default())
}

/// A tracked callback for the agent: its first due event is that of its date, 2026-11-29T12:00:00Z.
fn tracked() -> Commitment {
    Commitment { attempt: 1, life: Life { tries: Some(0), ..Life::default() }, ..standing() }
}

fn until(not_after: &str) -> NotAfter {
    NotAfter { at: at(not_after), is_derived: false }
}

#[test]
fn the_rules_of_a_skill_that_is_gone_or_untracked_by_now_are_the_defaults() {
    let strict = LifecycleRules { is_strict: true, ..LifecycleRules::default() };
    let mut directory = tracking(strict.clone());
    assert!(of(&directory).tracks(skill_id(SKILL)));
    assert_eq!(of(&directory).lifecycle(skill_id(SKILL)), &strict);
    assert!(!of(&directory).tracks(skill_id(FAR_SKILL)));
    directory.remove(&DirectoryKey::Skill(Tenant::default(), skill_id(SKILL)));
    for skill in [SKILL, FAR_SKILL] {
        assert!(!of(&directory).tracks(skill_id(skill)));
        assert_eq!(of(&directory).lifecycle(skill_id(skill)), &LifecycleRules::default());
    }
}

#[test]
fn a_presentation_goes_to_the_skill_once_the_agent_is_not_there_or_has_had_time_enough() {
    let hour = Some(micros(Duration::from_hours(1)));
    let in_time = at("2026-11-29T13:00:00Z");
    let late = at("2026-11-29T13:00:00.000001Z");
    let rules = LifecycleRules { release_after: hour, ..LifecycleRules::default() };
    let mut directory = tracking(rules.clone());
    assert!(!release(&tracked(), of(&directory), in_time));
    assert!(release(&tracked(), of(&directory), late));
    // One that is not tracked, or for the skill already, is never released.
    assert!(!release(&standing(), of(&directory), late));
    assert!(!release(&released(tracked()), of(&directory), late));
    directory.put(agent(AGENT, false, &[]));
    assert!(release(&tracked(), of(&directory), in_time));
    directory.remove(&DirectoryKey::Agent(Tenant::default(), agent_id(AGENT)));
    assert!(release(&tracked(), of(&directory), in_time));
    let strict = LifecycleRules { is_strict: true, ..rules };
    assert!(!release(&tracked(), of(&tracking(strict)), late));
}

#[test]
fn one_that_is_released_is_for_the_skill_and_says_from_whom() {
    let after = released(tracked());
    assert_eq!(after.terms.target.agent, None);
    assert_eq!(after.life.released_from, Some(agent_id(AGENT)));
    assert_eq!(released(after.clone()), after);
}

#[test]
fn what_is_to_be_presented_expires_or_is_released_or_stays() {
    let mut directory = tracking(LifecycleRules::default());
    let callback =
        Commitment { life: Life { not_after: Some(until("2026-11-29T13:00:00Z")), ..tracked().life }, ..tracked() };
    let before = at("2026-11-29T12:59:59.999999Z");
    assert_eq!(look(callback.clone(), of(&directory), before), callback);
    let now = at("2026-11-29T13:00:00Z");
    let end = End { status: Status::Expired, reason: Reason::NotAfter, at: now };
    let expired = look(callback.clone(), of(&directory), now);
    assert_eq!((expired.life.phase, expired.fire_at), (Phase::Ending(end), callback.fire_at));
    // One that is not tracked expires too.
    let untracked = Commitment { life: Life { tries: None, ..callback.life }, ..callback.clone() };
    assert_eq!(look(untracked, of(&directory), now).life.phase, Phase::Ending(end));
    directory.put(agent(AGENT, false, &[]));
    assert_eq!(look(callback.clone(), of(&directory), before), released(callback));
    // What has ended or is being handled is left alone.
    let handled = Commitment { life: Life { phase: Phase::Handling, ..tracked().life }, ..tracked() };
    assert_eq!(look(handled.clone(), of(&directory), before), handled);
}

#[test]
fn one_that_nobody_reports_on_is_presented_again_at_once() {
    let directory = tracking(LifecycleRules::default());
    let now = at("2026-11-29T12:10:00Z");
    let again = unacknowledged(tracked(), of(&directory), now);
    let expected = Commitment {
        attempt: 2,
        fire_at: now,
        life: Life { phase: Phase::PresentAgain, ..tracked().life },
        ..tracked()
    };
    assert_eq!(again, expected);
}

#[test]
fn one_that_nobody_reports_on_is_released_where_its_agent_is_gone() {
    let mut directory = tracking(LifecycleRules::default());
    directory.put(agent(AGENT, false, &[]));
    let again = unacknowledged(tracked(), of(&directory), at("2026-11-29T12:10:00Z"));
    assert_eq!((again.attempt, again.terms.target.agent), (2, None));
    assert_eq!(again.life.released_from, Some(agent_id(AGENT)));
}

#[test]
fn one_that_nobody_reports_on_ends_after_the_last_presentation_or_at_its_time() {
    let directory = tracking(LifecycleRules::default());
    let now = at("2026-11-29T12:10:00Z");
    let life = Life { not_after: Some(until("2026-11-29T12:10:00Z")), ..tracked().life };
    for (attempt, status, reason) in
        [(5, Status::Missed, Reason::NotAcknowledged), (4, Status::Expired, Reason::NotAfter)]
    {
        let ended = unacknowledged(Commitment { attempt, life, ..tracked() }, of(&directory), now);
        let end = End { status, reason, at: now };
        assert_eq!((ended.attempt, ended.fire_at, ended.life.phase), (attempt, now, Phase::Ending(end)));
    }
}
