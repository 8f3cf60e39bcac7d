//! Which errors strike a shot: the depolarizing channels of a circuit, and what chance makes of them.

use super::SimulateError;
use super::evolve::places;
use crate::circuit::{Circuit, Operation};
use crate::device::NoiseModel;
use crate::gates::{Action, Gate, PauliString};
use crate::outcome::Shots;
use rand::{Rng, RngExt};
use smallvec::SmallVec;

/// A Pauli string that strikes after an operation; positions, not qubits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Strike {
    pub(super) operation: u32,
    pub(super) string: PauliString,
}

/// What chance decides about one shot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shot {
    /// In time order.
    pub(super) errors: SmallVec<[Strike; 2]>,
    /// Where in 0..1 the outcome lies.
    pub(super) point: f64,
}

impl Shot {
    /// By the first error, none last; equal patterns side by side, their points ascending.
    pub(super) fn order(&self, other: &Shot) -> std::cmp::Ordering {
        let first = |shot: &Shot| shot.errors.first().map_or(u32::MAX, |error| error.operation);
        let errors = first(self).cmp(&first(other)).then_with(|| self.errors.cmp(&other.errors));
        errors.then(self.point.total_cmp(&other.point))
    }
}

/// The channels of all operations, laid end to end on a line so that each is as long as its hazard, -ln(1 - probability).
///
/// Points scattered over the line at unit density hit a channel with just its probability, so drawing the errors of a shot takes
/// a step for each error and not for each gate.
pub(super) struct Channels {
    operations: Vec<Charge>,
}

/// The channels of one operation, all alike.
struct Charge {
    /// The positions it touches.
    qubits: SmallVec<[usize; 4]>,
    /// How many channels there are.
    count: usize,
    /// The hazard of each.
    hazard: f64,
    /// Where on the line they begin and end.
    begin: f64,
    end: f64,
}

impl Channels {
    pub(super) fn new<G: Gate>(circuit: &Circuit<G>, noise: Option<&NoiseModel>) -> Result<Channels, SimulateError> {
        let (one, two) = noise.map_or((0.0, 0.0), |model| (model.one_qubit, model.two_qubit));
        if let Some(&rate) = [one, two].iter().find(|rate| !(0.0..=1.0).contains(*rate)) {
            return Err(SimulateError::NoiseRate { rate });
        }
        // A rate is the probability of losing all memory of the qubits; one Pauli string in 4, or in 16, is then the identity.
        let (one, two) = (-(-one * 3.0 / 4.0).ln_1p(), -(-two * 15.0 / 16.0).ln_1p());
        let place = places(&circuit.touched());
        let mut begin = 0.0;
        let charge = |operation: &Operation<G>| {
            let qubits: SmallVec<[usize; 4]> = operation.acting().map(|qubit| place[qubit]).collect();
            let (count, hazard) = match qubits.len() {
                _ if operation.gate.action() == Action::Identity => (0, 0.0),
                0 => (0, 0.0),
                1 => (1, one),
                2 if operation.gate.spec().name == "swap" => (3, two),
                2 => (1, two),
                m => (m * (m - 1), two),
            };
            let end = begin + count as f64 * hazard;
            let charge = Charge { qubits, count, hazard, begin, end };
            begin = end;
            charge
        };
        Ok(Channels { operations: circuit.operations().iter().map(charge).collect() })
    }

    /// How many points fall on the line, on average.
    pub(super) fn total(&self) -> f64 {
        self.operations.last().map_or(0.0, |charge| charge.end)
    }

    /// About what the shots and their outcomes take in memory.
    pub(super) fn bytes(&self, shots: Shots) -> u128 {
        let errors = 2.0 * self.total() * size_of::<Strike>() as f64; // beyond two, in a list that grows by doubling
        let shot = size_of::<Shot>() + size_of::<&[Shot]>() + 2 * size_of::<usize>();
        u128::from(shots.get()) * (shot as u128 + errors as u128)
    }

    pub(super) fn draw(&self, rng: &mut impl Rng) -> Shot {
        let mut errors: SmallVec<[Strike; 2]> = SmallVec::new();
        let mut at = 0.0;
        loop {
            at -= (1.0 - rng.random::<f64>()).ln(); // the next point
            let index = self.operations.partition_point(|charge| charge.end <= at);
            let Some(charge) = self.operations.get(index) else { break };
            let channel = (((at - charge.begin) / charge.hazard) as usize).min(charge.count - 1);
            at = charge.begin + (channel + 1) as f64 * charge.hazard; // a channel is hit or not, how often is no matter
            let strike = Strike { operation: index as u32, string: charge.string(channel, rng) };
            match errors.last_mut().filter(|last| last.operation == strike.operation) {
                Some(last) => {
                    last.string = PauliString { x: last.string.x ^ strike.string.x, z: last.string.z ^ strike.string.z };
                    if last.string.is_identity() {
                        errors.pop();
                    }
                }
                None => errors.push(strike),
            }
        }
        Shot { errors, point: rng.random() }
    }
}

impl Charge {
    /// One of the 3, or 15, Pauli strings on the qubits of one channel.
    fn string(&self, channel: usize, rng: &mut impl Rng) -> PauliString {
        let letter = |code: u64, qubit: usize| PauliString { x: (code & 1) << qubit, z: (code >> 1 & 1) << qubit };
        if let [qubit] = *self.qubits {
            return letter(rng.random_range(1..4), qubit);
        }
        let m = self.qubits.len();
        let mut pairs = (0..m).flat_map(|a| (a + 1..m).map(move |b| (a, b)));
        let per_pair = self.count / (m * (m - 1) / 2);
        let (a, b) = pairs.nth(channel / per_pair).expect("channels are numbered pair by pair");
        let code = rng.random_range(1..16);
        let (a, b) = (letter(code, self.qubits[a]), letter(code >> 2, self.qubits[b]));
        PauliString { x: a.x | b.x, z: a.z | b.z }
    }
}
