//! Results by register, the second revision of IonQ's formats.
//!
//! * A key of a map has a digit for every bit of its register, bit 0 last, so that read as a binary number it is the key that the first
//!   revision writes in base 10. IonQ does not say which end is first; this is how Qiskit writes the bits of a register.
//! * A shot is a list of bits, bit 0 first: that is how qiskit-ionq reads it.
//! * [`Register::ALL`] holds all bits: for a circuit those of its qubits. A bit of a register that is none of them reads 0.

use crate::circuit::Register;
use crate::outcome::{Counts, Probabilities};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// What came out, by register.
pub(crate) struct Registered<'a> {
    /// How many bits an outcome has.
    pub(crate) bits: usize,
    /// What some of them are called.
    pub(crate) registers: &'a [Register],
    pub(crate) values: Values<'a>,
}

/// What came out, by outcome.
#[derive(Clone, Copy)]
pub(crate) enum Values<'a> {
    Probabilities(&'a Probabilities),
    Histogram(&'a Counts),
    /// One by one.
    Shots(&'a [u64]),
}

impl Serialize for Registered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.values {
            Values::Probabilities(probabilities) => {
                // The sum may be above 1 by rounding, which one probability alone must not be.
                let capped = |value: f64| value.min(1.0);
                map.serialize_entry(
                    "probabilities",
                    &Named("registers", Maps { of: self, entries: || probabilities.iter(), last: capped }),
                )?;
            }
            Values::Histogram(counts) => {
                map.serialize_entry(
                    "histogram",
                    &Named("registers", Maps { of: self, entries: || counts.iter(), last: |count: u32| count }),
                )?;
            }
            Values::Shots(outcomes) => {
                map.serialize_entry("shots", &Sequence(|| outcomes.iter().map(|&outcome| Named("registers", Shot { of: self, outcome }))))?
            }
        }
        map.end()
    }
}

/// `{name: value}`.
struct Named<V>(&'static str, V);

impl<V: Serialize> Serialize for Named<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &self.1)?;
        map.end()
    }
}

/// Register → key → value.
struct Maps<'a, E, L> {
    of: &'a Registered<'a>,
    entries: E,
    last: L,
}

impl<I, V, E, L> Serialize for Maps<'_, E, L>
where
    I: Iterator<Item = (u64, V)>,
    V: Serialize + Copy + Default + AddAssign,
    E: Fn() -> I,
    L: Fn(V) -> V,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.of.registers.len() + 1))?;
        for register in self.of.registers {
            let mut sums = BTreeMap::<u64, V>::new();
            for (outcome, value) in (self.entries)() {
                *sums.entry(register.of(outcome)).or_default() += value;
            }
            let entries = || sums.iter().map(|(&key, &value)| (key, (self.last)(value)));
            map.serialize_entry(register.name(), &BitMap { bits: register.bits(), entries })?;
        }
        // Every outcome is listed once, so there is nothing to add up.
        let entries = || (self.entries)().map(|(key, value)| (key, (self.last)(value)));
        map.serialize_entry(Register::ALL, &BitMap { bits: self.of.bits, entries })?;
        map.end()
    }
}

/// Key in bits → value.
struct BitMap<E> {
    bits: usize,
    entries: E,
}

impl<V: Serialize, I: Iterator<Item = (u64, V)>, E: Fn() -> I> Serialize for BitMap<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in (self.entries)() {
            match self.bits {
                0 => map.serialize_entry("", &value)?, // no bit has one outcome
                width => map.serialize_entry(&format_args!("{key:0width$b}"), &value)?,
            }
        }
        map.end()
    }
}

/// Register → bits.
struct Shot<'a> {
    of: &'a Registered<'a>,
    outcome: u64,
}

impl Serialize for Shot<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bits = |value: u64, bits: usize| Sequence(move || (0..bits).map(move |bit| value >> bit & 1));
        let mut map = serializer.serialize_map(Some(self.of.registers.len() + 1))?;
        for register in self.of.registers {
            map.serialize_entry(register.name(), &bits(register.of(self.outcome), register.bits()))?;
        }
        map.serialize_entry(Register::ALL, &bits(self.outcome, self.of.bits))?;
        map.end()
    }
}

/// A list that is made while it is written.
struct Sequence<F>(F);

impl<V: Serialize, I: Iterator<Item = V>, F: Fn() -> I> Serialize for Sequence<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        (self.0)().try_for_each(|item| list.serialize_element(&item))?;
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Circuit, Event, MeasuredCircuit, On};
    use crate::gates::Qis;
    use serde_json::{Value, json};

    fn written(bits: usize, registers: &[Register], values: Values<'_>) -> Value {
        serde_json::to_value(Registered { bits, registers, values }).unwrap()
    }

    #[test]
    fn without_registers_all_bits_are_those_of_the_qubits_and_bit_0_is_last_in_keys_and_first_in_shots() {
        // Qubit 0 alone is 1, or qubit 2 alone.
        let probabilities = Probabilities::new(3, [(0b001, 0.25), (0b100, 0.75)]).unwrap();
        let expected = json!({"probabilities": {"registers": {"output_all": {"001": 0.25, "100": 0.75}}}});
        assert_eq!(written(3, &[], Values::Probabilities(&probabilities)), expected);
        let counts = Counts::new(3, [(0b001, 1), (0b100, 3)]).unwrap();
        assert_eq!(written(3, &[], Values::Histogram(&counts)), json!({"histogram": {"registers": {"output_all": {"001": 1, "100": 3}}}}));
        let shots = json!({"shots": [{"registers": {"output_all": [0, 0, 1]}}, {"registers": {"output_all": [1, 0, 0]}}]});
        assert_eq!(written(3, &[], Values::Shots(&[0b100, 0b001])), shots);
    }

    #[test]
    fn a_register_has_the_sums_over_all_bits_that_are_not_its_own() {
        let gates = Circuit::new(1, [Qis::H.on([0])]).unwrap();
        let events = [(1, Event::Measure { qubit: 0, bit: Some(0) })];
        let circuit = MeasuredCircuit::new(gates, events, [("a", 1), ("b", 2)]).unwrap();
        let counts = Counts::new(3, [(0b010, 5), (0b011, 7), (0b101, 11)]).unwrap();
        let all = json!({"010": 5, "011": 7, "101": 11});
        let expected = json!({"histogram": {"registers": {"a": {"0": 5, "1": 18}, "b": {"01": 12, "10": 11}, "output_all": all}}});
        assert_eq!(written(3, circuit.registers(), Values::Histogram(&counts)), expected);
        let shots = json!({"shots": [{"registers": {"a": [1], "b": [0, 1], "output_all": [1, 0, 1]}}]});
        assert_eq!(written(3, circuit.registers(), Values::Shots(&[0b101])), shots);
    }

    #[test]
    fn a_probability_is_never_above_1() {
        let certain = Probabilities::new(1, [(1, 1.0 + f64::EPSILON)]).unwrap();
        assert_eq!(written(1, &[], Values::Probabilities(&certain)), json!({"probabilities": {"registers": {"output_all": {"1": 1.0}}}}));
    }
}
