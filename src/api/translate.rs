use super::{ErrorBody, JobRequest, Operation, Query, RequestError, Version, decode, v03};
use std::borrow::Cow;

/// A version's requests in the words of the newest one, which are the cloud's own.
impl Version {
    /// A query of this version.
    ///
    /// # Errors
    /// 400 for a value that only this version would have to understand.
    pub(crate) fn query(self, operation: Operation, query: &Query) -> Result<Cow<'_, Query>, ErrorBody> {
        match self {
            Version::V04 => Ok(Cow::Borrowed(query)),
            Version::V03 => v03::query(operation, query),
        }
    }

    /// A job as a body of this version asks for it.
    ///
    /// # Errors
    /// [`RequestError`], with the path of the field at fault.
    pub(crate) fn job_request(self, body: &[u8]) -> Result<JobRequest, RequestError> {
        match self {
            Version::V04 => decode(body),
            Version::V03 => v03::job_request(body),
        }
    }

    /// What is wrong with a request, in this version's names of its fields.
    pub(crate) fn error(self, error: ErrorBody, body: &[u8]) -> ErrorBody {
        match self {
            Version::V04 => error,
            Version::V03 => v03::error(error, body),
        }
    }
}
