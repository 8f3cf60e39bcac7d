//! Are two circuits the same operation? If not: how far apart, where do they part, and what probably went wrong?
//!
//! May import: `gates`, `device`, `circuit`, `outcome`, `simulate`. Read [`Verdict`] first, then [`compare`].
//!
//! # Methods
//!
//! Only qubits that one of the circuits touches count; the others are idle in both. Where the widths differ, the narrower circuit
//! is idle on the rest.
//!
//! * [`Method::Unitary`], as long as that is cheap (see `unitary.rs`): both circuits on every basis state, compared entry by entry.
//! * [`Method::Stabilizer`] beyond that, if every gate is a Clifford gate: any width, any number of gates (see `stabilizer.rs`).
//!   Where the unitary is cheap it comes first: it needs no rounding of angles to multiples of π/2.
//! * [`Method::RandomStates`] for the rest, as far as the memory goes.
//!
//! # Why a few random states are enough
//!
//! Let `C = A†B` have the eigenvalues `λ₁…λ_d`, `d = 2^n`, let ψ be Haar random, and let a phase μ be chosen beforehand. In the
//! eigenbasis of C the weights of ψ are `p_j = E_j/ΣE` with independent `E_j ~ Exp(1)`, so
//!
//! ```text
//! Z = ‖(B − μA)ψ‖² = Σ p_j·w_j    with    w_j = |λ_j − μ|²,    W = Σ w_j/d = 2 − 2·Re(μ*·tr C/d) ≥ 2 − 2√F ≥ 1 − F.
//! ```
//!
//! Circuits that differ have a large W, and for them a small Z is unlikely. For any `t > 0`, with `u = t·Σw`,
//!
//! ```text
//! P(Σ E_j·w_j ≤ x·Σw) ≤ e^{t·x·Σw}·Π 1/(1 + t·w_j) ≤ e^{u·x}/(1 + u),    smallest at u = 1/x − 1:    x·e^{1−x} ≤ e·x,
//! ```
//!
//! since `Π(1 + t·w_j) ≥ 1 + t·Σw`: the worst case is all weight on one eigenvalue. In the same way `P(ΣE > 2d) ≤ (2/e)^d`. If
//! neither happens, `Z > x·W/2`. So with k − 1 independent states after the one that μ was taken from, **the process infidelity
//! 1 − F is at most 2·max Z/x, except with probability (e·x + (2/e)^d)^(k−1)**. Here k = 5 and x = 0.01: 5.5·10⁻⁷.
//!
//! For `B = D·A` the diagonal D is taken from the first state as well, and `DA` stands in for `μA`. The mean of `⟨Aψ|Bψ⟩` over all k
//! states estimates `tr C/d` with a standard error `σ = √((1 − F)/(k(d + 1)))`, because `E|⟨ψ|C|ψ⟩|² = (1 + d·F)/(d + 1)`; its
//! square estimates F with at most `2√F·σ + σ²`.
//!
//! The random states come from a fixed seed: the same circuits get the same answer.

mod clifford;
mod hypothesis;
mod pair;
mod part;
mod random;
mod replays;
mod report;
mod stabilizer;
mod suspect;
mod tableau;
#[cfg(test)]
mod tests;
mod unitary;

pub use report::{Bound, Comparison, Difference, Followed, Method, Parting, Place, Side, Summary, Suspect, Verdict};

use crate::circuit::{Program, lint_messages};
use crate::simulate::{Memory, OutOfMemory, SimulateError};
use pair::Pair;

/// Two entries, two states or two probabilities closer than this are equal.
pub const TOLERANCE: f64 = 1e-9;

/// Why two circuits cannot be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// The amplitudes do not fit, and not every gate is a Clifford gate, which would do without them.
    #[error("{0}; wider circuits can be compared if all their gates are Clifford gates")]
    OutOfMemory(#[from] OutOfMemory),
    /// One of them cannot be simulated at all.
    #[error("circuit {}: {source}", side.name())]
    Circuit {
        /// Which one.
        side: Side,
        /// Why.
        source: SimulateError,
    },
}

/// The answer alone, without the search for reasons.
///
/// ```
/// use paultrap::diff::{Verdict, compare};
/// use paultrap::prelude::*;
/// let one = Circuit::new(1, [Qis::H.on([0]), Qis::Z.on([0])])?;
/// let other = Circuit::new(1, [Qis::X.on([0]), Qis::H.on([0])])?;
/// assert_eq!(compare(&one.into(), &other.into(), Memory::shared())?.verdict, Verdict::Identical);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DiffError`], before any work is done.
pub fn compare(a: &Program, b: &Program, memory: &Memory) -> Result<Comparison, DiffError> {
    Ok(Compared::new(a, b, memory)?.comparison)
}

