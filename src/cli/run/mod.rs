//! `paultrap run`: circuits in, their results out, by way of a cloud.
//!
//! Read [`Run::main`] first. `rows.rs` and `summary.rs` are what is printed, `display.rs` what is shown meanwhile, `interrupt.rs` how it
//! ends early, `compare.rs` another way to run it all.

mod compare;
mod display;
mod interrupt;
mod picture;
mod rows;
mod summary;

use super::compile::{Goal, goal};
use super::devices::{self, Devices};
use super::{Stop, duration, input, positive, scenario, shots, show};
use crate::adapters::embedded;
use crate::api::MAX_GATES;
use crate::circuit::Program;
use crate::client::{Client, Https, Mode};
use crate::cloud::{self, Cloud, Scenario};
use crate::compile::{CompileOptions, Target, compile};
use crate::device::{Catalog, Device, Status, canonical};
use crate::executor::{self, Batch, Journal, Report, Task};
use crate::outcome::{Seed, Shots};
use crate::run::{self, Machine, RunOptions};
use crate::simulate::Memory;
use clap::ValueEnum;
use display::Display;
use interrupt::Interrupts;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Run circuits as jobs of a cloud: one in this process, or the one at --url
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// IonQ circuit JSON (gate list, input object or job body), JSON Lines of those, OpenQASM; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// simulator, or a device such as qpu.aria-1 [default: what the file says, else simulator]
    #[arg(long)]
    backend: Option<String>,
    /// Noise model of the simulator [default: what the file says, else ideal]
    #[arg(long, value_name = "MODEL")]
    noise: Option<String>,
    /// Shots where they are counted [default: what the file says, else 100]
    #[arg(long, value_parser = shots)]
    shots: Option<Shots>,
    /// Same seed, same counts [default: 0 in the cloud in this process, none at --url]
    #[arg(long)]
    seed: Option<u64>,
    /// Compile to native gates before submitting: aria, forte, a backend or a device file as `compile --target`; without a value what the
    /// backend plays, for the simulator aria
    #[arg(long, value_name = "TARGET", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = aim)]
    compile: Option<Aim>,
    /// The most circuits in flight [default: 10, or as many as --pack]
    #[arg(long, value_name = "N", value_parser = positive)]
    workers: Option<usize>,
    /// One circuit after another
    #[arg(long, conflicts_with = "workers")]
    sequential: bool,
    /// Up to this many circuits in one multi-circuit job, but no more than --workers
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = positive)]
    pack: usize,
    /// API base such as https://api.ionq.co/v0.4, with the key from IONQ_API_KEY [default: a cloud in this process]
    #[arg(long, conflicts_with_all = ["queue_time", "run_time", "scenario", "device"])]
    url: Option<String>,
    /// Write down what happens, durably; with a file that is there the batch is resumed: what is over is not run again, and what may have
    /// been submitted is looked for first
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Draw what happened when: FILE.svg is a picture, FILE.html a page, FILE.json a trace for chrome://tracing or Perfetto
    #[arg(long, value_name = "FILE", value_parser = picture::place)]
    timeline: Option<picture::Place>,
    /// Submit nothing if the service's estimate for all circuits is more, in the service's own unit
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    budget: Option<f64>,
    /// What becomes of a submission whose answer is lost and whose job is not found: strict leaves it, effective sends it again [default:
    /// effective on the simulator, strict elsewhere]
    #[arg(long, value_enum)]
    mode: Option<ModeName>,
    /// Submit anew what the service made and no longer knows; if it comes back, there are two
    #[arg(long)]
    resubmit_lost: bool,
    /// How long to wait for a job [default: a week at --url, an hour and its own time in this process]
    #[arg(long, value_parser = duration)]
    deadline: Option<Duration>,
    /// Run the batch three times, in a row, in parallel and packed into one job, on clouds in this process in virtual time: how long each
    /// takes is computed in a moment
    #[arg(long, conflicts_with_all = ["url", "sequential", "pack", "journal", "timeline", "budget"])]
    compare: bool,
    /// How long a job queues in the cloud in this process
    #[arg(long, default_value = "0s", value_parser = duration)]
    queue_time: Duration,
    /// How long a job runs at least in the cloud in this process
    #[arg(long, default_value = "0s", value_parser = duration)]
    run_time: Duration,
    /// What goes wrong in the cloud in this process: a built-in scenario such as A-01, or a file [default: nothing]
    #[arg(long, value_name = "NAME|FILE", value_parser = scenario::read)]
    scenario: Option<Scenario>,
    #[command(flatten)]
    devices: Devices,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = RunFormat::Table)]
    format: RunFormat,
}

