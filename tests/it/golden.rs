//! What earlier versions read, wrote and stored is still read, decided and written to the same bytes, but for what `anew`
//! lists.
//!
//! Each folder of `tests/cases/golden` is a version: the messages that it took (`commands`, `directory`), its settings,
//! what it published (`answers`, and `due` or what `life` says), and its database as `pg_dump` wrote it. It was recorded once,
//! when the version was released, by these tests with `GOLDEN_RECORD=v0.1.0`, and is never recorded again: a test that fails
//! here has found what a producer, a consumer or a database of that version would stumble over (CHANGELOG.md). One that is not
//! released yet is recorded again by whoever means to change it.

mod anew;
mod life;
mod messages;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::TryStreamExt;
use schedule_callback::config::Config;
use schedule_callback::domain::command::draft::draft;
use schedule_callback::domain::commitment::{Commitment, Position};
use schedule_callback::domain::decision::Decision;
use schedule_callback::domain::directory::Directory;
use schedule_callback::domain::ids::{CallbackId, Fingerprint, Shard};
use schedule_callback::domain::time::Timestamp;
use schedule_callback::ingest::sequences::Sequences;
use schedule_callback::ingest::settle::{Basis, Facts, SettledBatch, settle};
use schedule_callback::ingest::{Content, Item, Publication, ReadPlace, Stream};
use schedule_callback::kafka::ownership::OwnedShard;
use schedule_callback::postgres::callback::{CallbackStatements, NewRows};
use schedule_callback::postgres::command::{CommandStatements, NewDecisions};
use schedule_callback::postgres::copy::CopyRows;
use schedule_callback::postgres::leaves::{Leaf, Leaves};
use schedule_callback::postgres::order_of_firing::WindowQuery;
use schedule_callback::postgres::reader::Prepared;
use schedule_callback::protocol::frontier::Frontier;
use schedule_callback::wire::dead_letter::{self, DeadLetter};
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::due::{DueEvent, FiredAt};
use schedule_callback::wire::record;
use serde_json::Value;
use tokio_postgres::{NoTls, Row};

use self::messages::{Golden, read_all, write_all};
use crate::rig::{Postgres, ServiceConfig, block_on, folder, pg_dump, spawn};

/// When everything is decided: 2026-11-23T15:00:00Z, which is also the time of the records.
const DECIDED_AT: Timestamp = Timestamp::from_millis(1_795_446_000_000);

/// A version whose messages are kept.
struct Version {
    folder: PathBuf,
    config: Config,
    directory: Directory,
    commands: Vec<Golden>,
}

fn versions() -> Vec<Version> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/golden");
    let mut folders: Vec<_> = fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.into_iter().map(Version::read).collect()
}

impl Version {
    fn read(folder: PathBuf) -> Self {
        let config = Config::load(Some(&folder.join("service.toml")), []).unwrap();
        let mut directory = Directory::default();
        for record in read_all(&folder.join("directory.ndjson")) {
            let topic = record.directory_topic();
            let change = topic.read(record.key.as_deref(), record.value.as_deref());
            directory.apply(change.unwrap_or_else(|error| panic!("{}: {error}", folder.display())));
        }
        let commands = read_all(&folder.join("commands.ndjson"));
        Self { folder, config, directory, commands }
    }

    fn is_recorded_now(&self) -> bool {
        std::env::var_os("GOLDEN_RECORD").is_some_and(|version| self.folder.ends_with(version))
    }

    /// All of its commands, in one batch of shard 0, against these facts.
    fn settle(&self, facts: Facts) -> SettledBatch {
        let owned = shard_at(Position { fire_at: DECIDED_AT, callback_id: 0 });
        let items: Vec<Item> =
            self.commands.iter().zip(0..).map(|(record, offset)| self.judge(record, &owned, offset)).collect();
        self.settle_items(&items, facts, DECIDED_AT)
    }

    fn settle_items(&self, items: &[Item], facts: Facts, decided_at: Timestamp) -> SettledBatch {
        let mut sequences = Sequences::default();
        sequences.add(1..1_000);
        let circumstances = Basis {
            facts,
            directory: &self.directory,
            rules: &self.config.rules,
            decided_at,
            partitions: 8,
            source: &self.config.service.source,
            state: self.events().state,
        };
        settle(items.iter(), &circumstances, &mut sequences).unwrap()
    }

