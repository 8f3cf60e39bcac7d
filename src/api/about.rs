//! What each operation is for and where it differs from IonQ's: beside the table of operations, for the OpenAPI document and the
//! README.

use super::{OPERATIONS, Operation};
use std::fmt::Write as _;

impl Operation {
    /// What it is for, in a few words.
    pub const fn summary(self) -> &'static str {
        self.about().0
    }

    /// Where it differs from IonQ's, in a few words; empty if nobody could tell.
    pub const fn differences(self) -> &'static str {
        self.about().1
    }

    const fn about(self) -> (&'static str, &'static str) {
        use Operation::*;
        match self {
            Health => ("The cloud is there", ""),
            GetApiDocs => ("An OpenAPI document", "describes this cloud, not IonQ's"),
            Whoami => ("What the key stands for", "one made-up project for each key"),
            GetBackends => ("Every backend", "also retired ones, and devices of your own"),
            GetBackend => ("One backend", ""),
            GetCharacterizations => ("How good a backend was, by date", "a fixed history"),
            GetCurrentCharacterization => ("How good a backend is", ""),
            GetCharacterization => ("How good a backend was, by id", ""),
            GetCalibrations => ("Characterizations as cirq-ionq reads them", "served in v0.4 too"),
            GetCurrentCalibration => ("The newest of them", "served in v0.4 too"),
            CreateJob => {
                ("A new job", "no `quantum-function`, no `qctrl.qaoa.v1`; unknown keys are ignored; a malformed circuit is refused at once")
            }
            GetJobs => (
                "Jobs, by page and filter",
                "v0.3: without `children`; children are listed if asked for by parent or id; `next`, and a `failure` of null, are left out for cirq-ionq",
            ),
            DeleteJobs => ("Delete several jobs", "all or none"),
            CancelJobs => ("Cancel several jobs", "all or none"),
            EstimateJobCost => ("What a job would cost", "prices of a list of our own"),
            GetJob => ("One job", "`failure` is left out for cirq-ionq if it is null"),
            DeleteJob => ("Delete a job", ""),
            CancelJob => ("Cancel a job", "one that is completed stays so"),
            CloneJob => ("The same job again", ""),
            MoveJob => ("The same job elsewhere", ""),
            GetJobCost => ("What a job costs", "prices of a list of our own"),
            GetJobProbabilitiesAggregated => ("Probabilities of every child", ""),
            GetJobProbabilities => ("Probabilities", "of a multi-circuit job those of every child; no results of more than 2²⁴ outcomes"),
            GetJobHistogram => ("Counts", "not of the ideal simulator"),
            GetJobShots => ("The outcomes of single shots", "not of the ideal simulator"),
            GetJobArtifact => ("A result or a compiled circuit, by its id", ""),
            GetJobCircuit => ("The compiled circuit", "keeps the outcomes from all qubits at 0, not the unitary"),
            GetVariantResults => ("Results of one variant of a debiased job", ""),
            CreateSession => ("A new session", ""),
            GetSessions => ("Sessions", ""),
            GetSession => ("One session", ""),
            EndSession => ("End a session", ""),
            GetSessionJobs => ("The jobs of a session", ""),
            GetFormatSchema => ("The JSON schema of a format", ""),
            GetUsage => ("What an organization used", ""),
        }
    }
}

/// The table of operations for people: what it is for, both paths, differences from IonQ's service.
pub fn coverage() -> String {
    let mut table = String::from("| operation | method | v0.4 | v0.3 | differs |\n|---|---|---|---|---|\n");
    for spec in OPERATIONS {
        let path = |path: Option<&str>| path.map_or_else(String::new, |path| format!("`{path}`"));
        let (summary, differences) = spec.operation.about();
        let _ = writeln!(table, "| {summary} | {} | {} | {} | {differences} |", spec.method, path(spec.v04), path(spec.v03));
    }
    table
}
