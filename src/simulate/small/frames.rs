//! Which sweeps a circuit takes.
//!
//! A qubit carries the one-qubit gates that nothing has followed yet as one matrix. Before the qubit takes part in a larger gate, what
//! this matrix does to amplitudes becomes a sweep, and what is left, a phase and perhaps a turned bit, stays behind as the qubit's frame:
//! it changes the numbers of the sweeps to come and costs none itself. At the end a frame changes only which outcome is called what.

use super::super::step::{Kernel, Step};
use super::super::{SimulateError, prepare};
use super::sweep::{Sweep, Where};
use super::turns::cis;
use super::{MAX, ONE, ZERO};
use crate::circuit::Operation;
use crate::gates::{Gate, Matrix2, Native, matrix};
use num_complex::Complex64;
use std::f64::consts::FRAC_1_SQRT_2;

const I: Complex64 = Complex64::new(0.0, 1.0);

/// The qubits of a small state, by their positions.
#[derive(Debug, Clone)]
pub(super) struct Frames {
    /// From the amplitudes that are there to those that are meant, qubit by qubit.
    pending: [Matrix2; MAX],
    /// The qubits that are still 0 in all amplitudes that are there.
    fresh: usize,
    /// Of a density matrix, how many qubits it is of: what is done to its rows is done conjugated to its columns, which are that many
    /// positions above.
    columns: Option<usize>,
}

impl Frames {
    /// The state |0…0⟩ of so many qubits.
    pub(super) fn new(qubits: usize) -> Frames {
        Frames { pending: [matrix::IDENTITY; MAX], fresh: (1 << qubits) - 1, columns: None }
    }

    /// The density matrix of |0…0⟩, as a state of twice as many qubits.
    pub(super) fn of_density(qubits: usize) -> Frames {
        Frames { columns: Some(qubits), ..Frames::new(2 * qubits) }
    }

    /// What is pending on a qubit.
    pub(super) fn pending(&self, qubit: usize) -> Matrix2 {
        self.pending[qubit]
    }

    /// Expects some qubits to be in any state from here on.
    pub(super) fn wake(&mut self, qubits: usize) {
        self.fresh &= !qubits;
    }

    /// Follows an operation that is no `pauliexp` of several strings; `place` tells a qubit's position.
    ///
    /// # Errors
    /// [`SimulateError::PauliExp`] if it is too strong to be computed.
    pub(super) fn follow<G: Gate>(
        &mut self,
        operation: &Operation<G>,
        place: impl Fn(usize) -> usize,
        emit: &mut impl FnMut(Sweep),
    ) -> Result<(), SimulateError> {
        let target = |index: usize| place(operation.targets[index]);
        match operation.gate.native().filter(|_| operation.controls.is_empty()) {
            Some(Native::Gpi(phase)) => self.gpi(target(0), cis(phase.0)),
            Some(Native::Gpi2(phase)) => self.gpi2(target(0), cis(phase.0)),
            Some(Native::Ms(first, second, angle)) => {
                self.ms([target(0), target(1)], [cis(first.0), cis(second.0)], cis(angle.0 / 2.0), emit)
            }
            Some(Native::Zz(angle)) => self.phases(1 << target(0) | 1 << target(1), 0, [ONE, cis(angle.0)], emit),
            Some(Native::Nop) => {}
            None => prepare::steps(operation, place)?.iter().for_each(|step| self.step(step, emit)),
        }
        Ok(())
    }

    /// Follows a step of the plain engine that is a phase or pairs amplitudes.
    pub(super) fn step(&mut self, step: &Step, emit: &mut impl FnMut(Sweep)) {
        let controls = step.controls();
        match step.kernel() {
            Kernel::Phases { parity, factors: [even, odd] } if controls == 0 && parity.is_power_of_two() => {
                self.one(parity.ilog2() as usize, &[[*even, ZERO], [ZERO, *odd]]);
            }
            Kernel::Phases { parity, factors } => self.phases(*parity, controls, *factors, emit),
            Kernel::Pairs { flip, parity, matrices } if controls == 0 && flip.is_power_of_two() && parity & !flip == 0 => {
                self.one(flip.ilog2() as usize, &matrices[0]);
            }
            Kernel::Pairs { flip, parity, matrices } => self.pairs(*flip, *parity, controls, matrices, emit),
            Kernel::Dense { .. } | Kernel::Series(_) => unreachable!("such circuits are left to the plain engine"),
        }
    }

    /// A matrix on one qubit.
    fn one(&mut self, qubit: usize, matrix: &Matrix2) {
        self.pending[qubit] = product(matrix, &self.pending[qubit]);
        if let Some(above) = self.columns {
            self.pending[qubit + above] = product(&conjugate(matrix), &self.pending[qubit + above]);
        }
    }

