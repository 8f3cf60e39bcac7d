//! What a Clifford circuit makes of every Pauli string, kept for the generators alone.

use crate::gates::PauliString;
use crate::gates::pauli::bits;
use crate::simulate::Conjugated;
pub(super) use crate::simulate::Pauli;
use smallvec::SmallVec;
use std::ops::Mul;

/// The map `P ↦ U†PU` of a Clifford circuit U, by the images of X and Z of each qubit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Tableau(Vec<[Pauli; 2]>);

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

    /// Appends a gate G on these qubits, by what it makes of Pauli strings: `(GU)†P(GU) = U†(G†PG)U`.
    fn append(&mut self, qubits: u64, of: impl Fn(Pauli) -> Pauli) {
        let row = |qubit| (qubit, [Pauli::x(qubit), Pauli::z(qubit)].map(|pauli| self.image(of(pauli))));
        let rows: SmallVec<[(usize, [Pauli; 2]); 4]> = bits(qubits).map(row).collect();
        rows.into_iter().for_each(|(qubit, row)| self.0[qubit] = row);
    }

    /// Appends `exp(-iθP)`: strings Q that anticommute with P become `Q·(cos 2θ − i·sin 2θ·P)`, which `moved` makes of Q and P.
    fn turn(&mut self, string: PauliString, moved: impl Fn(Pauli, Pauli) -> Pauli) {
        let p = Pauli::plus(string);
        self.append(string.support(), |q| if q.string().commutes_with(string) { q } else { moved(q, p) });
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

impl Conjugated for Tableau {
    /// Nothing goes unseen but a global phase.
    fn has(&self, string: PauliString) -> bool {
        string.is_identity()
    }

    fn flip(&mut self, string: PauliString) {
        self.turn(string, |q, _| q.times_i(2));
    }

    fn quarter(&mut self, string: PauliString, back: bool) {
        self.turn(string, |q, p| (q * p).times_i(if back { 1 } else { 3 }));
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.0.swap(a, b);
    }
}
