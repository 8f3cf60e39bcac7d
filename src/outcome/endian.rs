//! The two ways to write an outcome down. Within the crate an outcome is a `u64` whose least significant bit is qubit 0; these types are
//! for the border to programs that write qubit 0 first.

use super::{Counts, Probabilities, bit_string, fits};
use std::fmt;

/// Why something is no outcome of so many qubits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutcomeError {
    /// More bits than an outcome has.
    #[error("an outcome of {qubits} qubits is not allowed, 0..=64 are")]
    Width {
        /// The qubits given.
        qubits: usize,
    },
    /// A number that so many qubits cannot show.
    #[error("outcome {number} does not fit {qubits} qubits, allowed are 0..=2^{qubits}-1")]
    TooLarge {
        /// The number given.
        number: u64,
        /// The width.
        qubits: usize,
    },
    /// Something other than a bit in a text of bits.
    #[error("{found:?} at place {place} of an outcome in bits, 0 or 1 is needed")]
    NoBit {
        /// What is there.
        found: char,
        /// Which character it is, from 0.
        place: usize,
    },
}

/// An outcome with qubit 0 last: right-most among the bits, least significant in the number. So do IonQ, Qiskit and this crate.
///
/// ```
/// use paultrap::outcome::{BigEndian, LittleEndian};
/// let outcome = LittleEndian::new(0b011, 3)?; // qubits 0 and 1
/// assert_eq!(outcome.to_string(), "011");
/// assert_eq!(BigEndian::from(outcome).to_string(), "110");
/// assert_eq!(BigEndian::from(outcome).number(), 6);
/// # Ok::<(), paultrap::outcome::OutcomeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LittleEndian {
    number: u64,
    qubits: usize,
}

/// An outcome with qubit 0 first: left-most among the bits, most significant in the number. So do Cirq and PennyLane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BigEndian {
    number: u64,
    qubits: usize,
}

/// A number of so many bits, the first character of a text its most significant one.
fn checked(number: u64, qubits: usize) -> Result<(u64, usize), OutcomeError> {
    match qubits {
        65.. => Err(OutcomeError::Width { qubits }),
        _ if !fits(number, qubits) => Err(OutcomeError::TooLarge { number, qubits }),
        _ => Ok((number, qubits)),
    }
}

fn parsed(bits: &str) -> Result<(u64, usize), OutcomeError> {
    let mut number = 0;
    for (place, found) in bits.chars().enumerate() {
        number = match found {
            '0' | '1' => number << 1 | u64::from(found == '1'),
            _ => return Err(OutcomeError::NoBit { found, place }),
        };
    }
    checked(0, bits.len()).map(|(_, qubits)| (number, qubits))
}

/// The bits of a number of so many in the other order.
fn reversed(number: u64, qubits: usize) -> u64 {
    number.reverse_bits().checked_shr(64 - qubits as u32).unwrap_or(0)
}

macro_rules! order {
    ($order:ident, $other:ident) => {
        impl $order {
            /// The outcome of this number in this order.
            ///
            /// # Errors
            /// [`OutcomeError::Width`] beyond 64 qubits, [`OutcomeError::TooLarge`] if they cannot show it.
            pub fn new(number: u64, qubits: usize) -> Result<$order, OutcomeError> {
                checked(number, qubits).map(|(number, qubits)| $order { number, qubits })
            }

            /// The number in this order.
            pub fn number(self) -> u64 {
                self.number
            }

            /// How many qubits it shows.
            pub fn qubits(self) -> usize {
                self.qubits
            }
        }

        impl std::str::FromStr for $order {
            type Err = OutcomeError;

            /// Reads bits in this order, as many as there are qubits.
            fn from_str(bits: &str) -> Result<$order, OutcomeError> {
                parsed(bits).map(|(number, qubits)| $order { number, qubits })
            }
        }

        impl From<$other> for $order {
            fn from(other: $other) -> $order {
                $order { number: reversed(other.number, other.qubits), qubits: other.qubits }
            }
        }

        impl fmt::Display for $order {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&bit_string(self.number, self.qubits))
            }
        }
    };
}

order!(LittleEndian, BigEndian);
order!(BigEndian, LittleEndian);

