//! What a completed job has to show, in each format.

use super::super::Shared;
use super::super::job::{Job, JobState, Results};
use super::super::reply::bad_query;
use super::super::store::State;
use super::Call;
use crate::api::{Answer, ErrorBody, Format, JobStatus, Pending, Query, Registered, Reply, ResultFormat, ResultsBody, Shape, Values};
use crate::circuit::Register;
use crate::outcome::{Aggregation, Counts, Probabilities, Seed, Shots, Variant};
use crate::run::Outcome;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

impl Shared {
    pub(super) fn get_results(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let (id, operation) = (call.id(), call.route.operation());
        let format = ResultFormat::ALL.into_iter().find(|format| format.operation() == operation).unwrap_or(ResultFormat::Probabilities);
        let aggregation = aggregation(call.query)?;
        // Only pointers are copied under the lock.
        let (found, seed) = {
            let state = self.state();
            let job = state.job(id, &call.account, self.now())?;
            (state.outcomes(job, self.now())?, job.seed)
        };
        // cirq-ionq asks for the wrong one of the two when single and batch jobs mix: each answers with what the job has.
        let format = match (format, &found) {
            (ResultFormat::Aggregated, Found::One(_)) => ResultFormat::Probabilities,
            (ResultFormat::Probabilities, Found::Several(_)) => ResultFormat::Aggregated,
            (format, _) => format,
        };
        let pending = found.pending(format.format(), seed, aggregation);
        pending.map(Answer::Pending).ok_or_else(|| ErrorBody::new(404, format!("job {id} has no {} results", format.path())))
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
    /// The outcomes in a format, if they have it: how large that is, and how to write it.
    pub(super) fn pending(self, format: Format, seed: Seed, aggregation: Option<Aggregation>) -> Option<Pending> {
        let (bytes, instead) = match &self {
            Found::One(outcome) => (shape(outcome, aggregation).bytes(format)?, instead(format)),
            Found::Several(outcomes) => {
                // Each circuit has its id in quotes, a colon and a comma.
                let size = |(id, outcome): &(String, Arc<Outcome>)| {
                    Some(id.len() as u64 + 4 + shape(outcome, aggregation).bytes(Format::Probabilities)?)
                };
                let sizes = outcomes.iter().map(size).try_fold(0, |sum, size| Some(size? + sum))?;
                ((format == Format::Aggregate).then_some(sizes)?, "fetch the results of the child jobs one by one")
            }
        };
        Some(Pending::new(bytes, instead, move || match &self {
            Found::One(outcome) => View::of(outcome, seed, aggregation).payload(format, bytes),
            Found::Several(outcomes) => Reply::json_within(bytes, &Aggregated { outcomes, seed, aggregation }),
        }))
    }
}

/// What there is of an outcome, if its variants are put together in this way.
fn shape(outcome: &Outcome, aggregation: Option<Aggregation>) -> Shape<'_> {
    let plain = Shape {
        bits: outcome.probabilities.qubits(),
        registers: &outcome.registers,
        probabilities: outcome.probabilities.len(),
        counts: outcome.counts.as_ref().map(|counts| counts.iter().len()),
        shots: outcome.shots.as_ref().map(Vec::len).or(outcome.counts.as_ref().map(|counts| counts.shots() as usize)),
    };
    if aggregation.is_none() || outcome.variants.is_empty() {
        return plain;
    }
    // Whatever the way, no outcome is there that no variant has seen.
    let most = outcome.variants.iter().map(|variant| variant.counts.iter().len()).sum();
    Shape { probabilities: most, counts: plain.counts.map(|_| most), ..plain }
}

/// What to ask for in place of a format that is too large.
pub(super) fn instead(format: Format) -> &'static str {
    match format {
        Format::Shots | Format::ShotsV2 => "fetch the histogram, or run fewer shots, or give the registers shorter names",
        Format::ProbabilitiesV2 | Format::HistogramV2 => "fetch the first revision of the format, which has no registers",
        Format::Probabilities | Format::Histogram => "measure fewer qubits, or run fewer shots",
        Format::Aggregate => "fetch the results of the child jobs one by one",
        Format::Native | Format::Qasm3 => "run fewer gates",
    }
}

/// Child job → outcome → probability, one outcome after the other.
struct Aggregated<'a> {
    outcomes: &'a [(String, Arc<Outcome>)],
    seed: Seed,
    aggregation: Option<Aggregation>,
}

impl Serialize for Aggregated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.outcomes.len()))?;
        for (id, outcome) in self.outcomes {
            map.serialize_entry(id, &*View::of(outcome, self.seed, self.aggregation).probabilities)?;
        }
        map.end()
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

    /// One variant's results in a format, if they have it.
    pub(super) fn pending_of_variant(outcome: &Arc<Outcome>, index: usize, seed: Seed, format: Format) -> Option<Pending> {
        let counts = &outcome.variants.get(index)?.counts;
        let (bits, entries, shots) = (counts.qubits(), counts.iter().len(), counts.shots() as usize);
        let shape = Shape { bits, registers: &outcome.registers, probabilities: entries, counts: Some(entries), shots: Some(shots) };
        let bytes = shape.bytes(format)?;
        let outcome = Arc::clone(outcome);
        let write = move || View::of_variant(&outcome, &outcome.variants[index], seed).payload(format, bytes);
        Some(Pending::new(bytes, instead(format), write))
    }

    /// The body of a format, which has at most so many bytes: see [`Shape::bytes`], which knows what there is.
    fn payload(&self, format: Format, bytes: u64) -> Reply {
        let body = |body: ResultsBody<'_>| Some(Reply::json_within(bytes, &body));
        let registered = |values: Values<'_>| Some(Reply::json_within(bytes, &self.registered(values)));
        let reply = match format {
            Format::Probabilities => body(ResultsBody::Probabilities(&self.probabilities)),
            Format::Histogram => self.counts.as_deref().and_then(|counts| body(ResultsBody::Histogram(counts))),
            Format::Shots => self.shots().and_then(|shots| body(ResultsBody::Shots(shots))),
            Format::ProbabilitiesV2 => registered(Values::Probabilities(&self.probabilities)),
            Format::HistogramV2 => self.counts.as_deref().and_then(|counts| registered(Values::Histogram(counts))),
            Format::ShotsV2 => self.shots().and_then(|shots| registered(Values::Shots(&shots))),
            Format::Aggregate | Format::Native | Format::Qasm3 => None,
        };
        reply.unwrap_or_else(|| Reply::error(&ErrorBody::new(404, format!("there is no {}", format.id()))))
    }

    fn registered<'v>(&'v self, values: Values<'v>) -> Registered<'v> {
        Registered { bits: self.probabilities.qubits(), registers: self.registers, values }
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
    pub(super) fn outcomes(&self, job: &Job, now: Duration) -> Result<Found, ErrorBody> {
        let not_there = |why: String| ErrorBody::new(404, format!("job {} has no results: {why}", job.id));
        let there = job.finished_at.map(|end| end.saturating_add(job.mishaps.results_late));
        match &job.state {
            JobState::Completed(_) if there.is_some_and(|there| there > now) => Err(not_there("they are not there yet".to_owned())),
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