    /// π about an axis on the equator: `turn` is `e^{2πiφ}`.
    fn gpi(&mut self, qubit: usize, turn: Complex64) {
        self.gpi_row(qubit, turn);
        if let Some(above) = self.columns {
            self.gpi_row(qubit + above, turn.conj());
        }
    }

    fn gpi_row(&mut self, qubit: usize, turn: Complex64) {
        let [up, down] = self.pending[qubit];
        self.pending[qubit] = [down.map(|entry| turn.conj() * entry), up.map(|entry| turn * entry)];
    }

    /// π/2 about an axis on the equator.
    fn gpi2(&mut self, qubit: usize, turn: Complex64) {
        self.gpi2_row(qubit, turn);
        if let Some(above) = self.columns {
            self.gpi2_row(qubit + above, -turn.conj());
        }
    }

    fn gpi2_row(&mut self, qubit: usize, turn: Complex64) {
        let [up, down] = self.pending[qubit];
        let (raise, lower) = (-I * turn * FRAC_1_SQRT_2, -I * turn.conj() * FRAC_1_SQRT_2);
        let mixed = |row: [Complex64; 2], factor: Complex64, other: [Complex64; 2]| {
            [row[0] * FRAC_1_SQRT_2 + factor * other[0], row[1] * FRAC_1_SQRT_2 + factor * other[1]]
        };
        self.pending[qubit] = [mixed(up, lower, down), mixed(down, raise, up)];
    }

    /// The Mølmer–Sørensen gate: `half` is `e^{iπθ}`.
    fn ms(&mut self, [first, second]: [usize; 2], [e0, e1]: [Complex64; 2], half: Complex64, emit: &mut impl FnMut(Sweep)) {
        let (keep, take) = (Complex64::new(half.re, 0.0), -I * half.im);
        // From (0, 0) to (1, 1), and from (second, first) = (0, 1) to (1, 0), the second being the higher bit or not.
        let (equal, low, high) = (e0 * e1, first.min(second), first.max(second));
        let unequal = if first < second { e0.conj() * e1 } else { e0 * e1.conj() };
        let matrices = [equal, unequal].map(|lift| [[keep, take * lift.conj()], [take * lift, keep]]);
        self.pairs(1 << low | 1 << high, 1 << low, 0, &matrices, emit);
    }

    /// See [`kernels::phases`](super::super::kernels::phases).
    fn phases(&mut self, parity: usize, controls: usize, factors: [Complex64; 2], emit: &mut impl FnMut(Sweep)) {
        self.phase_rows(parity, controls, factors, emit);
        if let Some(above) = self.columns {
            self.phase_rows(parity << above, controls << above, factors.map(|factor| factor.conj()), emit);
        }
    }

    fn phase_rows(&mut self, parity: usize, controls: usize, factors: [Complex64; 2], emit: &mut impl FnMut(Sweep)) {
        let turned = self.settled(parity | controls, emit);
        let [even, odd] = if odd(turned & parity) { [factors[1], factors[0]] } else { factors };
        let Some(place) = self.place(0, parity, controls, turned) else { return };
        // Without controls only the difference matters.
        let [even, odd] = if controls == 0 { [ONE, odd * even.conj()] } else { [even, odd] };
        emit(Sweep::new(place, &[[[even, ZERO], [ZERO, even]], [[odd, ZERO], [ZERO, odd]]]));
    }

    /// See [`kernels::pairs`](super::super::kernels::pairs).
    fn pairs(&mut self, flip: usize, parity: usize, controls: usize, matrices: &[Matrix2; 2], emit: &mut impl FnMut(Sweep)) {
        self.pair_rows(flip, parity, controls, matrices, emit);
        if let Some(above) = self.columns {
            let matrices = [conjugate(&matrices[0]), conjugate(&matrices[1])];
            self.pair_rows(flip << above, parity << above, controls << above, &matrices, emit);
        }
    }

