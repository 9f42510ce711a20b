//! Whether what is measured again and again for hours goes on growing: arithmetic on the samples.
//!
//! The middle third of the time is compared to the last one; the first one is for warming up. Something grows where the last
//! third's median lies above the middle one's by more than an allowance, and the last third goes on rising in itself: so
//! neither a peak counts nor a step to a level that is then kept.

#![allow(dead_code, reason = "each program that includes the verdict uses another part of it")]

use std::fmt;

/// Fewer samples say nothing.
pub const LEAST_SAMPLES: usize = 45;
/// A share of the middle third's median that is always allowed.
const SHARE: f64 = 0.05;
/// The median of absolute deviations, times this, is the standard deviation of what is normally distributed.
const DEVIATION: f64 = 1.4826;

/// Which way is a bad one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// It is not to grow.
    Growth,
    /// It is not to fall.
    Fall,
}

/// What a series does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays, or has come to a level.
    LevelsOff,
    /// It goes on getting worse.
    GoesOn,
    /// Nobody can say.
    TooShort,
}

/// The verdict on a series, with what it follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The medians of the middle and of the last third.
    pub medians: (f64, f64),
    /// By how much they may differ.
    pub allowance: f64,
    /// The least change an hour that would have been noticed.
    pub noticed_an_hour: f64,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LevelsOff => "levels off",
            Self::GoesOn => "**goes on**",
            Self::TooShort => "too short to say",
        })
    }
}

/// Looks at samples, each an hour and a value, in order of time. Differences up to `floor` mean nothing.
pub fn look(samples: &[(f64, f64)], bad: Bad, floor: f64) -> Finding {
    let nothing = (f64::NAN, f64::NAN);
    let too_short =
        Finding { verdict: Verdict::TooShort, medians: nothing, allowance: f64::NAN, noticed_an_hour: f64::NAN };
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return too_short };
    let third = (last.0 - first.0) / 3.0;
    let part = |from: f64, to: f64| -> Vec<(f64, f64)> {
        samples.iter().copied().filter(|(at, _)| from <= *at && *at <= to).collect()
    };
    let middle = part(first.0 + third, first.0 + 2.0 * third);
    let end = part(first.0 + 2.0 * third, last.0);
    if samples.len() < LEAST_SAMPLES || middle.len() < LEAST_SAMPLES / 5 || end.len() < LEAST_SAMPLES / 5 {
        return too_short;
    }
    let medians = (median_of(&middle), median_of(&end));
    let (middle_slope, end_slope) = (slope(&middle), slope(&end));
    let noise = deviation(&middle, middle_slope).max(deviation(&end, end_slope));
    let allowance = (medians.0.abs() * SHARE).max(noise).max(floor);
    let sign = if bad == Bad::Growth { 1.0 } else { -1.0 };
    let goes_on = sign * (medians.1 - medians.0) > allowance && sign * end_slope * third > allowance / 2.0;
    let verdict = if goes_on { Verdict::GoesOn } else { Verdict::LevelsOff };
    Finding { verdict, medians, allowance, noticed_an_hour: allowance / third }
}

/// The middle value; NaN where there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn median_of(samples: &[(f64, f64)]) -> f64 {
    median(samples.iter().map(|(_, value)| *value).collect())
}

/// The median of the slopes between any two samples (Theil and Sen): single peaks do not turn it.
fn slope(samples: &[(f64, f64)]) -> f64 {
    let mut slopes = Vec::with_capacity(samples.len() * samples.len() / 2);
    for (number, (from, low)) in samples.iter().enumerate() {
        let later = samples[number + 1..].iter().filter(|(to, _)| to > from);
        slopes.extend(later.map(|(to, high)| (high - low) / (to - from)));
    }
    if slopes.is_empty() { 0.0 } else { median(slopes) }
}

/// How far samples lie from their own line.
fn deviation(samples: &[(f64, f64)], slope: f64) -> f64 {
    let levelled: Vec<f64> = samples.iter().map(|(at, value)| value - slope * at).collect();
    let level = median(levelled.clone());
    DEVIATION * median(levelled.iter().map(|value| (value - level).abs()).collect())
}
