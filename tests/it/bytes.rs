//! What a command costs PostgreSQL in bytes, written to its log and stored. Bytes do not depend on the machine, so they
//! are asserted: docs/scaling.md is reckoned from them.

#[path = "../../benches/steps/mod.rs"]
mod steps;

use std::sync::Arc;

use schedule_callback::domain::commitment::Position;
use schedule_callback::domain::ids::Shard;
use schedule_callback::ingest::sequences::Sequences;
use schedule_callback::ingest::settle::{Basis, Facts, SettledBatch, settle};
use schedule_callback::kafka::ownership::OwnedShard;
use schedule_callback::postgres::DatabaseError;
use schedule_callback::postgres::callback::CallbackStatements;
use schedule_callback::postgres::command::CommandStatements;
use schedule_callback::postgres::leaves::{Leaf, Leaves};
use schedule_callback::protocol::frontier::Frontier;
use tokio_postgres::Client;

use self::steps::Steps;
use self::steps::commands::Commands;
use crate::rig::{Postgres, ServiceConfig, Sql, block_on, folder};

/// Commands of the benchmark's mix, four in five a `Success`, in batches of so many.
const COMMANDS: u64 = 20_000;
const BATCH: usize = 2_000;
const SHARDS: u64 = 8;
const DATABASE: &str = "bytes";

/// Bytes for a command, as they were measured, and by how much they may differ before somebody has to look: one part in so
/// many. Whoever makes them less writes the new figures down here and in docs/scaling.md.
const WAL: i64 = 653;
const STORED: i64 = 502;
const TOLERANCE: i64 = 10;

/// As in the benchmark, and nothing that writes by itself.
const SETTINGS: [(&str, &str); 5] = [
    ("full_page_writes", "on"),
    ("wal_compression", "off"),
    ("shared_buffers", "256MB"),
    ("checkpoint_timeout", "1h"),
    ("autovacuum", "off"),
];

/// What has been written and what is stored, in bytes.
struct Bytes {
    wal: i64,
    stored: i64,
}

impl Bytes {
    fn look(sql: &Sql) -> Self {
        let stored = "select sum(pg_total_relation_size(relid))::bigint
                      from (select 'callback'::regclass parent union select inhparent from pg_inherits
                            where inhrelid::regclass::text like 'command\\_2%') parents,
                           lateral pg_partition_tree(parent) where isleaf";
        Self { wal: sql.value("select (pg_current_wal_lsn() - '0/0')::bigint", &[]), stored: sql.value(stored, &[]) }
    }
}

/// Stores batches as the service does, over one connection.
struct Store {
    steps: Steps,
    shards: Vec<Arc<OwnedShard>>,
    sequences: Sequences,
    client: Client,
}

impl Store {
    fn on(postgres: &Postgres) -> Self {
        postgres.create_database(DATABASE, "template0");
        let service = ServiceConfig::new(folder("bytes")).set("postgres.url", postgres.url(DATABASE));
        assert!(service.command(&["migrate"]).status().unwrap().success());
        let marker = Position { fire_at: steps::NOW, callback_id: 0 };
        let shards = (0..SHARDS).map(|shard| {
            let shard = Shard::from_partition(i32::try_from(shard).unwrap()).unwrap();
            OwnedShard::claimed(shard, 1, Frontier::starting_at(marker), None)
        });
        let mut sequences = Sequences::default();
        sequences.add(1..1_000_000);
        Self {
            steps: Steps::new(),
            shards: shards.collect(),
            sequences,
            client: crate::golden::connect(postgres, DATABASE),
        }
    }

    /// So many commands, their ids beginning with the prefix.
    fn commands(&mut self, prefix: &str) {
        let commands = Commands::new(prefix, steps::NOW);
        let records: Vec<_> = (0..COMMANDS).map(|number| commands.nth(number)).collect();
        for (batch, number) in records.chunks(BATCH).zip(0..) {
            let items: Vec<_> = batch
                .iter()
                .zip(0..)
                .map(|(record, number)| {
                    let mut item = self.steps.judge(record);
                    item.place.owned = Arc::clone(&self.shards[usize::try_from(number % SHARDS).unwrap()]);
                    item
                })
                .collect();
            let at = Basis {
                facts: Facts::default(),
                directory: &self.steps.directory,
                rules: &self.steps.rules,
                decided_at: steps::NOW.plus_micros(number),
                partitions: i32::try_from(SHARDS).unwrap(),
                source: steps::SOURCE,
                state: None,
            };
            let settled = settle(items.iter(), &at, &mut self.sequences).unwrap();
            self.write(&settled).unwrap();
            settled.release();
        }
    }

    fn write(&mut self, settled: &SettledBatch) -> Result<(), DatabaseError> {
        block_on(async {
            let leaves = settled.inserts.iter().filter_map(|(_, row)| Leaf::of_callback(row.fire_at));
            Leaves::default().ensure(&mut self.client, leaves.chain(Leaf::of_decision(settled.decided_at))).await?;
            let commands = CommandStatements::prepare(&self.client).await?;
            let callbacks = CallbackStatements::prepare(&self.client).await?;
            let transaction = self.client.transaction().await?;
            let (decisions, inserts) = steps::rows(settled);
            commands.copy(&transaction, decisions).await?;
            callbacks.copy(&transaction, inserts).await?;
            transaction.commit().await?;
            Ok(())
        })
    }
}

#[test]
fn a_command_costs_the_database_no_more_bytes_than_are_written_down() {
    let postgres = Postgres::start_with(&SETTINGS);
    let mut store = Store::on(&postgres);
    let sql = postgres.sql(DATABASE);
    // Then there are pages that the checkpoint makes the log hold as a whole.
    store.commands("before");
    sql.run("checkpoint");
    let before = Bytes::look(&sql);
    store.commands("counted");
    let after = Bytes::look(&sql);
    let count = i64::try_from(COMMANDS).unwrap();
    let (wal, stored) = ((after.wal - before.wal) / count, (after.stored - before.stored) / count);
    println!("a command: {wal} bytes of write-ahead log, {stored} stored");
    let parts = "select regexp_replace(relname, '_[0-9]{8}', ''), sum(pg_relation_size(oid))::bigint from pg_class
                 where relkind in ('r', 'i') and relname ~ '^(command|callback)_[0-9]{8}' group by 1 order by 1";
    for part in sql.rows(parts, &[]) {
        println!("{:>5} {}", part.get::<_, i64>(1) / (2 * count), part.get::<_, String>(0));
    }
    for (what, measured, expected) in [("write-ahead log", wal, WAL), ("stored", stored, STORED)] {
        let tolerance = expected / TOLERANCE;
        assert!(
            (expected - tolerance..=expected + tolerance).contains(&measured),
            "{what}: {measured} bytes a command, where {expected} are written down"
        );
    }
}
