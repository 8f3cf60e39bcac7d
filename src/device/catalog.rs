use super::{Device, DeviceError, NoiseModel, UnknownNoiseModel};
use std::sync::{Arc, LazyLock};

/// The built-in device files, in the order of the listing.
const FILES: [&str; 6] = [
    include_str!("../../fixtures/devices/simulator.toml"),
    include_str!("../../fixtures/devices/harmony.toml"),
    include_str!("../../fixtures/devices/aria-1.toml"),
    include_str!("../../fixtures/devices/aria-2.toml"),
    include_str!("../../fixtures/devices/forte-1.toml"),
    include_str!("../../fixtures/devices/forte-enterprise-1.toml"),
];

static BUILT_IN: LazyLock<Catalog> = LazyLock::new(|| {
    let read = |file| Arc::new(Device::read(file).expect("built-in device files parse, see the test below"));
    Catalog { devices: FILES.into_iter().map(read).collect() }
});

/// The devices that a cloud has, the simulator among them. Cheap to clone.
///
/// ```
/// use paultrap::device::{Catalog, Device};
/// let narrow = Device { qubits: 4, name: "qpu.narrow".to_owned(), noise: None, ..Device::clone(Catalog::built_in().find("qpu.aria-1").unwrap()) };
/// let catalog = Catalog::default().with(narrow)?;
/// assert_eq!(catalog.find("qpu.narrow").unwrap().qubits, 4);
/// # Ok::<(), paultrap::device::DeviceError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// In the order of the listing; no two of one name.
    devices: Arc<[Arc<Device>]>,
}

impl Default for Catalog {
    /// What is built in.
    fn default() -> Catalog {
        Catalog::built_in().clone()
    }
}

impl Catalog {
    /// The devices whose files are in `fixtures/devices`.
    pub fn built_in() -> &'static Catalog {
        &BUILT_IN
    }

    /// The same with one more device, in the place of the one that had its name if there was one.
    ///
    /// # Errors
    /// [`DeviceError`] if it makes no sense, is no `qpu.…`, or has a name of a noise model that is another device's.
    pub fn with(&self, device: Device) -> Result<Catalog, DeviceError> {
        device.check()?;
        let plain =
            |name: &str| !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !device.name.strip_prefix("qpu.").is_some_and(plain) {
            return Err(DeviceError::Name { given: device.name.chars().take(128).collect() });
        }
        for name in device.noise.iter().flat_map(|noise| &noise.names) {
            let by = match self.noise_model(name) {
                Ok(Some(other)) if other.name != device.name => other.name.clone(),
                Ok(None) => Device::SIMULATOR.to_owned(),
                Ok(Some(_)) | Err(_) => continue,
            };
            return Err(DeviceError::NoiseName { given: name.clone(), by });
        }
        let mut devices = self.devices.to_vec();
        match devices.iter_mut().find(|known| known.name == device.name) {
            Some(place) => *place = Arc::new(device),
            None => devices.push(Arc::new(device)),
        }
        Ok(Catalog { devices: devices.into() })
    }

    /// Every backend, in the order of the listing.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Arc<Device>> {
        self.devices.iter()
    }

    /// A backend by its name, or by an old one ([`canonical`]).
    pub fn find(&self, name: &str) -> Option<&Arc<Device>> {
        let name = canonical(name);
        self.all().find(|device| device.name == name)
    }

    /// The names of all backends, for people.
    pub fn names(&self) -> String {
        self.all().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The device whose noise model has this name; `None` for `ideal`.
    ///
    /// # Errors
    /// [`UnknownNoiseModel`], listing the known ones.
    pub fn noise_model(&self, name: &str) -> Result<Option<&Arc<Device>>, UnknownNoiseModel> {
        if name == NoiseModel::IDEAL {
            return Ok(None);
        }
        let has = |device: &&Arc<Device>| device.noise.iter().flat_map(|noise| &noise.names).any(|known| known == name);
        self.all().find(has).map(Some).ok_or_else(|| UnknownNoiseModel::new(name, self.noise_names()))
    }

    /// Every name that a job's `noise.model` may have, `ideal` first.
    pub fn noise_names(&self) -> impl Iterator<Item = &str> {
        let models = self.all().filter_map(|device| device.noise.as_ref());
        std::iter::once(NoiseModel::IDEAL).chain(models.flat_map(|model| model.names.iter().map(String::as_str)))
    }
}

