//! Tables and small pictures for people.

use crate::outcome::{Probabilities, bit_string};
use std::time::Duration;

/// Up to this many outcomes are drawn as bars; of more, the likeliest are listed.
const BARS: usize = 32;
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A distribution in a few characters: a bar for each outcome from 0 up, the highest full; nothing for wide ones.
pub(super) fn bars(probabilities: &Probabilities) -> String {
    let outcomes = 1usize.checked_shl(probabilities.qubits() as u32).unwrap_or(usize::MAX);
    if probabilities.qubits() >= 64 || outcomes > BARS {
        return String::new();
    }
    let highest = probabilities.top(1)[0].1;
    let bar = |outcome: u64| match probabilities.get(outcome) {
        0.0 => ' ',
        p => LEVELS[((p / highest * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    (0..outcomes as u64).map(bar).collect()
}

/// The likeliest outcomes in words: `00 0.500, 11 0.500`, qubit 0 right-most.
pub(super) fn likeliest(probabilities: &Probabilities, count: usize) -> String {
    let top = probabilities.top(count);
    let shown: Vec<_> = top.iter().map(|&(outcome, p)| format!("{} {p:.4}", bit_string(outcome, probabilities.qubits()))).collect();
    let rest = probabilities.len() - top.len();
    let more = if rest > 0 { format!(", {rest} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Seconds with as many digits as are worth reading.
pub(super) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        1.0.. => format!("{seconds:.2} s"),
        1e-3.. => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.0} µs", seconds * 1e6),
    }
}

/// Text from outside without anything that a terminal would act on.
pub(super) fn plain(text: &str) -> String {
    let escape = |c: char| if matches!(c, '"' | '\'' | '\\') { c.to_string() } else { c.escape_debug().to_string() };
    text.chars().map(escape).collect()
}

/// A line of a report: what it is about, and a sentence, possibly with text from outside.
pub(super) fn labelled(label: &str, sentence: &str) -> String {
    format!("{label:10}{}\n", plain(sentence))
}

/// Rows with columns of equal width, two spaces apart; the last column is left ragged.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_for_outcomes_in_order_and_scale_to_the_highest() {
        let probabilities = Probabilities::new(2, [(0, 0.5), (1, 0.25), (3, 0.25)]).unwrap();
        assert_eq!(bars(&probabilities), "█▄ ▄");
        let wide = Probabilities::new(6, [(0, 1.0)]).unwrap();
        assert_eq!(bars(&wide), "");
        assert_eq!(likeliest(&probabilities, 2), "00 0.5000, 01 0.2500, 1 more");
    }

    #[test]
    fn times_keep_three_digits_or_so() {
        let shown = [2500, 25, 0].map(|millis| seconds(Duration::from_millis(millis)));
        assert_eq!(shown, ["2.50 s", "25.0 ms", "0 µs"]);
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(table(&[vec!["\u{1b}[31mred\nline\u{202e}".to_owned()]]), "\\u{1b}[31mred\\nline\\u{202e}\n");
        assert_eq!(plain("Grüße \"▁█\" x² \\"), "Grüße \"▁█\" x² \\");
    }

    #[test]
    fn columns_line_up() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(table(&[row(["#", "name", "x"]), row(["10", "a", "yy"])]), "#   name  x\n10  a     yy\n");
    }
}
