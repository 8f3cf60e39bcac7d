//! What a Clifford circuit makes of every Pauli string, kept for the generators alone.

use crate::gates::PauliString;
use crate::gates::pauli::bits;
use std::ops::Mul;

/// `i^power·X^x·Z^z`: all flips after all signs, one bit per qubit. Y is `i·X·Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pauli {
    pub(super) x: u64,
    pub(super) z: u64,
    /// 0 to 3.
    pub(super) power: u8,
}

impl Pauli {
    pub(super) const IDENTITY: Pauli = Pauli { x: 0, z: 0, power: 0 };

    pub(super) const fn x(qubit: usize) -> Pauli {
        Pauli { x: 1 << qubit, z: 0, power: 0 }
    }

    pub(super) const fn z(qubit: usize) -> Pauli {
        Pauli { x: 0, z: 1 << qubit, power: 0 }
    }

    /// The string with the sign plus.
    pub(super) fn plus(string: PauliString) -> Pauli {
        Pauli { x: string.x, z: string.z, power: ((string.x & string.z).count_ones() % 4) as u8 }
    }

    /// The same without power of i.
    pub(super) fn string(self) -> PauliString {
        PauliString { x: self.x, z: self.z }
    }

    /// Times i to that power.
    pub(super) fn times_i(self, power: u8) -> Pauli {
        Pauli { power: (self.power + power) % 4, ..self }
    }
}

impl Mul for Pauli {
    type Output = Pauli;

    fn mul(self, other: Pauli) -> Pauli {
        let swaps = (self.z & other.x).count_ones() as u8; // each passes a Z by an X, for a sign
        Pauli { x: self.x ^ other.x, z: self.z ^ other.z, power: (self.power + other.power + 2 * (swaps % 2)) % 4 }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_paulis_have_their_phases() {
        let (x, z) = (Pauli::x(3), Pauli::z(3));
        let y = Pauli::plus(PauliString { x: 8, z: 8 });
        assert_eq!(x * y, z.times_i(1)); // XY = iZ
        assert_eq!(y * x, z.times_i(3));
        assert_eq!(z * x, y.times_i(1)); // ZX = iY
        assert_eq!(y * y, Pauli::IDENTITY);
        assert_eq!(Pauli::x(0) * Pauli::z(1), Pauli::z(1) * Pauli::x(0));
    }
}
