//! Records of the directory topics → what they change (docs/contract.md#directory).

mod lifecycle;

use std::str;

use thiserror::Error;

use super::json::{Document, Node, NotJson, Value};
use crate::domain::directory::{
    AgentRecord, DirectoryChange, DirectoryKey, DirectoryRecord, Permission, SecurityUserRecord, SkillRecord,
};
use crate::domain::ids::{AgentId, SkillId, Tenant};
use crate::domain::time::TimeZone;

/// The longest value of a directory record, in bytes: what a broker takes by default (`message.max.bytes`), rounded. An
/// agent with 50,000 skills fits.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// One of the three directory topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DirectoryTopic {
    /// `topics.skills`
    Skills,
    /// `topics.agents`
    Agents,
    /// `topics.security_users`
    SecurityUsers,
}

/// A directory record that is skipped, counted and logged by its key. Nothing of its value is told.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UnreadableRecord {
    /// The key is not a tenant, a slash and an id.
    #[error("the key is not <tenant>/<id>")]
    Key,
    /// The value is longer than any skill, agent or security user; it is not looked at.
    #[error("the value has {0} bytes, more than {MAX_RECORD_BYTES}")]
    TooLarge(usize),
    /// The value is not JSON.
    #[error("the value cannot be read")]
    NotJson(#[from] NotJson),
    /// An object of the value has the same key twice.
    #[error("an object of the value has the same key twice")]
    RepeatedKey,
    /// A field that is decided by is missing or wrong; this is its name.
    #[error("the field {0} is missing or wrong")]
    Field(&'static str),
    /// The id in the value is not the one in the key.
    #[error("key and value have different ids")]
    OtherId,
}

impl DirectoryTopic {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Skills, Self::Agents, Self::SecurityUsers];

    /// Reads a record of this topic; one without a value says that there is no such skill, agent or security user
    /// any more. The tenant is what stands before the key's first slash.
    ///
    /// Only what is decided by is read: names may be missing, and what else the object has is ignored.
    ///
    /// # Errors
    /// `UnreadableRecord`: what the directory says stays as it is.
    pub fn read(self, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<DirectoryChange, UnreadableRecord> {
        let (tenant, id) = split_key(key).ok_or(UnreadableRecord::Key)?;
        match self {
            Self::Skills => read_skill(tenant, id, value),
            Self::Agents => read_agent(tenant, id, value),
            Self::SecurityUsers => read_security_user(tenant, id, value),
        }
    }

    /// The field of a record that repeats the id of its key.
    pub const fn id_field(self) -> &'static str {
        match self {
            Self::Skills => "skillId",
            Self::Agents => "agentId",
            Self::SecurityUsers => "securityUser",
        }
    }
}

fn split_key(key: Option<&[u8]>) -> Option<(Tenant, &str)> {
    let (tenant, id) = str::from_utf8(key?).ok()?.split_once('/')?;
    Some((Tenant::parse(tenant).ok()?, id))
}

fn read_skill(tenant: Tenant, id: &str, value: Option<&[u8]>) -> Result<DirectoryChange, UnreadableRecord> {
    let skill_id = SkillId::parse(id).map_err(|_| UnreadableRecord::Key)?;
    let Some(value) = value else { return Ok(DirectoryChange::Gone(DirectoryKey::Skill(tenant, skill_id))) };
    let document = document(value)?;
    let skill = document.root();
    same_id(id, id_of(skill, "skillId")?)?;
    let is_phone = text(skill, "mediaType")? == "phone";
    let is_outbound = text(skill, "direction")? == "outbound";
    Ok(DirectoryChange::Put(DirectoryRecord::Skill(SkillRecord {
        tenant,
        skill_id,
        is_active: truth(skill, "active")?,
        is_outbound_phone: is_phone && is_outbound,
        horizon_days: horizon_days(skill)?,
        lifecycle: lifecycle::read(skill).map_err(UnreadableRecord::Field)?,
    })))
}

