//! The gates of a program, and how a call of one becomes pieces. All work is paid for, so that a short text cannot ask for much.

use super::error::{Qasm3Error, Qasm3Problem as Problem};
use super::expression::{Expression, Number};
use super::library::{self, Known, Origin};
use super::piece::{self, Piece};
use super::syntax::{CallText, GateText, Modifier};
use crate::circuit::error::shorten;
use crate::circuit::{MAX_GATES, MAX_QUBITS};
use std::collections::HashMap;

/// How deep definitions may use each other.
const MAX_DEPTH: usize = 64;
/// How many calls and steps of expressions all definitions together may have.
const MAX_DEFINED: usize = 1_000_000;
/// How many steps a program may take that comes to no gate: some 10 ms (25 ns each on a laptop, 2026-11-22).
const MAX_WORK: usize = 400_000;
/// How many more for every gate of its circuit: enough for as many gates as a job may have, each of them two definitions deep.
const WORK_PER_GATE: usize = 6;

/// A gate that can be called.
#[derive(Debug, Clone, Copy)]
enum Callee {
    Known(&'static Known),
    /// Its place in [`Gates::definitions`].
    Defined(usize),
}

/// A call with its gate looked up and its numbers bound to the parameters of the gate around it.
#[derive(Debug)]
pub(super) struct Call {
    line: usize,
    name: Box<str>,
    callee: Callee,
    modifiers: Vec<Modifier>,
    arguments: Vec<Expression>,
}

#[derive(Debug)]
struct Definition {
    parameters: usize,
    qubits: usize,
    /// Calls on some of its qubits.
    body: Vec<(Call, Vec<usize>)>,
    depth: usize,
}

/// What is known about gates.
#[derive(Debug, Default)]
pub(super) struct Gates {
    /// Whether `stdgates.inc` or `qelib1.inc` is included, and whether it is the first.
    pub(super) included: bool,
    pub(super) standard: bool,
    names: HashMap<String, usize>,
    definitions: Vec<Definition>,
    defined: usize,
    work: usize,
    delivered: usize,
}

type Read<T> = Result<T, Qasm3Error>;
type Worked<T> = Result<T, Problem>;

/// The value of a name that is no parameter.
pub(super) type Constants<'c> = &'c dyn Fn(&str) -> Worked<Option<Number>>;

impl Gates {
    /// Whether a program may not use the name for anything of its own.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.names.contains_key(name)
            || library::find(name)
                .is_some_and(|known| known.origin == Origin::Language || (known.origin == Origin::Standard && self.standard))
    }

    /// Whether a gate that `stdgates.inc` has is defined by the program already.
    pub(super) fn clash(&self) -> Option<&String> {
        self.names.keys().find(|name| library::find(name).is_some_and(|known| known.origin == Origin::Standard))
    }

    fn callee(&self, name: &str) -> Worked<Callee> {
        if let Some(index) = self.names.get(name) {
            return Ok(Callee::Defined(*index));
        }
        match library::find(name) {
            Some(known) if self.included || known.origin == Origin::Language => Ok(Callee::Known(known)),
            Some(_) => Err(Problem::undefined(&format!("gate {}", shorten(name)), ", include \"stdgates.inc\" brings it")),
            None => Err(Problem::undefined(&format!("gate {}", shorten(name)), "")),
        }
    }

    fn size(&self, callee: Callee) -> (usize, usize) {
        match callee {
            Callee::Known(known) => (known.parameters, known.qubits),
            Callee::Defined(index) => (self.definitions[index].parameters, self.definitions[index].qubits),
        }
    }

