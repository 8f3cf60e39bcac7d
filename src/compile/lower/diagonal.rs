//! Diagonal unitaries as phases of parities.

use crate::compile::pieces::Pieces;

/// Coefficients below this, or below this part of the largest angle, are rounding, mostly that of eigenvalues.
const ROUNDING: f64 = 2e-14;

/// The diagonal unitary `e^{i·phases[index]}`, up to a global phase; bit i of the index is `qubits[i]`.
///
/// For n qubits 2ⁿ - 3 interactions at most, fewer if parities have no part in the phases.
pub(crate) fn diagonal(phases: &[f64], qubits: &[usize], out: &mut Pieces) {
    let Some((&top, low)) = qubits.split_last() else { return };
    let (mean, turn) = mean_and_turn(phases);
    multiplexed_rz(&turn, top, low, out);
    diagonal(&mean, low, out);
}

/// The phases as a function of all qubits but the top one, and the angles by which these turn the top one about Z.
pub(super) fn mean_and_turn(phases: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (zero, one) = phases.split_at(phases.len() / 2);
    zero.iter().zip(one).map(|(zero, one)| ((zero + one) / 2.0, one - zero)).unzip()
}

/// Rz on the target by `angles[index]`, the index read from `selects`, first one least significant.
pub(super) fn multiplexed_rz(angles: &[f64], target: usize, selects: &[usize], out: &mut Pieces) {
    let walk = best_walk(&walsh(angles), selects.len());
    walk.emit(target, selects, out);
    walk.toggle(0, target, selects, out);
}

/// The same without the last controlled X gates, whose controls are returned as a mask of `selects`.
pub(super) fn multiplexed_rz_left_open(angles: &[f64], target: usize, selects: &[usize], out: &mut Pieces) -> usize {
    let walk = best_open_walk(&walsh(angles), selects.len());
    walk.emit(target, selects, out);
    walk.end()
}

/// `coefficients[mask]` of the products of signs that add up to the angles; 0 where it is rounding.
fn walsh(angles: &[f64]) -> Vec<f64> {
    let mut sums = angles.to_vec();
    let size = sums.len();
    let mut half = 1;
    while half < size {
        for index in (0..size).filter(|index| index & half == 0) {
            let (even, odd) = (sums[index], sums[index | half]);
            (sums[index], sums[index | half]) = (even + odd, even - odd);
        }
        half *= 2;
    }
    let rounding = ROUNDING * angles.iter().fold(1.0, |largest: f64, angle| largest.max(angle.abs()));
    sums.iter().map(|sum| sum / size as f64).map(|mean| if mean.abs() > rounding { mean } else { 0.0 }).collect()
}

/// A way through the parities that the target is made to hold, one after the other. In each, some are rotated.
struct Walk {
    stops: Vec<Stop>,
}

/// The target holds its own parity with `held`; it is rotated by `alone`, and together with one more qubit by `paired`.
struct Stop {
    held: usize,
    alone: f64,
    paired: Option<(usize, f64)>,
}

impl Walk {
    /// Over the Gray code of all qubits but `partner`, with which every stop can be paired; what needs no stop has none.
    fn new(coefficients: &[f64], selects: usize, partner: usize) -> Walk {
        let others: Vec<usize> = (0..selects).filter(|&select| select != partner).collect();
        let used = |angle: f64| angle != 0.0;
        let stop = |code: usize| {
            let gray = code ^ (code >> 1);
            let held = others.iter().enumerate().fold(0, |held, (bit, other)| held | (gray >> bit & 1) << other);
            let paired = coefficients.get(held | 1 << partner).copied().filter(|&angle| used(angle));
            Stop { held, alone: coefficients[held], paired: paired.map(|angle| (partner, angle)) }
        };
        Walk { stops: (0..1 << others.len()).map(stop).filter(|stop| used(stop.alone) || stop.paired.is_some()).collect() }
    }

    fn end(&self) -> usize {
        self.stops.last().map_or(0, |stop| stop.held)
    }

    /// Interactions without the way back.
    fn open_cost(&self) -> u32 {
        let mut held = 0;
        let step = |stop: &Stop| {
            let moved = (held ^ stop.held).count_ones();
            held = stop.held;
            moved + u32::from(stop.paired.is_some())
        };
        self.stops.iter().map(step).sum()
    }

    fn closed_cost(&self) -> u32 {
        self.open_cost() + self.end().count_ones()
    }

    fn emit(&self, target: usize, selects: &[usize], out: &mut Pieces) {
        let mut held = 0;
        for stop in &self.stops {
            controlled_x(held ^ stop.held, target, selects, out);
            held = stop.held;
            out.rz(target, stop.alone);
            if let Some((partner, angle)) = stop.paired {
                out.zz(selects[partner], target, angle / 2.0);
            }
        }
    }

    fn toggle(&self, to: usize, target: usize, selects: &[usize], out: &mut Pieces) {
        controlled_x(self.end() ^ to, target, selects, out);
    }
}

fn controlled_x(mask: usize, target: usize, selects: &[usize], out: &mut Pieces) {
    for (_, &select) in selects.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1) {
        out.cx(select, target);
    }
}

/// The partner that makes the walk there and back shortest.
fn best_walk(coefficients: &[f64], selects: usize) -> Walk {
    best(coefficients, selects, Walk::closed_cost)
}

fn best_open_walk(coefficients: &[f64], selects: usize) -> Walk {
    best(coefficients, selects, Walk::open_cost)
}

fn best(coefficients: &[f64], selects: usize, cost: impl Fn(&Walk) -> u32) -> Walk {
    let walks = (0..selects.max(1)).map(|partner| Walk::new(coefficients, selects, partner));
    walks.min_by_key(cost).expect("there is at least one walk")
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{M, assert_same, c, shuffled};
    use super::*;
    use num_complex::Complex64;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    fn checked(phases: &[f64], rng: &mut ChaCha8Rng) -> usize {
        let qubits = phases.len().trailing_zeros() as usize;
        let (order, mut out) = (shuffled(qubits, rng), Pieces::default());
        diagonal(phases, &order, &mut out);
        let read = |index: usize| order.iter().enumerate().fold(0, |read, (bit, qubit)| read | (index >> qubit & 1) << bit);
        let entry = |row, column| if row == column { Complex64::from_polar(1.0, phases[read(row)]) } else { c(0.0, 0.0) };
        assert_same(&out, &M::from_fn(phases.len(), phases.len(), entry), &order);
        out.entanglers()
    }

    #[test]
    fn a_diagonal_takes_three_interactions_less_than_it_has_entries() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for qubits in 1..8 {
            let phases: Vec<f64> = (0..1 << qubits).map(|_| rng.random_range(-4.0..4.0)).collect();
            assert_eq!(checked(&phases, &mut rng), (1usize << qubits).saturating_sub(3), "{qubits} qubits");
        }
    }

    #[test]
    fn parities_that_do_not_matter_cost_nothing() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let parity = |mask: usize, index: usize| if (index & mask).count_ones() % 2 == 1 { -0.3 } else { 0.3 };
        for (masks, count) in [(vec![0b100000], 0), (vec![0b101000], 1), (vec![0b111111], 9), (vec![0b1011, 0b11, 0b101], 5)] {
            let phases: Vec<f64> = (0..64).map(|index| masks.iter().map(|&mask| parity(mask, index)).sum()).collect();
            assert_eq!(checked(&phases, &mut rng), count, "{masks:?}");
        }
    }
}
