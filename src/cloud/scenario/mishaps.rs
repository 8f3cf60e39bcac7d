use crate::api::FailureCode;
use std::time::Duration;

/// What a scenario does to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::cloud) struct Mishaps {
    /// How it ends.
    pub(in crate::cloud) fate: Fate,
    /// How much later than itself its results are there.
    pub(in crate::cloud) results_late: Duration,
    /// How long nobody finds it.
    pub(in crate::cloud) hidden: Duration,
    /// How long it is in no list.
    pub(in crate::cloud) unlisted: Duration,
    /// Whether it has no metadata.
    pub(in crate::cloud) drops_metadata: bool,
}

/// How a job is to end, if not by its own means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::cloud) enum Fate {
    /// It runs.
    #[default]
    Run,
    /// It fails after its run time.
    Fail(FailureCode),
    /// The service cancels it after its run time.
    Cancel,
    /// It starts and never ends.
    Stuck,
}
