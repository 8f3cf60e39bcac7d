//! An IonQ-compatible quantum cloud that runs on a laptop and in CI.

pub mod api;
pub mod circuit;
pub mod cloud;
pub mod device;
pub mod gates;
pub mod outcome;
pub mod run;
pub mod simulate;
