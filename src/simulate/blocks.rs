//! Groups of qubits that never meet: what each shows is independent of the others.

use super::memory::{Demand, Memory, Reservation};
use super::{Engine, Exact, Sampled, SimulateError, Stop, farther};
use crate::circuit::{Circuit, MAX_QUBITS, Operation};
use crate::gates::Gate;
use crate::outcome::{Counts, Probabilities, Seed, Shots, ascending_points};
use std::ops::Range;

/// The circuit's parts, each over the same qubits but touching its own; `None` if it is in one piece.
pub(super) fn of<G: Gate>(circuit: &Circuit<G>) -> Option<Vec<Circuit<G>>> {
    let groups = groups(circuit)?;
    let mut parts: Vec<(usize, Vec<Operation<G>>)> = Vec::new();
    for operation in circuit.operations() {
        let Some(group) = operation.acting().next().map(|qubit| groups[qubit]) else { continue }; // it does nothing
        match parts.iter_mut().find(|(of, _)| *of == group) {
            Some((_, operations)) => operations.push(operation.clone()),
            None => parts.push((group, vec![operation.clone()])),
        }
    }
    parts.sort_by_key(|(group, _)| *group);
    let valid = |(_, operations)| Circuit::new(circuit.qubits(), operations).expect("they are operations of a circuit as wide");
    Some(parts.into_iter().map(valid).collect())
}

/// The lowest qubit of the group of each qubit that is touched; `None` if there is one group at most.
fn groups<G: Gate>(circuit: &Circuit<G>) -> Option<[usize; MAX_QUBITS]> {
    let mut parents: [usize; MAX_QUBITS] = std::array::from_fn(|qubit| qubit);
    let mut groups = circuit.touched().len();
    for operation in circuit.operations() {
        let mut acting = operation.acting();
        let Some(first) = acting.next() else { continue };
        for other in acting {
            let (a, b) = (root(&mut parents, first), root(&mut parents, other));
            groups -= usize::from(a != b);
            parents[a.max(b)] = a.min(b);
        }
        if groups <= 1 {
            return None;
        }
    }
    (groups > 1).then(|| std::array::from_fn(|qubit| root(&mut parents, qubit)))
}

fn root(parents: &mut [usize; MAX_QUBITS], mut qubit: usize) -> usize {
    while parents[qubit] != qubit {
        parents[qubit] = parents[parents[qubit]];
        qubit = parents[qubit];
    }
    qubit
}

/// The distribution of all parts together. The list of all is asked for once the parts have been simulated; their own lists, which are no
/// longer than it and mostly far shorter, are still there while it is made.
///
/// # Errors
/// [`SimulateError::OutOfMemory`] if it has too many outcomes to be listed.
pub(super) fn product<G: Gate>(
    circuit: &Circuit<G>,
    parts: Vec<Exact>,
    reservation: Reservation,
    memory: &Memory,
) -> Result<Exact, SimulateError> {
    let norm_error = norm_error(&parts);
    let outcomes = parts.iter().map(|part| part.probabilities.len() as u128).collect::<Vec<_>>();
    let merge = Merge::of(factors(parts));
    let _reservation = match merge.alone {
        0 => reservation,
        _ => {
            drop(reservation); // whoever holds one must not wait for another
            memory.reserve(listed(circuit, outcomes.into_iter()))?
        }
    };
    memory.stop().check()?;
    let (probabilities, rounding) = Probabilities::normalized(circuit.qubits(), merge.all(memory.stop())?)?;
    Ok(Exact { probabilities, norm_error: norm_error + rounding, engine: Engine::Blocks })
}

fn factors(parts: Vec<Exact>) -> Vec<Vec<(u64, f64)>> {
    parts.into_iter().map(|part| part.probabilities.into_entries()).collect()
}

/// Of all states together: their norms are multiplied.
fn norm_error(parts: &[Exact]) -> f64 {
    parts.iter().map(|part| 1.0 + part.norm_error).product::<f64>() - 1.0
}

/// What a list of so many outcomes of each part takes, all combined.
pub(super) fn listed<G: Gate>(circuit: &Circuit<G>, outcomes: impl Iterator<Item = u128>) -> Demand {
    let combined = outcomes.fold(size_of::<(u64, f64)>() as u128, u128::saturating_mul);
    Demand::states(circuit.touched().len(), 0).and(combined)
}

/// From so many outcomes on, two threads list one half each.
const PARALLEL: usize = 1 << 14;

