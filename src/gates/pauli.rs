//! Pauli strings and the exponential of a sum of them.

use num_complex::Complex64;
use std::fmt;

/// A product of Pauli letters, one per target qubit, held as two bit masks: qubit q carries X if only `x` has bit q,
/// Z if only `z` has it, Y if both have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PauliString {
    /// Where the string flips the bit (X or Y).
    pub x: u64,
    /// Where the string signs the bit (Z or Y).
    pub z: u64,
}

impl PauliString {
    /// Reads a string of `I`, `X`, `Y`, `Z`; the right-most letter is qubit 0 (the first target), as every IonQ SDK writes it.
    ///
    /// # Errors
    /// The first letter that is none of the four.
    pub fn parse(letters: &str) -> Result<PauliString, char> {
        let mut string = PauliString { x: 0, z: 0 };
        for (qubit, letter) in letters.chars().rev().enumerate() {
            let bit = 1u64.checked_shl(qubit as u32).ok_or(letter)?;
            match letter {
                'I' => {}
                'X' => string.x |= bit,
                'Z' => string.z |= bit,
                'Y' => {
                    string.x |= bit;
                    string.z |= bit;
                }
                other => return Err(other),
            }
        }
        Ok(string)
    }

    /// The letters for `qubits` qubits, right-most letter first target.
    pub fn letters(self, qubits: usize) -> String {
        (0..qubits)
            .rev()
            .map(|q| match (self.x >> q & 1, self.z >> q & 1) {
                (0, 0) => 'I',
                (1, 0) => 'X',
                (0, _) => 'Z',
                _ => 'Y',
            })
            .collect()
    }

    /// True for the product of no letters.
    pub fn is_identity(self) -> bool {
        self.x == 0 && self.z == 0
    }

    /// Qubits on which the string is not the identity.
    pub fn support(self) -> u64 {
        self.x | self.z
    }

    /// i to the number of Ys: Y is `i·X·Z`, so this is what turns the product of the two masks into the string.
    pub fn phase(self) -> Complex64 {
        let [one, i] = [Complex64::new(1.0, 0.0), Complex64::new(0.0, 1.0)];
        [one, i, -one, -i][(self.x & self.z).count_ones() as usize % 4]
    }

    /// Whether the two operators commute.
    pub fn commutes_with(self, other: PauliString) -> bool {
        ((self.x & other.z).count_ones() + (self.z & other.x).count_ones()).is_multiple_of(2)
    }
}

/// The places of the ones in a mask, ascending.
pub(crate) fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(place)
    })
}

/// `exp(-i·time·Σ coefficient·string)` on `qubits` targets.
#[derive(Debug, Clone, PartialEq)]
pub struct PauliExp {
    qubits: usize,
    terms: Vec<(PauliString, f64)>,
    time: f64,
}

/// Why a list of terms is no [`PauliExp`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PauliError {
    /// No term at all.
    #[error("terms is empty, at least one Pauli string is needed")]
    NoTerms,
    /// More terms than are worth simulating.
    #[error("terms has {given} entries, at most {} are allowed", PauliExp::MAX_TERMS)]
    TooManyTerms {
        /// How many were given.
        given: usize,
    },
    /// Terms and coefficients do not pair up.
    #[error("coefficients has {given} entries for {terms} terms, one each is needed")]
    CoefficientCount {
        /// How many coefficients were given.
        given: usize,
        /// How many terms there are.
        terms: usize,
    },
    /// A term's length is not the number of targets.
    #[error("terms[{term}] {letters:?} has {} letters for {targets} targets, one each is needed", letters.chars().count())]
    Length {
        /// Which term.
        term: usize,
        /// The string as given.
        letters: String,
        /// How many targets there are.
        targets: usize,
    },
    /// A letter outside I, X, Y, Z.
    #[error("terms[{term}] {letters:?} has the letter {letter:?}, allowed are I, X, Y, Z")]
    Letter {
        /// Which term.
        term: usize,
        /// The string as given.
        letters: String,
        /// The letter.
        letter: char,
    },
    /// A coefficient that is no finite number, or makes time × coefficient overflow.
    #[error("coefficients[{term}] {value:?} is not usable, time × coefficient must be finite")]
    Coefficient {
        /// Which coefficient.
        term: usize,
        /// The value.
        value: f64,
    },
    /// Negative or non-finite time.
    #[error("time {0:?} is not allowed, a finite number ≥ 0 is needed (a sign belongs into the coefficients)")]
    Time(f64),
}

impl PauliExp {
    /// The most terms one gate may have.
    pub const MAX_TERMS: usize = 4096;

