//! Follows a run of hours: takes out what was sent and seen, has it judged story by story, and counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use serde_json::Value;

use super::stories::{Patience, Stories};
use crate::figures::{millis, wanted_at};
use crate::history::{Database, History, Lives, Published, Sent, Wish};
use crate::judge::{Broken, Promise, judge};
use crate::rig::{self, Postgres, Sql};
use crate::run::shard;
use crate::seen::Seen;
use crate::watched::Watched;
use crate::{skills, tables};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(500);
/// How often stories are judged.
const JUDGE: Duration = Duration::from_secs(15);
/// What was seen stays so long where the load finds it.
const LEFT: i64 = 3_000_000;
/// While the load runs: longer than the router is away in any outage, and than the database may lag behind what was published,
/// which is a minute, and another one after a takeover.
pub const PATIENCE: Patience = Patience { quiet: 180_000_000, missing: 600_000_000 };
/// How long the database may take to say what it holds.
const DATABASE: Duration = Duration::from_mins(1);
/// So many broken promises are kept with their evidence.
const KEPT: usize = 1_000;

/// What was counted since somebody last asked.
#[derive(Debug, Default)]
pub struct Interval {
    /// Commands sent.
    pub commands: u64,
    /// Results seen.
    pub results: u64,
    /// Lateness of the due events seen, in milliseconds.
    pub lateness: Vec<i64>,
}

/// What was counted in all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Commands sent; reports of them.
    pub commands: u64,
    /// Of these, reports.
    pub reports: u64,
    /// Results seen.
    pub results: u64,
    /// Due events seen.
    pub due: u64,
    /// State records seen.
    pub states: u64,
    /// Commands that were judged.
    pub judged: u64,
    /// Different answers that were judged: a row of `decision` each.
    answers: i64,
    /// Rows of `callback` that were judged.
    callbacks: i64,
    /// Promises broken.
    pub broken: u64,
}

/// Shared between the thread that follows and those that look on.
pub struct Chronicle<'a> {
    seen: &'a Seen,
    sent: &'a Mutex<Vec<Sent>>,
    /// The databases, and which of them is the primary.
    databases: [&'a Postgres; 2],
    database: &'a str,
    watched: Arc<Watched>,
    /// When readers may have waited for a broker.
    pub unreadable: Mutex<Vec<(Timestamp, Timestamp)>>,
    /// When each shard has fired last.
    fired: Mutex<BTreeMap<i64, Timestamp>>,
    interval: Mutex<Interval>,
    totals: Mutex<Totals>,
    broken: Mutex<Vec<Broken>>,
    /// Stories that are not told to their end.
    open: AtomicUsize,
}

impl<'a> Chronicle<'a> {
    /// Of what these see and send.
    pub fn new(
        seen: &'a Seen,
        sent: &'a Mutex<Vec<Sent>>,
        databases: [&'a Postgres; 2],
        database: &'a str,
        watched: Arc<Watched>,
    ) -> Self {
        Self {
            seen,
            sent,
            databases,
            database,
            watched,
            unreadable: Mutex::default(),
            fired: Mutex::default(),
            interval: Mutex::default(),
            totals: Mutex::default(),
            broken: Mutex::default(),
            open: AtomicUsize::new(0),
        }
    }

    /// What was counted since it was last asked for.
    pub fn interval(&self) -> Interval {
        std::mem::take(&mut *lock(&self.interval))
    }

    /// What was counted so far.
    pub fn totals(&self) -> Totals {
        *lock(&self.totals)
    }

    /// The promises that were broken so far, as far as they are kept.
    pub fn broken(&self) -> Vec<Broken> {
        lock(&self.broken).clone()
    }

    /// How many stories are not told to their end.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// A session on the primary; none while it does not answer.
    pub fn primary(&self) -> Option<Sql> {
        Sql::try_connect(&self.databases[self.watched.primary()].url(self.database)).ok()
    }

    /// The shards that have fired something since.
    pub fn fired_since(&self, instant: Timestamp) -> BTreeSet<i64> {
        let mut shards: BTreeSet<i64> =
            lock(&self.fired).iter().filter(|(_, at)| **at > instant).map(|(shard, _)| *shard).collect();
        // What has not been taken out yet.
        shards.extend(self.seen.due.seen().iter().filter(|event| event.seen_at > instant).filter_map(shard));
        shards
    }

    /// Follows until it is told to end, and then until all is judged.
    pub fn follow<'c>(&'c self, ended: &AtomicBool, patience: &Mutex<Patience>) -> Follower<'c, 'a> {
        let mut follower = Follower { chronicle: self, stories: Stories::default(), waiting: Vec::new() };
        let mut judged = Instant::now();
        while !ended.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
            follower.collect(clock::now().plus_micros(-LEFT));
            if judged.elapsed() >= JUDGE {
                follower.judge(*lock(patience));
                judged = Instant::now();
            }
        }
        follower
    }

    /// Notes promises that were broken.
    pub fn note(&self, found: Vec<Broken>) {
        let mut broken = lock(&self.broken);
        lock(&self.totals).broken += u64::try_from(found.len()).unwrap_or(u64::MAX);
        for one in found {
            println!("  {one}");
            if broken.len() < KEPT {
                broken.push(one);
            }
        }
    }

    fn lives(&self) -> Lives {
        Lives {
            states: Vec::new(),
            rules: skills::ALL.to_vec(),
            acknowledge_within: skills::ACKNOWLEDGE_WITHIN,
            unreadable: lock(&self.unreadable).clone(),
        }
    }
}

