//! Debiasing: a job's shots are shared among variants of its circuit, the same on other qubits of the device.
//!
//! The first variant is the circuit where it stands. Where all qubits couple, the others are on qubits drawn at random; where few do, on
//! a connected part of the device grown from a random qubit, and compiled for its couplings. As the noise of a device is the same on
//! every qubit, variants of a circuit that is not routed differ by chance alone.

use super::{Machine, Outcome, RunError, RunOptions, native};
use crate::circuit::{Circuit, Program};
use crate::compile::{CompileOptions, Couplings, Target, compile};
use crate::device::Device;
use crate::gates::{Gateset, Native};
use crate::outcome::{Seed, Shots, Variant, merged};
use crate::simulate::{Engine, Memory, trajectories_of};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use std::borrow::Cow;
use std::sync::Arc;

/// The fewest shots that debiasing is possible with, as IonQ's.
pub const DEBIASING_SHOTS: u32 = 500;

/// How many variants there are, where a device has so many places for a circuit. IonQ publishes no number; with this one each has at
/// least 25 shots.
pub const VARIANTS: usize = 20;

/// Debiasing asked for with too few shots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("debiasing needs at least {DEBIASING_SHOTS} shots, the job has {given}")]
pub struct TooFewShots {
    given: u32,
}

impl RunOptions {
    /// Whether what is asked for is possible at all. Machines that never debias do not mind.
    ///
    /// # Errors
    /// [`TooFewShots`] if debiasing is asked for on a QPU, with fewer than [`DEBIASING_SHOTS`].
    pub fn check_debiasing(&self) -> Result<(), TooFewShots> {
        match (&self.machine, self.debiasing, self.shots.get()) {
            (Machine::Qpu(_), Some(true), given @ ..DEBIASING_SHOTS) => Err(TooFewShots { given }),
            _ => Ok(()),
        }
    }

    /// Whether circuits of a gateset are debiased: never on the simulator, never with too few shots, else as it was asked for, QIS
    /// circuits also where it was not.
    pub fn debiases(&self, gateset: Gateset) -> bool {
        let possible = matches!(self.machine, Machine::Qpu(_)) && self.shots.get() >= DEBIASING_SHOTS;
        possible && self.debiasing.unwrap_or(gateset == Gateset::Qis)
    }
}

/// Runs the variants of a program on a device; the outcome is of all shots together, its circuit the first variant's.
///
/// # Errors
/// [`RunError`].
pub(super) fn run(program: &Program, device: &Device, options: &RunOptions, memory: &Memory) -> Result<Outcome, RunError> {
    let places = placements(program, device, options.seed.child(PLACES));
    let first = native(program, &Target::of(device))?;
    let seeds = options.seed.child(RUNS);
    let (mut variants, mut norm_error, mut engine) = (Vec::with_capacity(places.len()), 0.0f64, Engine::StateVector);
    for (index, (qubit_map, shots)) in places.iter().zip(shares(options.shots, places.len())).enumerate() {
        let circuit = if index == 0 { Cow::Borrowed(&first) } else { placed(program, &first, device, qubit_map)? };
        let ran = trajectories_of(&circuit, options.machine.read_out(), shots, seeds.child(index as u64), memory)?;
        variants.push(Variant { index, qubit_map: qubit_map.clone(), counts: ran.counts.of_first(program.qubits()) });
        norm_error = if ran.norm_error.abs() > norm_error.abs() { ran.norm_error } else { norm_error };
        engine = ran.engine;
    }
    let counts = merged(&variants).expect("the first variant is always there, and the shots are those of one job");
    Ok(Outcome { compiled: Some(Arc::new(first)), variants, ..Outcome::counted(counts, norm_error, engine) })
}

/// Children of a run's seed. Its streams are the shots', and its last child is of measurements on the way.
const PLACES: u64 = u64::MAX - 1;
const RUNS: u64 = u64::MAX - 2;

