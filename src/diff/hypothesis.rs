//! Mistakes that people make, each as a change that would undo it.

use crate::circuit::{Circuit, CircuitError, Operation, Program};
use crate::gates::{Gate, Native, PauliExp, Qis, Radians, Turns};
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

/// A change to one circuit. What it multiplies by is what undoes the mistake.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// Multiplies the phases of native gates.
    Phases(Scale),
    /// Multiplies the angles of `ms` and `zz`.
    Angles(Scale),
    /// Multiplies the rotations of QIS gates.
    Rotations(Scale),
    /// Exchanges the phases of every `ms`.
    MsPhases,
    /// Takes qubit q of the register for qubit n − 1 − q.
    QubitOrder,
    /// Undoes the whole circuit.
    Inverse,
    /// Undoes one operation, that of this index.
    InverseOf(usize),
    /// Undoes everything from the operation of this index on.
    InverseFrom(usize),
    /// Undoes each operation from that of this index on, in the order in which they stand.
    EachInverseFrom(usize),
    /// Undoes every `s`, `t` and `v` and what undoes them.
    Daggers,
    /// Leaves it out.
    Without(usize),
    /// Exchanges its first target with its control, or with its second target.
    Turned(usize),
}

/// A factor on angles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Radians were written where turns are due.
    RadiansToTurns,
    /// Turns were written where radians are due, or radians divided by 2π once too often.
    TurnsToRadians,
    /// Radians of an interaction `exp(-iθ·P)` were written where turns are due.
    HalfTurns,
    /// Degrees were written where radians are due.
    Degrees,
    /// They are half of what they should be.
    Double,
    /// They are twice what they should be.
    Half,
    /// They have the wrong sign.
    Negative,
}

impl Scale {
    const fn factor(self) -> f64 {
        match self {
            Scale::RadiansToTurns => 1.0 / TAU,
            Scale::TurnsToRadians => TAU,
            Scale::HalfTurns => 1.0 / PI,
            Scale::Degrees => PI / 180.0,
            Scale::Double => 2.0,
            Scale::Half => 0.5,
            Scale::Negative => -1.0,
        }
    }

    /// The mistake in one word.
    const fn name(self) -> &'static str {
        match self {
            Scale::RadiansToTurns => "in-radians",
            Scale::TurnsToRadians => "in-turns",
            Scale::HalfTurns => "in-radians-by-pi",
            Scale::Degrees => "in-degrees",
            Scale::Double => "halved",
            Scale::Half => "doubled",
            Scale::Negative => "negated",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Scale::RadiansToTurns => "seem to be written in radians where turns are due: divide them by 2π",
            Scale::TurnsToRadians => "are smaller than they should be by a factor of 2π, as turns are next to radians: multiply them by 2π",
            Scale::HalfTurns => "seem to be written as the θ in radians of exp(-iθ·P) where turns are due: divide them by π",
            Scale::Degrees => "seem to be written in degrees where radians are due: multiply them by π/180",
            Scale::Double => "are half of what they should be: double them",
            Scale::Half => "are twice what they should be: halve them",
            Scale::Negative => "have the wrong sign",
        }
    }
}

impl Change {
    /// What may be wrong with all of a circuit, likeliest first.
    pub(super) const WHOLE: [Change; 17] = [
        Change::Phases(Scale::RadiansToTurns),
        Change::Angles(Scale::RadiansToTurns),
        Change::Rotations(Scale::TurnsToRadians),
        Change::Rotations(Scale::Degrees),
        Change::Phases(Scale::TurnsToRadians),
        Change::Angles(Scale::Double),
        Change::Angles(Scale::Half),
        Change::Angles(Scale::HalfTurns),
        Change::Angles(Scale::TurnsToRadians),
        Change::Rotations(Scale::RadiansToTurns),
        Change::Rotations(Scale::Double),
        Change::Rotations(Scale::Half),
        Change::Rotations(Scale::Negative),
        Change::Phases(Scale::Negative),
        Change::MsPhases,
        Change::QubitOrder,
        Change::Inverse,
    ];

    /// What may be wrong with one operation.
    pub(super) fn of_one(index: usize) -> [Change; 3] {
        [Change::InverseOf(index), Change::Turned(index), Change::Without(index)]
    }