/// The stories, which one thread has.
pub struct Follower<'c, 'a> {
    chronicle: &'c Chronicle<'a>,
    stories: Stories,
    /// Told to their end, but the database did not answer.
    waiting: Vec<History>,
}

impl Follower<'_, '_> {
    /// Takes out what was seen before that instant, and all that was sent.
    fn collect(&mut self, before: Timestamp) {
        let Chronicle { seen, sent, .. } = self.chronicle;
        let now = clock::now();
        let (results, due) = (seen.results.take_before(before), seen.due.take_before(before));
        let states = seen.states.as_ref().map(|states| states.take_before(before)).unwrap_or_default();
        let sent = std::mem::take(&mut *lock(sent));
        self.count(&sent, &results, &due, states.len());
        for sent in sent {
            self.stories.sent(sent, now);
        }
        for result in results {
            self.stories.result(result, now);
        }
        for event in due {
            self.stories.due(event, now);
        }
        for record in states {
            self.stories.state(record, now);
        }
        self.chronicle.open.store(self.stories.len(), Ordering::Relaxed);
    }

    fn count(&self, sent: &[Sent], results: &[Published], due: &[Published], states: usize) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let mut interval = lock(&self.chronicle.interval);
        interval.commands += number(sent.len());
        interval.results += number(results.len());
        interval.lateness.extend(due.iter().filter_map(|event| Some(millis(wanted_at(event)?, event.seen_at))));
        let mut totals = lock(&self.chronicle.totals);
        totals.commands += number(sent.len());
        totals.reports += number(sent.iter().filter(|sent| matches!(sent.wish, Wish::Report(_))).count());
        totals.results += number(results.len());
        totals.due += number(due.len());
        totals.states += number(states);
        let mut fired = lock(&self.chronicle.fired);
        for event in due {
            if let Some(shard) = shard(event) {
                fired.insert(shard, event.seen_at);
            }
        }
    }

    /// Judges what is told to its end.
    fn judge(&mut self, patience: Patience) {
        let told = self.stories.told(clock::now(), patience, &self.chronicle.lives());
        self.chronicle.open.store(self.stories.len(), Ordering::Relaxed);
        let has_states = told.lives.as_ref().is_some_and(|lives| !lives.states.is_empty());
        if has_states || !(told.commands.is_empty() && told.results.is_empty() && told.due.is_empty()) {
            self.waiting.push(told);
        }
        for mut history in std::mem::take(&mut self.waiting) {
            match self.database(&history) {
                Some(database) => {
                    let mut totals = lock(&self.chronicle.totals);
                    totals.judged += u64::try_from(history.commands.len()).unwrap_or(u64::MAX);
                    totals.answers += i64::try_from(answers(&history).len()).unwrap_or(i64::MAX);
                    totals.callbacks += i64::try_from(database.callbacks.len()).unwrap_or(i64::MAX);
                    drop(totals);
                    history.database = Some(database);
                    self.chronicle.note(judge(&history));
                }
                None => self.waiting.push(history),
            }
        }
    }

    /// What the database holds of a history; `None` where it does not say.
    fn database(&self, history: &History) -> Option<Database> {
        let commands: BTreeSet<&str> = history.commands.iter().map(|sent| sent.command_id.as_str()).collect();
        let commands: Vec<&str> = commands.into_iter().collect();
        let answers = answers(history);
        let callbacks: BTreeSet<i64> = answers.values().filter_map(|data| data["callbackId"].as_i64()).collect();
        let callbacks: Vec<i64> = callbacks.into_iter().collect();
        let sql = self.chronicle.primary()?;
        let found = rig::block_on(async {
            tokio::time::timeout(DATABASE, tables::of(sql.client(), &callbacks, &commands)).await
        });
        let mut found = found.ok()?.ok()?;
        // Those rows have another digest. Their number is looked at when all is over.
        let is_reuse = |data: &Value| data["violations"][0]["code"] == "COMMAND_ID_REUSED";
        let reused: BTreeSet<&str> = answers.iter().filter(|(_, data)| is_reuse(data)).map(|(id, _)| *id).collect();
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        for result in &history.results {
            if reused.contains(result.attribute("ce_id")) {
                values.insert(result.attribute("ce_id"), &result.value);
            }
        }
        found.decisions.extend(values.into_values().map(str::to_owned));
        Some(found)
    }

    /// Judges all that is left, and whether the tables hold as many rows as were judged.
    pub fn finish(mut self, database: &Sql) {
        self.collect(clock::now());
        self.judge(Patience { quiet: 0, missing: 0 });
        let unjudged = self.waiting.len();
        let rows = |table: &str| database.value::<i64>(&format!("select count(*) from {table}"), &[]);
        let totals = self.chronicle.totals();
        let mut broken = Vec::new();
        for (table, judged) in [("callback", totals.callbacks), ("decision", totals.answers)] {
            let rows = rows(table);
            if rows != judged {
                let evidence = format!("{rows} rows, of which {judged} were judged; {unjudged} parts could not be");
                let subject = table.to_owned();
                broken.push(Broken { promise: Promise::DatabaseDisagrees, subject, evidence });
            }
        }
        self.chronicle.note(broken);
    }
}

/// The different answers, by their ids.
fn answers(history: &History) -> BTreeMap<&str, Value> {
    let data = |result: &Published| serde_json::from_str(&result.value).unwrap_or_default();
    history.results.iter().map(|result| (result.attribute("ce_id"), data(result))).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
