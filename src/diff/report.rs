//! What a comparison says. Everything here serializes as `paultrap diff --format json` prints it.

use crate::circuit::{Operation, Program};
use crate::gates::{Gate, Gateset};
use serde::{Serialize, Serializer};
use std::fmt;

/// How much of one circuit the other one is. Ordered: each verdict implies the ones below it.
///
/// ```
/// use paultrap::diff::Verdict;
/// assert!(Verdict::Identical > Verdict::SameOutcome);
/// assert_eq!(Verdict::SameMeasurement.name(), "same-measurement");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Not even the same outcomes from |0…0⟩.
    Different,
    /// The same outcome distribution from |0…0⟩, which is where a job starts.
    SameOutcome,
    /// `B = D·A` with a diagonal D: the same up to phases just before measurement, so the same outcomes from any state.
    SameMeasurement,
    /// The same unitary up to a global phase.
    Identical,
}

impl Verdict {
    /// All of them, weakest first.
    pub const ALL: [Verdict; 4] = [Verdict::Different, Verdict::SameOutcome, Verdict::SameMeasurement, Verdict::Identical];

    /// The word in the command's JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Different => "different",
            Verdict::SameOutcome => "same-outcome",
            Verdict::SameMeasurement => "same-measurement",
            Verdict::Identical => "identical",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How it was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Both circuits were applied to every basis state. Exact up to rounding.
    Unitary,
    /// Both were applied to a few random states. Wrong with a probability that is known.
    RandomStates,
    /// Both consist of Clifford gates and were followed as Pauli strings. Exact, however wide.
    Stabilizer,
}

/// How sure the numbers are. The rounding of the amplitudes themselves, about (number of operations · 10⁻¹⁶)², is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bound {
    /// For [`Verdict::Identical`] the process infidelity of the two circuits, for [`Verdict::SameMeasurement`] what is left of it
    /// once the phases before measurement are taken out, is at most this. Absent for the other two verdicts, which rest on
    /// [`Comparison::total_variation`].
    pub infidelity: Option<f64>,
    /// Except with this probability, over the choice of random states.
    pub failure_probability: f64,
    /// The standard error of the process fidelity is at most this; 0 where it is exact up to rounding.
    pub fidelity_error: f64,
}

/// The answer in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The strongest that holds.
    pub verdict: Verdict,
    /// `|tr(A†B)|²/4^n`: 1 for identical circuits.
    pub process_fidelity: f64,
    /// How it was found out.
    pub method: Method,
    /// How sure that is.
    pub bound: Bound,
    /// How far the outcome distributions from |0…0⟩ are apart: half the sum of the differences, 0 for equal ones, 1 for disjoint ones.
    pub total_variation: f64,
}

/// One of the two circuits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// The letter.
    pub const fn name(self) -> &'static str {
        match self {
            Side::A => "A",
            Side::B => "B",
        }
    }
}

/// What one of the circuits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The gateset it is written in.
    #[serde(serialize_with = "name")]
    pub gateset: Gateset,
    /// The declared width.
    pub qubits: usize,
    /// How many operations it has; a gate listed with several targets counts once for each.
    pub operations: usize,
}

impl From<&Program> for Summary {
    fn from(program: &Program) -> Summary {
        Summary { gateset: program.gateset(), qubits: program.qubits(), operations: program.len() }
    }
}

fn name<S: Serializer>(gateset: &Gateset, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(gateset.name())
}

/// An operation of a circuit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Its index among the operations, where a gate listed with several targets counts once for each.
    pub index: usize,
    /// The gate's name.
    pub gate: &'static str,
    /// Its parameters, in the units of its gateset.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<f64>,
    /// The qubits it acts on.
    pub targets: Vec<usize>,
    /// The qubits that must be 1 for it to act.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<usize>,
}

impl Place {
    /// The operation of that index, if there is one.
    pub(super) fn of(program: &Program, index: usize) -> Option<Place> {
        match program {
            Program::Qis(circuit) => circuit.operations().get(index).map(|operation| Place::new(index, operation)),
            Program::Native(circuit) => circuit.operations().get(index).map(|operation| Place::new(index, operation)),
        }
    }

    fn new<G: Gate>(index: usize, operation: &Operation<G>) -> Place {
        Place {
            index,
            gate: operation.gate.spec().name,
            values: operation.gate.values(),
            targets: operation.targets.to_vec(),
            controls: operation.controls.to_vec(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |numbers: &[usize]| numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        f.write_str(self.gate)?;
        if !self.values.is_empty() {
            let values: Vec<_> = self.values.iter().map(f64::to_string).collect();
            write!(f, "({})", values.join(", "))?;
        }
        if !self.targets.is_empty() {
            write!(f, " on {}", list(&self.targets))?;
        }
        if !self.controls.is_empty() {
            write!(f, " controlled by {}", list(&self.controls))?;
        }
        Ok(())
    }
}

/// How far one circuit was followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Followed {
    /// How many of its operations had been applied when the two agreed for the last time.
    pub done: usize,
    /// The operation that comes next; absent at the end of the circuit.
    pub next: Option<Place>,
}

/// The last point where the two circuits agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parting {
    /// What they agree in there: [`Verdict::Identical`], or, if that is so nowhere but at the start, [`Verdict::SameMeasurement`].
    pub agreement: Verdict,
    /// The first circuit.
    pub a: Followed,
    /// The second.
    pub b: Followed,
}

/// A change to one of the circuits that makes them agree: probably what went wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// Which circuit would have to be changed.
    pub side: Side,
    /// What was wrong in it: one word, or two joined by a plus.
    pub mistake: String,
    /// The verdict after the change.
    pub verdict: Verdict,
    /// The process fidelity after the change.
    pub process_fidelity: f64,
    /// One sentence for people.
    pub message: String,
}

/// Everything that is to be said about two circuits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The answer.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The first circuit.
    pub a: Summary,
    /// The second.
    pub b: Summary,
    /// How many qubits one of them touches; the others are idle in both.
    pub qubits_in_use: usize,
    /// Where they part; absent if they do not, or if that would take too long.
    pub parted: Option<Parting>,
    /// What probably went wrong, likeliest first.
    pub suspects: Vec<Suspect>,
    /// What else one should know: widths that differ, searches that were left out.
    pub notes: Vec<String>,
    /// What is suspicious in the circuits themselves. See [`crate::circuit::lint()`].
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_ordered_and_print_as_their_json() {
        assert!(Verdict::ALL.is_sorted());
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_string(&verdict).unwrap(), format!("\"{verdict}\""));
        }
    }
}
