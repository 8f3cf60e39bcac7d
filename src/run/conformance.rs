//! Noisy runs against the exact density matrix and against closed forms.

use super::density::{Rates, probabilities};
use super::{Machine, Outcome, RunOptions, run};
use crate::circuit::{Circuit, On, Operation, Program};
use crate::device::{Catalog, Device};
use crate::gates::{Native, Qis, Radians, Turns};
use crate::outcome::{Counts, Seed, Shots};
use crate::simulate::{Engine, Memory, ReadOut, trajectories_by};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;

/// Of a device file, read here from the fields so that nothing is taken from the code under test.
fn rates(device: &Device, spam: bool) -> Rates {
    let noise = device.noise.as_ref().unwrap();
    let misread = if spam { 1.0 - device.characterizations[0].fidelity_spam } else { 0.0 };
    Rates { one_qubit: noise.one_qubit, two_qubit: noise.two_qubit, misread }
}

fn ran(program: &Program, machine: Machine, shots: i64, seed: u64) -> Outcome {
    run(program, &RunOptions { shots: Shots::new(shots).unwrap(), machine, debiasing: Some(false), seed: Seed(seed) }, Memory::shared())
        .unwrap()
}

/// Fails if the counts are not those of the distribution, by Pearson's statistic X = Σ (seen - expected)² / expected, outcomes expected
/// less than five times taken together. X has about the χ² distribution of k degrees of freedom, whose mean is k and which exceeds
/// k + 2·√(k·x) + 2·x with a probability of at most e^-x (Laurent and Massart's bound); x = 14 makes false alarms one in a million.
/// The seeds are fixed, so a test that passes once passes always.
fn assert_drawn_from(outcome: &Outcome, expected: &[f64]) {
    assert_counts_drawn_from(outcome.counts.as_ref().unwrap(), expected);
}

fn assert_counts_drawn_from(counts: &Counts, expected: &[f64]) {
    let shots = f64::from(counts.shots());
    let (mut statistic, mut cells, mut rare) = (0.0, 0, (0.0, 0.0));
    for (key, &p) in expected.iter().enumerate() {
        let (seen, mean) = (f64::from(counts.get(key as u64)), shots * p);
        if mean < 5.0 {
            rare = (rare.0 + seen, rare.1 + mean);
        } else {
            statistic += (seen - mean).powi(2) / mean;
            cells += 1;
        }
    }
    if rare.1 >= 5.0 {
        statistic += (rare.0 - rare.1).powi(2) / rare.1;
        cells += 1;
    } else {
        // Too few to be a cell of its own; ten times the five that there may be at most have a probability of about e^-70.
        assert!(rare.0 <= 50.0, "{} shots where {} are expected", rare.0, rare.1);
    }
    let k = f64::from(cells - 1);
    let (x, bound) = (14.0, |k: f64, x: f64| k + 2.0 * (k * x).sqrt() + 2.0 * x);
    assert!(statistic <= bound(k, x), "X is {statistic}, at most {} with {k} degrees of freedom", bound(k, x));
}

/// Native gates of a device in random places.
fn random(device: &Device, qubits: usize, gates: usize, rng: &mut ChaCha8Rng) -> Circuit<Native> {
    let turns = |rng: &mut ChaCha8Rng, range: std::ops::Range<f64>| Turns(rng.random_range(range));
    let mut operation = |_| -> Operation<Native> {
        let a = rng.random_range(0..qubits);
        let b = (a + rng.random_range(1..qubits)) % qubits;
        match rng.random_range(0..5) {
            0 => Native::Gpi(turns(rng, -1.0..1.0)).on([a]),
            1 | 2 => Native::Gpi2(turns(rng, -1.0..1.0)).on([a]),
            _ if device.plays("ms") => Native::Ms(turns(rng, -1.0..1.0), turns(rng, -1.0..1.0), turns(rng, 0.0..0.25)).on([a, b]),
            _ => Native::Zz(turns(rng, -0.25..0.25)).on([a, b]),
        }
    };
    Circuit::new(qubits, (0..gates).map(&mut operation)).unwrap()
}

/// The same device with everything that goes wrong going wrong more often.
fn worse(device: &Device, factor: f64) -> Arc<Device> {
    let mut device = device.clone();
    let noise = device.noise.as_mut().unwrap();
    noise.one_qubit *= factor;
    noise.two_qubit *= factor;
    let known = &mut device.characterizations[0];
    known.fidelity_spam = 1.0 - factor * (1.0 - known.fidelity_spam);
    Arc::new(device)
}

