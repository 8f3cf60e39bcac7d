//! What can be downloaded of a job, each under an id of its own: results in every form, and what was really run.

use super::super::Shared;
use super::super::job::{Job, JobState, Results};
use super::Call;
use super::results::{Found, View, aggregation, instead};
use crate::api::{Answer, CompilationOutput, ErrorBody, Format, OutputBody, Pending, Reply, ResultLink, ResultLinks};
use crate::circuit::{Circuit, CircuitJson, native_qasm3};
use crate::gates::Native;
use crate::outcome::Aggregation;
use crate::run::Outcome;
use std::sync::Arc;
use uuid::Uuid;

/// One thing that can be downloaded of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Artifact {
    /// The results in a form.
    Results(Format),
    /// The native circuit in a form.
    Compiled(Format),
    /// The results of one variant in a form.
    Variant(usize, Format),
    /// The histogram of all variants, put together in one way.
    Aggregation(Aggregation),
}

impl Artifact {
    fn format(self) -> Format {
        match self {
            Artifact::Results(format) | Artifact::Compiled(format) | Artifact::Variant(_, format) => format,
            Artifact::Aggregation(_) => Format::HistogramV2,
        }
    }

    /// A word for the first revision of the formats. All others have UUIDs, made from the job and what they are, so that nobody has to
    /// remember them.
    fn id(self, job: Uuid) -> String {
        let format = self.format();
        let what = match (self, format.word()) {
            (Artifact::Results(_), Some(word)) => return word.to_owned(),
            (Artifact::Results(_) | Artifact::Compiled(_), _) => format.id().to_owned(),
            (Artifact::Variant(index, _), _) => format!("variant {index} {}", format.id()),
            (Artifact::Aggregation(aggregation), _) => format!("aggregation {}", aggregation.name()),
        };
        Uuid::new_v5(&job, what.as_bytes()).to_string()
    }

    pub(super) fn link(self, job: Uuid) -> ResultLink {
        ResultLink::artifact(self.id(job), self.format())
    }
}

impl Job {
    /// What `results` lists, which is what there is.
    pub(super) fn result_links(&self) -> Option<ResultLinks> {
        let formats = self.result_formats();
        let artifacts = formats.iter().map(|&format| (format, Artifact::Results(format).id(self.id)));
        (!formats.is_empty()).then(|| ResultLink::all(&self.id.to_string(), artifacts))
    }

    /// What `output` says, but for the variants: see [`Job::debiased`].
    pub(super) fn output(&self) -> OutputBody {
        let circuits = || Format::CIRCUITS.map(|format| (format.id().to_owned(), Artifact::Compiled(format).link(self.id)));
        let compilation = self.circuit().map(|_| CompilationOutput { compiled_circuits: circuits().into() });
        OutputBody { compilation, error_mitigation: None }
    }

    /// The forms in which there are results.
    fn result_formats(&self) -> &'static [Format] {
        const EXACT: [Format; 2] = [Format::Probabilities, Format::ProbabilitiesV2];
        #[rustfmt::skip]
        const COUNTED: [Format; 6] = [
            Format::Probabilities, Format::Histogram, Format::Shots, Format::ProbabilitiesV2, Format::HistogramV2, Format::ShotsV2,
        ];
        match &self.state {
            JobState::Completed(Results::Single(outcome)) if outcome.counts.is_none() => &EXACT,
            JobState::Completed(Results::Single(_)) => &COUNTED,
            JobState::Completed(Results::Children) if !self.submission.dry_run => &[Format::Aggregate],
            _ => &[],
        }
    }

    /// The outcome, if it is one of variants. What there is to say of them takes too long for a lock.
    pub(super) fn debiased(&self) -> Option<Arc<Outcome>> {
        match &self.state {
            JobState::Completed(Results::Single(outcome)) if !outcome.variants.is_empty() => Some(Arc::clone(outcome)),
            _ => None,
        }
    }

    /// The native circuit that ran, or would have run.
    fn circuit(&self) -> Option<&Arc<Circuit<Native>>> {
        match &self.state {
            JobState::Completed(Results::Single(outcome)) => outcome.compiled.as_ref(),
            JobState::Completed(Results::DryRun(compiled)) => compiled.as_ref(),
            _ => None,
        }
    }

    /// The same, or 404 with the reason why there is none.
    fn compiled(&self) -> Result<Arc<Circuit<Native>>, ErrorBody> {
        let why = || match &self.state {
            JobState::Completed(Results::Children) => "its child jobs have one each".to_owned(),
            JobState::Completed(_) if self.submission.is_ideal() => "the simulator without noise runs circuits as they are".to_owned(),
            JobState::Completed(_) => "it measures or resets on its way, and is compiled in parts".to_owned(),
            JobState::Failed(failure) => format!("it failed, {}", failure.message),
            JobState::Canceled => "it was canceled".to_owned(),
            JobState::Submitted | JobState::Ready | JobState::Started => format!("it is still {}", self.state.status()),
        };
        self.circuit().cloned().ok_or_else(|| ErrorBody::new(404, format!("job {} has no compiled circuit: {}", self.id, why())))
    }

    /// The artifact of an id.
    ///
    /// # Errors
    /// 404 with what there is.
    fn artifact(&self, id: &str) -> Result<Artifact, ErrorBody> {
        let results = self.result_formats().iter().map(|&format| Artifact::Results(format));
        let circuits = self.circuit().map(|_| Format::CIRCUITS.map(Artifact::Compiled));
        let all: Vec<Artifact> = results.chain(circuits.into_iter().flatten()).collect();
        let variants = self.debiased().map_or(0, |outcome| outcome.variants.len());
        let of_variants = (0..variants).flat_map(|index| Format::OF_A_VARIANT.map(|format| Artifact::Variant(index, format)));
        let together = Aggregation::ALL.into_iter().filter(|_| variants > 0).map(Artifact::Aggregation);
        let mut known = all.iter().copied().chain(together).chain(of_variants);
        known.find(|artifact| artifact.id(self.id).eq_ignore_ascii_case(id)).ok_or_else(|| {
            let shown: String = id.chars().take(64).collect();
            let names: Vec<_> = all.iter().map(|artifact| artifact.id(self.id)).collect();
            let there = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            ErrorBody::new(404, format!("job {} has no artifact {shown:?}, there is {there}", self.id))
        })
    }
}

