//! Bits of an outcome under a name.

use super::error::{CircuitError, OperationError, RegisterError, shorten};
use super::{MAX_BITS, MAX_REGISTER_NAME, MAX_REGISTERS, Program, Registers, validate};
use std::sync::Arc;

/// Bits of an outcome under one name; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    name: Arc<str>,
    /// Which bit of an outcome each of its own is, the lowest first.
    places: Arc<[Place]>,
}

/// A bit of an outcome, of which there are [`MAX_BITS`] at most, or none: that is always 0.
type Place = Option<u8>;

impl Register {
    /// The name that all bits together have in results.
    pub const ALL: &'static str = "output_all";

    /// Bits of outcomes with `bits` bits; `places` are within them, and at most [`MAX_BITS`].
    pub(super) fn new(name: &str, places: impl IntoIterator<Item = Option<usize>>) -> Register {
        let place = |place: usize| u8::try_from(place).expect("an outcome has at most 64 bits");
        Register { name: name.into(), places: places.into_iter().map(|given| given.map(place)).collect() }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which bit of an outcome each of its bits is, its own bit 0 first; one that is none is always 0.
    pub fn places(&self) -> impl ExactSizeIterator<Item = Option<usize>> + '_ {
        self.places.iter().map(|place| place.map(usize::from))
    }

    /// How many bits it has.
    pub fn bits(&self) -> usize {
        self.places.len()
    }

    /// What an outcome of all bits says about this register.
    pub fn of(&self, outcome: u64) -> u64 {
        let own = self.places.iter().enumerate();
        own.fold(0, |bits, (own, place)| bits | place.map_or(0, |place| outcome >> place & 1) << own)
    }

    /// About what it takes in memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        const COUNTERS: usize = 4 * size_of::<usize>();
        size_of::<Register>() + COUNTERS + self.name.len() + size_of_val(&*self.places)
    }
}

/// The registers of a circuit, by name: each names qubits that the circuit has, each at most once.
///
/// # Errors
/// [`CircuitError::Register`] and [`CircuitError::Registers`].
pub(crate) fn registers(program: &Program, given: Option<&Registers>) -> Result<Vec<Register>, CircuitError> {
    let Some(given) = given else { return Ok(Vec::new()) };
    if given.len() > MAX_REGISTERS {
        return Err(CircuitError::Registers { given: given.len() });
    }
    let read = |(name, qubits): (&String, &Vec<Option<super::Whole>>)| {
        let places = check_name(name).and_then(|()| places(qubits, program.qubits()));
        places.map(|places| Register::new(name, places)).map_err(|problem| CircuitError::Register { name: shorten(name), problem })
    };
    given.iter().map(read).collect()
}

fn check_name(name: &str) -> Result<(), RegisterError> {
    match name.chars().count() {
        given if given > MAX_REGISTER_NAME => Err(RegisterError::Name { given }),
        _ if name == Register::ALL => Err(RegisterError::Taken),
        _ => Ok(()),
    }
}

fn places(given: &[Option<super::Whole>], qubits: usize) -> Result<Vec<Option<usize>>, RegisterError> {
    if given.len() > MAX_BITS {
        return Err(RegisterError::Bits { given: given.len() });
    }
    let mut seen = 0u64;
    let place = |given: &Option<super::Whole>| {
        let Some(given) = given else { return Ok(None) };
        let qubit = validate::qubit("qubit", given.0, qubits)?;
        if seen >> qubit & 1 == 1 {
            return Err(OperationError::RepeatedQubit { field: "qubit", qubit });
        }
        seen |= 1 << qubit;
        Ok(Some(qubit))
    };
    Ok(given.iter().map(place).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_reads_its_bits_wherever_they_are_and_0_where_there_is_none() {
        let register = Register::new("r", [Some(63), None, Some(0), Some(2)]);
        assert_eq!((register.name(), register.bits()), ("r", 4));
        for (outcome, own) in [(1 << 63, 0b0001), (1, 0b0100), (0b100, 0b1000), (0b010, 0), (u64::MAX, 0b1101)] {
            assert_eq!(register.of(outcome), own, "{outcome:b}");
        }
        assert_eq!(Register::new("all", (0..64).map(Some)).of(0x8765_4321_0fed_cba9), 0x8765_4321_0fed_cba9);
        assert_eq!(Register::new("none", []).of(u64::MAX), 0);
    }
}
