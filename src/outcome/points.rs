//! Where in 0..1 the shots of a seed fall, and on which outcomes.
//!
//! The points depend on the seed and on the number of shots alone. Outcomes lie side by side over 0..1, each as long as its
//! probability, so a probability that is off by a rounding moves no more than the points inside that rounding: none, in practice. That is
//! why whoever draws the same shots of the same circuit, by whatever engine and on whatever machine, sees the same counts.

use super::Seed;
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Up to so many shots are drawn point by point.
const FEW: u32 = 1 << 11;

/// The bits of a point after the binary point.
const DIGITS: u32 = 52;

/// The bits of 1.0: with a fraction behind them a number in 1..2.
const ONE: u64 = 1.0f64.to_bits();

/// Cells of equal length, how many points are in each, and a stream of randomness for each to say where.
struct Cells {
    seed: Seed,
    /// There are 2^`depth`.
    depth: u32,
    points: Vec<u32>,
}

impl Cells {
    /// Halves the shots time and again: of m points, as many lie in the lower half as there are ones among m fair bits.
    fn new(shots: u32, seed: Seed) -> Cells {
        let mut cells = Cells { seed, depth: 0, points: vec![shots] };
        if shots <= FEW {
            return cells;
        }
        let mut rng = seed.points(u64::MAX);
        while shots >> cells.depth > FEW / 2 {
            cells.points = cells.points.iter().flat_map(|&points| halved(points, &mut rng)).collect();
            cells.depth += 1;
        }
        cells
    }

    /// The points of a cell in no order, as numbers of 1..2, whose bits ascend as they do.
    #[inline]
    fn points(&self, cell: usize) -> impl Iterator<Item = f64> + use<> {
        let mut rng = self.seed.points(cell as u64);
        let (first, depth) = (self.start(cell), self.depth);
        std::iter::repeat_with(move || f64::from_bits(first | rng.next_u64() >> (64 - DIGITS + depth))).take(self.points[cell] as usize)
    }

    /// The bits of the number at which a cell begins.
    fn start(&self, cell: usize) -> u64 {
        ONE | (cell as u64) << (DIGITS - self.depth)
    }

    /// The last number of a cell.
    fn last(&self, cell: usize) -> f64 {
        f64::from_bits(self.start(cell) | ((1 << (DIGITS - self.depth)) - 1))
    }
}

fn halved(points: u32, rng: &mut Xoshiro256PlusPlus) -> [u32; 2] {
    let (words, rest) = (points / 64, points % 64);
    let whole: u32 = (0..words).map(|_| rng.next_u64().count_ones()).sum();
    let lower = whole + if rest == 0 { 0 } else { (rng.next_u64() >> (64 - rest)).count_ones() };
    [lower, points - lower]
}

/// The points of 0..1 at which the shots of a seed fall, ascending.
pub(crate) fn ascending(shots: u32, seed: Seed) -> Vec<f64> {
    let cells = Cells::new(shots, seed);
    let mut points = Vec::with_capacity(shots as usize);
    for cell in 0..cells.points.len() {
        let first = points.len();
        points.extend(cells.points(cell).map(|point| point - 1.0));
        points[first..].sort_unstable_by(f64::total_cmp);
    }
    points
}

/// Outcomes side by side, and a guide to them. It can be filled again without allocating.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// 1 more than where each outcome ends; 2 from the last one on that can happen.
    ends: Vec<f64>,
    /// The outcome at which each of 2^`bits` cells of equal length begins.
    guide: Vec<u32>,
    bits: u32,
}

impl Tally {
    /// Lays outcomes side by side. The weights are positive or 0, not all 0, and add up to `sum`.
    pub(crate) fn lay(&mut self, weights: &[f64], sum: f64) {
        let last = weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0);
        let (scale, outcomes) = (sum.recip(), weights.len());
        let mut passed = 0.0;
        self.ends.clear();
        self.ends.extend(weights.iter().map(|weight| {
            passed += weight * scale;
            1.0 + passed
        }));
        self.ends[last..].fill(2.0);
        self.bits = (outcomes.next_power_of_two().ilog2() + 2).clamp(4, 20);
        self.guide.clear();
        self.guide.resize((1 << self.bits) + 1, 0);
        for end in self.ends[..last].iter().filter(|&&end| end < 2.0) {
            self.guide[cell(end.to_bits(), self.bits) + 1] += 1;
        }
        let mut before = 0;
        for guide in &mut self.guide {
            before += *guide;
            *guide = before;
        }
    }

    /// The outcome at a number of 1..2.
    #[inline]
    fn outcome(&self, point: f64) -> usize {
        let mut outcome = self.guide[cell(point.to_bits(), self.bits)] as usize;
        outcome += usize::from(self.ends[outcome] <= point); // without a branch that nobody could foretell
        while self.ends[outcome] <= point {
            outcome += 1;
        }
        outcome
    }

    /// The outcome at a point of 0..1.
    pub(crate) fn at(&self, point: f64) -> usize {
        self.outcome((1.0 + point).min(2.0 - f64::EPSILON))
    }

    /// Adds to the number of times that each outcome was seen where the shots of a seed fall.
    pub(crate) fn draw(&self, shots: u32, seed: Seed, seen: &mut [u32]) {
        let cells = Cells::new(shots, seed);
        for (cell, &points) in cells.points.iter().enumerate() {
            if cells.depth > 0 {
                let outcome = self.outcome(f64::from_bits(cells.start(cell)));
                if self.ends[outcome] > cells.last(cell) {
                    seen[outcome] += points;
                    continue;
                }
            }
            for point in cells.points(cell) {
                seen[self.outcome(point)] += 1;
            }
        }
    }
}

