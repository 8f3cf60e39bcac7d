//! When faults happen.

use super::file::Entry;
use super::journal::{Journal, Visit};
use super::{Act, Adapter, Fault, Plan, Scenario, ScenarioError, When};
use crate::api::{CreatedReply, Operation};
use crate::outcome::Seed;
use rand::RngExt;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Of so many jobs with a scenario of their own the counts are kept, as many as a cloud keeps jobs; of older ones they begin anew.
const MOST_JOBS: usize = 100_000;

/// The scenarios of a cloud: its own, and those that jobs name.
#[derive(Debug, Default)]
pub(in crate::cloud) struct Engine {
    inner: Mutex<Inner>,
    /// Whether a job has ever named one; until then nobody needs to look.
    named: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    own: Option<Running>,
    /// By project and name.
    named: BTreeMap<(String, String), Running>,
    adapters: BTreeSet<Adapter>,
    journal: Journal,
    /// By project: what was answered last to a request that made a job.
    told: BTreeMap<String, CreatedReply>,
}

/// A scenario at work.
#[derive(Debug)]
struct Running {
    scenario: Scenario,
    /// Of each fault: requests without a job of their own, or of a job that has not named the scenario.
    tallies: Vec<Tally>,
    /// The same for each job that has named it.
    jobs: BTreeMap<Uuid, Vec<Tally>>,
}

/// What a fault has seen.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Requests that it concerns.
    seen: u64,
    /// Those that it struck.
    fired: u64,
}

/// What the engine must know of a request.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Asked {
    pub(in crate::cloud) operation: Operation,
    /// The scenario that the job which the request is about has named.
    pub(in crate::cloud) named: Option<Named>,
}

/// A scenario that a job has named.
#[derive(Debug, Clone)]
pub(in crate::cloud) struct Named {
    pub(in crate::cloud) scenario: String,
    pub(in crate::cloud) project: String,
    /// The job and its seed; one that is still to be created has neither.
    pub(in crate::cloud) job: Option<(Uuid, Seed)>,
}

/// A fault that happens to a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strike {
    /// Which fault of its scenario.
    pub(super) fault: usize,
    pub(super) act: Act,
    /// For what the fault leaves to chance.
    pub(super) seed: Seed,
}

impl Running {
    fn new(scenario: Scenario) -> Running {
        let tallies = vec![Tally::default(); scenario.faults.len()];
        Running { scenario, tallies, jobs: BTreeMap::new() }
    }

    fn strikes(&mut self, operation: Operation, job: Option<(Uuid, Seed)>) -> Vec<Strike> {
        let Scenario { seed, faults, .. } = &self.scenario;
        let (seed, tallies) = match job {
            Some((id, own)) => {
                if self.jobs.len() >= MOST_JOBS && !self.jobs.contains_key(&id) {
                    self.jobs.pop_first(); // ids ascend with time
                }
                let tallies = self.jobs.entry(id).or_insert_with(|| vec![Tally::default(); faults.len()]);
                (seed.child(own.0), tallies) // every job has chances of its own
            }
            None => (*seed, &mut self.tallies),
        };
        let concerned = faults.iter().zip(tallies).enumerate().filter(|(_, (fault, _))| fault.concerns(operation));
        let struck = concerned.filter_map(|(index, (fault, tally))| {
            let seed = seed.child(index as u64).child(tally.seen);
            tally.strike(fault, seed).then(|| Strike { fault: index, act: fault.act.clone(), seed: seed.child(1) })
        });
        struck.collect()
    }

    /// A fault's tally, over all jobs.
    fn total(&self, fault: usize) -> Tally {
        self.jobs
            .values()
            .map(|tallies| tallies[fault])
            .fold(self.tallies[fault], |sum, tally| Tally { seen: sum.seen + tally.seen, fired: sum.fired + tally.fired })
    }
}

impl Tally {
    /// Counts a request, and says whether the fault happens to it.
    fn strike(&mut self, fault: &Fault, seed: Seed) -> bool {
        self.seen += 1;
        let due = match &fault.when {
            When::Always => true,
            When::Every(n) => self.seen.is_multiple_of(*n),
            When::Nth(requests) => requests.contains(&self.seen),
            When::Probability(probability) => seed.stream(0).random::<f64>() < *probability,
        };
        let fires = due && fault.times.is_none_or(|times| self.fired < times);
        self.fired += u64::from(fires);
        fires
    }
}

impl Engine {
    pub(in crate::cloud) fn new(scenario: Option<Scenario>) -> Engine {
        let inner = Inner { own: scenario.map(Running::new), ..Inner::default() };
        Engine { inner: Mutex::new(inner), named: AtomicBool::new(false) }
    }

