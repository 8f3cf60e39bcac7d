//! Statements into a circuit, one after another.

use super::error::{Qasm3Error, Qasm3Problem as Problem};
use super::expression::{self, Expression, Number};
use super::gates::{Gates, check_gates};
use super::library::Origin;
use super::piece::{Deed, Piece};
use super::registers::{self, Register, Symbol, Symbols, broadcast, distinct};
use super::syntax::{CallText, Operand, Scalar, Statement, What};
use super::{MAX_BITS, MAX_NAMES};
use crate::circuit::error::shorten;
use crate::circuit::{self, Circuit, CircuitError, Event, MAX_GATES, MAX_QUBITS, MAX_REGISTER_NAME, MeasuredCircuit, On, Operation};
use crate::gates::{Qis, Radians};
use std::f64::consts::TAU;

type Read<T> = Result<T, Qasm3Error>;
type Worked<T> = Result<T, Problem>;

/// What has been read so far.
#[derive(Debug, Default)]
pub(super) struct Program {
    symbols: Symbols,
    gates: Gates,
    qubits: usize,
    bits: usize,
    operations: Vec<Operation<Qis>>,
    /// The line of each operation.
    lines: Vec<usize>,
    /// The qubits that have been measured, where that must be the last thing that happens to them.
    measured: u64,
    /// Measurements and resets, each before the operation that comes next, where they may come anywhere.
    events: Option<Vec<(usize, Event)>>,
    registers: Vec<(String, usize)>,
}

impl Program {
    /// A program that may measure and reset on its way.
    pub(super) fn measuring() -> Program {
        Program { events: Some(Vec::new()), ..Program::default() }
    }

    /// Adds what the next statement says.
    pub(super) fn take(&mut self, statement: &Statement<'_>) -> Read<()> {
        let line = statement.line;
        let worked = match &statement.what {
            What::Call(call) => return self.call(call),
            What::Gate(gate) => {
                self.claim(gate.name).map_err(|problem| problem.at(line))?;
                let symbols = &self.symbols;
                return self.gates.define(gate, line, &|name| registers::number(symbols, name));
            }
            What::Include(file) => self.include(file),
            What::Qubits { name, size } => self.declare_qubits(name, size.as_ref()),
            What::Bits { name, size, measured } => self.declare_bits(name, size.as_ref(), measured.as_ref()),
            What::Constant { scalar, name, width, value } => self.constant(*scalar, name, width.as_ref(), value),
            What::Alias { name, parts } => self.alias(name, parts),
            What::Measure { source, target } => self.measure(source, target.as_ref()),
            What::Reset(operand) => self.reset(operand),
            What::Barrier(operands) => self.qubits_of(operands).map(drop),
        };
        worked.map_err(|problem| problem.at(line))
    }

    /// The circuit, once everything has been read up to `line`.
    pub(super) fn circuit(self, line: usize) -> Read<Circuit<Qis>> {
        if self.qubits == 0 {
            return Err(Problem::NoQubits.at(line));
        }
        Circuit::new(self.qubits, self.operations).map_err(|error| {
            let line = match &error {
                CircuitError::Operation { index, .. } => self.lines.get(*index).copied().unwrap_or(line),
                CircuitError::Width { .. }
                | CircuitError::Gateset { .. }
                | CircuitError::Register { .. }
                | CircuitError::Registers { .. } => line,
            };
            Problem::Circuit(error).at(line)
        })
    }

    /// The circuit with its measurements and resets, once everything has been read up to `line`.
    pub(super) fn measured_circuit(mut self, line: usize) -> Read<MeasuredCircuit<Qis>> {
        let events = self.events.take().unwrap_or_default();
        let fills = events.iter().any(|(_, event)| matches!(event, Event::Measure { bit: Some(_), .. }));
        let registers = if fills { std::mem::take(&mut self.registers) } else { Vec::new() };
        let gates = self.circuit(line)?;
        Ok(MeasuredCircuit::new(gates, events, registers).expect("qubits, bits and names were checked as they were read"))
    }

