//! The directory of skills, agents and security users (docs/contract.md#directory).
//!
//! - `record`: one record of a directory topic.
//! - `facts`: what all records say together, by tenant, which commands are judged by.

mod facts;
mod record;

pub use self::facts::{Agent, Directory, Permission, SecurityUser, Skill, TenantDirectory};
pub use self::record::{AgentRecord, DirectoryChange, DirectoryKey, DirectoryRecord, SecurityUserRecord, SkillRecord};
