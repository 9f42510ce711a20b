//! What versions since 0.2 have besides (docs/contract.md#life-after-due): reports, what time makes of callbacks, states, and
//! what the passes publish. Their folders have two files more that were taken, `reports` and with them what became of the
//! callbacks of `commands` three days later; and three that were published: `passed` when these had come to their times,
//! `reported` in answer to the reports, and `waiting`, what the callbacks that wait then will be.

use schedule_callback::dispatch::{EventSettings, Timed};
use schedule_callback::ingest::TimeCause;

use super::*;

/// When reports are decided: 2026-11-26T15:00:00Z, which is also the time of their records.
pub const REPORTED_AT: Timestamp = Timestamp::from_millis(1_795_705_200_000);
/// Everything up to an hour before that is presented.
const PRESENTED: Position = Position { fire_at: Timestamp::from_millis(1_795_701_600_000), callback_id: i64::MAX };

impl Version {
    /// Reports and other commands on callbacks that were presented; a version before 0.2 has none.
    pub fn reports(&self) -> Option<Vec<Golden>> {
        let path = self.folder.join("reports.ndjson");
        path.exists().then(|| read_all(&path))
    }

    pub fn events(&self) -> EventSettings {
        let state = self.config.topics.state.as_ref().map(|_| self.config.state.contact);
        EventSettings { source: self.config.service.source.clone(), state }
    }

    /// The reports in one batch, and then all that time makes of these callbacks.
    pub fn settle_reports(&self, reports: &[Golden], callbacks: &[Commitment], facts: Facts) -> SettledBatch {
        let owned = shard_at(PRESENTED);
        let mut items: Vec<Item> =
            reports.iter().zip(0..).map(|(record, offset)| self.judge(record, &owned, offset)).collect();
        for cause in [TimeCause::Unacknowledged, TimeCause::Look] {
            items.extend(callbacks.iter().map(|callback| Item::of_time(&owned, callback.position(), cause)));
        }
        let callbacks = callbacks.iter().map(|callback| (callback.callback_id, callback.clone()));
        self.settle_items(&items, Facts { callbacks: callbacks.collect(), ..facts }, REPORTED_AT)
    }

    /// What a pass publishes of these callbacks at their times.
    pub fn timed<'a>(&self, callbacks: impl IntoIterator<Item = &'a Commitment>) -> Vec<Golden> {
        let settings = self.events();
        let (mut instant, mut data, mut published) = (FiredAt::default(), Vec::new(), Vec::new());
        for callback in callbacks {
            let timed = Timed::of(callback, &settings);
            instant.set(callback.fire_at);
            if let Some(due) = &timed.due {
                due.write_data(&instant, &mut data);
                let headers = due.headers(&instant, &settings.source).map(|(name, value)| (name, Some(value)));
                published.push(Golden::of(Some(due.key()), &data, headers));
            }
            let states = timed.states().iter().map(|state| state.outgoing(&instant, &settings.source));
            published.extend(states.map(|record| Golden::of_outgoing(&record)));
        }
        published
    }
}

/// The callbacks as two batches leave them, in the order of firing.
pub fn after<'a>(batches: impl IntoIterator<Item = &'a SettledBatch>) -> Vec<Commitment> {
    let mut rows: HashMap<CallbackId, Commitment> = HashMap::new();
    for batch in batches {
        let inserts = batch.inserts.iter().map(|(_, row)| row);
        for row in inserts.chain(batch.updates.iter().map(|(_, _, row)| row)) {
            rows.insert(row.callback_id, Commitment::clone(row));
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_unstable_by_key(Commitment::position);
    rows
}

#[test]
fn reports_of_every_version_are_answered_and_callbacks_presented_and_ended_with_the_bytes_of_that_version() {
    let mut versions_with_reports = 0;
    for version in versions() {
        let Some(reports) = version.reports() else { continue };
        let first = version.settle(Facts::default());
        let scheduled = after([&first]);
        let is_presented = |callback: &&Commitment| callback.waits() && callback.position() <= PRESENTED;
        version.compare("passed.ndjson", &version.timed(scheduled.iter().filter(is_presented)));
        let facts = || {
            let known = first.decisions.iter().map(|decision| (decision.key, decision.clone()));
            Facts { known: known.collect(), ..Facts::default() }
        };
        let second = version.settle_reports(&reports, &scheduled, facts());
        version.compare("reported.ndjson", &answers(&second));
        let standing = after([&first, &second]);
        let waits = |callback: &&Commitment| callback.waits();
        version.compare("waiting.ndjson", &version.timed(standing.iter().filter(waits)));
        versions_with_reports += 1;
        [first, second].into_iter().for_each(SettledBatch::release);
    }
    assert!(versions_with_reports > 0);
}
