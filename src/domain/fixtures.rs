//! A small directory and commands against it, for the tests of the rules.

use crate::domain::answer::{
    CallbackFault, SecurityUserFault, SkillFault, TargetAgentFault, TypeFault, Violation, Violations,
};
use crate::domain::command::draft::{Draft, Verdict, draft};
use crate::domain::command::rules::{Rules, TenantDefaults};
use crate::domain::command::text::{CAPTION, NOTES, TIME_ZONE};
use crate::domain::command::{Command, Request, Requester, Schedule};
use crate::domain::commitment::{Commitment, Origin, PhoneNumber, Target, Terms};
use crate::domain::directory::{AgentRecord, Directory, DirectoryRecord, Permission, SecurityUserRecord, SkillRecord};
use crate::domain::given::{Given, IdFault, IdValue, JsonType, Placed, Text, Wrong};
use crate::domain::ids::{AgentId, CallbackId, CommandKey, Fingerprint, SkillId, Tenant};
use crate::domain::life::{Life, Reason, Status};
use crate::domain::phone::{
    Impossible, PhoneNumberFault, PhonePolicy, PhoneRules, PremiumRate, ReadAs, Size, Unreadable,
};
use crate::domain::time::schedule_date::{DateRules, DateSyntax, ReadDate, ScheduleDateFault, ZoneOf, ZoneUsed};
use crate::domain::time::{TimeZone, Timestamp};

/// An active outbound phone skill.
pub const SKILL: i64 = 4711;
/// One that may be scheduled 400 days ahead.
pub const FAR_SKILL: i64 = 4714;
/// An active agent with `SKILL`.
pub const AGENT: i64 = 1234;
/// The callback that stands.
pub const CALLBACK: &str = "5120";
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

/// An active outbound phone skill.
pub fn skill(number: i64) -> SkillRecord {
    SkillRecord {
        tenant: Tenant::default(),
        skill_id: skill_id(number),
        is_active: true,
        is_outbound_phone: true,
        horizon_days: None,
        lifecycle: None,
    }
}

pub fn agent(number: i64, is_active: bool, skills: &[i64]) -> DirectoryRecord {
    let skills = skills.iter().copied().map(skill_id).collect();
    let tenant = Tenant::default();
    DirectoryRecord::Agent(AgentRecord { tenant, agent_id: agent_id(number), is_active, skills })
}

/// An active security user of `AGENT` with every permission.
fn security_user(name: &str) -> SecurityUserRecord {
    SecurityUserRecord {
        tenant: Tenant::default(),
        name: name.to_owned(),
        agent_id: agent_id(AGENT),
        is_active: true,
        permissions: Permission::ALL.into_iter().collect(),
        time_zone: None,
    }
}

/// The same with these permissions only.
fn may_only(permissions: &[Permission], name: &str) -> SecurityUserRecord {
    SecurityUserRecord { permissions: permissions.iter().copied().collect(), ..security_user(name) }
}

