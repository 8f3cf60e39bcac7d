//! A few random states. The proof that they are enough is in the documentation of [`super`].

use super::replays::Replays;
use super::{Bound, Comparison, Method, TOLERANCE, Verdict};
use crate::outcome::Seed;
use crate::simulate::{OutOfMemory, StateVector};
use num_complex::Complex64;
use rand::RngExt;
use rayon::prelude::*;
use std::f64::consts::{E, TAU};
use std::ops::Add;

/// How many random states: one for the phases, the others for the test.
const STATES: u64 = 5;

/// x in the proof: the test sees infidelities down to 2/x of what it measures.
const X: f64 = 0.01;

/// Where the random states come from.
const SEED: Seed = Seed(0x7061_756c_7472_6170);

/// How many amplitudes a thread takes at a time. Sums are made chunk by chunk, whatever the number of threads.
const CHUNK: usize = 1 << 12;

/// A phase and a diagonal for which `B = μA` and `B = D·A`, if anything is.
pub(super) struct Guide {
    /// μ.
    pub(super) global: Complex64,
    /// D.
    diagonal: StateVector,
}

impl Guide {
    /// D, entry by entry.
    pub(super) fn phases(&self) -> &[Complex64] {
        self.diagonal.amplitudes()
    }
}

/// Two states, and the two circuits that act on them.
pub(super) struct Workspace<'a> {
    pair: &'a Replays,
    a: StateVector,
    b: StateVector,
}

impl Workspace<'_> {
    pub(super) fn new(pair: &Replays) -> Result<Workspace<'_>, OutOfMemory> {
        Ok(Workspace { pair, a: StateVector::zero(pair.qubits)?, b: StateVector::zero(pair.qubits)? })
    }

    /// Applies the circuits, each to its copy of the state in `a`.
    fn run(&mut self) -> Result<(&[Complex64], &[Complex64]), OutOfMemory> {
        self.b.copy_from(&self.a);
        self.pair.a.run(&mut self.a)?;
        self.pair.b.run(&mut self.b)?;
        Ok((self.a.amplitudes(), self.b.amplitudes()))
    }

    /// Both circuits on the `index`-th random state.
    pub(super) fn on_random_state(&mut self, index: u64) -> Result<(&[Complex64], &[Complex64]), OutOfMemory> {
        fill(self.a.amplitudes_mut(), SEED.child(index));
        self.run()
    }

    /// How far the outcome distributions from |0…0⟩ are apart.
    pub(super) fn total_variation(&mut self) -> Result<f64, OutOfMemory> {
        self.a.amplitudes_mut().fill(Complex64::default());
        self.a.amplitudes_mut()[0] = Complex64::new(1.0, 0.0);
        let (a, b) = self.run()?;
        Ok(sum(a, b, |_, a, b| (a.norm_sqr() - b.norm_sqr()).abs()) / 2.0)
    }

    /// The phases between the two circuits, as the first random state has them.
    pub(super) fn guide(&mut self) -> Result<Guide, OutOfMemory> {
        let mut diagonal = StateVector::zero(self.pair.qubits)?;
        let (a, b) = self.on_random_state(0)?;
        let ratio = |(phase, (a, b)): (&mut Complex64, (&Complex64, &Complex64))| *phase = direction(a.conj() * b);
        diagonal.amplitudes_mut().par_iter_mut().with_min_len(CHUNK).zip(a.par_iter().zip(b)).for_each(ratio);
        Ok(Guide { global: direction(overlap(a, b)), diagonal })
    }
}

/// Compares the two on random states.
pub(super) fn compare(pair: &Replays) -> Result<Comparison, OutOfMemory> {
    let mut work = Workspace::new(pair)?;
    let guide = work.guide()?;
    let mut overlaps = overlap(work.a.amplitudes(), work.b.amplitudes());
    let (mut global, mut phases) = (0.0f64, 0.0f64); // the largest ‖(B − μA)ψ‖² and ‖(B − DA)ψ‖²
    for index in 1..STATES {
        let (a, b) = work.on_random_state(index)?;
        overlaps += overlap(a, b);
        global = larger(global, sum(a, b, |_, a, b| (b - guide.global * a).norm_sqr()));
        phases = larger(phases, sum(a, b, |k, a, b| (b - guide.phases()[k] * a).norm_sqr()));
    }
    let total_variation = work.total_variation()?;
    let (verdict, distance) = if global <= TOLERANCE * TOLERANCE {
        (Verdict::Identical, Some(global))
    } else if phases <= TOLERANCE * TOLERANCE {
        (Verdict::SameMeasurement, Some(phases))
    } else if total_variation <= TOLERANCE {
        (Verdict::SameOutcome, None)
    } else {
        (Verdict::Different, None)
    };
    let process_fidelity = (overlaps / STATES as f64).norm_sqr().min(1.0);
    let bound = Bound {
        infidelity: distance.map(|distance| (2.0 * distance / X).min(1.0)),
        failure_probability: distance.map_or(0.0, |_| failure_probability(pair.qubits)),
        fidelity_error: fidelity_error(process_fidelity, pair.qubits),
    };
    Ok(Comparison { verdict, process_fidelity, method: Method::RandomStates, bound, total_variation })
}

