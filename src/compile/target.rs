//! What is compiled for.

use super::pulses::Entangler;
use crate::circuit::{Circuit, Operation};
use crate::device::Device;
use crate::gates::Native;

/// The gates a compiled circuit may use, and between which qubits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The gate on two qubits.
    pub entangler: Entangler,
    /// How many qubits there are; `None` for as many as a circuit has.
    pub qubits: Option<usize>,
    /// The pairs it can be played on; `None` for all.
    pub couplings: Option<Couplings>,
}

impl Target {
    /// `gpi`, `gpi2` and `ms` between all qubits.
    pub const ARIA: Target = Target { entangler: Entangler::Ms, qubits: None, couplings: None };
    /// `gpi`, `gpi2` and `zz` between all qubits.
    pub const FORTE: Target = Target { entangler: Entangler::Zz, qubits: None, couplings: None };

    /// What a device plays.
    pub fn of(device: &Device) -> Target {
        let entangler = if device.plays("ms") { Entangler::Ms } else { Entangler::Zz };
        let qubits = Some(device.qubits);
        Target { entangler, qubits, couplings: device.connectivity.as_ref().map(|pairs| Couplings::new(device.qubits, pairs)) }
    }

    /// Whether a circuit can be played as it is: the right gates, angles within a quarter turn, pairs that couple.
    pub fn plays(&self, circuit: &Circuit<Native>) -> bool {
        let couple = |operation: &Operation<Native>| match (&self.couplings, operation.targets.as_slice()) {
            (Some(couplings), &[a, b]) => a < couplings.qubits() && b < couplings.qubits() && couplings.couple(a, b),
            (Some(couplings), targets) => targets.iter().all(|&target| target < couplings.qubits()),
            (None, _) => true,
        };
        circuit.operations().iter().all(|operation| {
            let gate = match operation.gate {
                Native::Gpi(_) | Native::Gpi2(_) | Native::Nop => true,
                Native::Ms(_, _, angle) => self.entangler == Entangler::Ms && (0.0..=0.25).contains(&angle.0),
                Native::Zz(angle) => self.entangler == Entangler::Zz && (-0.25..=0.25).contains(&angle.0),
            };
            gate && couple(operation)
        })
    }
}

/// The pairs of qubits that can interact directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Couplings {
    /// The neighbours of each qubit, ascending.
    neighbours: Vec<Vec<usize>>,
}

impl Couplings {
    /// Couplings between `qubits` qubits; pairs outside them are left out.
    pub fn new(qubits: usize, pairs: &[[usize; 2]]) -> Couplings {
        let mut neighbours = vec![Vec::new(); qubits];
        for &[a, b] in pairs.iter().filter(|[a, b]| a != b && *a < qubits && *b < qubits) {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        Couplings { neighbours }
    }

    /// How many qubits there are.
    pub fn qubits(&self) -> usize {
        self.neighbours.len()
    }

    /// The neighbours of a qubit, ascending.
    pub fn neighbours(&self, qubit: usize) -> &[usize] {
        &self.neighbours[qubit]
    }

    /// Whether two qubits can interact directly.
    pub fn couple(&self, a: usize, b: usize) -> bool {
        self.neighbours[a].binary_search(&b).is_ok()
    }

    /// The couplings among the first qubits alone.
    pub(super) fn among_first(&self, qubits: usize) -> Couplings {
        let among = |list: &Vec<usize>| list.iter().copied().filter(|&other| other < qubits).collect();
        Couplings { neighbours: self.neighbours[..qubits].iter().map(among).collect() }
    }

    /// Whether there is a path between any two qubits.
    pub(super) fn is_connected(&self) -> bool {
        self.qubits() == 0 || self.distances()[0].iter().all(Option::is_some)
    }

    /// How many couplings lie between two qubits, for every pair; `None` if no path does.
    pub(super) fn distances(&self) -> Vec<Vec<Option<usize>>> {
        let from = |start: usize| {
            let mut distance = vec![None; self.qubits()];
            distance[start] = Some(0);
            let mut waiting = std::collections::VecDeque::from([(start, 0)]);
            while let Some((qubit, steps)) = waiting.pop_front() {
                for &next in &self.neighbours[qubit] {
                    if distance[next].is_none() {
                        distance[next] = Some(steps + 1);
                        waiting.push_back((next, steps + 1));
                    }
                }
            }
            distance
        };
        (0..self.qubits()).map(from).collect()
    }
}
