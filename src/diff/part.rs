//! Where two circuits part: the last point at which what has been applied of A equals what has been applied of B.
//!
//! Every beginning of either circuit leaves a print: for a state vector, a few projections of one random state after it; for a
//! Clifford circuit, its tableau. Two beginnings with equal prints are equal up to a global phase, except with a probability that
//! is nothing: prints are a few real numbers, compared to [`CLOSE`].

use super::clifford;
use super::pair::{Engine, Pair};
use super::random;
use super::replays::Replays;
use super::{Followed, Parting, Place, TOLERANCE, TooLong, Verdict};
use crate::outcome::Seed;
use crate::simulate::{OutOfMemory, Replay, StateVector};
use num_complex::Complex64;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::Sum;
use std::ops::Add;

/// How far two numbers of equal prints may be apart. They are about 1 in size; rounding moves them by less than this over a million
/// operations, and a circuit that is not the other one by more: by a hundredth of [`TOLERANCE`] at least.
const CLOSE: f64 = TOLERANCE / 100.0;

/// Where the random state comes from.
const SEED: Seed = Seed(0x706172746564);

/// How many amplitudes may be looked at: a few seconds.
const MAX_WORK: f64 = (1u64 << 30) as f64;

/// What a print costs at least, in amplitudes; this also bounds how many prints are kept.
const OVERHEAD: f64 = 2048.0;

/// Tableaus are cheap, but not free.
const MAX_TABLEAUS: usize = 1 << 20;

fn is_cheap(qubits: usize, operations: usize) -> bool {
    (qubits as f64).exp2().max(OVERHEAD) * operations as f64 <= MAX_WORK
}

/// What the prints of two circuits take, on top of two states.
pub(super) fn bytes(qubits: usize, operations: usize) -> u128 {
    if is_cheap(qubits, operations) { ((operations + 2) * size_of::<StatePrint>()) as u128 } else { 0 }
}

/// What a beginning of a circuit is told by.
trait Print {
    /// A number that equal ones share.
    fn key(&self) -> f64;
    fn same(&self, other: &Self) -> bool;
}

/// How far both circuits are followed: operations of A, operations of B.
type Point = (usize, usize);

/// Where they part, if anywhere; an error if that would take too long.
pub(super) fn parted(pair: &Pair<'_>) -> Result<Result<Option<Parting>, TooLong>, OutOfMemory> {
    let too_long = || TooLong { what: "the place where they part", operations: pair.operations(), qubits: pair.qubits.len() };
    let (exact, phases) = match &pair.engine {
        Engine::Stabilizer(_) if pair.operations() > MAX_TABLEAUS => return Ok(Err(too_long())),
        Engine::Stabilizer(_) => of_tableaus(pair),
        Engine::Unitary(replays) | Engine::RandomStates(replays) => {
            if !is_cheap(replays.qubits, pair.operations()) {
                return Ok(Err(too_long()));
            }
            of_states(replays)?
        }
    };
    let end = (pair.a.len(), pair.b.len());
    let (agreement, (a, b)) = match (exact, phases) {
        ((0, 0), point) if point != (0, 0) && point != end => (Verdict::SameMeasurement, point),
        (point, _) => (Verdict::Identical, point),
    };
    let followed = |program, done| Followed { done, next: Place::of(program, done) };
    let parting = Parting { agreement, a: followed(pair.a, a), b: followed(pair.b, b) };
    Ok(Ok(((a, b) != end).then_some(parting)))
}

/// The last point where the prints agree, which the beginning always is. Later means: more operations of both together.
fn last_agreement<P: Print>(a: &[P], b: &[P]) -> Point {
    let mut order: Vec<usize> = (0..a.len()).collect();
    order.sort_by(|&i, &j| a[i].key().total_cmp(&a[j].key()).then(j.cmp(&i)));
    order.dedup_by(|later, first| {
        let same = a[*later].same(&a[*first]);
        *first = if same { (*first).max(*later) } else { *first };
        same
    });
    let mut best = (0, 0);
    for (j, print) in b.iter().enumerate() {
        let from = order.partition_point(|&i| a[i].key() < print.key() - CLOSE);
        let near = order[from..].iter().take_while(|&&i| a[i].key() <= print.key() + CLOSE);
        let found = near.copied().filter(|&i| a[i].same(print)).max();
        best = found.map(|i| (i, j)).filter(|(i, j)| i + j >= best.0 + best.1).unwrap_or(best);
    }
    best
}