/// The full name of a backend: `qpu` alone is an old name of Aria 1.
pub fn canonical(name: &str) -> &str {
    if name == "qpu" { "qpu.aria-1" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_file_is_built_in_and_has_what_a_backend_of_its_kind_needs() {
        for device in Catalog::built_in().all() {
            assert_eq!(device.is_qpu(), device.characterization().is_some(), "{}", device.name);
            assert_eq!(device.is_qpu(), device.noise.is_some(), "{}", device.name);
            assert!(device.qubits <= crate::circuit::MAX_QUBITS);
            assert_eq!(device.limits.shots, device.is_qpu().then_some(10_000), "{}", device.name);
        }
        let files = std::fs::read_dir("fixtures/devices").unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
        assert_eq!(Catalog::built_in().all().len(), files, "a device file is not built in");
        assert_eq!(Catalog::built_in().find("qpu").unwrap().name, "qpu.aria-1");
        assert_eq!(Catalog::built_in().find("qpu.qpu"), None);
    }

    #[test]
    fn models_have_the_published_rates_and_unknown_ones_are_refused_with_the_list() {
        let catalog = Catalog::default();
        let aria = catalog.noise_model("aria-1").unwrap().unwrap().noise.as_ref().unwrap();
        assert_eq!((aria.one_qubit, aria.two_qubit, aria.qubits), (0.0005, 0.0133, 25));
        assert_eq!(catalog.noise_model("ideal"), Ok(None));
        let error = catalog.noise_model("brisbane").unwrap_err().to_string();
        assert_eq!(
            error,
            "noise model \"brisbane\" is not known, allowed are ideal, harmony, harmony-1, harmony-2, aria-1, aria-2, forte-1, \
             forte-enterprise-1"
        );
    }

    #[test]
    fn a_device_is_added_or_takes_the_place_of_its_namesake_and_brings_its_noise_model() {
        let aria = Device::clone(Catalog::built_in().find("qpu.aria-1").unwrap());
        let narrow = Catalog::default().with(Device { qubits: 3, ..aria.clone() }).unwrap();
        assert_eq!(narrow.all().len(), Catalog::built_in().all().len());
        assert_eq!(narrow.noise_model("aria-1").unwrap().unwrap().qubits, 3);
        assert_eq!(Catalog::built_in().find("qpu.aria-1").unwrap().qubits, 25, "other catalogs keep theirs");
        let noise = NoiseModel { names: vec!["own".to_owned()], ..aria.noise.clone().unwrap() };
        let own = narrow.with(Device { name: "qpu.own".to_owned(), noise: Some(noise), ..aria }).unwrap();
        assert_eq!(own.all().last().unwrap().name, "qpu.own");
        assert_eq!(own.noise_model("own").unwrap().unwrap().name, "qpu.own");
        assert!(own.noise_model("nobody").unwrap_err().to_string().ends_with("forte-enterprise-1, own"));
    }

    #[test]
    fn a_device_that_is_no_qpu_or_takes_a_name_that_is_taken_is_refused() {
        let aria = Device::clone(Catalog::built_in().find("qpu.aria-1").unwrap());
        let refused = |device: Device| Catalog::default().with(device).unwrap_err().to_string();
        for name in ["simulator", "aria-9", "qpu", "qpu.", "qpu.a/b", "qpu.Ä"] {
            let expected = format!("name is {name:?}, qpu. and a name of letters, digits and hyphens are needed");
            assert_eq!(refused(Device { name: name.to_owned(), ..aria.clone() }), expected);
        }
        let own = Device { name: "qpu.own".to_owned(), ..aria.clone() };
        assert_eq!(refused(own.clone()), "noise.names has \"aria-1\", which is taken by qpu.aria-1");
        let ideal = NoiseModel { names: vec!["ideal".to_owned()], ..aria.noise.clone().unwrap() };
        assert_eq!(refused(Device { noise: Some(ideal), ..own }), "noise.names has \"ideal\", which is taken by simulator");
        assert_eq!(refused(Device { qubits: 0, ..aria }), "qubits is 0, a whole number from 1 to 64 is needed");
    }
}
