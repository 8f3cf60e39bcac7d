//! From operations to pieces, with what is known of the start used on the way.

mod controlled;
mod diagonal;
mod exponential;
mod factor;
#[cfg(test)]
mod oracle;
mod pairs;
mod phase;
mod reduce;
mod rotation;
mod shannon;
mod sums;

pub(super) use exponential::{MAX_ANGLE, MAX_QUBITS, MAX_TOGETHER};

use super::CompileError;
use super::algebra::NEGLIGIBLE;
use super::pieces::{Piece, Pieces};
use controlled::controlled;
use exponential::pauli_exp;
use pairs::{Axis, controlled_interaction, controlled_swap};

use crate::circuit::{Circuit, Operation, Program};
use crate::gates::{Action, Gate, Matrix2, Native, Qis, Radians, Turns, matrix};
use num_complex::Complex64;

/// The pieces of a program; with `start` every qubit is |0⟩ before them.
///
/// # Errors
/// What has no sequence of gates of a reasonable length.
pub(super) fn pieces(program: &Program, start: bool) -> Result<Pieces, CompileError> {
    let mut lowering =
        Lowering { qubits: program.qubits(), known: vec![start.then_some(ZERO_STATE); program.qubits()], out: Pieces::default() };
    match program {
        Program::Native(circuit) => circuit.operations().iter().for_each(|operation| lowering.native(operation)),
        Program::Qis(circuit) => lowering.qis(circuit)?,
    }
    Ok(lowering.out)
}

/// A one-qubit state.
type Spin = [Complex64; 2];

const ZERO_STATE: Spin = [Complex64::ONE, Complex64::ZERO];

struct Lowering {
    qubits: usize,
    /// The state of each qubit for as long as it is its own.
    known: Vec<Option<Spin>>,
    out: Pieces,
}

impl Lowering {
    /// What is known of the start helps controls, and native gates have none.
    fn native(&mut self, operation: &Operation<Native>) {
        let targets = &operation.targets;
        match operation.gate {
            Native::Gpi(phase) => self.out.one(targets[0], matrix::gpi(phase)),
            Native::Gpi2(phase) => self.out.one(targets[0], matrix::gpi2(phase)),
            Native::Ms(phi0, phi1, angle) => {
                // G(φ) = W·Z·W† with W = Rz(φ)·H.
                let phases = [phi0, phi1];
                for (&target, phase) in targets.iter().zip(phases) {
                    self.out.one(target, matrix::rz(Radians::from(Turns(-phase.0 % 1.0))));
                    self.out.one(target, matrix::h());
                }
                self.out.zz(targets[0], targets[1], angle.interaction());
                for (&target, phase) in targets.iter().zip(phases) {
                    self.out.one(target, matrix::h());
                    self.out.one(target, matrix::rz(Radians::from(Turns(phase.0 % 1.0))));
                }
            }
            Native::Zz(angle) => self.out.zz(targets[0], targets[1], angle.interaction()),
            Native::Nop => {}
        }
    }

    fn qis(&mut self, circuit: &Circuit<Qis>) -> Result<(), CompileError> {
        for (index, operation) in circuit.operations().iter().enumerate() {
            self.operation(operation).map_err(|problem| CompileError::Operation { index, problem: Box::new(problem) })?;
        }
        Ok(())
    }