/// Which of 2^`digits` equal parts of 1..2 a number lies in, by its bits.
#[inline]
fn cell(bits: u64, digits: u32) -> usize {
    ((bits - ONE) >> (DIGITS - digits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(weights: &[f64], points: &[f64]) -> Vec<usize> {
        let mut tally = Tally::default();
        tally.lay(weights, weights.iter().sum());
        points.iter().map(|point| tally.outcome(1.0 + point)).collect()
    }

    #[test]
    fn an_outcome_begins_where_the_one_before_ends_and_impossible_ones_have_no_place() {
        let points = [0.0, 0.249999, 0.25, 0.499999, 0.5, 1.0 - f64::EPSILON];
        assert_eq!(outcomes(&[0.0, 0.25, 0.0, 0.25, 0.5, 0.0], &points), [1, 1, 3, 3, 4, 4]);
        assert_eq!(outcomes(&[3.0], &points), [0; 6]);
        assert_eq!(outcomes(&[0.0, 1e-300, 1.0, 1e-300, 0.0], &points[1..]), [2; 5]);
    }

    #[test]
    fn a_tally_filled_again_has_forgotten_what_it_held() {
        let mut tally = Tally::default();
        tally.lay(&(0..500).map(f64::from).collect::<Vec<_>>(), 499.0 * 250.0);
        tally.lay(&[0.5, 0.5], 1.0);
        assert_eq!([0.1, 0.4999, 0.5, 0.9].map(|point| tally.outcome(1.0 + point)), [0, 0, 1, 1]);
    }

    #[test]
    fn counting_at_once_and_point_by_point_is_the_same_however_many_shots_there_are() {
        let weights: Vec<f64> = (0..40).map(|k| f64::from(k % 7)).collect();
        let sum: f64 = weights.iter().sum();
        let mut tally = Tally::default();
        tally.lay(&weights, sum);
        for shots in [1, 63, 64, FEW - 1, FEW, FEW + 1, 5000, 65_537, 300_000] {
            let points = ascending(shots, Seed(shots.into()));
            assert_eq!(points.len(), shots as usize);
            assert!(points.is_sorted() && points.iter().all(|point| (0.0..1.0).contains(point)));
            let mut expected = vec![0; weights.len()];
            points.iter().for_each(|point| expected[tally.outcome(1.0 + point)] += 1);
            let mut seen = vec![0; weights.len()];
            tally.draw(shots, Seed(shots.into()), &mut seen);
            assert_eq!(seen, expected, "{shots} shots");
        }
    }

    #[test]
    fn as_many_points_lie_in_the_lower_half_as_of_so_many_fair_coins_show_heads() {
        let mut rng = Seed(5).points(0);
        for points in [1, 2, 63, 64, 65, 130] {
            let runs = 20_000;
            let drawn: Vec<f64> = (0..runs)
                .map(|_| halved(points, &mut rng))
                .map(|[lower, upper]| {
                    assert_eq!(lower + upper, points);
                    f64::from(lower) - f64::from(points) / 2.0
                })
                .collect();
            let [mean, variance] = [1, 2].map(|power| drawn.iter().map(|off| off.powi(power)).sum::<f64>() / f64::from(runs));
            let expected = f64::from(points) / 4.0;
            assert!(mean.abs() < 5.0 * (expected / f64::from(runs)).sqrt(), "{points} points are off by {mean} on average");
            assert!((variance / expected - 1.0).abs() < 5.0 * (2.0 / f64::from(runs)).sqrt(), "{points} points: variance {variance}");
        }
    }

    #[test]
    fn points_are_spread_evenly_at_every_scale_however_many_there_are() {
        // χ² over 64 equal parts of 0..1, and over 64 equal parts of a two-hundredth of it.
        for (shots, runs) in [(1000, 400), (3000, 200), (100_000, 5)] {
            let [mut coarse, mut fine] = [[0u32; 64]; 2];
            for seed in 0..runs {
                for point in ascending(shots, Seed(seed)) {
                    coarse[(point * 64.0) as usize] += 1;
                    fine[((point * 200.0).fract() * 64.0) as usize] += 1;
                }
            }
            let expected = f64::from(shots) * runs as f64 / 64.0;
            for seen in [coarse, fine] {
                let chi: f64 = seen.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
                assert!((chi - 63.0).abs() < 6.0 * (2.0f64 * 63.0).sqrt(), "χ² = {chi} at 63 degrees of freedom, {shots} shots");
            }
        }
    }
}
