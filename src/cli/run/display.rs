//! The progress bar on a terminal, and JSON Lines as circuits finish.

use super::{RunFormat, rows};
use crate::client::{Client, JobResult};
use crate::executor::{Batch, CircuitReport, Report, Running, Task};
use crate::outcome::Probabilities;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{self, IsTerminal};
use std::time::Duration;

/// How often the words beside the bar are brought up to date while nothing happens.
const TICK: Duration = Duration::from_millis(200);

/// What is shown while a batch runs.
pub(super) struct Display {
    bar: ProgressBar,
    format: RunFormat,
    client: Client,
}

impl Display {
    pub(super) fn new(circuits: usize, format: RunFormat, client: &Client) -> Display {
        let is_terminal = io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(circuits as u64), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} done, {rate}, {msg}, {elapsed}, ETA {eta}");
        let rate = |state: &ProgressState, text: &mut dyn fmt::Write| {
            let _ = write!(text, "{:.1}/s", state.per_sec()); // a bar that cannot be drawn is none
        };
        bar.set_style(style.expect("the template's fields exist").with_key("rate", rate));
        bar.set_message("0 in flight, 0 retries");
        if is_terminal {
            bar.enable_steady_tick(TICK);
        }
        Display { bar, format, client: client.clone() }
    }

    /// The bar, for those who say something while it is drawn.
    pub(super) fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Runs a batch and shows how far it is. Where results are printed as they come, they are not kept: the report has others then.
    ///
    /// # Errors
    /// If they cannot be printed; nobody reads on, so nothing needs to run on.
    pub(super) async fn run(&self, batch: &Batch, tasks: Vec<Task>) -> io::Result<Report> {
        let mut running = batch.start(tasks);
        let mut circuits = Vec::new();
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                biased;
                finished = running.next() => match finished {
                    Some(circuit) => circuits.push(self.take(circuit)?),
                    None => break,
                },
                _ = tick.tick() => {}
            }
            self.tell(&running);
        }
        self.bar.set_message("looking for jobs that were made twice");
        let report = running.finish().await;
        self.bar.finish_and_clear();
        circuits.sort_by_key(|circuit| circuit.index);
        Ok(Report { circuits, ..report })
    }

    fn take(&self, circuit: CircuitReport) -> io::Result<CircuitReport> {
        self.bar.inc(1);
        match self.format {
            RunFormat::Table | RunFormat::Json => Ok(circuit),
            RunFormat::Jsonl => {
                rows::line(&circuit)?;
                Ok(CircuitReport { result: circuit.result.map(|_| forgotten()), ..circuit })
            }
        }
    }

    fn tell(&self, running: &Running<std::vec::IntoIter<Task>>) {
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("{} in flight, {} retries", running.in_flight(), self.client.traffic().retries));
        }
    }
}

/// In the place of a result that was printed and is not kept.
fn forgotten() -> JobResult {
    let probabilities = Probabilities::new(1, [(0, 1.0)]).expect("a distribution");
    JobResult { probabilities, counts: None, sum: 1.0, findings: Vec::new(), raw: None }
}
