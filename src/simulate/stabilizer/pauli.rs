//! Pauli strings with a phase, and the parities that those made of Z alone fix.

use crate::gates::PauliString;
use std::ops::Mul;

/// `i^power·X^x·Z^z`: all flips after all signs, one bit per qubit. Y is `i·X·Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pauli {
    pub(crate) x: u64,
    pub(crate) z: u64,
    /// 0 to 3.
    pub(crate) power: u8,
}

impl Pauli {
    pub(crate) const IDENTITY: Pauli = Pauli { x: 0, z: 0, power: 0 };

    pub(crate) const fn x(qubit: usize) -> Pauli {
        Pauli { x: 1 << qubit, z: 0, power: 0 }
    }

    pub(crate) const fn z(qubit: usize) -> Pauli {
        Pauli { x: 0, z: 1 << qubit, power: 0 }
    }

    /// The string with the sign plus.
    pub(crate) fn plus(string: PauliString) -> Pauli {
        Pauli { x: string.x, z: string.z, power: ((string.x & string.z).count_ones() % 4) as u8 }
    }

    /// The same without power of i.
    pub(crate) fn string(self) -> PauliString {
        PauliString { x: self.x, z: self.z }
    }

    /// Times i to that power.
    pub(crate) fn times_i(self, power: u8) -> Pauli {
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

/// Parities that an outcome must have: products of Z with a sign, in reduced form, or a contradiction.
#[derive(Debug, PartialEq)]
pub(crate) enum Parities {
    /// Each has a lowest bit that no other one has.
    Of(Vec<Pauli>),
    /// No outcome has them all.
    Contradiction,
}

impl Parities {
    /// Solves for the lowest bits, so that equal groups become equal lists.
    pub(crate) fn reduced(rows: impl IntoIterator<Item = Pauli>) -> Parities {
        let mut solved: Vec<Pauli> = Vec::new();
        for row in rows {
            let pivot = |row: &Pauli| row.z & row.z.wrapping_neg();
            let row = solved.iter().fold(row, |row, other| if row.z & pivot(other) != 0 { row * *other } else { row });
            if row.z == 0 {
                if row.power != 0 {
                    return Parities::Contradiction;
                }
                continue;
            }
            let bit = pivot(&row);
            solved.iter_mut().filter(|other| other.z & bit != 0).for_each(|other| *other = *other * row);
            solved.push(row);
        }
        solved.sort_unstable_by_key(|row| row.z);
        Parities::Of(solved)
    }

    /// The parities of the state that so many independent Pauli strings stabilize, one for each of the `qubits`.
    pub(crate) fn of_state(qubits: usize, mut stabilizers: Vec<Pauli>) -> Parities {
        for qubit in 0..qubits {
            let bit = 1 << qubit;
            if let Some(index) = stabilizers.iter().position(|row| row.x & bit != 0) {
                let pivot = stabilizers.swap_remove(index);
                stabilizers.iter_mut().filter(|row| row.x & bit != 0).for_each(|row| *row = *row * pivot);
            }
        }
        Parities::reduced(stabilizers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn z(mask: u64, minus: bool) -> Pauli {
        Pauli { x: 0, z: mask, power: if minus { 2 } else { 0 } }
    }

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

    #[test]
    fn equal_groups_reduce_to_equal_lists_and_signs_count() {
        let one = Parities::reduced([z(0b011, true), z(0b110, false)]);
        assert_eq!(one, Parities::reduced([z(0b101, true), z(0b110, false), z(0b011, true)]));
        assert_ne!(one, Parities::reduced([z(0b101, true), z(0b110, true)]));
        assert_eq!(Parities::reduced([z(0b101, true), z(0b110, false), z(0b011, false)]), Parities::Contradiction);
    }
}
