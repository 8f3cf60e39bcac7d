//! `--compare`: the same batch in a row, in parallel and packed, each on a cloud of its own in virtual time.

use super::{Run, RunFormat};
use crate::adapters::embedded;
use crate::cli::{Stop, show};
use crate::client::Retry;
use crate::cloud::Clock;
use crate::compile::Target;
use crate::device::Catalog;
use crate::executor::{Batch, Fate, Report, Task};
use crate::outcome::{Counts, Probabilities, Seed};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// What was measured.
#[derive(Serialize)]
struct Comparison {
    /// Always: queueing and running cost no real time, and computing no virtual one.
    virtual_time: bool,
    circuits: usize,
    /// Whether all runs ended with the same numbers, to the last bit.
    same_results: bool,
    runs: Vec<Measured>,
}

/// One way to run the batch.
#[derive(Serialize)]
struct Measured {
    name: String,
    /// How long it took, in virtual seconds.
    seconds: f64,
    peak_in_flight: usize,
    jobs: usize,
    requests: u64,
    /// Against the first.
    speed_up: f64,
    /// How many circuits have no result.
    failed: usize,
}

/// What a circuit came to, without what differs from cloud to cloud.
type Numbers = (Fate, Option<(Probabilities, Option<Counts>)>);

impl Run {
    pub(super) fn compare(&self, tasks: &[Task], catalog: &Catalog, target: Option<&Target>) -> Result<(), Stop> {
        let circuits = tasks.len();
        let workers = self.workers.unwrap_or(Batch::WORKERS);
        let ways = [("one after another", 1, 1), ("in parallel", workers, 1), ("packed", circuits, circuits)];
        let mut runs: Vec<Measured> = Vec::new();
        let mut numbers: Vec<Vec<Numbers>> = Vec::new();
        for (name, workers, pack) in ways {
            let (report, in_virtual_time) = self.in_virtual_time(tasks, catalog, target, workers, pack)?;
            let measured = Measured::of(name, workers, &report, in_virtual_time, runs.first());
            runs.push(measured);
            numbers.push(
                report
                    .circuits
                    .into_iter()
                    .map(|circuit| (circuit.fate(), circuit.result.ok().map(|own| (own.probabilities, own.counts))))
                    .collect(),
            );
        }
        let same_results = runs.iter().all(|run| run.failed == 0) && numbers.windows(2).all(|pair| pair[0] == pair[1]);
        let failed = runs.iter().map(|run| run.failed).max().unwrap_or(0);
        Comparison { virtual_time: true, circuits, same_results, runs }.print(self.format)?;
        match (same_results, failed) {
            (_, 1..) => Err(Stop::Failures { failed, circuits }),
            (false, 0) => Err(Stop::Unequal("the runs did not end with the same numbers".to_owned())),
            (true, 0) => Ok(()),
        }
    }

    /// Runs the batch on a new cloud under a clock that stands still while anything happens, and jumps to the next event otherwise.
    fn in_virtual_time(
        &self,
        tasks: &[Task],
        catalog: &Catalog,
        target: Option<&Target>,
        workers: usize,
        pack: usize,
    ) -> Result<(Report, f64), Stop> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        runtime.block_on(async {
            let cloud = self.cloud(catalog.clone()).clock(Clock::tokio()).start();
            let client = embedded::client(&cloud)
                .retry(self.mode.map_or(Retry::embedded(), |mode| Retry::embedded().mode(mode.into())).seeded(Seed(0)));
            let report = self.batch(client, target).workers(workers).pack(pack).run(tasks.to_vec(), |_| {}).await;
            let seconds = report.wall.as_secs_f64();
            Ok((report, seconds))
        })
    }
}

impl Measured {
    fn of(name: &str, workers: usize, report: &Report, seconds: f64, first: Option<&Measured>) -> Measured {
        let jobs = report.circuits.iter().filter_map(|circuit| circuit.job.as_deref()).collect::<BTreeSet<_>>().len();
        let name = match name {
            "in parallel" => format!("{workers} workers"),
            "packed" if jobs == 1 => "packed into one job".to_owned(),
            "packed" => format!("packed into {jobs} jobs"),
            name => name.to_owned(),
        };
        Measured {
            name,
            seconds,
            peak_in_flight: report.timeline().evidence().peak_in_flight,
            jobs,
            requests: report.traffic.requests,
            speed_up: first.map_or(1.0, |first| first.seconds / seconds),
            failed: report.failures(),
        }
    }
}

impl Comparison {
    fn print(&self, format: RunFormat) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if format == RunFormat::Table {
            out.write_all(self.table().as_bytes())?;
        } else {
            serde_json::to_writer_pretty(&mut out, self)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    fn table(&self) -> String {
        let mut rows = vec![["", "wall", "peak in flight", "jobs", "requests", "speed-up"].map(str::to_owned).to_vec()];
        for run in &self.runs {
            let numbers = [run.peak_in_flight.to_string(), run.jobs.to_string(), run.requests.to_string(), format!("{:.2}×", run.speed_up)];
            let mut row = vec![run.name.clone(), format!("{:.2} s", run.seconds)];
            row.extend(numbers);
            rows.push(row);
        }
        let failed = self.runs.iter().map(|run| run.failed).max().unwrap_or_default();
        let same = match (self.same_results, failed) {
            (true, 0) => "the same numbers in all of them, to the last bit".to_owned(),
            (false, 0) => "NOT the same numbers".to_owned(),
            (_, failed) => format!("{failed} of them failed, so this compares nothing"),
        };
        let noun = if self.circuits == 1 { "circuit" } else { "circuits" };
        let of = format!("{} {noun}, three runs in virtual time (nobody waited for it): {same}\n", self.circuits);
        show::table(&rows) + &of
    }
}
