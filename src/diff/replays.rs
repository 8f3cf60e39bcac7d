//! Two circuits over the qubits that one of them touches, made ready for the same states.

use super::Side;
use crate::circuit::Program;
use crate::simulate::{Replay, SimulateError};

/// Two circuits ready for the same states.
pub(super) struct Replays {
    /// How many qubits these states have.
    pub(super) qubits: usize,
    pub(super) a: Replay,
    pub(super) b: Replay,
}

impl Replays {
    /// Qubit k of a state is `qubits[k]` of the circuits.
    pub(super) fn new(a: &Program, b: &Program, qubits: &[usize]) -> Result<Replays, (Side, SimulateError)> {
        let replay = |program, side| Replay::new(program, qubits).map_err(|source| (side, source));
        Ok(Replays { qubits: qubits.len(), a: replay(a, Side::A)?, b: replay(b, Side::B)? })
    }
}
