//! The timeline as a picture: what it is of, a legend, the bars, and below how many circuits were in flight.

use super::bars::{Bar, bars};
use super::curve;
use super::evidence::Evidence;
use super::gantt::Chart;
use super::paint::Paint;
use super::scale::{Scale, exact, grouped, ticks};
use super::sweep::levels;
use super::{Row, Timeline};
use crate::executor::Phase;

const STYLE: &str = include_str!("picture.css");
/// The width of the picture, and the part of it that is time.
const WIDTH: f64 = 1200.0;
const LEFT: f64 = 56.0;
const TIME: f64 = 1112.0;
/// Where the chart begins, below the words.
const TOP: f64 = 112.0;
/// The curve of what is in flight, and what is above and below it.
const CURVE: f64 = 72.0;
const GAP: f64 = 34.0;
const BOTTOM: f64 = 30.0;
/// The most steps of the time axis.
const TICKS: u32 = 9;

impl Timeline {
    /// The timeline as a picture in SVG, to be opened in a browser or shown in a page. Its width is fixed; its height grows with
    /// how much happened at once, up to a limit, and so does its length. Where the bars are too many to be told apart it shows how
    /// many workers were in each phase, and says so.
    pub fn svg(&self) -> String {
        let bars = bars(&self.rows);
        let scale = Scale { left: LEFT, width: TIME, extent: self.extent() };
        let evidence = self.evidence();
        let phases: Vec<Phase> = evidence.per_phase.iter().map(|(phase, _)| *phase).collect();
        let chart = Chart::of(&bars, &phases, scale);
        let picture = Picture { timeline: self, evidence, scale, chart };
        picture.paint(&bars)
    }
}

struct Picture<'a> {
    timeline: &'a Timeline,
    evidence: Evidence,
    scale: Scale,
    chart: Chart<'a>,
}

impl Picture<'_> {
    fn paint(&self, bars: &[Bar<'_>]) -> String {
        let bottom = TOP + self.chart.height() + GAP + CURVE;
        let height = bottom + BOTTOM;
        let mut paint = Paint::default();
        paint.rect("back", [0.0, 0.0, WIDTH, height]);
        self.words(&mut paint, bars);
        self.axis(&mut paint, bottom);
        self.chart.paint(&mut paint, TOP);
        self.flight(&mut paint, bottom);
        let size = format!(r#"width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}""#);
        let style = format!("<style>\n{STYLE}</style>");
        let root = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="img" aria-label="timeline" {size}>"#);
        format!("{root}\n{style}\n{}</svg>\n", paint.markup)
    }

    fn words(&self, paint: &mut Paint, bars: &[Bar<'_>]) {
        paint.text("title", [LEFT, 30.0], &self.timeline.title());
        paint.text("summary", [LEFT, 51.0], &self.timeline.summary());
        paint.open("legend");
        let mut x = LEFT;
        for (phase, _) in &self.evidence.per_phase {
            paint.rect(phase.name(), [x, 68.0, 12.0, 10.0]);
            x = entry(paint, x, phase.name());
        }
        if bars.iter().any(|bar| !bar.is_ok()) {
            paint.cross([x + 6.0, 73.0], 4.0);
            entry(paint, x, "no result");
        }
        paint.close();
    }

    /// The times, above and below, and lines between them.
    fn axis(&self, paint: &mut Paint, bottom: f64) {
        paint.open("axis");
        for tick in ticks(self.scale.extent, TICKS) {
            let x = self.scale.x(tick);
            paint.line("grid", [x, TOP - 4.0, x, bottom]);
            paint.text("middle", [x, TOP - 9.0], &exact(tick));
            paint.text("middle", [x, bottom + 16.0], &exact(tick));
        }
        paint.close();
    }

    /// How many circuits were in flight at each time.
    fn flight(&self, paint: &mut Paint, bottom: f64) {
        let levels = levels(self.timeline.rows.iter().flat_map(Row::in_flight));
        let peak = self.evidence.peak_in_flight;
        paint.open("in-flight");
        paint.text("", [LEFT, bottom - CURVE - 8.0], "circuits in flight");
        let unit = CURVE / peak.max(1) as f64;
        paint.path("flight", &curve::area(&curve::steps(&levels, self.scale), bottom, unit));
        paint.line("base", [LEFT, bottom, LEFT + TIME, bottom]);
        paint.text("end", [LEFT - 6.0, bottom - CURVE + 4.0], &grouped(peak));
        paint.text("end", [LEFT - 6.0, bottom + 4.0], "0");
        paint.close();
    }
}

/// A word of the legend, and where the next begins.
fn entry(paint: &mut Paint, x: f64, name: &str) -> f64 {
    paint.text("", [x + 17.0, 77.0], name);
    x + 34.0 + 6.5 * name.len() as f64
}