    /// Nothing that could panic half-way is done under the lock.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on every scenario must be one that this adapter can do.
    ///
    /// # Errors
    /// [`ScenarioError::Unable`] if the one there is is not.
    pub(in crate::cloud) fn attach(&self, adapter: Adapter) -> Result<(), ScenarioError> {
        let mut inner = self.inner();
        if let Some(own) = &inner.own {
            own.scenario.check(adapter)?;
        }
        inner.adapters.insert(adapter);
        Ok(())
    }

    /// Puts a scenario in the place of the cloud's own.
    ///
    /// # Errors
    /// [`ScenarioError::Unable`]; then all stays as it was.
    pub(super) fn load(&self, scenario: Option<Scenario>) -> Result<(), ScenarioError> {
        let mut inner = self.inner();
        if let Some(scenario) = &scenario {
            inner.adapters.iter().try_for_each(|adapter| scenario.check(*adapter))?;
        }
        inner.own = scenario.map(Running::new);
        Ok(())
    }

    /// Lets a job of a project name a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] if there is none of the name, or an adapter cannot do it.
    pub(in crate::cloud) fn admit(&self, project: &str, name: &str) -> Result<(), ScenarioError> {
        let mut inner = self.inner();
        let key = (project.to_owned(), name.to_owned());
        if !inner.named.contains_key(&key) {
            let scenario = Scenario::named(name)?;
            inner.adapters.iter().try_for_each(|adapter| scenario.check(*adapter))?;
            inner.named.insert(key, Running::new(scenario));
        }
        self.named.store(true, Relaxed);
        Ok(())
    }

    /// Whether an answer may be held back.
    #[cfg(feature = "http")]
    pub(in crate::cloud) fn holds_back(&self) -> bool {
        let inner = self.inner();
        let mut running = inner.own.iter().chain(inner.named.values());
        running.any(|running| running.scenario.faults.iter().any(|fault| matches!(fault.act, Act::Stall | Act::Delay(_))))
    }

    /// Whether jobs may have named scenarios.
    pub(in crate::cloud) fn has_named(&self) -> bool {
        self.named.load(Relaxed)
    }

    /// What happens to a request: by the scenario that its job has named, else by the cloud's own.
    pub(in crate::cloud) fn plan(&self, asked: &Asked) -> Plan {
        let mut inner = self.inner();
        let running = match &asked.named {
            Some(Named { scenario, project, job }) => {
                inner.named.get_mut(&(project.clone(), scenario.clone())).map(|running| (running, *job))
            }
            None => inner.own.as_mut().map(|running| (running, None)),
        };
        Plan::new(running.map(|(running, job)| running.strikes(asked.operation, job)).unwrap_or_default())
    }

    /// All counts begin anew, and nothing has been asked yet.
    pub(super) fn restart(&self) {
        let mut inner = self.inner();
        inner.own = inner.own.take().map(|running| Running::new(running.scenario));
        inner.named = std::mem::take(&mut inner.named).into_iter().map(|(name, running)| (name, Running::new(running.scenario))).collect();
        (inner.journal, inner.told) = Default::default();
    }

    /// What a request is told that has made a job: that, or what the one before it of the same project was told, if there was one.
    pub(in crate::cloud) fn told(&self, project: &str, made: CreatedReply, repeats: bool) -> CreatedReply {
        let mut inner = self.inner();
        match inner.told.get_mut(project) {
            Some(before) if repeats => before.clone(),
            Some(before) => {
                before.clone_from(&made);
                made
            }
            None => {
                inner.told.insert(project.to_owned(), made.clone());
                made
            }
        }
    }

    pub(in crate::cloud) fn note(&self, visit: Visit) {
        self.inner().journal.note(visit);
    }

    pub(super) fn journal(&self) -> serde_json::Value {
        self.inner().journal.show()
    }

    /// The cloud's own scenario, and how often its faults have happened; and those that jobs have named.
    pub(super) fn show(&self) -> impl Serialize {
        let inner = self.inner();
        let named: Vec<Shown> = inner.named.values().map(Shown::of).collect();
        serde_json::json!({ "scenario": inner.own.as_ref().map(Shown::of), "named_by_jobs": named })
    }
}

/// A scenario as the admin routes show it.
#[derive(Debug, Serialize)]
struct Shown {
    name: Option<String>,
    description: String,
    seed: u64,
    fault: Vec<ShownFault>,
}

#[derive(Debug, Serialize)]
struct ShownFault {
    #[serde(flatten)]
    entry: Entry,
    seen: u64,
    fired: u64,
}

impl Shown {
    fn of(running: &Running) -> Shown {
        let Scenario { name, description, seed, faults } = &running.scenario;
        let shown = |(index, fault): (usize, &Fault)| {
            let Tally { seen, fired } = running.total(index);
            ShownFault { entry: Entry::of(fault), seen, fired }
        };
        let (name, description) = (name.clone(), description.clone());
        Shown { name, description, seed: seed.0, fault: faults.iter().enumerate().map(shown).collect() }
    }
}