/// Combines the outcomes of parts in ascending order: bit after bit from the highest, each narrowing down what its part can still be.
struct Merge {
    factors: Vec<Vec<(u64, f64)>>,
    /// The bits in which some part has different outcomes, descending.
    bits: Vec<Bit>,
    /// From which of these bits on all are of one part.
    alone: usize,
}

#[derive(Clone, Copy)]
struct Bit {
    bit: u32,
    part: usize,
    /// Whether the part has no other one below.
    last: bool,
}

/// What the bits so far leave: of the parts that are decided the outcome, together, and its probability; of each part a range of outcomes.
#[derive(Clone)]
struct Left {
    outcome: u64,
    probability: f64,
    ranges: Vec<Range<usize>>,
}

impl Merge {
    fn of(factors: Vec<Vec<(u64, f64)>>) -> Merge {
        let varies = |factor: &Vec<(u64, f64)>| factor.iter().fold(0, |mask, (outcome, _)| mask | outcome ^ factor[0].0);
        let masks: Vec<u64> = factors.iter().map(varies).collect();
        let bit = |bit: u32| {
            let part = masks.iter().position(|mask| mask >> bit & 1 == 1)?;
            Some(Bit { bit, part, last: masks[part].trailing_zeros() == bit })
        };
        let bits: Vec<Bit> = (0..u64::BITS).rev().filter_map(bit).collect();
        let last = bits.last().map(|bit| bit.part);
        let alone = bits.iter().rposition(|bit| Some(bit.part) != last).map_or(0, |index| index + 1);
        Merge { factors, bits, alone }
    }

    fn beginning(&self) -> Left {
        // Parts with one outcome have no bit that varies.
        let fixed = self.factors.iter().filter(|factor| factor.len() == 1).map(|factor| factor[0]);
        let (outcome, probability) = fixed.fold((0, 1.0), |(outcome, p), (fixed, q)| (outcome | fixed, p * q));
        Left { outcome, probability, ranges: self.factors.iter().map(|factor| 0..factor.len()).collect() }
    }

    /// All outcomes; in the memory of the one part that has several, if no other has.
    ///
    /// # Errors
    /// [`SimulateError::Stopped`].
    fn all(mut self, stop: &Stop) -> Result<Vec<(u64, f64)>, SimulateError> {
        let mut left = self.beginning();
        if self.alone == 0 {
            let Some(&Bit { part, .. }) = self.bits.last() else { return Ok(vec![(left.outcome, left.probability)]) };
            let mut entries = std::mem::take(&mut self.factors[part]);
            entries.iter_mut().for_each(|entry| *entry = (left.outcome | entry.0, left.probability * entry.1));
            return Ok(entries);
        }
        let mut entries = vec![(0, 0.0); self.factors.iter().map(Vec::len).product()];
        self.list(0, &mut left, &mut entries, stop);
        stop.check()?;
        Ok(entries)
    }

    /// All outcomes from a bit of the list on.
    fn list(&self, level: usize, left: &mut Left, entries: &mut [(u64, f64)], stop: &Stop) {
        let Bit { bit, part, .. } = self.bits[level];
        if level == self.alone {
            let own = &self.factors[part][left.ranges[part].clone()];
            return entries.iter_mut().zip(own).for_each(|(entry, &(own, p))| *entry = (left.outcome | own, left.probability * p));
        }
        let whole = left.ranges[part].clone();
        let middle = whole.start + self.factors[part][whole.clone()].partition_point(|(outcome, _)| outcome >> bit & 1 == 0);
        if middle == whole.start || middle == whole.end {
            return self.half(level, whole, left, entries, stop);
        }
        let parallel = entries.len() >= PARALLEL;
        let (low, high) = entries.split_at_mut(entries.len() / whole.len() * (middle - whole.start));
        if !parallel {
            self.half(level, whole.start..middle, left, low, stop);
            return self.half(level, middle..whole.end, left, high, stop);
        }
        if stop.is_raised() {
            return;
        }
        let mut other = left.clone();
        rayon::join(
            || self.half(level, whole.start..middle, left, low, stop),
            || self.half(level, middle..whole.end, &mut other, high, stop),
        );
    }

    /// Those with the part of this bit in a range.
    fn half(&self, level: usize, range: Range<usize>, left: &mut Left, entries: &mut [(u64, f64)], stop: &Stop) {
        let Bit { part, last, .. } = self.bits[level];
        let (outcome, probability) = (left.outcome, left.probability);
        if last {
            let (own, p) = self.factors[part][range.start];
            (left.outcome, left.probability) = (outcome | own, probability * p);
        }
        let whole = std::mem::replace(&mut left.ranges[part], range);
        self.list(level + 1, left, entries, stop);
        left.ranges[part] = whole;
        (left.outcome, left.probability) = (outcome, probability);
    }