/// What an artifact is made of, taken out from under the lock.
enum Source {
    Results(Found),
    Compiled(Arc<Circuit<Native>>),
}

impl Shared {
    pub(super) fn get_job_artifact(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let aggregation = aggregation(call.query)?;
        let (artifact, source, seed) = {
            let state = self.state();
            let job = state.job(call.id(), &call.account, self.now())?;
            let artifact = job.artifact(call.route.named("artifact"))?;
            let source = match artifact {
                Artifact::Compiled(_) => Source::Compiled(job.compiled()?),
                Artifact::Results(_) | Artifact::Variant(..) | Artifact::Aggregation(_) => {
                    Source::Results(state.outcomes(job, self.now())?)
                }
            };
            (artifact, source, job.seed)
        };
        let format = artifact.format();
        let pending = match (artifact, source) {
            (Artifact::Variant(index, _), Source::Results(Found::One(outcome))) => View::pending_of_variant(&outcome, index, seed, format),
            (Artifact::Aggregation(method), Source::Results(found)) => found.pending(format, seed, Some(method)),
            (_, Source::Results(found)) => found.pending(format, seed, aggregation),
            (_, Source::Compiled(circuit)) => Some(Pending::new(written(&circuit), instead(format), move || payload(&circuit, format))),
        };
        pending.map(Answer::Pending).ok_or_else(|| ErrorBody::new(404, format!("job {} has no {}", call.id(), format.id())))
    }

    /// The native circuit as text in a JSON string, as IonQ had it before there were artifacts.
    pub(super) fn get_job_circuit(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let lang = call.route.named("lang");
        let format = match lang {
            "native" => Format::Native,
            "qasm3" => Format::Qasm3,
            _ => {
                let shown: String = lang.chars().take(64).collect();
                return Err(ErrorBody::new(404, format!("there are no circuits in {shown:?}, allowed are native, qasm3")));
            }
        };
        let circuit = self.state().job(call.id(), &call.account, self.now())?.compiled()?;
        // The text, and the text again as a string, in which some of it takes two bytes.
        Ok(Answer::Pending(Pending::new(3 * written(&circuit), instead(format), move || {
            let Reply { body, .. } = payload(&circuit, format);
            Reply::json(200, &String::from_utf8_lossy(&body))
        })))
    }
}

/// The most bytes of a native circuit in any of [`Format::CIRCUITS`]: a gate's words and up to three numbers, and its qubits.
fn written(circuit: &Circuit<Native>) -> u64 {
    let gate = |targets: usize| 160 + 12 * targets as u64;
    2048 + circuit.operations().iter().map(|operation| gate(operation.targets.len())).sum::<u64>()
}

/// A native circuit in one of [`Format::CIRCUITS`].
fn payload(circuit: &Circuit<Native>, format: Format) -> Reply {
    match format {
        Format::Qasm3 => Reply { media_type: Reply::TEXT.into(), body: native_qasm3(circuit).into_bytes(), ..Reply::json(200, &()) },
        _ => Reply::json(200, &CircuitJson { gateset: None, ..CircuitJson::from(circuit) }),
    }
}
