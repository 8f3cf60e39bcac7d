//! Sessions: opened, looked at, ended. `list.rs` has their jobs, `../session.rs` what they allow.

use super::super::Shared;
use super::super::price::Dollars;
use super::super::reply::{bad_query, bad_request};
use super::super::session::{Limits, Session};
use super::Call;
use super::create::available;
use crate::api::{
    Answer, CostLimit, ErrorBody, Reply, SessionLimits, SessionReply, SessionRequest, SessionSettings, SessionStatus, SessionsReply,
    decode, time,
};
use std::sync::Arc;
use std::time::Duration;

impl Shared {
    pub(super) fn create_session(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let body: SessionRequest = decode(call.body).map_err(|error| bad_request(&error))?;
        let device = available(&body.backend, &self.settings.catalog)?;
        call.account.check_backend(&device.name)?;
        let limits = body.settings.as_ref().map(Limits::read).transpose()?.unwrap_or_default();
        let mut state = self.state();
        let now = self.now();
        state.make_room_for_session(&call.account, now)?;
        let id = state.ids.next(self.settings.clock.wall(now));
        let session = Session {
            id,
            account: Arc::clone(&call.account),
            backend: device.name.clone(),
            given: body.settings,
            limits,
            created_at: now,
            started_at: None,
            ended: None,
            jobs: 0,
            spent: Dollars::default(),
        };
        let reply = self.describe_session(&session, now);
        state.load.of(&call.account).sessions += 1;
        state.sessions.insert(id, session);
        Ok(Answer::Plain(Reply::json(201, &reply)))
    }

    pub(super) fn get_session(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let state = self.state();
        let now = self.now();
        let session = state.session(call.route.named("session"), &call.account)?;
        Ok(Answer::json(&self.describe_session(session, now)))
    }

    /// Ends a session; once more changes nothing. Jobs that it has taken go on. The body is not looked at: SDKs send none, some of
    /// them under the name of JSON.
    pub(super) fn end_session(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let mut state = self.state();
        let now = self.now();
        let id = state.session(call.route.named("session"), &call.account)?.id;
        let session = state.sessions.get_mut(&id).expect("it was found a line above, under the same lock");
        session.end(now, &call.account.submitter);
        Ok(Answer::json(&self.describe_session(session, now)))
    }

    /// The sessions of the project, the newest first.
    pub(super) fn get_sessions(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let active = match call.query.get("active") {
            None => None,
            Some(text) => Some(flag(text).ok_or_else(|| bad_query("active", text, "true or false"))?),
        };
        let state = self.state();
        let now = self.now();
        let own = state.sessions.values().rev().filter(|session| session.account.project == call.account.project);
        let wanted = own.filter(|session| active.is_none_or(|active| active == (session.status(now) != SessionStatus::Ended)));
        let sessions = wanted.map(|session| self.describe_session(session, now)).collect();
        drop(state);
        Ok(Answer::json(&SessionsReply { organization_id: call.account.organization.clone(), sessions }))
    }

    fn describe_session(&self, session: &Session, now: Duration) -> SessionReply {
        let at = |at: Duration| time(self.settings.clock.wall(at));
        let (status, ended) = (session.status(now), session.ended_at(now));
        let settings = session.given.as_ref().map(|given| {
            let cost_limit = given.cost_limit.as_ref().map(|limit| CostLimit { unit: Some(Dollars::UNIT.to_owned()), ..limit.clone() });
            let limits = SessionLimits { cost_limit, ..given.clone() };
            SessionSettings { limits, expires_at: session.expires_at().map(at) }
        });
        SessionReply {
            id: session.id.to_string(),
            status,
            active: status != SessionStatus::Ended,
            created_at: at(session.created_at),
            organization_id: session.account.organization.clone(),
            backend: Some(session.backend.clone()),
            project_id: Some(session.account.project.clone()),
            creator_id: Some(session.account.submitter.clone()),
            started_at: session.started_at.map(at),
            ended_at: ended.map(at),
            ender_id: session.ended.as_ref().map(|(_, ender)| ender.clone()),
            settings,
        }
    }
}

/// A flag as JSON and Python write it.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    }
}
