//! What was measured of a device, in the words of v0.4, and in those of the calibrations that it had before.

use super::time;
use crate::device::{Characterization, Device};
use serde::{Deserialize, Serialize};

/// `GET /backends/{backend}/characterizations/{id}`, and each entry of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct CharacterizationReply {
    pub id: String,
    pub backend: String,
    /// When it was measured, as v0.4 writes times.
    pub date: String,
    pub qubits: usize,
    /// The pairs of qubits that can interact.
    #[serde(default)]
    pub connectivity: Vec<[usize; 2]>,
    pub fidelity: FidelityBody,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<TimingBody>,
}

/// Fidelities of gates on one and on two qubits, and of preparation and measurement together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FidelityBody {
    pub spam: MedianBody,
    #[serde(rename = "1q", default, skip_serializing_if = "Option::is_none")]
    pub one_qubit: Option<MedianBody>,
    #[serde(rename = "2q", default, skip_serializing_if = "Option::is_none")]
    pub two_qubit: Option<MedianBody>,
}

/// One fidelity, over all qubits or pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MedianBody {
    pub median: f64,
}

/// Times in seconds. IonQ's contract calls them whole numbers, but none of them is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TimingBody {
    pub readout: f64,
    pub reset: f64,
    #[serde(rename = "1q", default, skip_serializing_if = "Option::is_none")]
    pub one_qubit: Option<f64>,
    #[serde(rename = "2q", default, skip_serializing_if = "Option::is_none")]
    pub two_qubit: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t1: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t2: Option<f64>,
}

/// `GET /backends/{backend}/characterizations`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CharacterizationsReply {
    /// One page, newest first.
    pub characterizations: Vec<CharacterizationReply>,
    /// How many pages come after this one.
    #[serde(default)]
    pub pages: usize,
}

impl CharacterizationReply {
    /// What a measurement says of a device; all pairs where the device lists none.
    pub fn of(device: &Device, measured: &Characterization) -> CharacterizationReply {
        let median = |median| MedianBody { median };
        CharacterizationReply {
            id: measured.id.to_string(),
            backend: device.name.clone(),
            date: time(measured.date),
            qubits: device.qubits,
            connectivity: device.pairs(),
            fidelity: FidelityBody {
                spam: median(measured.fidelity_spam),
                one_qubit: Some(median(measured.fidelity_1q)),
                two_qubit: Some(median(measured.fidelity_2q)),
            },
            timing: Some(TimingBody {
                readout: measured.readout,
                reset: measured.reset,
                one_qubit: Some(measured.time_1q),
                two_qubit: Some(measured.time_2q),
                t1: Some(measured.t1),
                t2: Some(measured.t2),
            }),
        }
    }
}

/// `GET /calibrations/current`, and each entry of `GET /calibrations`: what characterizations were called before, in the form that
/// cirq-ionq reads. IonQ writes it alike in all versions that have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CalibrationReply {
    pub id: String,
    pub target: String,
    /// cirq-ionq needs a fraction of a second in it.
    pub date: String,
    pub qubits: usize,
    pub connectivity: Vec<[usize; 2]>,
    pub fidelity: MeansBody,
    pub timing: Option<TimingBody>,
}

/// Fidelities as calibrations name them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MeansBody {
    pub spam: MeanBody,
    #[serde(rename = "1q")]
    pub one_qubit: Option<MeanBody>,
    #[serde(rename = "2q")]
    pub two_qubit: Option<MeanBody>,
}

/// One fidelity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MeanBody {
    pub mean: f64,
}

/// `GET /calibrations`, without a `next`: that is how cirq-ionq knows that there are no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CalibrationsReply {
    pub calibrations: Vec<CalibrationReply>,
}

impl From<CharacterizationReply> for CalibrationReply {
    fn from(new: CharacterizationReply) -> CalibrationReply {
        let mean = |body: MedianBody| MeanBody { mean: body.median };
        let FidelityBody { spam, one_qubit, two_qubit } = new.fidelity;
        CalibrationReply {
            id: new.id,
            target: new.backend,
            date: new.date,
            qubits: new.qubits,
            connectivity: new.connectivity,
            fidelity: MeansBody { spam: mean(spam), one_qubit: one_qubit.map(mean), two_qubit: two_qubit.map(mean) },
            timing: new.timing,
        }
    }
}
