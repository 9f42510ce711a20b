//! How many callbacks wait, by how far ahead they are: an estimate from the planner's statistics. Nothing is counted,
//! so it costs the same with a thousand rows as with a hundred million.

use tokio_postgres::{Client, Row};

use super::DatabaseError;
use super::leaves::Leaf;
use crate::domain::time::Timestamp;

/// Hours from now at which each band but the last ends: an hour, a day, a week, a month, a year.
const BAND_HOURS: [i64; 5] = [1, 24, 7 * 24, 30 * 24, 366 * 24];
/// Rows in a page of a leaf that was never analysed: one takes some 300 bytes of the 8 KiB.
const ROWS_PER_PAGE: f64 = 25.0;

/// Callbacks within an hour, from there to a day, to a week, to 30 days, to 366 days, and later.
pub type Bands = [f64; BAND_HOURS.len() + 1];

/// Estimates what waits now. As good as the last ANALYZE (autovacuum's) of the month concerned; a leaf that has grown
/// since then counts by its present size.
///
/// # Errors
/// What PostgreSQL says.
pub async fn estimate(client: &Client, now: Timestamp) -> Result<Bands, DatabaseError> {
    let rows = client.query(QUERY, &[]).await?;
    let mut bands = Bands::default();
    for leaf in rows.iter().filter_map(read) {
        leaf.add_to(&mut bands, now);
    }
    Ok(bands)
}

/// One row a month. Statistics of a column are arrays of its own type behind a pseudo-type, hence by way of text.
const QUERY: &str = "
    select c.relname, c.reltuples, c.relpages,
           pg_relation_size(c.oid) / current_setting('block_size')::bigint,
           f.histogram_bounds::text::timestamptz[], f.most_common_vals::text::timestamptz[], f.most_common_freqs,
           x.null_frac
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_stats f on f.schemaname = n.nspname and f.tablename = c.relname and f.attname = 'fire_at'
    left join pg_stats x on x.schemaname = n.nspname and x.tablename = c.relname and x.attname = 'cancelled_at'
    where i.inhparent = 'callback'::regclass";

/// A month of callbacks as the planner sees it.
#[derive(Clone, Debug, PartialEq)]
struct Month {
    /// Rows that are not cancelled.
    rows: f64,
    begin: Timestamp,
    end: Timestamp,
    /// Between each two neighbours lie as many rows.
    bounds: Vec<Timestamp>,
    /// Single instants with many rows, and their parts of all; they are not in the bounds.
    common: Vec<(Timestamp, f64)>,
}

fn read(row: &Row) -> Option<Month> {
    let (begin, end) = Leaf::parse(row.get(0))?.range()?;
    let (analysed, analysed_pages, pages): (f32, i32, i64) = (row.get(1), row.get(2), row.get(3));
    let bounds: Option<Vec<Timestamp>> = row.get(4);
    let (values, parts): (Option<Vec<Timestamp>>, Option<Vec<f32>>) = (row.get(5), row.get(6));
    let parts = parts.unwrap_or_default().into_iter().map(f64::from);
    let standing = f64::from(row.get::<_, Option<f32>>(7).unwrap_or(1.0));
    Some(Month {
        rows: rows(f64::from(analysed), f64::from(analysed_pages), pages) * standing,
        begin,
        end,
        bounds: bounds.unwrap_or_default(),
        common: values.unwrap_or_default().into_iter().zip(parts).collect(),
    })
}

/// As the planner does: the density of the last analysis over the present size. -1 tuples: never analysed.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn rows(analysed: f64, analysed_pages: f64, pages: i64) -> f64 {
    let density = if analysed >= 0.0 && analysed_pages > 0.0 { analysed / analysed_pages } else { ROWS_PER_PAGE };
    density * pages as f64
}

impl Month {
    fn add_to(&self, bands: &mut Bands, now: Timestamp) {
        let mut before = self.part_up_to(now);
        for (band, hours) in bands.iter_mut().zip(BAND_HOURS.into_iter().map(Some).chain([None])) {
            let part = hours.map_or(1.0, |hours| self.part_up_to(now.plus_micros(hours * 3_600_000_000)));
            *band += self.rows * (part - before).max(0.0);
            before = part;
        }
    }

