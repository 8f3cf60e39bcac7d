//! What each operation takes and gives, beyond its line in the table.

use super::parameters as query;
use crate::api::{Operation, Reply, Version};
use serde_json::Value;

/// What the document says of an operation in one version.
pub(super) struct Doc {
    /// The parameters of the query.
    pub(super) query: Vec<Value>,
    /// The schema of the body, and whether there must be one.
    pub(super) body: Option<(&'static str, bool)>,
    /// The status of success.
    pub(super) status: u16,
    /// The bodies of success: media type and schema.
    pub(super) replies: Vec<(&'static str, &'static str)>,
    /// Refusals beside those that every operation has.
    pub(super) errors: &'static [u16],
}

/// An answer of 200 with this body, to a request without any.
fn gives(schema: &'static str) -> Doc {
    Doc { query: Vec::new(), body: None, status: 200, replies: vec![(Reply::JSON, schema)], errors: &[] }
}

impl Doc {
    fn query(self, query: Vec<Value>) -> Doc {
        Doc { query, ..self }
    }

    fn takes(self, schema: &'static str) -> Doc {
        Doc { body: Some((schema, true)), ..self }
    }

    fn may_take(self, schema: &'static str) -> Doc {
        Doc { body: Some((schema, false)), ..self }
    }

    fn status(self, status: u16) -> Doc {
        Doc { status, ..self }
    }

    fn errors(self, errors: &'static [u16]) -> Doc {
        Doc { errors, ..self }
    }
}

impl Operation {
    pub(super) fn doc(self, version: Version) -> Doc {
        use Operation::*;
        match (self, version) {
            (Health, _) => gives("Health"),
            (GetApiDocs, _) => gives("Document"),
            (Whoami, _) => gives("Whoami"),
            (GetBackends, Version::V04) => gives("Backends"),
            (GetBackends, Version::V03) => gives("Backends").query(vec![query::backend_status()]),
            (GetBackend, _) => gives("Backend"),
            (GetCharacterizations, Version::V04) => gives("Characterizations").query(query::days()),
            (GetCharacterizations, Version::V03) => gives("Characterizations").query(query::milliseconds()),
            (GetCurrentCharacterization | GetCharacterization, _) => gives("Characterization"),
            (GetCalibrations, _) => gives("Calibrations").query(query::moments()),
            (GetCurrentCalibration, _) => gives("Calibration").errors(&[404]),
            (CreateJob, Version::V04) => gives("CreatedJob").status(201).takes("JobRequest").errors(&[409]),
            (CreateJob, Version::V03) => gives("CreatedJob").takes("JobRequest"),
            (GetJobs, Version::V04) => gives("Jobs").query(query::jobs()),
            (GetJobs, Version::V03) => gives("Jobs").query(query::jobs_v03()),
            (GetSessionJobs, _) => gives("Jobs").query(query::jobs()),
            (DeleteJobs, _) => gives("DeletedJobs").takes("JobIds").errors(&[404]),
            (CancelJobs, _) => gives("CanceledJobs").takes("JobIds").errors(&[404]),
            (EstimateJobCost, _) => gives("Estimate").query(query::estimate()),
            (GetJob, Version::V04) => gives("Job"),
            (GetJob, Version::V03) => gives("JobFields").query(query::fields()),
            (DeleteJob, _) => gives("DeletedJob"),
            (CancelJob, _) => gives("CanceledJob"),
            (CloneJob | MoveJob, _) => gives("CreatedJob").status(201).may_take("CloneRequest").errors(&[409]),
            (GetJobCost, _) => gives("Cost"),
            (GetJobProbabilities, Version::V03) => gives("Results").query(vec![query::sharpen()]),
            (GetJobProbabilities | GetJobProbabilitiesAggregated, _) => gives("Results").query(query::aggregation()),
            (GetJobHistogram, _) => gives("Histogram").query(query::aggregation()),
            (GetJobShots, _) => gives("Shots").query(query::aggregation()),
            (GetJobArtifact, _) => {
                let replies = vec![(Reply::JSON, "Artifact"), ("text/plain", "Text")];
                Doc { replies, ..gives("Artifact") }.query(query::aggregation())
            }
            (GetJobCircuit, _) => gives("Text"),
            (GetVariantResults, _) => gives("VariantResults"),
            (CreateSession, _) => gives("Session").status(201).takes("SessionRequest"),
            (GetSessions, _) => gives("Sessions").query(vec![query::active()]),
            (GetSession | EndSession, _) => gives("Session"),
            (GetFormatSchema, _) => gives("FormatSchema"),
            (GetUsage, _) => gives("Usage").query(query::usage()),
        }
    }
}
