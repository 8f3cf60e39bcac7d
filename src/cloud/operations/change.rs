//! Canceling and deleting jobs, one or many.

use super::super::Shared;
use super::super::reply::bad_request;
use super::super::store::State;
use super::Call;
use crate::api::{Answer, BulkReply, BulkRequest, ChangedReply, ErrorBody, decode};
use std::time::Duration;
use uuid::Uuid;

impl Shared {
    pub(super) fn cancel_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        self.change(call, "canceled", |state, id, now| state.cancel(id, now))
    }

    pub(super) fn delete_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        self.change(call, "deleted", |state, id, now| state.delete(id, now))
    }

    pub(super) fn cancel_jobs(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        self.change_all(call, "canceled", |state, id, now| state.cancel(id, now))
    }

    pub(super) fn delete_jobs(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        self.change_all(call, "deleted", |state, id, now| state.delete(id, now))
    }

    /// Canceling a job that is final already is answered like any other and changes nothing: SDKs expect it.
    fn change(&self, call: &Call<'_>, status: &str, change: impl Fn(&mut State, Uuid, Duration)) -> Result<Answer, ErrorBody> {
        let mut state = self.state();
        let now = self.now();
        let found = state.job(call.id(), &call.account, now)?.id;
        change(&mut state, found, now);
        Ok(Answer::json(&ChangedReply { id: found.to_string(), status: status.to_owned() }))
    }

    /// All or nothing: an unknown id changes no job.
    fn change_all(&self, call: &Call<'_>, status: &str, change: impl Fn(&mut State, Uuid, Duration)) -> Result<Answer, ErrorBody> {
        let BulkRequest { ids } = decode(call.body).map_err(|error| bad_request(&error))?;
        if ids.is_empty() || ids.len() > BulkRequest::MAX_IDS {
            let message = format!("ids has {} entries, 1..={} are allowed", ids.len(), BulkRequest::MAX_IDS);
            return Err(ErrorBody::new(400, message).naming("payload", "ids"));
        }
        let mut state = self.state();
        let now = self.now();
        let found = ids.iter().map(|id| state.job(id, &call.account, now).map(|job| job.id));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        for id in found {
            change(&mut state, id, now);
        }
        Ok(Answer::json(&BulkReply { ids, status: status.to_owned() }))
    }
}
