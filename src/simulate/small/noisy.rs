//! Noise on small circuits: shots with the same errors are one evolution, and where that would be too many, a density matrix is.

use super::super::evolve::{places, spread};
use super::super::memory::Demand;
use super::super::noise::Asked;
use super::super::noise::channels::{Channels, Strike};
use super::super::{Engine, Memory, Sampled, SimulateError};
use super::density;
use super::frames::{Frames, product};
use super::seen::{Odd, Pattern, Seen};
use super::simd::Lanes;
use super::sweep::{Block, LANES, Sweep, Where};
use super::{ONE, Small, ZERO};
use crate::gates::{Gate, Matrix2, matrix};
use crate::outcome::{Counts, Tally};
use rayon::prelude::*;

/// From about this much work on, in sweeps of amplitudes, threads share it: a third of a millisecond.
const SHARED: usize = 1 << 20;

/// Where the randomness comes from, among the parts of a seed; behind these each pattern of errors has its own.
const ERRORS: u64 = 1 << 32;
const MISREADS: u64 = ERRORS + 1;
const PATTERNS: u64 = ERRORS + 2;

impl<G: Gate> Small<'_, G> {
    /// Shots with noise, as [`trajectories`](super::super::trajectories) gives them.
    pub(in super::super) fn noisy(&self, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
        let channels = Channels::new(self.circuit, asked.read_out)?;
        self.noisy_by(density::is_cheaper(self, &channels, asked.shots), &channels, asked)
    }

    /// The same by a density matrix or by trajectories.
    pub(in super::super) fn noisy_by(&self, density: bool, channels: &Channels, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
        let Asked { shots, seed, memory, .. } = asked;
        let [odd, errors] = channels.expected(shots);
        // Lists of shots that are made of one another, and the errors beyond two of a shot, in lists that grow by doubling.
        let lists = odd * 3.0 * size_of::<(u32, Odd)>() as f64 + errors * 2.0 * size_of::<(u32, Strike)>() as f64;
        let states = if density { Demand::states(2 * self.touched.len(), 1) } else { Demand::states(self.touched.len(), 2) };
        let _reservation = memory.reserve(states.and(lists as u128))?;
        memory.stop().check()?; // it may have been raised during the wait
        let mut misread = channels.misreads(shots.get(), &mut seed.points(MISREADS)).into_iter().peekable();
        let (seen, engine) = if density {
            let odd: Vec<Odd> = misread.map(|(_, misread)| Odd { misread, ..Odd::default() }).collect();
            let pattern = Pattern { right: shots.get() - odd.len() as u32, shots: &odd, seed };
            (self.density(channels, &pattern, asked)?, Engine::DensityMatrix)
        } else {
            let mut odd: Vec<(u32, Odd)> = Vec::new();
            for (shot, strike) in channels.scatter(shots.get(), &mut seed.points(ERRORS)) {
                match odd.last_mut() {
                    Some((last, odd)) if *last == shot => odd.errors.push(strike),
                    _ => odd.push((shot, Odd { errors: [strike].into_iter().collect(), misread: 0 })),
                }
            }
            let mut both = Vec::with_capacity(odd.len());
            for (shot, mut odd) in odd {
                while let Some((_, misread)) = misread.next_if(|&(other, _)| other < shot) {
                    both.push(Odd { misread, ..Odd::default() });
                }
                odd.misread = misread.next_if(|&(other, _)| other == shot).map_or(0, |(_, bits)| bits);
                both.push(odd);
            }
            both.extend(misread.map(|(_, misread)| Odd { misread, ..Odd::default() }));
            (self.trajectories(channels, both, asked)?, Engine::StateVector)
        };
        Ok(Sampled { counts: self.counted(&seen), norm_error: seen.norm_error, engine })
    }

    fn trajectories(&self, channels: &Channels, mut odd: Vec<Odd>, asked: Asked<'_>) -> Result<Seen, SimulateError> {
        let Asked { shots, seed, memory, .. } = asked;
        let plan = Plan::new(self, channels)?;
        let plain = shots.get() - odd.len() as u32;
        // By the first error, so that what comes before it is evolved once for all.
        odd.sort_unstable();
        let mut patterns: Vec<Pattern<'_>> = Vec::new();
        for shots in odd.chunk_by(|a, b| a.errors == b.errors) {
            let right = shots.iter().filter(|shot| shot.misread == 0).count() as u32;
            patterns.push(Pattern { right, shots, seed: seed.child(PATTERNS + patterns.len() as u64) });
        }
        // Those without errors come last, and fall where they would without noise.
        match patterns.first_mut().filter(|first| first.shots[0].errors.is_empty()) {
            Some(none) => {
                (none.right, none.seed) = (none.right + plain, seed);
                patterns.rotate_left(1);
            }
            None if plain > 0 => patterns.push(Pattern { right: plain, shots: &[], seed }),
            None => {}
        }
        let work = (patterns.len() * plan.sweeps.len()) << self.touched.len().max(LANES + 4);
        let threads = if work < SHARED { 1 } else { rayon::current_num_threads().min(patterns.len()) };
        if threads == 1 {
            return plan.work(&patterns, memory);
        }
        // Contiguous parts, a few for each thread since the later ones have less to do.
        let parts = patterns.par_chunks(patterns.len().div_ceil(4 * threads)).map(|part| plan.work(part, memory));
        Ok(parts.collect::<Result<Vec<Seen>, _>>()?.into_iter().reduce(Seen::and).unwrap_or_default())
    }

    /// The counts of the whole circuit.
    fn counted(&self, seen: &Seen) -> Counts {
        let counts = super::counted(self.circuit.qubits(), &self.touched, &seen.right);
        if seen.wrong.is_empty() {
            return counts;
        }
        let wrong = seen.wrong.iter().map(|&(outcome, misread)| (spread(outcome, &self.touched) ^ misread, 1));
        let mut entries: Vec<(u64, u32)> = counts.iter().chain(wrong).collect();
        entries.sort_unstable();
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            earlier.1 += if same { later.1 } else { 0 };
            same
        });
        Counts::from_ascending(self.circuit.qubits(), entries)
    }
}

