use super::super::Stop;
use super::super::kernels::View;
use super::super::step::{Kernel, Step};
use super::coset::Cosets;
use crate::gates::Matrix2;
use num_complex::Complex64;

/// What is left of an amplitude that cancels: rounding. Its square is below this.
const RESIDUE: f64 = 1e-28;

/// How much of the state's norm may be left out as residue, all operations together. Probabilities stay within twice this.
const LOST: f64 = 4e-13;

/// An outcome and its amplitude.
pub(super) type Entry = (u64, Complex64);

/// About what an entry takes: the list that it is in, those that it goes through, and what sorts them.
pub(super) const ENTRY_BYTES: u128 = 5 * size_of::<Entry>() as u128;

/// There are more amplitudes that are not zero than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// The amplitudes that are not zero, outcomes ascending.
#[derive(Debug, Clone)]
pub(super) struct Sparse {
    entries: Vec<Entry>,
    most: usize,
    /// How much of the norm was left out.
    lost: f64,
    next: Vec<Entry>,
    zeros: Vec<Entry>,
    ones: Vec<Entry>,
}

impl Sparse {
    /// |0…0⟩, with room for so many.
    pub(super) fn zero(most: usize) -> Sparse {
        Sparse { entries: vec![(0, Complex64::new(1.0, 0.0))], most, lost: 0.0, next: Vec::new(), zeros: Vec::new(), ones: Vec::new() }
    }