    /// Looks the gate and the numbers of a call up.
    pub(super) fn call(&self, text: &CallText<'_>, parameters: &[&str], constants: Constants<'_>) -> Worked<Call> {
        let callee = self.callee(text.gate)?;
        let (needed, _) = self.size(callee);
        if text.arguments.len() != needed {
            return Err(Problem::Count { of: shorten(text.gate), what: "parameters", given: text.arguments.len(), needed });
        }
        let bind = |expression: &Expression| expression.bind(parameters, constants);
        let modifier = |modifier: &Modifier| {
            Ok(match modifier {
                Modifier::Inverse => Modifier::Inverse,
                Modifier::Power(exponent) => Modifier::Power(bind(exponent)?),
                Modifier::Control { count, on } => Modifier::Control { count: count.as_ref().map(bind).transpose()?, on: *on },
            })
        };
        Ok(Call {
            line: text.line,
            name: shorten(text.gate).into(),
            callee,
            modifiers: text.modifiers.iter().map(modifier).collect::<Worked<_>>()?,
            arguments: text.arguments.iter().map(bind).collect::<Worked<_>>()?,
        })
    }

    /// Adds a gate.
    pub(super) fn define(&mut self, text: &GateText<'_>, line: usize, constants: Constants<'_>) -> Read<()> {
        let at = |problem: Problem| problem.at(line);
        if text.qubits.len() > MAX_QUBITS {
            return Err(at(Problem::TooMany { what: "a gate has too many qubits", limit: MAX_QUBITS }));
        }
        let names: Vec<&str> = text.parameters.iter().chain(&text.qubits).copied().collect();
        if let Some((_, name)) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            return Err(at(Problem::Redefined { name: shorten(name) }));
        }
        let (mut body, mut depth) = (Vec::new(), 1);
        for call in &text.body {
            let (call, qubits) = self.body_call(text, call, constants).map_err(|problem| problem.at(call.line))?;
            if let Callee::Defined(index) = call.callee {
                depth = depth.max(1 + self.definitions[index].depth);
            }
            body.push((call, qubits));
        }
        if depth > MAX_DEPTH {
            return Err(at(Problem::TooMany { what: "definitions nest too deep", limit: MAX_DEPTH }));
        }
        self.names.insert(text.name.to_owned(), self.definitions.len());
        self.definitions.push(Definition { parameters: text.parameters.len(), qubits: text.qubits.len(), body, depth });
        Ok(())
    }

    fn body_call(&mut self, text: &GateText<'_>, call: &CallText<'_>, constants: Constants<'_>) -> Worked<(Call, Vec<usize>)> {
        let expressions = |call: &CallText<'_>| call.arguments.iter().map(|argument| argument.steps.len()).sum::<usize>();
        self.defined += 1 + call.modifiers.len() + expressions(call);
        if self.defined > MAX_DEFINED {
            return Err(Problem::TooMany { what: "definitions are too long", limit: MAX_DEFINED });
        }
        let mut qubits = Vec::new();
        for operand in &call.operands {
            let qubit = text.qubits.iter().position(|name| *name == operand.name).ok_or_else(|| Problem::undefined(operand.name, ""))?;
            if !operand.indices.is_empty() {
                return Err(Problem::unsupported(
                    format!("{}[…] in a gate", shorten(operand.name)),
                    "the qubits of a gate have no elements",
                ));
            }
            if qubits.contains(&qubit) {
                return Err(Problem::RepeatedQubit { what: shorten(call.gate), qubit });
            }
            qubits.push(qubit);
        }
        if call.gate == text.name {
            return Err(Problem::undefined(&format!("gate {}", shorten(call.gate)), " inside itself"));
        }
        Ok((self.call(call, &text.parameters, constants)?, qubits))
    }

    /// The pieces of a call on qubits 0, 1, … `operands`, in the order in which they are given to it.
    pub(super) fn pieces(&mut self, call: &Call, operands: usize, parameters: &[f64]) -> Read<Vec<Piece>> {
        let at = |problem: Problem| problem.at(call.line);
        self.pay(1 + call.arguments.iter().map(|argument| argument.steps.len()).sum::<usize>()).map_err(at)?;
        let values = |argument: &Expression| argument.value(parameters).map(Number::real);
        let values = call.arguments.iter().map(values).collect::<Worked<Vec<f64>>>().map_err(at)?;
        let mut qubits = self.size(call.callee).1;
        let mut pieces = match call.callee {
            Callee::Known(known) => (known.pieces)(&values),
            Callee::Defined(index) => self.body(index, &values)?,
        };
        // From the inside out; controls add up to the qubits of the call.
        for modifier in call.modifiers.iter().rev() {
            self.pay(1 + pieces.len()).map_err(at)?;
            pieces = match modifier {
                Modifier::Inverse => piece::inverse(pieces),
                Modifier::Power(exponent) => {
                    let exponent = exponent.value(parameters).map_err(at)?.real();
                    self.power(pieces, exponent, &call.name).map_err(at)?
                }
                Modifier::Control { count, on } => {
                    let count = count.as_ref().map(|count| count.value(parameters)?.whole()).transpose().map_err(at)?.unwrap_or(1);
                    let count = usize::try_from(count).ok().filter(|count| (1..=MAX_QUBITS).contains(count));
                    let count = count.ok_or_else(|| at(Problem::value("the number of controls", "is not in 1..=64")))?;
                    qubits += count;
                    if qubits > operands {
                        pieces // the error is below, with all controls counted; no piece needs to carry them for it
                    } else {
                        self.pay(pieces.len() * count).map_err(at)?;
                        piece::control(pieces, count, *on)
                    }
                }
            };
        }
        if operands != qubits {
            return Err(at(Problem::Count { of: call.name.to_string(), what: "qubits", given: operands, needed: qubits }));
        }
        Ok(pieces)
    }

    fn body(&mut self, index: usize, parameters: &[f64]) -> Read<Vec<Piece>> {
        // Taken out for the time being: a definition uses only those before it.
        let body = std::mem::take(&mut self.definitions[index].body);
        let result = self.each(&body, parameters);
        self.definitions[index].body = body;
        result
    }

    fn each(&mut self, body: &[(Call, Vec<usize>)], parameters: &[f64]) -> Read<Vec<Piece>> {
        let mut all = Vec::new();
        for (call, qubits) in body {
            let pieces = self.pieces(call, qubits.len(), parameters)?;
            self.pay(pieces.len()).and_then(|()| check_gates(all.len() + pieces.len())).map_err(|problem| problem.at(call.line))?;
            all.extend(pieces.into_iter().map(|piece| piece.placed(|qubit| qubits[qubit])));
        }
        Ok(all)
    }

    fn power(&mut self, pieces: Vec<Piece>, exponent: f64, gate: &str) -> Worked<Vec<Piece>> {
        if let [piece] = pieces.as_slice()
            && let Some(power) = piece::power(piece, exponent)
        {
            return Ok(power);
        }
        if pieces.is_empty() {
            return Ok(pieces);
        }
        if exponent.fract() != 0.0 {
            return Err(Problem::FractionalPower { gate: gate.to_owned(), exponent });
        }
        // Saturates: beyond the limit it is all the same.
        let times = exponent.abs() as usize;
        let length = pieces.len().saturating_mul(times);
        check_gates(length)?;
        self.pay(length)?;
        let pieces = if exponent < 0.0 { piece::inverse(pieces) } else { pieces };
        Ok(std::iter::repeat_n(pieces, times).flatten().collect())
    }

    /// Takes that much work off what is left.
    pub(super) fn pay(&mut self, work: usize) -> Worked<()> {
        self.work = self.work.saturating_add(work);
        let limit = MAX_WORK + WORK_PER_GATE * self.delivered;
        if self.work <= limit { Ok(()) } else { Err(Problem::TooMany { what: "the program takes too many steps", limit }) }
    }

    /// Takes note of gates that the circuit now has, and that allow more work.
    pub(super) fn deliver(&mut self, gates: usize) {
        self.delivered = (self.delivered + gates).min(MAX_GATES);
    }
}

/// As many gates as a job may have.
pub(super) fn check_gates(given: usize) -> Worked<()> {
    if given <= MAX_GATES { Ok(()) } else { Err(Problem::Gates) }
}
