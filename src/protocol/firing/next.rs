//! What the machine asks for, and which transaction is under way.

use std::time::Duration;

use super::noticed::{Look, Sweep};
use super::shard::Load;
use super::staging::Pass;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<O> {
    /// F1: read these rows, and go on meanwhile.
    Load(Vec<Load<O>>),
    /// Make the producers anew, which ends whatever they left open.
    Reset,
    /// F3: publish these due events.
    Publish(Pass<O>),
    /// F5: commit the markers of these shards once more, as they stand.
    Recommit(Vec<O>),
    /// F6: have these callbacks looked at again by the recording step, and go on meanwhile.
    Look(Vec<Look<O>>),
    /// F7: have these presentations looked at by the recording step, and go on meanwhile.
    Sweep(Sweep<O>),
    /// F4: end all takeovers of this instance, and take its shards over again from T0.
    StartOver,
    /// Nothing before so long has passed, or before something is told.
    Wait(Duration),
}

/// Which transaction is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// None.
    Waiting,
    /// F3: a pass.
    Passing,
    /// F5: markers are committed once more.
    Recommitting,
    /// None, and the outcome of the last is unknown: nothing in memory counts, and nothing is done before the instance has
    /// started over.
    Unknown,
}
