//! What a backend is: name, qubits, native gates, error rates, timings.
//!
//! May import: `gates`. Read `catalog.rs` first: devices are data, in `fixtures/devices/*.toml`, built in.

mod catalog;
mod noise;

pub use catalog::{Characterization, Device, DeviceError, Status, all, canonical, find};
pub use noise::{NoiseModel, UnknownNoiseModel};
