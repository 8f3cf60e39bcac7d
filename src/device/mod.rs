//! What a backend is: name, qubits, native gates, error rates, timings.
//!
//! May import: `gates`. Read `file.rs` first: devices are data, in `fixtures/devices/*.toml`, built in; then `catalog.rs`.

mod catalog;
mod file;
mod noise;

pub use catalog::{Catalog, canonical};
pub use file::{Characterization, Device, DeviceError, Status};
pub use noise::{NoiseModel, UnknownNoiseModel};
