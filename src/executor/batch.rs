use super::drive::{Event, Running};
use super::{CircuitReport, Journal, Report, Stop, Task};
use crate::client::Client;
use crate::compile::Target;
use crate::device::Device;
use crate::outcome::{Seed, Shots};
use std::time::Duration;
use uuid::Uuid;

/// What happens while a batch runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A circuit was submitted.
    Submitted {
        /// Its place in the batch.
        index: usize,
    },
    /// A circuit is done, for better or worse.
    Finished(&'a CircuitReport),
}

/// How to run many circuits. `Batch::new(client).workers(10).run(tasks, |_| {}).await`.
///
/// One failure does not lose the others, nothing is lost, and nothing submitted twice: each job has a unique key, by which it is found if an
/// answer is not. Counts depend on the seed and the circuit's place in the batch, never on the number of workers.
#[derive(Debug, Clone)]
pub struct Batch {
    pub(super) client: Client,
    workers: Option<usize>,
    pub(super) pack: usize,
    pub(super) backend: String,
    pub(super) shots: Option<Shots>,
    pub(super) noise: Option<String>,
    pub(super) seed: Option<Seed>,
    pub(super) deadline: Duration,
    pub(super) delete: bool,
    pub(super) journal: Option<Journal>,
    pub(super) stop: Option<Stop>,
    pub(super) grace: Duration,
    pub(super) budget: Option<f64>,
    pub(super) ordered: bool,
    pub(super) target: Option<Target>,
    pub(super) resubmit_lost: bool,
    pub(super) id: Option<Uuid>,
}

impl Batch {
    /// How many circuits are in flight unless told otherwise.
    pub const WORKERS: usize = 10;

    /// A batch on a client, on the ideal simulator.
    pub fn new(client: Client) -> Batch {
        Batch {
            client,
            workers: None,
            pack: 1,
            backend: Device::SIMULATOR.to_owned(),
            shots: None,
            noise: None,
            seed: None,
            deadline: Duration::from_secs(3600),
            delete: false,
            journal: None,
            stop: None,
            grace: Duration::from_secs(10),
            budget: None,
            ordered: false,
            target: None,
            resubmit_lost: false,
            id: None,
        }
    }

    /// The most circuits in flight at once; 1 is one after another. Default: ten, or as many as share a job.
    #[must_use]
    pub fn workers(self, workers: usize) -> Batch {
        Batch { workers: Some(workers.max(1)), ..self }
    }

    /// Puts up to this many neighbouring circuits into one multi-circuit job, but never more than may be in flight or than one
    /// job can carry. A job that the service finds too large is divided.
    #[must_use]
    pub fn pack(self, circuits: usize) -> Batch {
        Batch { pack: circuits.max(1), ..self }
    }

    /// The backend of circuits that do not name one.
    #[must_use]
    pub fn backend(self, backend: impl Into<String>) -> Batch {
        Batch { backend: backend.into(), ..self }
    }

    /// The shots of circuits that do not say.
    #[must_use]
    pub fn shots(self, shots: Shots) -> Batch {
        Batch { shots: Some(shots), ..self }
    }

    /// The noise model of circuits that do not name one.
    #[must_use]
    pub fn noise(self, model: impl Into<String>) -> Batch {
        Batch { noise: Some(model.into()), ..self }
    }

    /// Makes counts reproducible.
    #[must_use]
    pub fn seed(self, seed: Seed) -> Batch {
        Batch { seed: Some(seed), ..self }
    }

    /// How long to wait for one job. Default: an hour.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Batch {
        Batch { deadline, ..self }
    }

    /// Deletes each job once its results are here, so that a service does not keep what nobody will ask for again.
    #[must_use]
    pub fn delete_when_done(self) -> Batch {
        Batch { delete: true, ..self }
    }

    /// Writes down what happens, so that the batch can be resumed: run again with the same journal and the same circuits, and what is over
    /// is taken from there.
    #[must_use]
    pub fn journal(self, journal: Journal) -> Batch {
        Batch { journal: Some(journal), ..self }
    }

    /// Listens to a switch that ends it early.
    #[must_use]
    pub fn stop_on(self, stop: &Stop) -> Batch {
        Batch { stop: Some(stop.clone()), ..self }
    }

    /// How long what is in flight is waited for after [`Stop::gently`]. Default: ten seconds.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Batch {
        Batch { grace, ..self }
    }

    /// Submits nothing if the service's estimate for all circuits is more than this, in the service's own unit. The circuits are all read
    /// before the first one is submitted.
    #[must_use]
    pub fn budget(self, most: f64) -> Batch {
        Batch { budget: Some(most), ..self }
    }

    /// Hands out results in the order of the circuits. Of those that are done before their turn a few hundred are kept at most.
    #[must_use]
    pub fn in_order(self) -> Batch {
        Batch { ordered: true, ..self }
    }

    /// Compiles each circuit to native gates before it is submitted; programs in OpenQASM are left as they are.
    #[must_use]
    pub fn compile(self, target: Target) -> Batch {
        Batch { target: Some(target), ..self }
    }

    /// Submits the circuits of a job anew that the service made and no longer knows. If it comes back, there are two.
    #[must_use]
    pub fn resubmit_lost(self) -> Batch {
        Batch { resubmit_lost: true, ..self }
    }

    /// What all keys of its jobs derive from; without a journal, which has its own. Default: by chance.
    #[must_use]
    pub fn id(self, id: Uuid) -> Batch {
        Batch { id: Some(id), ..self }
    }

    /// Begins to run circuits: they are taken from the iterator as there is room for them, and results handed out as they come.
    ///
    /// ```
    /// use paultrap::{adapters::embedded, prelude::*};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let batch = Batch::new(embedded::client(&Cloud::builder().start())).in_order();
    /// let flip = |k: usize| Circuit::new(3, (0..3).filter(|q| k >> q & 1 == 1).map(|q| Qis::X.on([q])));
    /// let mut running = batch.start((0..8).map(|k| Task::new(k.to_string(), flip(k).expect("a valid circuit"))));
    /// while let Some(circuit) = running.next().await {
    ///     assert_eq!(circuit.result?.probabilities.get(circuit.index as u64), 1.0);
    /// }
    /// assert!(running.finish().await.duplicates.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn start<I: IntoIterator<Item = Task>>(&self, tasks: I) -> Running<I::IntoIter> {
        Running::new(self.clone(), tasks.into_iter())
    }

    /// Runs the circuits and reports them in the order given. `progress` is called as things happen.
    pub async fn run(&self, tasks: impl IntoIterator<Item = Task>, mut progress: impl FnMut(Progress<'_>)) -> Report {
        let mut running = self.start(tasks);
        let mut circuits = Vec::new();
        while let Some(event) = running.event().await {
            match event {
                Event::Submitted(index) => progress(Progress::Submitted { index }),
                Event::Finished(report) => {
                    progress(Progress::Finished(&report));
                    circuits.push(*report);
                }
            }
        }
        circuits.sort_by_key(|report| report.index);
        Report { circuits, ..running.finish().await }
    }

    /// The most circuits in flight.
    pub(super) fn most_in_flight(&self) -> usize {
        self.workers.unwrap_or(Self::WORKERS.max(self.pack))
    }

    /// The client.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }
}