/// A circuit's sweeps, and where its errors strike between them.
struct Plan<'c> {
    qubits: usize,
    channels: &'c Channels,
    sweeps: Vec<Sweep>,
    /// For each operation that can have errors, before which sweep they strike, and what was pending on its qubits.
    strikes: Vec<(usize, [Matrix2; 2])>,
    turned: usize,
}

impl<'c> Plan<'c> {
    fn new<G: Gate>(small: &Small<'_, G>, channels: &'c Channels) -> Result<Plan<'c>, SimulateError> {
        let qubits = small.touched.len();
        let (mut frames, place, mut sweeps) = (Frames::new(qubits), places(&small.touched), Vec::new());
        let mut strikes = Vec::with_capacity(small.circuit.operations().len());
        for (index, operation) in small.circuit.operations().iter().enumerate() {
            frames.follow(operation, |qubit| place[qubit], &mut |sweep| sweeps.push(sweep))?;
            let mut pending = [matrix::IDENTITY; 2];
            for (pending, &qubit) in pending.iter_mut().zip(channels.struck(index)) {
                frames.wake(1 << qubit);
                *pending = frames.pending(qubit);
            }
            strikes.push((sweeps.len(), pending));
        }
        let turned = frames.finish(qubits, &mut |sweep| sweeps.push(sweep));
        Ok(Plan { qubits, channels, sweeps, strikes, turned })
    }

    /// Evolves patterns, which come in the order of their first errors, and reads their shots.
    fn work(&self, patterns: &[Pattern<'_>], memory: &Memory) -> Result<Seen, SimulateError> {
        let lanes = Lanes::best();
        let blocks = 1 << self.qubits.saturating_sub(LANES);
        let mut base = vec![Block::default(); blocks];
        base[0].re[0] = 1.0;
        let (mut branch, mut weights) = (base.clone(), vec![0.0; blocks << LANES]);
        let (mut done, mut seen, mut tally) = (0, Seen::default(), Tally::default());
        for pattern in patterns {
            memory.stop().check()?;
            let errors = pattern.errors();
            let first = errors.first().map_or(self.sweeps.len(), |error| self.strikes[error.operation as usize].0);
            self.sweeps[done..first].iter().for_each(|sweep| lanes.apply(sweep, &mut base));
            done = first;
            let mut state = &mut base;
            if !errors.is_empty() {
                branch.copy_from_slice(&base);
                state = &mut branch;
            }
            let mut at = done;
            for error in errors {
                let next = self.strikes[error.operation as usize].0;
                self.sweeps[at..next].iter().for_each(|sweep| lanes.apply(sweep, state));
                at = next;
                self.strike(error, lanes, state);
            }
            self.sweeps[at..].iter().for_each(|sweep| lanes.apply(sweep, state));
            let sum = lanes.weigh(state, self.turned, &mut weights);
            seen.read(pattern, &weights[..1 << self.qubits], sum, &mut tally)?;
        }
        Ok(seen)
    }

    /// Applies an error to amplitudes from which something is still pending: the error between that and its inverse.
    fn strike(&self, error: &Strike, lanes: Lanes, state: &mut [Block]) {
        let operation = error.operation as usize;
        for (&qubit, pending) in self.channels.struck(operation).iter().zip(&self.strikes[operation].1) {
            let (x, z) = (error.string.x >> qubit & 1 == 1, error.string.z >> qubit & 1 == 1);
            let pauli = match (x, z) {
                (false, false) => continue,
                (true, false) => matrix::X,
                (false, true) => matrix::Z,
                (true, true) => matrix::Y,
            };
            let [[a, b], [c, d]] = *pending;
            let inverse = [[a.conj(), c.conj()], [b.conj(), d.conj()]];
            let [[a, b], [c, d]] = product(&inverse, &product(&pauli, pending));
            let (place, matrices) = match b == ZERO && c == ZERO {
                true => {
                    (Where { parity: 1 << qubit, ..Where::default() }, [[[ONE, ZERO], [ZERO, ONE]], [[d * a.conj(), ZERO], [ZERO, ONE]]])
                }
                false => (Where { flip: 1 << qubit, ..Where::default() }, [[[a, b], [c, d]]; 2]),
            };
            lanes.apply(&Sweep::new(place, &matrices), state);
        }
    }
}