fn of_tableaus(pair: &Pair<'_>) -> (Point, Point) {
    let prints = |program| {
        let (mut exact, mut phases) = (Vec::new(), Vec::new());
        clifford::trace(program, &pair.qubits, |tableau| {
            exact.push(TableauPrint::new(tableau));
            phases.push(TableauPrint::new(&tableau.of_z().collect::<Vec<_>>()));
        });
        (exact, phases)
    };
    let ((exact_a, phases_a), (exact_b, phases_b)) = (prints(pair.a), prints(pair.b));
    (last_agreement(&exact_a, &exact_b), last_agreement(&phases_a, &phases_b))
}

/// A hash of what a Clifford circuit does: of all of it, or of what shows in a measurement.
struct TableauPrint(u64);

impl TableauPrint {
    fn new(of: &(impl Hash + ?Sized)) -> TableauPrint {
        let mut hasher = DefaultHasher::new();
        of.hash(&mut hasher);
        TableauPrint(hasher.finish())
    }
}

impl Print for TableauPrint {
    fn key(&self) -> f64 {
        self.0 as f64
    }

    fn same(&self, other: &TableauPrint) -> bool {
        self.0 == other.0
    }
}

fn of_states(replays: &Replays) -> Result<(Point, Point), OutOfMemory> {
    let mut state = StateVector::zero(replays.qubits)?;
    let a = state_prints(&replays.a, &mut state)?;
    let b = state_prints(&replays.b, &mut state)?;
    let exact = |prints: &[StatePrint]| prints.iter().map(|print| Exact(print.exact)).collect::<Vec<_>>();
    let phases = |prints: &[StatePrint]| prints.iter().map(|print| Phases(print.phases)).collect::<Vec<_>>();
    Ok((last_agreement(&exact(&a), &exact(&b)), last_agreement(&phases(&a), &phases(&b))))
}

fn state_prints(circuit: &Replay, state: &mut StateVector) -> Result<Vec<StatePrint>, OutOfMemory> {
    random::fill(state.amplitudes_mut(), SEED);
    let mut prints = vec![StatePrint::new(state.amplitudes())];
    for index in 0..circuit.len() {
        circuit.apply(index, state)?;
        prints.push(StatePrint::new(state.amplitudes()));
    }
    Ok(prints)
}

/// What a random state has become: products of its projections on two random vectors, which do not see a global phase; and sums of
/// the squared moduli with random weights, which see no phases at all.
#[derive(Clone, Copy)]
struct StatePrint {
    exact: [f64; 4],
    phases: [f64; 3],
}

struct Exact([f64; 4]);
struct Phases([f64; 3]);

fn all_close(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= CLOSE)
}

impl Print for Exact {
    fn key(&self) -> f64 {
        self.0[0]
    }

    fn same(&self, other: &Exact) -> bool {
        all_close(&self.0, &other.0)
    }
}

impl Print for Phases {
    fn key(&self) -> f64 {
        self.0[0]
    }

    fn same(&self, other: &Phases) -> bool {
        all_close(&self.0, &other.0)
    }
}

/// Sums over a state.
#[derive(Clone, Copy, Default)]
struct Sums {
    amplitudes: [Complex64; 2],
    squares: [f64; 3],
}

impl Add for Sums {
    type Output = Sums;

    fn add(self, other: Sums) -> Sums {
        Sums {
            amplitudes: std::array::from_fn(|k| self.amplitudes[k] + other.amplitudes[k]),
            squares: std::array::from_fn(|k| self.squares[k] + other.squares[k]),
        }
    }
}

impl Sum for Sums {
    fn sum<I: Iterator<Item = Sums>>(sums: I) -> Sums {
        sums.fold(Sums::default(), Add::add)
    }
}

impl StatePrint {
    fn new(state: &[Complex64]) -> StatePrint {
        let sums = random::sum(state, state, |index, amplitude, _| {
            let random = scramble(index as u64);
            // Odd multiples of 1/256 between -1 and 1.
            let weight = |byte: u32| (f64::from((random >> (8 * byte)) as i8) + 0.5) / 128.0;
            let square = amplitude.norm_sqr();
            Sums {
                amplitudes: [0, 2].map(|byte| amplitude * Complex64::new(weight(byte), weight(byte + 1))),
                squares: [4, 5, 6].map(|byte| square * weight(byte)),
            }
        });
        let [p, q] = sums.amplitudes;
        let product = p.conj() * q;
        let root = (state.len() as f64).sqrt();
        StatePrint { exact: [p.norm_sqr(), q.norm_sqr(), product.re, product.im], phases: sums.squares.map(|square| square * root) }
    }
}

/// 64 bits that look random: SplitMix64's finalizer.
fn scramble(index: u64) -> u64 {
    let z = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