fn read_agent(tenant: Tenant, id: &str, value: Option<&[u8]>) -> Result<DirectoryChange, UnreadableRecord> {
    let agent_id = AgentId::parse(id).map_err(|_| UnreadableRecord::Key)?;
    let Some(value) = value else { return Ok(DirectoryChange::Gone(DirectoryKey::Agent(tenant, agent_id))) };
    let document = document(value)?;
    let agent = document.root();
    same_id(id, id_of(agent, "agentId")?)?;
    let skill_id = |skill| SkillId::parse(digits(skill)?).ok();
    Ok(DirectoryChange::Put(DirectoryRecord::Agent(AgentRecord {
        tenant,
        agent_id,
        is_active: truth(agent, "active")?,
        skills: list(agent, "skills", skill_id)?.into(),
    })))
}

fn read_security_user(tenant: Tenant, name: &str, value: Option<&[u8]>) -> Result<DirectoryChange, UnreadableRecord> {
    let name = Some(name).filter(|name| !name.is_empty()).ok_or(UnreadableRecord::Key)?.to_owned();
    let Some(value) = value else { return Ok(DirectoryChange::Gone(DirectoryKey::SecurityUser(tenant, name))) };
    let document = document(value)?;
    let user = document.root();
    same_id(&name, text(user, "securityUser")?)?;
    let agent_id = AgentId::parse(id_of(user, "agentId")?).map_err(|_| UnreadableRecord::Field("agentId"))?;
    let granted = list(user, "permissions", |permission| permission.text().map(AsRef::as_ref))?;
    Ok(DirectoryChange::Put(DirectoryRecord::SecurityUser(SecurityUserRecord {
        tenant,
        name,
        agent_id,
        is_active: truth(user, "active")?,
        permissions: Permission::ALL.into_iter().filter(|known| granted.contains(&known.name())).collect(),
        time_zone: time_zone(user)?,
    })))
}

fn document(value: &[u8]) -> Result<Document<'_>, UnreadableRecord> {
    if value.len() > MAX_RECORD_BYTES {
        return Err(UnreadableRecord::TooLarge(value.len()));
    }
    let document = Document::read(value)?;
    if document.repeats_a_key() { Err(UnreadableRecord::RepeatedKey) } else { Ok(document) }
}

fn same_id(in_key: &str, in_value: &str) -> Result<(), UnreadableRecord> {
    if in_key == in_value { Ok(()) } else { Err(UnreadableRecord::OtherId) }
}

fn horizon_days(skill: Value<'_, '_>) -> Result<Option<u32>, UnreadableRecord> {
    let Some(value) = skill.member("horizonDays") else { return Ok(None) };
    let Node::Number(days) = value.node() else { return Err(UnreadableRecord::Field("horizonDays")) };
    let days: u32 = days.parse().map_err(|_| UnreadableRecord::Field("horizonDays"))?;
    Ok(Some(days.min(SkillRecord::MAX_HORIZON_DAYS)))
}

/// An IANA name as it is written there, case and all; empty is absent, as in a command.
fn time_zone(user: Value<'_, '_>) -> Result<Option<TimeZone>, UnreadableRecord> {
    let Some(value) = user.member("timeZone") else { return Ok(None) };
    let name = value.text().ok_or(UnreadableRecord::Field("timeZone"))?;
    if name.is_empty() {
        return Ok(None);
    }
    TimeZone::parse(name).map(Some).map_err(|_| UnreadableRecord::Field("timeZone"))
}

fn truth(object: Value<'_, '_>, field: &'static str) -> Result<bool, UnreadableRecord> {
    object.member(field).and_then(Value::truth).ok_or(UnreadableRecord::Field(field))
}

fn text<'d>(object: Value<'d, '_>, field: &'static str) -> Result<&'d str, UnreadableRecord> {
    object.member(field).and_then(Value::text).map(AsRef::as_ref).ok_or(UnreadableRecord::Field(field))
}

