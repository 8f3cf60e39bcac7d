//! What a Clifford circuit makes of every Pauli string, kept for the generators alone.

use crate::gates::PauliString;
use crate::gates::pauli::bits;
pub(super) use crate::simulate::Pauli;
use std::ops::Mul;

/// The map `P ↦ U†PU` of a Clifford circuit U, by the images of X and Z of each qubit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Tableau(Vec<[Pauli; 2]>);

/// What one gate makes of X and Z of its qubits: `G†XG` and `G†ZG`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Images {
    pub(super) qubits: Vec<usize>,
    pub(super) of: Vec<[Pauli; 2]>,
}

impl Tableau {
    /// The empty circuit's.
    pub(super) fn identity(qubits: usize) -> Tableau {
        Tableau((0..qubits).map(|qubit| [Pauli::x(qubit), Pauli::z(qubit)]).collect())
    }

    /// How many qubits there are.
    pub(super) fn qubits(&self) -> usize {
        self.0.len()
    }

    /// `U†PU` for each `P = Z` of one qubit, in order.
    pub(super) fn of_z(&self) -> impl Iterator<Item = Pauli> + '_ {
        self.0.iter().map(|[_, z]| *z)
    }

    /// `U†PU`.
    pub(super) fn image(&self, pauli: Pauli) -> Pauli {
        let pick = |mask: u64, which: usize| bits(mask).map(move |qubit| self.0[qubit][which]);
        pick(pauli.x, 0).chain(pick(pauli.z, 1)).fold(Pauli::IDENTITY, Mul::mul).times_i(pauli.power)
    }

    /// Appends a gate: `(GU)†P(GU) = U†(G†PG)U`.
    pub(super) fn append(&mut self, gate: &Images) {
        let rows: Vec<_> = gate.of.iter().map(|images| images.map(|image| self.image(image))).collect();
        for (&qubit, row) in gate.qubits.iter().zip(rows) {
            self.0[qubit] = row;
        }
    }

    /// The map `P ↦ UPU†`.
    pub(super) fn inverse(&self) -> Tableau {
        let qubits = self.qubits();
        // What P comes from anticommutes with a generator exactly if P anticommutes with the generator's image.
        let from = |p: Pauli| {
            let apart = |which: usize| {
                let row = |qubit: usize| u64::from(!self.0[qubit][which].string().commutes_with(p.string())) << qubit;
                (0..qubits).map(row).fold(0, |mask, bit| mask | bit)
            };
            let source = Pauli::plus(PauliString { x: apart(1), z: apart(0) });
            if self.image(source) == p { source } else { source.times_i(2) }
        };
        Tableau((0..qubits).map(|qubit| [from(Pauli::x(qubit)), from(Pauli::z(qubit))]).collect())
    }
}
