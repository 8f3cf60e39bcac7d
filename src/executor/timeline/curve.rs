//! How many at once, as outlines: of all, and phase by phase.

use super::bars::Bar;
use super::paint::place;
use super::scale::Scale;
use super::sweep::Level;
use crate::executor::Phase;
use std::time::Duration;

/// A stretch between two places, and how high it is.
type Step = [f64; 3];

/// The most steps of an outline: about one for a pixel.
const STEPS: usize = 1200;

/// The levels as steps from place to place. Of more than could be seen, each column of pixels has its highest.
pub(super) fn steps(levels: &[Level], scale: Scale) -> Vec<Step> {
    let step = |pair: &[Level]| [scale.x(pair[0].at), scale.x(pair[1].at), pair[0].count as f64];
    let steps: Vec<Step> = levels.windows(2).map(step).collect();
    if steps.len() <= STEPS { steps } else { columns(&steps, scale) }
}

fn columns(steps: &[Step], scale: Scale) -> Vec<Step> {
    let width = scale.width / STEPS as f64;
    let column = |x: f64| (((x - scale.left) / width) as usize).min(STEPS - 1);
    let mut highest = [0.0f64; STEPS];
    for [from, to, height] in steps {
        for one in &mut highest[column(*from)..=column(*to)] {
            *one = one.max(*height);
        }
    }
    let left = |column: usize| scale.left + width * column as f64;
    highest.iter().enumerate().map(|(column, height)| [left(column), left(column + 1), *height]).collect()
}

/// The area under the steps, from a floor upwards, `unit` pixels for each.
pub(super) fn area(steps: &[Step], floor: f64, unit: f64) -> String {
    let Some([left, ..]) = steps.first() else { return String::new() };
    let mut path = format!("M{} {}", place(*left), place(floor));
    for [_, right, height] in steps {
        path += &format!("V{}H{}", place(floor - unit * height), place(*right));
    }
    path + &format!("V{}Z", place(floor))
}

/// How many bars were in each phase on average, column by column.
pub(super) struct Shares {
    columns: usize,
    /// The mean number of bars, by phase and column.
    means: Vec<(Phase, Vec<f64>)>,
    /// Whether something without a result ended in the column.
    pub(super) failed: Vec<bool>,
}

impl Shares {
    pub(super) fn of(bars: &[Bar<'_>], phases: &[Phase], extent: Duration, columns: usize) -> Shares {
        let unit = if extent > Duration::ZERO { columns as f64 / extent.as_secs_f64() } else { 0.0 };
        let column = |time: Duration| (time.as_secs_f64() * unit).min(columns as f64);
        let mut means: Vec<(Phase, Slopes)> = phases.iter().map(|phase| (*phase, Slopes::new(columns))).collect();
        let mut failed = vec![false; columns];
        for bar in bars {
            for span in bar.spans() {
                if let Some((_, slopes)) = means.iter_mut().find(|(phase, _)| *phase == span.phase) {
                    slopes.add(column(span.from), column(span.end()));
                }
            }
            failed[(column(bar.to) as usize).min(columns - 1)] |= !bar.is_ok();
        }
        let means = means.into_iter().map(|(phase, slopes)| (phase, slopes.sums())).collect();
        Shares { columns, means, failed }
    }

    /// The most bars in all phases together.
    pub(super) fn highest(&self) -> f64 {
        let total = |column: usize| self.means.iter().map(|(_, mean)| mean[column]).sum::<f64>();
        (0..self.columns).map(total).fold(0.0, f64::max)
    }

    /// The area of each phase, those of the ones before it below.
    pub(super) fn areas(&self, scale: Scale, floor: f64, unit: f64) -> Vec<(Phase, String)> {
        let mut base = vec![0.0; self.columns];
        let mut stack = |(phase, mean): &(Phase, Vec<f64>)| {
            let top: Vec<f64> = base.iter().zip(mean).map(|(base, mean)| base + mean).collect();
            let path = self.between(&base, &top, scale, floor, unit);
            base = top;
            (*phase, path)
        };
        self.means.iter().map(&mut stack).collect()
    }

    /// Along the tops from left to right, and back along the bases.
    fn between(&self, base: &[f64], top: &[f64], scale: Scale, floor: f64, unit: f64) -> String {
        let x = |column: usize| place(scale.left + scale.width * column as f64 / self.columns as f64);
        let y = |height: f64| place(floor - unit * height);
        let mut path = format!("M{} {}", x(0), y(base[0]));
        for (column, height) in top.iter().enumerate() {
            path += &format!("V{}H{}", y(*height), x(column + 1));
        }
        for (column, height) in base.iter().enumerate().rev() {
            path += &format!("V{}H{}", y(*height), x(column));
        }
        path + "Z"
    }
}

/// A sum of intervals by column, in one step for each interval: how much begins and ends, of which columns in full.
struct Slopes {
    changes: Vec<f64>,
    partly: Vec<f64>,
}

impl Slopes {
    fn new(columns: usize) -> Slopes {
        Slopes { changes: vec![0.0; columns + 1], partly: vec![0.0; columns + 1] }
    }

