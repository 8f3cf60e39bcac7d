use super::devices::{self, Devices};
use super::{Stop, duration, input, positive, scenario, shots, show};
use crate::adapters::embedded;
use crate::api::MAX_GATES;
use crate::client::Client;
use crate::cloud::{Cloud, Scenario};
use crate::device::{Catalog, Device, Status, canonical};
use crate::executor::{Batch, CircuitReport, Progress, Report, Task};
use crate::outcome::{Counts, Finding, FindingKind, Probabilities, Seed, Severity, Shots};
use crate::run::{self, Machine, RunOptions};
use crate::simulate::Memory;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
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
    /// The most circuits in flight
    #[arg(long, default_value_t = Batch::WORKERS, value_parser = positive)]
    workers: usize,
    /// One circuit after another
    #[arg(long, conflicts_with = "workers")]
    sequential: bool,
    /// Up to this many circuits in one multi-circuit job, but no more than --workers
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = positive)]
    pack: usize,
    /// API base such as https://api.ionq.co/v0.4, with the key from IONQ_API_KEY [default: a cloud in this process]
    #[arg(long, conflicts_with_all = ["queue_time", "run_time", "scenario", "device"])]
    url: Option<String>,
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

/// A circuit's result as JSON.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    name: &'a str,
    status: &'static str,
    job_id: Option<&'a str>,
    qubits: usize,
    probabilities: Option<&'a Probabilities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<&'a Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The sum of the numbers on the wire, where they were divided by it or something is worth a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<f64>,
    #[serde(skip_serializing_if = "<[Finding]>::is_empty")]
    findings: &'a [Finding],
}

impl<'a> Row<'a> {
    fn of(circuit: &'a CircuitReport) -> Row<'a> {
        let result = circuit.result.as_ref();
        let odd = result.ok().filter(|result| result.findings.iter().any(tells));
        Row {
            index: None,
            name: &circuit.name,
            status: status(circuit),
            job_id: circuit.job.as_deref(),
            qubits: circuit.qubits,
            probabilities: result.ok().map(|result| &result.probabilities),
            counts: result.ok().and_then(|result| result.counts.as_ref()),
            error: result.err().map(ToString::to_string),
            sum: odd.map(|result| result.sum),
            findings: odd.map_or(&[], |result| &result.findings),
        }
    }
}

/// Whether somebody should be told: the numbers are not those that came, or a client may stumble over them.
fn tells(finding: &Finding) -> bool {
    finding.severity > Severity::Note || finding.kind == FindingKind::Sum
}

fn status(circuit: &CircuitReport) -> &'static str {
    if circuit.result.is_ok() { "completed" } else { "failed" }
}

impl Run {
    /// How long to wait for a job elsewhere: queues of real devices are counted in days.
    const PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

