//! The run as a picture: faults, due events a second, and how late they were.

use std::collections::BTreeMap;
use std::fmt::Write;

use schedule_callback::domain::time::Timestamp;

use crate::figures::{millis, wanted_at};
use crate::run::Run;

/// Size of the picture, and where the panels lie: top and bottom of each, in pixels.
const WIDTH: i64 = 1_200;
const HEIGHT: i64 = 520;
const LEFT: i64 = 70;
const FAULTS: (i64, i64) = (30, 170);
const EVENTS: (i64, i64) = (190, 330);
const LATENESS: (i64, i64) = (350, 490);
/// Labels of neighbouring faults stand in so many lines, so that they do not cover each other.
const LABEL_LINES: usize = 8;

/// Draws the timeline as SVG.
pub fn draw(run: &Run) -> String {
    let (began, ended) = run.span;
    let length = millis(began, ended).max(1);
    let x = |at: Timestamp| LEFT + millis(began, at).clamp(0, length) * (WIDTH - LEFT - 10) / length;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    for round in &run.rounds {
        let recovered = round.recovered.unwrap_or(ended);
        for (from, to, colour) in [(round.began, round.mended, "#e8a0a0"), (round.mended, recovered, "#f6e3c5")] {
            let (from, to) = (x(from), x(to));
            rectangle(&mut svg, (from, FAULTS.0), (to.max(from + 1), LATENESS.1), colour);
        }
    }
    // After all rectangles, so that none covers the label of the one before.
    for (number, round) in run.rounds.iter().enumerate() {
        let line = i64::try_from(number % LABEL_LINES).unwrap_or(0);
        let y = FAULTS.0 + 12 + line * (FAULTS.1 - FAULTS.0 - 12) / i64::try_from(LABEL_LINES).unwrap_or(1);
        text(&mut svg, (x(round.began), y), "start", &round.fault.to_string());
    }
    let mut events: BTreeMap<i64, i64> = BTreeMap::new();
    let mut lateness: BTreeMap<i64, i64> = BTreeMap::new();
    for event in &run.history.due {
        let second = millis(began, event.seen_at) / 1_000;
        *events.entry(second).or_default() += 1;
        let late = wanted_at(event).map_or(0, |at| millis(at, event.seen_at));
        let longest = lateness.entry(second).or_default();
        *longest = late.max(*longest);
    }
    for (panel, values, title) in
        [(EVENTS, events, "due events a second"), (LATENESS, lateness, "longest lateness of a second, ms")]
    {
        bars(&mut svg, panel, &values, |second| x(began.plus_micros(second * 1_000_000)), title);
    }
    text(&mut svg, (LEFT, 20), "start", "faults: red until mended, then yellow until every shard has fired again");
    for second in (0..=length / 1_000).step_by(usize::try_from((length / 20_000).max(1)).unwrap_or(1)) {
        text(&mut svg, (x(began.plus_micros(second * 1_000_000)), HEIGHT - 10), "middle", &format!("{second} s"));
    }
    svg.push_str("</svg>\n");
    svg
}

fn bars(svg: &mut String, panel: (i64, i64), values: &BTreeMap<i64, i64>, x: impl Fn(i64) -> i64, title: &str) {
    let (top, bottom) = panel;
    let highest = values.values().copied().max().unwrap_or(0).max(1);
    for (second, value) in values {
        let height = value * (bottom - top) / highest;
        rectangle(svg, (x(*second), bottom - height), (x(second + 1).max(x(*second) + 1), bottom), "#4a78a8");
    }
    text(svg, (LEFT - 6, top + 10), "end", &highest.to_string());
    text(svg, (LEFT - 6, bottom), "end", "0");
    text(svg, (LEFT + 4, top + 10), "start", title);
}

fn rectangle(svg: &mut String, (left, top): (i64, i64), (right, bottom): (i64, i64), colour: &str) {
    let (width, height) = (right - left, bottom - top);
    // Writing to a string does not fail.
    writeln!(svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>").ok();
}

fn text(svg: &mut String, (x, y): (i64, i64), anchor: &str, text: &str) {
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>").ok();
}
