use super::Method;
use Method::{Delete, Get, Post, Put};
use Operation::*;

/// Every operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the table below says it all
pub enum Operation {
    Health,
    GetApiDocs,
    Whoami,
    GetBackends,
    GetBackend,
    GetCharacterizations,
    GetCurrentCharacterization,
    GetCharacterization,
    GetCalibrations,
    GetCurrentCalibration,
    CreateJob,
    GetJobs,
    DeleteJobs,
    CancelJobs,
    EstimateJobCost,
    GetJob,
    DeleteJob,
    CancelJob,
    CloneJob,
    MoveJob,
    GetJobCost,
    GetJobProbabilitiesAggregated,
    GetJobProbabilities,
    GetJobHistogram,
    GetJobShots,
    GetJobArtifact,
    GetJobCircuit,
    GetVariantResults,
    CreateSession,
    GetSessions,
    GetSession,
    EndSession,
    GetSessionJobs,
    GetFormatSchema,
    GetUsage,
}

/// What an operation is called and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Which one.
    pub operation: Operation,
    /// Its name in scenarios, logs and the OpenAPI document.
    pub name: &'static str,
    /// The method of its request line.
    pub method: Method,
    /// Its path below `/v0.4`; `None` if that version does not have it.
    pub v04: Option<&'static str>,
    /// Its path below `/v0.3`.
    pub v03: Option<&'static str>,
    /// Whether everybody may ask, without a key. IonQ lists backends to everybody, and qiskit-ionq relies on it.
    pub open: bool,
}

/// The versions of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Version {
    V03,
    V04,
}

impl Version {
    /// Both, the newer one first.
    pub const ALL: [Version; 2] = [Version::V04, Version::V03];

    /// What all its paths begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Version::V03 => "/v0.3",
            Version::V04 => "/v0.4",
        }
    }
}

impl Spec {
    /// The path below the version's prefix, with `{names}` for what varies.
    pub const fn path(&self, version: Version) -> Option<&'static str> {
        match version {
            Version::V03 => self.v03,
            Version::V04 => self.v04,
        }
    }
}

impl Operation {
    /// Its entry in the table.
    pub fn spec(self) -> &'static Spec {
        OPERATIONS.iter().find(|spec| spec.operation == self).expect("every operation is in the table, see the test below")
    }

    /// Its name in scenarios and logs.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether making the answer takes so long that others should not have to wait for it, whatever its size.
    pub const fn is_large(self) -> bool {
        matches!(self, GetApiDocs | GetJobs | GetSessions | GetSessionJobs | GetUsage | CloneJob | MoveJob)
    }
}

