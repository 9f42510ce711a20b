//! Pictures in SVG: lines or bars in a frame with a few numbers at its sides. For everything that measures.

#![allow(dead_code, reason = "each program that includes the pictures uses another part of them")]
#![expect(clippy::cast_precision_loss, reason = "figures for people: nobody needs the 53rd bit")]

use serde::{Deserialize, Serialize};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
/// The frame's sides; around it is room for numbers and names.
const LEFT: f64 = 80.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = WIDTH - 20.0;
const BOTTOM: f64 = HEIGHT - 70.0;
/// Lines across the frame, the bottom one not counted.
const TICKS: u32 = 5;
/// Told apart by most eyes (Okabe and Ito, "Color Universal Design", 2008).
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// A picture.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chart {
    /// The file's name, without `.svg`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// What the x axis counts.
    pub x: String,
    /// What the y axis counts.
    pub y: String,
    /// Whether points are joined; else each is a bar.
    pub shape: Shape,
    /// What is shown.
    pub series: Vec<Series>,
    /// Parts of the x axis that stand out: from where to where.
    #[serde(default)]
    pub marks: Vec<(f64, f64)>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// A line through the points.
    Lines,
    /// A bar for each point; those of the same place in their series stand side by side.
    Bars,
}

/// Points that belong together.
#[derive(Debug, Serialize, Deserialize)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// x and y.
    pub points: Vec<(f64, f64)>,
}

/// The whole picture.
pub fn draw(chart: &Chart) -> String {
    let points = || chart.series.iter().flat_map(|series| &series.points);
    let greatest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let plane = Plane {
        x: round_up(greatest(&mut points().map(|point| point.0))),
        y: round_up(greatest(&mut points().map(|point| point.1))),
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    text(&mut svg, LEFT, TOP - 16.0, "start", &chart.title);
    for (from, to) in &chart.marks {
        plane.mark(&mut svg, *from, *to);
    }
    plane.scale_y(&mut svg, &chart.y);
    match chart.shape {
        Shape::Lines => {
            plane.scale_x(&mut svg, &chart.x);
            for (series, colour) in chart.series.iter().zip(COLOURS) {
                plane.line(&mut svg, series, colour);
            }
        }
        Shape::Bars => plane.bars(&mut svg, chart),
    }
    legend(&mut svg, &chart.series);
    svg.push_str("</svg>\n");
    svg
}

/// The frame's inside: from 0 to these values.
struct Plane {
    x: f64,
    y: f64,
}

impl Plane {
    fn left(&self, x: f64) -> f64 {
        LEFT + x / self.x * (RIGHT - LEFT)
    }

    fn top(&self, y: f64) -> f64 {
        BOTTOM - y / self.y * (BOTTOM - TOP)
    }

    /// At least so wide that it can be seen.
    fn mark(&self, svg: &mut String, from: f64, to: f64) {
        let (left, right) = (self.left(from), self.left(to.min(self.x)));
        let size = format!("width=\"{:.1}\" height=\"{:.1}\"", (right - left).max(1.5), BOTTOM - TOP);
        put(svg, &format!("<rect x=\"{left:.1}\" y=\"{TOP}\" {size} fill=\"#f3d9c9\"/>"));
    }

    fn scale_y(&self, svg: &mut String, unit: &str) {
        for tick in 0..=TICKS {
            let value = self.y * f64::from(tick) / f64::from(TICKS);
            let top = self.top(value);
            put(svg, &format!("<path d=\"M{LEFT} {top:.1}H{RIGHT}\" stroke=\"#ddd\"/>"));
            text(svg, LEFT - 6.0, top + 4.0, "end", &figure(value));
        }
        text(svg, RIGHT, TOP - 16.0, "end", unit);
    }

    fn scale_x(&self, svg: &mut String, unit: &str) {
        for tick in 0..=TICKS {
            let value = self.x * f64::from(tick) / f64::from(TICKS);
            let left = self.left(value);
            put(svg, &format!("<path d=\"M{left:.1} {TOP}V{BOTTOM}\" stroke=\"#ddd\"/>"));
            text(svg, left, BOTTOM + 18.0, "middle", &figure(value));
        }
        text(svg, RIGHT, BOTTOM + 34.0, "end", unit);
    }

    fn line(&self, svg: &mut String, series: &Series, colour: &str) {
        let points: Vec<String> =
            series.points.iter().map(|(x, y)| format!("{:.1},{:.1}", self.left(*x), self.top(*y))).collect();
        let points = points.join(" ");
        put(svg, &format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"));
    }

    /// The first points of all series side by side, then the second ones, and so on.
    fn bars(&self, svg: &mut String, chart: &Chart) {
        let groups = chart.series.iter().map(|series| series.points.len()).max().unwrap_or(1);
        let group = (RIGHT - LEFT) / groups as f64;
        let bar = group * 0.8 / chart.series.len().max(1) as f64;
        for (place, (series, colour)) in chart.series.iter().zip(COLOURS).enumerate() {
            for (number, (_, value)) in series.points.iter().enumerate() {
                let left = LEFT + group * (number as f64 + 0.1) + bar * place as f64;
                let (top, width) = (self.top(*value), bar * 0.95);
                let size = format!("width=\"{width:.1}\" height=\"{:.1}\"", BOTTOM - top);
                put(svg, &format!("<rect x=\"{left:.1}\" y=\"{top:.1}\" {size} fill=\"{colour}\"/>"));
                text(svg, left + width / 2.0, top - 4.0, "middle", &figure(*value));
            }
        }
        for number in (0..groups).filter(|_| !chart.x.is_empty()) {
            let middle = LEFT + group * (number as f64 + 0.5);
            text(svg, middle, BOTTOM + 18.0, "middle", &format!("{} {}", chart.x, number + 1));
        }
    }
}

fn legend(svg: &mut String, series: &[Series]) {
    let width = (RIGHT - LEFT) / series.len().max(1) as f64;
    for (number, (series, colour)) in series.iter().zip(COLOURS).enumerate() {
        let left = LEFT + width * number as f64;
        let top = HEIGHT - 14.0;
        put(
            svg,
            &format!("<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>", top - 10.0),
        );
        text(svg, left + 18.0, top, "start", &series.name);
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    put(svg, &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"));
}

fn put(svg: &mut String, element: &str) {
    svg.push_str(element);
    svg.push('\n');
}

/// The next of 1, 2 or 5 times a power of ten, so that a fifth of it is a round number, too.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|bound| *bound >= value)
        .unwrap_or(value)
}

/// A number with as many digits as mean something.
pub fn figure(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if magnitude < 1.0 {
        format!("{value:.3}")
    } else if magnitude < 100.0 {
        format!("{value:.1}")
    } else {
        grouped(value.round())
    }
}

/// A whole number with a comma between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
