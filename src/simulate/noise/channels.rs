//! Which errors strike a shot: the depolarizing channels of a circuit, and what chance makes of them.

use super::super::SimulateError;
use super::super::evolve::places;
use super::ReadOut;
use crate::circuit::{Circuit, Operation};
use crate::gates::{Gate, PauliString};
use crate::outcome::Shots;
use rand::{Rng, RngExt};
use smallvec::SmallVec;

/// A Pauli string that strikes after an operation; positions, not qubits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::simulate) struct Strike {
    pub(in crate::simulate) operation: u32,
    pub(in crate::simulate) string: PauliString,
}

/// What chance decides about one shot.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulate) struct Shot {
    /// In time order, at most one for each operation.
    pub(in crate::simulate) errors: SmallVec<[Strike; 2]>,
    /// Where in 0..1 the outcome lies.
    pub(in crate::simulate) point: f64,
    /// The bits of the outcome that are read wrong.
    pub(in crate::simulate) misread: u64,
}

impl Shot {
    /// By the first error, none last; equal patterns side by side, their points ascending.
    pub(in crate::simulate) fn order(&self, other: &Shot) -> std::cmp::Ordering {
        let first = |shot: &Shot| shot.errors.first().map_or(u32::MAX, |error| error.operation);
        let errors = first(self).cmp(&first(other)).then_with(|| self.errors.cmp(&other.errors));
        errors.then(self.point.total_cmp(&other.point)).then(self.misread.cmp(&other.misread))
    }
}

/// The channels of all operations, laid end to end on a line so that each is as long as its hazard, -ln(1 - probability).
///
/// Points scattered over the line at unit density hit a channel with just its probability, so drawing the errors of a shot takes
/// a step for each error and not for each gate.
pub(in crate::simulate) struct Channels {
    operations: Vec<Channel>,
    /// How many bits are read, and the probability that one is read wrong.
    bits: usize,
    misread: f64,
}

/// The channel of one operation.
struct Channel {
    /// The positions it touches, one or two.
    qubits: SmallVec<[usize; 2]>,
    /// Where on the line it ends; it begins where the one before ends.
    end: f64,
}

impl Channels {
    /// One channel after each gate on one or on two qubits, none where nothing is done.
    ///
    /// # Errors
    /// [`SimulateError::NoiseRate`], [`SimulateError::ReadOut`]; [`SimulateError::NoisyGate`] for a gate on more qubits.
    pub(in crate::simulate) fn new<G: Gate>(
        circuit: &Circuit<G>,
        ReadOut { noise, misread }: ReadOut<'_>,
    ) -> Result<Channels, SimulateError> {
        let rates = noise.map_or([0.0, 0.0], |model| [model.one_qubit, model.two_qubit]);
        if let Some(&rate) = rates.iter().find(|rate| !(0.0..=1.0).contains(*rate)) {
            return Err(SimulateError::NoiseRate { rate });
        }
        if !(0.0..=1.0).contains(&misread) {
            return Err(SimulateError::ReadOut { given: misread });
        }
        // A rate is the probability of losing all memory of the qubits; one Pauli string in 4, or in 16, is then the identity.
        let [one, two] = [-(-rates[0] * 3.0 / 4.0).ln_1p(), -(-rates[1] * 15.0 / 16.0).ln_1p()];
        let place = places(&circuit.touched());
        let mut end = 0.0;
        let channel = |(index, operation): (usize, &Operation<G>)| {
            let qubits: SmallVec<[usize; 2]> = operation.acting().map(|qubit| place[qubit]).collect();
            end += match qubits.len() {
                0 => 0.0,
                1 => one,
                2 => two,
                _ if noise.is_none() => 0.0,
                given => return Err(SimulateError::NoisyGate { index, gate: operation.gate.spec().name, given }),
            };
            Ok(Channel { qubits, end })
        };
        let operations = circuit.operations().iter().enumerate().map(channel).collect::<Result<_, _>>()?;
        Ok(Channels { operations, bits: circuit.qubits(), misread })
    }

    /// How many points fall on the line, on average.
    pub(in crate::simulate) fn total(&self) -> f64 {
        self.operations.last().map_or(0.0, |channel| channel.end)
    }

    /// About what the shots and their outcomes take in memory.
    pub(in crate::simulate) fn bytes(&self, shots: Shots) -> u128 {
        let errors = 2.0 * self.total() * size_of::<Strike>() as f64; // beyond two, in a list that grows by doubling
        let shot = size_of::<Shot>() + size_of::<&[Shot]>() + 2 * size_of::<usize>();
        u128::from(shots.get()) * (shot as u128 + errors as u128)
    }

