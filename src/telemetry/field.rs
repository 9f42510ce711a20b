//! Names of log fields: one name for one thing, everywhere.
//!
//! ```
//! use schedule_callback::telemetry::field;
//! tracing::info!({ field::CALLBACK_ID } = 1_073_743_450_u64, "callback fired");
//! ```

/// The tenant.
pub const TENANT: &str = "tenant";
/// `ce_id` of a command.
pub const COMMAND_ID: &str = "command.id";
/// `ce_source` of a command.
pub const COMMAND_SOURCE: &str = "command.source";
/// `ce_correlationid` of a command.
pub const CORRELATION_ID: &str = "correlation.id";
/// A callback.
pub const CALLBACK_ID: &str = "callback.id";
/// Revision of a callback.
pub const CALLBACK_REVISION: &str = "callback.revision";
/// When a callback fires.
pub const FIRE_AT: &str = "callback.fire_at";
/// Fired minus scheduled, in milliseconds.
pub const LATENESS_MS: &str = "callback.lateness_ms";
/// The last two digits of a phone number (`LastTwo`), never more of it.
pub const PHONE: &str = "phone.last_two";
/// The branch that a script takes.
pub const BRANCH: &str = "result.branch";
/// Code of a violation or a warning, or reason of a dead letter.
pub const CODE: &str = "result.code";
/// A shard.
pub const SHARD: &str = "shard.id";
/// Several shards, as a list.
pub const SHARDS: &str = "shard.ids";
/// The epoch under which a shard is owned.
pub const EPOCH: &str = "shard.epoch";
/// The instance that owned a shard before.
pub const PREVIOUS_OWNER: &str = "shard.previous_owner";
/// A topic.
pub const TOPIC: &str = "kafka.topic";
/// A partition.
pub const PARTITION: &str = "kafka.partition";
/// An offset.
pub const OFFSET: &str = "kafka.offset";
/// Key of a directory record.
pub const DIRECTORY_KEY: &str = "directory.key";
/// How many, of what the message says.
pub const COUNT: &str = "count";
/// How long, in milliseconds.
pub const ELAPSED_MS: &str = "elapsed_ms";
/// What failed, with its causes.
pub const ERROR: &str = "error";
/// An address that is listened on or connected to, without credentials.
pub const ADDRESS: &str = "address";
