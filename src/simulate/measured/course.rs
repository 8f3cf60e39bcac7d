//! The course of a measured circuit: what has to happen on the way, and what can be read at the end.

use super::super::evolve::places;
use crate::circuit::{Event, MAX_QUBITS, MeasuredCircuit, Operation};
use crate::gates::{Action, Gate, Matrix4};
use num_complex::Complex64;

/// One thing after another; qubits are positions in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The operation of this index.
    Gate(usize),
    /// The bit is one that nothing measures into later.
    Measure {
        place: usize,
        bit: Option<usize>,
    },
    Reset {
        place: usize,
    },
}

/// A measured circuit over the qubits that its gates touch; the others are 0 whatever happens to them.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) stages: Vec<Stage>,
    /// Which positions are read at the end, each once, and the bits that they fill.
    pub(super) read: Vec<(usize, u64)>,
    /// How many stages have two ways out.
    pub(super) forks: usize,
}

impl Course {
    /// The bits that an amplitude's index stands for at the end.
    pub(super) fn bits(&self, index: usize) -> u64 {
        self.read.iter().filter(|(place, _)| index >> place & 1 == 1).fold(0, |bits, (_, mask)| bits | mask)
    }
}

impl Course {
    /// Finds the course through a circuit. With `noise` any qubit of a gate may come out of it changed, even one that the gate only looks at.
    pub(super) fn of<G: Gate>(program: &MeasuredCircuit<G>, noise: bool) -> Course {
        let touched = program.gates().touched();
        let masks: Vec<Masks> = program.gates().operations().iter().map(|operation| Masks::of(operation, noise)).collect();
        let (stages, read) = later_first(program, &masks, touched.iter().fold(0, |mask, qubit| mask | 1 << qubit));
        let place = places(&touched);
        let read: Vec<_> = touched.iter().map(|&qubit| (place[qubit], read[qubit])).filter(|(_, bits)| *bits != 0).collect();
        // A qubit that nothing has changed yet is 0.
        let mut changed = 0u64;
        let mut needed = |stage: &Stage| match stage {
            Stage::Gate(index) => {
                changed |= masks[*index].changed;
                true
            }
            Stage::Measure { place: qubit, .. } | Stage::Reset { place: qubit } => changed >> qubit & 1 == 1,
        };
        let stages = stages.into_iter().rev().filter(|stage| needed(stage)).map(|stage| match stage {
            Stage::Gate(_) => stage,
            Stage::Measure { place: qubit, bit } => Stage::Measure { place: place[qubit], bit },
            Stage::Reset { place: qubit } => Stage::Reset { place: place[qubit] },
        });
        let stages: Vec<Stage> = stages.collect();
        let forks = stages.iter().filter(|stage| !matches!(stage, Stage::Gate(_))).count();
        Course { stages, read, forks }
    }
}

/// The qubits of one operation.
struct Masks {
    /// Those that it does something to or depends on.
    acting: u64,
    /// Those whose chance of being 1 it may change.
    changed: u64,
}

impl Masks {
    fn of<G: Gate>(operation: &Operation<G>, noise: bool) -> Masks {
        let acting = operation.acting().fold(0, |mask, qubit| mask | 1 << qubit);
        let zero = Complex64::new(0.0, 0.0);
        let diagonal = |m: &Matrix4| (0..16).all(|cell| cell / 4 == cell % 4 || m[cell / 4][cell % 4] == zero);
        let keeps = match operation.gate.action() {
            Action::Identity => true,
            Action::One([[_, b], [c, _]]) => b == zero && c == zero,
            Action::Two(matrix) => diagonal(&matrix),
            Action::PauliExp(_) => false,
        };
        let targets = operation.targets.iter().fold(0, |mask, qubit| mask | 1 << qubit);
        let changed = match (noise, keeps) {
            (true, _) => acting,
            (false, true) => 0,
            (false, false) => acting & targets,
        };
        Masks { acting, changed }
    }
}

/// The stages last first, over qubits, and the bits that each qubit fills at the end, because nothing changes it after they were
/// measured.
fn later_first<G: Gate>(program: &MeasuredCircuit<G>, masks: &[Masks], touched: u64) -> (Vec<Stage>, [u64; MAX_QUBITS]) {
    let (mut stages, mut read) = (Vec::new(), [0u64; MAX_QUBITS]);
    // Of what comes later: qubits changed, qubits that matter, bits written, qubits measured or reset before any gate.
    let (mut changed, mut matters, mut written, mut settled) = (0u64, 0u64, 0u64, 0u64);
    let mut events = program.events().iter().rev().peekable();
    for place in (0..=masks.len()).rev() {
        if let Some(masks) = masks.get(place) {
            stages.push(Stage::Gate(place));
            changed |= masks.changed;
            matters |= masks.acting;
            settled &= !masks.acting;
        }
        while let Some(&(_, event)) = events.next_if(|(before, _)| *before == place) {
            let qubit = event.qubit();
            let known = touched >> qubit & 1 == 0; // it is 0
            match event {
                Event::Reset { .. } if known || matters >> qubit & 1 == 0 => {}
                Event::Reset { .. } => {
                    stages.push(Stage::Reset { place: qubit });
                    changed |= 1 << qubit;
                    settled |= 1 << qubit;
                }
                Event::Measure { bit, .. } => {
                    let bit = bit.filter(|bit| written >> bit & 1 == 0);
                    written |= bit.map_or(0, |bit| 1 << bit);
                    if known {
                        continue;
                    }
                    if bit.is_none() && settled >> qubit & 1 == 1 {
                        continue; // nobody learns what the next measurement or reset does not find out again
                    }
                    if changed >> qubit & 1 == 1 {
                        stages.push(Stage::Measure { place: qubit, bit });
                        settled |= 1 << qubit;
                    } else if let Some(bit) = bit {
                        read[qubit] |= 1 << bit;
                        matters |= 1 << qubit;
                    }
                }
            }
        }
    }
    (stages, read)
}
