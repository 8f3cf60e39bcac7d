//! Which jobs there are, page by page.

use super::super::Shared;
use super::super::ids::exact_id;
use super::super::job::Job;
use super::super::reply::bad_query;
use super::super::store::State;
use super::Call;
use super::page::Page;
use crate::api::{Answer, ErrorBody, JobStatus, JobsReply, Query};
use crate::device;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most jobs on one page of a list.
const PAGE: usize = 100;
/// The jobs on a page that was not asked for a length.
const DEFAULT_PAGE: usize = 25;
/// The most ids that a list can be asked for.
const MOST_IDS: usize = 1000;

impl Shared {
    pub(super) fn get_jobs(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        self.list(call, None)
    }

    pub(super) fn get_session_jobs(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let session = self.state().session(call.route.named("session"), &call.account)?.id;
        self.list(call, Some(session))
    }

    /// The jobs that a query asks for, those of one session only if it is given.
    fn list(&self, call: &Call<'_>, session: Option<Uuid>) -> Result<Answer, ErrorBody> {
        let limit = page_length(call.query)?;
        let wanted = Wanted::read(call.query, session)?;
        let state = self.state();
        let now = self.now();
        let takes = |job: &&Job| job.submission.account.project == call.account.project && wanted.takes(job) && job.is_listed(now);
        let page = Page::of(&mut wanted.candidates(&state, call).filter(takes).peekable(), limit);
        let before = wanted.cursor.and_then(|id| state.jobs.get(&id)).filter(takes);
        let page = call.plan.paging().fold(page, |page, fault| page.suffer(fault, wanted.cursor, before));
        let jobs = page.jobs.into_iter().map(|job| self.describe(job, call)).collect();
        let next = page.next.map(|id| id.to_string());
        drop(state);
        // cirq-ionq asks for the next page for ever unless the key is absent; ionq-core fails unless it is there.
        let next = if call.is_cirq && next.is_none() { None } else { Some(next) };
        Ok(Answer::Jobs(JobsReply { jobs, next }))
    }
}

fn page_length(query: &Query) -> Result<usize, ErrorBody> {
    match query.get("limit") {
        None => Ok(DEFAULT_PAGE),
        // The contract's numbers have 32 bits; a page is never longer than a page.
        Some(text) => match text.parse::<u64>() {
            Ok(limit @ 1..) => Ok(usize::try_from(limit).unwrap_or(PAGE).min(PAGE)),
            _ => Err(bad_query("limit", text, "a whole number ≥ 1")),
        },
    }
}

/// What a list is asked for. An id that is none, or a status that does not exist, is one that no job has: qiskit-ionq asks for
/// such, and gets an empty list.
struct Wanted<'a> {
    /// Only jobs older than this one: pages go from the newest to the oldest, so new ones neither repeat nor hide any.
    cursor: Option<Uuid>,
    ids: Option<BTreeSet<Uuid>>,
    parent: Option<Option<Uuid>>,
    status: Option<Option<JobStatus>>,
    targets: Option<Vec<&'a str>>,
    sessions: Vec<Option<Uuid>>,
    submitter: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(query: &'a Query, session: Option<Uuid>) -> Result<Wanted<'a>, ErrorBody> {
        let id = exact_id;
        let ids = query.list("ids");
        if let Some(given) = ids.as_ref().map(Vec::len).filter(|&given| given > MOST_IDS) {
            let message = format!("ids has {given} entries, at most {MOST_IDS} are allowed");
            return Err(ErrorBody::new(400, message).naming("query", "ids"));
        }
        let cursor = query.get("next");
        let cursor = cursor.map(|text| id(text).ok_or_else(|| bad_query("next", text, "the next of the page before"))).transpose()?;
        Ok(Wanted {
            cursor,
            ids: ids.map(|list| list.into_iter().filter_map(id).collect()),
            parent: query.get("parent_job_id").map(id),
            status: query.get("status").map(JobStatus::named),
            targets: query.list("target").map(|list| list.into_iter().map(device::canonical).collect()),
            sessions: session.map(Some).into_iter().chain(query.get("session_id").map(id)).collect(),
            submitter: query.get("submitter_id"),
        })
    }

    /// The jobs that are looked at, the newest first; ids ascend with time. Other projects' cost no time.
    fn candidates<'s>(&'s self, state: &'s State, call: &'s Call<'_>) -> Box<dyn Iterator<Item = &'s Job> + 's> {
        let before = self.cursor.unwrap_or(Uuid::max());
        let own = || state.load.jobs_before(&call.account, before);
        let ids: Box<dyn Iterator<Item = Uuid>> = match (&self.ids, self.parent.flatten()) {
            (Some(ids), _) => Box::new(ids.range(..before).rev().copied()),
            (None, Some(parent)) => {
                // Its circuits, and the clones that name it.
                let circuits = state.jobs.get(&parent).map_or(&[][..], |job| &*job.children).iter().copied();
                let family: BTreeSet<Uuid> = own().chain(circuits.filter(|id| *id < before)).collect();
                Box::new(family.into_iter().rev())
            }
            (None, None) => Box::new(own()),
        };
        Box::new(ids.filter_map(|id| state.jobs.get(&id)))
    }

    fn takes(&self, job: &Job) -> bool {
        let (parent, session) = (job.shown_parent(), job.submission.session_id);
        // A child is listed only if it is asked for.
        let family = match self.parent {
            Some(wanted) => wanted.is_some() && parent == wanted,
            None => parent.is_none() || self.ids.is_some(),
        };
        family
            && self.status.is_none_or(|status| status == Some(job.state.status()))
            && self.targets.as_ref().is_none_or(|targets| targets.contains(&job.submission.device.name.as_str()))
            && self.sessions.iter().all(|wanted| wanted.is_some() && session == *wanted)
            && self.submitter.is_none_or(|submitter| job.submission.account.submitter == submitter)
    }
}
