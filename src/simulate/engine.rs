//! The two questions that every engine answers, and which engine answers them.

use super::evolve::{self, evolve_circuit};
use super::stabilizer::{self, Even};
use super::{Demand, Engine, Exact, Memory, OutOfMemory, Reservation, Sampled, SimulateError, blocks, small, sparse, tiled};
use crate::circuit::{Circuit, Program};
use crate::gates::Gate;
use crate::outcome::{Seed, Shots, ascending_points};

/// The outcome distribution of a circuit without noise.
///
/// # Errors
/// [`SimulateError`], all but [`SimulateError::Norm`] and [`SimulateError::Stopped`] before any work is done that takes long.
pub fn probabilities(program: &Program, memory: &Memory) -> Result<Exact, SimulateError> {
    probabilities_by(program, None, memory)
}

/// [`probabilities`] by a certain engine.
///
/// # Errors
/// The same, and [`SimulateError::Engine`] if it is not one for this circuit.
pub fn probabilities_by(program: &Program, engine: Option<Engine>, memory: &Memory) -> Result<Exact, SimulateError> {
    if matches!(engine, None | Some(Engine::StateVector))
        && let Some(ran) = small::probabilities(program, memory)
    {
        return ran;
    }
    match program {
        Program::Qis(circuit) => probabilities_of(circuit, engine, memory),
        Program::Native(circuit) => probabilities_of(circuit, engine, memory),
    }
}

/// Shots of a circuit without noise, drawn without a table of its distribution: those that
/// [`Counts::sample`](crate::outcome::Counts::sample) draws of [`probabilities`] with the same seed. There is one exception: where the groups
/// of a circuit that never meet do not fit into the memory side by side, each is drawn by itself.
///
/// # Errors
/// As [`probabilities`].
pub fn sample(program: &Program, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    sample_by(program, None, shots, seed, memory)
}

/// [`sample`] by a certain engine.
///
/// # Errors
/// As [`probabilities_by`].
pub fn sample_by(program: &Program, engine: Option<Engine>, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    if matches!(engine, None | Some(Engine::StateVector))
        && let Some(drawn) = small::sample(program, shots, seed, memory)
    {
        return drawn;
    }
    match program {
        Program::Qis(circuit) => sample_of(circuit, engine, shots, seed, memory),
        Program::Native(circuit) => sample_of(circuit, engine, shots, seed, memory),
    }
}

/// Whether a program can be simulated without noise, without doing it.
///
/// # Errors
/// What [`probabilities`] would fail with before any work is done that takes long.
pub fn check(program: &Program, memory: &Memory) -> Result<(), SimulateError> {
    match program {
        Program::Qis(circuit) => check_of(circuit, memory),
        Program::Native(circuit) => check_of(circuit, memory),
    }
}

/// Up to so many qubits all amplitudes are there before another engine has looked at the circuit.
const SMALL: usize = small::MAX;

/// A circuit is tried with room for one in 2^12 of its amplitudes before all of them are computed: that costs next to nothing, however it
/// ends. Below this there is room for too few.
const FEW: usize = 16;

/// What is wanted of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// All probabilities, or shots drawn from them.
    Exact,
    /// Shots with errors.
    Noisy,
}

/// What simulates a circuit, and what the choice has found out about it.
pub(super) enum Choice<G> {
    StateVector,
    Stabilizer(Even),
    Sparse,
    Blocks(Vec<Circuit<G>>),
}

/// Chooses by the circuit and the memory alone.
///
/// # Errors
/// [`SimulateError::PauliExp`] for a gate that none of them can compute.
fn choose<G: Gate>(circuit: &Circuit<G>, purpose: Purpose, memory: &Memory) -> Result<Choice<G>, SimulateError> {
    if circuit.touched().len() <= SMALL {
        return Ok(Choice::StateVector);
    }
    if let Ok(even) = stabilizer::outcomes(circuit) {
        return Ok(Choice::Stabilizer(even));
    }
    // Where errors strike, there is a state without and a state with them.
    let states = if purpose == Purpose::Noisy { 2 } else { 1 };
    let fits = match evolve::check(circuit, states, memory) {
        Ok(()) => true,
        Err(SimulateError::OutOfMemory(_)) => false,
        Err(error) => return Err(error),
    };
    if let Some(parts) = blocks::of(circuit) {
        return Ok(Choice::Blocks(parts));
    }
    Ok(if fits { Choice::StateVector } else { Choice::Sparse })
}

