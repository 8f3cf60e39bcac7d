use super::operation::{OPERATIONS, Operation, Spec, Version};
use super::{Method, ResultFormat};
use smallvec::SmallVec;

/// A request line of the API: the operation, in a version, with what its path names. The cloud reads one from a request, the client
/// writes the request from one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    version: Version,
    operation: Operation,
    /// What stands for each `{name}` of the path.
    names: SmallVec<[(&'static str, String); 2]>,
}

impl Route {
    /// The operation in v0.4, with what stands in its path, in order.
    ///
    /// # Panics
    /// If v0.4 does not have the operation, or its path has another number of names.
    pub fn new<'a>(operation: Operation, names: impl IntoIterator<Item = &'a str>) -> Route {
        let path = operation.spec().v04.expect("the operation is one of v0.4");
        let keys = path.split('/').filter_map(variable);
        let names: SmallVec<_> = keys.zip(names).map(|(key, name)| (key, name.to_owned())).collect();
        assert_eq!(names.len(), path.split('/').filter_map(variable).count(), "{path} names as much");
        Route { version: Version::V04, operation, names }
    }

    /// The route to a job's results.
    pub fn results(job: &str, format: ResultFormat) -> Route {
        Route::new(format.operation(), [job])
    }

    /// Reads a request line, if there is an operation for it. The first pattern that a path matches is the path's, whatever the method:
    /// `/jobs/estimate` is no job to be deleted.
    pub fn parse(method: Method, path: &str) -> Option<Route> {
        let (version, rest) = Version::ALL.into_iter().find_map(|version| Some((version, path.strip_prefix(version.prefix())?)))?;
        let patterns = || OPERATIONS.iter().filter_map(|spec| Some((spec, spec.path(version)?)));
        let (own, names) = patterns().find_map(|(_, pattern)| Some((pattern, matched(pattern, rest)?)))?;
        let (spec, _) = patterns().find(|(spec, pattern)| *pattern == own && spec.method == method)?;
        Some(Route { version, operation: spec.operation, names })
    }

    /// The methods that a path has an operation for.
    pub fn allowed(path: &str) -> Vec<Method> {
        Method::ALL.into_iter().filter(|&method| Route::parse(method, path).is_some()).collect()
    }

    /// The request line.
    pub fn line(&self) -> (Method, String) {
        let spec = self.spec();
        let mut path = self.version.prefix().to_owned();
        let mut names = self.names.iter();
        for segment in spec.path(self.version).unwrap_or_default().split('/').skip(1) {
            path.push('/');
            match variable(segment) {
                Some(_) => path.extend(names.next().map(|(_, name)| name.as_str())),
                None => path.push_str(segment),
            }
        }
        (spec.method, path)
    }

    /// The version of the API.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The operation.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The operation's entry in the table.
    pub fn spec(&self) -> &'static Spec {
        self.operation.spec()
    }

    /// Whether the path begins with that of a job.
    #[cfg(feature = "client")]
    pub(crate) fn path_is_of_a_job(&self) -> bool {
        self.spec().path(self.version).is_some_and(|path| path.starts_with("/jobs/{id}"))
    }

    /// What stands for `{key}` in the path; empty if the path has none.
    pub fn named(&self, key: &str) -> &str {
        self.names.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
    }
}

/// The name in `{name}`.
fn variable(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// What stands for the names of a pattern in a path that matches it.
fn matched(pattern: &'static str, path: &str) -> Option<SmallVec<[(&'static str, String); 2]>> {
    let mut names = SmallVec::new();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let given = segments.next()?;
        match variable(wanted) {
            Some(key) if !given.is_empty() => names.push((key, given.to_owned())),
            None if wanted == given => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_survives_writing_and_reading() {
        for spec in OPERATIONS.iter().filter(|spec| spec.v04.is_some()) {
            let keys = spec.v04.unwrap().split('/').filter_map(variable).count();
            let route = Route::new(spec.operation, ["0198-a", "b"].into_iter().take(keys.min(2)).chain((2..keys).map(|_| "c")));
            let (method, path) = route.line();
            assert_eq!(Route::parse(method, &path), Some(route), "{method} {path}");
        }
    }

    #[test]
    fn every_operation_is_in_the_table_once_and_has_a_path() {
        for (index, spec) in OPERATIONS.iter().enumerate() {
            assert_eq!(OPERATIONS.iter().position(|other| other.operation == spec.operation || other.name == spec.name), Some(index));
            assert!(spec.v04.or(spec.v03).is_some(), "{}", spec.name);
        }
        assert_eq!(OPERATIONS.len(), Operation::GetUsage as usize + 1, "an operation is not in the table");
    }

    #[test]
    fn both_versions_are_read_and_names_are_found_by_their_key() {
        let route = Route::parse(Method::Get, "/v0.4/backends/qpu.aria-1/characterizations/7").unwrap();
        assert_eq!((route.operation(), route.named("backend"), route.named("id")), (Operation::GetCharacterization, "qpu.aria-1", "7"));
        let route = Route::parse(Method::Get, "/v0.3/jobs/7/results").unwrap();
        assert_eq!((route.version(), route.operation()), (Version::V03, Operation::GetJobProbabilities));
        assert_eq!((route.named("id"), route.named("lang")), ("7", ""));
        assert_eq!(route.line(), (Method::Get, "/v0.3/jobs/7/results".to_owned()));
    }

    #[test]
    fn fixed_words_win_over_job_ids_and_stray_paths_are_nothing() {
        let operation = |method, path| Route::parse(method, path).map(|route| route.operation());
        assert_eq!(operation(Method::Put, "/v0.4/jobs/status/cancel"), Some(Operation::CancelJobs));
        assert_eq!(operation(Method::Get, "/v0.4/jobs/estimate"), Some(Operation::EstimateJobCost));
        assert_eq!(operation(Method::Delete, "/v0.4/jobs/estimate"), None);
        assert_eq!(operation(Method::Get, "/v0.3/jobs/estimate"), Some(Operation::GetJob), "v0.3 has no estimates");
        let aggregated = "/v0.4/jobs/a/results/probabilities/aggregated";
        assert_eq!(operation(Method::Get, aggregated), Some(Operation::GetJobProbabilitiesAggregated));
        for path in [
            "/v0.4",
            "/v0.4/",
            "/v0.4/nope",
            "//v0.4//jobs",
            "/v0.4//jobs",
            "/v0.4/jobs/",
            "/v0.5/jobs",
            "/v0.4/jobs/a/results",
            "/v0.4/jobs/a/results/x",
            "/v0.3/jobs/a/results/probabilities",
            "/v0.3/sessions",
            "/v0.41/jobs",
            "/jobs",
        ] {
            assert_eq!(operation(Method::Get, path), None, "{path}");
        }
        assert_eq!(Route::allowed("/v0.4/jobs"), [Method::Get, Method::Post, Method::Delete]);
        assert!(Route::allowed("/v0.4/nope").is_empty());
    }
}
