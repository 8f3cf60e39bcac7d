//! What a completed job has to show, in each format.

use super::super::Shared;
use super::super::job::{Job, JobState, Results};
use super::super::reply::unknown_artifact;
use super::super::store::State;
use super::Call;
use crate::api::{
    Answer, ErrorBody, JobStatus, NumberMap, RegisterHistogram, RegisterProbabilities, RegisterShots, ResultFormat, ResultsBody,
};
use crate::outcome::Seed;
use crate::run::Outcome;
use std::borrow::Cow;
use std::sync::Arc;

impl Shared {
    pub(super) fn get_results(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let operation = call.route.operation();
        let format = ResultFormat::ALL.into_iter().find(|format| format.operation() == operation).unwrap_or(ResultFormat::Probabilities);
        self.results(call, format)
    }

    pub(super) fn get_artifact(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let artifact = call.route.named("artifact");
        let found = ResultFormat::ALL.into_iter().find(|format| format.artifact().0 == artifact);
        self.results(call, found.ok_or_else(|| unknown_artifact(call.id(), artifact))?)
    }

    fn results(&self, call: &Call<'_>, format: ResultFormat) -> Result<Answer, ErrorBody> {
        let id = call.id();
        // Only pointers are copied under the lock.
        let (found, seed) = {
            let state = self.state();
            let job = state.job(id, &call.account)?;
            (state.outcomes(job)?, job.seed)
        };
        let none = || ErrorBody::new(404, format!("job {id} has no {} results", format.path()));
        // cirq-ionq asks for the wrong one of the two when single and batch jobs mix: each answers with what the job has.
        let shots;
        let body = match (format, &found) {
            (ResultFormat::Probabilities | ResultFormat::Aggregated, Found::One(outcome)) => {
                ResultsBody::Probabilities(&outcome.probabilities)
            }
            (ResultFormat::Probabilities | ResultFormat::Aggregated, Found::Several(outcomes)) => {
                let entries = outcomes.iter().map(|(id, outcome)| (id.clone(), &outcome.probabilities));
                ResultsBody::Aggregated(NumberMap(entries.collect()))
            }
            (
                ResultFormat::Histogram
                | ResultFormat::Shots
                | ResultFormat::RegisterProbabilities
                | ResultFormat::RegisterHistogram
                | ResultFormat::RegisterShots,
                Found::Several(_),
            ) => return Err(none()),
            (ResultFormat::Histogram, Found::One(outcome)) => ResultsBody::Histogram(outcome.counts.as_ref().ok_or_else(none)?),
            (ResultFormat::Shots, Found::One(outcome)) => {
                let shots = one_by_one(outcome, seed).ok_or_else(none)?;
                ResultsBody::Shots(shots.iter().map(u64::to_string).collect())
            }
            (ResultFormat::RegisterProbabilities, Found::One(outcome)) => {
                ResultsBody::RegisterProbabilities(RegisterProbabilities::new(&outcome.probabilities, &outcome.registers))
            }
            (ResultFormat::RegisterHistogram, Found::One(outcome)) => {
                let counts = outcome.counts.as_ref().ok_or_else(none)?;
                ResultsBody::RegisterHistogram(RegisterHistogram::new(counts, &outcome.registers))
            }
            (ResultFormat::RegisterShots, Found::One(outcome)) => {
                shots = one_by_one(outcome, seed).ok_or_else(none)?;
                ResultsBody::RegisterShots(RegisterShots::new(&shots, outcome.probabilities.qubits(), &outcome.registers))
            }
        };
        Ok(Answer::json(&body))
    }
}

/// The outcomes of the shots, in their order where there is one, else in one drawn from the seed.
fn one_by_one(outcome: &Outcome, seed: Seed) -> Option<Cow<'_, [u64]>> {
    match &outcome.shots {
        Some(shots) => Some(Cow::Borrowed(shots)),
        None => outcome.counts.as_ref().map(|counts| Cow::Owned(counts.one_by_one(seed))),
    }
}

enum Found {
    One(Arc<Outcome>),
    Several(Vec<(String, Arc<Outcome>)>),
}

impl State {
    fn outcomes(&self, job: &Job) -> Result<Found, ErrorBody> {
        let not_there = |why: String| ErrorBody::new(404, format!("job {} has no results: {why}", job.id));
        match &job.state {
            JobState::Completed(Results::Single(outcome)) => Ok(Found::One(outcome.clone())),
            JobState::Completed(Results::Children) => {
                // A deleted child took its result along.
                let outcome = |id: &uuid::Uuid| match &self.jobs.get(id)?.state {
                    JobState::Completed(Results::Single(outcome)) => Some((id.to_string(), outcome.clone())),
                    _ => None,
                };
                let children: Vec<_> = job.children.iter().filter_map(outcome).collect();
                match children.is_empty() {
                    true => Err(not_there("its child jobs were deleted".to_owned())),
                    false => Ok(Found::Several(children)),
                }
            }
            JobState::Completed(Results::DryRun) => Err(not_there("it was a dry run".to_owned())),
            JobState::Failed(failure) => Err(not_there(format!("it failed, {}", failure.message))),
            state => match state.status() {
                JobStatus::Canceled => Err(not_there("it was canceled".to_owned())),
                status => Err(not_there(format!("it is still {status}"))),
            },
        }
    }
}