/// The shots as evenly shared as can be, the first variants having one more; every variant has some.
fn shares(shots: Shots, variants: usize) -> impl Iterator<Item = Shots> {
    let (each, more) = (shots.get() as usize / variants, shots.get() as usize % variants);
    let share = move |index| each + usize::from(index < more);
    (0..variants).map(move |index| Shots::new(share(index) as i64).expect("a job that is debiased has more shots than variants"))
}

/// The places of the variants: for each the device's qubit that stands for each qubit of the program. No two are the same.
fn placements(program: &Program, device: &Device, seed: Seed) -> Vec<Vec<usize>> {
    let mut places: Vec<Vec<usize>> = vec![(0..program.qubits()).collect()];
    // Native gates on qubits that were chosen for their couplings stay where they are.
    if matches!(program, Program::Native(_)) && device.connectivity.is_some() {
        return places;
    }
    let neighbours = Couplings::new(device.qubits, &device.pairs());
    // A narrow device may have fewer places than there are variants.
    for attempt in 0..16 * VARIANTS as u64 {
        let grown = grown(program.qubits(), &neighbours, &mut seed.stream(attempt));
        if let Some(place) = grown.filter(|place| !places.contains(place)) {
            places.push(place);
        }
        if places.len() == VARIANTS {
            break;
        }
    }
    places
}

/// So many qubits of the device, each after the first coupled to one before it; `None` if the part that was begun in has too few.
fn grown(qubits: usize, neighbours: &Couplings, rng: &mut ChaCha8Rng) -> Option<Vec<usize>> {
    let mut roots: Vec<usize> = (0..neighbours.qubits()).collect();
    roots.shuffle(rng);
    let mut place: Vec<usize> = roots.first().copied().into_iter().collect();
    while place.len() < qubits {
        let mut next: Vec<usize> = place.iter().flat_map(|&qubit| neighbours.neighbours(qubit)).copied().collect();
        next.sort_unstable();
        next.dedup();
        next.retain(|qubit| !place.contains(qubit));
        next.shuffle(rng);
        place.push(*next.first()?);
    }
    Some(place)
}

