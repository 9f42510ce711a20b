//! The ingest loop, in three stages, each on a thread of its own: consume and judge, record, answer.
//!
//! A stage that is ready takes all there is; a batch grows while the next stage is busy, and a small one as long as `pace`
//! says. No batch waits to be recorded; a few that are recorded may wait to be answered together.

pub mod answer;
mod attempt;
mod changes;
pub mod consume;
mod epochs;
mod item;
mod judge;
mod kept;
pub mod lanes;
pub mod needs;
mod pace;
pub mod parked;
mod queues;
pub mod record;
pub mod sequences;
mod session;
pub mod settle;
mod spans;
pub mod sweeper;
pub mod tally;
mod topics;
mod traced;
mod turns;

pub use self::item::{Answer, Content, Forward, Item, Publication, ReadPlace, Recorded, Stream, TimeCause};
pub use self::topics::Topics;
pub use self::traced::Traced;
