//! A circuit that measures and resets on its way, into bits with names.

use super::{Circuit, MAX_BITS, MAX_REGISTER_NAME, Operation, Register};
use crate::gates::Gate;

/// What happens between gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The qubit is measured into a bit; without a bit the result is lost, but the qubit has been measured.
    Measure {
        /// The qubit.
        qubit: usize,
        /// The bit, counted over all registers in the order of their declaration.
        bit: Option<usize>,
    },
    /// The qubit is brought to 0, whatever it was.
    Reset {
        /// The qubit.
        qubit: usize,
    },
}

impl Event {
    /// The qubit it happens to.
    pub fn qubit(self) -> usize {
        match self {
            Event::Measure { qubit, .. } | Event::Reset { qubit } => qubit,
        }
    }

    fn bit(self) -> Option<usize> {
        match self {
            Event::Measure { bit, .. } => bit,
            Event::Reset { .. } => None,
        }
    }
}

/// Gates of one gateset with measurements and resets between them, and what the measurements fill.
///
/// Every qubit and every bit begins as 0. A bit that is measured into twice keeps what came last. Without registers every qubit is
/// measured at the end, qubit q into bit q.
///
/// ```
/// use paultrap::circuit::{Circuit, Event, MeasuredCircuit, On};
/// use paultrap::gates::Qis;
/// // A coin is tossed twice with one qubit.
/// let gates = Circuit::new(1, [Qis::H.on([0]), Qis::H.on([0])])?;
/// let toss = |bit| Event::Measure { qubit: 0, bit: Some(bit) };
/// let coins = MeasuredCircuit::new(gates, [(1, toss(0)), (1, Event::Reset { qubit: 0 }), (2, toss(1))], [("c", 2)])?;
/// assert_eq!((coins.bits(), coins.registers()[0].name()), (2, "c"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredCircuit<G> {
    gates: Circuit<G>,
    /// Before which operation, and what; in time order.
    events: Vec<(usize, Event)>,
    registers: Vec<Register>,
    bits: usize,
}

/// Why events and registers do not go with the gates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeasuredCircuitError {
    /// Before a gate that is not there, or out of order.
    #[error("event {index} is before operation {given}, allowed are {least}..={most}")]
    Place {
        /// Which event.
        index: usize,
        /// As given.
        given: usize,
        /// The place of the event before it.
        least: usize,
        /// After the last operation.
        most: usize,
    },
    /// A qubit that the circuit does not have.
    #[error("event {index}: qubit {given} is outside 0..={}", qubits - 1)]
    Qubit {
        /// Which event.
        index: usize,
        /// As given.
        given: usize,
        /// The circuit's width.
        qubits: usize,
    },
    /// A bit that no register has.
    #[error("event {index}: bit {given} is not one of the {bits} bits of all registers")]
    Bit {
        /// Which event.
        index: usize,
        /// As given.
        given: usize,
        /// How many bits there are.
        bits: usize,
    },
    /// A name that no register can have.
    #[error("register {given:?} is not allowed, names have 1..={MAX_REGISTER_NAME} characters, differ, and are not {}", Register::ALL)]
    Name {
        /// As given, shortened.
        given: String,
    },
    /// No bit, or too many together.
    #[error("register {name:?} has {given} bits, at least 1 is needed, and all registers together have at most {MAX_BITS}")]
    Bits {
        /// The register, shortened.
        name: String,
        /// As given.
        given: usize,
    },
}

