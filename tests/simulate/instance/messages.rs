//! What the loops of an instance say to each other.

use std::sync::Arc;

use schedule_callback::dispatch::Timed;
use schedule_callback::domain::commitment::{Commitment, Position};
use schedule_callback::ingest::{Item, Recorded};
use schedule_callback::protocol::firing::{ByTime, Load, Sweep};
use schedule_callback::protocol::frontier::Hold;
use schedule_callback::protocol::ownership::Awaiting;
use schedule_callback::protocol::window::Change;

use super::shared::Taken;
use crate::channel::{Mailbox, Promise};
use crate::executor::Sim;

/// To the loop that fires.
pub enum ToDispatch {
    /// T5, and T6 where the broker takes it.
    Confirm { shards: Vec<Taken>, confirmed: Promise<bool> },
    /// R5.
    Changed { taken: Taken, changes: Vec<Change<Arc<Commitment>>>, reach: Position, hold: Hold },
    /// F1: what a load has brought; `None` where it failed.
    Loaded { load: Load<Taken>, rows: Option<Vec<(Position, Timed)>> },
    /// F7: a sweep has ended; whether all that it found is with the recording step.
    Swept { sweep: Sweep<Taken>, is_done: bool },
}

/// To the loop that takes over.
pub enum ToTakeover {
    /// Take these shards over.
    Take(Vec<Awaiting>),
    /// Copy their markers, and give up their ownership.
    Release { shards: Vec<Taken>, done: Promise<()> },
}

/// T6, to the loop that reads commands.
pub struct Start {
    pub taken: Taken,
    /// The next offsets of commands and of amendments.
    pub next: [i64; 2],
}

/// All mailboxes of an instance.
pub struct Mailboxes {
    pub dispatch: Mailbox<ToDispatch>,
    pub takeover: Mailbox<ToTakeover>,
    pub loads: Mailbox<Load<Taken>>,
    pub sweeps: Mailbox<ByTime<Taken>>,
    pub starts: Mailbox<Start>,
    pub items: Mailbox<Item>,
    pub answers: Mailbox<Recorded>,
}

impl Mailboxes {
    /// Empty ones.
    pub fn new(sim: &Sim) -> Self {
        Self {
            dispatch: Mailbox::new(sim),
            takeover: Mailbox::new(sim),
            loads: Mailbox::new(sim),
            sweeps: Mailbox::new(sim),
            starts: Mailbox::new(sim),
            items: Mailbox::new(sim),
            answers: Mailbox::new(sim),
        }
    }
}