    /// An interval, its ends counted in columns.
    fn add(&mut self, from: f64, to: f64) {
        let (first, last) = (from as usize, to as usize);
        // All of the columns from the first to the last, without what is before the one end and after the other.
        self.changes[first] += 1.0;
        self.changes[last] -= 1.0;
        self.partly[first] -= from.fract();
        self.partly[last] += to.fract();
    }

    fn sums(self) -> Vec<f64> {
        let mut held = 0.0;
        let column = |(change, partly): (&f64, &f64)| {
            held += change;
            held + partly
        };
        let mut sums: Vec<f64> = self.changes.iter().zip(&self.partly).map(column).collect();
        sums.pop(); // the end of the last column is the beginning of none
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn what_a_column_holds_is_the_part_of_it_that_is_covered() {
        let mut slopes = Slopes::new(4);
        slopes.add(0.5, 2.25);
        slopes.add(1.25, 1.75);
        slopes.add(3.0, 4.0);
        slopes.add(2.0, 2.0);
        let expected = [0.5, 1.5, 0.25, 1.0];
        for (column, expected) in slopes.sums().into_iter().zip(expected) {
            assert_relative_eq!(column, expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn an_outline_has_a_step_for_each_level() {
        let scale = Scale { left: 10.0, width: 100.0, extent: Duration::from_secs(10) };
        let level = |seconds, count| Level { at: Duration::from_secs(seconds), count };
        let steps = steps(&[level(0, 1), level(3, 2), level(10, 0)], scale);
        assert_eq!(steps, [[10.0, 40.0, 1.0], [40.0, 110.0, 2.0]]);
        assert_eq!(area(&steps, 50.0, 5.0), "M10 50V45H40V40H110V50Z");
        assert_eq!(area(&[], 50.0, 5.0), "");
    }

    #[test]
    fn of_too_many_levels_each_column_has_its_highest() {
        let scale = Scale { left: 0.0, width: 1200.0, extent: Duration::from_secs(12) };
        let level = |(place, count)| Level { at: Duration::from_millis(place), count };
        let blinking = (0..12_000).map(|place| (place, if place == 7000 { 9 } else { (place % 2) as usize })).map(level);
        let levels: Vec<Level> = blinking.chain([level((12_000, 0))]).collect();
        let steps = steps(&levels, scale);
        assert_eq!(steps.len(), STEPS);
        let high: Vec<f64> = steps.iter().filter(|step| step[2] > 1.0).map(|step| step[0]).collect();
        assert!(high.contains(&700.0) && high.len() <= 2, "{high:?}");
        assert!(steps.iter().all(|step| step[2] >= 1.0));
    }
}