/// The circuit of a variant, its qubits named as in the program. Where all qubits couple it is the first variant's.
fn placed<'a>(
    program: &Program,
    first: &'a Circuit<Native>,
    device: &Device,
    qubit_map: &[usize],
) -> Result<Cow<'a, Circuit<Native>>, RunError> {
    if device.connectivity.is_none() {
        return Ok(Cow::Borrowed(first));
    }
    let qubits = qubit_map.len();
    let all = (0..qubits).flat_map(|a| (a + 1..qubits).map(move |b| [a, b]));
    let pairs: Vec<[usize; 2]> = all.filter(|&[a, b]| device.couples(qubit_map[a], qubit_map[b])).collect();
    let target = Target { qubits: Some(qubits), couplings: Some(Couplings::new(qubits, &pairs)), ..Target::of(device) };
    Ok(Cow::Owned(compile(program, &target, CompileOptions { exact: false })?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{On, Operation};
    use crate::device::Catalog;
    use crate::gates::{Qis, Radians, Turns};
    use crate::outcome::Aggregation;

    fn qpu(name: &str) -> Machine {
        Machine::Qpu(Catalog::built_in().find(name).unwrap().clone())
    }

    fn tempo() -> Device {
        Device::read(include_str!("../../fixtures/devices/examples/tempo.toml")).unwrap()
    }

    fn options(machine: Machine, debiasing: Option<bool>, shots: i64) -> RunOptions {
        RunOptions { shots: Shots::new(shots).unwrap(), machine, debiasing, seed: Seed(3) }
    }

    fn ghz(qubits: usize) -> Program {
        let chain = (1..qubits).map(|qubit| Qis::X.on([qubit]).controlled_by([qubit - 1]));
        Circuit::new(qubits, std::iter::once(Qis::H.on([0])).chain(chain)).unwrap().into()
    }

    fn ran(program: &Program, machine: Machine, shots: i64) -> Outcome {
        super::super::run(program, &options(machine, Some(true), shots), Memory::shared()).unwrap()
    }

    #[test]
    fn qis_circuits_are_debiased_by_default_on_qpus_and_from_500_shots_on() {
        let model = || Machine::Noisy(Catalog::built_in().noise_model("aria-1").unwrap().unwrap().clone());
        let debiases = |machine: Machine, asked, shots| {
            let options = options(machine, asked, shots);
            [Gateset::Qis, Gateset::Native].map(|set| options.debiases(set))
        };
        let aria = || qpu("qpu.aria-1");
        assert_eq!(debiases(aria(), None, 500), [true, false]);
        assert_eq!(debiases(aria(), Some(true), 500), [true, true]);
        assert_eq!(debiases(aria(), Some(false), 500), [false, false]);
        assert_eq!(debiases(aria(), Some(true), 499), [false, false]);
        for machine in [Machine::Ideal, model()] {
            assert_eq!(debiases(machine.clone(), Some(true), 500), [false, false]);
            assert_eq!(options(machine, Some(true), 100).check_debiasing(), Ok(()));
        }
        let refused = options(aria(), Some(true), 499).check_debiasing().unwrap_err();
        assert_eq!(refused.to_string(), "debiasing needs at least 500 shots, the job has 499");
        assert_eq!(options(aria(), Some(true), 500).check_debiasing(), Ok(()));
        assert_eq!(options(aria(), None, 1).check_debiasing(), Ok(()));
    }

    #[test]
    fn the_shots_of_the_variants_add_up_and_no_two_are_on_the_same_qubits() {
        for (machine, shots) in [(qpu("qpu.aria-1"), 500), (Machine::Qpu(Arc::new(tempo())), 511), (qpu("qpu.forte-1"), 1019)] {
            let device = machine.device().unwrap().clone();
            let outcome = ran(&ghz(4), machine, shots);
            assert_eq!(outcome.variants.len(), VARIANTS);
            let each: Vec<i64> = outcome.variants.iter().map(|variant| i64::from(variant.counts.shots())).collect();
            assert_eq!(each.iter().sum::<i64>(), shots);
            assert!(each.iter().max().unwrap() - each.iter().min().unwrap() <= 1, "{each:?}");
            assert_eq!(outcome.counts, merged(&outcome.variants));
            let mut maps: Vec<_> = outcome.variants.iter().map(|variant| variant.qubit_map.clone()).collect();
            assert_eq!(maps[0], [0, 1, 2, 3]);
            for map in &mut maps {
                assert!(map.iter().all(|&qubit| qubit < device.qubits) && map.len() == 4);
                assert!((1..4).all(|k| map[..k].iter().any(|&before| device.couples(before, map[k]))), "{map:?} is not connected");
            }
            maps.sort();
            maps.dedup();
            assert_eq!(maps.len(), VARIANTS);
        }
    }

    #[test]
    fn a_device_with_fewer_places_has_fewer_variants() {
        let narrow = Device { qubits: 2, ..Device::clone(Catalog::built_in().find("qpu.aria-1").unwrap()) };
        let maps = |program: &Program| placements(program, &narrow, Seed(1));
        assert_eq!(maps(&ghz(2)), [[0, 1], [1, 0]]);
        assert_eq!(maps(&ghz(1)), [[0], [1]]);
        let native: Program = Circuit::new(2, [Native::Zz(Turns(0.1)).on([0, 1])]).unwrap().into();
        assert_eq!(placements(&native, &tempo(), Seed(1)), [[0, 1]]);
        assert_eq!(placements(&native, &narrow, Seed(1)).len(), 2);
    }

    #[test]
    fn the_circuit_of_a_variant_has_gates_only_where_its_qubits_couple() {
        let star: Program = Circuit::new(4, (1..4).map(|qubit| Qis::Xx(Radians(0.3 + 0.1 * qubit as f64)).on([qubit, 0]))).unwrap().into();
        let device = tempo();
        let first = native(&star, &Target::of(&device)).unwrap();
        let places = placements(&star, &device, Seed(1));
        assert_eq!(places.len(), VARIANTS);
        for map in &places[1..] {
            let circuit = placed(&star, &first, &device, map).unwrap();
            let pairs = circuit.operations().iter().filter(|operation| operation.targets.len() == 2);
            assert!(pairs.clone().count() >= 3);
            for operation in pairs {
                let [a, b] = [0, 1].map(|k| map[operation.targets[k]]);
                assert!(device.couples(a, b), "{operation:?} on {a} and {b}");
            }
        }
    }

    #[test]
    fn outcomes_are_of_the_programs_qubits_also_where_a_way_leads_over_others() {
        let detour = Device { qubits: 3, connectivity: Some(vec![[0, 2], [2, 1]]), ..tempo() };
        let pair: Program = Circuit::new(2, [Qis::X.on([0]), Qis::Xx(Radians(0.8)).on([0, 1])]).unwrap().into();
        let outcome = ran(&pair, Machine::Qpu(Arc::new(detour)), 500);
        assert_eq!(outcome.compiled.as_ref().unwrap().qubits(), 3);
        assert!(outcome.variants.len() > 1);
        assert!(outcome.variants.iter().all(|variant| variant.counts.qubits() == 2 && variant.counts.iter().all(|(key, _)| key < 4)));
        assert_eq!(outcome.probabilities.qubits(), 2);
    }

    #[test]
    fn without_noise_every_variant_gives_the_circuits_own_outcomes() {
        // No two qubits alike, so that a variant read in a wrong order would show.
        let flips: Vec<Operation<Qis>> = [0, 3].map(|qubit| Qis::X.on([qubit])).into();
        let swaps = [Qis::X.on([4]).controlled_by([0]), Qis::X.on([1]).controlled_by([2]), Qis::Swap.on([3, 2])];
        let program: Program = Circuit::new(5, flips.into_iter().chain(swaps)).unwrap().into();
        let clean = |mut device: Device| {
            device.noise = None;
            device.characterizations.clear();
            Machine::Qpu(Arc::new(device))
        };
        for machine in [clean(tempo()), clean(Device::clone(Catalog::built_in().find("qpu.harmony").unwrap()))] {
            for variant in ran(&program, machine, 500).variants {
                assert_eq!(variant.counts.iter().collect::<Vec<_>>(), [(0b10101, 25)], "{:?}", variant.qubit_map);
            }
        }
    }

    #[test]
    fn voting_leaves_the_two_peaks_of_a_noisy_ghz_state_and_nothing_else() {
        let outcome = ran(&ghz(5), qpu("qpu.aria-2"), 2000);
        let peaks = |outcome: u64| outcome == 0 || outcome == 0b11111;
        assert!(outcome.probabilities.iter().filter(|&(key, _)| !peaks(key)).count() > 5, "there is noise to be voted away");
        let voted = Aggregation::Voting.of(&outcome.variants).unwrap();
        assert!(voted.iter().all(|(key, _)| peaks(key)), "{voted:?}");
        assert_eq!(Aggregation::Average.of(&outcome.variants).unwrap(), outcome.probabilities);
    }

    #[test]
    fn outcomes_depend_on_the_seed_and_not_on_the_number_of_threads() {
        let run = |threads: usize, seed| {
            let options = RunOptions { seed: Seed(seed), ..options(Machine::Qpu(Arc::new(tempo())), None, 700) };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| super::super::run(&ghz(4), &options, Memory::shared()).unwrap())
        };
        let one = run(1, 8);
        assert_eq!(one, run(2, 8));
        assert_eq!(one, run(3, 8));
        assert_ne!(one.variants, run(1, 9).variants);
    }
}
