//! The bars, one by one or, where they are too many to be told apart, how many were in each phase.

use super::bars::{Bar, Part, lanes, parts};
use super::curve::Shares;
use super::paint::{Paint, cut, short, visible};
use super::scale::{Scale, counted, grouped, text};
use crate::executor::{Phase, Span};

/// The most bars that are drawn one by one, and the most lanes and parts.
const BARS: usize = 2_000;
const LANES: usize = 160;
const PARTS: usize = 20_000;
/// What can hardly be seen, in pixels.
const LEAST: f64 = 0.5;
/// How high all lanes are together, if each has what it needs.
const ROOM: f64 = 640.0;
const LANE: [f64; 2] = [4.0, 22.0];
/// A chart without bars, and one of areas.
const EMPTY: f64 = 40.0;
const AREAS: f64 = 320.0;
/// The columns of areas: two pixels each.
const COLUMNS: usize = 556;
/// The width of a letter, about.
const LETTER: f64 = 6.3;
/// How much the text says that is shown over a bar.
const HOVER_SPANS: usize = 12;
const HOVER_NAMES: usize = 8;

/// What is drawn above the curve.
pub(super) struct Chart<'a> {
    scale: Scale,
    content: Content<'a>,
}

enum Content<'a> {
    Nothing,
    Bars { bars: Vec<Drawn<'a>>, pitch: f64, lanes: usize },
    Areas { shares: Shares, bars: usize, lanes: usize },
}

/// A bar, its lane and its parts.
struct Drawn<'a> {
    bar: Bar<'a>,
    lane: usize,
    parts: Vec<Part>,
}

impl<'a> Chart<'a> {
    pub(super) fn of(bars: &[Bar<'a>], phases: &[Phase], scale: Scale) -> Chart<'a> {
        let (lane_of, lanes) = lanes(bars);
        let content = match bars.len() {
            0 => Content::Nothing,
            _ => one_by_one(bars, &lane_of, lanes, scale).unwrap_or_else(|| {
                let shares = Shares::of(bars, phases, scale.extent, COLUMNS);
                Content::Areas { shares, bars: bars.len(), lanes }
            }),
        };
        Chart { scale, content }
    }

    pub(super) fn height(&self) -> f64 {
        match &self.content {
            Content::Nothing => EMPTY,
            Content::Bars { pitch, lanes, .. } => pitch * *lanes as f64,
            Content::Areas { .. } => AREAS,
        }
    }

    pub(super) fn paint(&self, paint: &mut Paint, top: f64) {
        match &self.content {
            Content::Nothing => paint.text("", [self.scale.left, top + 24.0], "no circuit was ever taken up"),
            Content::Bars { bars, pitch, lanes } => {
                self.lanes(paint, top, *pitch, *lanes);
                if self.scale.extent.is_zero() {
                    paint.text("", [self.scale.left + 16.0, top + 15.0], "no time passed: everything is here");
                }
                for drawn in bars {
                    self.bar(paint, drawn, top, *pitch);
                }
            }
            Content::Areas { shares, bars, lanes } => self.areas(paint, top, shares, *bars, *lanes),
        }
    }

    /// The numbers of the lanes, if there is room for them.
    fn lanes(&self, paint: &mut Paint, top: f64, pitch: f64, lanes: usize) {
        paint.open("lanes");
        let every = (12.0 / pitch).ceil() as usize;
        for lane in (0..lanes).filter(|lane| (lane + 1) % every.max(1) == 0 || lanes == 1) {
            paint.text("end", [self.scale.left - 6.0, top + pitch * (lane as f64 + 0.5) + 4.0], &(lane + 1).to_string());
        }
        paint.close();
    }

    fn bar(&self, paint: &mut Paint, Drawn { bar, lane, parts }: &Drawn<'_>, top: f64, pitch: f64) {
        let (y, height) = (top + pitch * *lane as f64, pitch - if pitch > 8.0 { 3.0 } else { 1.0 });
        let place = |from, to, least: f64| {
            let (x, end) = (self.scale.x(from), self.scale.x(to));
            [x, y, (end - x).max(least), height]
        };
        let whole = place(bar.from, bar.to, 1.0);
        paint.open("bar");
        paint.hover(&hover(bar));
        paint.rect("whole", whole);
        for part in parts {
            paint.rect(part.phase.name(), place(part.from, part.to, LEAST));
        }
        if whole[2] >= 4.0 {
            paint.rect("edge", whole);
        }
        label(paint, bar, whole);
        if !bar.is_ok() {
            let arm = (height / 2.0 - 2.0).clamp(1.5, 4.0);
            paint.cross([whole[0] + (whole[2] - arm - 3.0).max(whole[2] / 2.0), y + height / 2.0], arm);
        }
        paint.close();
    }

    fn areas(&self, paint: &mut Paint, top: f64, shares: &Shares, bars: usize, lanes: usize) {
        let (floor, left) = (top + AREAS, self.scale.left);
        // Above the areas there is room for what it is that one sees, and for crosses.
        let unit = (AREAS - 40.0) / shares.highest().max(f64::MIN_POSITIVE);
        paint.open("areas");
        let bars = counted(bars, "bar");
        let why = format!(
            "{bars} in {} are too many to be drawn one by one (at most {} in {LANES}, of {} parts):",
            counted(lanes, "lane"),
            grouped(BARS),
            grouped(PARTS)
        );
        paint.text("", [left + 6.0, top + 10.0], &format!("{why} the height of a colour is how many workers were in that phase"));
        for (phase, path) in shares.areas(self.scale, floor, unit) {
            paint.path(phase.name(), &path);
        }
        paint.line("base", [left, floor, left + self.scale.width, floor]);
        paint.text("end", [left - 6.0, top + 44.0], &format!("{:.0}", shares.highest()));
        paint.text("end", [left - 6.0, floor + 4.0], "0");
        for (column, _) in shares.failed.iter().enumerate().filter(|(_, failed)| **failed) {
            paint.cross([left + self.scale.width * (column as f64 + 0.5) / COLUMNS as f64, top + 24.0], 2.5);
        }
        paint.close();
    }
}

/// Every bar and its parts, unless they are too many.
fn one_by_one<'a>(bars: &[Bar<'a>], lane_of: &[usize], lanes: usize, scale: Scale) -> Option<Content<'a>> {
    if bars.len() > BARS || lanes > LANES {
        return None;
    }
    let least = scale.time(LEAST);
    let drawn = |(bar, lane): (&Bar<'a>, &usize)| Drawn { bar: bar.clone(), lane: *lane, parts: parts(bar, least) };
    let bars: Vec<Drawn<'a>> = bars.iter().zip(lane_of).map(drawn).collect();
    let parts: usize = bars.iter().map(|drawn| drawn.parts.len()).sum();
    let [lowest, highest] = LANE;
    (parts <= PARTS).then(|| Content::Bars { bars, pitch: (ROOM / lanes as f64).clamp(lowest, highest), lanes })
}

