//! Every single thing that can go wrong between a batch and a service, each by itself, and what the batch does about it: F1 to F36 of the
//! fault matrix, and F48. Nothing is lost and nothing made twice; every circuit's outcome is its own number, so that no result can be in the
//! wrong place. In virtual time, but for what is about sockets.
#![cfg(all(feature = "client", feature = "http"))]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../support/raw.rs"]
mod raw;

mod answers;
mod jobs;
mod lists;
mod sockets;
mod stage;
mod throttled;