    /// Becomes a copy.
    pub(super) fn copy_from(&mut self, other: &Sparse) {
        self.entries.clone_from(&other.entries);
        (self.most, self.lost) = (other.most, other.lost);
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Hands the amplitudes over.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Applies a step whose positions are bits of the outcomes.
    ///
    /// # Errors
    /// [`Full`], and the state is lost.
    pub(super) fn take(&mut self, step: &Step, stop: &Stop) -> Result<(), Full> {
        let controls = step.controls() as u64;
        match step.kernel() {
            Kernel::Phases { parity, factors } => self.phases(*parity as u64, controls, *factors),
            Kernel::Pairs { flip, parity, matrices } => return self.pairs(*flip as u64, *parity as u64, controls, matrices),
            Kernel::Dense { qubits, matrix } => {
                let size = 1usize << qubits.len();
                let masks = qubits.iter().map(|qubit| 1 << qubit);
                let multiply = |_, state: &mut [Complex64]| {
                    let old: Vec<Complex64> = state.to_vec();
                    for (row, new) in matrix.chunks_exact(size).zip(state) {
                        *new = row.iter().zip(&old).map(|(entry, old)| entry * old).sum();
                    }
                };
                return self.cosets(&Cosets::of(masks).ok_or(Full)?, controls, multiply);
            }
            Kernel::Series(series) => {
                let cosets = Cosets::of(series.flips().map(|flip| flip as u64)).ok_or(Full)?;
                let mut buffers = [0; 2].map(|_| vec![Complex64::default(); cosets.size()]);
                let sum = |first: u64, state: &mut [Complex64]| {
                    let tile_qubits = cosets.size().ilog2() as usize;
                    let series = series.mapped(|flip, parity| cosets.local(flip as u64, parity as u64, first));
                    series.apply(View { amplitudes: state, tile_qubits }, 0, &mut buffers, stop);
                };
                return self.cosets(&cosets, controls, sum);
            }
        }
        Ok(())
    }

    /// See [`super::super::kernels::phases`].
    fn phases(&mut self, parity: u64, controls: u64, factors: [Complex64; 2]) {
        for (outcome, amplitude) in &mut self.entries {
            if *outcome & controls == controls {
                *amplitude *= factors[odd(*outcome & parity)];
            }
        }
    }

    /// See [`super::super::kernels::pairs`].
    fn pairs(&mut self, flip: u64, parity: u64, controls: u64, matrices: &[Matrix2; 2]) -> Result<(), Full> {
        let pivot = 1 << flip.ilog2();
        let Sparse { entries, next, zeros, ones, .. } = self;
        [&mut *next, zeros, ones].into_iter().for_each(Vec::clear);
        // By the outcome of each pair whose pivot is 0.
        for &(outcome, amplitude) in &*entries {
            match (outcome & controls == controls, outcome & pivot == 0) {
                (false, _) => next.push((outcome, amplitude)),
                (true, true) => zeros.push((outcome, amplitude)),
                (true, false) => ones.push((outcome ^ flip, amplitude)),
            }
        }
        if flip != pivot {
            ones.sort_by_key(|&(outcome, _)| outcome);
        }
        entries.clear();
        let (mut zeros, mut ones) = (zeros.iter().peekable(), ones.iter().peekable());
        let mut kept = Kept::new(&mut self.lost);
        loop {
            let first = match (zeros.peek(), ones.peek()) {
                (Some((zero, _)), Some((one, _))) => *zero.min(one),
                (Some((outcome, _)), None) | (None, Some((outcome, _))) => *outcome,
                (None, None) => break,
            };
            let amplitude = |entry: Option<&Entry>| entry.map_or(Complex64::default(), |&(_, amplitude)| amplitude);
            let zero = amplitude(zeros.next_if(|(outcome, _)| *outcome == first));
            let one = amplitude(ones.next_if(|(outcome, _)| *outcome == first));
            let [[a, b], [c, d]] = &matrices[odd(first & parity)];
            kept.push(next, (first, a * zero + b * one));
            kept.push(entries, (first ^ flip, c * zero + d * one));
            if next.len() + entries.len() > self.most {
                return Err(Full);
            }
        }
        kept.end();
        next.append(entries);
        next.sort_by_key(|&(outcome, _)| outcome); // three runs that ascend, if only one bit is flipped
        std::mem::swap(entries, next);
        Ok(())
    }

    /// Applies `work` to every coset with an amplitude where the controls allow it, as to a small state of its own; it is given the coset's
    /// first outcome.
    fn cosets(&mut self, cosets: &Cosets, controls: u64, mut work: impl FnMut(u64, &mut [Complex64])) -> Result<(), Full> {
        self.next.clear();
        let allowed = |outcome: u64| outcome & controls == controls;
        self.next.extend(self.entries.iter().filter(|(outcome, _)| !allowed(*outcome)));
        self.entries.retain(|&(outcome, _)| allowed(outcome));
        self.entries.sort_by_key(|&(outcome, _)| cosets.first(outcome));
        let mut kept = Kept::new(&mut self.lost);
        for coset in self.entries.chunk_by(|a, b| cosets.first(a.0) == cosets.first(b.0)) {
            let mut state = vec![Complex64::default(); cosets.size()];
            for &(outcome, amplitude) in coset {
                state[cosets.place(outcome)] = amplitude;
            }
            let first = cosets.first(coset[0].0);
            work(first, &mut state);
            for (place, amplitude) in state.into_iter().enumerate() {
                kept.push(&mut self.next, (cosets.outcome(first, place), amplitude));
            }
            if self.next.len() > self.most {
                return Err(Full);
            }
        }
        kept.end();
        self.next.sort_by_key(|&(outcome, _)| outcome);
        std::mem::swap(&mut self.entries, &mut self.next);
        Ok(())
    }
}

fn odd(mask: u64) -> usize {
    (mask.count_ones() % 2) as usize
}

/// Keeps what an operation makes, but for zeros and residue.
struct Kept<'s> {
    lost: &'s mut f64,
    /// The squared norm of what this operation left out.
    weight: f64,
}

impl<'s> Kept<'s> {
    fn new(lost: &'s mut f64) -> Kept<'s> {
        Kept { lost, weight: 0.0 }
    }

    fn push(&mut self, to: &mut Vec<Entry>, entry: Entry) {
        let weight = entry.1.norm_sqr();
        if weight >= RESIDUE || weight.is_nan() {
            to.push(entry);
        } else if entry.1 != Complex64::default() {
            match *self.lost + (self.weight + weight).sqrt() <= LOST {
                true => self.weight += weight,
                false => to.push(entry),
            }
        }
    }

    fn end(self) {
        *self.lost += self.weight.sqrt();
    }
}
