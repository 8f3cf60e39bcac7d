//! Exponentials of sums of Pauli strings.

use super::pairs::Axis;
use super::phase::phase;
use super::reduce::Angle;
use super::rotation::Plans;
use crate::compile::CompileError;
use crate::compile::pieces::{Pieces, adjoint};
use crate::gates::pauli::bits;
use crate::gates::{PauliExp, PauliString};
use std::collections::BTreeMap;
use std::f64::consts::PI;

/// The most qubits terms that do not commute may need a matrix on.
pub(in crate::compile) const MAX_QUBITS: usize = 6;

/// The most of these and of controls together.
pub(in crate::compile) const MAX_TOGETHER: usize = 12;

/// The largest sum of |angles| of terms that do not commute: eleven digits of the phases are left there.
pub(in crate::compile) const MAX_ANGLE: f64 = 1e5;

/// The exponential if all controls are 1, up to a global phase; the k-th letter from the right acts on `targets[k]`. Idle
/// qubits are borrowed and given back.
///
/// # Errors
/// [`CompileError::Width`] and [`CompileError::Strength`] for terms that do not commute and are too wide or too strong.
pub(crate) fn pauli_exp(
    exp: &PauliExp,
    targets: &[usize],
    controls: &[usize],
    idle: &[usize],
    out: &mut Pieces,
) -> Result<(), CompileError> {
    let under = Under { controls, idle, plans: Plans::up_to(controls.len() + 1) };
    let (single, sums): (Vec<_>, Vec<_>) = exp.groups().into_iter().partition(|group| group.len() == 1);
    under.rotations(&single.concat(), targets, out);
    for sum in sums {
        under.sum(&sum, targets, out)?;
    }
    Ok(())
}

/// A string letter by letter: which qubit carries which.
type Letters = Vec<(usize, Axis)>;

/// Where exponentials happen.
pub(super) struct Under<'a> {
    pub(super) controls: &'a [usize],
    pub(super) idle: &'a [usize],
    pub(super) plans: Plans,
}

impl Under<'_> {
    /// The exponentials of strings that all commute.
    fn rotations(&self, terms: &[Angle], targets: &[usize], out: &mut Pieces) {
        let mut angles: BTreeMap<PauliString, f64> = BTreeMap::new();
        for &(string, angle) in terms {
            *angles.entry(string).or_default() += principal(angle);
        }
        let constant = angles.remove(&PauliString { x: 0, z: 0 }).unwrap_or_default();
        phase(-constant, self.controls, self.idle, &self.plans, out);
        let upwards: Vec<(Letters, f64)> = angles.iter().map(|(string, angle)| (letters(*string, targets), *angle)).collect();
        let downwards: Vec<(Letters, f64)> =
            upwards.iter().map(|(letters, angle)| (letters.iter().rev().copied().collect(), *angle)).collect();
        let ways = [upwards, downwards].map(|terms| self.ladders(terms));
        out.append(ways.iter().min_by_key(|way| way.entanglers()).expect("there are two"));
    }

    /// One ladder of controlled X gates per string, up, rotate, down; what two neighbours share stays up.
    fn ladders(&self, mut terms: Vec<(Letters, f64)>) -> Pieces {
        terms.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut ladder = Ladder::default();
        for (letters, angle) in &terms {
            // Uncontrolled, the last rung is the rotation itself.
            match letters.as_slice() {
                [held @ .., (last, axis)] if self.controls.is_empty() && !held.is_empty() => {
                    let top = ladder.hold(held);
                    ladder.out.one(*last, adjoint(&axis.basis()));
                    ladder.out.zz(top, *last, *angle);
                    ladder.out.one(*last, axis.basis());
                }
                held => {
                    let top = ladder.hold(held);
                    self.plans.rotation(2.0 * angle, top, self.controls, self.idle, &mut ladder.out);
                }
            }
        }
        ladder.lower_to(0);
        ladder.out
    }
}

