//! Two circuits made ready to be compared, and which method does it.

use super::clifford::{self, Clifford};
use super::replays::Replays;
use super::{Comparison, DiffError, Side, random, stabilizer, unitary};
use crate::circuit::Program;
use crate::simulate::{Demand, Memory, OutOfMemory, ReplayNeeds, Reservation};

/// The two circuits in the form that the method needs.
pub(super) enum Engine {
    /// [`super::Method::Unitary`]
    Unitary(Replays),
    /// [`super::Method::Stabilizer`]
    Stabilizer([Clifford; 2]),
    /// [`super::Method::RandomStates`]
    RandomStates(Replays),
}

/// Two circuits over the qubits that one of them touches.
pub(super) struct Pair<'a> {
    pub(super) a: &'a Program,
    pub(super) b: &'a Program,
    /// Ascending; qubit k of a state is `qubits[k]` of the circuits.
    pub(super) qubits: Vec<usize>,
    pub(super) engine: Engine,
    /// Held as long as anything is computed from these two, variants included.
    _reservation: Option<Reservation>,
}

impl<'a> Pair<'a> {
    /// Chooses the method, and asks for the memory it takes; `besides` is what else will be kept for so many qubits and operations.
    pub(super) fn new(
        a: &'a Program,
        b: &'a Program,
        memory: &Memory,
        besides: impl Fn(usize, usize) -> u128,
    ) -> Result<Pair<'a>, DiffError> {
        let qubits = in_use(a, b);
        let count = (a.len() + b.len()) as f64;
        if !unitary::is_cheap(qubits.len(), count)
            && let Some(both) = cliffords(a, b, &qubits)
        {
            return Ok(Pair { a, b, qubits, engine: Engine::Stabilizer(both), _reservation: None });
        }
        let needs = |program, side| ReplayNeeds::of(program).map_err(|source| DiffError::Circuit { side, source });
        let (of_a, of_b) = (needs(a, Side::A)?, needs(b, Side::B)?);
        // Two states, what they work in, and the phases between them; of what is kept for the gates twice as much, for variants.
        let states = 2 * (1 + of_a.buffers.max(of_b.buffers)) + 1;
        let kept = 2 * (of_a.bytes + of_b.bytes) + besides(qubits.len(), a.len() + b.len());
        let reservation = memory.reserve(Demand::states(qubits.len(), states).and(kept))?;
        let replays = Replays::new(a, b, &qubits).map_err(|(side, source)| DiffError::Circuit { side, source })?;
        Ok(Pair { a, b, qubits, engine: Engine::of(replays), _reservation: Some(reservation) })
    }

    /// Other circuits in place of these two, in the memory of these two; `None` if that is not enough for them or the method cannot
    /// do them.
    pub(super) fn variant<'b>(&self, a: &'b Program, b: &'b Program) -> Option<Pair<'b>> {
        let qubits = in_use(a, b);
        if qubits.len() > self.qubits.len() {
            return None;
        }
        let engine = match &self.engine {
            Engine::Stabilizer([of_a, of_b]) => {
                // Most variants leave one of the two as it is.
                let known = |program: &Program, before: &Program, clifford: &Clifford| {
                    (qubits == self.qubits && std::ptr::eq(program, before)).then(|| clifford.clone())
                };
                let a = known(a, self.a, of_a).or_else(|| clifford::recognize(a, &qubits))?;
                let b = known(b, self.b, of_b).or_else(|| clifford::recognize(b, &qubits))?;
                Engine::Stabilizer([a, b])
            }
            Engine::Unitary(_) | Engine::RandomStates(_) => Engine::of(Replays::new(a, b, &qubits).ok()?),
        };
        Some(Pair { a, b, qubits, engine, _reservation: None })
    }

    /// The answer.
    pub(super) fn compare(&self) -> Result<Comparison, OutOfMemory> {
        match &self.engine {
            Engine::Unitary(replays) => unitary::compare(replays),
            Engine::Stabilizer([a, b]) => Ok(stabilizer::compare(self.qubits.len(), a, b)),
            Engine::RandomStates(replays) => random::compare(replays),
        }
    }

    /// How many operations there are in both.
    pub(super) fn operations(&self) -> usize {
        self.a.len() + self.b.len()
    }
}

impl Engine {
    fn of(replays: Replays) -> Engine {
        match unitary::is_cheap(replays.qubits, replays.a.cost() + replays.b.cost()) {
            true => Engine::Unitary(replays),
            false => Engine::RandomStates(replays),
        }
    }
}

/// The qubits that one of the two touches, ascending.
pub(super) fn in_use(a: &Program, b: &Program) -> Vec<usize> {
    let mut qubits = [a.touched(), b.touched()].concat();
    qubits.sort_unstable();
    qubits.dedup();
    qubits
}

/// Both as Clifford circuits, if they are.
pub(super) fn cliffords(a: &Program, b: &Program, qubits: &[usize]) -> Option<[Clifford; 2]> {
    Some([clifford::recognize(a, qubits)?, clifford::recognize(b, qubits)?])
}
