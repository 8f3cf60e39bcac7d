use super::Act;
use crate::api::Reply;
use std::fmt;
use std::time::Duration;

/// A reply, and how it is to be delivered. Where a scenario has no hand in it: at once and as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The reply, whole.
    pub reply: Reply,
    /// How it gets to the client, if it does.
    pub conduct: Conduct,
}

/// How a reply gets to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conduct {
    /// How long it is held back.
    pub delay: Duration,
    /// How much of it arrives.
    pub ending: Ending,
}

/// How much of a reply arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// All of it.
    #[default]
    Whole,
    /// So many bytes of the body, though all were announced; then the connection is closed.
    Truncated(usize),
    /// Nothing: the connection is reset.
    Reset,
    /// Nothing, and the connection stays open.
    Stalled,
}

impl Ending {
    /// For logs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Ending::Whole => "whole",
            Ending::Truncated(_) => "truncated",
            Ending::Reset => "reset",
            Ending::Stalled => "stalled",
        }
    }
}

/// The ways into a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Adapter {
    /// The client's transport straight into it.
    Embedded,
    /// A wiremock server.
    Wiremock,
    /// The stand-alone server.
    Http,
}

impl Adapter {
    /// Whether it can really do what a fault asks for: wiremock writes every answer to its end.
    pub fn can(self, act: &Act) -> bool {
        match self {
            Adapter::Embedded | Adapter::Http => true,
            Adapter::Wiremock => !act.breaks(),
        }
    }
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Adapter::Embedded => "the embedded cloud",
            Adapter::Wiremock => "wiremock",
            Adapter::Http => "the stand-alone server",
        })
    }
}