pub fn directory() -> Directory {
    let skills = [
        skill(SKILL),
        SkillRecord { is_active: false, ..skill(4712) },
        SkillRecord { is_outbound_phone: false, ..skill(4713) },
        SkillRecord { horizon_days: Some(400), ..skill(FAR_SKILL) },
        SkillRecord { is_active: false, horizon_days: Some(400), ..skill(4715) },
    ];
    let agents = [agent(AGENT, true, &[SKILL]), agent(1235, false, &[SKILL]), agent(UNSKILLED_AGENT, true, &[])];
    let security_users = [
        security_user("su-1"),
        SecurityUserRecord { time_zone: TimeZone::parse("Europe/Madrid").ok(), ..security_user("su-madrid") },
        SecurityUserRecord { is_active: false, ..security_user("su-inactive") },
        SecurityUserRecord { agent_id: agent_id(1235), ..security_user("su-inactive-agent") },
        SecurityUserRecord { agent_id: agent_id(999), ..security_user("su-missing-agent") },
        may_only(&[Permission::Manage, Permission::Report], "su-manager"),
        may_only(&[Permission::Create], "su-creator"),
        security_user("su-\u{7}"),
    ];
    let records = skills.into_iter().map(DirectoryRecord::Skill).chain(agents);
    let mut directory = Directory::default();
    for record in records.chain(security_users.into_iter().map(DirectoryRecord::SecurityUser)) {
        directory.put(record);
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

/// A value of another JSON type than its field's.
pub fn wrong_type<T>() -> Given<T> {
    Given::Wrong(Wrong::Type(JsonType::Boolean))
}

pub fn number(value: &str) -> Given<IdValue<'_>> {
    Given::Value(IdValue::Number(value.into()))
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
        earlier_payload: None,
        misnamed: Vec::new(),
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
    violations.as_slice().iter().map(Violation::code).collect()
}

/// A callback that stands: scheduled by `c-0` from `/script`, in seven days, for the agent, with notes.
pub fn standing() -> Commitment {
    let scheduled_for = at("2026-11-29T12:00:00Z");
    Commitment {
        callback_id: CallbackId::parse(CALLBACK).unwrap(),
        revision: 1,
        attempt: 3,
        fire_at: scheduled_for,
        terms: Terms {
            scheduled_for,
            target: Target { skill: skill_id(SKILL), agent: Some(agent_id(AGENT)) },
            phone_number: PhoneNumber { e164: "+19002345678".to_owned(), extension: Some("7".to_owned()) },
            notes: Some("before".to_owned()),
        },
        origin: Origin {
            tenant: Tenant::default(),
            command_source: "/script".to_owned(),
            command_id: "c-0".to_owned(),
            correlation_id: None,
            trace: None,
            caption: Some("Callback".to_owned()),
            first_name: None,
            last_name: None,
            requested_by: agent_id(UNSKILLED_AGENT),
        },
        revised_by: "c-0".to_owned(),
        cancelled_at: None,
        life: Life::default(),
    }
}

/// Every violation that there is, in the order of the table.
pub fn every_violation() -> Vec<Violation> {
    use {
        PhoneNumberFault as P, ScheduleDateFault as D, SecurityUserFault as U, SkillFault as S, TargetAgentFault as A,
    };
    let mut all: Vec<Violation> = Vec::new();
    all.extend(
        [U::Missing, U::Unknown(None), U::Inactive, U::Forbidden(Permission::Create), U::Unresolved(None)]
            .map(Violation::from),
    );
    all.extend(
        [S::Missing, S::Malformed(IdFault::NotWhole), S::Unknown, S::Inactive, S::NotOutboundPhone]
            .map(Violation::from),
    );
    all.extend([A::Missing, A::Malformed(IdFault::NotWhole), A::Unknown, A::Inactive].map(Violation::from));
    all.extend(
        [D::Missing, D::Syntax(DateSyntax::Form), D::MixedFormat, D::OutOfRange, D::TimeMissing].map(Violation::from),
    );
    let zone = ZoneUsed { zone: TimeZone::parse("Europe/Madrid").unwrap(), of: ZoneOf::Tenant };
    let read = ReadDate { instant: now(), zone: Some(zone) };
    all.extend([D::OffsetMissing, D::NonexistentLocalTime(zone)].map(Violation::from));
    all.extend([D::TimeZoneUnknown { nearest: None, overlooked: None }].map(Violation::from));
    all.extend([D::InPast { read, issued_at: now() }, D::TooFar { horizon: 366 * DAY, read }].map(Violation::from));
    all.extend([P::Missing, P::Syntax(Unreadable::NoDigits), P::CountryCode(Some(999))].map(Violation::from));
    let read_as = ReadAs { code: 1, assumed: None, short: None };
    let size = Size { digits: 2, plan: None };
    all.extend([P::CountryCodeMissing, P::TooShort(size), P::TooLong(size)].map(Violation::from));
    all.extend([P::NotPossible(Impossible::NotAssigned(read_as)), P::PremiumRate(read_as)].map(Violation::from));
    let ended = Violation::CallbackEnded { status: Status::Missed, reason: Reason::TriesExhausted };
    all.extend([
        Violation::OutcomeMissing,
        Violation::OutcomeUnsupported { nearest: None },
        Violation::FieldTooLong { field: CAPTION.field, limit: 200, length: 201 },
        Violation::FieldControlCharacter { field: NOTES.field, found: Placed { character: '\u{7}', position: 3 } },
        Violation::FieldType(CAPTION.field, Wrong::Type(JsonType::Number)),
        Violation::FieldName(TIME_ZONE.field),
        Violation::FieldNotUnicode(NOTES.field),
        Violation::ScriptTypeUnsupported { nearest: None },
        Violation::NotAfterInvalid(D::OutOfRange),
        Violation::NotAfterTooEarly { not_after: now(), scheduled_for: now(), is_kept: false },
        Violation::CommandIdReused,
        Violation::CommandTypeUnsupported(TypeFault::Unknown),
        Violation::CallbackNotFound(CallbackFault::Unnamed),
        Violation::CallbackNotTracked,
        Violation::CallbackAlreadyDue,
        Violation::CallbackCancelled,
        ended,
        Violation::AttemptMissing,
        Violation::AttemptNotFired,
        Violation::AttemptOver,
        Violation::Malformed("The message could not be read as a command: not JSON at byte 0.".to_owned()),
    ]);
    all
}