    pub(super) fn main(self) -> Result<(), Stop> {
        let catalog = self.devices.catalog()?;
        let mut tasks = Vec::new();
        for file in &self.files {
            tasks.extend(input::read(file)?.tasks.into_iter().map(|task| self.override_by_flags(task)));
        }
        let runtime = super::runtime();
        let _inside = runtime.enter();
        let client = match &self.url {
            Some(url) => Client::from_env(url).map_err(|error| Stop::Input(error.to_string()))?,
            None => {
                tasks.iter().try_for_each(|task| check(task, &catalog))?;
                let cloud = Cloud::builder().queue_time(self.queue_time).run_time(self.run_time).catalog(catalog);
                let mut cloud = cloud.max_queue(usize::MAX).max_jobs(usize::MAX).max_bytes(u64::MAX); // there is nobody else
                if let Some(given) = &self.scenario {
                    scenario::announce(given);
                    cloud = cloud.scenario(given.clone());
                }
                embedded::client(&cloud.start())
            }
        };
        let workers = if self.sequential { 1 } else { self.workers };
        let own = self.queue_time + self.run_time;
        let batch = Batch::new(client).workers(workers).pack(self.pack);
        let mut batch = match self.url {
            // Nobody else will ask the cloud in this process.
            None => batch.delete_when_done().deadline(own + Duration::from_secs(3600)).seed(Seed(0)),
            Some(_) => batch.deadline(Self::PATIENCE),
        };
        if let Some(seed) = self.seed {
            batch = batch.seed(Seed(seed));
        }
        let circuits = tasks.len();
        let unread = tokio::sync::Notify::new();
        let mut progress = Display::new(circuits, self.format, &unread);
        let report = runtime.block_on(async {
            tokio::select! {
                report = batch.run(tasks, |event| progress.show(&event)) => Some(report),
                () = unread.notified() => None,
                _ = tokio::signal::ctrl_c() => None,
            }
        });
        let Display { bar, finished, lost, .. } = progress;
        bar.finish_and_clear();
        lost.map_or(Ok(()), Err)?;
        let report = report.ok_or_else(|| Stop::Interrupted(format!(": {finished} of {circuits} circuits were done")))?;
        self.print(&report)?;
        eprintln!("{}", summary(&report, self.sequential, self.url.is_none().then_some(own)));
        match report.failures() {
            0 => Ok(()),
            failed => Err(Stop::Failures { failed, circuits }),
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

    fn print(&self, report: &Report) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.format {
            RunFormat::Table => out.write_all(table(report).as_bytes())?,
            RunFormat::Json => {
                let rows: Vec<_> = report.circuits.iter().map(Row::of).collect();
                serde_json::to_writer_pretty(&mut out, &rows)?;
                out.write_all(b"\n")?;
            }
            RunFormat::Jsonl => {}
        }
        out.flush()
    }
}

/// Refuses, before anything is submitted, what the cloud in this process could only fail.
fn check(task: &Task, catalog: &Catalog) -> Result<(), Stop> {
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
    run::check_input(&task.program, &options).map_err(|problem| refuse(problem.to_string()))?;
    // What a program that measures on its way takes shows only when it runs.
    let Some(program) = task.program.circuit() else { return Ok(()) };
    run::admit(program, &options.machine, Memory::shared()).map_err(|error| refuse(error.to_string()))
}

fn table(report: &Report) -> String {
    let mut rows = vec![["#", "name", "qubits", "status", "time", "histogram", "likeliest"].map(str::to_owned).to_vec()];
    for circuit in &report.circuits {
        let time = circuit.finished.saturating_sub(circuit.submitted);
        let (bars, rest) = match &circuit.result {
            Ok(result) => {
                let mark = if result.findings.iter().any(tells) { " *" } else { "" };
                (show::bars(&result.probabilities), show::likeliest(&result.probabilities, 3) + mark)
            }
            Err(error) => (String::new(), error.to_string()),
        };
        let (index, qubits) = (circuit.index.to_string(), circuit.qubits.to_string());
        rows.push(vec![index, circuit.name.clone(), qubits, status(circuit).to_owned(), show::seconds(time), bars, rest]);
    }
    show::table(&rows) + &remarks(report)
}

/// A line for each circuit whose numbers were odd.
fn remarks(report: &Report) -> String {
    let remark = |circuit: &CircuitReport| {
        let findings = circuit.result.as_ref().ok()?.findings.iter().filter(|finding| tells(finding));
        let said: Vec<&str> = findings.clone().take(3).map(|finding| finding.message.as_str()).collect();
        let more = findings.count() - said.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        (!said.is_empty()).then(|| format!("* circuit {}: {}{more}\n", circuit.index, show::plain(&said.join("; "))))
    };
    report.circuits.iter().filter_map(remark).collect()
}

/// The line that says what running in parallel was worth. `nominal` is what a job takes in the cloud in this process if it only
/// waits: where jobs compute, they share this machine, and their own times tell nothing of what one after another would take.
fn summary(report: &Report, sequential: bool, nominal: Option<Duration>) -> String {
    let circuits = report.circuits.len();
    let noun = if circuits == 1 { "circuit" } else { "circuits" };
    let workers = match (sequential, report.workers) {
        (true, _) => "one after another".to_owned(),
        (false, 1) => "1 worker".to_owned(),
        (false, workers) => format!("{workers} workers"),
    };
    let mut line = format!("{circuits} {noun}, {workers}: {} wall, peak {} in flight", show::seconds(report.wall), report.peak_in_flight());
    let waited = nominal.is_none_or(|nominal| {
        let longest = report.circuits.iter().filter_map(|circuit| circuit.own_time).max().unwrap_or_default();
        longest <= nominal.mul_f64(1.25)
    });
    if let Some(speed_up) = report.speed_up().filter(|_| waited) {
        line += &format!(", {speed_up:.2}× the speed of the jobs' own {} in a row", show::seconds(report.sum_of_own_times()));
    }
    if report.failures() > 0 {
        line += &format!(", {} failed", report.failures());
    }
    line
}

/// The progress bar on a terminal, and JSON Lines as circuits finish.
struct Display<'a> {
    bar: ProgressBar,
    format: RunFormat,
    submitted: usize,
    finished: usize,
    /// Why results could not be written.
    lost: Option<Stop>,
    /// Told when that happens: nobody reads on, so nothing needs to run on.
    unread: &'a tokio::sync::Notify,
}

impl<'a> Display<'a> {
    fn new(circuits: usize, format: RunFormat, unread: &'a tokio::sync::Notify) -> Display<'a> {
        let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(circuits as u64), target);
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} done, {msg} in flight, {elapsed}");
        bar.set_style(style.expect("the template's fields exist"));
        bar.set_message("0");
        Display { bar, format, submitted: 0, finished: 0, lost: None, unread }
    }

    fn show(&mut self, event: &Progress<'_>) {
        match event {
            Progress::Submitted { .. } => self.submitted += 1,
            Progress::Finished(circuit) => {
                self.finished += 1;
                self.submitted = self.submitted.max(self.finished);
                self.bar.inc(1);
                if self.format == RunFormat::Jsonl && self.lost.is_none() {
                    self.lost = line(circuit).err().map(Stop::Output);
                    if self.lost.is_some() {
                        self.unread.notify_one();
                    }
                }
            }
        }
        self.bar.set_message((self.submitted - self.finished).to_string());
    }
}

fn line(circuit: &CircuitReport) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &Row { index: Some(circuit.index), ..Row::of(circuit) })?;
    out.write_all(b"\n")?;
    out.flush()
}
