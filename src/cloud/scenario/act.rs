use super::path::Path;
use super::refusal::Refusal;
use crate::api::{FailureCode, Operation};
use std::time::Duration;

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Act {
    /// Another status than the right one. Unless [`Refusal::after`] says otherwise, the request is not carried out.
    Status(Refusal),
    /// The request is carried out, and answered later.
    Delay(Duration),
    /// The connection breaks, and the request was never carried out.
    DropBefore,
    /// The request is carried out; then the connection breaks without an answer.
    DropAfter,
    /// The answer's length is announced; after so many bytes of its body the connection ends.
    Truncate(usize),
    /// The request is carried out and never answered.
    Stall,
    /// The answer's body ends in the middle, as if that were all.
    BadJson,
    /// The answer is a web page.
    Html,
    /// Where the answer is a good one, this is its body, whatever it says.
    Body(String),
    /// One field of a JSON answer, or several.
    Set {
        /// Which, such as `stats.qubits` or `jobs.*.status`.
        path: Path,
        /// What it becomes.
        to: serde_json::Value,
    },
    /// The job fails.
    Fail(FailureCode),
    /// The service cancels the job.
    Cancel,
    /// The job starts and never ends.
    Stuck,
    /// The job is completed, and its results are there so much later.
    ResultsLate(Duration),
    /// The job is made and runs, and for so long nobody finds it, neither by its id nor in a list.
    Hidden(Duration),
    /// The job is made and runs, and for so long it is in no list.
    Unlisted(Duration),
    /// The job has no metadata, whatever was asked for.
    DropMetadata,
    /// The job is made, and the answer is the one that the request before it got which made a job of the same project.
    PreviousReply,
    /// Before the request is carried out, all jobs and sessions of the project of who asks are forgotten, as if the service had been
    /// started again without a disk.
    LoseState,
    /// Where a job is completed, it is shown as it was when it had just been started.
    Backwards,
    /// The page of a list of jobs is another one.
    Page(Paging),
    /// The results of a job of several circuits lack this one.
    LoseChild(usize),
    /// The results of a job of several circuits have `null` for this one.
    NullChild(usize),
    /// The results of a job of several circuits come in another order.
    ReorderChildren,
    /// The numbers are others, or written in another way; of several circuits, those of each.
    Numbers(Numbers),
}

/// What becomes of the page of a list of jobs. Where the next one begins stays as it was, but for [`Paging::Loop`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// `next` is the cursor that was asked with; on the first page it is the one behind its last job, even if that is the last of all.
    Loop,
    /// The page begins with the last job of the page before, and has one more than it may; the first page has its own last job twice.
    Overlap,
    /// The jobs of the page are in another order.
    Shuffled,
    /// One job is left out, whichever chance finds.
    ForgetEntry,
}

/// What becomes of a probability map.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Numbers {
    /// Every number times this.
    Scale(f64),
    /// Every number rounded to so many decimals.
    Decimals(usize),
    /// Every number rounded to single precision.
    Float32,
    /// An outcome that was not there gets minus this, and the likeliest so much more. If all are there, the least likely gets minus this in
    /// the place of what it had.
    Negative(f64),
    /// The likeliest outcome has `NaN`.
    Nan,
    /// The likeliest outcome has `Infinity`.
    Infinity,
    /// Whole numbers have no decimal point.
    Integers,
    /// Numbers are texts.
    Strings,
    /// Numbers have an exponent.
    Scientific,
    /// The likeliest outcome comes twice, the second time with half.
    DuplicateKey,
    /// Half of the likeliest outcome is that of an outcome 2ⁿ higher, which n qubits do not have.
    FoldKey,
    /// The likeliest outcome is not there.
    MissingKey,
    /// There is none.
    Empty,
    /// There is `null` in place of the map.
    Null,
    /// The map is in a map, as `histogram`.
    Wrapped,
    /// Outcomes are written as bits.
    BitStrings,
    /// Outcomes have their bits in the other order.
    ReversedBits,
    /// Every number as if it were that of counts rounded each for itself.
    RoundCounts,
}

impl Act {
    /// Whether it can do anything to an operation.
    pub fn acts_on(&self, operation: Operation) -> bool {
        use Operation::{
            CloneJob, CreateJob, GetJob, GetJobProbabilities, GetJobProbabilitiesAggregated, GetJobs, GetSessionJobs, MoveJob,
        };
        let makes_jobs = || matches!(operation, CreateJob | CloneJob | MoveJob);
        match self {
            Act::Fail(_) | Act::Cancel | Act::Stuck | Act::ResultsLate(_) | Act::Hidden(_) | Act::Unlisted(_) => makes_jobs(),
            Act::DropMetadata | Act::PreviousReply => makes_jobs(),
            // Nobody's jobs are lost because somebody without a key has asked for something.
            Act::LoseState => !operation.spec().open,
            Act::Backwards => matches!(operation, GetJob | GetJobs | GetSessionJobs),
            Act::Page(_) => matches!(operation, GetJobs | GetSessionJobs),
            Act::LoseChild(_) | Act::NullChild(_) | Act::ReorderChildren | Act::Numbers(_) => {
                matches!(operation, GetJobProbabilities | GetJobProbabilitiesAggregated)
            }
            Act::Status(_) | Act::Delay(_) | Act::DropBefore | Act::DropAfter | Act::Truncate(_) | Act::Stall => true,
            Act::BadJson | Act::Html | Act::Body(_) | Act::Set { .. } => true,
        }
    }

    /// Whether it breaks the connection, which not everybody can.
    pub(super) fn breaks(&self) -> bool {
        matches!(self, Act::DropBefore | Act::DropAfter | Act::Truncate(_))
    }
}