/// The name of a bar over it, as much of it as there is room for.
fn label(paint: &mut Paint, bar: &Bar<'_>, [x, y, width, height]: [f64; 4]) {
    let letters = ((width - if bar.is_ok() { 8.0 } else { 20.0 }) / LETTER).max(0.0) as usize;
    if height >= 12.0 && letters >= 3 {
        let name = wide_cut(&visible(&bar.name()), letters);
        paint.text("name", [x + 4.0, y + height / 2.0 + 4.0], &name);
    }
}

/// As many characters as fit, those of the scripts that are twice as wide counted so.
fn wide_cut(name: &str, letters: usize) -> String {
    let mut room = letters;
    let fits = |letter: &char| {
        let width = if *letter < '\u{1100}' { 1 } else { 2 };
        let fits = room >= width;
        room = room.saturating_sub(width);
        fits
    };
    let fitting = name.chars().take_while(fits).count();
    if fitting == name.chars().count() { name.to_owned() } else { cut(name, fitting) }
}

/// What is known about a bar, in lines.
fn hover(bar: &Bar<'_>) -> String {
    let what = match bar.rows.len() {
        1 => format!("#{} {}", bar.row.index, short(&bar.row.name)),
        many => format!("{} in one job", counted(many, "circuit")),
    };
    let job = bar.row.job.as_ref().map(|job| format!("job {}", short(job)));
    let length = bar.to.saturating_sub(bar.from);
    let when = format!("{} to {}: {}", text(bar.from), text(bar.to), text(length));
    let spans = bar.spans();
    let lines = [what].into_iter().chain(job).chain([when]).chain(members(bar));
    let lines = lines.chain(spans.iter().take(HOVER_SPANS).map(|span| line(span))).chain(more(spans.len(), HOVER_SPANS, "span"));
    lines.chain(outcome(bar)).collect::<Vec<_>>().join("\n")
}

fn line(span: &Span) -> String {
    let note = span.note.as_ref().map(|note| format!(" ({})", short(note))).unwrap_or_default();
    format!("  {} {}{note}", span.phase.name(), text(span.length()))
}

fn members(bar: &Bar<'_>) -> Vec<String> {
    if bar.rows.len() == 1 {
        return Vec::new();
    }
    let named = bar.rows.iter().take(HOVER_NAMES).map(|row| format!("  #{} {}", row.index, short(&row.name)));
    named.chain(more(bar.rows.len(), HOVER_NAMES, "circuit")).collect()
}

fn more(number: usize, shown: usize, what: &str) -> Option<String> {
    (number > shown).then(|| format!("  and {} more", counted(number - shown, what)))
}

/// What became of its circuits, if there is anything to say.
fn outcome(bar: &Bar<'_>) -> Option<String> {
    let failed = bar.rows.iter().filter(|row| !row.ok).count();
    let note = bar.rows.iter().find_map(|row| row.note.as_ref()).map(|note| short(note));
    match (failed, note) {
        (0, note) => note,
        (_, Some(note)) => Some(format!("no result: {note}")),
        (_, None) => Some("no result".to_owned()),
    }
}
