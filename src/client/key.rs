use crate::api::{JobReply, JobRequest, MAX_METADATA, Metadata, MetadataValue};
use std::fmt;
use uuid::Uuid;

/// What tells a submission from all others: it travels in the job's metadata, so that the job can be found if the answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubmissionKey(Uuid);

impl SubmissionKey {
    /// The metadata key that carries it.
    pub(crate) const METADATA: &'static str = "paultrap.key";

    /// One that nobody else has.
    pub(crate) fn random() -> SubmissionKey {
        SubmissionKey(Uuid::new_v4())
    }

    /// The key of something in a batch: the same whenever it is asked for.
    pub(crate) fn derived(batch: Uuid, content: &[u8]) -> SubmissionKey {
        SubmissionKey(Uuid::new_v5(&batch, content))
    }

    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<SubmissionKey> {
        Uuid::try_parse(text).ok().map(SubmissionKey)
    }

    /// The key in a job's metadata.
    pub(crate) fn of(job: &JobReply) -> Option<SubmissionKey> {
        SubmissionKey::within(job.metadata.as_ref()?)
    }

    fn within(metadata: &Metadata) -> Option<SubmissionKey> {
        match metadata.get(Self::METADATA)? {
            MetadataValue::Text(text) => SubmissionKey::parse(text),
            _ => None,
        }
    }

    /// The key that a request has, or this one put into it; `None` if its metadata has no room.
    pub(super) fn put(self, request: &mut JobRequest) -> Option<SubmissionKey> {
        let metadata = request.metadata.get_or_insert_default();
        if let Some(own) = SubmissionKey::within(metadata) {
            return Some(own);
        }
        if metadata.len() >= MAX_METADATA {
            return None;
        }
        metadata.insert(Self::METADATA.to_owned(), MetadataValue::Text(self.to_string()));
        Some(self)
    }
}

impl fmt::Display for SubmissionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
