//! What probably went wrong: mistakes that people make are undone one after the other, until the circuits agree.
//!
//! Undoing a mistake costs two runs of each circuit: on one random state and on |0…0⟩. Only where these agree is the real
//! comparison made.

use super::hypothesis::Change;
use super::pair::{Engine, Pair};
use super::random::{Workspace, direction, overlap, sum};
use super::replays::Replays;
use super::{Comparison, Parting, Place, Side, Suspect, TOLERANCE, TooLong, Verdict};
use crate::circuit::{Program, lint};
use crate::simulate::OutOfMemory;
use num_complex::Complex64;

/// How many amplitudes one run of both circuits may multiply. There are about a hundred runs.
const MAX_WORK: f64 = (1u64 << 26) as f64;

/// What a gate on a tiny state costs besides its amplitudes, in amplitudes.
const OVERHEAD: f64 = 64.0;

/// How far apart circuits may be on one random state to be compared in earnest, as a squared distance.
const CLOSE: f64 = 1e-12;

/// A change to one side, or two of them.
struct Hypothesis {
    side: Side,
    changes: Vec<Change>,
}

/// What makes the circuits agree better than they do, the best only; an error if that would take too long.
pub(super) fn suspects(
    pair: &Pair<'_>,
    given: &Comparison,
    parted: Option<&Parting>,
) -> Result<Result<Vec<Suspect>, TooLong>, OutOfMemory> {
    if !is_cheap(pair) {
        return Ok(Err(TooLong { what: "what went wrong", operations: pair.operations(), qubits: pair.qubits.len() }));
    }
    let mut found = tried(pair, given, singles(parted))?;
    for more in [inverses(parted), doubles()] {
        if found.is_empty() {
            found = tried(pair, given, more)?;
        }
    }
    // What is wrong in one is as a rule also right if the other is changed the opposite way; that needs no second sentence. The numbers
    // themselves may tell which it is, else it is B.
    let rank = |(suspect, cleared): &(Suspect, isize)| (suspect.verdict, *cleared, suspect.side == Side::B);
    let best = found.iter().map(rank).max();
    Ok(Ok(found.into_iter().filter(|found| Some(rank(found)) == best).map(|(suspect, _)| suspect).collect()))
}

fn is_cheap(pair: &Pair<'_>) -> bool {
    match &pair.engine {
        Engine::Stabilizer(_) => pair.operations() as f64 * OVERHEAD <= MAX_WORK,
        Engine::Unitary(replays) | Engine::RandomStates(replays) => {
            (replays.qubits as f64).exp2().max(OVERHEAD) * (replays.a.cost() + replays.b.cost()) <= MAX_WORK
        }
    }
}

/// The place from which one of the two is to be followed further.
fn next(parted: Option<&Parting>, side: Side) -> Option<usize> {
    let followed = parted.map(|parted| if side == Side::A { &parted.a } else { &parted.b });
    Some(followed?.next.as_ref()?.index)
}

/// Inverses that were left out in more than one place.
fn inverses(parted: Option<&Parting>) -> Vec<Hypothesis> {
    let of = |side| {
        let rest = next(parted, side).into_iter().flat_map(Change::of_rest);
        rest.chain([Change::Daggers]).map(move |change| Hypothesis { side, changes: vec![change] })
    };
    of(Side::B).chain(of(Side::A)).collect()
}

/// B first: it is usually the one that was made from the other.
fn singles(parted: Option<&Parting>) -> Vec<Hypothesis> {
    let one = |side, change| Hypothesis { side, changes: vec![change] };
    let whole =
        |side| Change::WHOLE.into_iter().filter(move |change| side == Side::B || !change.is_mutual()).map(move |change| one(side, change));
    let place = |side| next(parted, side).into_iter().flat_map(Change::of_one).map(move |change| one(side, change));
    whole(Side::B).chain(place(Side::B)).chain(whole(Side::A)).chain(place(Side::A)).collect()
}

fn doubles() -> Vec<Hypothesis> {
    let pairs = || Change::WHOLE.into_iter().flat_map(|first| Change::WHOLE.map(|second| [first, second]));
    let sensible = |side| move |pair: [Change; 2]| pair[0].pairs_with(pair[1]).then(|| Hypothesis { side, changes: pair.to_vec() });
    pairs().filter_map(sensible(Side::B)).chain(pairs().filter_map(sensible(Side::A))).collect()
}