/// The engine that is asked for, if it is one for this circuit.
fn given<G: Gate>(circuit: &Circuit<G>, engine: Engine) -> Result<Choice<G>, SimulateError> {
    let refuse = |reason: String| SimulateError::Engine { engine, reason };
    Ok(match engine {
        Engine::DensityMatrix => {
            return Err(refuse("it is the one for shots with errors of few qubits, and is not to be asked for".to_owned()));
        }
        Engine::StateVector => Choice::StateVector,
        Engine::Sparse => Choice::Sparse,
        Engine::Stabilizer => Choice::Stabilizer(stabilizer::outcomes(circuit).map_err(|index| {
            let gate = circuit.operations()[index].gate.spec().name;
            refuse(format!("operation {index}: {gate} is no Clifford gate there, up to phases that nobody sees"))
        })?),
        Engine::Blocks => {
            Choice::Blocks(blocks::of(circuit).ok_or_else(|| refuse("it has no two groups of qubits that never meet".to_owned()))?)
        }
    })
}

/// The engine that is asked for, or the one that is chosen.
///
/// # Errors
/// As [`choose`], and [`SimulateError::Engine`].
pub(super) fn chosen<G: Gate>(
    circuit: &Circuit<G>,
    engine: Option<Engine>,
    purpose: Purpose,
    memory: &Memory,
) -> Result<Choice<G>, SimulateError> {
    match engine {
        None => choose(circuit, purpose, memory),
        Some(engine) => given(circuit, engine),
    }
}

fn probabilities_of<G: Gate>(circuit: &Circuit<G>, engine: Option<Engine>, memory: &Memory) -> Result<Exact, SimulateError> {
    match chosen(circuit, engine, Purpose::Exact, memory)? {
        Choice::Stabilizer(even) => stabilizer::probabilities(circuit, &even, memory),
        Choice::Sparse => sparse::probabilities(circuit, memory),
        Choice::Blocks(parts) => {
            let (exact, reservation) = apart(circuit, &parts, memory)?;
            blocks::product(circuit, exact, reservation, memory)
        }
        Choice::StateVector => match few(circuit, engine, memory)? {
            Some(exact) => Ok(exact),
            None => all_amplitudes(circuit, memory),
        },
    }
}

/// The distribution of a circuit by its state vector.
fn all_amplitudes<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<Exact, SimulateError> {
    let (probabilities, norm_error) = match tiled::suits(circuit, memory) {
        true => tiled::evolve(circuit, memory)?.probabilities()?,
        false => evolve_circuit(circuit, memory)?.probabilities()?,
    };
    Ok(Exact { probabilities, norm_error, engine: Engine::StateVector })
}

/// The distribution of a circuit with few amplitudes, unless all of them are asked for.
fn few<G: Gate>(circuit: &Circuit<G>, engine: Option<Engine>, memory: &Memory) -> Result<Option<Exact>, SimulateError> {
    match few_of(circuit, engine) {
        Some(most) => sparse::within(circuit, most, memory),
        None => Ok(None),
    }
}

/// How many amplitudes are few for a circuit, if no engine is asked for.
pub(super) fn few_of<G: Gate>(circuit: &Circuit<G>, engine: Option<Engine>) -> Option<usize> {
    let touched = circuit.touched().len();
    (engine.is_none() && touched >= FEW).then(|| 1 << (touched - 12))
}

fn sample_of<G: Gate>(
    circuit: &Circuit<G>,
    engine: Option<Engine>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    match chosen(circuit, engine, Purpose::Exact, memory)? {
        Choice::Stabilizer(even) => stabilizer::sample(circuit, &even, shots, seed, memory),
        Choice::Sparse => Ok(sparse::probabilities(circuit, memory)?.sampled(shots, seed)),
        Choice::Blocks(parts) => {
            let (together, _) = needs(circuit, &parts, memory)?;
            if memory.check(together).is_ok() {
                let (exact, _reservation) = apart(circuit, &parts, memory)?;
                return Ok(blocks::sample(circuit.qubits(), exact, shots, seed));
            }
            let part = |(index, part)| sample_of(part, None, shots, seed.child(index as u64), memory);
            let parts = parts.iter().enumerate().map(part).collect::<Result<Vec<_>, _>>()?;
            Ok(blocks::together(circuit.qubits(), &parts, seed))
        }
        Choice::StateVector => match few(circuit, engine, memory)? {
            Some(exact) => Ok(exact.sampled(shots, seed)),
            None => drawn_from_amplitudes(circuit, shots, seed, memory),
        },
    }
}