impl<G: Gate> MeasuredCircuit<G> {
    /// Puts events between gates: each before the operation of its index, or after all of them, in time order. Registers are
    /// names and numbers of bits, the first one lowest.
    ///
    /// # Errors
    /// [`MeasuredCircuitError`], naming the event or the register.
    pub fn new<N: Into<String>>(
        gates: Circuit<G>,
        events: impl IntoIterator<Item = (usize, Event)>,
        registers: impl IntoIterator<Item = (N, usize)>,
    ) -> Result<MeasuredCircuit<G>, MeasuredCircuitError> {
        let (registers, bits) = laid_out(registers.into_iter().map(|(name, bits)| (name.into(), bits)))?;
        let mut events: Vec<_> = events.into_iter().collect();
        let mut least = 0;
        for (index, &(place, event)) in events.iter().enumerate() {
            let (most, qubits) = (gates.operations().len(), gates.qubits());
            if !(least..=most).contains(&place) {
                return Err(MeasuredCircuitError::Place { index, given: place, least, most });
            }
            if event.qubit() >= qubits {
                return Err(MeasuredCircuitError::Qubit { index, given: event.qubit(), qubits });
            }
            if let Some(given) = event.bit().filter(|bit| *bit >= bits) {
                return Err(MeasuredCircuitError::Bit { index, given, bits });
            }
            least = place;
        }
        if !registers.is_empty() {
            return Ok(MeasuredCircuit { gates, events, registers, bits });
        }
        let (end, bits) = (gates.operations().len(), gates.qubits());
        events.extend((0..bits).map(|qubit| (end, Event::Measure { qubit, bit: Some(qubit) })));
        Ok(MeasuredCircuit { gates, events, registers, bits })
    }

    /// The gates alone.
    pub fn gates(&self) -> &Circuit<G> {
        &self.gates
    }

    /// Before which operation what happens, in time order.
    pub fn events(&self) -> &[(usize, Event)] {
        &self.events
    }

    /// The registers in the order of their declaration; none if every qubit is measured at the end.
    pub fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// How many bits an outcome has, at least one.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The bits that some measurement fills; the others stay 0.
    pub fn measured(&self) -> u64 {
        self.events.iter().filter_map(|(_, event)| event.bit()).fold(0, |mask, bit| mask | 1 << bit)
    }

    /// Of which qubit each bit tells at the end, a bit that nothing fills of none: if nothing happens to a qubit any more once it was
    /// measured, and it is reset at most before its first gate. Then the gates alone are a circuit that does the same, and when it is
    /// measured makes no difference. `None` if the program really measures or resets on its way, and if two bits tell of the same qubit:
    /// each reading of it can be wrong by itself.
    pub fn measured_at_end(&self) -> Option<Vec<Option<usize>>> {
        let mut sources = vec![None; self.bits];
        let (mut used, mut measured) = (0u64, 0u64);
        let mut events = self.events.iter().peekable();
        for place in 0..=self.gates.operations.len() {
            while let Some((_, event)) = events.next_if(|(before, _)| *before == place) {
                match *event {
                    Event::Measure { qubit, bit } => {
                        measured |= 1 << qubit;
                        if let Some(bit) = bit {
                            sources[bit] = Some(qubit);
                        }
                    }
                    Event::Reset { qubit } if used >> qubit & 1 == 1 => return None,
                    Event::Reset { .. } => {} // it is 0
                }
            }
            let acting =
                self.gates.operations.get(place).map_or(0, |operation| operation.acting().fold(0, |mask, qubit| mask | 1 << qubit));
            if acting & measured != 0 {
                return None;
            }
            used |= acting;
        }
        let told = sources.iter().flatten().fold(0u64, |mask, qubit| mask | 1 << qubit);
        (told.count_ones() as usize == sources.iter().flatten().count()).then_some(sources)
    }

