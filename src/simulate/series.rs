//! The exponential of a sum of Pauli strings as a Chebyshev series, summed on the state itself.

use super::Stop;
use super::kernels::{self, Term, View};
use crate::gates::PauliString;
use num_complex::Complex64;

/// A string and its angle `time·coefficient`.
pub(super) type Angle = (PauliString, f64);

/// An upper bound of the absolute eigenvalues.
pub(super) fn norm(group: &[Angle]) -> f64 {
    group.iter().map(|(_, angle)| angle.abs()).sum()
}

/// `exp(-iλH)` as `Σ cₖ·Tₖ(H)` with Chebyshev polynomials Tₖ, for H with eigenvalues in -1..=1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// H.
    terms: Vec<Term>,
    /// λ.
    norm: f64,
}

impl Series {
    pub(super) fn new(group: &[Angle]) -> Series {
        // Any bound of the eigenvalues will do, and one that is not tiny keeps the Bessel functions out of trouble.
        let norm = norm(group).max(1e-3);
        let term =
            |&(string, angle): &Angle| Term { flip: string.x as usize, parity: string.z as usize, weight: string.phase() * (angle / norm) };
        Series { terms: group.iter().map(term).collect(), norm }
    }

    /// The flips of all terms.
    pub(super) fn flips(&self) -> impl Iterator<Item = usize> + '_ {
        self.terms.iter().map(|term| term.flip)
    }

    /// The same on other indices: `map` takes a term's flip and parity to those there, and tells whether its sign turns over.
    pub(super) fn mapped(&self, map: impl Fn(usize, usize) -> (usize, usize, bool)) -> Series {
        let mapped = |term: &Term| {
            let (flip, parity, minus) = map(term.flip, term.parity);
            Term { flip, parity, weight: if minus { -term.weight } else { term.weight } }
        };
        Series { terms: self.terms.iter().map(mapped).collect(), norm: self.norm }
    }

    /// How often an amplitude is multiplied, roughly: the series has little more than λ members, and each is one sum over the terms.
    pub(super) fn cost(&self) -> f64 {
        (self.norm + 30.0) * self.terms.len() as f64
    }

    /// Adds the series up on the state; `current` and `next` are two buffers of its size.
    /// Leaves an unfinished sum once the stop is raised.
    pub(super) fn apply(&self, state: View<'_>, controls: usize, [current, next]: &mut [Vec<Complex64>; 2], stop: &Stop) {
        let View { amplitudes: sum, tile_qubits } = state;
        let bessel = bessel(self.norm);
        // T₀ is 1. What the controls exclude stays out of the buffers, and as it is in the sum.
        for (index, (sum, current)) in sum.iter_mut().zip(&mut *current).enumerate() {
            *current = if index & controls == controls { *sum } else { Complex64::default() };
            *sum += (bessel[0] - 1.0) * *current;
        }
        next.fill(Complex64::default());
        let mut power = Complex64::new(1.0, 0.0); // (-i)^k
        for (k, &bessel) in bessel.iter().enumerate().skip(1) {
            if stop.is_raised() {
                return;
            }
            power *= Complex64::new(0.0, -1.0);
            // T₁ is H; from then on Tₖ₊₁ is 2H·Tₖ - Tₖ₋₁.
            let factor = if k == 1 { 1.0 } else { 2.0 };
            let target = View { amplitudes: next, tile_qubits };
            kernels::recur(target, current, sum, &self.terms, factor, 2.0 * bessel * power);
            std::mem::swap(current, next);
        }
    }
}

/// The Bessel functions J₀(x), J₁(x), … up to the last that matters, for x > 0.
///
/// Miller's way: their recurrence is stable downwards, from anything far beyond x, and `J₀ + 2·(J₂ + J₄ + …) = 1` sets the scale.
fn bessel(x: f64) -> Vec<f64> {
    // Beyond x, Jₖ falls like exp(-2/3·a^{3/2}) at k = x + a·(x/2)^{1/3}; a = 20 makes that 1e-26.
    let last = (x + 20.0 * (x / 2.0).cbrt() + 30.0) as usize;
    let mut values = vec![0.0; last + 2];
    values[last] = 1e-250;
    for k in (1..=last).rev() {
        values[k - 1] = 2.0 * k as f64 / x * values[k] - values[k + 1];
    }
    let scale = values[0] + 2.0 * values.iter().skip(2).step_by(2).sum::<f64>();
    values.iter_mut().for_each(|value| *value /= scale);
    let end = values.iter().rposition(|value| value.abs() > 1e-18).map_or(1, |index| index + 1);
    values.truncate(end);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bessel_functions_have_their_tabulated_values() {
        // Abramowitz and Stegun, tables 9.1 and 9.4.
        for (x, k, value) in
            [(1.0, 0, 0.7651976865579666), (1.0, 1, 0.4400505857449335), (10.0, 0, -0.2459357644513483), (100.0, 0, 0.0199858503042231)]
        {
            approx::assert_abs_diff_eq!(bessel(x)[k], value, epsilon = 1e-15);
        }
        for x in [1e-3, 0.5, 77.0, 1e4] {
            let values = bessel(x);
            let squares = values[0].powi(2) + 2.0 * values[1..].iter().map(|value| value * value).sum::<f64>();
            approx::assert_abs_diff_eq!(squares, 1.0, epsilon = 1e-13); // an identity that the scale does not rest on
        }
    }
}