    fn judge(&self, record: &Golden, owned: &Arc<OwnedShard>, offset: i64) -> Item {
        let incoming = record.incoming();
        let from = record::Place { topic: self.config.topics.commands.as_str(), partition: 0, offset };
        let content = match decode(&incoming, Limits { command_bytes: self.config.limits.command_bytes }) {
            Ok(command) => {
                let draft = Box::new(draft(command, &self.directory, &self.config.rules));
                Content::Judged { digest: draft.key.fingerprint(), draft, forward: None }
            }
            Err(malformed) => {
                let letter = dead_letter::write(&incoming, from, malformed.reason.code(), &malformed.detail);
                Content::Malformed { malformed: Box::new(malformed), dead_letter: Box::new(letter) }
            }
        };
        let place = ReadPlace { owned: Arc::clone(owned), stream: Stream::Commands, offset };
        Item { place, key: record.key.clone().map(Vec::into_boxed_slice), content, traced: None }
    }

    /// Holds the answers to its commands against those that are kept: the same bytes, but for what is decided otherwise
    /// since, where nothing was remembered.
    fn compare_answers(&self, made: &[Golden], remembered: bool) {
        let path = self.folder.join("answers.ndjson");
        if self.is_recorded_now() {
            write_all(&path, made);
        }
        anew::compare(self.name(), made, &read_all(&path), remembered);
    }

    fn name(&self) -> &str {
        self.folder.file_name().and_then(|name| name.to_str()).unwrap()
    }

    /// Holds what was made against what is kept.
    fn compare(&self, file: &str, made: &[Golden]) {
        let path = self.folder.join(file);
        if self.is_recorded_now() {
            write_all(&path, made);
        }
        let kept = read_all(&path);
        for (made, kept) in made.iter().zip(&kept) {
            assert_eq!(made.line(), kept.line(), "{}", path.display());
        }
        assert_eq!(made.len(), kept.len(), "{}", path.display());
    }

    /// A database as this version left it.
    fn restore(&self, postgres: &Postgres, name: &str) {
        postgres.create_database(name, "template0");
        postgres.sql(name).run(&fs::read_to_string(self.folder.join("database.sql")).unwrap());
    }
}

/// Shard 0 at that marker. Nobody knows whether what was decided in it is answered: so states are published again, too.
fn shard_at(marker: Position) -> Arc<OwnedShard> {
    let owned = OwnedShard::claimed(Shard::from_partition(0).unwrap(), 1, Frontier::starting_at(marker), None);
    owned.awaits_answers([Some(i64::MAX), None]);
    owned
}

fn answers(settled: &SettledBatch) -> Vec<Golden> {
    settled.answers.iter().flat_map(|answer| &answer.publications).map(answer).collect()
}

fn answer(publication: &Publication) -> Golden {
    match publication {
        Publication::Result { key, data, headers } => {
            Golden::of(key.as_deref(), data.as_bytes(), headers.iter().map(|(name, value)| (name, Some(value))))
        }
        Publication::DeadLetter(record) | Publication::State(record) => Golden::of_outgoing(record),
        Publication::Forward { .. } => panic!("there is one shard"),
    }
}

/// The due events of callbacks that are fired at their times, as 0.1.0 wrote them.
fn due_events<'a>(callbacks: impl IntoIterator<Item = &'a Commitment>, source: &str) -> Vec<Golden> {
    let (mut fired_at, mut data) = (FiredAt::default(), Vec::new());
    let written = callbacks.into_iter().filter(|callback| callback.cancelled_at.is_none()).map(|callback| {
        let event = DueEvent::of(callback, source);
        fired_at.set(callback.fire_at);
        event.write_data(&fired_at, &mut data);
        anew::as_it_was(&mut data);
        let headers = event.headers(&fired_at, source).map(|(name, value)| (name, Some(value)));
        Golden::of(Some(event.key()), &data, headers)
    });
    written.collect()
}

#[test]
fn the_commands_of_every_version_are_answered_with_the_bytes_of_that_version_or_as_is_listed() {
    for version in versions() {
        let settled = version.settle(Facts::default());
        assert!(settled.answers.iter().all(|answer| !answer.publications.is_empty()));
        version.compare_answers(&answers(&settled), false);
        if version.reports().is_none() {
            let callbacks = settled.inserts.iter().map(|(_, callback)| &**callback);
            version.compare("due.ndjson", &due_events(callbacks, &version.config.service.source));
        }
        settled.release();
    }
}