    /// Which part of the rows fires at or before that instant.
    fn part_up_to(&self, instant: Timestamp) -> f64 {
        let common: f64 = self.common.iter().map(|(_, part)| part).sum();
        let common_before: f64 = self.common.iter().filter(|(value, _)| *value <= instant).map(|(_, part)| part).sum();
        let others = match &*self.bounds {
            // Without a histogram the rows are taken to be spread evenly.
            [] | [_] => fraction(self.begin, self.end, instant),
            bounds => in_histogram(bounds, instant),
        };
        (common_before + (1.0 - common).max(0.0) * others).clamp(0.0, 1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a histogram has at most 10,000 bounds")]
fn in_histogram(bounds: &[Timestamp], instant: Timestamp) -> f64 {
    let passed = bounds.partition_point(|bound| *bound <= instant);
    match passed {
        0 => 0.0,
        all if all == bounds.len() => 1.0,
        passed => {
            let within = fraction(bounds[passed - 1], bounds[passed], instant);
            (passed as f64 - 1.0 + within) / (bounds.len() as f64 - 1.0)
        }
    }
}

/// Where an instant stands from one to another: 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn fraction(from: Timestamp, to: Timestamp, instant: Timestamp) -> f64 {
    let length = (to.micros() - from.micros()).max(1) as f64;
    ((instant.micros() - from.micros()) as f64 / length).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn november() -> Month {
        Month {
            rows: 3_000.0,
            begin: at("2026-11-01T00:00:00Z"),
            end: at("2026-12-01T00:00:00Z"),
            bounds: Vec::new(),
            common: Vec::new(),
        }
    }

    fn bands(month: &Month, now: &str) -> [i64; 6] {
        let mut bands = Bands::default();
        month.add_to(&mut bands, at(now));
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        bands.map(|band| band.round() as i64)
    }

    #[test]
    fn without_a_histogram_a_month_is_spread_evenly() {
        // 100 a day: the last ten days are ahead, from there 2 hours are 8.
        assert_eq!(bands(&november(), "2026-11-21T00:00:00Z"), [4, 96, 600, 300, 0, 0]);
        assert_eq!(bands(&november(), "2026-12-02T00:00:00Z"), [0; 6]);
        assert_eq!(bands(&november(), "2026-10-01T00:00:00Z"), [0, 0, 0, 0, 3_000, 0]);
        assert_eq!(bands(&november(), "2025-01-01T00:00:00Z"), [0, 0, 0, 0, 0, 3_000]);
    }

    #[test]
    fn the_histogram_and_the_common_instants_say_where_the_rows_are() {
        let bounds = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-21T12:00:00Z", "2026-11-30T00:00:00Z"];
        let common = vec![(at("2026-11-21T00:30:00Z"), 0.4), (at("2026-11-02T00:00:00Z"), 0.3)];
        let month = Month { bounds: bounds.map(at).to_vec(), common, ..november() };
        // Of the 900 others 300 lie between the 2nd and the 21st at noon, and 300 behind that.
        let [hour, day, week, later, ..] = bands(&month, "2026-11-21T00:00:00Z");
        assert_eq!(hour, 1_200 + 1);
        // Half a day of the 19.5 days before is 8; each band is rounded.
        assert!((1_507..=1_509).contains(&(hour + day + week + later)), "{hour} {day} {week} {later}");
    }

    #[test]
    fn a_leaf_that_has_grown_counts_by_its_size_and_an_empty_one_for_nothing() {
        for (analysed, pages_then, pages, expected) in
            [(1_000.0, 10.0, 20, 2_000.0), (0.0, 0.0, 0, 0.0), (-1.0, 0.0, 4, 100.0), (0.0, 0.0, 4, 100.0)]
        {
            assert!((rows(analysed, pages_then, pages) - expected).abs() < 1e-6, "{analysed} {pages_then} {pages}");
        }
    }
}
