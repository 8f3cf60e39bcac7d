//! An IonQ-compatible quantum cloud that runs on a laptop and in CI.

pub mod adapters;
pub mod api;
pub mod circuit;
#[cfg(feature = "client")]
pub mod client;
pub mod cloud;
pub mod device;
#[cfg(feature = "client")]
pub mod executor;
pub mod gates;
pub mod outcome;
pub mod run;
pub mod simulate;
