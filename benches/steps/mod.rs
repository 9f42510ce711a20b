//! The steps that a command and a callback go through, without servers, for benchmarks of single steps.

#![allow(dead_code, reason = "each program that includes the steps uses another part of them")]

#[path = "../service/commands.rs"]
pub mod commands;

use std::sync::Arc;

use schedule_callback::domain::command::draft::draft;
use schedule_callback::domain::command::rules::{Rules, TenantDefaults};
use schedule_callback::domain::commitment::{Commitment, Position};
use schedule_callback::domain::directory::Directory;
use schedule_callback::domain::ids::Shard;
use schedule_callback::domain::phone::{self, PhonePolicy, PhoneRules, PremiumRate};
use schedule_callback::domain::time::Timestamp;
use schedule_callback::domain::time::schedule_date::DateRules;
use schedule_callback::ingest::sequences::Sequences;
use schedule_callback::ingest::settle::{Basis, Facts, SettledBatch, settle};
use schedule_callback::ingest::{Content, Item, ReadPlace, Stream};
use schedule_callback::kafka::ownership::OwnedShard;
use schedule_callback::postgres::callback::NewRows;
use schedule_callback::postgres::command::NewDecisions;
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::directory_file;
use schedule_callback::wire::due::{DueEvent, FiredAt};
use schedule_callback::wire::record::Incoming;

use self::commands::{CommandRecord, Commands};

/// When the commands are issued and decided: 2026-11-23T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_435_200_000);
/// CloudEvents source of what is written.
pub const SOURCE: &str = "/schedule-callback";
const LIMITS: Limits = Limits { command_bytes: 65_536 };
const DAY: i64 = 86_400_000_000;

/// What all steps share.
pub struct Steps {
    /// A directory that the commands fit.
    pub directory: Directory,
    /// The default rules.
    pub rules: Rules,
    owned: Arc<OwnedShard>,
}

impl Steps {
    /// Everything warm.
    pub fn new() -> Self {
        phone::warm_up();
        let file = commands::directory().to_string();
        let records = directory_file::read(file.as_bytes()).unwrap_or_else(|error| panic!("the directory: {error}"));
        let mut directory = Directory::default();
        for entry in records {
            directory.put(entry.record);
        }
        let rules = Rules {
            phone: PhoneRules { policy: PhonePolicy::Possible, premium_rate: PremiumRate::Refuse },
            date: Some(DateRules { past_grace: 60_000_000, horizon: 366 * DAY }),
            tenants: [].into(),
            elsewhere: TenantDefaults::default(),
        };
        let shard = Shard::from_partition(0).unwrap_or_else(|error| panic!("shard 0: {error}"));
        let marker = Position { fire_at: NOW, callback_id: 0 };
        Self { directory, rules, owned: OwnedShard::claimed(shard, 1, Frontier::starting_at(marker), None) }
    }

    /// The first commands.
    pub fn commands(count: u64) -> Vec<CommandRecord> {
        let commands = Commands::new("c", NOW);
        (0..count).map(|n| commands.nth(n)).collect()
    }

    /// Reads and judges a record, as the consuming stage does.
    pub fn judge(&self, record: &CommandRecord) -> Item {
        let command = decode(&incoming(record), LIMITS);
        let command = command.unwrap_or_else(|malformed| panic!("a command of ours: {}", malformed.detail));
        let draft = Box::new(draft(command, &self.directory, &self.rules));
        Item {
            place: ReadPlace { owned: Arc::clone(&self.owned), stream: Stream::Commands, offset: 0 },
            key: Some(Box::from(record.key.as_bytes())),
            content: Content::Judged { digest: draft.key.fingerprint(), draft, forward: None },
            traced: None,
        }
    }

    /// Settles a batch of new commands, as the recording stage does; its results are written then, too.
    pub fn settle(&self, items: &[Item]) -> SettledBatch {
        let mut sequences = Sequences::default();
        sequences.add(1..1 + i64::try_from(items.len()).unwrap_or(i64::MAX));
        let at = Basis {
            facts: Facts::default(),
            directory: &self.directory,
            rules: &self.rules,
            decided_at: NOW,
            partitions: 8,
            source: SOURCE,
            state: None,
        };
        let settled = settle(items.iter(), &at, &mut sequences);
        settled.unwrap_or_else(|error| panic!("numbers for every command: {error:?}"))
    }

    /// Callbacks as the commands make them.
    pub fn callbacks(&self, count: u64) -> Vec<Arc<Commitment>> {
        let items: Vec<_> = Self::commands(count).iter().map(|record| self.judge(record)).collect();
        let mut settled = self.settle(&items);
        let callbacks = std::mem::take(&mut settled.inserts).into_iter().map(|(_, callback)| callback).collect();
        settled.release();
        callbacks
    }
}

/// Writes the rows of both tables.
pub fn rows(settled: &SettledBatch) -> (NewDecisions, NewRows) {
    let (mut decisions, mut inserts) = (NewDecisions::default(), NewRows::default());
    settled.decisions.iter().for_each(|decision| decisions.push(decision));
    settled.inserts.iter().for_each(|(shard, row)| inserts.push(*shard, row, settled.decided_at));
    (decisions, inserts)
}

/// Writes the due event of each, as it comes into the window.
pub fn due(callbacks: &[Arc<Commitment>]) -> Vec<DueEvent> {
    callbacks.iter().map(|callback| DueEvent::of(callback, SOURCE)).collect()
}

/// Makes a record of each, as it is fired.
pub fn fire(events: &[DueEvent], fired_at: Timestamp, mut each: impl FnMut(&[u8])) {
    let (mut instant, mut value) = (FiredAt::default(), Vec::new());
    for event in events {
        instant.set(fired_at);
        event.write_data(&instant, &mut value);
        each(event.key());
        each(&value);
        event.headers(&instant, SOURCE).for_each(|(_, value)| each(value));
    }
}

/// The record as a consumer shows it.
pub fn incoming(record: &CommandRecord) -> Incoming<'_> {
    Incoming {
        key: Some(record.key.as_bytes()),
        value: Some(record.value.as_bytes()),
        headers: record.headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect(),
        timestamp: NOW,
    }
}