/// One line of the table.
const fn on(name: &'static str, operation: Operation, key: Key, method: Method, v04: &'static str, v03: &'static str) -> Spec {
    const fn path(text: &'static str) -> Option<&'static str> {
        if text.is_empty() { None } else { Some(text) }
    }
    Spec { operation, name, method, v04: path(v04), v03: path(v03), open: matches!(key, Key::None) }
}

/// Whether a key is needed.
#[derive(Clone, Copy)]
enum Key {
    Needed,
    None,
}

/// The table of operations: name, operation, key, method, path below `/v0.4`, path below `/v0.3`. Where two paths match, the first
/// one counts: fixed words stand before what varies.
#[rustfmt::skip]
pub const OPERATIONS: &[Spec] = &[
    on("health",                          Health,                                    Key::None,   Get,    "/health",                                                  "/health"),
    on("get_api_docs",                    GetApiDocs,                                Key::None,   Get,    "/api-docs",                                                "/api-docs"),
    on("whoami",                          Whoami,                                    Key::Needed, Get,    "/whoami",                                                  ""),
    on("get_backends",                    GetBackends,                               Key::None,   Get,    "/backends",                                                "/backends"),
    on("get_backend",                     GetBackend,                                Key::None,   Get,    "/backends/{backend}",                                      "/backends/{backend}"),
    on("get_characterizations",           GetCharacterizations,                      Key::None,   Get,    "/backends/{backend}/characterizations",                    "/characterizations/backends/{backend}"),
    on("get_current_characterization",    GetCurrentCharacterization,                Key::None,   Get,    "",                                                         "/characterizations/backends/{backend}/current"),
    on("get_characterization",            GetCharacterization,                       Key::Needed, Get,    "/backends/{backend}/characterizations/{id}",               "/characterizations/{id}"),
    on("get_calibrations",                GetCalibrations,                           Key::Needed, Get,    "/calibrations",                                            "/calibrations"),
    on("get_current_calibration",         GetCurrentCalibration,                     Key::Needed, Get,    "/calibrations/current",                                    "/calibrations/current"),
    on("create_job",                      CreateJob,                                 Key::Needed, Post,   "/jobs",                                                    "/jobs"),
    on("get_jobs",                        GetJobs,                                   Key::Needed, Get,    "/jobs",                                                    "/jobs"),
    on("delete_jobs",                     DeleteJobs,                                Key::Needed, Delete, "/jobs",                                                    "/jobs"),
    on("cancel_jobs",                     CancelJobs,                                Key::Needed, Put,    "/jobs/status/cancel",                                      "/jobs/status/cancel"),
    on("estimate_job_cost",               EstimateJobCost,                           Key::Needed, Get,    "/jobs/estimate",                                           ""),
    on("get_job",                         GetJob,                                    Key::Needed, Get,    "/jobs/{id}",                                               "/jobs/{id}"),
    on("delete_job",                      DeleteJob,                                 Key::Needed, Delete, "/jobs/{id}",                                               "/jobs/{id}"),
    on("cancel_job",                      CancelJob,                                 Key::Needed, Put,    "/jobs/{id}/status/cancel",                                 "/jobs/{id}/status/cancel"),
    on("clone_job",                       CloneJob,                                  Key::Needed, Post,   "/jobs/{id}/clone",                                         ""),
    on("move_job",                        MoveJob,                                   Key::Needed, Post,   "/jobs/{id}/move",                                          ""),
    on("get_job_cost",                    GetJobCost,                                Key::Needed, Get,    "/jobs/{id}/cost",                                          ""),
    on("get_job_probabilities_aggregated",GetJobProbabilitiesAggregated,             Key::Needed, Get,    "/jobs/{id}/results/probabilities/aggregated",              ""),
    on("get_job_probabilities",           GetJobProbabilities,                       Key::Needed, Get,    "/jobs/{id}/results/probabilities",                         "/jobs/{id}/results"),
    on("get_job_histogram",               GetJobHistogram,                           Key::Needed, Get,    "/jobs/{id}/results/histogram",                             ""),
    on("get_job_shots",                   GetJobShots,                               Key::Needed, Get,    "/jobs/{id}/results/shots",                                 ""),
    on("get_job_artifact",                GetJobArtifact,                            Key::Needed, Get,    "/jobs/{id}/artifacts/{artifact}",                          ""),
    on("get_job_circuit",                 GetJobCircuit,                             Key::Needed, Get,    "/jobs/{id}/circuits/{lang}",                               ""),
    on("get_variant_results",             GetVariantResults,                         Key::Needed, Get,    "/jobs/{id}/variants/{variant}/results/{format}",           ""),
    on("create_session",                  CreateSession,                             Key::Needed, Post,   "/sessions",                                                ""),
    on("get_sessions",                    GetSessions,                               Key::Needed, Get,    "/sessions",                                                ""),
    on("get_session",                     GetSession,                                Key::Needed, Get,    "/sessions/{session}",                                      ""),
    on("end_session",                     EndSession,                                Key::Needed, Post,   "/sessions/{session}/end",                                  ""),
    on("get_session_jobs",                GetSessionJobs,                            Key::Needed, Get,    "/sessions/{session}/jobs",                                 ""),
    on("get_format_schema",               GetFormatSchema,                           Key::Needed, Get,    "/schemas/formats/{format}",                                ""),
    on("get_usage",                       GetUsage,                                  Key::Needed, Get,    "/organizations/{organization}/usage",                      ""),
];
