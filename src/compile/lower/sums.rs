//! Exponentials of sums of Pauli strings that do not commute.

use super::controlled::controlled;
use super::diagonal::{diagonal, mean_and_turn, multiplexed_rz};
use super::exponential::{MAX_ANGLE, MAX_QUBITS, MAX_TOGETHER, Under};
use super::factor::{M, hermitian_eigen};
use super::phase::phase;
use super::reduce::{Angle, Reduced};
use super::shannon::multiplexed;
use crate::compile::CompileError;
use crate::compile::pieces::{Piece, Pieces};
use num_complex::Complex64;

impl Under<'_> {
    /// The exponential of a sum, the shorter one of two ways: on as few qubits as Clifford gates allow, or as it is.
    pub(super) fn sum(&self, terms: &[Angle], targets: &[usize], out: &mut Pieces) -> Result<(), CompileError> {
        let sum: f64 = terms.iter().map(|(_, angle)| angle.abs()).sum();
        if sum > MAX_ANGLE {
            return Err(CompileError::Strength { sum });
        }
        let (reduced, plain) = (Reduced::of(terms, MAX_QUBITS), Reduced::not_at_all(terms));
        let (qubits, controls) = (reduced.qubits(), self.controls.len());
        if qubits > MAX_QUBITS || qubits + controls > MAX_TOGETHER {
            return Err(CompileError::Width { qubits, controls });
        }
        let mut best = self.block(&reduced, targets)?;
        if plain.qubits() <= qubits {
            let way = self.block(&plain, targets)?;
            best = if way.entanglers() < best.entanglers() { way } else { best };
        }
        out.append(&best);
        Ok(())
    }

    fn block(&self, reduced: &Reduced, targets: &[usize]) -> Result<Pieces, CompileError> {
        let place = |qubits: &[usize]| qubits.iter().map(|&qubit| targets[qubit]).collect::<Vec<_>>();
        let (paired, central) = (place(&reduced.paired), place(&reduced.central));
        let clifford = placed(&reduced.clifford, targets);
        let blocks = Block::all(reduced)?;
        let mut out = clifford.clone();
        match *paired {
            [target] if central.is_empty() => {
                let m = blocks[0].exponential();
                let rows = [[m[(0, 0)], m[(0, 1)]], [m[(1, 0)], m[(1, 1)]]];
                controlled(&rows, target, self.controls, self.idle, &mut out);
            }
            _ if self.controls.is_empty() => {
                let blocks: Vec<M> = blocks.iter().map(Block::exponential).collect();
                multiplexed(&blocks, &paired, &central, &mut out)?;
            }
            _ => {
                let phases: Vec<f64> = blocks.iter().flat_map(|block| block.phases.iter().copied()).collect();
                let vectors: Vec<M> = blocks.into_iter().map(|block| block.vectors).collect();
                let mut back = Pieces::default();
                multiplexed(&vectors, &paired, &central, &mut back)?;
                for part in [&back.inverse(), &self.diagonal(&phases, &[paired, central].concat()), &back] {
                    out.append(part);
                }
            }
        }
        out.append(&clifford.inverse());
        Ok(out)
    }

    /// `e^{i·phases[index]}` if all controls are 1, the shorter one of two ways.
    fn diagonal(&self, phases: &[f64], qubits: &[usize]) -> Pieces {
        let idle_part = ((1 << self.controls.len()) - 1) * phases.len();
        let all: Vec<f64> = std::iter::repeat_n(0.0, idle_part).chain(phases.iter().copied()).collect();
        let (mut as_one, mut by_flips) = (Pieces::default(), Pieces::default());
        diagonal(&all, &[qubits, self.controls].concat(), &mut as_one);
        self.diagonal_by_flips(phases, qubits, &mut by_flips);
        if as_one.entanglers() < by_flips.entanglers() { as_one } else { by_flips }
    }

    /// One qubit at a time: half of what turns it, a flip under the controls, the half undone, the flip undone.
    fn diagonal_by_flips(&self, phases: &[f64], qubits: &[usize], out: &mut Pieces) {
        let Some((&top, low)) = qubits.split_last() else {
            return phase(phases[0], self.controls, self.idle, &self.plans, out);
        };
        let (mean, turn) = mean_and_turn(phases);
        let (mut half, mut flip) = (Pieces::default(), Pieces::default());
        multiplexed_rz(&turn.iter().map(|angle| angle / 2.0).collect::<Vec<_>>(), top, low, &mut half);
        self.plans.flip(top, self.controls, self.idle, &mut flip);
        for part in [&half, &flip, &half.inverse(), &flip.inverse()] {
            out.append(part);
        }
        self.diagonal_by_flips(&mean, low, out);
    }
}

/// The exponential on the paired qubits for one value of the central ones: `vectors · e^{i·phases} · vectors†`.
struct Block {
    vectors: M,
    phases: Vec<f64>,
}

impl Block {
    /// For every value of the central qubits; the first paired or central qubit is the lowest bit.
    fn all(reduced: &Reduced) -> Result<Vec<Block>, CompileError> {
        let strength: f64 = reduced.terms.iter().map(|(_, angle)| angle.abs()).sum::<f64>().max(f64::MIN_POSITIVE);
        (0..1 << reduced.central.len())
            .map(|value| {
                let (vectors, eigenvalues) = hermitian_eigen(&hamiltonian(reduced, value, strength))?;
                Ok(Block { vectors, phases: eigenvalues.iter().map(|eigenvalue| -strength * eigenvalue).collect() })
            })
            .collect()
    }

    fn exponential(&self) -> M {
        let turned = M::from_fn(self.vectors.nrows(), self.vectors.ncols(), |row, column| {
            self.vectors[(row, column)] * Complex64::from_polar(1.0, self.phases[column])
        });
        turned * self.vectors.adjoint()
    }
}

/// The sum of the terms over `strength`, with eigenvalues in -1..=1.
fn hamiltonian(reduced: &Reduced, value: usize, strength: f64) -> M {
    let size = 1 << reduced.paired.len();
    let mut sum = M::zeros(size, size);
    for &(string, angle) in &reduced.terms {
        let (flip, parity) = (gather(string.x, &reduced.paired), gather(string.z, &reduced.paired));
        let fixed = gather(string.z, &reduced.central) & value;
        for column in 0..size {
            let sign = if ((column & parity).count_ones() + fixed.count_ones()) % 2 == 1 { -1.0 } else { 1.0 };
            sum[(column ^ flip, column)] += string.phase() * (sign * angle / strength);
        }
    }
    sum
}

fn gather(mask: u64, qubits: &[usize]) -> usize {
    qubits.iter().enumerate().fold(0, |gathered, (bit, qubit)| gathered | (mask as usize >> qubit & 1) << bit)
}

/// The pieces on the qubits that the targets are.
fn placed(pieces: &Pieces, targets: &[usize]) -> Pieces {
    let place = |piece: &Piece| match *piece {
        Piece::One(qubit, unitary) => Piece::One(targets[qubit], unitary),
        Piece::Zz([a, b], angle) => Piece::Zz([targets[a], targets[b]], angle),
        Piece::Swap([a, b]) => Piece::Swap([targets[a], targets[b]]),
    };
    Pieces(pieces.0.iter().map(place).collect())
}
