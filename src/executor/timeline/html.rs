//! The timeline as a page: the picture, details of what the pointer is on, and a table.

use super::evidence::Evidence;
use super::paint::{escape, short};
use super::scale::{grouped, text};
use super::{Row, Timeline};
use crate::executor::Phase;
use std::cmp::Reverse;
use std::time::Duration;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The page loads nothing, whatever it says: a name that came through all the same could do nothing with the network.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
/// The most circuits in the table.
const ROWS: usize = 2_000;

impl Timeline {
    /// The timeline as a page that needs nothing else: the picture, which can be enlarged and dragged, details of the circuit that
    /// the pointer is on, and a table of the circuits; if they are very many, of those without results and of the slowest.
    pub fn html(&self) -> String {
        let evidence = self.evidence();
        let title = escape(&self.title());
        let head = format!(
            "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>"
        );
        let tools = "<div class=\"tools\"><button id=\"out\" title=\"smaller\">−</button><button id=\"in\" title=\"larger\">+</button>\
                     <button id=\"fit\">fit</button><span>Ctrl and the wheel enlarge, dragging moves.</span></div>";
        let picture = format!("<div class=\"picture\">\n{}</div>", self.svg());
        let detail = "<pre id=\"detail\">Point at a bar to see what it did.</pre>";
        let body = format!("<h1>{title}</h1>\n<p>{}</p>\n{tools}\n{picture}\n{detail}\n{}", escape(&self.summary()), self.table(&evidence));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n{head}\n</head>\n<body>\n{body}\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
        )
    }

    fn table(&self, evidence: &Evidence) -> String {
        let phases: Vec<Phase> = evidence.per_phase.iter().map(|(phase, _)| *phase).collect();
        let names = phases.iter().map(|phase| format!("<th>{}</th>", phase.name())).collect::<String>();
        let head = format!(
            "<tr><th>#</th><th class=\"text\">circuit</th><th class=\"text\">job</th><th class=\"text\">result</th>\
             <th>from</th><th>to</th><th>time</th>{names}</tr>"
        );
        let rows: String = self.shown().into_iter().map(|row| line(row, &phases)).collect();
        let totals: String = evidence.per_phase.iter().map(|(_, time)| format!("<td>{}</td>", text(*time))).collect();
        let foot = format!("<tr><td></td><td class=\"text\" colspan=\"6\">workers' time in each phase</td>{totals}</tr>");
        format!(
            "{}<div class=\"rows\"><table>\n<thead>{head}</thead>\n<tbody>\n{rows}</tbody>\n<tfoot>{foot}</tfoot>\n</table></div>",
            self.what_is_left_out()
        )
    }

    /// The circuits that the table shows, in the order of the batch.
    fn shown(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        if rows.len() > ROWS {
            rows.sort_by_key(|row| (row.ok, Reverse(length(row)), row.index));
            rows.truncate(ROWS);
            rows.sort_by_key(|row| row.index);
        }
        rows
    }

    fn what_is_left_out(&self) -> String {
        let [all, shown] = [self.rows.len(), ROWS].map(grouped);
        let sentence = format!("<p>The table has {shown} of {all} circuits: those without results first, then the slowest.</p>\n");
        if self.rows.len() > ROWS { sentence } else { String::new() }
    }
}

fn length(row: &Row) -> Duration {
    row.life().map_or(Duration::ZERO, |(from, to)| to.saturating_sub(from))
}

fn line(row: &Row, phases: &[Phase]) -> String {
    let class = if row.ok { "" } else { " class=\"failed\"" };
    let name = |name: &str| format!("<td class=\"text\"><bdi>{}</bdi></td>", escape(&short(name)));
    let said = match (row.ok, &row.note) {
        (true, None) => "ok".to_owned(),
        (false, None) => "none".to_owned(),
        (_, Some(note)) => note.clone(),
    };
    let [index, circuit, job, result] =
        [format!("<td>{}</td>", row.index), name(&row.name), name(row.job.as_deref().unwrap_or_default()), name(&said)];
    let when = match row.life() {
        Some((from, to)) => [from, to, to.saturating_sub(from)].map(|time| format!("<td>{}</td>", text(time))).concat(),
        None => "<td colspan=\"3\">never taken up</td>".to_owned(),
    };
    let parts: String = phases.iter().map(|phase| format!("<td>{}</td>", spent(row, *phase))).collect();
    format!("<tr{class}>{index}{circuit}{job}{result}{when}{parts}</tr>\n")
}

/// How long the circuit was in a phase; nothing where it never was.
fn spent(row: &Row, phase: Phase) -> String {
    let spans = || row.spans.iter().filter(|span| span.phase == phase);
    let total = spans().fold(Duration::ZERO, |total, span| total.saturating_add(span.length()));
    spans().next().map(|_| text(total)).unwrap_or_default()
}