    /// The two libraries are known; no file is ever opened.
    fn include(&mut self, file: &str) -> Worked<()> {
        match file {
            "stdgates.inc" => {
                let clash = self.gates.clash().or_else(|| self.symbols.keys().find(|name| is_standard(name)));
                if let Some(name) = clash {
                    return Err(Problem::Redefined { name: shorten(name) });
                }
                self.gates.standard = true;
            }
            "qelib1.inc" => {}
            _ => {
                let construct = format!("include {:?}", shorten(file));
                return Err(Problem::unsupported(construct, "allowed are \"stdgates.inc\", \"qelib1.inc\""));
            }
        }
        self.gates.included = true;
        Ok(())
    }

    /// A name that is not yet anything else.
    fn claim(&self, name: &str) -> Worked<()> {
        if self.symbols.contains_key(name) || self.gates.is_taken(name) || expression::constant(name).is_some() {
            return Err(Problem::Redefined { name: shorten(name) });
        }
        if name.chars().count() > MAX_REGISTER_NAME {
            return Err(Problem::TooMany { what: "a name has too many characters", limit: MAX_REGISTER_NAME });
        }
        if self.symbols.len() >= MAX_NAMES {
            return Err(Problem::TooMany { what: "too many names", limit: MAX_NAMES });
        }
        Ok(())
    }

    fn size(&self, size: Option<&Expression>) -> Worked<usize> {
        let Some(size) = size else { return Ok(1) };
        let given = registers::value(&self.symbols, size)?.whole()?;
        let size = usize::try_from(given).ok().filter(|size| *size > 0);
        size.ok_or_else(|| Problem::value(given.to_string(), "is no size of a register, at least 1 is needed"))
    }

    fn declare_qubits(&mut self, name: &str, size: Option<&Expression>) -> Worked<()> {
        self.claim(name)?;
        let all = self.qubits.saturating_add(self.size(size)?);
        if all > MAX_QUBITS {
            return Err(Problem::Circuit(CircuitError::Width { given: i64::try_from(all).unwrap_or(i64::MAX) }));
        }
        let register = Register { elements: (self.qubits..all).collect(), single: size.is_none() };
        self.qubits = all;
        self.symbols.insert(name.to_owned(), Symbol::Qubits(register));
        Ok(())
    }

    fn declare_bits(&mut self, name: &str, size: Option<&Expression>, measured: Option<&Operand<'_>>) -> Worked<()> {
        self.claim(name)?;
        let limit = if self.events.is_some() { circuit::MAX_BITS } else { MAX_BITS };
        let all = self.bits.saturating_add(self.size(size)?);
        if all > limit {
            return Err(Problem::TooMany { what: "too many classical bits", limit });
        }
        if self.events.is_some() && name == circuit::Register::ALL {
            return Err(Problem::value(name, "is the name of all bits together in the results, choose another"));
        }
        self.registers.push((name.to_owned(), all - self.bits));
        let register = Register { elements: (self.bits..all).collect(), single: size.is_none() };
        self.bits = all;
        self.symbols.insert(name.to_owned(), Symbol::Bits(register));
        let target = Operand { name, indices: vec![] };
        measured.map_or(Ok(()), |source| self.measure(source, Some(&target)))
    }

    fn constant(&mut self, scalar: Scalar, name: &str, width: Option<&Expression>, value: &Expression) -> Worked<()> {
        self.claim(name)?;
        let width = width.map(|width| registers::value(&self.symbols, width)?.whole()).transpose()?;
        let number = typed(scalar, width, registers::value(&self.symbols, value)?)?;
        self.symbols.insert(name.to_owned(), Symbol::Number(number));
        Ok(())
    }