    /// The outcomes at points of 0..1, where all of them lie side by side in ascending order, each as long as its probability.
    fn at(mut self, points: Vec<f64>) -> impl Iterator<Item = u64> {
        // In place of its probability, each outcome of a part has what all up to it add up to.
        for factor in &mut self.factors {
            let mut sum = 0.0;
            factor.iter_mut().for_each(|(_, p)| {
                sum += *p;
                *p = sum;
            });
        }
        let whole = self.beginning().ranges;
        let mut ranges = whole.clone();
        points.into_iter().map(move |point| {
            ranges.clone_from(&whole);
            self.narrowed(point, &mut ranges)
        })
    }

    /// The outcome at a point, by sums.
    fn narrowed(&self, mut point: f64, ranges: &mut [Range<usize>]) -> u64 {
        for &Bit { bit, part, .. } in &self.bits {
            let (factor, Range { start, end }) = (&self.factors[part], ranges[part].clone());
            let middle = start + factor[start..end].partition_point(|(outcome, _)| outcome >> bit & 1 == 0);
            if middle == start || middle == end {
                continue; // the bit is decided
            }
            let before = |index: usize| if index == 0 { 0.0 } else { factor[index - 1].1 };
            let zero = (before(middle) - before(start)) / (before(end) - before(start));
            ranges[part] = if point < zero {
                point /= zero;
                start..middle
            } else {
                point = (point - zero) / (1.0 - zero);
                middle..end
            };
        }
        ranges.iter().zip(&self.factors).fold(0, |outcome, (range, factor)| outcome | factor[range.start].0)
    }
}

/// The most outcomes, as a power of two, that the points of 0..1 tell apart well enough.
const POINTED: f64 = 40.0;

/// Shots of all parts together: the outcomes that [`Counts::sample`] would draw from a list of their distribution, without the list if
/// there are more of them than shots. Where points do not tell them apart, each part has points of its own.
pub(super) fn sample(qubits: usize, parts: Vec<Exact>, shots: Shots, seed: Seed) -> Sampled {
    let bits: f64 = parts.iter().map(|part| (part.probabilities.len() as f64).log2()).sum();
    if bits > POINTED {
        let parts = parts.iter().enumerate().map(|(index, part)| part.sampled(shots, seed.child(index as u64)));
        return together(qubits, &parts.collect::<Vec<_>>(), seed);
    }
    let norm_error = norm_error(&parts);
    let outcomes = parts.iter().fold(1u64, |all, part| all.saturating_mul(part.probabilities.len() as u64));
    let merge = Merge::of(factors(parts));
    let counts = if outcomes <= shots.get().into() {
        let entries = merge.all(&Stop::never()).expect("nobody stops it");
        let (probabilities, _) = Probabilities::normalized(qubits, entries).expect("a product of distributions is one");
        Counts::sample(&probabilities, shots, seed)
    } else {
        Counts::from_outcomes(qubits, merge.at(ascending_points(shots.get(), seed)))
    };
    Sampled { counts, norm_error, engine: Engine::Blocks }
}

/// The shots of parts put together: those of each part in an order of its own, since counts have none.
pub(super) fn together(qubits: usize, parts: &[Sampled], seed: Seed) -> Sampled {
    let mut outcomes = vec![0; parts.first().map_or(0, |part| part.counts.shots() as usize)];
    for (index, part) in parts.iter().enumerate() {
        let shots = part.counts.one_by_one(seed.child(index as u64));
        outcomes.iter_mut().zip(shots).for_each(|(outcome, shot)| *outcome |= shot);
    }
    let norm_error = parts.iter().map(|part| part.norm_error).fold(0.0, farther);
    Sampled { counts: Counts::from_outcomes(qubits, outcomes), norm_error, engine: Engine::Blocks }
}

#[cfg(test)]
mod tests {
    use super::super::{ReadOut, evolve, probabilities, probabilities_by, sample, sample_by, trajectories};
    use super::*;
    use crate::circuit::{On, Program};
    use crate::gates::{Native, PauliExp, Qis, Radians, Turns};
    use proptest::prelude::*;

    fn memory() -> Memory {
        Memory::limited_to(1 << 28)
    }

    fn cnot(control: usize, target: usize) -> Operation<Qis> {
        Qis::X.on([target]).controlled_by([control])
    }