/// Qubits whose letters, multiplied from the first on, are held as Z by one after the other.
#[derive(Default)]
struct Ladder {
    held: Letters,
    out: Pieces,
}

impl Ladder {
    /// Makes the last of these qubits hold the product of the letters.
    fn hold(&mut self, letters: &[(usize, Axis)]) -> usize {
        let shared = self.held.iter().zip(letters).take_while(|(held, wanted)| held == wanted).count();
        self.lower_to(shared);
        for &(qubit, axis) in &letters[shared..] {
            self.out.one(qubit, adjoint(&axis.basis()));
            if let Some(&(below, _)) = self.held.last() {
                self.out.cx(below, qubit);
            }
            self.held.push((qubit, axis));
        }
        self.held.last().expect("strings have letters").0
    }

    fn lower_to(&mut self, rungs: usize) {
        while self.held.len() > rungs
            && let Some((qubit, axis)) = self.held.pop()
        {
            if let Some(&(below, _)) = self.held.last() {
                self.out.cx(below, qubit);
            }
            self.out.one(qubit, axis.basis());
        }
    }
}

/// The angle within a turn, taken in a way that is right for huge ones.
fn principal(angle: f64) -> f64 {
    if angle.abs() <= PI { angle } else { angle.sin().atan2(angle.cos()) }
}

