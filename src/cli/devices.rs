//! Devices by name or from files.

use super::Stop;
use crate::device::{Catalog, Device};
use crate::run::Machine;
use std::path::Path;
use std::sync::Arc;

/// Devices besides those that are built in.
#[derive(Debug, clap::Args)]
pub(super) struct Devices {
    /// Add a device, or change a built-in one of the same name: a file such as those in fixtures/devices [repeatable]
    #[arg(long = "device", id = "device", value_name = "FILE", value_parser = from_file)]
    devices: Vec<Device>,
}

impl Devices {
    /// All devices there are.
    pub(super) fn catalog(&self) -> Result<Catalog, Stop> {
        let add = |catalog: Catalog, device: &Device| catalog.with(device.clone());
        self.devices.iter().try_fold(Catalog::default(), add).map_err(|error| Stop::Input(format!("--device: {error}")))
    }
}

/// The device in a file.
pub(super) fn from_file(file: &str) -> Result<Device, String> {
    let text = std::fs::read_to_string(Path::new(file)).map_err(|error| error.to_string())?;
    Device::read(&text).map_err(|error| error.to_string())
}

/// A backend by name.
pub(super) fn backend<'a>(name: &str, catalog: &'a Catalog) -> Result<&'a Arc<Device>, Stop> {
    catalog.find(name).ok_or_else(|| Stop::Input(format!("backend {name:?} is not known, allowed are {}", catalog.names())))
}

/// The simulator, under a noise model if one is asked for.
pub(super) fn simulator(noise: Option<&str>, catalog: &Catalog) -> Result<Machine, String> {
    let noise = noise.map(|name| catalog.noise_model(name)).transpose().map_err(|error| error.to_string())?.flatten();
    Ok(noise.cloned().map_or(Machine::Ideal, Machine::Noisy))
}