/// Compares two circuits, each of either gateset, and where they are not identical looks for the place and the reason.
///
/// Memory: up to three states of the qubits in use (and two more for each with a wide `pauliexp`), asked of `memory` first.
///
/// ```
/// use paultrap::diff::{Verdict, diff};
/// use paultrap::prelude::*;
/// let meant = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])])?.into();
/// // The right native gates, but the phases in radians where turns are due.
/// let (quarter, half) = (std::f64::consts::FRAC_PI_2, std::f64::consts::PI);
/// let gpi2 = |qubit, phase| Native::Gpi2(Turns(phase)).on([qubit]);
/// let ms = Native::Ms(Turns(0.0), Turns(0.0), Turns(0.25)).on([0, 1]);
/// let written = [gpi2(0, quarter), Native::Gpi(Turns(0.0)).on([0]), gpi2(0, quarter), ms, gpi2(0, half), gpi2(1, half), gpi2(0, 3.0 * quarter)];
///
/// let difference = diff(&meant, &Circuit::new(2, written)?.into(), Memory::shared())?;
/// assert_eq!(difference.comparison.verdict, Verdict::Different);
/// assert_eq!(difference.suspects[0].mistake, "phases-in-radians");
/// assert_eq!(difference.suspects[0].verdict, Verdict::Identical);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DiffError`], before any work is done.
pub fn diff(a: &Program, b: &Program, memory: &Memory) -> Result<Difference, DiffError> {
    let compared = Compared::new(a, b, memory)?;
    let mut difference = Difference {
        comparison: compared.comparison,
        a: a.into(),
        b: b.into(),
        qubits_in_use: compared.pair.qubits.len(),
        parted: None,
        suspects: Vec::new(),
        notes: widths(a, b).into_iter().collect(),
        warnings: warnings(a, b),
    };
    if compared.comparison.verdict < Verdict::Identical {
        difference.notes.extend(close(&compared.comparison));
        let parted = part::parted(&compared.pair)?;
        difference.notes.extend(parted.as_ref().err().map(ToString::to_string));
        difference
            .notes
            .extend(matches!(parted, Ok(None)).then(|| "no place was found where they part: they differ too little".to_owned()));
        difference.parted = parted.ok().flatten();
        let suspects = suspect::suspects(&compared.pair, &compared.comparison, difference.parted.as_ref())?;
        difference.notes.extend(suspects.as_ref().err().map(ToString::to_string));
        difference.suspects = suspects.unwrap_or_default();
    }
    Ok(difference)
}

/// Two circuits and the answer; what the answer took is kept for the search for reasons.
struct Compared<'a> {
    pair: Pair<'a>,
    comparison: Comparison,
}

impl<'a> Compared<'a> {
    fn new(a: &'a Program, b: &'a Program, memory: &Memory) -> Result<Compared<'a>, DiffError> {
        let pair = Pair::new(a, b, memory, part::bytes)?;
        let comparison = pair.compare()?;
        Ok(Compared { pair, comparison })
    }
}

/// A search that was left out because it would take too long, and why.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what} was not looked for: {operations} operations on {qubits} qubits would take too long")]
struct TooLong {
    what: &'static str,
    operations: usize,
    qubits: usize,
}

fn widths(a: &Program, b: &Program) -> Option<String> {
    let (narrow, wide) = if a.qubits() < b.qubits() { ("A", "B") } else { ("B", "A") };
    let (fewer, more) = (a.qubits().min(b.qubits()), a.qubits().max(b.qubits()));
    let idle = if more - fewer == 1 { format!("qubit {fewer} is") } else { format!("qubits {fewer} to {} are", more - 1) };
    (fewer < more).then(|| format!("{narrow} has {fewer} of the {more} qubits of {wide}; {idle} taken as idle in {narrow}"))
}

/// Numbers in the native ones that are hardly ever meant.
fn warnings(a: &Program, b: &Program) -> Vec<String> {
    let native = [(Side::A, a), (Side::B, b)].into_iter().filter_map(|(side, program)| match program {
        Program::Native(circuit) => Some((format!("{}: ", side.name()), circuit)),
        Program::Qis(_) => None,
    });
    lint_messages(native)
}

fn close(comparison: &Comparison) -> Option<String> {
    let infidelity = 1.0 - comparison.process_fidelity;
    let close = infidelity + comparison.bound.fidelity_error < 1e-6 && comparison.verdict == Verdict::Different;
    close.then(|| {
        let angle = infidelity.max(1e-14).sqrt();
        format!("they differ by something like {angle:.0e} radians, as if angles had been printed with too few digits")
    })
}