/// The distributions of all parts, in memory that is admitted for all of them at once.
///
/// # Errors
/// [`SimulateError::OutOfMemory`] if they do not fit side by side.
fn apart<G: Gate>(circuit: &Circuit<G>, parts: &[Circuit<G>], memory: &Memory) -> Result<(Vec<Exact>, Reservation), SimulateError> {
    let (together, each) = needs(circuit, parts, memory)?;
    let reservation = memory.reserve(together)?;
    let exact = parts.iter().zip(each).map(|(part, need)| {
        let own = Memory::limited_to(memory.check(need)?).until(memory.stop());
        probabilities_of(part, None, &own).map_err(|error| match error {
            SimulateError::OutOfMemory(short) => OutOfMemory { available: memory.total(), ..short }.into(),
            other => other,
        })
    });
    Ok((exact.collect::<Result<_, _>>()?, reservation))
}

/// What the parts of a circuit take side by side, and what each of them does.
fn needs<G: Gate>(circuit: &Circuit<G>, parts: &[Circuit<G>], memory: &Memory) -> Result<(Demand, Vec<Demand>), SimulateError> {
    let need = |part| match choose(part, Purpose::Exact, memory)? {
        Choice::Stabilizer(even) => Ok(stabilizer::listed(part, &even)),
        Choice::Sparse => Ok(sparse::largest_room(part, memory)),
        Choice::StateVector | Choice::Blocks(_) => evolve::demand(part, 1),
    };
    let each = parts.iter().map(need).collect::<Result<Vec<Demand>, SimulateError>>()?;
    let none = Demand::states(circuit.touched().len(), 0);
    Ok((each.iter().fold(none, |all, need| all.and(need.bytes())), each))
}

/// Shots of a circuit by its state vector.
fn drawn_from_amplitudes<G: Gate>(circuit: &Circuit<G>, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    let points = ascending_points(shots.get(), seed);
    let (counts, norm_error) = match tiled::suits(circuit, memory) {
        true => tiled::evolve(circuit, memory)?.counts(&points)?,
        false => evolve_circuit(circuit, memory)?.counts(&points)?,
    };
    Ok(Sampled { counts, norm_error, engine: Engine::StateVector })
}

