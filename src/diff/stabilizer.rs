//! Two Clifford circuits as the maps that they are on Pauli strings: exact, for any number of gates, on up to 64 qubits.
//!
//! A and B are identical up to a global phase exactly if `A†PA = B†PB` for every generator P, signs included. `B = D·A` with D
//! diagonal exactly if that holds for every Z: what commutes with all Z is diagonal. The outcomes of `A|0…0⟩` are spread evenly
//! over those that satisfy its stabilizers made of Z alone, so two circuits have the same outcomes exactly if these groups are
//! equal, signs included. And `|tr C|² = Σ_P tr(C†P†CP)/2^n`, where only strings that C keeps up to a sign count: they form a
//! group, on which that sign is a character, so the sum is the group's size or 0.

use super::clifford::Clifford;
use super::tableau::{Pauli, Tableau};
use super::{Bound, Comparison, Method, Verdict};
use crate::gates::PauliString;
use crate::simulate::Parities;

/// Compares the two.
pub(super) fn compare(qubits: usize, a: &Clifford, b: &Clifford) -> Comparison {
    let [of_a, of_b] = [a, b].map(|clifford| clifford.tableau.inverse());
    let total_variation = total_variation(qubits, &outcomes(&of_a), &outcomes(&of_b));
    let verdict = if a.tableau == b.tableau {
        Verdict::Identical
    } else if a.tableau.of_z().eq(b.tableau.of_z()) {
        Verdict::SameMeasurement
    } else if total_variation == 0.0 {
        Verdict::SameOutcome
    } else {
        Verdict::Different
    };
    let rounding = (a.deviation + b.deviation).powi(2).min(1.0);
    let infidelity = (verdict >= Verdict::SameMeasurement).then_some(rounding);
    let bound = Bound { infidelity, failure_probability: 0.0, fidelity_error: 0.0 };
    let process_fidelity = process_fidelity(qubits, &of_a, &b.tableau);
    Comparison { verdict, process_fidelity, method: Method::Stabilizer, bound, total_variation }
}

/// `|tr(A†B)|²/4^n`, from the maps `P ↦ APA†` and `P ↦ B†PB`.
fn process_fidelity(qubits: usize, of_a: &Tableau, of_b: &Tableau) -> f64 {
    let map = |string: PauliString| of_b.image(of_a.image(Pauli::plus(string)));
    let word = |string: PauliString| u128::from(string.x) | u128::from(string.z) << 64;
    let string = |word: u128| PauliString { x: word as u64, z: (word >> 64) as u64 };
    // Strings that the map keeps are combinations of generators in which the changes cancel.
    let generators = (0..qubits).flat_map(|qubit| [1u128 << qubit, 1 << (qubit + 64)]);
    let mut changes: Vec<(u128, u128)> = generators.map(|g| (word(map(string(g)).string()) ^ g, g)).collect();
    let mut kept = 0;
    while let Some((change, combination)) = changes.pop() {
        if change == 0 {
            if map(string(combination)) != Pauli::plus(string(combination)) {
                return 0.0;
            }
            kept += 1;
            continue;
        }
        let pivot = 1u128 << change.ilog2();
        for other in changes.iter_mut().filter(|(other, _)| other & pivot != 0) {
            *other = (other.0 ^ change, other.1 ^ combination);
        }
    }
    f64::from(kept - 2 * qubits as i32).exp2()
}

/// The parities of what a circuit, given by `P ↦ UPU†`, makes of |0…0⟩.
fn outcomes(of: &Tableau) -> Parities {
    Parities::of_state(of.qubits(), of.of_z().collect())
}

/// Two even distributions: what they share is an even distribution as well.
fn total_variation(qubits: usize, a: &Parities, b: &Parities) -> f64 {
    let (Parities::Of(a), Parities::Of(b)) = (a, b) else { return 1.0 };
    match Parities::reduced(a.iter().chain(b).copied()) {
        Parities::Contradiction => 1.0,
        Parities::Of(both) => {
            let free = |parities: &Vec<Pauli>| (qubits - parities.len()) as i32;
            1.0 - f64::from(free(&both) - free(a).max(free(b))).exp2()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn z(mask: u64, minus: bool) -> Pauli {
        Pauli { x: 0, z: mask, power: if minus { 2 } else { 0 } }
    }

    #[test]
    fn even_distributions_differ_by_what_they_do_not_share() {
        let parities = |rows: &[Pauli]| Parities::reduced(rows.iter().copied());
        // Over two qubits: everything, the even half, the odd half, one outcome.
        let (all, even, odd, one) =
            (parities(&[]), parities(&[z(3, false)]), parities(&[z(3, true)]), parities(&[z(1, false), z(2, false)]));
        assert_eq!(total_variation(2, &all, &even), 0.5);
        assert_eq!(total_variation(2, &even, &odd), 1.0);
        assert_eq!(total_variation(2, &even, &one), 0.5);
        assert_eq!(total_variation(2, &one, &all), 0.75);
        assert_eq!(total_variation(2, &odd, &odd), 0.0);
    }
}