    fn assert_same(program: impl Into<Program>) {
        let program = program.into();
        let exact = match probabilities_by(&program, Some(Engine::Blocks), &memory()) {
            Ok(exact) => exact,
            Err(error) => {
                return assert_eq!(
                    error.to_string(),
                    "the blocks engine cannot run the circuit: it has no two groups of qubits that never meet"
                );
            }
        };
        let (expected, _) = evolve(&program, &memory()).unwrap().probabilities().unwrap();
        assert_eq!(exact.engine, Engine::Blocks);
        assert!(exact.norm_error.abs() < 1e-12);
        assert!(exact.probabilities.iter().is_sorted_by_key(|(key, _)| key));
        for key in 0..1 << program.qubits() {
            approx::assert_abs_diff_eq!(exact.probabilities.get(key), expected.get(key), epsilon = 1e-12);
        }
    }

    /// Operations inside three groups of qubits that lie in one another.
    fn apart() -> impl Strategy<Value = Vec<Operation<Qis>>> {
        let groups = [vec![0, 4, 8], vec![1, 2, 6, 7], vec![3, 5]];
        let operation = (0..3usize, 0..6usize, -4.0..4.0f64, any::<bool>()).prop_map(move |(group, which, angle, reversed)| {
            let mut qubits = groups[group].clone();
            qubits.rotate_left(which % groups[group].len());
            let (a, b) = if reversed { (qubits[1], qubits[0]) } else { (qubits[0], qubits[1]) };
            match which {
                0 => Qis::H.on([a]),
                1 => Qis::Ry(Radians(angle)).on([a]),
                2 => cnot(a, b),
                3 => Qis::Xx(Radians(angle)).on([a, b]),
                4 => Qis::Rz(Radians(angle)).on([a]),
                _ => {
                    let exp = PauliExp::new(4, &["IXIZ", "IYIY"], &[0.3, angle], 1.0).unwrap();
                    // The letters I are on qubits of other groups, and touch nothing.
                    let mut others = (0..9).filter(|qubit| !groups[group].contains(qubit));
                    Qis::PauliExp(exp.into()).on([a, others.next().unwrap(), b, others.next().unwrap()])
                }
            }
        });
        prop::collection::vec(operation, 0..30)
    }

    fn native_apart() -> impl Strategy<Value = Vec<Operation<Native>>> {
        let operation = (0..4usize, 0..4usize, -1.0..1.0f64).prop_map(|(pair, which, phase)| match which {
            0 => Native::Gpi2(Turns(phase)).on([pair]),
            1 => Native::Gpi(Turns(phase)).on([pair + 4]),
            2 => Native::Ms(Turns(phase), Turns(0.1), Turns(0.2)).on([pair + 4, pair]),
            _ => Native::Nop.on([8]),
        });
        prop::collection::vec(operation, 0..30)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn groups_that_never_meet_have_the_outcomes_of_all_amplitudes(operations in apart()) {
            assert_same(Circuit::new(9, operations).unwrap());
        }

        #[test]
        fn native_pairs_have_the_outcomes_of_all_amplitudes(operations in native_apart()) {
            assert_same(Circuit::new(9, operations).unwrap());
        }

        #[test]
        fn one_qubit_gates_alone_have_the_outcomes_of_all_amplitudes(angles in prop::collection::vec(-4.0..4.0f64, 2..9)) {
            assert_same(Circuit::new(9, angles.iter().enumerate().map(|(qubit, &angle)| Qis::Ry(Radians(angle)).on([qubit]))).unwrap());
        }
    }

    /// Two qubits in a state of their own, as four gates; and the probabilities of their four outcomes, multiplied out by hand.
    fn pair(a: usize, b: usize, angle: f64) -> ([Operation<Qis>; 3], [f64; 4]) {
        let gates =
            [Qis::Ry(Radians(angle)).on([a]), Qis::Ry(Radians(0.5 * angle)).on([b]), Qis::Ry(Radians(0.9)).on([b]).controlled_by([a])];
        let half = |angle: f64| [(angle / 2.0).cos().powi(2), (angle / 2.0).sin().powi(2)];
        let (first, zero, one) = (half(angle), half(0.5 * angle), half(0.5 * angle + 0.9));
        (gates, [first[0] * zero[0], first[1] * one[0], first[0] * zero[1], first[1] * one[1]])
    }