    /// What may be wrong with everything from an operation on.
    pub(super) fn of_rest(index: usize) -> [Change; 2] {
        [Change::InverseFrom(index), Change::EachInverseFrom(index)]
    }

    /// Whether doing this to one circuit is as good as doing it to the other.
    pub(super) fn is_mutual(self) -> bool {
        matches!(self, Change::QubitOrder | Change::Inverse)
    }

    /// Whether the two can be wrong independently of each other, and often are.
    pub(super) fn pairs_with(self, other: Change) -> bool {
        matches!((self, other), (Change::Phases(_), Change::Angles(_) | Change::MsPhases))
    }

    /// The mistake in one word.
    pub(super) fn name(self) -> String {
        match self {
            Change::Phases(scale) => format!("phases-{}", scale.name()),
            Change::Angles(scale) => format!("angles-{}", scale.name()),
            Change::Rotations(scale) => format!("rotations-{}", scale.name()),
            Change::MsPhases => "ms-phases-exchanged".to_owned(),
            Change::QubitOrder => "qubits-reversed".to_owned(),
            Change::Inverse => "inverse".to_owned(),
            Change::InverseOf(_) => "operation-inverted".to_owned(),
            Change::InverseFrom(_) => "rest-not-inverted".to_owned(),
            Change::EachInverseFrom(_) => "rest-not-inverted-each".to_owned(),
            Change::Daggers => "daggers".to_owned(),
            Change::Without(_) => "operation-too-many".to_owned(),
            Change::Turned(_) => "operation-turned-round".to_owned(),
        }
    }

    /// The mistake in a sentence whose subject is the circuit: "in B the phases …".
    pub(super) fn sentence(self, side: &str, shown: impl Fn(usize) -> String) -> String {
        match self {
            Change::Phases(scale) => format!("the phases of the native gates in {side} {}", scale.sentence()),
            Change::Angles(scale) => format!("the angles of ms and zz in {side} {}", scale.sentence()),
            Change::Rotations(scale) => format!("the rotations in {side} {}", scale.sentence()),
            Change::MsPhases => format!("the two phases of every ms in {side} are exchanged"),
            Change::QubitOrder => "the qubits are numbered the other way round: qubit 0 of A is the last one of B".to_owned(),
            Change::Inverse => "B does what undoes A: it is the inverse".to_owned(),
            Change::InverseOf(index) => format!("{} of {side} goes the wrong way: invert it", shown(index)),
            Change::InverseFrom(index) => {
                format!("what {side} does from {} on should be undone instead: reverse it and invert every operation", shown(index))
            }
            Change::EachInverseFrom(index) => format!("from {} of {side} on every operation goes the wrong way: invert each", shown(index)),
            Change::Daggers => format!("every s, t and v in {side} is taken for its inverse"),
            Change::Without(index) => format!("{} of {side} is one too many, or missing from the other circuit", shown(index)),
            Change::Turned(index) => format!("{} of {side} has its qubits the wrong way round", shown(index)),
        }
    }

    /// The circuit with the change; `None` if it changes nothing, or makes no circuit. `qubits` is the register's width.
    pub(super) fn apply(self, program: &Program, qubits: usize) -> Option<Program> {
        let changed = match program {
            Program::Qis(circuit) => self.operations(circuit, qubits, |gate| self.qis(gate)).ok()?.into(),
            Program::Native(circuit) => self.operations(circuit, qubits, |gate| self.native(gate)).ok()?.into(),
        };
        (changed != *program).then_some(changed)
    }