/// How results of a batch are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RunFormat {
    /// For people
    Table,
    /// One array in input order
    Json,
    /// One object a line as circuits finish
    Jsonl,
}

/// [`Mode`] by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    /// Rather no job than two
    Strict,
    /// Sent again once it has been looked for twice
    Effective,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Mode {
        match name {
            ModeName::Strict => Mode::Strict,
            ModeName::Effective => Mode::Effective,
        }
    }
}

/// What circuits are compiled for.
#[derive(Debug, Clone)]
enum Aim {
    /// Whatever their backend plays.
    Backend,
    Goal(Target),
}

fn aim(name: &str) -> Result<Aim, String> {
    match name {
        "" => Ok(Aim::Backend),
        name => goal(name).map(|Goal { target, .. }| Aim::Goal(target)),
    }
}

fn amount(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0).ok_or_else(|| "a number ≥ 0 is needed".to_owned())
}

impl Run {
    /// How long to wait for a job elsewhere: queues of real devices are counted in days.
    const PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);
    /// How long an interrupted batch waits for what is in flight, seconds.
    const GRACE: u64 = 10;

    pub(super) fn main(self) -> Result<(), Stop> {
        let catalog = self.devices.catalog()?;
        let mut tasks = Vec::new();
        for file in &self.files {
            tasks.extend(input::read(file)?.tasks.into_iter().map(|task| self.override_by_flags(task)));
        }
        let target = self.target(&tasks, &catalog)?;
        if self.url.is_none() {
            tasks.iter().try_for_each(|task| check(task, &catalog, target.as_ref()))?;
            self.scenario.iter().for_each(scenario::announce);
        }
        match self.compare {
            true => self.compare(&tasks, &catalog, target.as_ref()),
            false => self.run(tasks, catalog, target.as_ref()),
        }
    }

    fn run(&self, tasks: Vec<Task>, catalog: Catalog, target: Option<&Target>) -> Result<(), Stop> {
        self.timeline.iter().try_for_each(|picture| picture.keep_off(self.files.iter().chain(&self.journal)))?;
        let runtime = super::runtime();
        let _inside = runtime.enter();
        let client = self.client(catalog)?;
        let batch = self.batch(client.clone(), target);
        let batch = match self.open_journal(&batch, &tasks)? {
            Some(journal) => batch.journal(journal),
            None => batch,
        };
        let picture = self.timeline.as_ref().map(picture::Place::open).transpose()?;
        let (stop, display) = (executor::Stop::new(), Display::new(tasks.len(), self.format, &client));
        let interrupts = Interrupts::listen(&stop, display.bar())?;
        let batch = batch.stop_on(&stop);
        let report = runtime.block_on(async {
            self.guard(&batch, &tasks, &stop).await?;
            Ok::<_, Stop>(display.run(&batch, tasks).await?)
        })?;
        interrupts.end();
        let drawn = picture.map(|picture| picture.write(&report.timeline()));
        self.print(&report)?;
        self.conclude(&report, interrupts.any())?;
        drawn.unwrap_or(Ok(()))
    }

    /// The client of the service that is meant.
    fn client(&self, catalog: Catalog) -> Result<Client, Stop> {
        let client = match &self.url {
            Some(url) => Client::from_env(url).map_err(|error| Stop::Input(error.to_string()))?,
            None => embedded::client(&self.cloud(catalog).start()),
        };
        Ok(self.mode.map_or(client.clone(), |mode| client.mode(mode.into())))
    }

    /// A cloud in this process.
    fn cloud(&self, catalog: Catalog) -> cloud::Builder {
        let cloud = Cloud::builder().queue_time(self.queue_time).run_time(self.run_time).catalog(catalog);
        let cloud = cloud.max_queue(usize::MAX).max_jobs(usize::MAX).max_bytes(u64::MAX); // there is nobody else
        self.scenario.iter().cloned().fold(cloud, cloud::Builder::scenario)
    }

    /// How the circuits are run.
    fn batch(&self, client: Client, target: Option<&Target>) -> Batch {
        let batch = Batch::new(client).pack(self.pack).grace(Duration::from_secs(Self::GRACE));
        let batch = match self.url {
            // Nobody else will ask the cloud in this process.
            None => batch.delete_when_done().deadline(self.nominal() + Duration::from_secs(3600)).seed(Seed(0)),
            Some(_) => batch.deadline(Self::PATIENCE),
        };
        let workers = if self.sequential { Some(1) } else { self.workers };
        let batch = workers.into_iter().fold(batch, Batch::workers);
        let batch = self.seed.map(Seed).into_iter().fold(batch, Batch::seed);
        let batch = self.deadline.into_iter().fold(batch, Batch::deadline);
        let batch = target.cloned().into_iter().fold(batch, Batch::compile);
        if self.resubmit_lost { batch.resubmit_lost() } else { batch }
    }

    /// What a job takes in the cloud in this process if it only waits.
    fn nominal(&self) -> Duration {
        self.queue_time + self.run_time
    }

    /// What is compiled for, if anything.
    fn target(&self, tasks: &[Task], catalog: &Catalog) -> Result<Option<Target>, Stop> {
        match &self.compile {
            None => Ok(None),
            Some(Aim::Goal(target)) => Ok(Some(target.clone())),
            Some(Aim::Backend) => {
                let of = |name: &str| Ok::<_, Stop>(Some(devices::backend(name, catalog)?).filter(|device| device.is_qpu()));
                let mut targets = Vec::new();
                for task in tasks {
                    let device = of(task.backend.as_deref().unwrap_or(Device::SIMULATOR))?;
                    targets.push(device.map_or(Target::ARIA, |device| Target::of(device)));
                }
                targets.dedup();
                match targets.len() {
                    0..=1 => Ok(targets.pop()),
                    _ => Err(Stop::Input("the circuits are for backends with different gates: say which with --compile=TARGET".to_owned())),
                }
            }
        }
    }

    /// What the command line says wins over what the file says.
    fn override_by_flags(&self, task: Task) -> Task {
        Task {
            backend: self.backend.as_deref().map(|name| canonical(name).to_owned()).or(task.backend),
            shots: self.shots.or(task.shots),
            noise: self.noise.clone().or(task.noise),
            ..task
        }
    }

    /// Opens the journal and says what is in it.
    fn open_journal(&self, batch: &Batch, tasks: &[Task]) -> Result<Option<Journal>, Stop> {
        let Some(path) = &self.journal else { return Ok(None) };
        let refused = |problem: &dyn std::fmt::Display| Stop::Input(problem.to_string());
        let service = self.url.as_deref().map(Https::new).transpose().map_err(|error| refused(&error))?;
        interrupt::survive_full_files()?;
        let journal = Journal::open(path, service.as_ref().map(Https::origin), Some(batch.fingerprint(tasks)));
        let journal = journal.map_err(|error| refused(&error))?;
        let ((over, begun), name) = (journal.circuits(), show::plain(&path.display().to_string()));
        let torn = journal.repaired().map(|bytes| format!("; {bytes} bytes of a record that was cut off were removed")).unwrap_or_default();
        if !journal.is_new() || !torn.is_empty() {
            tell!("paultrap: journal {name}: {over} of {} circuits are over, {begun} were begun{torn}", tasks.len());
        }
        Ok(Some(journal))
    }

    /// Refuses what costs more than it may, before anything is submitted.
    async fn guard(&self, batch: &Batch, tasks: &[Task], stop: &executor::Stop) -> Result<(), Stop> {
        let Some(budget) = self.budget else { return Ok(()) };
        let estimate = tokio::select! {
            estimate = batch.estimate(tasks) => estimate,
            () = stop.pulled() => return Err(Stop::Interrupted(": nothing was submitted".to_owned())),
        };
        let estimate = estimate.map_err(|error| Stop::Trouble(format!("nothing was submitted: the service gives no estimate: {error}")))?;
        if estimate.value > budget {
            return Err(Stop::Input(format!("nothing was submitted: the estimate is {estimate}, the budget {budget}")));
        }
        tell!("paultrap: the estimate is {}, the budget {budget}", show::plain(&estimate.to_string()));
        Ok(())
    }

    fn print(&self, report: &Report) -> io::Result<()> {
        // Standard output writes every line by itself; a batch has hundreds of thousands of them.
        let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        match self.format {
            RunFormat::Table => out.write_all(rows::table(report).as_bytes())?,
            RunFormat::Json => rows::array(&mut out, report)?,
            RunFormat::Jsonl => {}
        }
        out.flush()
    }

    /// Says on standard error how it went, and how to go on.
    fn conclude(&self, report: &Report, interrupted: bool) -> Result<(), Stop> {
        let (circuits, left) = (report.circuits.len(), summary::left(report));
        summary::warnings(report).iter().for_each(|warning| tell!("paultrap: warning: {warning}"));
        let ended = report.stopped.as_deref().filter(|_| !interrupted);
        ended.iter().for_each(|because| tell!("paultrap: stopped: {}", show::plain(because)));
        tell!("{}", summary::line(report, self.sequential, self.url.is_none().then_some(self.nominal())));
        if left > 0 && self.journal.is_some() {
            tell!("paultrap: resume with: {}", show::plain(&summary::command()));
        }
        match report.failures() {
            failed if interrupted && left > 0 => {
                Err(Stop::Interrupted(format!(": {} of {circuits} circuits were done", circuits - failed)))
            }
            0 if !report.duplicates.is_empty() => Err(Stop::Trouble("there are more jobs than circuits called for".to_owned())),
            0 if ended.is_some() => Err(Stop::Trouble("all circuits are done, but not all of it is on record".to_owned())),
            0 => Ok(()),
            failed => Err(Stop::Failures { failed, circuits }),
        }
    }
}