fn failure_probability(qubits: usize) -> f64 {
    let size = (qubits as f64).exp2();
    (E * X + (2.0 / E).powf(size)).min(1.0).powi(STATES as i32 - 1)
}

/// How far the square of the mean overlap is from the process fidelity, as a standard error.
fn fidelity_error(fidelity: f64, qubits: usize) -> f64 {
    let sigma = ((1.0 - fidelity) / (STATES as f64 * ((qubits as f64).exp2() + 1.0))).sqrt();
    2.0 * fidelity.sqrt() * sigma + sigma * sigma
}

/// The larger one, or what is no number.
fn larger(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}

/// A complex number without its length; 1 for 0.
pub(super) fn direction(z: Complex64) -> Complex64 {
    let length = z.norm();
    if length > 0.0 { z / length } else { Complex64::new(1.0, 0.0) }
}

/// `⟨a|b⟩`
pub(super) fn overlap(a: &[Complex64], b: &[Complex64]) -> Complex64 {
    sum(a, b, |_, a, b| a.conj() * b)
}

/// The sum of a function of index and both entries, the same for any number of threads.
pub(super) fn sum<T>(a: &[Complex64], b: &[Complex64], term: impl Fn(usize, Complex64, Complex64) -> T + Sync) -> T
where
    T: Add<Output = T> + std::iter::Sum<T> + Send,
{
    let part = |(chunk, (a, b)): (usize, (&[Complex64], &[Complex64]))| -> T {
        a.iter().zip(b).enumerate().map(|(k, (&a, &b))| term(chunk * CHUNK + k, a, b)).sum()
    };
    let parts: Vec<T> = a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK)).enumerate().map(part).collect();
    parts.into_iter().sum()
}

/// Makes it a Haar random state: independent complex Gaussians, normalized.
pub(super) fn fill(amplitudes: &mut [Complex64], seed: Seed) {
    amplitudes.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, amplitudes)| {
        let mut rng = seed.stream(chunk as u64);
        for amplitude in amplitudes {
            // The squared modulus of a complex Gaussian is exponentially distributed.
            let square = -(1.0 - rng.random::<f64>()).ln();
            *amplitude = Complex64::from_polar(square.sqrt(), TAU * rng.random::<f64>());
        }
    });
    let norm = sum(amplitudes, amplitudes, |_, a, _| a.norm_sqr()).sqrt();
    amplitudes.par_iter_mut().with_min_len(CHUNK).for_each(|amplitude| *amplitude /= norm);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_states_are_normalized_differ_and_repeat() {
        let state = |index| {
            let mut amplitudes = vec![Complex64::default(); 1 << 14];
            fill(&mut amplitudes, SEED.child(index));
            amplitudes
        };
        let (one, other) = (state(0), state(1));
        approx::assert_abs_diff_eq!(overlap(&one, &one).re, 1.0, epsilon = 1e-13);
        assert!(overlap(&one, &other).norm() < 5.0 / 128.0);
        assert!(overlap(&one[..CHUNK], &one[CHUNK..2 * CHUNK]).norm() < 5.0 / 256.0, "chunks repeat");
        assert_eq!(one, state(0));
        // E|a|⁴ = 2/d² for Haar random states; equal weights would give 1/d².
        let fourth: f64 = one.iter().map(|a| a.norm_sqr().powi(2)).sum();
        approx::assert_abs_diff_eq!(fourth * f64::from(1 << 14), 2.0, epsilon = 0.2);
    }

    #[test]
    fn the_failure_probability_is_that_of_the_proof() {
        approx::assert_abs_diff_eq!(failure_probability(10), 5.46e-7, epsilon = 1e-9);
        assert!(failure_probability(1) > 0.1);
    }
}
