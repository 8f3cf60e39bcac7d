//! What a completed job has to show, in each format.

use super::super::Shared;
use super::super::job::{Job, JobState, Results};
use super::super::store::State;
use super::Call;
use crate::api::{Answer, ErrorBody, JobStatus, NumberMap, ResultFormat, ResultsBody};
use crate::run::Outcome;
use std::sync::Arc;

impl Shared {
    pub(super) fn get_results(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let (id, operation) = (call.id(), call.route.operation());
        let format = ResultFormat::ALL.into_iter().find(|format| format.operation() == operation).unwrap_or(ResultFormat::Probabilities);
        // Only pointers are copied under the lock.
        let (found, seed) = {
            let state = self.state();
            let job = state.job(id, &call.account)?;
            (state.outcomes(job)?, job.seed)
        };
        let none = || ErrorBody::new(404, format!("job {id} has no {} results", format.path()));
        // cirq-ionq asks for the wrong one of the two when single and batch jobs mix: each answers with what the job has.
        let body = match (format, &found) {
            (ResultFormat::Probabilities | ResultFormat::Aggregated, Found::One(outcome)) => {
                ResultsBody::Probabilities(&outcome.probabilities)
            }
            (ResultFormat::Probabilities | ResultFormat::Aggregated, Found::Several(outcomes)) => {
                let entries = outcomes.iter().map(|(id, outcome)| (id.clone(), &outcome.probabilities));
                ResultsBody::Aggregated(NumberMap(entries.collect()))
            }
            (ResultFormat::Histogram | ResultFormat::Shots, Found::Several(_)) => return Err(none()),
            (ResultFormat::Histogram, Found::One(outcome)) => ResultsBody::Histogram(outcome.counts.as_ref().ok_or_else(none)?),
            (ResultFormat::Shots, Found::One(outcome)) => {
                let shots = outcome.counts.as_ref().ok_or_else(none)?.one_by_one(seed);
                ResultsBody::Shots(shots.iter().map(u64::to_string).collect())
            }
        };
        Ok(Answer::json(&body))
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
