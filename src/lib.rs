//! An IonQ-compatible quantum cloud that runs on a laptop and in CI: no account, no credentials, no network.
//!
//! A circuit walks through these rooms, forward only; a room may use those above it, never one below.
//!
//! | room | what lives there |
//! |---|---|
//! | [`gates`] | what a gate is: units, native and QIS gates, matrices, one table |
//! | [`device`] | what a backend is: qubits, native gates, error rates |
//! | [`circuit`] | gates placed on qubits, validated once |
//! | [`outcome`] | what comes out: probabilities that are always a distribution, counts |
//! | [`compile`] | any circuit to few native gates |
//! | [`simulate`] | gates to amplitudes, noise |
//! | [`diff`] | are two circuits the same operation, and if not, where do they part |
//! | [`mod@run`] | the one place where they meet: program in, outcome out |
//! | [`api`] | the words on the wire |
//! | [`client`] | the client: transport, operations |
//! | [`executor`] | batches on the client |
//! | [`cloud`] | the service: jobs, queue, workers, clock |
//! | [`adapters`] | three ways into the same cloud: embedded, wiremock, HTTP |
//! | [`cli`] | the `paultrap` command |
//!
//! Bit order, units and keys are the same everywhere: see [`conventions`].
//!
//! ```
//! use paultrap::prelude::*;
//!
//! let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])])?;
//! let outcome = run(&bell.into(), &RunOptions::default(), Memory::shared())?;
//! assert!((outcome.probabilities.get(0b11) - 0.5).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod adapters;
pub mod api;
pub mod circuit;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
pub mod cloud;
pub mod compile;
pub mod device;
pub mod diff;
#[cfg(feature = "client")]
pub mod executor;
pub mod gates;
pub mod outcome;
pub mod run;
pub mod simulate;

#[doc = include_str!("conventions.md")]
pub mod conventions {}

/// The names most programs need.
pub mod prelude {
    pub use crate::circuit::{Circuit, On, Program};
    #[cfg(feature = "client")]
    pub use crate::client::Client;
    pub use crate::cloud::Cloud;
    pub use crate::compile::{CompileOptions, Target, compile};
    #[cfg(feature = "client")]
    pub use crate::executor::{Batch, Task};
    pub use crate::gates::{Native, Qis, Radians, Turns};
    pub use crate::outcome::{Counts, Probabilities, Seed, Shots};
    pub use crate::run::{RunOptions, run};
    pub use crate::simulate::Memory;
}

/// The README's code compiles.
#[cfg(all(doctest, feature = "client", feature = "wiremock"))]
#[doc = include_str!("../README.md")]
struct Readme;
