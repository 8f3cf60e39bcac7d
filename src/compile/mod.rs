//! QIS to native gates: as few as it finds, and the same circuit.
//!
//! May import: `gates`, `circuit`, `device`. Read `pieces.rs` first: everything becomes one-qubit unitaries and ZZ interactions
//! (`lower/`). Then `weave.rs` lets them meet, `blocks.rs` shortens the runs on a pair, and `pulses.rs` writes what is left as native
//! gates.

mod algebra;
mod blocks;
mod kak;
mod lower;
mod pieces;
mod pulses;
mod route;
mod schedule;
mod swaps;
mod target;
mod weave;

pub use pulses::Entangler;
pub use target::{Couplings, Target};

use crate::circuit::{Circuit, Program};
use crate::gates::Native;
use pieces::{Piece, Pieces};
use weave::{Freedom, Weave};

/// Why a program cannot be compiled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// More qubits than the device has.
    #[error("qubits is {qubits}, the device has {allowed}")]
    TooWide {
        /// The width of the program.
        qubits: usize,
        /// The width of the device.
        allowed: usize,
    },
    /// An interaction between qubits that nothing connects.
    #[error("qubits {} and {} must interact, but no path of couplings leads from one to the other", qubits[0], qubits[1])]
    NotConnected {
        /// The two.
        qubits: [usize; 2],
    },
    /// One operation has no native gates.
    #[error("operation {index}: {problem}")]
    Operation {
        /// Which one.
        index: usize,
        /// Why.
        problem: Box<CompileError>,
    },
    /// Terms that do not commute, on too many qubits for a matrix.
    #[error(
        "pauliexp: terms that do not commute need a matrix on {qubits} qubits and have {controls} controls, at most {} qubits and {} \
         together can be compiled; split the sum",
        lower::MAX_QUBITS,
        lower::MAX_TOGETHER
    )]
    Width {
        /// Qubits left once Clifford gates have brought the terms onto as few as they can.
        qubits: usize,
        /// Controls of the gate.
        controls: usize,
    },
    /// Terms that do not commute, too strong for their phases to mean anything.
    #[error(
        "pauliexp: terms that do not commute have |time × coefficients| adding up to {sum:.4e}, at most {limit:e} can be compiled; lower \
         the time",
        limit = lower::MAX_ANGLE
    )]
    Strength {
        /// The sum.
        sum: f64,
    },
    /// Eigenvalues or singular values that did not settle.
    #[error("unitary: its factors did not settle, finite and unitary entries are needed")]
    Unsettled,
}

/// What must stay the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompileOptions {
    /// The operation itself, up to a global phase. Otherwise the distribution of outcomes is kept for a job, which starts in |0…0⟩ and
    /// ends with a measurement of every qubit.
    pub exact: bool,
}

/// Compiles a program to native gates.
///
/// ```
/// use paultrap::circuit::{Circuit, On};
/// use paultrap::compile::{CompileOptions, Target, compile};
/// use paultrap::gates::Qis;
/// let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])])?;
/// let native = compile(&bell.into(), &Target::ARIA, CompileOptions::default())?;
/// assert_eq!(native.gate_counts().two_qubit, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CompileError`].
pub fn compile(program: &Program, target: &Target, CompileOptions { exact }: CompileOptions) -> Result<Circuit<Native>, CompileError> {
    let mut qubits = program.qubits();
    let most = [target.qubits, target.couplings.as_ref().map(Couplings::qubits)].into_iter().flatten().min();
    if let Some(allowed) = most.filter(|allowed| *allowed < qubits) {
        return Err(CompileError::TooWide { qubits, allowed });
    }
    let mut pieces = shortest(&lower::pieces(program, !exact)?, qubits, exact);
    if let Some(couplings) = &target.couplings {
        let narrow = couplings.among_first(qubits);
        let couplings = if narrow.is_connected() { &narrow } else { couplings };
        qubits = couplings.qubits();
        let freedom = Freedom { rename: false, ..Freedom::of(exact) };
        pieces = shortened(&route::routed(&pieces, couplings, !exact)?, qubits, freedom);
    }
    let operations = pulses::pulses(&pieces, qubits, target.entangler, !exact);
    let compiled = Circuit::new(qubits, operations).expect("pulses are on qubits that the program has");
    Ok(match program {
        Program::Native(circuit) if target.plays(circuit) => {
            // Whoever wrote these pulses may have done better than this.
            let tidy = pulses::tidied(circuit);
            if cost(&tidy) < cost(&compiled) { tidy } else { compiled }
        }
        Program::Native(_) | Program::Qis(_) => compiled,
    })
}

/// Interactions first, since they cost the most, then pulses.
fn cost(circuit: &Circuit<Native>) -> (usize, usize) {
    let counts = circuit.gate_counts();
    (counts.two_qubit, counts.one_qubit)
}

/// The same with the fewest interactions, between any qubits.
fn shortest(pieces: &Pieces, qubits: usize, exact: bool) -> Pieces {
    let shortened = |pieces: &Pieces| shortened(pieces, qubits, Freedom::of(exact));
    if !exact || !pieces.0.iter().any(|piece| matches!(piece, Piece::Swap(_))) {
        return shortened(pieces);
    }
    // A swap is cheapest where it meets interactions of its own pair, and only trying tells where that is.
    let ways = [pieces.clone(), swaps::at_the_end(pieces), swaps::at_the_start(pieces)];
    ways.iter().map(shortened).min_by_key(Pieces::entanglers).expect("there are three")
}

/// The pieces after everything that can meet has met and every run has become as short as it can.
fn shortened(pieces: &Pieces, qubits: usize, freedom: Freedom) -> Pieces {
    let mut weave = Weave::of(pieces, qubits, freedom);
    while let Some(shorter) = blocks::shorten(&weave, freedom) {
        weave = Weave::of(&shorter, qubits, freedom);
    }
    blocks::pieces(&weave)
}