/// Each with how many numbers are no longer suspicious then.
fn tried(pair: &Pair<'_>, given: &Comparison, hypotheses: Vec<Hypothesis>) -> Result<Vec<(Suspect, isize)>, OutOfMemory> {
    let mut suspects = Vec::new();
    for hypothesis in hypotheses {
        suspects.extend(hypothesis.tried(pair, given)?);
    }
    Ok(suspects)
}

impl Hypothesis {
    /// What comes out once the mistake is undone, if that is better than before.
    fn tried(&self, pair: &Pair<'_>, given: &Comparison) -> Result<Option<(Suspect, isize)>, OutOfMemory> {
        let Some(changed) = self.undone(pair) else { return Ok(None) };
        let (a, b) = if self.side == Side::A { (&changed, pair.b) } else { (pair.a, &changed) };
        let Some(variant) = pair.variant(a, b) else { return Ok(None) };
        if let Engine::Unitary(replays) | Engine::RandomStates(replays) = &variant.engine
            && at_most(replays)? <= given.verdict
        {
            return Ok(None);
        }
        let comparison = variant.compare()?;
        let cleared = findings(self.original(pair)) - findings(&changed);
        Ok((comparison.verdict > given.verdict).then(|| (self.suspect(pair, given, &comparison), cleared)))
    }

    /// The changed circuit; `None` if a change changes nothing.
    fn undone(&self, pair: &Pair<'_>) -> Option<Program> {
        let qubits = pair.a.qubits().max(pair.b.qubits());
        let original = self.original(pair);
        let (first, rest) = self.changes.split_first()?;
        rest.iter().try_fold(first.apply(original, qubits)?, |program, change| change.apply(&program, qubits))
    }

    fn original<'a>(&self, pair: &Pair<'a>) -> &'a Program {
        match self.side {
            Side::A => pair.a,
            Side::B => pair.b,
        }
    }

    fn suspect(&self, pair: &Pair<'_>, given: &Comparison, comparison: &Comparison) -> Suspect {
        let shown = |index| {
            let place = Place::of(self.original(pair), index);
            place.map_or_else(String::new, |place| format!("operation {index} ({place})"))
        };
        let sentences: Vec<String> = self.changes.iter().map(|change| change.sentence(self.side.name(), shown)).collect();
        let names: Vec<String> = self.changes.iter().map(|change| change.name()).collect();
        let (before, after) = (given.process_fidelity, comparison.process_fidelity);
        let then = match comparison.verdict {
            Verdict::SameOutcome | Verdict::Different => "then the outcomes from |0…0⟩ agree, the operations still do not",
            Verdict::SameMeasurement => "then they are the same up to phases just before measurement",
            Verdict::Identical => "then they are identical",
        };
        let message = format!("{}; {then} (fidelity {before:.4} → {after:.4})", sentences.join(", and "));
        Suspect { side: self.side, mistake: names.join("+"), verdict: comparison.verdict, process_fidelity: after, message }
    }
}

/// How many numbers of a native circuit are hardly ever meant.
fn findings(program: &Program) -> isize {
    match program {
        Program::Native(circuit) => lint(circuit).len() as isize,
        Program::Qis(_) => 0,
    }
}

/// A verdict that the real comparison cannot surpass, but for rounding.
fn at_most(replays: &Replays) -> Result<Verdict, OutOfMemory> {
    let mut work = Workspace::new(replays)?;
    let (a, b) = work.on_random_state(0)?;
    let global = direction(overlap(a, b));
    let apart = |distance: &(dyn Fn(Complex64, Complex64) -> f64 + Sync)| sum(a, b, |_, a, b| distance(a, b));
    if apart(&|a, b| (b - global * a).norm_sqr()) <= CLOSE {
        return Ok(Verdict::Identical);
    }
    if apart(&|a, b| (a.norm() - b.norm()).powi(2)) <= CLOSE {
        return Ok(Verdict::SameMeasurement);
    }
    Ok(if work.total_variation()? <= 10.0 * TOLERANCE { Verdict::SameOutcome } else { Verdict::Different })
}