#[test]
fn random_native_circuits_have_the_outcomes_of_the_density_matrix_under_every_model_and_on_every_device() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for device in Catalog::built_in().all().filter(|device| device.is_qpu()) {
        for qubits in if device.name == "qpu.forte-1" { 2..=5 } else { 2..=3 } {
            let device = worse(device, if qubits % 2 == 0 { 10.0 } else { 1.0 });
            let circuit = random(&device, qubits, 8 * qubits, &mut rng);
            let program = circuit.clone().into();
            let noisy = ran(&program, Machine::Noisy(device.clone()), 50_000, qubits as u64);
            assert_drawn_from(&noisy, &probabilities(&circuit, rates(&device, false), qubits));
            let counted = ran(&program, Machine::Qpu(device.clone()), 50_000, qubits as u64);
            assert_drawn_from(&counted, &probabilities(&circuit, rates(&device, true), qubits));
            assert_eq!(*counted.compiled.unwrap(), circuit, "native circuits run as they are");
        }
    }
}

/// Clifford gates in frames of any phase, each qubit's own, on pairs that never meet.
fn clifford_pairs(qubits: usize, gates: usize, rng: &mut ChaCha8Rng) -> Circuit<Native> {
    let frames: Vec<f64> = (0..qubits).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut operation = |_| -> Operation<Native> {
        let a = rng.random_range(0..qubits);
        let b = (a + qubits / 2) % qubits;
        let mut phase = |qubit: usize| Turns(frames[qubit] + f64::from(rng.random_range(-4..4)) / 4.0);
        match (phase(a), phase(b), rng.random_range(0..5)) {
            (p, _, 0) => Native::Gpi(p).on([a]),
            (p, _, 1 | 2) => Native::Gpi2(p).on([a]),
            (p, q, 3) => Native::Ms(p, q, Turns(0.25)).on([a, b]),
            _ => Native::Zz(Turns(-0.25)).on([a, b]),
        }
    };
    Circuit::new(qubits, (0..gates).map(&mut operation)).unwrap()
}

#[test]
fn every_engine_has_the_outcomes_of_the_density_matrix_under_noise() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let aria = worse(Catalog::built_in().find("qpu.aria-1").unwrap(), 10.0);
    let machine = Machine::Qpu(aria.clone());
    for seed in 0..3 {
        let circuit = clifford_pairs(4, 24, &mut rng);
        let expected = probabilities(&circuit, rates(&aria, true), 4);
        for engine in Engine::ALL {
            let program = circuit.clone().into();
            let shots = Shots::new(30_000).unwrap();
            let sampled = trajectories_by(&program, engine, machine.read_out(), shots, Seed(seed), Memory::shared()).unwrap();
            assert_eq!(sampled.engine, engine);
            assert_counts_drawn_from(&sampled.counts, &expected);
        }
    }
    let read_out = ReadOut { noise: None, misread: 0.0 };
    let refused = |engine| {
        let t = Circuit::new(2, [Native::Gpi2(Turns(0.1)).on([0]), Native::Ms(Turns(0.0), Turns(0.0), Turns(0.1)).on([0, 1])]).unwrap();
        trajectories_by(&t.into(), engine, read_out, Shots::DEFAULT, Seed(0), Memory::shared()).unwrap_err().to_string()
    };
    assert!(refused(Engine::Stabilizer).contains("operation 1: ms is no Clifford gate"), "{}", refused(Engine::Stabilizer));
    assert!(refused(Engine::Blocks).contains("no two groups of qubits that never meet"), "{}", refused(Engine::Blocks));
}

#[test]
fn clifford_circuits_are_still_that_when_they_are_compiled() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for (name, qubits) in [("qpu.forte-1", 36), ("qpu.aria-1", 25), ("qpu.forte-1", 14), ("qpu.aria-1", 16), ("qpu.forte-1", 20)] {
        let machine = Machine::Qpu(Catalog::built_in().find(name).unwrap().clone());
        for gates in [qubits, 4 * qubits, 12 * qubits] {
            let mut operation = |_| -> Operation<Qis> {
                let a = rng.random_range(0..qubits);
                let b = (a + rng.random_range(1..qubits)) % qubits;
                let quarter = Radians(std::f64::consts::FRAC_PI_2 * f64::from(rng.random_range(-3..4)));
                match rng.random_range(0..12) {
                    0 | 1 => Qis::H.on([a]),
                    2 => Qis::S.on([a]),
                    3 => Qis::Vi.on([a]),
                    4 => Qis::Ry(quarter).on([a]),
                    5 => Qis::Swap.on([a, b]),
                    6 => Qis::Xx(quarter).on([a, b]),
                    7 => Qis::Y.on([a]).controlled_by([b]),
                    8 => Qis::Zz(quarter).on([a, b]),
                    _ => Qis::X.on([a]).controlled_by([b]),
                }
            };
            let every = (0..qubits).map(|qubit| Qis::H.on([qubit])).collect::<Vec<_>>();
            let operations = every.into_iter().chain((0..gates).map(&mut operation)).collect::<Vec<_>>();
            let program = Circuit::new(qubits, operations).unwrap().into();
            let outcome = ran(&program, machine.clone(), 100, 1);
            let touched = outcome.compiled.unwrap().touched().len();
            assert!(outcome.engine == Engine::Stabilizer || touched <= 12, "{} on {touched} qubits of {name}", outcome.engine);
        }
    }
}