    #[test]
    fn thirty_six_qubits_in_pairs_are_sampled_as_each_pair_is() {
        let pairs: Vec<_> = (0..18).map(|k| (k, 35 - k, 0.2 + 0.15 * k as f64)).collect();
        let operations = pairs.iter().flat_map(|&(a, b, angle)| pair(a, b, angle).0);
        let program: Program = Circuit::new(36, operations).unwrap().into();
        let refused = probabilities(&program, &memory()).unwrap_err();
        assert_eq!(refused.to_string(), "36 qubits need 1.0 TiB of memory, 256.0 MiB are available");
        let shots = 40_000;
        let sampled = sample(&program, Shots::new(shots).unwrap(), Seed(8), &memory()).unwrap();
        assert_eq!(sampled.engine, Engine::Blocks);
        let noisy = ReadOut { noise: None, misread: 0.1 };
        let misread = trajectories(&program, noisy, Shots::new(shots).unwrap(), Seed(9), &memory()).unwrap();
        let bits = |counts: &Counts, a: usize, b: usize| {
            let mut seen = [0.0; 4];
            counts.iter().for_each(|(key, count)| seen[(key >> a & 1 | (key >> b & 1) << 1) as usize] += f64::from(count));
            seen
        };
        let near = |seen: f64, p: f64| (seen - shots as f64 * p).abs() < 5.0 * (shots as f64 * p * (1.0 - p)).sqrt() + 1e-9;
        for &(a, b, angle) in &pairs {
            let expected = pair(a, b, angle).1;
            let seen = bits(&sampled.counts, a, b);
            (0..4).for_each(|key| assert!(near(seen[key], expected[key]), "{a} {b}: {seen:?} of {expected:?}"));
            let wrong = |p: [f64; 4], bit: usize| std::array::from_fn::<f64, 4, _>(|key| 0.9 * p[key] + 0.1 * p[key ^ 1 << bit]);
            let (seen, expected) = (bits(&misread.counts, a, b), wrong(wrong(expected, 0), 1));
            (0..4).for_each(|key| assert!(near(seen[key], expected[key]), "{a} {b} misread: {seen:?} of {expected:?}"));
        }
        // Pairs know nothing of each other.
        let (p, q) = (pair(0, 35, 0.2).1, pair(17, 18, 0.2 + 0.15 * 17.0).1);
        let both: u32 = sampled.counts.iter().filter(|(key, _)| key & 1 == 1 && key >> 17 & 1 == 1).map(|(_, count)| count).sum();
        assert!(near(both.into(), (p[1] + p[3]) * (q[1] + q[3])), "{both}");
        assert_eq!(sampled.counts, sample(&program, Shots::new(shots).unwrap(), Seed(8), &memory()).unwrap().counts);
    }

    #[test]
    fn shots_are_those_of_the_listed_distribution_whether_it_is_listed_or_not() {
        let operations = (0..6).flat_map(|k| pair(k, 11 - k, 0.3 + 0.4 * k as f64).0);
        let program: Program = Circuit::new(12, operations).unwrap().into();
        let (exact, _) = evolve(&program, &memory()).unwrap().probabilities().unwrap();
        // 4096 outcomes: one by one, and all together.
        for shots in [1000, 10_000] {
            let shots = Shots::new(shots).unwrap();
            let drawn = sample_by(&program, Some(Engine::Blocks), shots, Seed(4), &memory()).unwrap();
            assert_eq!(drawn.engine, Engine::Blocks);
            assert_eq!(drawn.counts, Counts::sample(&exact, shots, Seed(4)));
        }
    }

    #[test]
    fn few_outcomes_of_many_blocks_are_listed() {
        // Thirty Bell pairs in a row would have 2^30; one is turned, the others are only flipped.
        let flips = (2..60).step_by(2).flat_map(|a| [Qis::X.on([a]), cnot(a, a + 1)]);
        let program: Program = Circuit::new(60, pair(0, 1, 1.1).0.into_iter().chain(flips)).unwrap().into();
        let exact = probabilities(&program, &memory()).unwrap();
        assert_eq!((exact.engine, exact.probabilities.len()), (Engine::Blocks, 4));
        let ones = ((1u64 << 60) - 1) & !3;
        for (key, p) in pair(0, 1, 1.1).1.into_iter().enumerate() {
            approx::assert_abs_diff_eq!(exact.probabilities.get(ones | key as u64), p, epsilon = 1e-14);
        }
    }

    #[test]
    fn blocks_too_wide_for_the_memory_are_refused_by_name() {
        let layer =
            |first: usize| (0..30).flat_map(move |q| [Qis::Ry(Radians(0.3)).on([first + q]), cnot(first + q, first + (q + 1) % 30)]);
        let program: Program = Circuit::new(60, layer(0).chain(layer(0)).chain(layer(30))).unwrap().into();
        let refused = sample_by(&program, None, Shots::DEFAULT, Seed(1), &memory()).unwrap_err();
        assert_eq!(refused.to_string(), "30 qubits need 16.0 GiB of memory, 256.0 MiB are available");
    }
}
