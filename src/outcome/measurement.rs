//! From the outcomes of all qubits to those of some: which qubit is read into which bit.

use super::{Counts, Probabilities, Sum};
use std::collections::BTreeMap;

/// Which qubit each bit shows.
///
/// ```
/// use paultrap::outcome::{MeasurementMap, Probabilities};
/// let all = Probabilities::new(3, [(0b001, 0.25), (0b101, 0.5), (0b110, 0.25)])?;
/// // Bit 0 shows qubit 2, bit 1 nothing, bit 2 qubit 0.
/// let map = MeasurementMap::new(3, [Some(2), None, Some(0)])?;
/// assert_eq!(all.mapped(&map)?.iter().collect::<Vec<_>>(), [(0b001, 0.25), (0b100, 0.25), (0b101, 0.5)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementMap {
    qubits: usize,
    sources: Vec<Option<usize>>,
}

/// Why outcomes cannot be read in this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeasurementError {
    /// A qubit that is not there.
    #[error("bit {bit}: qubit {qubit} is outside 0..{qubits}")]
    QubitOutOfRange {
        /// The bit that should show it.
        bit: usize,
        /// The qubit given.
        qubit: usize,
        /// How many there are.
        qubits: usize,
    },
    /// A marginal in which a qubit counts twice.
    #[error("bit {bit}: qubit {qubit} is there already, each may be named once")]
    RepeatedQubit {
        /// The bit that should show it.
        bit: usize,
        /// The qubit given.
        qubit: usize,
    },
    /// More bits than an outcome has.
    #[error("{given} bits are not allowed, an outcome has 0..=64")]
    Bits {
        /// The bits given.
        given: usize,
    },
    /// Outcomes of another number of qubits than the map is for.
    #[error("the outcomes are of {given} qubits, the map is for {expected}")]
    Width {
        /// Those of the outcomes.
        given: usize,
        /// Those of the map.
        expected: usize,
    },
}

impl MeasurementMap {
    /// The qubit that each bit shows, bit 0 first; a bit without one is always 0. Several bits may show the same qubit.
    ///
    /// # Errors
    /// [`MeasurementError::QubitOutOfRange`] and [`MeasurementError::Bits`].
    pub fn new(qubits: usize, sources: impl IntoIterator<Item = Option<usize>>) -> Result<MeasurementMap, MeasurementError> {
        let mut read = Vec::new();
        for (bit, source) in sources.into_iter().enumerate() {
            match source {
                _ if bit >= 64 => return Err(MeasurementError::Bits { given: bit + 1 }),
                Some(qubit) if qubit >= qubits.min(64) => return Err(MeasurementError::QubitOutOfRange { bit, qubit, qubits }),
                source => read.push(source),
            }
        }
        Ok(MeasurementMap { qubits, sources: read })
    }

    /// Some qubits of so many, the first of which becomes bit 0.
    ///
    /// # Errors
    /// Those of [`MeasurementMap::new`], and [`MeasurementError::RepeatedQubit`].
    pub fn marginal(qubits: usize, shown: &[usize]) -> Result<MeasurementMap, MeasurementError> {
        let map = MeasurementMap::new(qubits, shown.iter().copied().map(Some))?;
        let mut seen = 0u64;
        for (bit, &qubit) in shown.iter().enumerate() {
            if seen >> qubit & 1 == 1 {
                return Err(MeasurementError::RepeatedQubit { bit, qubit });
            }
            seen |= 1 << qubit;
        }
        Ok(map)
    }

    /// How many qubits the outcomes have that it reads.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// How many bits it makes of them.
    pub fn bits(&self) -> usize {
        self.sources.len()
    }

    /// What the bits show when the qubits show an outcome.
    pub fn of(&self, outcome: u64) -> u64 {
        let shown = |source: &Option<usize>| source.map_or(0, |qubit| outcome >> qubit & 1);
        self.sources.iter().enumerate().fold(0, |bits, (bit, source)| bits | shown(source) << bit)
    }

    fn check(&self, given: usize) -> Result<(), MeasurementError> {
        match given == self.qubits {
            true => Ok(()),
            false => Err(MeasurementError::Width { given, expected: self.qubits }),
        }
    }
}

impl Probabilities {
    /// The distribution of some qubits whatever the others show; the first of those named becomes bit 0.
    ///
    /// # Errors
    /// [`MeasurementError`] if a qubit is not there, or named twice.
    pub fn marginal(&self, qubits: &[usize]) -> Result<Probabilities, MeasurementError> {
        self.mapped(&MeasurementMap::marginal(self.qubits(), qubits)?)
    }

    /// The distribution of what a measurement shows. Outcomes that it shows alike are added up.
    ///
    /// # Errors
    /// [`MeasurementError::Width`] if the map is for another number of qubits.
    pub fn mapped(&self, map: &MeasurementMap) -> Result<Probabilities, MeasurementError> {
        map.check(self.qubits())?;
        Ok(self.regrouped(map.bits(), |outcome| map.of(outcome)))
    }

    /// The distribution of what `read` makes of an outcome: of one register of several, say. It must fit `qubits`.
    pub(crate) fn regrouped(&self, qubits: usize, read: impl Fn(u64) -> u64) -> Probabilities {
        let mut sums = BTreeMap::<u64, Sum>::new();
        for (outcome, probability) in self.iter() {
            sums.entry(read(outcome)).or_default().add(probability);
        }
        let entries = sums.into_iter().map(|(outcome, sum)| (outcome, sum.get()));
        Self::normalized(qubits, entries).expect("a distribution stays one when outcomes are put together").0
    }
}

