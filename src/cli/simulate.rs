use super::devices::{self, Devices};
use super::{Format, Stop, input, positive, shots, show, threads};
use crate::api::NumberMap;
use crate::circuit::{Input, Register};
use crate::device::Catalog;
use crate::executor::Task;
use crate::outcome::{Counts, Probabilities, Seed, Shots, bit_string};
use crate::run::{Outcome, RunError, RunOptions, run_input};
use crate::simulate::{Draw, Engine, Memory, Sampled, SimulateError, probabilities_by, sample_by, sample_each};
use serde::Serialize;
use serde::ser::SerializeMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Simulate a circuit without any cloud: circuit in, outcome and seconds out
#[derive(Debug, clap::Args)]
pub(super) struct Simulate {
    /// IonQ circuit JSON, JSON Lines to be run as one batch, or OpenQASM; - is standard input
    file: PathBuf,
    /// Sample this many shots, or run so many under a noise model
    #[arg(long, value_parser = shots)]
    shots: Option<Shots>,
    /// Noise model; with one, shots default to 100 [default: what the file says, else ideal]
    #[arg(long, value_name = "MODEL")]
    noise: Option<String>,
    /// Same seed, same counts
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads to compute with [default: one per processor]
    #[arg(long, value_parser = threads)]
    threads: Option<usize>,
    /// Run it this often and time each run
    #[arg(long, default_value_t = 1, value_parser = positive)]
    repeat: usize,
    /// Show only the likeliest outcomes; 0 shows none
    #[arg(long, value_name = "K")]
    top: Option<usize>,
    /// What simulates circuits without noise that are measured at their end: auto, state-vector, stabilizer, sparse or blocks
    #[arg(long, default_value = "auto", value_parser = engine)]
    engine: Asked,
    #[command(flatten)]
    devices: Devices,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// The engine that was asked for, if any.
#[derive(Debug, Clone, Copy)]
struct Asked(Option<Engine>);

fn engine(text: &str) -> Result<Asked, String> {
    let found = Engine::ALL.into_iter().find(|engine| engine.name() == text);
    match (found, text) {
        (None, "auto") => Ok(Asked(None)),
        (None, _) => Err(format!("allowed are auto, {}", Engine::ALL.map(Engine::name).join(", "))),
        (found, _) => Ok(Asked(found)),
    }
}

/// One circuit's outcome as JSON.
#[derive(Serialize)]
struct Simulated<'a> {
    qubits: usize,
    gates: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<&'a [f64]>,
    norm_error: f64,
    engine: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<Top<'a, Probabilities>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Top<'a, Counts>>,
    /// Name, then bits of the register, bit 0 right-most, then probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    registers: Option<NumberMap<&'a str, NumberMap<String, f64>>>,
}

#[derive(Serialize)]
struct SimulatedBatch<'a> {
    circuits: usize,
    seconds: &'a [f64],
    results: Vec<Simulated<'a>>,
}

impl Simulate {
    pub(super) fn main(self) -> Result<(), Stop> {
        let catalog = self.devices.catalog()?;
        let input = input::read(&self.file)?;
        let runs = input.tasks.into_iter().enumerate().map(|(index, task)| self.run_of(index, task, input.batch, &catalog));
        let runs = runs.collect::<Result<Vec<(Input, RunOptions)>, Stop>>()?;
        let threads = rayon::ThreadPoolBuilder::new().num_threads(self.threads.unwrap_or(0)).build();
        let pool = threads.map_err(|error| Stop::Input(format!("--threads: {error}")))?;
        let mut seconds = Vec::new();
        let mut outcomes = Vec::new();
        for _ in 0..self.repeat {
            outcomes.clear(); // the last run's results make room before the next one needs it
            let start = Instant::now();
            outcomes = pool.install(|| self.run(&runs)).map_err(|(index, error)| {
                let place = if input.batch { format!("circuit {index}: ") } else { String::new() };
                Stop::Input(format!("{}: {place}{error}", self.file.display()))
            })?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        if self.top != Some(0) && outcomes.iter().any(|ran| ran.outcome().is_none()) {
            tell!("a list of all outcomes does not fit the memory, so there are shots without probabilities");
        }
        let programs: Vec<Input> = runs.into_iter().map(|(program, _)| program).collect();
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Json if input.batch => {
                let results = programs.iter().zip(&outcomes).map(|(program, outcome)| self.json(program, outcome, None)).collect();
                let batch = SimulatedBatch { circuits: programs.len(), seconds: &seconds, results };
                line(&mut out, &batch)?;
            }
            Format::Json => {
                for (program, outcome) in programs.iter().zip(&outcomes) {
                    line(&mut out, &self.json(program, outcome, Some(&seconds)))?;
                }
            }
            Format::Table => {
                for (program, outcome) in programs.iter().zip(&outcomes) {
                    out.write_all(self.table(program, outcome).as_bytes())?;
                }
                let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
                tell!("{} in {}", counted(programs.len(), "circuit"), show::seconds(std::time::Duration::from_secs_f64(best)));
            }
        }
        Ok(out.flush()?)
    }