/// Refuses, before anything is submitted, what the cloud in this process could only fail. Native gates that are compiled to others need not be
/// those of the device.
fn check(task: &Task, catalog: &Catalog, target: Option<&Target>) -> Result<(), Stop> {
    let name = task.backend.as_deref().unwrap_or(Device::SIMULATOR);
    let device = devices::backend(name, catalog)?;
    let refuse = |problem: String| Stop::Input(format!("{}: {problem}", task.name));
    if device.status != Status::Available {
        return Err(refuse(format!("backend {name} is {} and takes no jobs", device.status.name())));
    }
    if task.program.len() > MAX_GATES {
        return Err(refuse(format!("the circuit has {} gates, at most {MAX_GATES} are allowed", task.program.len())));
    }
    let noise = task.noise.as_deref().map(|name| catalog.noise_model(name)).transpose().map_err(|error| refuse(error.to_string()))?;
    let machine = Machine::of(device, noise.flatten());
    let options = RunOptions { shots: task.shots.unwrap_or(Shots::DEFAULT), machine, ..RunOptions::default() };
    let compiled = match (target, task.program.circuit()) {
        (Some(target), Some(program @ Program::Native(_))) => Some(compile(program, target, CompileOptions::default())),
        _ => None,
    };
    let compiled = compiled.transpose().map_err(|error| refuse(error.to_string()))?;
    let input = compiled.map_or_else(|| task.program.clone(), |circuit| Program::from(circuit).into());
    run::check_input(&input, &options).map_err(|problem| refuse(problem.to_string()))?;
    // What a program that measures on its way takes shows only when it runs.
    let Some(program) = input.circuit() else { return Ok(()) };
    run::admit(program, &options.machine, Memory::shared()).map_err(|error| refuse(error.to_string()))
}