impl Counts {
    /// How often some qubits showed what, whatever the others did; the first of those named becomes bit 0.
    ///
    /// # Errors
    /// [`MeasurementError`] if a qubit is not there, or named twice.
    pub fn marginal(&self, qubits: &[usize]) -> Result<Counts, MeasurementError> {
        self.mapped(&MeasurementMap::marginal(self.qubits(), qubits)?)
    }

    /// How often a measurement showed what. Outcomes that it shows alike are added up, so the shots stay as many.
    ///
    /// # Errors
    /// [`MeasurementError::Width`] if the map is for another number of qubits.
    pub fn mapped(&self, map: &MeasurementMap) -> Result<Counts, MeasurementError> {
        map.check(self.qubits())?;
        Ok(self.regrouped(map.bits(), |outcome| map.of(outcome)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_marginal_adds_up_the_outcomes_that_some_qubits_show_alike() {
        let all = Probabilities::new(3, [(0b000, 0.125), (0b001, 0.25), (0b011, 0.125), (0b110, 0.5)]).unwrap();
        let of = |qubits: &[usize]| all.marginal(qubits).unwrap().iter().collect::<Vec<_>>();
        assert_eq!(of(&[0]), [(0, 0.625), (1, 0.375)]);
        assert_eq!(of(&[2]), [(0, 0.5), (1, 0.5)]);
        assert_eq!(of(&[1, 0]), [(0b00, 0.125), (0b01, 0.5), (0b10, 0.25), (0b11, 0.125)]);
        assert_eq!(all.marginal(&[0, 1, 2]).unwrap(), all);
        assert_eq!(of(&[]), [(0, 1.0)]);
        let counts = Counts::new(3, [(0b000, 1), (0b011, 2), (0b110, 4), (0b111, 8)]).unwrap();
        assert_eq!(counts.marginal(&[2, 0]).unwrap(), Counts::new(2, [(0b00, 1), (0b10, 2), (0b01, 4), (0b11, 8)]).unwrap());
    }

    #[test]
    fn bits_show_their_qubits_wherever_they_are_and_0_without_one() {
        let map = MeasurementMap::new(64, [Some(63), None, Some(0), Some(0)]).unwrap();
        assert_eq!((map.qubits(), map.bits()), (64, 4));
        assert_eq!([1 << 63, 1, 2, u64::MAX].map(|outcome| map.of(outcome)), [0b0001, 0b1100, 0, 0b1101]);
        let counts = Counts::new(2, [(0b01, 3), (0b11, 4), (0b10, 1)]).unwrap();
        let twice = MeasurementMap::new(2, [None, Some(0), Some(0)]).unwrap();
        assert_eq!(counts.mapped(&twice).unwrap(), Counts::new(3, [(0b000, 1), (0b110, 7)]).unwrap());
    }

    #[test]
    fn what_cannot_be_measured_is_refused_by_bit_and_qubit() {
        use MeasurementError as E;
        let all = Probabilities::new(2, [(0, 1.0)]).unwrap();
        assert_eq!(all.marginal(&[0, 2]), Err(E::QubitOutOfRange { bit: 1, qubit: 2, qubits: 2 }));
        assert_eq!(all.marginal(&[1, 0, 1]), Err(E::RepeatedQubit { bit: 2, qubit: 1 }));
        assert_eq!(MeasurementMap::new(100, [Some(64)]), Err(E::QubitOutOfRange { bit: 0, qubit: 64, qubits: 100 }));
        assert_eq!(MeasurementMap::new(2, [None; 65]), Err(E::Bits { given: 65 }));
        let wide = MeasurementMap::marginal(3, &[0]).unwrap();
        assert_eq!(all.mapped(&wide).unwrap_err().to_string(), "the outcomes are of 2 qubits, the map is for 3");
        assert_eq!(Counts::new(2, [(0, 1)]).unwrap().mapped(&wide), Err(E::Width { given: 2, expected: 3 }));
    }

    proptest! {
        /// Against sums over all outcomes, bit by bit.
        #[test]
        fn any_marginal_is_the_sum_over_what_it_leaves_out(
            weights in proptest::collection::vec(0u32..1000, 64),
            shown in proptest::sample::subsequence(vec![0usize, 1, 2, 3, 4, 5], 0..=6).prop_shuffle(),
        ) {
            let total: u32 = weights.iter().sum();
            prop_assume!(total > 0);
            let counts = Counts::new(6, (0u64..).zip(weights.iter().copied())).unwrap();
            let (some, exact) = (counts.marginal(&shown).unwrap(), counts.frequencies().marginal(&shown).unwrap());
            for pattern in 0..1u64 << shown.len() {
                let agrees = |outcome: usize| (0..shown.len()).all(|bit| outcome >> shown[bit] & 1 == (pattern >> bit & 1) as usize);
                let expected: u32 = (0..64).filter(|&outcome| agrees(outcome)).map(|outcome| weights[outcome]).sum();
                prop_assert_eq!(some.get(pattern), expected);
                prop_assert!((exact.get(pattern) - f64::from(expected) / f64::from(total)).abs() < 1e-15);
            }
        }
    }
}