    /// Runs everything once, as far as the first error, whose place comes with it.
    fn run(&self, runs: &[(Input, RunOptions)]) -> Result<Vec<Ran>, (usize, RunError)> {
        let sampled = |options: &RunOptions| self.shots.filter(|_| options.machine.is_ideal());
        let unseen =
            |(input, options): &'_ (Input, RunOptions)| self.top == Some(0) && sampled(options).is_some() && input.circuit().is_some();
        if runs.iter().all(unseen) {
            // Nobody is to see probabilities, so none are computed.
            let draws = runs.iter().filter_map(|(input, options)| Some((input.circuit()?, options.shots, options.seed)));
            let draws: Vec<Draw<'_>> = draws.collect();
            let drawn = match self.engine.0 {
                None => sample_each(&draws, Memory::shared()),
                engine => draws.iter().map(|&(program, shots, seed)| sample_by(program, engine, shots, seed, Memory::shared())).collect(),
            };
            let place =
                |(index, drawn): (usize, Result<Sampled, _>)| Ok(Ran::Unseen(drawn.map_err(|error| (index, RunError::from(error)))?));
            return drawn.into_iter().enumerate().map(place).collect();
        }
        let ran = |(index, (input, options)): (usize, &(Input, RunOptions))| {
            self.one(input, options, sampled(options)).map_err(|error| (index, error))
        };
        runs.iter().enumerate().map(ran).collect()
    }

    /// Shots need no list of outcomes: where that would be too long, there are shots alone.
    fn one(&self, input: &Input, options: &RunOptions, sampled: Option<Shots>) -> Result<Ran, RunError> {
        let counts = |outcome: &Outcome| sampled.map(|shots| Counts::sample(&outcome.probabilities, shots, options.seed));
        match (self.outcome(input, options), sampled, input.circuit()) {
            (Ok(outcome), Some(_), _) => Ok(Ran::Seen(Outcome { counts: counts(&outcome), ..outcome })),
            (Err(RunError::Simulate(SimulateError::OutOfMemory(_))), Some(shots), Some(program)) => {
                Ok(Ran::Unseen(sample_by(program, self.engine.0, shots, options.seed, Memory::shared())?))
            }
            (outcome, _, _) => Ok(Ran::Seen(outcome?)),
        }
    }

    fn outcome(&self, input: &Input, options: &RunOptions) -> Result<Outcome, RunError> {
        match (self.engine, input.circuit()) {
            (Asked(engine @ Some(_)), Some(program)) => {
                let exact = probabilities_by(program, engine, Memory::shared())?;
                let outcome = Outcome::exact(exact.probabilities, exact.norm_error, exact.engine);
                Ok(Outcome { registers: input.registers().to_vec(), ..outcome })
            }
            _ => run_input(input, options, Memory::shared()),
        }
    }

    /// A circuit and how it is to be run: what the command line says wins over what the file says.
    fn run_of(&self, index: usize, task: Task, batch: bool, catalog: &Catalog) -> Result<(Input, RunOptions), Stop> {
        let noise = self.noise.as_deref().or(task.noise.as_deref());
        let machine = devices::simulator(noise, catalog).map_err(|error| Stop::Input(format!("{}: {error}", self.file.display())))?;
        if self.engine.0.is_some() && !(machine.is_ideal() && task.program.circuit().is_some()) {
            let message = "--engine goes with circuits without noise that measure at their end, auto with all others";
            return Err(Stop::Input(format!("{}: {message}", self.file.display())));
        }
        let seed = if batch { Seed(self.seed).child(index as u64) } else { Seed(self.seed) };
        let shots = self.shots.or(task.shots).unwrap_or(Shots::DEFAULT);
        Ok((task.program, RunOptions { shots, machine, debiasing: None, seed }))
    }

    fn json<'a>(&self, program: &Input, ran: &'a Ran, seconds: Option<&'a [f64]>) -> Simulated<'a> {
        let outcome = ran.outcome().filter(|_| self.top != Some(0));
        let counts = ran.counts().filter(|_| self.top != Some(0));
        let top = self.top.unwrap_or(usize::MAX);
        Simulated {
            qubits: program.qubits(),
            gates: program.len(),
            seconds,
            norm_error: ran.norm_error(),
            engine: ran.engine().name(),
            probabilities: outcome.map(|outcome| Top(&outcome.probabilities, top)),
            counts: counts.map(|counts| Top(counts, top)),
            registers: outcome.filter(|outcome| !outcome.registers.is_empty()).map(registers),
        }
    }

