//! The directory of skills, agents and security users (docs/contract.md#directory).
//!
//! - `record`: one record of a directory topic.
//! - `lifecycle`: what a skill's record says of its callbacks after they are due.
//! - `permission`: what a security user may do.
//! - `facts`: what all records say together, by tenant, which commands are judged by.

mod facts;
mod lifecycle;
mod permission;
mod record;

pub use self::facts::{Agent, Directory, SecurityUser, Skill, TenantDirectory};
pub use self::lifecycle::{LifecycleRules, Retry, Waits};
pub use self::permission::{Permission, Permissions};
pub use self::record::{AgentRecord, DirectoryChange, DirectoryKey, DirectoryRecord, SecurityUserRecord, SkillRecord};