    fn pair_rows(&mut self, flip: usize, parity: usize, controls: usize, matrices: &[Matrix2; 2], emit: &mut impl FnMut(Sweep)) {
        let turned = self.settled(flip | parity | controls, emit);
        let pivot = flip.ilog2() as usize;
        let lower = flip & !(1 << pivot);
        if lower != 0 && (lower != parity || !lower.is_power_of_two()) {
            self.clear_phases(flip, emit);
        }
        let Some(place) = self.place(flip, parity, controls, turned) else { return };
        let upside_down = turned >> pivot & 1 == 1;
        let other = usize::from(odd((turned ^ if upside_down { flip } else { 0 }) & parity));
        let (phase, low_phase) = (self.phase(pivot), if lower.is_power_of_two() { self.phase(lower.ilog2() as usize) } else { ONE });
        let there = |which: usize| {
            let [[a, b], [c, d]] = matrices[which ^ other];
            let [[a, b], [c, d]] = if upside_down { [[d, c], [b, a]] } else { [[a, b], [c, d]] };
            let ratio = phase * if which == 0 { low_phase } else { low_phase.conj() };
            [[a, b * ratio], [c * ratio.conj(), d]]
        };
        self.fresh &= !flip;
        emit(Sweep::new(place, &[there(0), there(1)]));
    }

    /// Where a sweep acts; `None` if nowhere, since a control is still 0.
    fn place(&self, flip: usize, parity: usize, controls: usize, turned: usize) -> Option<Where> {
        let values = controls & !turned;
        let fresh = self.fresh & !flip;
        (values & fresh == 0).then_some(Where { flip, parity, fixed: controls | fresh, values })
    }

    /// What the second amplitude of a settled qubit is multiplied by, if the first one is not.
    fn phase(&self, qubit: usize) -> Complex64 {
        let [[a, b], [c, d]] = self.pending[qubit];
        if a == ZERO && d == ZERO { b * c.conj() } else { d * a.conj() }
    }

    /// Leaves no more than frames on some qubits; those whose bit is turned over.
    fn settled(&mut self, qubits: usize, emit: &mut impl FnMut(Sweep)) -> usize {
        let mut turned = 0;
        for qubit in crate::gates::pauli::bits(qubits as u64) {
            let [[a, b], [c, d]] = self.pending[qubit];
            match (a == ZERO && d == ZERO, b == ZERO && c == ZERO) {
                (true, _) => turned |= 1 << qubit,
                (_, true) => {}
                _ => self.mix(qubit, emit),
            }
        }
        turned
    }

    /// Makes a sweep of what is pending on a qubit, but for a phase of either amplitude that is left.
    fn mix(&mut self, qubit: usize, emit: &mut impl FnMut(Sweep)) {
        let [[a, b], [c, d]] = self.pending[qubit];
        let [(size, up), (other, down)] = [a, d].map(polar);
        // A unitary's diagonal has one size. Whatever else is given, an error channel say, stays as it is.
        let [size, other] = if (size - other).abs() < 1e-14 { [size; 2] } else { [size, other] };
        let place = Where { flip: 1 << qubit, fixed: self.fresh & !(1 << qubit), ..Where::default() };
        let matrix = [[Complex64::new(size, 0.0), b * up.conj()], [c * down.conj(), Complex64::new(other, 0.0)]];
        self.fresh &= !(1 << qubit);
        self.pending[qubit] = [[up, ZERO], [ZERO, down]];
        emit(Sweep::new(place, &[matrix; 2]));
    }

    /// Makes sweeps of the phases of some settled qubits.
    fn clear_phases(&mut self, qubits: usize, emit: &mut impl FnMut(Sweep)) {
        for qubit in crate::gates::pauli::bits(qubits as u64) {
            let phase = self.phase(qubit);
            let turned = self.pending[qubit][0][0] == ZERO;
            self.pending[qubit] = if turned { matrix::X } else { matrix::IDENTITY };
            let place = Where { parity: 1 << qubit, fixed: self.fresh, ..Where::default() };
            if phase != ONE && self.fresh >> qubit & 1 == 0 {
                emit(Sweep::new(place, &[matrix::IDENTITY, [[phase, ZERO], [ZERO, phase]]]));
            }
        }
    }

    /// Leaves no more than frames; the bits by which the index of an amplitude differs from the outcome that it is meant for.
    pub(super) fn finish(&mut self, qubits: usize, emit: &mut impl FnMut(Sweep)) -> usize {
        self.settled((1 << qubits) - 1, emit)
    }
}

/// Size and direction of a number.
fn polar(number: Complex64) -> (f64, Complex64) {
    let size = number.norm_sqr().sqrt();
    if size > 1e-150 { (size, number / size) } else { (0.0, ONE) }
}

fn conjugate(matrix: &Matrix2) -> Matrix2 {
    matrix.map(|row| row.map(|entry| entry.conj()))
}

pub(super) fn product(left: &Matrix2, right: &Matrix2) -> Matrix2 {
    left.map(|[a, b]| [a * right[0][0] + b * right[1][0], a * right[0][1] + b * right[1][1]])
}

fn odd(mask: usize) -> bool {
    mask.count_ones() % 2 == 1
}
