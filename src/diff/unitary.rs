//! Every column of the two unitaries, one basis state after the other: exact, in the memory of two states per thread.

use super::random::{self, Guide};
use super::replays::Replays;
use super::{Bound, Comparison, Method, TOLERANCE, Verdict};
use crate::simulate::{OutOfMemory, StateVector};
use num_complex::Complex64;
use rayon::prelude::*;

/// The most qubits, whatever the number of gates.
const MAX_QUBITS: usize = 12;

/// How many amplitudes may be multiplied: one or two seconds on two cores.
const MAX_WORK: f64 = (1u64 << 30) as f64;

/// What a gate on a tiny state costs besides its amplitudes, in amplitudes.
const OVERHEAD: f64 = 64.0;

/// Whether going through all columns is quick, for circuits in which an amplitude is multiplied `cost` times.
pub(super) fn is_cheap(qubits: usize, cost: f64) -> bool {
    let columns = || (1u64 << qubits) as f64;
    qubits <= MAX_QUBITS && columns() * columns().max(OVERHEAD) * cost <= MAX_WORK
}

/// What one basis state says.
#[derive(Clone, Copy)]
struct Column {
    /// `⟨Ak|Bk⟩`.
    overlap: Complex64,
    /// How far `Bk` is from `μ·Ak`.
    global: Distance,
    /// How far `Bk` is from `D·Ak`.
    phases: Distance,
}

/// How far two vectors are apart.
#[derive(Clone, Copy, Default)]
struct Distance {
    /// The square of the largest difference of two entries.
    largest: f64,
    /// The sum of the squares.
    sum: f64,
}

impl Distance {
    fn of(difference: Complex64) -> Distance {
        Distance { largest: difference.norm_sqr(), sum: difference.norm_sqr() }
    }

    /// That of both together. What is no number stays none.
    fn and(self, other: Distance) -> Distance {
        let largest = if self.largest >= other.largest || self.largest.is_nan() { self.largest } else { other.largest };
        Distance { largest, sum: self.sum + other.sum }
    }

    fn is_none(self) -> bool {
        self.largest <= TOLERANCE * TOLERANCE
    }
}

/// Compares the two, entry by entry.
pub(super) fn compare(pair: &Replays) -> Result<Comparison, OutOfMemory> {
    let mut work = random::Workspace::new(pair)?;
    let guide = work.guide()?;
    let total_variation = work.total_variation()?;
    let columns = columns(pair, &guide)?;
    let size = columns.len() as f64;
    let trace: Complex64 = columns.iter().map(|column| column.overlap).sum();
    let global = columns.iter().map(|column| column.global).fold(Distance::default(), Distance::and);
    let phases = columns.iter().map(|column| column.phases).fold(Distance::default(), Distance::and);
    let (verdict, infidelity) = if global.is_none() {
        (Verdict::Identical, Some(global.sum / size))
    } else if phases.is_none() {
        (Verdict::SameMeasurement, Some(phases.sum / size))
    } else if total_variation <= TOLERANCE {
        (Verdict::SameOutcome, None)
    } else {
        (Verdict::Different, None)
    };
    let process_fidelity = (trace / size).norm_sqr().min(1.0);
    let bound = Bound { infidelity, failure_probability: 0.0, fidelity_error: 0.0 };
    Ok(Comparison { verdict, process_fidelity, method: Method::Unitary, bound, total_variation })
}

/// In order, so that sums over them do not depend on the number of threads.
fn columns(pair: &Replays, guide: &Guide) -> Result<Vec<Column>, OutOfMemory> {
    let states = || Ok((StateVector::zero(pair.qubits)?, StateVector::zero(pair.qubits)?));
    let column = |states: &mut Result<(StateVector, StateVector), OutOfMemory>, k: usize| {
        let (a, b) = states.as_mut().map_err(|error| error.clone())?;
        for state in [&mut *a, &mut *b] {
            state.amplitudes_mut().fill(Complex64::default());
            state.amplitudes_mut()[k] = Complex64::new(1.0, 0.0);
        }
        pair.a.run(a)?;
        pair.b.run(b)?;
        Ok(entries(a.amplitudes(), b.amplitudes(), guide))
    };
    (0..1usize << pair.qubits).into_par_iter().map_init(states, column).collect()
}

fn entries(a: &[Complex64], b: &[Complex64], guide: &Guide) -> Column {
    let nothing = Column { overlap: Complex64::default(), global: Distance::default(), phases: Distance::default() };
    a.iter().zip(b).zip(guide.phases()).fold(nothing, |sum, ((a, b), phase)| Column {
        overlap: sum.overlap + a.conj() * b,
        global: sum.global.and(Distance::of(b - guide.global * a)),
        phases: sum.phases.and(Distance::of(b - phase * a)),
    })
}