    fn qubits_of(&mut self, operands: &[Operand<'_>]) -> Worked<Vec<Register>> {
        let find = |operand| {
            let mut work = 0;
            let found = registers::qubits(&self.symbols, operand, &mut work);
            self.gates.pay(work).and(found)
        };
        operands.iter().map(find).collect()
    }

    fn alias(&mut self, name: &str, parts: &[Operand<'_>]) -> Worked<()> {
        self.claim(name)?;
        let parts = self.qubits_of(parts)?;
        let single = matches!(parts.as_slice(), [part] if part.single);
        let elements: Vec<usize> = parts.into_iter().flat_map(|part| part.elements).collect();
        distinct("let", &elements)?;
        self.symbols.insert(name.to_owned(), Symbol::Qubits(Register { elements, single }));
        Ok(())
    }

    /// A circuit ends in a measurement of every qubit, so there a measurement at the end says nothing new.
    fn measure(&mut self, source: &Operand<'_>, target: Option<&Operand<'_>>) -> Worked<()> {
        let source: Vec<usize> = self.qubits_of(std::slice::from_ref(source))?.into_iter().flat_map(|register| register.elements).collect();
        distinct("measure", &source)?;
        let mut bits = vec![None; source.len()];
        if let Some(target) = target {
            let mut work = 0;
            let target = registers::bits(&self.symbols, target, &mut work);
            let target = self.gates.pay(work).and(target)?.elements;
            if source.len() != target.len() {
                return Err(Problem::Sizes { what: "measure".to_owned(), one: source.len(), other: target.len() });
            }
            bits = target.into_iter().map(Some).collect();
        }
        if self.events.is_some() {
            return self.note(source.into_iter().zip(bits).map(|(qubit, bit)| Event::Measure { qubit, bit }));
        }
        self.measured |= source.iter().fold(0, |mask, qubit| mask | 1 << qubit);
        Ok(())
    }

    fn reset(&mut self, operand: &Operand<'_>) -> Worked<()> {
        if self.events.is_none() {
            return Err(Problem::unsupported("reset", "every qubit begins in 0 and is used from there"));
        }
        let registers = self.qubits_of(std::slice::from_ref(operand))?;
        self.note(registers.into_iter().flat_map(|register| register.elements).map(|qubit| Event::Reset { qubit }))
    }

    /// Writes events down, before the operation that comes next.
    fn note(&mut self, events: impl Iterator<Item = Event>) -> Worked<()> {
        let place = self.operations.len();
        let all = self.events.get_or_insert_default();
        all.extend(events.map(|event| (place, event)));
        if all.len() > MAX_GATES {
            return Err(Problem::TooMany { what: "the program has too many measurements and resets", limit: MAX_GATES });
        }
        Ok(())
    }

    fn call(&mut self, text: &CallText<'_>) -> Read<()> {
        let at = |problem: Problem| problem.at(text.line);
        let symbols = &self.symbols;
        let call = self.gates.call(text, &[], &|name| registers::number(symbols, name)).map_err(at)?;
        let operands = self.qubits_of(&text.operands).map_err(at)?;
        let pieces = self.gates.pieces(&call, operands.len(), &[]).map_err(|error| match error.problem {
            // It is the call that asks for too much, in whichever definition it shows.
            problem @ (Problem::TooMany { .. } | Problem::Gates) => at(problem),
            _ => error,
        })?;
        for qubits in broadcast(text.gate, &operands).map_err(at)? {
            if let Some(&qubit) = qubits.iter().find(|&&qubit| self.measured >> qubit & 1 == 1) {
                return Err(at(Problem::AfterMeasurement { what: shorten(text.gate), qubit }));
            }
            self.gates.pay(1 + pieces.len()).map_err(at)?;
            self.emit(&pieces, &qubits, text.line).map_err(at)?;
            self.gates.deliver(pieces.len());
        }
        Ok(())
    }

    /// Writes pieces down as operations. A control that must be 0 is turned over for as long as it is used that way.
    fn emit(&mut self, pieces: &[Piece], qubits: &[usize], line: usize) -> Worked<()> {
        let mut turned = 0u64;
        for piece in pieces {
            let piece = piece.clone().placed(|qubit| qubits[qubit]);
            let used =
                piece.targets.iter().chain(piece.controls.iter().map(|(qubit, _)| qubit)).fold(0u64, |mask, qubit| mask | 1 << qubit);
            let wanted = piece.controls.iter().filter(|(_, on)| !on).fold(0u64, |mask, (qubit, _)| mask | 1 << qubit);
            let turn = (turned ^ wanted) & used;
            self.turn_over(turn, line)?;
            turned ^= turn;
            for operation in operations(&piece) {
                self.push(operation, line)?;
            }
        }
        self.turn_over(turned, line)
    }

    fn turn_over(&mut self, mask: u64, line: usize) -> Worked<()> {
        (0..MAX_QUBITS).filter(|qubit| mask >> qubit & 1 == 1).try_for_each(|qubit| self.push(Qis::X.on([qubit]), line))
    }

    fn push(&mut self, operation: Operation<Qis>, line: usize) -> Worked<()> {
        check_gates(self.operations.len() + 1)?;
        self.operations.push(operation);
        self.lines.push(line);
        Ok(())
    }
}

fn is_standard(name: &str) -> bool {
    super::library::find(name).is_some_and(|known| known.origin == Origin::Standard)
}

/// A piece as operations that ask all their controls for 1.
fn operations(piece: &Piece) -> Vec<Operation<Qis>> {
    let mut controls: Vec<usize> = piece.controls.iter().map(|(qubit, _)| *qubit).collect();
    match (&piece.deed, piece.targets.as_slice()) {
        // A phase under controls is a phase gate on one of them; without any it is global.
        (Deed::Phase(angle), _) => {
            let target = controls.pop();
            target.into_iter().map(|target| Qis::Phase(Radians(*angle)).on([target]).controlled_by(controls.iter().copied())).collect()
        }
        // The table lets a swap have one control; three cnots have as many as any gate, on the one in the middle.
        (Deed::Gate(Qis::Swap), &[one, other]) if controls.len() > 1 => {
            let outer = || Qis::X.on([one]).controlled_by([other]);
            controls.push(one);
            vec![outer(), Qis::X.on([other]).controlled_by(controls), outer()]
        }
        (Deed::Gate(gate), targets) => vec![gate.clone().on(targets.iter().copied()).controlled_by(controls)],
    }
}

/// A number as a value of a type, unless that would change it.
fn typed(scalar: Scalar, width: Option<i64>, value: Number) -> Worked<Number> {
    match (scalar, width) {
        (Scalar::Int | Scalar::Uint, _) => {
            let whole = value.whole()?;
            let bits = width.unwrap_or(64);
            let fits = match scalar {
                _ if !(1..=64).contains(&bits) => {
                    return Err(Problem::value(bits.to_string(), "is no width of a number, 1..=64 are allowed"));
                }
                Scalar::Uint => whole >= 0 && (bits == 64 || whole >> bits == 0),
                _ => bits == 64 || (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(&whole),
            };
            if fits { Ok(Number::Whole(whole)) } else { Err(Problem::value(whole.to_string(), "does not fit its type")) }
        }
        (Scalar::Float, None | Some(64)) => Ok(Number::Real(value.real())),
        (Scalar::Float, Some(32)) => Ok(Number::Real(f64::from(value.real() as f32))),
        (Scalar::Float, Some(given)) => Err(Problem::unsupported(format!("float[{given}]"), "allowed are float, float[32], float[64]")),
        (Scalar::Angle, None) if (0.0..TAU).contains(&value.real()) => Ok(Number::Real(value.real())),
        (Scalar::Angle, None) => Err(Problem::value(format!("angle {}", value.real()), "is outside 0..2π, which float is not bound to")),
        (Scalar::Angle, Some(given)) => Err(Problem::unsupported(format!("angle[{given}]"), "allowed are angle, float")),
    }
}