fn check_of<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<(), SimulateError> {
    match choose(circuit, Purpose::Exact, memory)? {
        Choice::StateVector => evolve::check(circuit, 1, memory),
        Choice::Stabilizer(even) => Ok(memory.check(stabilizer::listed(circuit, &even)).map(drop)?),
        Choice::Sparse => sparse::check(circuit, 1, memory),
        Choice::Blocks(parts) => {
            parts.iter().try_for_each(|part| check_of(part, memory))?;
            memory.check(needs(circuit, &parts, memory)?.0)?;
            let outcomes =
                parts.iter().map(|part| stabilizer::outcomes(part).map_or_else(|_| sparse::bound(part), |even| 1 << even.bits()));
            Ok(memory.check(blocks::listed(circuit, outcomes)).map(drop)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{On, Operation};
    use crate::gates::{Qis, Radians};

    fn cnot(control: usize, target: usize) -> Operation<Qis> {
        Qis::X.on([target]).controlled_by([control])
    }

    fn program(qubits: usize, operations: impl IntoIterator<Item = Operation<Qis>>) -> Program {
        Circuit::new(qubits, operations).unwrap().into()
    }

    fn turned(qubits: usize, angle: f64) -> impl Iterator<Item = Operation<Qis>> {
        let turn = move |qubit| [Qis::Ry(Radians(angle)).on([qubit]), cnot(qubit, (qubit + 1) % qubits)];
        (0..2).flat_map(move |_| (0..qubits).flat_map(turn))
    }

    #[test]
    fn the_engine_is_chosen_by_the_circuit() {
        let ghz = |qubits: usize| program(qubits, std::iter::once(Qis::H.on([0])).chain((1..qubits).map(|qubit| cnot(qubit - 1, qubit))));
        let apart = |qubits: usize| {
            let blocks = (0..qubits / 2).flat_map(|k| [Qis::Ry(Radians(0.4)).on([2 * k]), cnot(2 * k, 2 * k + 1)]);
            program(qubits, blocks)
        };
        let memory = Memory::limited_to(1 << 26);
        for (program, expected) in [
            (ghz(small::MAX), Engine::StateVector),
            (ghz(small::MAX + 1), Engine::Stabilizer),
            (ghz(64), Engine::Stabilizer),
            (program(12, turned(12, 0.3)), Engine::StateVector),
            (program(16, turned(16, 0.3)), Engine::StateVector),
            (program(16, turned(4, 0.3).chain((4..16).map(|qubit| cnot(qubit - 1, qubit)))), Engine::Sparse),
            (program(40, turned(4, 0.3).chain((4..40).map(|qubit| cnot(qubit - 1, qubit)))), Engine::Sparse),
            (apart(20), Engine::Blocks),
        ] {
            let exact = probabilities(&program, &memory).unwrap();
            assert_eq!(exact.engine, expected, "{program:?}");
            assert_eq!(check(&program, &memory), Ok(()));
            let sampled = sample(&program, Shots::DEFAULT, Seed(1), &memory).unwrap();
            assert_eq!(sampled.engine, expected, "{program:?}");
        }
        assert_eq!(sample(&apart(60), Shots::DEFAULT, Seed(1), &memory).unwrap().engine, Engine::Blocks);
    }

    #[test]
    fn a_clifford_circuit_with_few_outcomes_takes_no_memory_to_speak_of() {
        let ghz = program(64, std::iter::once(Qis::H.on([0])).chain((1..64).map(|qubit| cnot(qubit - 1, qubit))));
        assert!(probabilities(&ghz, &Memory::limited_to(64)).is_ok());
    }

    #[test]
    fn every_engine_that_is_asked_for_gives_the_same_or_says_why_it_cannot() {
        let memory = Memory::limited_to(1 << 26);
        let bells = program(4, [Qis::H.on([0]), cnot(0, 2), Qis::V.on([1]), cnot(1, 3)]);
        let all = Engine::ALL.map(|engine| probabilities_by(&bells, Some(engine), &memory).unwrap());
        for (exact, engine) in all.iter().zip(Engine::ALL) {
            assert_eq!(exact.engine, engine);
            assert_eq!(exact.probabilities.len(), 4);
            exact.probabilities.iter().for_each(|(_, p)| approx::assert_abs_diff_eq!(p, 0.25, epsilon = 1e-15));
        }
        let t = program(2, [Qis::H.on([0]), Qis::T.on([0]), Qis::H.on([0]), cnot(0, 1)]);
        let refused = |engine| sample_by(&t, Some(engine), Shots::DEFAULT, Seed(1), &memory).unwrap_err().to_string();
        let message =
            "the stabilizer engine cannot run the circuit: operation 2: h is no Clifford gate there, up to phases that nobody sees";
        assert_eq!(refused(Engine::Stabilizer), message);
        assert_eq!(refused(Engine::Blocks), "the blocks engine cannot run the circuit: it has no two groups of qubits that never meet");
    }

    #[test]
    fn a_circuit_that_is_refused_when_it_runs_is_refused_when_it_is_checked() {
        let memory = Memory::limited_to(1 << 26);
        let hadamards = program(30, (0..30).map(|qubit| Qis::H.on([qubit])));
        let apart = program(34, (0..34).map(|qubit| Qis::Ry(Radians(0.3)).on([qubit])));
        for program in [hadamards, program(30, turned(30, 0.3)), apart] {
            let refused = probabilities(&program, &memory).unwrap_err();
            assert!(matches!(refused, SimulateError::OutOfMemory(_)), "{refused}");
            assert_eq!(check(&program, &memory), Err(refused));
        }
    }
}
