//! The circuits that simulators are compared by, each from numbers that any language can make again: those of SplitMix64, as
//! `benches/peers/workloads.py` makes them.

use paultrap::circuit::{Circuit, On, Operation, Program};
use paultrap::gates::{Native, Qis, Radians, Turns};
use std::f64::consts::PI;

/// How many layers W1 has.
const LAYERS: usize = 20;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// In 0..1, of 53 bits.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn turns(&mut self) -> Turns {
        Turns(self.uniform())
    }

    fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// All of `0..count` in random order.
    fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for place in (1..count).rev() {
            order.swap(place, self.below(place + 1));
        }
        order
    }
}

/// W1: twenty layers of `gpi2` on every qubit and `ms` on a random matching of them, all phases random.
pub(crate) fn layers(qubits: usize) -> Program {
    let mut random = SplitMix64(1_000_003 + qubits as u64);
    let mut operations: Vec<Operation<Native>> = Vec::new();
    for _ in 0..LAYERS {
        operations.extend((0..qubits).map(|qubit| Native::Gpi2(random.turns()).on([qubit])));
        for pair in random.permutation(qubits).chunks_exact(2) {
            operations.push(Native::Ms(random.turns(), random.turns(), Turns::QUARTER).on([pair[0], pair[1]]));
        }
    }
    program(qubits, operations)
}

/// W2: the Fourier transform of |0…0⟩, the swaps at its end included.
pub(crate) fn fourier(qubits: usize) -> Program {
    let turn = |control: usize, target: usize| {
        let angle = PI / (1u64 << (target - control)) as f64;
        Qis::Phase(Radians(angle)).on([target]).controlled_by([control])
    };
    let column = |target: usize| std::iter::once(Qis::H.on([target])).chain((0..target).rev().map(move |control| turn(control, target)));
    let swaps = (0..qubits / 2).map(|low| Qis::Swap.on([low, qubits - 1 - low]));
    program(qubits, (0..qubits).rev().flat_map(column).chain(swaps).collect())
}

/// W3: |0…0⟩ + |1…1⟩.
pub(crate) fn ghz(qubits: usize) -> Program {
    let chain = (1..qubits).map(|target| Qis::X.on([target]).controlled_by([target - 1]));
    program(qubits, std::iter::once(Qis::H.on([0])).chain(chain).collect())
}

/// One circuit of W5, and W6: half of its gates `gpi2`, a fifth each `gpi` and `ms`, a tenth `zz`.
pub(crate) fn mixed(qubits: usize, gates: usize, seed: u64) -> Program {
    let mut random = SplitMix64(seed * 7919 + qubits as u64);
    program(qubits, (0..gates).map(|_| mixed_gate(qubits, &mut random)).collect())
}

fn mixed_gate(qubits: usize, random: &mut SplitMix64) -> Operation<Native> {
    let kind = random.uniform();
    let first = random.below(qubits);
    if kind < 0.5 {
        return Native::Gpi2(random.turns()).on([first]);
    }
    if kind < 0.7 {
        return Native::Gpi(random.turns()).on([first]);
    }
    let second = (first + 1 + random.below(qubits - 1)) % qubits;
    let gate = match kind < 0.9 {
        true => Native::Ms(random.turns(), random.turns(), Turns::QUARTER),
        false => Native::Zz(Turns(0.25 * random.uniform())),
    };
    gate.on([first, second])
}

fn program<G: paultrap::gates::Gate>(qubits: usize, operations: Vec<Operation<G>>) -> Program
where
    Program: From<Circuit<G>>,
{
    Circuit::new(qubits, operations).expect("a valid circuit").into()
}
