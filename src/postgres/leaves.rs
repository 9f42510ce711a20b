//! Partitions: made ahead, made on demand for far dates, dropped after retention.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use tokio_postgres::{Client, GenericClient};

use super::{DatabaseError, migrate::SCHEMA_LOCK, scheduled};
use crate::domain::time::Timestamp;

/// Months of callbacks that exist before anyone needs them: the default horizon of 366 days and one more.
const MONTHS_AHEAD: u32 = 13;
/// Weeks of commands that exist before anyone needs them.
const WEEKS_AHEAD: u64 = 2;

/// Advisory lock of the instance that drops leaves.
const DROPPING_LOCK: i64 = SCHEMA_LOCK + 2;

/// One partition: a month of `callback` or a week of `decision`, named by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaf {
    /// A week of decisions, from its Monday.
    Command(NaiveDate),
    /// A month of callbacks, from its first.
    Callback(NaiveDate),
}

impl Leaf {
    /// The leaf that a decision of that instant goes to.
    pub fn of_decision(decided_at: Timestamp) -> Option<Self> {
        let day = decided_at.to_chrono()?.date_naive();
        day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).map(Self::Command)
    }

    /// The leaf that a callback of that instant goes to.
    pub fn of_callback(fire_at: Timestamp) -> Option<Self> {
        fire_at.to_chrono()?.date_naive().with_day(1).map(Self::Callback)
    }

    fn parent(self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Callback(_) => "callback",
        }
    }

    fn start(self) -> NaiveDate {
        let (Self::Command(day) | Self::Callback(day)) = self;
        day
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Command(day) => day.checked_add_days(Days::new(7)).map(Self::Command),
            Self::Callback(day) => day.checked_add_months(Months::new(1)).map(Self::Callback),
        }
    }

    /// As PostgreSQL reads a date.
    fn first_day(self) -> String {
        self.start().to_string()
    }

    fn name(self) -> String {
        format!("{}_{}", self.parent(), self.start().format("%Y%m%d"))
    }

    /// From when to when, the end not included.
    pub(super) fn range(self) -> Option<(Timestamp, Timestamp)> {
        Some((midnight(self.start()), midnight(self.next()?.start())))
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        let (parent, day) = name.rsplit_once('_')?;
        let day = NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
        match parent {
            "command" => Some(Self::Command(day)),
            "callback" => Some(Self::Callback(day)),
            _ => None,
        }
    }
}

/// The leaves that are there, as far as this connection has seen.
#[derive(Debug, Default)]
pub struct Leaves {
    known: BTreeSet<Leaf>,
}

impl Leaves {
    /// Makes what will be needed soon: call it at start and daily.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn prepare(&mut self, client: &mut Client, now: Timestamp) -> Result<(), DatabaseError> {
        let mut wanted = Vec::new();
        let mut week = Leaf::of_decision(now);
        for _ in 0..=WEEKS_AHEAD {
            wanted.extend(week);
            week = week.and_then(Leaf::next);
        }
        let mut month = Leaf::of_callback(now);
        for _ in 0..=MONTHS_AHEAD {
            wanted.extend(month);
            month = month.and_then(Leaf::next);
        }
        self.ensure(client, wanted).await
    }

    /// Makes those of these leaves that are missing.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn ensure(
        &mut self,
        client: &mut Client,
        wanted: impl IntoIterator<Item = Leaf>,
    ) -> Result<(), DatabaseError> {
        let missing: BTreeSet<Leaf> = wanted.into_iter().filter(|leaf| !self.known.contains(leaf)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let transaction = client.transaction().await?;
        transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
        let there: BTreeSet<Leaf> = existing(&transaction).await?.into_iter().collect();
        for leaf in missing.difference(&there) {
            transaction.execute("select make_leaf($1, $2::text::date)", &[&leaf.parent(), &leaf.first_day()]).await?;
        }
        transaction.commit().await?;
        self.known.extend(there);
        self.known.extend(missing);
        Ok(())
    }
}

/// Drops the weeks and months that nobody needs any more, and returns their names. One instance does it at a time:
/// `None` where another one is about it.
///
/// What a week knows of callbacks that are still to be fired is carried over first.
///
/// A month of callbacks is dropped only when every callback in it that was not cancelled has certainly been fired:
/// one that stands behind its shard's confirmed marker keeps its month.
///
/// # Errors
/// What PostgreSQL says.
pub async fn drop_expired(
    client: &mut Client,
    now: Timestamp,
    decided_before: Timestamp,
    fired_before: Timestamp,
) -> Result<Option<Vec<String>>, DatabaseError> {
    // Of the session, so it ends with the connection at the latest.
    if !client.query_one("select pg_try_advisory_lock($1)", &[&DROPPING_LOCK]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let dropped = drop_leaves(client, now, decided_before, fired_before).await;
    client.execute("select pg_advisory_unlock($1)", &[&DROPPING_LOCK]).await?;
    dropped.map(Some)
}

async fn drop_leaves(
    client: &mut Client,
    now: Timestamp,
    decided_before: Timestamp,
    fired_before: Timestamp,
) -> Result<Vec<String>, DatabaseError> {
    let mut dropped = Vec::new();
    let mut drops_callbacks = false;
    for leaf in existing(client).await? {
        let limit = if matches!(leaf, Leaf::Command(_)) { decided_before } else { fired_before };
        let Some((began, ended)) = leaf.range().filter(|(_, ended)| *ended <= limit) else { continue };
        if matches!(leaf, Leaf::Command(_)) {
            // Long before the lock that commands may have to wait for. Nobody writes this week any more.
            scheduled::carry_over(client, began..ended, now).await?;
        }
        let transaction = client.transaction().await?;
        transaction.execute("select pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK]).await?;
        // Another instance may have been faster.
        if existing(&transaction).await?.contains(&leaf)
            && transaction
                .query_one("select drop_leaf($1, $2::text::date)", &[&leaf.parent(), &leaf.first_day()])
                .await?
                .get(0)
        {
            transaction.commit().await?;
            drops_callbacks |= matches!(leaf, Leaf::Callback(_));
            dropped.push(leaf.name());
        }
    }
    if drops_callbacks {
        scheduled::forget_dropped(client).await?;
    }
    Ok(dropped)
}

async fn existing(client: &impl GenericClient) -> Result<Vec<Leaf>, DatabaseError> {
    let rows = client
        .query(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent in ('decision'::regclass, 'callback'::regclass)",
            &[],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| Leaf::parse(row.get(0))).collect())
}

fn midnight(day: NaiveDate) -> Timestamp {
    Timestamp::from(DateTime::<Utc>::from_naive_utc_and_offset(day.and_time(NaiveTime::MIN), Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_and_a_month_on_its_first() {
        let time = Timestamp::parse_rfc3339("2026-11-22T23:59:59Z").unwrap();
        assert_eq!(Leaf::of_decision(time).unwrap().name(), "command_20261116");
        assert_eq!(Leaf::of_callback(time).unwrap().name(), "callback_20261101");
        assert_eq!(Leaf::of_callback(time).unwrap().next().unwrap().name(), "callback_20261201");
        assert_eq!(
            Leaf::parse("callback_20261201"),
            Some(Leaf::Callback(NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()))
        );
        assert_eq!(Leaf::parse("callback_order"), None);
    }
}
