//! The plot of callbacks by hour: an SVG whose widths are shares of the page's, so that its text keeps its size.

use chrono::Timelike;
use maud::{Markup, html};

use super::written::count;
use crate::domain::time::Timestamp;
use crate::postgres::overview::Pending;

const HOUR_MICROS: i64 = 3_600_000_000;
/// Pixels above the bars, for the highest line's label.
const ABOVE: u32 = 16;
/// Height of the highest bar, in pixels.
const HEIGHT: u32 = 168;
/// Pixels below the bars, for hours and days.
const BELOW: u32 = 40;
/// The name of a day takes a part of a wide plot: one over this.
const DATE_PART: usize = 20;
/// The gap between two bars, in per cent of a bar's place.
const GAP: u32 = 22;

/// Bars, one an hour.
pub(super) fn bars(pending: &Pending) -> Markup {
    let hours = pending.hours.len();
    let most = pending.hours.iter().copied().max().unwrap_or(0);
    let top = rounded_up(most);
    let summary = summary(pending);
    html! {
        svg class=(if pending.estimated { "plot estimated" } else { "plot" })
            width="100%" height=(ABOVE + HEIGHT + BELOW) role="img" aria-labelledby="plot-title plot-text" {
            title id="plot-title" { "Callbacks waiting, by hour" }
            desc id="plot-text" { (summary) }
            @for (_, y) in lines(top) { line class="grid" x1="0" x2="100%" y1=(y) y2=(y) {} }
            @for (index, number) in pending.hours.iter().enumerate() {
                @let from = hour(pending.from, index);
                @if let Some(clock) = from.to_chrono() {
                    @if clock.hour() == 0 {
                        line class="day" x1=(share(index, hours)) x2=(share(index, hours)) y1=(ABOVE) y2=(ABOVE + HEIGHT + BELOW) {}
                    }
                    @if clock.hour() % 6 == 0 {
                        text class=(if clock.hour() % 12 == 0 { "tick" } else { "tick fine" })
                            x=(share(index, hours)) dx="3" y=(ABOVE + HEIGHT + 15) { (clock.format("%H")) }
                    }
                    // At the right edge there is no room for it.
                    @if clock.hour() == 0 && (hours - index) * DATE_PART >= hours {
                        text class="date" x=(share(index, hours)) dx="3" y=(ABOVE + HEIGHT + 33) { (clock.format("%a %-d %b")) }
                    }
                }
                @if *number > 0 {
                    @let height = height(*number, top);
                    rect class="bar" x=(share(index, hours)) width=(width(hours)) y=(ABOVE + HEIGHT - height) height=(height) rx="1" {
                        title { (label(from)) ": " (about(pending)) (count(*number)) }
                    }
                }
            }
            // Over the bars, so that it can be read whatever they show.
            @for (value, y) in lines(top) { text class="tick" x="0" y=(y - 4) { (count(value)) } }
            line class="axis" x1="0" x2="100%" y1=(ABOVE + HEIGHT) y2=(ABOVE + HEIGHT) {}
        }
    }
}

/// The same as a table: for whoever cannot see the plot, or wants the numbers.
pub(super) fn table(pending: &Pending) -> Markup {
    html! {
        table {
            caption { "Callbacks waiting, by hour" }
            thead { tr { th scope="col" { "Hour (UTC)" } th scope="col" class="number" { "Callbacks" } } }
            tbody {
                @for (index, number) in pending.hours.iter().enumerate() {
                    tr {
                        th scope="row" { (label(hour(pending.from, index))) }
                        td class="number" { (about(pending)) (count(*number)) }
                    }
                }
            }
        }
    }
}

/// What the plot shows, in a sentence.
pub(super) fn summary(pending: &Pending) -> String {
    let all = pending.hours.iter().sum::<u64>();
    let about = about(pending);
    let hours = pending.hours.len();
    let Some((index, most)) = pending.hours.iter().enumerate().max_by_key(|(index, number)| (**number, hours - index))
    else {
        return String::new();
    };
    match all {
        0 => format!("No callback waits for the next {hours} hours."),
        _ => format!(
            "{about}{} in the next {hours} hours; the most in one hour, {about}{}, on {}.",
            count(all),
            count(*most),
            label(hour(pending.from, index))
        ),
    }
}

