//! What happens to one request.

use super::delivery::{Conduct, Ending};
use super::engine::Strike;
use super::journal::Visit;
use super::mishaps::{Fate, Mishaps};
use super::refusal::{HTML, Scene};
use super::results::{Results, Widths};
use super::{Act, Paging};
use crate::api::{Pending, Reply};
use crate::cloud::operations::{Begun, Writing};
use crate::outcome::Seed;
use std::borrow::Cow;
use std::time::Duration;

/// The faults that happen to one request, in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::cloud) struct Plan {
    strikes: Vec<Strike>,
}

impl Plan {
    pub(super) fn new(strikes: Vec<Strike>) -> Plan {
        Plan { strikes }
    }

    /// Whether nothing happens to it.
    pub(in crate::cloud) fn is_empty(&self) -> bool {
        self.strikes.is_empty()
    }

    fn acts(&self) -> impl Iterator<Item = &Act> {
        self.strikes.iter().map(|strike| &strike.act)
    }

    /// The sum of the times of some of the faults.
    fn sum(&self, time: impl Fn(&Act) -> Option<Duration>) -> Duration {
        self.acts().filter_map(time).fold(Duration::ZERO, Duration::saturating_add)
    }

    /// What happens to a job that this request makes.
    pub(in crate::cloud) fn mishaps(&self) -> Mishaps {
        let fate = self.acts().find_map(|act| match act {
            Act::Fail(code) => Some(Fate::Fail(*code)),
            Act::Cancel => Some(Fate::Cancel),
            Act::Stuck => Some(Fate::Stuck),
            _ => None,
        });
        Mishaps {
            fate: fate.unwrap_or_default(),
            results_late: self.sum(|act| if let Act::ResultsLate(late) = act { Some(*late) } else { None }),
            hidden: self.sum(|act| if let Act::Hidden(time) = act { Some(*time) } else { None }),
            unlisted: self.sum(|act| if let Act::Unlisted(time) = act { Some(*time) } else { None }),
            drops_metadata: self.acts().any(|act| *act == Act::DropMetadata),
        }
    }

    /// Whether the request is answered as the one before it was that made a job.
    pub(in crate::cloud) fn repeats_reply(&self) -> bool {
        self.acts().any(|act| *act == Act::PreviousReply)
    }

    /// Whether the jobs of who asks are lost before the request is carried out.
    pub(in crate::cloud) fn loses_state(&self) -> bool {
        self.acts().any(|act| *act == Act::LoseState)
    }

    /// Whether completed jobs are shown as if they were not.
    pub(in crate::cloud) fn goes_backwards(&self) -> bool {
        self.acts().any(|act| *act == Act::Backwards)
    }

    /// What becomes of the page of a list, and the chances of each.
    pub(in crate::cloud) fn paging(&self) -> impl Iterator<Item = (Paging, Seed)> {
        self.strikes.iter().filter_map(|strike| if let Act::Page(paging) = strike.act { Some((paging, strike.seed)) } else { None })
    }

    /// The one fault that decides what the client gets to see: the first of those that do. A body of its own is for good answers only.
    fn decisive(&self, status: u16) -> Option<&Act> {
        let decides = |act: &&Act| match act {
            Act::Status(_) | Act::DropBefore | Act::DropAfter | Act::Truncate(_) | Act::Stall => true,
            Act::BadJson | Act::Html => true,
            Act::Body(_) => status < 300,
            Act::Delay(_) | Act::Set { .. } | Act::Fail(_) | Act::Cancel | Act::Stuck | Act::ResultsLate(_) => false,
            Act::Hidden(_) | Act::Unlisted(_) | Act::DropMetadata | Act::PreviousReply | Act::LoseState => false,
            Act::Backwards | Act::Page(_) => false,
            Act::LoseChild(_) | Act::NullChild(_) | Act::ReorderChildren | Act::Numbers(_) => false,
        };
        self.acts().find(decides)
    }

    fn conduct(&self, ending: Ending) -> Conduct {
        Conduct { delay: self.sum(|act| if let Act::Delay(delay) = act { Some(*delay) } else { None }), ending }
    }

    /// What happens to a request that is not even carried out.
    pub(in crate::cloud) fn instead(&self, scene: Scene) -> Option<Begun> {
        let (reply, ending) = match self.decisive(200)? {
            Act::Status(refusal) if !refusal.after => (refusal.reply(scene), Ending::Whole),
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
    pub(in crate::cloud) fn applied(&self, writing: Writing, scene: Scene, widths: Option<Widths>) -> Begun {
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
            decisive.as_ref().map_or(reply.clone(), |act| decided(reply, act, scene))
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
fn decided(reply: Reply, act: &Act, scene: Scene) -> Reply {
    match act {
        Act::Status(refusal) => refusal.reply(scene),
        Act::BadJson => {
            let half = reply.body.len() / 2;
            Reply { body: reply.body[..half].to_vec(), ..reply }
        }
        Act::Html => Reply { media_type: Cow::Borrowed(HTML), body: PAGE.as_bytes().to_vec(), ..Reply::empty(200) },
        Act::Body(body) => Reply { body: body.clone().into_bytes(), ..reply },
        _ => reply,
    }
}

/// What a gateway shows that has lost its service, in good spirits.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>One moment, please</title></head><body><h1>One moment, please</h1></body></html>\n";

impl Pending {
    /// The same, changed once it is written; it may become so many times as long.
    fn changed(self, longer: u64, change: impl FnOnce(Reply) -> Reply + Send + 'static) -> Pending {
        let (bytes, instead) = (self.bytes().saturating_mul(longer).saturating_add(1024), self.instead());
        Pending::new(bytes, instead, move || change(self.write()))
    }
}
