//! What a completed job has to show, in each format.

use super::super::Shared;
use super::super::job::{Job, JobState, Results};
use super::super::reply::bad_query;
use super::super::store::State;
use super::Call;
use crate::api::{Answer, ErrorBody, Format, JobStatus, NumberMap, Query, Registered, Reply, ResultFormat, ResultsBody, Values};
use crate::circuit::Register;
use crate::outcome::{Aggregation, Counts, Probabilities, Seed, Shots, Variant};
use crate::run::Outcome;
use std::borrow::Cow;
use std::sync::Arc;

impl Shared {
    pub(super) fn get_results(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let (id, operation) = (call.id(), call.route.operation());
        let format = ResultFormat::ALL.into_iter().find(|format| format.operation() == operation).unwrap_or(ResultFormat::Probabilities);
        let aggregation = aggregation(call.query)?;
        // Only pointers are copied under the lock.
        let (found, seed) = {
            let state = self.state();
            let job = state.job(id, &call.account)?;
            (state.outcomes(job)?, job.seed)
        };
        // cirq-ionq asks for the wrong one of the two when single and batch jobs mix: each answers with what the job has.
        let format = match (format, &found) {
            (ResultFormat::Aggregated, Found::One(_)) => ResultFormat::Probabilities,
            (ResultFormat::Probabilities, Found::Several(_)) => ResultFormat::Aggregated,
            (format, _) => format,
        };
        let reply = found.payload(format.format(), seed, aggregation);
        reply.map(Answer::Plain).ok_or_else(|| ErrorBody::new(404, format!("job {id} has no {} results", format.path())))
    }
}

/// How the variants of a debiased job are to be put together; `None` for the way they were when it was run. qiskit-ionq and
/// cirq-ionq say `sharpen=True`, newer clients `aggregation=voting`; the newer word counts. Without variants there is nothing to put
/// together, and the results are what they are.
pub(super) fn aggregation(query: &Query) -> Result<Option<Aggregation>, ErrorBody> {
    let sharpened = match query.get("sharpen") {
        None => None,
        Some(text) if text.eq_ignore_ascii_case("true") => Some(Aggregation::Voting),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(Aggregation::Average),
        Some(text) => return Err(bad_query("sharpen", text, "true or false")),
    };
    let Some(text) = query.get("aggregation") else { return Ok(sharpened) };
    let needed = || format!("one of {}", Aggregation::ALL.map(Aggregation::name).join(", "));
    Aggregation::named(text).map(Some).ok_or_else(|| bad_query("aggregation", text, &needed()))
}

/// The outcomes of a job.
pub(super) enum Found {
    One(Arc<Outcome>),
    /// By child job, in the order of the circuits.
    Several(Vec<(String, Arc<Outcome>)>),
}

impl Found {
    /// The outcomes in a format, if they have it.
    pub(super) fn payload(&self, format: Format, seed: Seed, aggregation: Option<Aggregation>) -> Option<Reply> {
        match self {
            Found::One(outcome) => View::of(outcome, seed, aggregation).payload(format),
            Found::Several(outcomes) if format == Format::Aggregate => {
                let views = outcomes.iter().map(|(id, outcome)| (id, View::of(outcome, seed, aggregation).probabilities));
                let views: Vec<_> = views.collect();
                let entries = views.iter().map(|(id, probabilities)| (String::clone(id), &**probabilities)).collect();
                Some(Reply::json(200, &ResultsBody::Aggregated(NumberMap(entries))))
            }
            Found::Several(_) => None,
        }
    }
}

/// What there is to show of one outcome, or of a part of it.
pub(super) struct View<'a> {
    probabilities: Cow<'a, Probabilities>,
    counts: Option<Cow<'a, Counts>>,
    /// In order, where that is known.
    shots: Option<&'a [u64]>,
    registers: &'a [Register],
    /// What was counted, and where an order comes from if none is known.
    drawn: (Option<&'a Counts>, Seed),
}

impl<'a> View<'a> {
    /// An outcome, its variants put together in another way if one is given and there are some. The shots stay what they were.
    pub(super) fn of(outcome: &'a Outcome, seed: Seed, aggregation: Option<Aggregation>) -> View<'a> {
        let plain = View {
            probabilities: Cow::Borrowed(&outcome.probabilities),
            counts: outcome.counts.as_ref().map(Cow::Borrowed),
            shots: outcome.shots.as_deref(),
            registers: &outcome.registers,
            drawn: (outcome.counts.as_ref(), seed),
        };
        let Some(probabilities) = aggregation.and_then(|aggregation| aggregation.of(&outcome.variants)) else { return plain };
        let shots = plain.counts.as_ref().and_then(|counts| Shots::new(counts.shots().into()).ok());
        let counts = shots.map(|shots| Cow::Owned(Counts::rounded(&probabilities, shots)));
        View { probabilities: Cow::Owned(probabilities), counts, ..plain }
    }

    /// One variant of an outcome.
    pub(super) fn of_variant(outcome: &'a Outcome, variant: &'a Variant, seed: Seed) -> View<'a> {
        let counts = &variant.counts;
        View {
            probabilities: Cow::Owned(counts.frequencies()),
            counts: Some(Cow::Borrowed(counts)),
            shots: None,
            registers: &outcome.registers,
            drawn: (Some(counts), seed.child(variant.index as u64)),
        }
    }

    /// The body of a format; nothing where there are no counts to make it of.
    pub(super) fn payload(&self, format: Format) -> Option<Reply> {
        let registered =
            |values| Some(Reply::json(200, &Registered { bits: self.probabilities.qubits(), registers: self.registers, values }));
        match format {
            Format::Probabilities => Some(Reply::json(200, &ResultsBody::Probabilities(&self.probabilities))),
            Format::Histogram => Some(Reply::json(200, &ResultsBody::Histogram(self.counts.as_deref()?))),
            Format::Shots => Some(Reply::json(200, &ResultsBody::Shots(self.shots()?.iter().map(u64::to_string).collect()))),
            Format::ProbabilitiesV2 => registered(Values::Probabilities(&self.probabilities)),
            Format::HistogramV2 => registered(Values::Histogram(self.counts.as_deref()?)),
            Format::ShotsV2 => registered(Values::Shots(&self.shots()?)),
            Format::Aggregate | Format::Native | Format::Qasm3 => None,
        }
    }

    fn shots(&self) -> Option<Cow<'a, [u64]>> {
        match (self.shots, self.drawn) {
            (Some(shots), _) => Some(Cow::Borrowed(shots)),
            (None, (Some(counts), seed)) => Some(Cow::Owned(counts.one_by_one(seed))),
            (None, (None, _)) => None,
        }
    }
}

impl State {
    /// What a job came to.
    ///
    /// # Errors
    /// 404 that says why there is nothing.
    pub(super) fn outcomes(&self, job: &Job) -> Result<Found, ErrorBody> {
        let not_there = |why: String| ErrorBody::new(404, format!("job {} has no results: {why}", job.id));
        match &job.state {
            JobState::Completed(_) if job.submission.dry_run => Err(not_there("it was a dry run".to_owned())),
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
            JobState::Completed(Results::DryRun(_)) => Err(not_there("it was a dry run".to_owned())),
            JobState::Failed(failure) => Err(not_there(format!("it failed, {}", failure.message))),
            state => match state.status() {
                JobStatus::Canceled => Err(not_there("it was canceled".to_owned())),
                status => Err(not_there(format!("it is still {status}"))),
            },
        }
    }
}
