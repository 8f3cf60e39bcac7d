//! Elements of a picture, written one after the other; the only place that writes markup around text from outside.

use std::fmt::Write as _;

/// How many characters of a name or a note are shown; the rest is an ellipsis.
const LONGEST: usize = 200;

/// Text from outside in which everything can be seen and nothing acts: control characters and those that turn text around are
/// written out.
pub(super) fn visible(text: &str) -> String {
    crate::api::visible(text.to_owned())
}

/// The same, cut where nobody would read on.
pub(super) fn short(text: &str) -> String {
    cut(&visible(text), LONGEST)
}

/// At most so many characters, the last an ellipsis if some are left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Text as XML and HTML have it, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// A place in a picture, to a hundredth of a pixel.
pub(super) fn place(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A picture as it is painted.
#[derive(Default)]
pub(super) struct Paint {
    pub(super) markup: String,
}

impl Paint {
    fn add(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.markup, "{line}").expect("a String takes all that is written to it");
    }

    pub(super) fn open(&mut self, class: &str) {
        self.add(format_args!(r#"<g class="{class}">"#));
    }

    pub(super) fn close(&mut self) {
        self.add(format_args!("</g>"));
    }

    /// What is shown when the pointer rests on the group that was opened last.
    pub(super) fn hover(&mut self, text: &str) {
        self.add(format_args!("<title>{}</title>", escape(text)));
    }

    pub(super) fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4]) {
        let [x, y, width, height] = [x, y, width, height].map(place);
        self.add(format_args!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#));
    }

    pub(super) fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(place);
        self.add(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    pub(super) fn text(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let [x, y] = [x, y].map(place);
        self.add(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{}</text>"#, escape(text)));
    }

    pub(super) fn path(&mut self, class: &str, path: &str) {
        self.add(format_args!(r#"<path class="{class}" d="{path}"/>"#));
    }

    /// A cross with its middle here: no result, told by its shape and not by a colour alone.
    pub(super) fn cross(&mut self, [x, y]: [f64; 2], arm: f64) {
        let [left, right, top, bottom] = [x - arm, x + arm, y - arm, y + arm].map(place);
        let cross = format!("M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}");
        self.path("halo", &cross);
        self.path("failed", &cross);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_seen_and_cannot_act() {
        assert_eq!(visible("a\u{202e}b\u{0}\u{61c}\u{ffff}"), "a\\u{202e}b\\u{0}\\u{61c}\\u{ffff}");
        assert_eq!(escape(r#"<a b="c" d='e'>&"#), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assert_eq!([cut("häh", 3), cut("hähä", 3), cut("hähä", 0)], ["häh", "hä…", "…"]);
        assert_eq!(short(&"x".repeat(1000)).chars().count(), LONGEST);
    }

    #[test]
    fn places_are_written_without_digits_that_say_nothing() {
        assert_eq!([1.0, 0.505, 20.0, 0.0, -0.5].map(place), ["1", "0.51", "20", "0", "-0.5"]);
    }
}