    /// The same with the gates between two events rewritten, each run of them by itself; they may need more qubits, and not fewer.
    ///
    /// # Errors
    /// The first one that `rewrite` has.
    pub fn rewritten<H: Gate, E>(&self, mut rewrite: impl FnMut(Circuit<G>) -> Result<Circuit<H>, E>) -> Result<MeasuredCircuit<H>, E> {
        let (mut done, mut width, mut operations) = (0, self.gates.qubits, Vec::<Operation<H>>::new());
        let mut advance = |to: usize, operations: &mut Vec<Operation<H>>| {
            if to > done {
                let run = Circuit { qubits: self.gates.qubits, operations: self.gates.operations[done..to].to_vec() };
                let rewritten = rewrite(run)?;
                width = width.max(rewritten.qubits);
                operations.extend(rewritten.operations);
                done = to;
            }
            Ok(operations.len())
        };
        let place = |&(place, event): &(usize, Event)| Ok((advance(place, &mut operations)?, event));
        let events = self.events.iter().map(place).collect::<Result<_, E>>()?;
        advance(self.gates.operations.len(), &mut operations)?;
        let gates = Circuit { qubits: width, operations };
        Ok(MeasuredCircuit { gates, events, registers: self.registers.clone(), bits: self.bits })
    }
}

impl<G: Gate> From<Circuit<G>> for MeasuredCircuit<G> {
    /// Every qubit is measured at the end.
    fn from(gates: Circuit<G>) -> MeasuredCircuit<G> {
        MeasuredCircuit::new(gates, [], [("", 0); 0]).expect("without events and registers nothing can be wrong")
    }
}

