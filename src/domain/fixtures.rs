//! A small directory and commands against it, for the tests of the rules.

use chrono_tz::Tz;

use super::command::{Command, Given, IdValue, Request, Requester, Schedule, Text};
use super::directory::{Agent, Directory, Permissions, SecurityUser, Skill};
use super::draft::{Draft, Verdict, draft};
use super::ids::{AgentId, CommandKey, Fingerprint, SkillId, Tenant};
use super::phone::{PhonePolicy, PhoneRules, PremiumRate};
use super::rules::{Rules, TenantDefaults};
use super::schedule_date::DateRules;
use super::timestamp::Timestamp;
use super::violations::Violations;

/// An active outbound phone skill.
pub const SKILL: i64 = 4711;
/// One that may be scheduled 400 days ahead.
pub const FAR_SKILL: i64 = 4714;
/// An active agent with `SKILL`.
pub const AGENT: i64 = 1234;
/// An active agent without skills.
pub const UNSKILLED_AGENT: i64 = 1236;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// When the commands are issued and, unless a test says otherwise, decided.
pub fn now() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

pub fn at(instant: &str) -> Timestamp {
    Timestamp::parse_rfc3339(instant).unwrap()
}

pub fn skill_id(number: i64) -> SkillId {
    SkillId::new(number).unwrap()
}

pub fn agent_id(number: i64) -> AgentId {
    AgentId::new(number).unwrap()
}

pub fn directory() -> Directory {
    let tenant = Tenant::default();
    let mut directory = Directory::default();
    let good = Skill { active: true, outbound_phone: true, horizon_days: None };
    directory.put_skill(&tenant, skill_id(SKILL), good);
    directory.put_skill(&tenant, skill_id(4712), Skill { active: false, ..good });
    directory.put_skill(&tenant, skill_id(4713), Skill { outbound_phone: false, ..good });
    directory.put_skill(&tenant, skill_id(FAR_SKILL), Skill { horizon_days: Some(400), ..good });
    directory.put_skill(&tenant, skill_id(4715), Skill { active: false, horizon_days: Some(400), ..good });
    directory.put_agent(&tenant, agent_id(AGENT), Agent::new(true, vec![skill_id(SKILL)]));
    directory.put_agent(&tenant, agent_id(1235), Agent::new(false, vec![skill_id(SKILL)]));
    directory.put_agent(&tenant, agent_id(UNSKILLED_AGENT), Agent::new(true, vec![]));
    let permissions = Permissions::named(["commitments:create", "commitments:manage"]);
    let all = SecurityUser { agent: agent_id(AGENT), active: true, permissions, time_zone: None };
    let users = [
        ("su-1", all),
        ("su-madrid", SecurityUser { time_zone: Some(Tz::Europe__Madrid), ..all }),
        ("su-inactive", SecurityUser { active: false, ..all }),
        ("su-inactive-agent", SecurityUser { agent: agent_id(1235), ..all }),
        ("su-missing-agent", SecurityUser { agent: agent_id(999), ..all }),
        ("su-manager", SecurityUser { permissions: Permissions::named(["commitments:manage"]), ..all }),
        ("su-creator", SecurityUser { permissions: Permissions::named(["commitments:create"]), ..all }),
        ("su-\u{7}", all),
    ];
    for (name, user) in users {
        directory.put_security_user(&tenant, name, user);
    }
    directory
}

pub fn rules() -> Rules {
    Rules {
        phone: PhoneRules { policy: PhonePolicy::Possible, premium_rate: PremiumRate::Refuse },
        date: Some(DateRules { past_grace: 60 * SECOND, horizon: 366 * DAY }),
        tenants: [].into(),
        elsewhere: TenantDefaults::default(),
    }
}

pub fn text(value: &str) -> Given<Text<'_>> {
    Given::Value(value.into())
}

pub fn id(value: &str) -> Given<IdValue<'_>> {
    Given::Value(IdValue::Text(value.into()))
}

pub fn by(security_user: &str) -> Requester<'_> {
    Requester { security_user: text(security_user), variables: Given::Absent }
}

/// A schedule command that nothing is wrong with.
pub fn schedule() -> Schedule<'static> {
    Schedule {
        requester: by("su-1"),
        phone_number: text("+14155552671"),
        skill_id: id("4711"),
        target_agent_id: id(""),
        schedule_date: text("2026-11-23T15:00:00Z"),
        ..Schedule::default()
    }
}

pub fn command(request: Request<'_>) -> Command<'_> {
    Command {
        key: CommandKey { tenant: Tenant::default(), source: "/script".to_owned(), command_id: "c-1".to_owned() },
        correlation_id: None,
        issued_at: now(),
        trace: None,
        payload: Fingerprint([0; 16]),
        request,
    }
}

pub fn drafted(request: Request<'_>) -> Draft {
    draft(command(request), &directory(), &rules())
}

/// The codes of the violations, none where the command is not refused at this step.
pub fn codes(verdict: &Verdict) -> Vec<&'static str> {
    match verdict {
        Verdict::Refused { violations, .. } => codes_of(violations),
        Verdict::Schedule(_) | Verdict::Amend(_) => Vec::new(),
    }
}

pub fn codes_of(violations: &Violations) -> Vec<&'static str> {
    violations.as_slice().iter().map(super::violation::Violation::code).collect()
}