#[test]
fn the_dead_letters_of_every_version_can_be_sent_again_as_they_came() {
    for version in versions() {
        let answers = read_all(&version.folder.join("answers.ndjson"));
        let letters: Vec<_> = answers.iter().filter(|answer| answer.is_dead_letter()).collect();
        assert!(letters.len() > 10, "{} dead letters", letters.len());
        for letter in letters {
            let letter = letter.incoming();
            let read = DeadLetter::read(&letter).unwrap();
            let sent = &version.commands[usize::try_from(read.from.offset).unwrap()];
            assert_eq!(read.record, sent.incoming());
        }
    }
}

#[test]
fn the_database_of_every_version_is_brought_to_this_one_and_answers_and_fires_the_same() {
    let postgres = Postgres::start();
    for (version, number) in versions().iter().zip(0..) {
        let fresh = version.settle(Facts::default());
        let reports = version.reports();
        let reported = reports.as_ref().map(|reports| {
            let known = fresh.decisions.iter().map(|decision| (decision.key, decision.clone())).collect();
            version.settle_reports(reports, &life::after([&fresh]), Facts { known, ..Facts::default() })
        });
        let batches: Vec<&SettledBatch> = std::iter::once(&fresh).chain(&reported).collect();
        if version.is_recorded_now() {
            let dump = record_database(&postgres, &batches);
            fs::write(version.folder.join("database.sql"), dump).unwrap();
        }
        let name = format!("golden_{number}");
        version.restore(&postgres, &name);
        let service = ServiceConfig::new(folder("golden")).set("postgres.url", postgres.url(&name));
        let migrated = service.command(&["migrate"]).output().unwrap();
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));

        let (known, waiting) = stored(&postgres, &name, &batches);
        // Callbacks wait in the order of their times; the files have them so, too.
        match &reported {
            None => version.compare("due.ndjson", &due_events(&waiting, &version.config.service.source)),
            Some(_) => version.compare("waiting.ndjson", &version.timed(&waiting)),
        }
        let decided_now = anew::decided_now(version.name());
        assert_eq!(known.len() + decided_now, batches.iter().map(|batch| batch.decisions.len()).sum::<usize>());
        // Every command again, against what that version remembers: the same answers, and nothing new.
        let facts = || Facts { known: known.clone(), ..Facts::default() };
        let again = version.settle(facts());
        assert_eq!(again.decisions.len(), decided_now);
        assert!(again.inserts.is_empty() && again.updates.is_empty());
        version.compare_answers(&answers(&again), true);
        again.release();
        if let Some(reports) = &reports {
            let again = version.settle_reports(reports, &waiting, facts());
            assert!(again.decisions.is_empty() && again.updates.is_empty());
            version.compare("reported.ndjson", &answers(&again));
            again.release();
        }
        fresh.release();
        reported.into_iter().for_each(SettledBatch::release);
    }
}

/// The statements of 0.1.0, whose instances may be in the group until the last one is replaced, and again after a roll-back.
const FIND: &str = "select key, payload, decided_at, callback_id, schedules, correlation_id, result
                    from command where key = any ($1) and decided_at >= $2";
const COPY: &str = "copy command (key, payload, decided_at, callback_id, schedules, correlation_id, result)
                    from stdin (format binary)";
const FORGET: &str = "delete from command where key = any ($1) and decided_at < $2";