    fn operation(&mut self, operation: &Operation<Qis>) -> Result<(), CompileError> {
        let Some(controls) = self.open_controls(&operation.controls) else { return Ok(()) };
        let targets = &operation.targets;
        match (&operation.gate, operation.gate.action()) {
            (_, Action::Identity) => {}
            (_, Action::One(unitary)) => self.one(&unitary, targets[0], controls),
            (Qis::Swap, _) => {
                let pair = [targets[0], targets[1]];
                match controls.first() {
                    None => {
                        self.known.swap(pair[0], pair[1]);
                        self.out.0.push(Piece::Swap(pair));
                    }
                    Some(&control) => {
                        controlled_swap(control, pair, &mut self.out);
                        self.forget(targets.iter().chain(&controls));
                    }
                }
            }
            (Qis::Xx(angle), _) => self.interaction(Axis::X, angle.0, targets, &controls),
            (Qis::Yy(angle), _) => self.interaction(Axis::Y, angle.0, targets, &controls),
            (Qis::Zz(angle), _) => self.interaction(Axis::Z, angle.0, targets, &controls),
            (_, Action::PauliExp(exp)) => {
                let idle = self.idle(targets, &controls);
                pauli_exp(exp, targets, &controls, &idle, &mut self.out)?;
                self.forget(targets.iter().chain(&controls));
            }
            (_, Action::Two(_)) => unreachable!("swap, xx, yy and zz are all there are"),
        }
        Ok(())
    }

    /// The controls that are not known to be 1; `None` if one is known to be 0.
    fn open_controls(&self, controls: &[usize]) -> Option<Vec<usize>> {
        let mut open = Vec::with_capacity(controls.len());
        for &control in controls {
            match self.known[control] {
                Some([_, one]) if one.norm() < NEGLIGIBLE => return None,
                Some([zero, _]) if zero.norm() < NEGLIGIBLE => {}
                _ => open.push(control),
            }
        }
        Some(open)
    }

    /// A one-qubit unitary with controls that are not known to be 0 or 1.
    fn one(&mut self, unitary: &Matrix2, target: usize, mut controls: Vec<usize>) {
        if controls.is_empty() {
            return self.turn(target, *unitary);
        }
        if let Some(value) = self.known[target].and_then(|state| eigenvalue(unitary, &state)) {
            // The target stays as it is; its phase is one of the controls'.
            if (value - 1.0).norm() > NEGLIGIBLE {
                let last = controls.pop().expect("there is one");
                self.one(&matrix::phase(Radians(value.arg())), last, controls);
            }
            return;
        }
        let idle = self.idle(&[target], &controls);
        controlled(unitary, target, &controls, &idle, &mut self.out);
        self.forget(controls.iter().chain([&target]));
    }

    fn turn(&mut self, qubit: usize, unitary: Matrix2) {
        self.out.one(qubit, unitary);
        if let Some([zero, one]) = &mut self.known[qubit] {
            (*zero, *one) = (unitary[0][0] * *zero + unitary[0][1] * *one, unitary[1][0] * *zero + unitary[1][1] * *one);
        }
    }

    fn forget<'a>(&mut self, qubits: impl Iterator<Item = &'a usize>) {
        qubits.for_each(|&qubit| self.known[qubit] = None);
    }

    fn interaction(&mut self, axis: Axis, angle: f64, targets: &[usize], controls: &[usize]) {
        let idle = self.idle(targets, controls);
        controlled_interaction(axis, angle, [targets[0], targets[1]], controls, &idle, &mut self.out);
        self.forget(targets.iter().chain(controls));
    }

    /// The qubits that an operation leaves alone.
    fn idle(&self, targets: &[usize], controls: &[usize]) -> Vec<usize> {
        (0..self.qubits).filter(|qubit| !targets.contains(qubit) && !controls.contains(qubit)).collect()
    }
}

/// The factor by which a unitary multiplies a state that it does not change otherwise.
fn eigenvalue(unitary: &Matrix2, [zero, one]: &Spin) -> Option<Complex64> {
    let after = [unitary[0][0] * zero + unitary[0][1] * one, unitary[1][0] * zero + unitary[1][1] * one];
    let value = zero.conj() * after[0] + one.conj() * after[1];
    // What is left over, not the length of the value: that would hide an angle of a millionth.
    let rest = (after[0] - value * zero).norm().max((after[1] - value * one).norm());
    (rest < NEGLIGIBLE).then_some(value)
}