fn letters(string: PauliString, targets: &[usize]) -> Letters {
    let letter = |bit: usize| match (string.x >> bit & 1, string.z >> bit & 1) {
        (1, 0) => Axis::X,
        (0, _) => Axis::Z,
        _ => Axis::Y,
    };
    bits(string.support()).map(|bit| (targets[bit], letter(bit))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{M, assert_same, c, on, shuffled, two, under};
    use super::*;
    use crate::gates::matrix;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    /// By nalgebra's Padé approximant of the sum of Kronecker products.
    fn wanted(exp: &PauliExp, targets: &[usize], controls: &[usize], qubits: usize) -> M {
        let size = 1 << qubits;
        let sum = exp.terms().iter().fold(M::zeros(size, size), |sum, (string, coefficient)| {
            let letter = |letter| two(&[matrix::IDENTITY, matrix::X, matrix::Y, matrix::Z]["IXYZ".find(letter).unwrap()]);
            let letters = string.letters(exp.qubits());
            let factors: Vec<_> = targets.iter().zip(letters.chars().rev()).map(|(&target, name)| (target, letter(name))).collect();
            sum + on(qubits, &factors) * c(0.0, -coefficient * exp.time())
        });
        under(controls, &sum.exp(), qubits)
    }

    fn checked(terms: &[&str], coefficients: &[f64], controls: usize, idle: usize) -> usize {
        let exp = PauliExp::new(terms[0].len(), terms, coefficients, 0.7).unwrap();
        let qubits = exp.qubits() + controls + idle;
        let order = shuffled(qubits, &mut ChaCha8Rng::seed_from_u64(9));
        let (targets, rest) = order.split_at(exp.qubits());
        let (controls, idle) = rest.split_at(controls);
        let mut out = Pieces::default();
        pauli_exp(&exp, targets, controls, idle, &mut out).unwrap();
        assert_same(&out, &wanted(&exp, targets, controls, qubits), (terms, coefficients, targets, controls));
        out.entanglers()
    }

    #[test]
    fn a_string_takes_two_interactions_less_than_a_ladder_up_and_down() {
        let strings = ["I", "X", "YX", "ZXY", "XIYZ", "YXZXY"];
        for (controls, counts) in [(0, [0, 0, 1, 3, 3, 7]), (1, [0, 1, 3, 5, 5, 9]), (3, [5, 8, 10, 12, 12, 16])] {
            for (string, count) in strings.iter().zip(counts) {
                assert_eq!(checked(&[string], &[0.9], controls, 0), count, "{string} under {controls}");
            }
        }
    }

    #[test]
    fn strings_that_commute_share_their_ladders() {
        assert_eq!(checked(&["XXXX", "XXYY"], &[0.3, 0.4], 0, 0), 8); // 10 apart
        assert_eq!(checked(&["ZZZZ", "IZZZ", "IIZZ"], &[0.3, 0.4, 0.5], 0, 0), 7); // 9 apart
        assert_eq!(checked(&["ZZ", "ZZ", "II"], &[0.3, 0.4, 0.5], 2, 1), 7);
        assert_eq!(checked(&["ZZI", "IZZ", "ZIZ"], &[0.3, -0.4, 0.5], 0, 0), 3);
    }

    #[test]
    fn terms_that_do_not_commute_come_down_to_few_qubits() {
        assert_eq!(checked(&["X", "Z"], &[0.3, 0.4], 0, 0), 0);
        assert_eq!(checked(&["XX", "ZI"], &[0.3, 0.4], 0, 0), 2);
        assert_eq!(checked(&["XX", "ZI"], &[0.3, 0.4], 1, 0), 3);
        assert_eq!(checked(&["XX", "ZI", "IZ"], &[0.3, 0.4, -0.6], 3, 1), 24);
        assert_eq!(checked(&["XYZX", "ZIII", "YYZX"], &[0.3, 0.4, 0.1], 0, 0), 6);
        assert_eq!(checked(&["ZZI", "IZZ", "XII", "IXI", "IIX"], &[0.3, 0.4, 0.5, 0.6, 0.7], 0, 0), 9);
    }

    #[test]
    fn what_is_too_wide_or_too_strong_is_refused() {
        let refused = |targets: usize, terms: &[String], controls: usize, strength: f64| {
            let exp = PauliExp::new(targets, terms, &vec![strength; terms.len()], 1.0).unwrap();
            let qubits: Vec<usize> = (0..targets + controls).collect();
            pauli_exp(&exp, &qubits[..targets], &qubits[targets..], &[], &mut Pieces::default()).unwrap_err().to_string()
        };
        let with = |letters: &str, at: usize| format!("{}{letters}{}", "I".repeat(at), "I".repeat(64 - at - letters.len()));
        let chain: Vec<String> = (0..63).map(|at| with("ZZ", at)).chain((0..64).map(|at| with("X", at))).collect();
        assert_eq!(
            refused(64, &chain, 1, 0.1),
            "pauliexp: terms that do not commute need a matrix on 7 qubits and have 1 controls, at most 6 qubits and 12 together can be \
             compiled; split the sum"
        );
        assert_eq!(
            refused(1, &["X".to_owned(), "Z".to_owned()], 0, 1e300),
            "pauliexp: terms that do not commute have |time × coefficients| adding up to 2.0000e300, at most 1e5 can be compiled; lower \
             the time"
        );
    }

    #[test]
    fn a_single_string_may_be_as_strong_as_it_likes() {
        let exp = PauliExp::new(2, &["XY", "XY"], &[1e300, f64::MAX], 1.0).unwrap();
        let mut out = Pieces::default();
        pauli_exp(&exp, &[0, 1], &[2], &[], &mut out).unwrap();
        assert!(super::super::oracle::product(&out, 3).iter().all(|entry| entry.norm() < 1.0 + 1e-12));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]
        #[test]
        fn any_sum_is_the_exponential_of_its_matrix(
            (terms, coefficients) in (1usize..=5).prop_flat_map(|qubits| (1usize..=6).prop_flat_map(move |terms| (
                prop::collection::vec(prop::collection::vec(prop::sample::select(vec!['I', 'I', 'X', 'Y', 'Z']), qubits), terms),
                prop::collection::vec(prop_oneof![-2.0..2.0, Just(0.0), Just(1.0)], terms),
            ))),
            controls in 0usize..=2,
        ) {
            let terms: Vec<String> = terms.iter().map(|letters| letters.iter().collect()).collect();
            let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
            checked(&terms, &coefficients, controls, 0);
        }
    }
}
