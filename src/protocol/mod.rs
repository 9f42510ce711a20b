//! The protocol: what this service does, in which order, so that a callback fires exactly once whatever fails in between.
//!
//! Everything here is a machine without I/O, threads or clock. A machine says what has to be done next; a loop does it and
//! hands back what came of it. The loops (`takeover`, `ingest`, `dispatch`) decide nothing about order, retries, doubt or
//! fencing, so what the simulation searches (`docs/simulation.md`) is what runs.
//!
//! # The steps
//! A **takeover** of a shard goes from the group's assignment to the first thing done for it:
//!
//! - **T0** Nothing is under way for the shard: both loops have let go of it, and its window is empty. Where the group had put
//!   this instance out, a transaction of the assignment before may still be open: the group takes its offsets no more, or has
//!   taken them already, and then T3 waits for its end.
//! - **T1** Raise its epoch in the database and become its owner; the previous owner's name is kept. New work under the
//!   old epoch fails from now on.
//! - **T2** Wait for what is still in flight under the old epoch: it holds the row, and the claim waits for that lock.
//! - **T3** Read the marker and both offsets when no transaction is pending on them. What stays pending although the
//!   coordinators answer is aborted in the name of the previous owner; what hangs even then is ended.
//! - **T4** Choose where the shard goes on: the broker's marker; without one, its copy in the database; else the first
//!   position. Two that contradict each other stop the shard.
//! - **T5** Commit that marker once more under this assignment: a member whose generation is old is refused here, before
//!   it has decided anything. Then the previous owner can be forgotten. Where the outcome is not known, all that the instance
//!   owns is taken over again, as after F4: the pass before it came from the same producers, and may be gone with them.
//! - **T6** Read the commands and amendments from their offsets, load the window behind the marker, and begin.
//!
//! **Recording** a batch of commands, in one database transaction and one Kafka transaction:
//!
//! - **R1** Hold the epochs of its shards: a row that is missing means that another owner has taken the shard over.
//! - **R2** Look up what is known: decided commands, and the callbacks that amendments are about.
//! - **R3** Settle: decide each command, and hold each shard's frontier below the earliest instant that changes.
//! - **R4** Write the decisions and the callbacks, and commit. Where the answer is lost, the same batch is run again, and
//!   the keys show what became of the first attempt (`fate`).
//! - **R5** Tell the windows what has changed, which ends the holds. With the state topic on they end when R6 is done, too, so
//!   that nothing is said to be due before it is said to be pending.
//! - **R6** Publish results, dead letters and forwarded records together with the offsets, in one Kafka transaction.
//!
//! R1 to R5, and when R6 may begin, are [`recording`]; R6, of one or more batches together, is [`publishing`].
//!
//! **Firing** a shard's callbacks ([`firing`]):
//!
//! - **F1** Load the rows behind the window before it ends. What is recorded meanwhile is applied to what the load brings.
//!   A load that fails is asked for again: it changes nothing.
//! - **F2** Plan a pass: what is due, oldest first over all shards, up to the frontier; the cutoff is raised to its end.
//! - **F3** Publish the due events together with the marker, in one Kafka transaction.
//! - **F4** After the commit the marker follows the cutoff. After a confirmed abort the same range is tried again. After an
//!   unknown outcome nothing in memory counts: every shard is taken over again from T0.
//! - **F5** Commit marker and offsets again every hour, between passes: the broker forgets what nobody commits.
//! - **F6** What must not be presented as it stands, since its `notAfter` has come or it goes to the skill instead of its
//!   agent, ends a pass just before it. It is handed to the recording step, which looks at it again and changes it.
//! - **F7** What was presented, is tracked and was reported by nobody in time is handed to the recording step, too. When it
//!   was published is known in memory only; after a takeover it counts from there.
//!
//! # What came of it
//! Servers fail in many ways, and a machine knows five: see [`Fault`].

pub mod beginning;
pub mod fate;
pub mod firing;
pub mod frontier;
pub mod keeping;
pub mod ownership;
pub mod pass;
pub mod publishing;
pub mod recording;
pub mod resume;
pub mod takeover;
pub mod window;

/// Why something that a machine asked for was not done. An adapter makes one of these of each of its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server said no, and nothing has happened: the same may be tried again later.
    Refused,
    /// Somebody else has taken over what this was done for: it must not be tried again under this takeover.
    Fenced,
    /// A transaction has come to nothing for certain.
    Aborted,
    /// A commit was sent and its answer was lost: it may have happened or not.
    Unknown,
    /// The server could not be asked; nothing was sent whose effect could last.
    Away,
}
