//! What a gate is: units, native and QIS gates, their matrices, and one table that parser, docs and tests walk.
//!
//! May import: nothing of this crate. Read [`table`] first.

pub mod matrix;
mod native;
pub mod pauli;
mod qis;
mod rotations;
pub mod table;
mod units;

pub use matrix::{Matrix2, Matrix4};
pub use native::Native;
pub use pauli::{PauliExp, PauliString};
pub use qis::Qis;
pub use rotations::{Product, Rotation};
pub use table::GateSpec;
pub use units::{Radians, Turns};

use std::fmt;

/// The two languages a circuit can be written in; they do not mix inside one circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gateset {
    /// The abstract gates (`h`, `cnot`, `rx`, …); rotations in radians.
    Qis,
    /// The pulses a device really plays (`gpi`, `gpi2`, `ms`, `zz`); phases and angles in turns.
    Native,
}

impl Gateset {
    /// Both, in the order the documentation lists them.
    pub const ALL: [Gateset; 2] = [Gateset::Qis, Gateset::Native];

    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Gateset::Qis => "qis",
            Gateset::Native => "native",
        }
    }
}

impl fmt::Display for Gateset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a gate does to the qubits it targets, in the form an engine applies.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'a> {
    /// Nothing.
    Identity,
    /// A 2×2 matrix on one qubit.
    One(Matrix2),
    /// A 4×4 matrix on two qubits, index = `bit(first) + 2·bit(second)`.
    Two(Matrix4),
    /// `exp(-i·time·Σ cₖ·Pₖ)` on any number of qubits.
    PauliExp(&'a PauliExp),
}

/// A gate of one gateset: its place in the table, its values, its action.
///
/// Implemented by [`Qis`] and [`Native`]; sealed in spirit, as the table knows only those two.
pub trait Gate: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The gateset the gate belongs to.
    const GATESET: Gateset;

    /// The row of [`table::TABLE`] that describes the gate.
    fn spec(&self) -> &'static GateSpec;

    /// The parameter values in the order of [`GateSpec::parameters`]; empty for `pauliexp`, whose fields are lists.
    fn values(&self) -> Vec<f64>;

    /// What the gate does to its targets.
    fn action(&self) -> Action<'_>;

    /// The gate that undoes this one.
    #[must_use]
    fn inverse(&self) -> Self;

    /// The gate as a product of rotations about Pauli strings; `None` where there is none to be had, as for a sum of terms that do
    /// not commute.
    fn product(&self) -> Option<Product> {
        None
    }

    /// The `pauliexp` behind the gate, if it is one.
    fn pauli_exp(&self) -> Option<&PauliExp> {
        None
    }

    /// The native gate that this is, if it is one.
    fn native(&self) -> Option<&Native> {
        None
    }

    /// How many qubits the gate targets (controls not counted).
    fn target_count(&self) -> usize {
        match (self.pauli_exp(), self.spec().targets) {
            (Some(exp), _) => exp.qubits(),
            (None, table::Targets::Two) => 2,
            (None, _) => 1,
        }
    }
}
