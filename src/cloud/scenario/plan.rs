//! What happens to one request.

use super::delivery::{Conduct, Ending};
use super::engine::Strike;
use super::journal::Visit;
use super::results::{Results, Widths};
use super::{Act, Refusal};
use crate::api::{ErrorBody, FailureCode, Pending, Reply, Version};
use crate::cloud::operations::{Begun, Writing};
use std::borrow::Cow;
use std::time::Duration;

/// The faults that happen to one request, in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::cloud) struct Plan {
    strikes: Vec<Strike>,
}

/// How a job is to end, if not by its own means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::cloud) enum Fate {
    /// It runs.
    #[default]
    Run,
    /// It fails after its run time.
    Fail(FailureCode),
    /// The service cancels it after its run time.
    Cancel,
    /// It starts and never ends.
    Stuck,
}

impl Plan {
    pub(super) fn new(strikes: Vec<Strike>) -> Plan {
        Plan { strikes }
    }

    /// Whether nothing happens to it.
    pub(in crate::cloud) fn is_empty(&self) -> bool {
        self.strikes.is_empty()
    }

    /// How a job ends that this request makes, and how much later than itself its results are there.
    pub(in crate::cloud) fn fate(&self) -> (Fate, Duration) {
        let fate = self.strikes.iter().find_map(|strike| match strike.act {
            Act::Fail(code) => Some(Fate::Fail(code)),
            Act::Cancel => Some(Fate::Cancel),
            Act::Stuck => Some(Fate::Stuck),
            _ => None,
        });
        let late = self.strikes.iter().filter_map(|strike| match strike.act {
            Act::ResultsLate(late) => Some(late),
            _ => None,
        });
        (fate.unwrap_or_default(), late.fold(Duration::ZERO, Duration::saturating_add))
    }

    /// The one fault that decides what the client gets to see: the first of those that do. A body of its own is for good answers only.
    fn decisive(&self, status: u16) -> Option<&Act> {
        let decides = |act: &&Act| match act {
            Act::Status(_) | Act::DropBefore | Act::DropAfter | Act::Truncate(_) | Act::Stall => true,
            Act::BadJson | Act::Html => true,
            Act::Body(_) => status < 300,
            Act::Delay(_) | Act::Set { .. } | Act::Fail(_) | Act::Cancel | Act::Stuck | Act::ResultsLate(_) => false,
            Act::LoseChild(_) | Act::NullChild(_) | Act::ReorderChildren | Act::Numbers(_) => false,
        };
        self.strikes.iter().map(|strike| &strike.act).find(decides)
    }

    fn conduct(&self, ending: Ending) -> Conduct {
        let delays = self.strikes.iter().filter_map(|strike| match strike.act {
            Act::Delay(delay) => Some(delay),
            _ => None,
        });
        Conduct { delay: delays.fold(Duration::ZERO, Duration::saturating_add), ending }
    }

    /// What happens to a request that is not even carried out.
    pub(in crate::cloud) fn instead(&self, version: Version) -> Option<Begun> {
        let (reply, ending) = match self.decisive(200)? {
            Act::Status(refusal) if !refusal.after => (refusal.reply(version), Ending::Whole),
            Act::DropBefore => (Reply::empty(503), Ending::Reset),
            _ => return None,
        };
        Some(Begun { writing: Writing::Done(reply), conduct: self.conduct(ending) })
    }

    /// Whether something happens to the numbers of its answer, for which their widths must be known.
    pub(in crate::cloud) fn needs_widths(&self) -> bool {
        self.strikes.iter().any(|strike| Results::concerns(&strike.act))
    }

    /// What becomes of the answer of a request that was carried out.
    pub(in crate::cloud) fn applied(&self, writing: Writing, version: Version, widths: Option<Widths>) -> Begun {
        let decisive = self.decisive(writing.status()).cloned();
        let ending = match &decisive {
            Some(Act::DropAfter) => Ending::Reset,
            Some(Act::Truncate(bytes)) => Ending::Truncated(*bytes),
            Some(Act::Stall) => Ending::Stalled,
            _ => Ending::Whole,
        };
        let strikes = self.strikes.clone();
        let change = move |mut reply: Reply| {
            if reply.status < 300 {
                rewrite(&mut reply, &strikes, widths.as_ref());
            }
            decisive.as_ref().map_or(reply.clone(), |act| decided(reply, act, version))
        };
        let writing = match writing {
            Writing::Done(reply) => Writing::Done(change(reply)),
            // Numbers that are written in another way are longer, but not thrice as long.
            Writing::Pending(pending) => Writing::Pending(pending.changed(3, change)),
        };
        Begun { writing, conduct: self.conduct(ending) }
    }

    /// The request's line in the journal.
    pub(in crate::cloud) fn noted(&self, visit: Visit, conduct: Conduct) -> Visit {
        visit.struck(self.strikes.iter().map(|strike| strike.fault), conduct.ending)
    }
}

/// What becomes of a good answer's body: first its numbers, read once and written once, then its fields.
fn rewrite(reply: &mut Reply, strikes: &[Strike], widths: Option<&Widths>) {
    let mut of_results = strikes.iter().filter(|strike| Results::concerns(&strike.act)).peekable();
    if let (Some(_), Some(mut results)) = (of_results.peek(), widths.and_then(|widths| Results::read(&reply.body, widths))) {
        of_results.for_each(|strike| results.apply(&strike.act, strike.seed));
        reply.body = results.write();
    }
    for strike in strikes {
        if let Act::Set { path, to } = &strike.act
            && let Ok(mut document) = serde_json::from_slice(&reply.body)
            && path.set(&mut document, to)
        {
            reply.body = document.to_string().into_bytes();
        }
    }
}

/// What the client gets in place of an answer.
fn decided(reply: Reply, act: &Act, version: Version) -> Reply {
    match act {
        Act::Status(refusal) => refusal.reply(version),
        Act::BadJson => {
            let half = reply.body.len() / 2;
            Reply { body: reply.body[..half].to_vec(), ..reply }
        }
        Act::Html => Reply { media_type: Cow::Borrowed(HTML), body: PAGE.as_bytes().to_vec(), ..Reply::empty(200) },
        Act::Body(body) => Reply { body: body.clone().into_bytes(), ..reply },
        _ => reply,
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// What a gateway shows that has lost its service, in good spirits.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>One moment, please</title></head><body><h1>One moment, please</h1></body></html>\n";

impl Refusal {
    fn reply(&self, version: Version) -> Reply {
        let body = ErrorBody::new(self.status, "the scenario wants it so");
        let reply = Reply::error(&version.error(body, &[]));
        let seconds = self.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        let headers = seconds.map(|seconds| ("retry-after", seconds.to_string())).into_iter().collect();
        let reply = Reply { headers, status: self.status, ..reply };
        match &self.body {
            None => reply,
            Some(body) => {
                let media_type = if body.trim_start().starts_with('<') { HTML } else { Reply::JSON };
                Reply { media_type: Cow::Borrowed(media_type), body: body.clone().into_bytes(), ..reply }
            }
        }
    }
}

impl Pending {
    /// The same, changed once it is written; it may become so many times as long.
    fn changed(self, longer: u64, change: impl FnOnce(Reply) -> Reply + Send + 'static) -> Pending {
        let (bytes, instead) = (self.bytes().saturating_mul(longer).saturating_add(1024), self.instead());
        Pending::new(bytes, instead, move || change(self.write()))
    }
}