#[test]
fn the_statements_of_0_1_0_read_write_and_forget_the_decisions_of_this_version_and_the_other_way_round() {
    let postgres = Postgres::start();
    for version in versions() {
        let settled = version.settle(Facts::default());
        let decisions = &settled.decisions;
        let keys: Vec<Fingerprint> = decisions.iter().map(|decision| decision.key).collect();
        for (name, grown) in [("anew", false), ("grown", true)] {
            if grown {
                version.restore(&postgres, name);
            } else {
                postgres.create_database(name, "template0");
            }
            let service = ServiceConfig::new(folder("golden")).set("postgres.url", postgres.url(name));
            assert!(service.command(&["migrate"]).status().unwrap().success());
            let mut client = connect(&postgres, name);
            block_on(async {
                Leaves::default().ensure(&mut client, Leaf::of_decision(DECIDED_AT)).await?;
                // As 0.1.0 does at its start, which sees no week.
                client.execute("select make_leaf('command', '2026-11-23')", &[]).await?;
                let old_keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
                let later = DECIDED_AT.plus_micros(1);
                let kept = client.execute(FORGET, &[&old_keys, &later]).await?;
                assert_eq!(kept > 0, grown, "{name}: what {} stored is forgotten", version.name());

                // This version writes, 0.1.0 reads.
                let statements = CommandStatements::prepare(&client).await?;
                let mut rows = NewDecisions::default();
                for decision in decisions {
                    rows.push(decision);
                }
                let transaction = client.transaction().await?;
                statements.copy(&transaction, rows).await?;
                transaction.commit().await?;
                let read: HashMap<Fingerprint, Decision> =
                    client.query(FIND, &[&old_keys, &DECIDED_AT]).await?.iter().map(read_by_0_1_0).collect();
                for decision in decisions {
                    assert_eq!(read.get(&decision.key), Some(&without_states(decision)), "{name}");
                }
                let bytes: i64 = client.query_one("select sum(octet_length(result)) from decision", &[]).await?.get(0);
                let whole: usize = decisions.iter().map(|decision| decision.result.len()).sum();
                assert!(usize::try_from(bytes).unwrap() * 3 < whole * 2, "{bytes} of {whole} bytes are stored");

                // 0.1.0 writes what is there already, and is told by the same error.
                let mut rows = CopyRows::default();
                for decision in decisions {
                    write_by_0_1_0(&mut rows, decision);
                }
                let copy = client.prepare(COPY).await?;
                let transaction = client.transaction().await?;
                let refused = rows.clone().send(&transaction, &copy).await.unwrap_err();
                assert!(refused.is_repeated_command(), "{refused:?}");
                drop(transaction);

                // 0.1.0 forgets and writes, this version reads.
                let forgotten = client.execute(FORGET, &[&old_keys, &later]).await?;
                assert_eq!(usize::try_from(forgotten).unwrap(), decisions.len());
                let transaction = client.transaction().await?;
                rows.send(&transaction, &copy).await?;
                let known = statements.find(&transaction, &keys, DECIDED_AT).await?;
                for decision in decisions {
                    assert_eq!(known.get(&decision.key), Some(&without_states(decision)), "{name}");
                }
                statements.forget(&transaction, &keys, later).await?;
                assert!(statements.find(&transaction, &keys, DECIDED_AT).await?.is_empty());
                transaction.commit().await?;
                // A look-up of 0.1.0 reads no more than it looks for, where its programs may run.
                client.batch_execute("set enable_seqscan = off; set enable_bitmapscan = off").await?;
                let explain = format!("explain {}", FIND.replace("$1", r#"'{"\\x00"}'"#).replace("$2", "'2026-11-23'"));
                let plan: Vec<String> = client.query(&explain, &[]).await?.iter().map(|row| row.get(0)).collect();
                let had_its_keys = grown && version.name() == "v0.1.0";
                assert_eq!(plan.iter().any(|line| line.contains("Index Cond: (key")), had_its_keys, "{plan:?}");
                Ok::<_, schedule_callback::postgres::DatabaseError>(())
            })
            .unwrap();
        }
        postgres.sql("postgres").run("drop database anew with (force)");
        postgres.sql("postgres").run("drop database grown with (force)");
        settled.release();
    }
}

/// A decision as 0.1.0 knows it.
fn without_states(decision: &Decision) -> Decision {
    Decision { states: None, ..decision.clone() }
}

fn write_by_0_1_0(rows: &mut CopyRows, decision: &Decision) {
    rows.row(7)
        .bytes(&decision.key.0)
        .bytes(&decision.payload.0)
        .timestamptz(decision.decided_at)
        .nullable(decision.callback_id, |row, id| row.bigint(id.get()))
        .boolean(decision.schedules)
        .nullable(decision.correlation_id.as_deref(), CopyRows::text)
        .text(&decision.result);
}

fn read_by_0_1_0(row: &Row) -> (Fingerprint, Decision) {
    let digest = |column| Fingerprint(row.get::<_, &[u8]>(column).try_into().unwrap());
    let decision = Decision {
        key: digest(0),
        payload: digest(1),
        decided_at: row.get(2),
        callback_id: row.get::<_, Option<i64>>(3).map(|id| CallbackId::new(id).unwrap()),
        schedules: row.get(4),
        correlation_id: row.get(5),
        result: row.get::<_, &str>(6).into(),
        states: None,
    };
    (decision.key, decision)
}

/// What this version reads of stored batches: their decisions, and the callbacks that wait.
fn stored(
    postgres: &Postgres,
    name: &str,
    batches: &[&SettledBatch],
) -> (HashMap<Fingerprint, Decision>, Vec<Commitment>) {
    let decisions = batches.iter().flat_map(|batch| &batch.decisions);
    let keys: Vec<Fingerprint> = decisions.map(|decision| decision.key).collect();
    let mut client = connect(postgres, name);
    block_on(async {
        let statements = CommandStatements::prepare(&client).await?;
        let transaction = client.transaction().await?;
        let known = statements.find(&transaction, &keys, DECIDED_AT).await?;
        transaction.commit().await?;
        let (shard, never) = (Shard::from_partition(0).unwrap(), DECIDED_AT.plus_micros(3_660 * 86_400_000_000));
        let after = Position { fire_at: Timestamp::from_micros(0), callback_id: 0 };
        let window = WindowQuery::prepare(&client).await?;
        let rows = window.load(&client, shard, after, never, 1_000).await?.try_collect().await?;
        Ok::<_, schedule_callback::postgres::DatabaseError>((known, rows))
    })
    .unwrap()
}

/// Stores batches as the service does, and dumps the database.
fn record_database(postgres: &Postgres, batches: &[&SettledBatch]) -> String {
    postgres.create_database("golden", "template0");
    let service = ServiceConfig::new(folder("golden")).set("postgres.url", postgres.url("golden"));
    assert!(service.command(&["migrate"]).status().unwrap().success());
    let mut client = connect(postgres, "golden");
    block_on(async {
        let commands = CommandStatements::prepare(&client).await?;
        let callbacks = CallbackStatements::prepare(&client).await?;
        for batch in batches {
            let updates = batch.updates.iter().map(|(_, _, row)| row);
            let rows = batch.inserts.iter().map(|(_, row)| row).chain(updates);
            let leaves = rows.filter_map(|row| Leaf::of_callback(row.fire_at));
            Leaves::default().ensure(&mut client, leaves.chain(Leaf::of_decision(batch.decided_at))).await?;
            let (mut decisions, mut inserts) = (NewDecisions::default(), NewRows::default());
            batch.decisions.iter().for_each(|decision| decisions.push(decision));
            batch.inserts.iter().for_each(|(shard, row)| inserts.push(*shard, row, batch.decided_at));
            let transaction = client.transaction().await?;
            commands.copy(&transaction, decisions).await?;
            callbacks.copy(&transaction, inserts).await?;
            for (shard, was, now) in &batch.updates {
                callbacks.update(&transaction, *shard, *was, now).await?;
            }
            transaction.commit().await?;
        }
        Ok::<_, schedule_callback::postgres::DatabaseError>(())
    })
    .unwrap();
    let dump = pg_dump(&postgres.url("golden"));
    // Newer ones write commands for psql around it, with a random word.
    dump.split_inclusive('\n').filter(|line| !line.starts_with('\\')).collect()
}

pub fn connect(postgres: &Postgres, name: &str) -> tokio_postgres::Client {
    let (client, connection) = block_on(tokio_postgres::connect(&postgres.url(name), NoTls)).unwrap();
    spawn(connection);
    client
}

#[test]
fn the_tables_that_people_query_keep_their_columns() {
    let postgres = Postgres::start();
    let columns = |name: &str| -> Vec<Value> {
        let query = "select table_name || '.' || column_name || ' ' || data_type from information_schema.columns
                     where table_schema = 'public' and table_name in ('command', 'callback', 'shard', 'callback_status')";
        postgres.sql(name).rows(query, &[]).iter().map(|row| Value::String(row.get(0))).collect()
    };
    for (version, number) in versions().iter().zip(0..) {
        let name = format!("golden_{number}");
        version.restore(&postgres, &name);
        let before = columns(&name);
        assert!(before.len() > 30, "{before:?}");
        let service = ServiceConfig::new(folder("golden")).set("postgres.url", postgres.url(&name));
        assert!(service.command(&["migrate"]).status().unwrap().success());
        let after = columns(&name);
        let gone: Vec<_> = before.iter().filter(|column| !after.contains(column)).collect();
        assert!(gone.is_empty(), "gone since {}: {gone:?}", version.folder.display());
    }
}
