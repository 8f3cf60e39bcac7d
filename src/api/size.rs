//! How large a body of results can become, from above and without writing it: entries × the longest entry.

use super::Format;
use crate::circuit::Register;

/// The longest number that is no whole one: `-2.2250738585072014e-308`.
const NUMBER: u64 = 24;
/// The longest count.
const COUNT: u64 = 10;
/// What stands around every body.
const AROUND: u64 = 64;

/// What there is of an outcome, in numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    /// How many bits an outcome has.
    pub(crate) bits: usize,
    /// What some of them are called.
    pub(crate) registers: &'a [Register],
    /// Outcomes with a probability.
    pub(crate) probabilities: usize,
    /// Outcomes with a count, where shots were counted.
    pub(crate) counts: Option<usize>,
    /// Shots, where they can be told one by one.
    pub(crate) shots: Option<usize>,
}

impl Shape<'_> {
    /// The most bytes of a body in a format; `None` where there is nothing for it.
    pub(crate) fn bytes(&self, format: Format) -> Option<u64> {
        // Quotes, a colon and a comma around every key.
        let keyed = |entries: usize, value: u64| AROUND + entries as u64 * (digits(self.bits) + 4 + value);
        match format {
            Format::Probabilities => Some(keyed(self.probabilities, NUMBER)),
            Format::Histogram => Some(keyed(self.counts?, COUNT)),
            Format::Shots => Some(AROUND + self.shots? as u64 * (digits(self.bits) + 3)),
            Format::ProbabilitiesV2 => Some(self.maps(self.probabilities, NUMBER)),
            Format::HistogramV2 => Some(self.maps(self.counts?, COUNT)),
            Format::ShotsV2 => Some(self.lists(self.shots?)),
            Format::Aggregate | Format::Native | Format::Qasm3 => None,
        }
    }

    /// Names in quotes with what stands around them, and bits, of every register; all bits are one more.
    fn registers(&self) -> impl Iterator<Item = (u64, usize)> {
        let named = self.registers.iter().map(|register| (register.name(), register.bits()));
        named.chain([(Register::ALL, self.bits)]).map(|(name, bits)| (written(name) + 6, bits))
    }

    /// A map for every register.
    fn maps(&self, entries: usize, value: u64) -> u64 {
        let of = |bits: usize| 1u64.checked_shl(bits as u32).unwrap_or(u64::MAX).min(entries as u64) * (bits as u64 + 4 + value);
        self.registers().fold(AROUND, |sum, (name, bits)| sum.saturating_add(name + of(bits)))
    }

    /// A list of bits for every register, as often as there are shots.
    fn lists(&self, shots: usize) -> u64 {
        let shot = self.registers().fold(AROUND, |sum, (name, bits)| sum + name + 2 * bits as u64);
        AROUND + shot.saturating_mul(shots as u64)
    }
}

/// The digits of the largest number of so many bits, base 10.
fn digits(bits: usize) -> u64 {
    1 + bits as u64 * 30_103 / 100_000
}

/// The bytes of a text within quotes.
fn written(text: &str) -> u64 {
    let escaped = |byte: u8| match byte {
        0..0x20 => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Registered, ResultsBody, Values};
    use crate::circuit::{Circuit, Event, MeasuredCircuit, On};
    use crate::gates::Qis;
    use crate::outcome::{Counts, Probabilities, Seed};
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn registers(sizes: &[usize]) -> Vec<Register> {
        let names = ["a", "größe", "output", "quoted\"\n"];
        let given = sizes.iter().zip(names).map(|(size, name)| (name, *size));
        let measured = [(1, Event::Measure { qubit: 0, bit: Some(0) })];
        MeasuredCircuit::new(Circuit::new(1, [Qis::H.on([0])]).unwrap(), measured, given).unwrap().registers().to_vec()
    }

    #[test]
    fn the_largest_number_of_so_many_bits_has_so_many_digits() {
        for bits in 1..=64 {
            assert_eq!(digits(bits), (u64::MAX >> (64 - bits)).to_string().len() as u64, "{bits}");
        }
    }

    proptest! {
        #[test]
        fn a_body_is_never_larger_than_was_said_and_seldom_much_smaller(
            sizes in prop::collection::vec(1usize..16, 1..4),
            outcomes in prop::collection::btree_map(any::<u64>(), 1u32..10, 1..100),
        ) {
            let registers = registers(&sizes);
            let bits = sizes.iter().sum();
            let outcomes: std::collections::BTreeMap<u64, u32> =
                outcomes.into_iter().map(|(outcome, count)| (outcome & (u64::MAX >> (64 - bits)), count)).collect();
            let counts = Counts::new(bits, outcomes).unwrap();
            let probabilities: Probabilities = counts.frequencies();
            let shots = counts.one_by_one(Seed(1));
            let shape = Shape {
                bits, registers: &registers, probabilities: probabilities.len(), counts: Some(counts.iter().len()), shots: Some(shots.len()),
            };
            let registered = |values| serde_json::to_vec(&Registered { bits, registers: &registers, values }).unwrap().len();
            let plain = |body: &ResultsBody<'_>| serde_json::to_vec(body).unwrap().len();
            for (format, length) in [
                (Format::Probabilities, plain(&ResultsBody::Probabilities(&probabilities))),
                (Format::Histogram, plain(&ResultsBody::Histogram(&counts))),
                (Format::Shots, plain(&ResultsBody::Shots(Cow::Borrowed(&shots)))),
                (Format::ProbabilitiesV2, registered(Values::Probabilities(&probabilities))),
                (Format::HistogramV2, registered(Values::Histogram(&counts))),
                (Format::ShotsV2, registered(Values::Shots(&shots))),
            ] {
                let said = shape.bytes(format).unwrap();
                prop_assert!(said >= length as u64, "{format:?}: {length} bytes, at most {said} were said");
                prop_assert!(said <= 1000 + 5 * length as u64, "{format:?}: {length} bytes, {said} were said");
            }
        }
    }
}
