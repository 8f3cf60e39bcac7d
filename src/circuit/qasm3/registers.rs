//! Registers, their elements, and what a gate on whole registers means.

use super::error::Qasm3Problem as Problem;
use super::expression::{Expression, Number};
use super::syntax::{Index, Operand};
use crate::circuit::error::shorten;
use std::borrow::Cow;
use std::collections::HashMap;

/// Qubits or bits that were given one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Register {
    /// Their places in the circuit, or among the bits.
    pub(super) elements: Vec<usize>,
    /// One element by itself: it joins a register of any size.
    pub(super) single: bool,
}

/// What a name stands for; gates have names of their own.
#[derive(Debug)]
pub(super) enum Symbol {
    Qubits(Register),
    Bits(Register),
    Number(Number),
}

/// The names of a program.
pub(super) type Symbols = HashMap<String, Symbol>;

type Worked<T> = Result<T, Problem>;

/// The number behind a name.
pub(super) fn number(symbols: &Symbols, name: &str) -> Worked<Option<Number>> {
    let wrong = |kind| Err(Problem::WrongKind { name: shorten(name), kind, needed: "a number" });
    match symbols.get(name) {
        None => Ok(None),
        Some(Symbol::Number(value)) => Ok(Some(*value)),
        Some(Symbol::Qubits(_)) => wrong("a quantum register"),
        Some(Symbol::Bits(_)) => wrong("a classical register, known only after a measurement"),
    }
}

/// The value of an expression outside gates.
pub(super) fn value(symbols: &Symbols, expression: &Expression) -> Worked<Number> {
    expression.bind(&[], |name| number(symbols, name))?.value(&[])
}

/// The qubits that an operand names; what it cost to find them is added to `work`, as it is by [`bits`].
pub(super) fn qubits(symbols: &Symbols, operand: &Operand<'_>, work: &mut usize) -> Worked<Register> {
    let wrong = |kind| Err(Problem::WrongKind { name: shorten(operand.name), kind, needed: "a quantum register" });
    match symbols.get(operand.name) {
        Some(Symbol::Qubits(register)) => select(symbols, register, operand, work),
        Some(Symbol::Bits(_)) => wrong("a classical register"),
        Some(Symbol::Number(_)) => wrong("a number"),
        None => Err(Problem::undefined(operand.name, "")),
    }
}

/// The classical bits that an operand names.
pub(super) fn bits(symbols: &Symbols, operand: &Operand<'_>, work: &mut usize) -> Worked<Register> {
    let wrong = |kind| Err(Problem::WrongKind { name: shorten(operand.name), kind, needed: "a classical register" });
    match symbols.get(operand.name) {
        Some(Symbol::Bits(register)) => select(symbols, register, operand, work),
        Some(Symbol::Qubits(_)) => wrong("a quantum register"),
        Some(Symbol::Number(_)) => wrong("a number, and numbers do not change"),
        None => Err(Problem::undefined(operand.name, "")),
    }
}

fn select(symbols: &Symbols, register: &Register, operand: &Operand<'_>, work: &mut usize) -> Worked<Register> {
    let mut selected = Cow::Borrowed(register);
    for index in &operand.indices {
        if selected.single {
            return Err(Problem::WrongKind { name: shorten(operand.name), kind: "one element", needed: "a register" });
        }
        selected = Cow::Owned(pick(symbols, &selected, index, operand.name)?);
        *work += selected.elements.len();
    }
    *work += selected.elements.len();
    Ok(selected.into_owned())
}

fn pick(symbols: &Symbols, from: &Register, index: &Index, name: &str) -> Worked<Register> {
    let size = from.elements.len();
    let whole = |expression: &Expression| value(symbols, expression)?.whole();
    // A negative index counts from the end.
    let element = |index: i64| {
        let place = if index < 0 { index.saturating_add(size as i64) } else { index };
        let found = usize::try_from(place).ok().and_then(|place| from.elements.get(place));
        found.copied().ok_or_else(|| Problem::Index { register: shorten(name), index, size })
    };
    match index {
        Index::One(expression) => Ok(Register { elements: vec![element(whole(expression)?)?], single: true }),
        Index::Set(expressions) => {
            let elements = expressions.iter().map(|expression| element(whole(expression)?)).collect::<Worked<_>>()?;
            Ok(Register { elements, single: false })
        }
        Index::Range(first, step, last) => {
            let step = step.as_ref().map_or(Ok(1), whole)?;
            let ends = if step < 0 { (size as i64 - 1, 0) } else { (0, size as i64 - 1) };
            let end = |given: &Option<Expression>, default: i64| {
                let given = given.as_ref().map_or(Ok(default), whole)?;
                element(given)?;
                Ok(if given < 0 { given + size as i64 } else { given })
            };
            let (first, last) = (end(first, ends.0)?, end(last, ends.1)?);
            let places = places(first, step, last).ok_or_else(|| Problem::value(format!("{first}:{step}:{last}"), "selects nothing"))?;
            let elements = places.into_iter().map(element).collect::<Worked<_>>()?;
            Ok(Register { elements, single: false })
        }
    }
}

/// From the first to the last, both included; nothing if the step leads the other way or nowhere.
fn places(first: i64, step: i64, last: i64) -> Option<Vec<i64>> {
    if step == 0 || (last - first).signum() * step.signum() < 0 {
        return None;
    }
    let count = (last - first) / step;
    Some((0..=count).map(|index| first + index * step).collect())
}

/// The qubits of each application of a gate: element by element of the registers, with single qubits in all of them.
pub(super) fn broadcast(what: &str, operands: &[Register]) -> Worked<Vec<Vec<usize>>> {
    let mut sizes = operands.iter().filter(|operand| !operand.single).map(|operand| operand.elements.len());
    let size = sizes.next();
    if let (Some(one), Some(other)) = (size, sizes.find(|other| Some(*other) != size)) {
        return Err(Problem::Sizes { what: shorten(what), one, other });
    }
    let application =
        |index: usize| -> Vec<usize> { operands.iter().map(|operand| operand.elements[if operand.single { 0 } else { index }]).collect() };
    let applications: Vec<_> = (0..size.unwrap_or(1)).map(application).collect();
    applications.iter().try_for_each(|qubits| distinct(what, qubits))?;
    Ok(applications)
}

/// No qubit twice.
pub(super) fn distinct(what: &str, qubits: &[usize]) -> Worked<()> {
    let mut seen = 0u64;
    for &qubit in qubits {
        if seen >> qubit & 1 == 1 {
            return Err(Problem::RepeatedQubit { what: shorten(what), qubit });
        }
        seen |= 1 << qubit;
    }
    Ok(())
}
