//! What a backend is: name, qubits, native gates, error rates, timings.
//!
//! May import: `gates`. Read `file.rs` first: devices are data, in `fixtures/devices/*.toml`, built in; then `catalog.rs`.

mod catalog;
mod characterization;
mod file;
mod noise;

pub use catalog::{Catalog, canonical};
pub use characterization::Characterization;
pub use file::{Device, DeviceError, Limits, Status};
pub use noise::{NoiseModel, UnknownNoiseModel};