    /// Builds the gate from what the wire carries.
    ///
    /// # Errors
    /// [`PauliError`], naming the term.
    pub fn new(targets: usize, terms: &[impl AsRef<str>], coefficients: &[f64], time: f64) -> Result<PauliExp, PauliError> {
        if terms.is_empty() {
            return Err(PauliError::NoTerms);
        }
        if terms.len() > Self::MAX_TERMS {
            return Err(PauliError::TooManyTerms { given: terms.len() });
        }
        if coefficients.len() != terms.len() {
            return Err(PauliError::CoefficientCount { given: coefficients.len(), terms: terms.len() });
        }
        if !(time.is_finite() && time >= 0.0) {
            return Err(PauliError::Time(time));
        }
        let pairs = terms.iter().map(AsRef::as_ref).zip(coefficients).enumerate();
        let terms = pairs
            .map(|(term, (letters, &value))| {
                let shown = || letters.chars().take(64).collect::<String>();
                if letters.chars().count() != targets {
                    return Err(PauliError::Length { term, letters: shown(), targets });
                }
                let string = PauliString::parse(letters).map_err(|letter| PauliError::Letter { term, letters: shown(), letter })?;
                if !(value.is_finite() && (value * time).is_finite()) {
                    return Err(PauliError::Coefficient { term, value });
                }
                Ok((string, value))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(PauliExp { qubits: targets, terms, time })
    }

    /// How many qubits the gate targets.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// The strings and their coefficients.
    pub fn terms(&self) -> &[(PauliString, f64)] {
        &self.terms
    }

    /// The factor on all coefficients.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// The strings with their angles `time·coefficient`.
    pub fn angles(&self) -> impl Iterator<Item = (PauliString, f64)> + '_ {
        self.terms.iter().map(|&(string, coefficient)| (string, coefficient * self.time))
    }

    /// The same sum with every sign turned.
    #[must_use]
    pub fn inverse(&self) -> PauliExp {
        let terms = self.terms.iter().map(|&(string, c)| (string, -c)).collect();
        PauliExp { terms, ..*self }
    }

    /// The terms in groups whose sums commute with one another, so that the exponential is the product of the groups' own
    /// exponentials. A group of one term is a plain Pauli rotation; in a larger one every term fails to commute with another.
    pub fn groups(&self) -> Vec<Vec<(PauliString, f64)>> {
        let mut groups: Vec<Vec<(PauliString, f64)>> = Vec::new();
        for term in self.angles() {
            // Every group the term disturbs becomes one group with it.
            let (disturbed, apart): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|group| group.iter().any(|(string, _)| !string.commutes_with(term.0)));
            groups = apart;
            let mut merged: Vec<_> = disturbed.into_iter().flatten().collect();
            merged.push(term);
            groups.push(merged);
        }
        groups
    }
}

impl fmt::Display for PauliExp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exp(-i·{}·(", self.time)?;
        for (k, (string, c)) in self.terms.iter().enumerate() {
            write!(f, "{}{c}·{}", if k == 0 { "" } else { " + " }, string.letters(self.qubits))?;
        }
        f.write_str("))")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order() {
        assert_eq!(bits(0b1001_0010 | 1 << 63).collect::<Vec<_>>(), [1, 4, 7, 63]);
        assert_eq!(bits(0).count(), 0);
    }

    #[test]
    fn the_right_most_letter_is_qubit_zero() {
        let string = PauliString::parse("ZIXY").unwrap();
        assert_eq!(string, PauliString { x: 0b0011, z: 0b1001 });
        assert_eq!(string.letters(4), "ZIXY");
        assert_eq!(PauliString::parse("XQ"), Err('Q'));
    }

    #[test]
    fn strings_commute_when_they_differ_on_an_even_number_of_qubits() {
        let commute = |a: &str, b: &str| PauliString::parse(a).unwrap().commutes_with(PauliString::parse(b).unwrap());
        assert!(commute("XX", "ZZ") && commute("XI", "IZ") && commute("XYZ", "XYZ"));
        assert!(!commute("X", "Z") && !commute("XX", "IZ") && !commute("Y", "X"));
    }

    #[test]
    fn groups_are_the_connected_parts_of_the_graph_of_terms_that_do_not_commute() {
        let exp = PauliExp::new(3, &["IIX", "XII", "IIZ", "IYI", "ZZI"], &[1.0; 5], 2.0).unwrap();
        let mut sizes: Vec<_> = exp.groups().iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [2, 3]); // {IIX, IIZ} and {XII, ZZI, IYI}
    }
}