#[test]
fn qis_circuits_have_the_noise_of_the_native_gates_that_they_are_compiled_to() {
    let tempo = Device::read(include_str!("../../fixtures/devices/examples/tempo.toml")).unwrap();
    let circuit = || {
        let turned = (0..4).map(|qubit| Qis::Ry(Radians(0.4 + 0.5 * qubit as f64)).on([qubit]));
        let mixed = [Qis::X.on([2]).controlled_by([0, 3]), Qis::Swap.on([1, 3]), Qis::Xx(Radians(0.7)).on([0, 3]), Qis::H.on([1])];
        Circuit::new(4, turned.chain(mixed)).unwrap()
    };
    let program: Program = circuit().into();
    let [aria, forte] = ["qpu.aria-1", "qpu.forte-1"].map(|name| Catalog::built_in().find(name).unwrap().clone());
    for (device, couple) in [(worse(&aria, 5.0), "ms"), (worse(&forte, 10.0), "zz"), (worse(&tempo, 30.0), "zz")] {
        let outcome = ran(&program, Machine::Qpu(device.clone()), 50_000, 3);
        let compiled = outcome.compiled.clone().unwrap();
        let pairs = compiled.operations().iter().filter(|operation| operation.targets.len() == 2);
        assert!(pairs.clone().count() > 0);
        for operation in pairs {
            assert_eq!(crate::gates::Gate::spec(&operation.gate).name, couple);
            assert!(device.couples(operation.targets[0], operation.targets[1]), "{} {operation:?}", device.name);
        }
        assert_drawn_from(&outcome, &probabilities(&compiled, rates(&device, true), 4));
    }
}

#[test]
fn a_bell_pair_has_its_closed_form() {
    // Compiled for Aria: one MS, then a pulse on each qubit. P(00) + P(11) = (1 + ⟨ZZ⟩)/2. A depolarizing channel of rate r multiplies
    // the expectation of a Pauli string that has a letter on its qubits by 1 - r and leaves others alone. Carried back from the end, ZZ
    // has a letter on both qubits all the way (a pulse turns one letter into another), so each pulse costs 1 - r₁ and the MS 1 - r₂;
    // before any noise ⟨ZZ⟩ = 1. A bit that is read wrong with probability e turns its sign: 1 - 2e for each of the two.
    let bell: Program = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])]).unwrap().into();
    let aria = Catalog::built_in().find("qpu.aria-1").unwrap();
    // The device itself, and each rate alone, so large that another factor would show.
    let own = rates(aria, true);
    let none = Rates { one_qubit: 0.0, two_qubit: 0.0, misread: 0.0 };
    let alone = [Rates { one_qubit: 0.2, ..none }, Rates { two_qubit: 0.3, ..none }, Rates { misread: 0.1, ..none }];
    for (seed, given) in [own].into_iter().chain(alone).enumerate() {
        let mut device = Device::clone(aria);
        let noise = device.noise.as_mut().unwrap();
        (noise.one_qubit, noise.two_qubit) = (given.one_qubit, given.two_qubit);
        device.characterizations[0].fidelity_spam = 1.0 - given.misread;
        let outcome = ran(&bell, Machine::Qpu(Arc::new(device)), 400_000, seed as u64);
        let compiled = outcome.compiled.clone().unwrap();
        let counts = compiled.gate_counts();
        assert_eq!((counts.one_qubit, counts.two_qubit), (2, 1), "{compiled:?}");
        assert_eq!(compiled.operations()[0].targets.len(), 2, "{compiled:?}");
        let correlation = (1.0 - given.one_qubit).powi(2) * (1.0 - given.two_qubit) * (1.0 - 2.0 * given.misread).powi(2);
        let agree = (1.0 + correlation) / 2.0;
        let seen = outcome.probabilities.get(0b00) + outcome.probabilities.get(0b11);
        let sigma = (agree * (1.0 - agree) / 4e5).sqrt();
        assert!((seen - agree).abs() < 5.0 * sigma, "{given:?}: {seen} seen, {agree} expected, sigma {sigma}");
    }
}