    /// About how many shots have an error or a bit that is read wrong, at most, and how many errors they have altogether.
    pub(in crate::simulate) fn expected(&self, shots: Shots) -> [f64; 2] {
        let (shots, wrong) = (f64::from(shots.get()), self.bits as f64 * self.misread);
        [shots * (self.total() + wrong).min(1.0), shots * self.total()]
    }

    /// The positions that an operation can have errors on.
    pub(in crate::simulate) fn struck(&self, operation: usize) -> &[usize] {
        let before = operation.checked_sub(1).map_or(0.0, |before| self.operations[before].end);
        let channel = &self.operations[operation];
        if channel.end > before { &channel.qubits } else { &[] }
    }

    /// How many errors there are for which one shot can be told from another: 3 after a gate on one qubit, 15 on two.
    pub(in crate::simulate) fn kinds(&self) -> usize {
        (0..self.operations.len()).map(|operation| (1 << (2 * self.struck(operation).len())) - 1).sum()
    }

    /// The errors of all shots together: the shots that have any, ascending, with their errors in time order.
    ///
    /// The lines of the shots laid end to end are one line, so this takes a step for each error and none for a shot without.
    pub(in crate::simulate) fn scatter(&self, shots: u32, rng: &mut impl Rng) -> Vec<(u32, Strike)> {
        let (total, mut found) = (self.total(), Vec::new());
        let (mut shot, mut at) = (0.0, 0.0);
        if total == 0.0 {
            return found;
        }
        loop {
            at -= (1.0 - rng.random::<f64>()).ln(); // the next point
            let passed = (at / total).floor();
            (shot, at) = (shot + passed, at - passed * total);
            if shot >= f64::from(shots) {
                return found;
            }
            let index = self.operations.partition_point(|channel| channel.end <= at);
            let Some(channel) = self.operations.get(index) else { continue };
            at = channel.end;
            found.push((shot as u32, Strike { operation: index as u32, string: channel.string(rng) }));
        }
    }

    /// The bits that are read wrong, for the shots that have any, ascending.
    pub(in crate::simulate) fn misreads(&self, shots: u32, rng: &mut impl Rng) -> Vec<(u32, u64)> {
        let mut found: Vec<(u32, u64)> = Vec::new();
        let mut place = 0.0; // of a bit among those of all shots
        if self.misread == 0.0 {
            return found;
        }
        loop {
            place += self.right(rng);
            if place >= f64::from(shots) * self.bits as f64 {
                return found;
            }
            let shot = (place / self.bits as f64).floor();
            let bit = 1 << (place - shot * self.bits as f64) as u32;
            match found.last_mut() {
                Some((last, bits)) if *last == shot as u32 => *bits |= bit,
                _ => found.push((shot as u32, bit)),
            }
            place += 1.0;
        }
    }

    /// How many bits are read right before one that is read wrong; by log 0 = -∞ none where all are read wrong.
    fn right(&self, rng: &mut impl Rng) -> f64 {
        ((1.0 - rng.random::<f64>()).ln() / (-self.misread).ln_1p()).floor()
    }

    pub(in crate::simulate) fn draw(&self, rng: &mut impl Rng) -> Shot {
        let mut errors: SmallVec<[Strike; 2]> = SmallVec::new();
        let mut at = 0.0;
        loop {
            at -= (1.0 - rng.random::<f64>()).ln(); // the next point
            let index = self.operations.partition_point(|channel| channel.end <= at);
            let Some(channel) = self.operations.get(index) else { break };
            at = channel.end; // a channel is hit or not, how often is no matter
            errors.push(Strike { operation: index as u32, string: channel.string(rng) });
        }
        Shot { errors, point: rng.random(), misread: self.misread(rng) }
    }

    /// Each bit with the same probability. From one that is read wrong to the next takes a single step.
    pub(in crate::simulate) fn misread(&self, rng: &mut impl Rng) -> u64 {
        let (mut wrong, mut bit) = (0, 0.0);
        if self.misread == 0.0 {
            return wrong;
        }
        loop {
            bit += self.right(rng);
            if bit >= self.bits as f64 {
                return wrong;
            }
            wrong |= 1 << bit as u32;
            bit += 1.0;
        }
    }
}

impl Channel {
    /// One of the 3, or 15, Pauli strings that do something.
    fn string(&self, rng: &mut impl Rng) -> PauliString {
        let code = rng.random_range(1..1u64 << (2 * self.qubits.len()));
        let letters = self.qubits.iter().enumerate().map(|(k, qubit)| (code >> (2 * k), qubit));
        letters.fold(PauliString { x: 0, z: 0 }, |string, (letter, qubit)| PauliString {
            x: string.x | (letter & 1) << qubit,
            z: string.z | (letter >> 1 & 1) << qubit,
        })
    }
}