fn about(pending: &Pending) -> &'static str {
    if pending.estimated { "about " } else { "" }
}

fn hour(from: Timestamp, index: usize) -> Timestamp {
    from.plus_micros(HOUR_MICROS.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
}

fn label(from: Timestamp) -> String {
    from.to_chrono().map_or_else(|| from.to_string(), |time| time.format("%a %-d %b, %H:00").to_string())
}

/// The place of a bar, from the left.
#[expect(clippy::cast_precision_loss, reason = "some dozens of hours")]
fn share(index: usize, hours: usize) -> String {
    format!("{:.3}%", 100.0 * index as f64 / hours as f64)
}

#[expect(clippy::cast_precision_loss, reason = "some dozens of hours")]
fn width(hours: usize) -> String {
    format!("{:.3}%", f64::from(100 - GAP) / hours as f64)
}

/// Pixels; at least one for what is not nothing.
#[expect(clippy::cast_possible_truncation, reason = "at most the height of the plot")]
fn height(number: u64, top: u64) -> u32 {
    let pixels = u128::from(number) * u128::from(HEIGHT) / u128::from(top.max(1));
    (pixels as u32).clamp(1, HEIGHT)
}

/// Lines across: none, half and all of the height, where these are whole numbers.
fn lines(top: u64) -> Vec<(u64, u32)> {
    let mut lines = vec![(top, ABOVE)];
    if top.is_multiple_of(2) {
        lines.push((top / 2, ABOVE + HEIGHT / 2));
    }
    lines
}

/// The least of 1, 2, 3, 4, 5, 6, 8 times a power of ten that is not smaller.
fn rounded_up(most: u64) -> u64 {
    let power = 10_u64.pow(most.checked_ilog10().unwrap_or(0));
    let steps = [1, 2, 3, 4, 5, 6, 8].map(|step| power.saturating_mul(step));
    steps.into_iter().find(|step| *step >= most).unwrap_or(power.saturating_mul(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(hours: Vec<u64>, estimated: bool) -> Pending {
        Pending { from: Timestamp::parse_rfc3339("2026-11-27T22:00:00Z").unwrap(), hours, estimated }
    }

    #[test]
    fn every_hour_with_callbacks_has_a_bar_as_high_as_its_number() {
        let svg = bars(&pending(vec![100, 50, 0, 1], false)).into_string();
        assert_eq!(svg.matches("class=\"bar\"").count(), 3);
        for (x, height, title) in [("0.000%", 168, "Fri 27 Nov, 22:00: 100"), ("25.000%", 84, "Fri 27 Nov, 23:00: 50")]
        {
            let y = ABOVE + HEIGHT - height;
            let bar = format!(
                r#"<rect class="bar" x="{x}" width="19.500%" y="{y}" height="{height}" rx="1"><title>{title}</title></rect>"#
            );
            assert!(svg.contains(&bar), "{bar} in {svg}");
        }
        assert!(svg.contains(">Sat 28 Nov</text>") && svg.contains(">00</text>"), "{svg}");
        assert!(svg.contains("151 in the next 4 hours; the most in one hour, 100, on Fri 27 Nov, 22:00."), "{svg}");
    }

    #[test]
    fn estimates_are_told_as_such_everywhere() {
        let estimated = pending(vec![0, 2_000_000], true);
        let svg = bars(&estimated).into_string();
        assert!(svg.contains("plot estimated") && svg.contains(": about 2,000,000</title>"), "{svg}");
        assert!(table(&estimated).into_string().contains("<td class=\"number\">about 2,000,000</td>"));
        assert_eq!(
            summary(&estimated),
            "about 2,000,000 in the next 2 hours; the most in one hour, about 2,000,000, on Fri 27 Nov, 23:00."
        );
        assert_eq!(summary(&pending(vec![0, 0], false)), "No callback waits for the next 2 hours.");
        assert_eq!(bars(&pending(vec![], false)).into_string().matches("class=\"bar\"").count(), 0);
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let tops = [0, 1, 3, 9, 10, 11, 101, 799, 999].map(rounded_up);
        assert_eq!(tops, [1, 1, 3, 10, 10, 20, 200, 800, 1_000]);
        assert_eq!(rounded_up(u64::MAX), u64::MAX);
    }
}
