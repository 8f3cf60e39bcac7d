use super::SimulateError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Tells a run that nobody wants its result any more. A clone is the same stop.
///
/// A run looks at it before every pass over its state, and while it waits for memory: a pass over 26 qubits takes about a second.
#[derive(Debug, Clone, Default)]
pub struct Stop(Option<Arc<AtomicBool>>);

impl Stop {
    /// One that can be raised.
    pub fn new() -> Stop {
        Stop(Some(Arc::default()))
    }

    /// One that cannot; the default.
    pub fn never() -> Stop {
        Stop(None)
    }

    /// Ends the runs that have it, soon.
    pub fn raise(&self) {
        if let Some(raised) = &self.0 {
            raised.store(true, Relaxed);
        }
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.0.as_ref().is_some_and(|raised| raised.load(Relaxed))
    }

    /// Whether anybody could raise it.
    pub(super) fn is_possible(&self) -> bool {
        self.0.is_some()
    }

    /// Goes on unless it was raised.
    pub(super) fn check(&self) -> Result<(), SimulateError> {
        if self.is_raised() { Err(SimulateError::Stopped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::super::{ReadOut, StateVector, evolve, measured_distribution, measured_shots, probabilities, sample, trajectories};
    use super::*;
    use crate::circuit::{Circuit, MeasuredCircuit, On, Operation, Program, read_qasm3_program};
    use crate::device::Catalog;
    use crate::gates::{PauliExp, Qis, Radians};
    use crate::outcome::{Seed, Shots};

    fn memory() -> (Memory, Stop) {
        let stop = Stop::new();
        (Memory::limited_to(1 << 30).until(&stop), stop)
    }

    fn read_out() -> ReadOut<'static> {
        ReadOut { noise: Catalog::built_in().find("qpu.aria-1").unwrap().noise.as_ref(), misread: 0.0 }
    }

    fn turns(qubits: usize, layers: usize) -> Program {
        let layer = |k: usize| (0..qubits).map(move |qubit| Qis::Ry(Radians(0.1 + k as f64)).on([qubit]));
        Circuit::new(qubits, (0..layers).flat_map(layer)).unwrap().into()
    }

    /// Turns, and each qubit tied to the next: no part of it could be left out.
    fn tied(qubits: usize, layers: usize) -> Program {
        let layer = |k: usize| {
            let turns = (0..qubits).map(move |qubit| Qis::Ry(Radians(0.1 + k as f64)).on([qubit]));
            turns.chain((0..qubits).map(move |qubit| Qis::X.on([(qubit + 1) % qubits]).controlled_by([qubit])))
        };
        Circuit::new(qubits, (0..layers).flat_map(layer)).unwrap().into()
    }

    fn measured() -> MeasuredCircuit<Qis> {
        read_qasm3_program("include \"stdgates.inc\"; qubit q; bit[2] c; h q; c[0] = measure q; h q; c[1] = measure q;").unwrap()
    }

    #[test]
    fn every_kind_of_run_ends_at_a_raised_stop_and_goes_on_without_one() {
        let shots = Shots::new(100).unwrap();
        let run = |memory: &Memory| {
            let program = turns(2, 2);
            let (small, tiled) = (tied(3, 2), tied(13, 2));
            [
                evolve(&program, memory).map(drop),
                probabilities(&small, memory).map(drop),
                sample(&small, shots, Seed(1), memory).map(drop),
                probabilities(&tiled, memory).map(drop),
                sample(&tiled, shots, Seed(1), memory).map(drop),
                trajectories(&program, ReadOut::default(), shots, Seed(1), memory).map(drop),
                trajectories(&program, read_out(), shots, Seed(1), memory).map(drop),
                measured_distribution(&measured(), memory).map(drop),
                measured_shots(&measured(), ReadOut::default(), shots, Seed(1), memory).map(drop),
            ]
        };
        let (memory, stop) = memory();
        assert_eq!(run(&memory), [const { Ok(()) }; 9]);
        stop.raise();
        assert_eq!(run(&memory), [const { Err(SimulateError::Stopped) }; 9]);
        assert_eq!(run(&memory.until(&Stop::never())), [const { Ok(()) }; 9], "the budget is the same, the stop is not");
    }

    /// Raises the stop once the run has begun.
    fn stopped<T: Send>(run: impl FnOnce(&Memory) -> Result<T, SimulateError> + Send) -> Option<SimulateError> {
        let (memory, stop) = memory();
        let (running, begun) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let run = scope.spawn(move || {
                running.send(()).unwrap();
                run(&memory)
            });
            begun.recv().unwrap();
            stop.raise();
            run.join().unwrap().err()
        })
    }

    #[test]
    fn a_run_of_many_minutes_ends_when_its_stop_is_raised() {
        let (turns, narrow, wide) = (turns(18, 8000), tied(15, 8000), tied(18, 8000));
        let stopped = [
            stopped(|memory| evolve(&turns, memory)),
            stopped(|memory| probabilities(&narrow, memory)),
            stopped(|memory| sample(&narrow, Shots::DEFAULT, Seed(1), memory)),
            // First it is looked whether few amplitudes are enough.
            stopped(|memory| probabilities(&wide, memory)),
        ];
        assert_eq!(stopped, [const { Some(SimulateError::Stopped) }; 4]);
    }

    #[test]
    fn a_long_step_ends_before_its_end() {
        let exp = PauliExp::new(7, &["XXXXXXX", "ZIIIIII"], &[0.5, 0.8], 3.0).unwrap();
        let operation: Operation<Qis> = Qis::PauliExp(exp.into()).on(0..7);
        let applied = |stop: &Stop| {
            let mut state = StateVector::zero(7).unwrap().until(stop);
            state.apply(&operation).unwrap();
            state.amplitudes().to_vec()
        };
        let (whole, stop) = (applied(&Stop::new()), Stop::new());
        stop.raise();
        assert_eq!(whole, applied(&Stop::never()));
        assert_ne!(whole, applied(&stop), "the sum was broken off");
    }
}