    fn table(&self, program: &Input, ran: &Ran) -> String {
        let (qubits, gates) = (counted(program.qubits(), "qubit"), counted(program.len(), "gate"));
        let Some(outcome) = ran.outcome() else { return format!("{qubits}, {gates}\n{}", self.table_of_counts(program, ran)) };
        let mut rows = vec![vec!["outcome".to_owned(), "bits".to_owned(), "probability".to_owned()]];
        if outcome.counts.is_some() {
            rows[0].push("count".to_owned());
        }
        let top = outcome.probabilities.top(self.top.unwrap_or(16));
        let highest = top.first().map_or(1.0, |&(_, p)| p);
        for &(key, p) in &top {
            let mut row = vec![key.to_string(), bit_string(key, program.bits()), format!("{p:.6}")];
            row.extend(outcome.counts.as_ref().map(|counts| counts.get(key).to_string()));
            row.push(bar(p, highest));
            rows.push(row);
        }
        let rest = more(outcome.probabilities.len() - top.len());
        let body = if self.top == Some(0) { String::new() } else { show::table(&rows) + &rest };
        // The bits of a program are those of its registers side by side; those of a circuit are its qubits.
        let named = |register: &Register| format!("{}[{}]", register.name(), register.bits());
        let side_by_side = outcome.registers.iter().rev().filter(|_| program.circuit().is_none());
        let registers: Vec<String> = side_by_side.map(named).collect();
        let registers = if registers.is_empty() { String::new() } else { format!(", bits are {}", registers.join(" ")) };
        format!("{qubits}, {gates}{registers}\n{body}")
    }

    /// Of shots without their probabilities.
    fn table_of_counts(&self, program: &Input, ran: &Ran) -> String {
        let Some(counts) = ran.counts().filter(|_| self.top != Some(0)) else { return String::new() };
        let top = most_seen(counts, self.top.unwrap_or(16));
        let highest = top.first().map_or(1.0, |&(_, count)| count.into());
        let mut rows = vec![["outcome", "bits", "count"].map(str::to_owned).to_vec()];
        let row = |&(key, count): &(u64, u32)| {
            vec![key.to_string(), bit_string(key, program.bits()), count.to_string(), bar(count.into(), highest)]
        };
        rows.extend(top.iter().map(row));
        show::table(&rows) + &more(counts.iter().len() - top.len())
    }
}

/// A bar as long as `part` of `whole`.
fn bar(part: f64, whole: f64) -> String {
    "█".repeat((part / whole * 24.0).round() as usize)
}

fn more(rest: usize) -> String {
    if rest > 0 { format!("… {} more\n", counted(rest, "outcome")) } else { String::new() }
}

/// One line of JSON, written as it is made: a list of all outcomes may be longer than the state was.
fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// What came out of one circuit.
enum Ran {
    /// Probabilities, and counts if any were asked for.
    Seen(Outcome),
    /// Shots without their probabilities.
    Unseen(Sampled),
}

impl Ran {
    fn outcome(&self) -> Option<&Outcome> {
        match self {
            Ran::Seen(outcome) => Some(outcome),
            Ran::Unseen(_) => None,
        }
    }

    fn counts(&self) -> Option<&Counts> {
        match self {
            Ran::Seen(outcome) => outcome.counts.as_ref(),
            Ran::Unseen(sampled) => Some(&sampled.counts),
        }
    }

    fn norm_error(&self) -> f64 {
        match self {
            Ran::Seen(outcome) => outcome.norm_error,
            Ran::Unseen(sampled) => sampled.norm_error,
        }
    }

    fn engine(&self) -> Engine {
        match self {
            Ran::Seen(outcome) => outcome.engine,
            Ran::Unseen(sampled) => sampled.engine,
        }
    }
}

/// What each register shows.
fn registers(outcome: &Outcome) -> NumberMap<&str, NumberMap<String, f64>> {
    let keyed = |register: &Register| {
        let own = outcome.register_probabilities(register);
        NumberMap(own.iter().map(|(key, p)| (bit_string(key, register.bits()), p)).collect())
    };
    NumberMap(outcome.registers.iter().map(|register| (register.name(), keyed(register))).collect())
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The likeliest entries of a distribution, in the order of their keys.
struct Top<'a, T>(&'a T, usize);

impl Serialize for Top<'_, Probabilities> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.1 >= self.0.len() {
            return self.0.serialize(serializer);
        }
        in_order(self.0.top(self.1), serializer)
    }
}

impl Serialize for Top<'_, Counts> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        in_order(most_seen(self.0, self.1), serializer)
    }
}

/// The outcomes that were seen most often, most often first; at most `most`.
fn most_seen(counts: &Counts, most: usize) -> Vec<(u64, u32)> {
    let mut entries: Vec<(u64, u32)> = counts.iter().collect();
    entries.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    entries.truncate(most);
    entries
}

fn in_order<V: Serialize + Copy, S: serde::Serializer>(mut entries: Vec<(u64, V)>, serializer: S) -> Result<S::Ok, S::Error> {
    entries.sort_unstable_by_key(|&(key, _)| key);
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        map.serialize_entry(&key, &value)?;
    }
    map.end()
}