macro_rules! views {
    ($outcomes:ident, $value:ty) => {
        impl $outcomes {
            /// The same with qubit 0 last, in the order of [`iter`](Self::iter).
            pub fn little_endian(&self) -> impl ExactSizeIterator<Item = (LittleEndian, $value)> + '_ {
                let qubits = self.qubits();
                self.iter().map(move |(number, value)| (LittleEndian { number, qubits }, value))
            }

            /// The same with qubit 0 first, in the order of [`iter`](Self::iter): the numbers do not ascend.
            pub fn big_endian(&self) -> impl ExactSizeIterator<Item = (BigEndian, $value)> + '_ {
                self.little_endian().map(|(outcome, value)| (outcome.into(), value))
            }
        }
    };
}

views!(Probabilities, f64);
views!(Counts, u32);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_of_bits_is_the_number_and_its_mirror_the_same_outcome_in_the_other_order() {
        for (little, number, big, mirrored) in
            [("011", 3, "110", 6), ("0001", 1, "1000", 8), ("1", 1, "1", 1), ("", 0, "", 0), ("10110", 22, "01101", 13)]
        {
            let outcome: LittleEndian = little.parse().unwrap();
            assert_eq!((outcome.number(), outcome.qubits(), outcome.to_string().as_str()), (number, little.len(), little));
            let other = BigEndian::from(outcome);
            assert_eq!((other.number(), other.to_string().as_str()), (mirrored, big));
            assert_eq!((big.parse(), LittleEndian::new(number, little.len())), (Ok(other), Ok(outcome)));
        }
        let last = LittleEndian::new(1 << 63, 64).unwrap();
        assert_eq!(BigEndian::from(last).number(), 1, "qubit 63 is the least significant bit in the other order");
        assert_eq!(format!("{:>5}|", LittleEndian::new(1, 2).unwrap()), "   01|");
    }

    #[test]
    fn what_is_no_outcome_of_so_many_qubits_is_refused() {
        assert_eq!(LittleEndian::new(4, 2), Err(OutcomeError::TooLarge { number: 4, qubits: 2 }));
        assert_eq!(BigEndian::new(1, 0), Err(OutcomeError::TooLarge { number: 1, qubits: 0 }));
        assert_eq!(BigEndian::new(0, 65), Err(OutcomeError::Width { qubits: 65 }));
        assert_eq!("01x".parse::<BigEndian>(), Err(OutcomeError::NoBit { found: 'x', place: 2 }));
        assert_eq!("1".repeat(65).parse::<LittleEndian>(), Err(OutcomeError::Width { qubits: 65 }));
        assert_eq!("0½".parse::<LittleEndian>().unwrap_err().to_string(), "'½' at place 1 of an outcome in bits, 0 or 1 is needed");
    }

    #[test]
    fn outcomes_of_the_first_qubit_alone_are_the_upper_half_of_the_other_order() {
        let counts = Counts::new(3, [(0b001, 5), (0b110, 2)]).unwrap();
        let big: Vec<_> = counts.big_endian().map(|(outcome, count)| (outcome.number(), outcome.to_string(), count)).collect();
        assert_eq!(big, [(4, "100".to_owned(), 5), (3, "011".to_owned(), 2)]);
        let probabilities = Probabilities::new(2, [(0b01, 0.25), (0b10, 0.75)]).unwrap();
        assert_eq!(
            probabilities.little_endian().map(|(outcome, p)| (outcome.to_string(), p)).collect::<Vec<_>>(),
            [("01".to_owned(), 0.25), ("10".to_owned(), 0.75)]
        );
        assert_eq!(probabilities.big_endian().next().unwrap(), (BigEndian::new(0b10, 2).unwrap(), 0.25));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_outcome_and_each_qubit_has_its_mirrored_place(number: u64, qubits in 1usize..=64) {
            let outcome = LittleEndian::new(number >> (64 - qubits), qubits).unwrap();
            let other = BigEndian::from(outcome);
            prop_assert_eq!(LittleEndian::from(other), outcome);
            for qubit in 0..qubits {
                prop_assert_eq!(outcome.number() >> qubit & 1, other.number() >> (qubits - 1 - qubit) & 1);
            }
        }
    }
}
