//! What debiasing did: the variants of a job, and their results put together.

use super::super::Shared;
use super::Call;
use super::artifacts::Artifact;
use super::results::{Found, View};
use crate::api::{Answer, DebiasingOutput, ErrorBody, Format, MitigationOutput, VariantBody};
use crate::outcome::{Aggregation, Variant};
use crate::run::Outcome;
use uuid::Uuid;

/// The id of a variant, made from its job and its number.
fn id(job: Uuid, variant: &Variant) -> String {
    Uuid::new_v5(&job, format!("variant {}", variant.index).as_bytes()).to_string()
}

/// What `output.error_mitigation` says of a job's outcome; nothing if it was not debiased.
pub(super) fn mitigation(job: Uuid, outcome: &Outcome) -> Option<MitigationOutput> {
    let describe = |variant: &Variant| {
        let result = |format: Format| (format.id().to_owned(), Artifact::Variant(variant.index, format).link(job));
        VariantBody {
            variant_id: id(job, variant),
            qubit_map: Some(variant.qubit_map.clone()),
            shots: variant.counts.shots(),
            results: Format::OF_A_VARIANT.map(result).into(),
        }
    };
    let variants: Vec<_> = outcome.variants.iter().map(describe).collect();
    let aggregation = |aggregation: Aggregation| (aggregation.name().to_owned(), Artifact::Aggregation(aggregation).link(job));
    (!variants.is_empty()).then(|| MitigationOutput {
        debiasing: Some(DebiasingOutput { variants, aggregation_method: Aggregation::default().name().to_owned() }),
        aggregations: Aggregation::ALL.map(aggregation).into(),
    })
}

impl Shared {
    /// The results of one variant, in the first revision of the formats.
    pub(super) fn get_variant_results(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let (job, wanted) = (call.id(), call.route.named("variant"));
        let format = match call.route.named("format") {
            "probabilities" => Format::Probabilities,
            "histogram" => Format::Histogram,
            "shots" => Format::Shots,
            other => return Err(not_found(other, "results of variants are probabilities, histogram, shots")),
        };
        let (found, uuid, seed) = {
            let state = self.state();
            let job = state.job(job, &call.account, self.now())?;
            (state.outcomes(job, self.now())?, job.id, job.seed)
        };
        let Found::One(outcome) = &found else { return Err(not_found(wanted, "the child jobs have the variants")) };
        let variant = outcome.variants.iter().position(|variant| id(uuid, variant).eq_ignore_ascii_case(wanted));
        let why = || if outcome.variants.is_empty() { "the job was not debiased" } else { "output.error_mitigation lists the variants" };
        let index = variant.ok_or_else(|| not_found(wanted, why()))?;
        let pending = View::pending_of_variant(outcome, index, seed, format);
        pending.map(Answer::Pending).ok_or_else(|| not_found(wanted, "it has no counts"))
    }
}

fn not_found(given: &str, why: &str) -> ErrorBody {
    let shown: String = given.chars().take(64).collect();
    ErrorBody::new(404, format!("there is nothing at {shown:?}: {why}"))
}
