//! Results by register: the second version of IonQ's result formats.
//!
//! `output_all` comes first and has every bit, then come the program's registers in the order of their declaration. The keys of
//! probabilities and counts are bits, zero-padded to the register's width, bit 0 right-most, as OpenQASM writes its bit strings and
//! Qiskit its counts. Shots are lists, and there entry i is bit i: so qiskit-ionq reads them.

use super::NumberMap;
use crate::circuit::Register;
use crate::outcome::{Counts, Probabilities, bit_string};
use serde::{Serialize, Serializer};

/// Register → what it shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByRegister<T> {
    registers: NumberMap<String, T>,
}

impl<T> ByRegister<T> {
    fn new(all: T, registers: &[Register], own: impl Fn(&Register) -> T) -> ByRegister<T> {
        let own = registers.iter().map(|register| (register.name().to_owned(), own(register)));
        ByRegister { registers: NumberMap(std::iter::once((Register::ALL.to_owned(), all)).chain(own).collect()) }
    }
}

/// `{"probabilities":{"registers":{"output_all":{"00":0.5,"11":0.5}}}}`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegisterProbabilities {
    probabilities: ByRegister<NumberMap<String, f64>>,
}

impl RegisterProbabilities {
    /// Of the outcomes of all bits, and of the registers among them.
    pub fn new(all: &Probabilities, registers: &[Register]) -> RegisterProbabilities {
        let keyed =
            |part: &Probabilities| NumberMap(part.iter().map(|(outcome, value)| (bit_string(outcome, part.qubits()), value)).collect());
        let own = |register: &Register| keyed(&all.mapped(register.bits(), |outcome| register.of(outcome)));
        RegisterProbabilities { probabilities: ByRegister::new(keyed(all), registers, own) }
    }
}

/// `{"histogram":{"registers":{"output_all":{"00":500,"11":500}}}}`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegisterHistogram {
    histogram: ByRegister<NumberMap<String, u32>>,
}

impl RegisterHistogram {
    /// Of the counts of all bits, and of the registers among them.
    pub fn new(all: &Counts, registers: &[Register]) -> RegisterHistogram {
        let keyed = |part: &Counts| NumberMap(part.iter().map(|(outcome, count)| (bit_string(outcome, part.qubits()), count)).collect());
        let own = |register: &Register| keyed(&all.mapped(register.bits(), |outcome| register.of(outcome)));
        RegisterHistogram { histogram: ByRegister::new(keyed(all), registers, own) }
    }
}

/// `{"shots":[{"registers":{"output_all":[0,1]}}]}`. Written from the outcomes as they are, since there can be a million of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RegisterShots<'a> {
    shots: Shots<'a>,
}

impl<'a> RegisterShots<'a> {
    /// Of outcomes of so many bits in the order of the shots, and of the registers among them.
    pub fn new(shots: &'a [u64], bits: usize, registers: &'a [Register]) -> RegisterShots<'a> {
        RegisterShots { shots: Shots { shots, bits, registers } }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Shots<'a> {
    shots: &'a [u64],
    bits: usize,
    registers: &'a [Register],
}

impl Serialize for Shots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.shots.iter().map(|&outcome| Shot { registers: ShotRegisters { outcome, of: self } }))
    }
}

#[derive(Serialize)]
struct Shot<'a> {
    registers: ShotRegisters<'a>,
}

struct ShotRegisters<'a> {
    outcome: u64,
    of: &'a Shots<'a>,
}

impl Serialize for ShotRegisters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.of.registers.iter().map(|register| (register.name(), Bits(register.of(self.outcome), register.bits())));
        serializer.collect_map(std::iter::once((Register::ALL, Bits(self.outcome, self.of.bits))).chain(own))
    }
}

/// A value and how many bits of it are shown, bit 0 first.
struct Bits(u64, usize);

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.1).map(|bit| (self.0 >> bit & 1) as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{MeasuredCircuit, read_qasm3_program};
    use crate::gates::Qis;

    /// Two bits under one name, one under another; outcome 0b011 is c = 3 and d = 0, 0b100 is c = 0 and d = 1.
    fn program() -> MeasuredCircuit<Qis> {
        read_qasm3_program("qubit[2] q; bit[2] c; bit d; c = measure q; d = measure q[0];").unwrap()
    }

    fn text(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn probabilities_and_counts_have_padded_bits_as_keys_and_all_bits_first() {
        let program = program();
        let all = Probabilities::new(3, [(0b001, 0.5), (0b100, 0.25), (0b000, 0.25)]).unwrap();
        assert_eq!(
            text(RegisterProbabilities::new(&all, program.registers())),
            r#"{"probabilities":{"registers":{"output_all":{"000":0.25,"001":0.5,"100":0.25},"c":{"00":0.5,"01":0.5},"d":{"0":0.75,"1":0.25}}}}"#
        );
        let all = Counts::new(3, [(0b001, 5), (0b100, 2), (0b000, 3)]).unwrap();
        assert_eq!(
            text(RegisterHistogram::new(&all, program.registers())),
            r#"{"histogram":{"registers":{"output_all":{"000":3,"001":5,"100":2},"c":{"00":5,"01":5},"d":{"0":8,"1":2}}}}"#
        );
    }

    #[test]
    fn shots_are_lists_in_which_entry_i_is_bit_i() {
        assert_eq!(
            text(RegisterShots::new(&[0b001, 0b100], 3, program().registers())),
            r#"{"shots":[{"registers":{"output_all":[1,0,0],"c":[1,0],"d":[0]}},{"registers":{"output_all":[0,0,1],"c":[0,0],"d":[1]}}]}"#
        );
    }

    #[test]
    fn a_circuit_without_registers_has_all_bits_alone() {
        let all = Probabilities::new(2, [(2, 1.0)]).unwrap();
        assert_eq!(text(RegisterProbabilities::new(&all, &[])), r#"{"probabilities":{"registers":{"output_all":{"10":1.0}}}}"#);
        assert_eq!(text(RegisterShots::new(&[2], 2, &[])), r#"{"shots":[{"registers":{"output_all":[0,1]}}]}"#);
    }
}
