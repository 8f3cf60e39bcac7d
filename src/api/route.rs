use super::{Method, ResultFormat};

/// Every operation of the API. The cloud reads a route from a request, the client writes the request from a route; a scenario
/// names it in snake case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the table below says it all
pub enum Route {
    Health,
    Whoami,
    GetBackends,
    GetBackend(String),
    CreateJob,
    GetJobs,
    DeleteJobs,
    CancelJobs,
    GetJob(String),
    DeleteJob(String),
    CancelJob(String),
    GetResults(String, ResultFormat),
}

/// The version this room speaks.
pub(crate) const VERSION: &str = "/v0.4";

impl Route {
    /// The operation of a request line, if there is one.
    pub fn parse(method: Method, path: &str) -> Option<Route> {
        use Method::{Delete, Get, Post, Put};
        let segments: Vec<&str> = path.strip_prefix(VERSION)?.strip_prefix('/')?.split('/').collect();
        Some(match (method, segments.as_slice()) {
            (Get, ["health"]) => Route::Health,
            (Get, ["whoami"]) => Route::Whoami,
            (Get, ["backends"]) => Route::GetBackends,
            (Get, ["backends", name]) => Route::GetBackend((*name).to_owned()),
            (Post, ["jobs"]) => Route::CreateJob,
            (Get, ["jobs"]) => Route::GetJobs,
            (Delete, ["jobs"]) => Route::DeleteJobs,
            (Put, ["jobs", "status", "cancel"]) => Route::CancelJobs,
            (Get, ["jobs", id]) => Route::GetJob((*id).to_owned()),
            (Delete, ["jobs", id]) => Route::DeleteJob((*id).to_owned()),
            (Put, ["jobs", id, "status", "cancel"]) => Route::CancelJob((*id).to_owned()),
            (Get, ["jobs", id, "results", format @ ..]) => Route::GetResults((*id).to_owned(), ResultFormat::parse(format)?),
            _ => return None,
        })
    }

    /// The methods that a path has an operation for.
    pub fn allowed(path: &str) -> Vec<Method> {
        Method::ALL.into_iter().filter(|&method| Route::parse(method, path).is_some()).collect()
    }

    /// The request line of the operation.
    pub fn line(&self) -> (Method, String) {
        use Method::{Delete, Get, Post, Put};
        let (method, path) = match self {
            Route::Health => (Get, "health".to_owned()),
            Route::Whoami => (Get, "whoami".to_owned()),
            Route::GetBackends => (Get, "backends".to_owned()),
            Route::GetBackend(name) => (Get, format!("backends/{name}")),
            Route::CreateJob => (Post, "jobs".to_owned()),
            Route::GetJobs => (Get, "jobs".to_owned()),
            Route::DeleteJobs => (Delete, "jobs".to_owned()),
            Route::CancelJobs => (Put, "jobs/status/cancel".to_owned()),
            Route::GetJob(id) => (Get, format!("jobs/{id}")),
            Route::DeleteJob(id) => (Delete, format!("jobs/{id}")),
            Route::CancelJob(id) => (Put, format!("jobs/{id}/status/cancel")),
            Route::GetResults(id, format) => (Get, format!("jobs/{id}/results/{}", format.path())),
        };
        (method, format!("{VERSION}/{path}"))
    }

    /// The operation's name in scenarios and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Route::Health => "health",
            Route::Whoami => "whoami",
            Route::GetBackends => "get_backends",
            Route::GetBackend(_) => "get_backend",
            Route::CreateJob => "create_job",
            Route::GetJobs => "get_jobs",
            Route::DeleteJobs => "delete_jobs",
            Route::CancelJobs => "cancel_jobs",
            Route::GetJob(_) => "get_job",
            Route::DeleteJob(_) => "delete_job",
            Route::CancelJob(_) => "cancel_job",
            Route::GetResults(_, format) => format.operation(),
        }
    }

    /// Whether the operation needs a key. IonQ lists backends to everybody, and qiskit-ionq relies on it.
    pub const fn needs_key(&self) -> bool {
        !matches!(self, Route::Health | Route::GetBackends | Route::GetBackend(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_survives_writing_and_reading() {
        let id = || "0198-job".to_owned();
        let mut routes = vec![Route::Health, Route::Whoami, Route::GetBackends, Route::GetBackend("qpu.aria-1".to_owned())];
        routes.extend([Route::CreateJob, Route::GetJobs, Route::DeleteJobs, Route::CancelJobs]);
        routes.extend([Route::GetJob(id()), Route::DeleteJob(id()), Route::CancelJob(id())]);
        routes.extend(ResultFormat::ALL.map(|format| Route::GetResults(id(), format)));
        for route in routes {
            let (method, path) = route.line();
            assert_eq!(Route::parse(method, &path), Some(route), "{method} {path}");
        }
    }

    #[test]
    fn fixed_words_win_over_job_ids_and_stray_paths_are_nothing() {
        assert_eq!(Route::parse(Method::Put, "/v0.4/jobs/status/cancel"), Some(Route::CancelJobs));
        for path in
            ["/v0.4", "/v0.4/", "/v0.4/nope", "//v0.4//jobs", "/v0.5/jobs", "/v0.4/jobs/a/results", "/v0.4/jobs/a/results/x", "/jobs"]
        {
            assert_eq!(Route::parse(Method::Get, path), None, "{path}");
        }
        assert_eq!(Route::allowed("/v0.4/jobs"), [Method::Get, Method::Post, Method::Delete]);
        assert!(Route::allowed("/v0.4/nope").is_empty());
    }
}