    fn operations<G: Gate>(self, circuit: &Circuit<G>, qubits: usize, gate: impl Fn(&G) -> G) -> Result<Circuit<G>, CircuitError> {
        let mut operations = circuit.operations().to_vec();
        let mut width = circuit.qubits();
        match self {
            Change::Phases(_) | Change::Angles(_) | Change::Rotations(_) | Change::MsPhases => {
                operations.iter_mut().for_each(|operation| operation.gate = gate(&operation.gate));
            }
            Change::QubitOrder => {
                width = qubits;
                operations.iter_mut().for_each(|operation| reverse(operation, qubits));
            }
            Change::Inverse => {
                operations.reverse();
                operations.iter_mut().for_each(invert);
            }
            Change::InverseOf(index) => operations.get_mut(index).into_iter().for_each(invert),
            Change::InverseFrom(index) => {
                operations[index..].reverse(); // a place in this circuit: see `Parting`
                operations[index..].iter_mut().for_each(invert);
            }
            Change::EachInverseFrom(index) => operations[index..].iter_mut().for_each(invert),
            Change::Daggers => operations.iter_mut().filter(|operation| is_dagger(operation.gate.spec().name)).for_each(invert),
            Change::Turned(index) => operations.get_mut(index).into_iter().for_each(turn),
            Change::Without(index) => {
                operations.remove(index);
            }
        }
        Circuit::new(width, operations)
    }

    fn native(self, gate: &Native) -> Native {
        match (self, *gate) {
            (Change::Phases(scale), Native::Gpi(phase)) => Native::Gpi(scaled(phase, scale)),
            (Change::Phases(scale), Native::Gpi2(phase)) => Native::Gpi2(scaled(phase, scale)),
            (Change::Phases(scale), Native::Ms(one, other, angle)) => Native::Ms(scaled(one, scale), scaled(other, scale), angle),
            (Change::Angles(scale), Native::Ms(one, other, angle)) => Native::Ms(one, other, scaled(angle, scale)),
            (Change::Angles(scale), Native::Zz(angle)) => Native::Zz(scaled(angle, scale)),
            (Change::MsPhases, Native::Ms(one, other, angle)) => Native::Ms(other, one, angle),
            (_, gate) => gate,
        }
    }

    fn qis(self, gate: &Qis) -> Qis {
        let Change::Rotations(scale) = self else { return gate.clone() };
        let factor = scale.factor();
        let scaled = |angle: &Radians| Radians(angle.0 * factor);
        match gate {
            Qis::Phase(angle) => Qis::Phase(scaled(angle)),
            Qis::Rx(angle) => Qis::Rx(scaled(angle)),
            Qis::Ry(angle) => Qis::Ry(scaled(angle)),
            Qis::Rz(angle) => Qis::Rz(scaled(angle)),
            Qis::Xx(angle) => Qis::Xx(scaled(angle)),
            Qis::Yy(angle) => Qis::Yy(scaled(angle)),
            Qis::Zz(angle) => Qis::Zz(scaled(angle)),
            Qis::PauliExp(exp) => times(exp, factor).map_or_else(|| gate.clone(), |exp| Qis::PauliExp(Arc::new(exp))),
            Qis::X | Qis::Y | Qis::Z | Qis::H | Qis::S | Qis::Si | Qis::T | Qis::Ti | Qis::V | Qis::Vi | Qis::Swap => gate.clone(),
        }
    }
}

fn scaled(angle: Turns, scale: Scale) -> Turns {
    Turns(angle.0 * scale.factor())
}

/// The exponential with all coefficients multiplied; `None` if that overflows.
fn times(exp: &PauliExp, factor: f64) -> Option<PauliExp> {
    let terms: Vec<String> = exp.terms().iter().map(|(string, _)| string.letters(exp.qubits())).collect();
    let coefficients: Vec<f64> = exp.terms().iter().map(|(_, coefficient)| coefficient * factor).collect();
    PauliExp::new(exp.qubits(), &terms, &coefficients, exp.time()).ok()
}

fn invert<G: Gate>(operation: &mut Operation<G>) {
    operation.gate = operation.gate.inverse();
}

fn is_dagger(gate: &str) -> bool {
    ["s", "si", "t", "ti", "v", "vi"].contains(&gate)
}

fn reverse<G>(operation: &mut Operation<G>, qubits: usize) {
    operation.targets.iter_mut().chain(&mut operation.controls).for_each(|qubit| *qubit = qubits - 1 - *qubit);
}

fn turn<G>(operation: &mut Operation<G>) {
    match (operation.targets.as_mut_slice(), operation.controls.as_mut_slice()) {
        ([target, ..], [control, ..]) => std::mem::swap(target, control),
        ([one, other], []) => std::mem::swap(one, other),
        _ => {}
    }
}