fn id_of<'d>(object: Value<'d, '_>, field: &'static str) -> Result<&'d str, UnreadableRecord> {
    object.member(field).and_then(digits).ok_or(UnreadableRecord::Field(field))
}

/// An id of the directory may be a string or an integer, as in a command.
fn digits<'d>(value: Value<'d, '_>) -> Option<&'d str> {
    match value.node() {
        Node::Text(id) | Node::Number(id) => Some(id),
        _ => None,
    }
}

fn list<'d, 'a, T>(
    object: Value<'d, 'a>,
    field: &'static str,
    read: impl Fn(Value<'d, 'a>) -> Option<T>,
) -> Result<Vec<T>, UnreadableRecord> {
    let elements = object.member(field).and_then(Value::elements).ok_or(UnreadableRecord::Field(field))?;
    elements.map(read).collect::<Option<_>>().ok_or(UnreadableRecord::Field(field))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::directory::LifecycleRules;

    fn read(topic: DirectoryTopic, key: &str, value: &str) -> Result<DirectoryChange, UnreadableRecord> {
        topic.read(Some(key.as_bytes()), Some(value.as_bytes()))
    }

    fn put(topic: DirectoryTopic, key: &str, value: &str) -> DirectoryRecord {
        match read(topic, key, value) {
            Ok(DirectoryChange::Put(record)) => record,
            other => panic!("{other:?}"),
        }
    }

    fn tenant() -> Tenant {
        Tenant::parse("acme").unwrap()
    }

    #[test]
    fn the_records_of_the_contract_are_read() {
        let skill = r#"{"skillId":"4711","name":"Sales","active":true,"mediaType":"phone",
            "direction":"outbound","horizonDays":30,"lifecycle":{}}"#;
        let agent = r#"{"agentId":1234,"userName":"ana.garcia","active":true,"skills":["4711",4712]}"#;
        let user = r#"{"securityUser":"a/b","agentId":"1234","active":false,
            "permissions":["commitments:create","commitments:report","x"],"timeZone":"Europe/Madrid"}"#;
        let skill_id = |number| SkillId::new(number).unwrap();
        let agent_id = AgentId::new(1234).unwrap();
        assert_eq!(
            put(DirectoryTopic::Skills, "acme/4711", skill),
            DirectoryRecord::Skill(SkillRecord {
                tenant: tenant(),
                skill_id: skill_id(4711),
                is_active: true,
                is_outbound_phone: true,
                horizon_days: Some(30),
                lifecycle: Some(LifecycleRules::defaults().clone()),
            })
        );
        assert_eq!(
            put(DirectoryTopic::Agents, "acme/1234", agent),
            DirectoryRecord::Agent(AgentRecord {
                tenant: tenant(),
                agent_id,
                is_active: true,
                skills: [skill_id(4711), skill_id(4712)].into(),
            })
        );
        assert_eq!(
            put(DirectoryTopic::SecurityUsers, "acme/a/b", user),
            DirectoryRecord::SecurityUser(SecurityUserRecord {
                tenant: tenant(),
                name: "a/b".to_owned(),
                agent_id,
                is_active: false,
                permissions: [Permission::Create, Permission::Report].into_iter().collect(),
                time_zone: TimeZone::parse("Europe/Madrid").ok(),
            })
        );
    }

    #[test]
    fn a_record_without_a_value_is_gone() {
        let gone = |topic: DirectoryTopic, key: &str| topic.read(Some(key.as_bytes()), None).unwrap();
        let skill = DirectoryKey::Skill(tenant(), SkillId::new(1).unwrap());
        assert_eq!(gone(DirectoryTopic::Skills, "acme/1"), DirectoryChange::Gone(skill));
        let agent = DirectoryKey::Agent(tenant(), AgentId::new(1).unwrap());
        assert_eq!(gone(DirectoryTopic::Agents, "acme/1"), DirectoryChange::Gone(agent));
        let user = DirectoryKey::SecurityUser(tenant(), "su-1".to_owned());
        assert_eq!(gone(DirectoryTopic::SecurityUsers, "acme/su-1"), DirectoryChange::Gone(user));
    }

    #[test]
    fn a_key_that_is_no_tenant_and_id_is_unreadable() {
        for key in ["", "acme", "acme/", "/1", "a b/1", "acme/01", "acme/x", "acme/1/2"] {
            assert_eq!(DirectoryTopic::Skills.read(Some(key.as_bytes()), None), Err(UnreadableRecord::Key), "{key}");
        }
        assert_eq!(DirectoryTopic::SecurityUsers.read(Some(b"acme/"), None), Err(UnreadableRecord::Key));
        assert_eq!(DirectoryTopic::Agents.read(Some(b"acme/\xff"), None), Err(UnreadableRecord::Key));
        assert_eq!(DirectoryTopic::Agents.read(None, None), Err(UnreadableRecord::Key));
    }

    #[test]
    fn a_value_that_is_too_long_is_not_looked_at() {
        let skill = r#"{"skillId":"1","active":true,"mediaType":"chat","direction":"outbound"}"#;
        let padded = |bytes: usize| format!("{skill}{}", " ".repeat(bytes - skill.len()));
        assert!(read(DirectoryTopic::Skills, "acme/1", &padded(MAX_RECORD_BYTES)).is_ok());
        let too_long = read(DirectoryTopic::Skills, "acme/1", &padded(MAX_RECORD_BYTES + 1));
        assert_eq!(too_long, Err(UnreadableRecord::TooLarge(MAX_RECORD_BYTES + 1)));
        let no_json = DirectoryTopic::Skills.read(Some(b"acme/1"), Some(&vec![0xff; MAX_RECORD_BYTES + 1]));
        assert_eq!(no_json, Err(UnreadableRecord::TooLarge(MAX_RECORD_BYTES + 1)));
    }

    #[test]
    fn a_value_that_does_not_fit_is_unreadable() {
        use UnreadableRecord as E;
        let skill = |members: &str| {
            let value = format!(r#"{{"skillId":"1","mediaType":"chat","direction":"outbound"{members}}}"#);
            read(DirectoryTopic::Skills, "acme/1", &value).err()
        };
        assert_eq!(skill(r#","active":true"#), None);
        assert_eq!(skill(r#","active":true,"horizonDays":4294967295"#), None);
        assert_eq!(skill(""), Some(E::Field("active")));
        assert_eq!(skill(r#","active":"true""#), Some(E::Field("active")));
        for days in ["-1", "1.5", "\"30\"", "4294967296"] {
            assert_eq!(skill(&format!(r#","active":true,"horizonDays":{days}"#)), Some(E::Field("horizonDays")));
        }
        assert_eq!(skill(r#","active":true,"x":{"y":1,"y":1}"#), Some(E::RepeatedKey));
        assert_eq!(read(DirectoryTopic::Skills, "acme/1", ""), Err(E::NotJson(NotJson::Syntax(0))));
        assert_eq!(read(DirectoryTopic::Skills, "acme/1", "[]"), Err(E::Field("skillId")));
        assert_eq!(read(DirectoryTopic::Skills, "acme/1", r#"{"skillId":"2"}"#), Err(E::OtherId));
        let user = |zone: &str| {
            let value =
                format!(r#"{{"securityUser":"u","agentId":1,"active":true,"permissions":[],"timeZone":{zone}}}"#);
            read(DirectoryTopic::SecurityUsers, "acme/u", &value).err()
        };
        assert_eq!([user("null"), user("\"\"")], [None, None]);
        assert_eq!([user("\"europe/madrid\""), user("1")], [Some(E::Field("timeZone")), Some(E::Field("timeZone"))]);
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(
            key in prop::option::of(prop::collection::vec(any::<u8>(), 0..12)),
            value in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
        ) {
            for topic in DirectoryTopic::ALL {
                let _ = topic.read(key.as_deref(), value.as_deref());
            }
        }
    }
}
