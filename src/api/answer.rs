use super::{
    BackendReply, CharacterizationReply, CharacterizationsReply, CreatedReply, JobReply, JobsReply, Pending, Query, Reply, Version, v03,
};

/// What the cloud has to say to a request that is in order. It is one and the same for every version of the API; a version only puts it
/// into its own words.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A new job.
    Created(CreatedReply),
    /// One job.
    Job(Box<JobReply>),
    /// A page of jobs.
    Jobs(JobsReply),
    /// Every backend.
    Backends(Vec<BackendReply>),
    /// One backend.
    Backend(Box<BackendReply>),
    /// A page of what was measured of a device.
    Characterizations(CharacterizationsReply),
    /// One of them.
    Characterization(Box<CharacterizationReply>),
    /// What all versions say alike, or only one has.
    Plain(Reply),
    /// The same, not yet written, because it may be large.
    Pending(Pending),
}

impl Answer {
    /// A body that all versions write alike.
    pub(crate) fn json(body: &impl serde::Serialize) -> Answer {
        Answer::Plain(Reply::json(200, body))
    }

    /// The answer in the words of a version, to a request with this query.
    pub(crate) fn reply(self, version: Version, query: &Query) -> Reply {
        match version {
            Version::V04 => self.v04(),
            Version::V03 => v03::reply(self, query),
        }
    }

    fn v04(self) -> Reply {
        match self {
            Answer::Created(body) => Reply::json(201, &body),
            Answer::Job(body) => Reply::json(200, &body),
            Answer::Jobs(body) => Reply::json(200, &body),
            Answer::Backends(body) => Reply::json(200, &body),
            Answer::Backend(body) => Reply::json(200, &body),
            Answer::Characterizations(body) => Reply::json(200, &body),
            Answer::Characterization(body) => Reply::json(200, &body),
            Answer::Plain(reply) => reply,
            Answer::Pending(pending) => pending.write(),
        }
    }
}