/// Registers side by side, the first one lowest, and how many bits they have together.
fn laid_out(given: impl Iterator<Item = (String, usize)>) -> Result<(Vec<Register>, usize), MeasuredCircuitError> {
    let mut registers: Vec<Register> = Vec::new();
    let mut first = 0usize;
    for (name, bits) in given {
        let long = name.chars().count() > MAX_REGISTER_NAME;
        if name.is_empty() || long || name == Register::ALL || registers.iter().any(|register| register.name() == name) {
            return Err(MeasuredCircuitError::Name { given: super::error::shorten(&name) });
        }
        if bits == 0 || bits > MAX_BITS - first {
            return Err(MeasuredCircuitError::Bits { name: super::error::shorten(&name), given: bits });
        }
        registers.push(Register::new(&name, (first..first + bits).map(Some)));
        first += bits;
    }
    Ok((registers, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::On;
    use crate::gates::Qis;

    fn gates() -> Circuit<Qis> {
        Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]), Qis::Y.on([0])]).unwrap()
    }

    fn message(events: &[(usize, Event)], registers: &[(&str, usize)]) -> String {
        MeasuredCircuit::new(gates(), events.iter().copied(), registers.iter().copied()).unwrap_err().to_string()
    }

    fn measure(qubit: usize, bit: usize) -> Event {
        Event::Measure { qubit, bit: Some(bit) }
    }

    #[test]
    fn what_does_not_fit_is_refused_by_event_or_register_with_what_is_allowed() {
        let c = &[("c", 2)];
        assert_eq!(message(&[(4, Event::Reset { qubit: 0 })], c), "event 0 is before operation 4, allowed are 0..=3");
        assert_eq!(message(&[(2, measure(0, 0)), (1, measure(0, 0))], c), "event 1 is before operation 1, allowed are 2..=3");
        assert_eq!(message(&[(0, Event::Reset { qubit: 2 })], c), "event 0: qubit 2 is outside 0..=1");
        assert_eq!(message(&[(0, measure(0, 2))], c), "event 0: bit 2 is not one of the 2 bits of all registers");
        assert_eq!(message(&[(0, measure(0, 0))], &[]), "event 0: bit 0 is not one of the 0 bits of all registers");
        let (long, longer) = ("é".repeat(256), "é".repeat(257));
        for name in ["", "output_all", &longer] {
            let shown: String = name.chars().take(64).collect();
            assert!(message(&[], &[(name, 1)]).starts_with(&format!("register {shown:?} is not allowed")));
        }
        assert!(MeasuredCircuit::new(gates(), [], [(long, 1)]).is_ok());
        assert!(message(&[], &[("c", 1), ("c", 1)]).starts_with("register \"c\" is not allowed"));
        for registers in [[("a", 60), ("b", 5)], [("a", 1), ("b", 0)], [("a", 1), ("b", usize::MAX)]] {
            assert!(message(&[], &registers).starts_with("register \"b\" has "), "{registers:?}");
        }
    }

    #[test]
    fn the_first_register_is_lowest_and_reads_its_own_bits() {
        let circuit = MeasuredCircuit::new(gates(), [], [("a", 2), ("b", 62)]).unwrap();
        let [a, b] = circuit.registers() else { panic!("two registers") };
        assert_eq!((a.of(0b10_01), b.of(0b10_01), circuit.bits()), (0b01, 0b10, 64));
        assert_eq!(MeasuredCircuit::new(gates(), [], [("a", 64)]).unwrap().registers()[0].of(u64::MAX), u64::MAX);
    }

    #[test]
    fn without_registers_every_qubit_is_measured_at_the_end() {
        let circuit = MeasuredCircuit::from(gates());
        assert_eq!(circuit.events(), [(3, measure(0, 0)), (3, measure(1, 1))]);
        assert_eq!((circuit.bits(), circuit.measured(), circuit.registers().len()), (2, 0b11, 0));
    }

    #[test]
    fn measurements_that_are_the_last_thing_to_happen_to_their_qubit_are_at_the_end_whatever_stands_after_them() {
        let at_end =
            |events: &[(usize, Event)]| MeasuredCircuit::new(gates(), events.iter().copied(), [("c", 3)]).unwrap().measured_at_end();
        let reset = |qubit| Event::Reset { qubit };
        // The gates are on qubits 0, 1 and 0.
        assert_eq!(at_end(&[]), Some(vec![None; 3]));
        assert_eq!(at_end(&[(2, measure(1, 2)), (3, measure(0, 0))]), Some(vec![Some(0), None, Some(1)]));
        assert_eq!(at_end(&[(3, measure(0, 0)), (3, measure(0, 1))]), None, "two readings of a qubit");
        assert_eq!(at_end(&[(3, measure(0, 0)), (3, measure(1, 0))]), Some(vec![Some(1), None, None]), "the later counts");
        assert_eq!(at_end(&[(0, reset(0)), (1, reset(1)), (3, measure(0, 0))]), Some(vec![Some(0), None, None]), "both are 0 already");
        for way in [&[(2, measure(0, 0))][..], &[(0, measure(0, 0))], &[(1, Event::Measure { qubit: 0, bit: None })]] {
            assert_eq!(at_end(way), None, "{way:?}: a gate comes after");
        }
        for way in [&[(1, reset(0))][..], &[(3, reset(1))], &[(3, measure(0, 0)), (3, reset(0))]] {
            assert_eq!(at_end(way), None, "{way:?}: a reset that does something");
        }
        assert_eq!(MeasuredCircuit::from(gates()).measured_at_end(), Some(vec![Some(0), Some(1)]));
    }

    #[test]
    fn gates_are_rewritten_run_by_run_and_events_stay_between_the_runs() {
        let events = [(0, Event::Reset { qubit: 1 }), (2, measure(0, 1)), (2, measure(1, 0)), (3, measure(0, 0))];
        let circuit = MeasuredCircuit::new(gates(), events, [("c", 2)]).unwrap();
        let mut runs = Vec::new();
        let doubled = circuit.rewritten::<Qis, ()>(|run| {
            runs.push(run.operations().len());
            Ok(Circuit::new(2, run.operations().iter().flat_map(|operation| [operation.clone(), operation.clone()])).unwrap())
        });
        let doubled = doubled.unwrap();
        assert_eq!(runs, [2, 1]);
        assert_eq!(doubled.events().iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 4, 4, 6]);
        assert_eq!(doubled.gates().operations().len(), 6);
        assert_eq!(circuit.rewritten::<Qis, &str>(|_| Err("no")), Err("no"));
    }
}
