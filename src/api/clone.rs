//! `POST /jobs/{id}/clone`, `POST /jobs/{id}/move`: an old job once more, with changes.

use super::decode::{maybe_object, number_or_text};
use super::job::present;
use super::metadata::{self, Metadata};
use super::{NoiseRequest, SettingsBody};
use serde::{Deserialize, Serialize};

/// What is to be different; what is absent or `null` is as in the old job.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CloneRequest {
    /// The job to show as the new one's parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// All its metadata, but for the id of the old job, which is added.
    #[serde(default, deserialize_with = "metadata::read", skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// How often it is run.
    #[serde(default, deserialize_with = "number_or_text", skip_serializing_if = "Option::is_none")]
    pub shots: Option<i64>,
    /// What it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Its session; the inner `None`, which is `null`, takes it out of the old job's. An old session that has ended, or is for
    /// another backend, is not inherited.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Option<String>>,
    /// All its settings.
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsBody>,
    /// Whether it is only checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// Its noise; the model `ideal` takes the old job's away.
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseRequest>,
}

impl CloneRequest {
    /// Metadata key under which the new job names the old one.
    pub const ORIGINAL_KEY: &'static str = "original_job_id";
}
