//! Through a circuit gate by gate, as long as its gates are Clifford gates but for phases that nobody sees. What they move is a state, or
//! the map that the circuit is; then nothing goes unseen.
//!
//! A rotation about Z of any angle is kept beside the state, as the qubit's pending phase: it commutes with all that is diagonal, it
//! turns over with an X, it goes where a swap takes its qubit, and at the end nobody sees it. Only where something comes that it does not
//! commute with, it must be a multiple of a quarter turn, or the qubit must be in 0 or 1, which no phase can change. So the phases of
//! native gates, which are the same on the way in and out, may be any as long as they differ by quarter turns from gate to gate.

use crate::circuit::{MAX_QUBITS, Operation};
use crate::gates::pauli::bits;
use crate::gates::{Gate, PauliString, Product};

/// How far from a multiple of a quarter turn an angle may be that is taken for one, in turns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    /// Each angle.
    pub(crate) each: f64,
    /// All angles of a circuit together.
    pub(crate) together: f64,
}

impl Tolerance {
    /// What rounding explains.
    pub(super) const ROUNDING: Tolerance = Tolerance { each: 1e-12, together: 1e-11 };
}

/// What Clifford gates move.
pub(crate) trait Conjugated {
    /// Whether a rotation about a string does nothing but add a phase, whatever its angle.
    fn has(&self, string: PauliString) -> bool;

    /// Applies a string.
    fn flip(&mut self, string: PauliString);

    /// Applies `exp(-iπ/4·P)`, or its inverse.
    fn quarter(&mut self, string: PauliString, back: bool);

    /// Exchanges two qubits.
    fn swap(&mut self, a: usize, b: usize);
}

/// What is done to a stabilizer state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// `exp(-iπ/4·P)` or its inverse, which differ by P.
    Quarter(PauliString),
    /// The exchange of two qubits.
    Swap(usize, usize),
}

/// Something on the way.
pub(crate) struct Walk<S> {
    pub(crate) state: S,
    /// The angle of `exp(-iπ·angle·Z)` on each qubit that is still to come, from -½ to ½.
    pending: [f64; MAX_QUBITS],
    /// How far all angles were from what they were taken for, in turns.
    pub(crate) deviation: f64,
    tolerance: Tolerance,
}

impl<S: Conjugated> Walk<S> {
    pub(crate) fn new(state: S, tolerance: Tolerance) -> Walk<S> {
        Walk { state, pending: [0.0; MAX_QUBITS], deviation: 0.0, tolerance }
    }

    /// Takes a gate, telling every move but Pauli strings; `None` if it is beyond this, and the walk is over. `place` tells a qubit's position.
    pub(crate) fn take<G: Gate>(
        &mut self,
        operation: &Operation<G>,
        place: impl Fn(usize) -> usize,
        mut tell: impl FnMut(Move),
    ) -> Option<()> {
        let target = |index: usize| place(operation.targets[index]);
        let (rotations, phase) = match (operation.gate.product()?, operation.controls.as_slice()) {
            (Product::Swap, []) => {
                self.swap(target(0), target(1));
                tell(Move::Swap(target(0), target(1)));
                return Some(());
            }
            (Product::Swap, _) | (_, [_, _, ..]) => return None,
            (Product::Rotations(rotations, phase), _) => (rotations, phase),
        };
        let spread = |mask: u64| bits(mask).fold(0u64, |spread, index| spread | 1 << target(index));
        let control = operation.controls.first().map(|&qubit| 1u64 << place(qubit));
        for rotation in rotations {
            let string = PauliString { x: spread(rotation.string.x), z: spread(rotation.string.z) };
            match control {
                None => self.rotate(string, rotation.angle.0, &mut tell)?,
                Some(control) => {
                    // exp(-iα·P) where Z of the control is -1, and nothing where it is 1: half of it about P, and back about Z·P.
                    let half = rotation.angle.0 % 2.0 / 2.0;
                    self.rotate(string, half, &mut tell)?;
                    self.rotate(PauliString { z: string.z | control, ..string }, -half, &mut tell)?;
                }
            }
        }
        if let Some(control) = control {
            self.rotate(PauliString { x: 0, z: control }, phase.0, &mut tell)?;
        }
        self.close()
    }

    /// Lets everything that is pending happen, for who wants to see it; `None` if that is beyond this.
    pub(crate) fn settled(&mut self) -> Option<()> {
        (0..MAX_QUBITS).try_for_each(|qubit| self.settle(qubit, &mut |_| ()))?;
        self.close()
    }

    fn close(&self) -> Option<()> {
        (self.deviation <= self.tolerance.together).then_some(())
    }

    /// `exp(-iπ·angle·P)`.
    fn rotate(&mut self, string: PauliString, angle: f64, tell: &mut impl FnMut(Move)) -> Option<()> {
        let angle = angle - angle.round(); // a whole turn is a phase
        if string.x == 0 && string.z.count_ones() == 1 {
            let pending = &mut self.pending[string.z.trailing_zeros() as usize];
            *pending += angle;
            *pending -= pending.round();
            return Some(());
        }
        let quarters = self.quarters(angle);
        match quarters {
            Some(0) => return Some(()),
            Some(2) => {
                // Turns the phases over that it does not commute with.
                bits(string.x).for_each(|qubit| self.pending[qubit] = -self.pending[qubit]);
                self.state.flip(string);
                return Some(());
            }
            _ => {}
        }
        for qubit in bits(string.x) {
            self.settle(qubit, tell)?;
        }
        match quarters {
            Some(quarters) => {
                self.turn(string, quarters, tell);
                Some(())
            }
            None => self.state.has(string).then_some(()), // which makes it a phase
        }
    }

    /// Lets what is pending on a qubit happen.
    fn settle(&mut self, qubit: usize, tell: &mut impl FnMut(Move)) -> Option<()> {
        let string = PauliString { x: 0, z: 1 << qubit };
        let angle = std::mem::take(&mut self.pending[qubit]);
        if angle != 0.0 && !self.state.has(string) {
            let quarters = self.quarters(angle)?;
            self.turn(string, quarters, tell);
        }
        Some(())
    }

    fn turn(&mut self, string: PauliString, quarters: u8, tell: &mut impl FnMut(Move)) {
        match quarters {
            0 => {}
            2 => self.state.flip(string),
            quarters => {
                self.state.quarter(string, quarters == 3);
                tell(Move::Quarter(string));
            }
        }
    }

    /// How many quarter turns an angle from -½ to ½ is: 0 to 3.
    fn quarters(&mut self, angle: f64) -> Option<u8> {
        let nearest = (4.0 * angle).round();
        let off = (angle - nearest / 4.0).abs();
        let close = off <= self.tolerance.each;
        self.deviation += if close { off } else { 0.0 };
        close.then_some((nearest as i8).rem_euclid(4) as u8)
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.state.swap(a, b);
        self.pending.swap(a, b);
    }
}
