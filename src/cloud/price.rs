//! What a circuit costs and how long a quantum computer would be at it: the one place where money is reckoned. Estimates, bills,
//! budgets of sessions and usage all ask here. The prices are data, `fixtures/prices.toml`.

use crate::circuit::GateCounts;
use crate::device::Device;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::LazyLock;

/// US dollars, in whole billionths, so that sums are exact and what was added can be taken away again. Stops at 18 billion dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Dollars(u64);

impl Dollars {
    /// How the unit is spelled in costs and limits.
    pub(super) const UNIT: &'static str = "usd";

    /// From a number of dollars, to the nearest billionth; nothing from what is negative or no number.
    pub(super) fn new(dollars: f64) -> Dollars {
        Dollars((dollars * 1e9).round() as u64)
    }

    /// The number of dollars.
    pub(super) fn value(self) -> f64 {
        self.0 as f64 / 1e9
    }

    fn times(self, count: u64) -> Dollars {
        Dollars(self.0.saturating_mul(count))
    }

    pub(super) fn plus(self, other: Dollars) -> Dollars {
        Dollars(self.0.saturating_add(other.0))
    }

    pub(super) fn minus(self, other: Dollars) -> Dollars {
        Dollars(self.0.saturating_sub(other.0))
    }
}

/// What something costs, and how long a quantum computer is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Quote {
    pub(super) cost: Dollars,
    /// Time on the quantum computer in microseconds; a simulator is none.
    pub(super) quantum_us: u64,
}

impl AddAssign for Quote {
    fn add_assign(&mut self, other: Quote) {
        let quantum_us = self.quantum_us.saturating_add(other.quantum_us);
        *self = Quote { cost: self.cost.plus(other.cost), quantum_us };
    }
}

/// The price list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    id: String,
    qpu: Prices,
    backends: BTreeMap<String, Prices>,
}

/// The prices of one backend, in dollars; those of gates are for one shot.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prices {
    cost_1q_gate: f64,
    cost_2q_gate: f64,
    job_cost_minimum: f64,
    job_cost_minimum_mitigated: f64,
}

static LIST: LazyLock<List> = LazyLock::new(|| {
    let text = include_str!("../../fixtures/prices.toml");
    toml::from_str(text).expect("the built-in price list parses, see the test below")
});

/// The name of the price list.
pub(super) fn list_id() -> &'static str {
    &LIST.id
}

/// What a backend charges: by gates and shots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rates {
    /// For a gate on one qubit, each shot.
    pub(super) one_qubit: Dollars,
    /// For a gate on more, each shot.
    pub(super) two_qubit: Dollars,
    /// The least a circuit costs.
    pub(super) minimum: Dollars,
}

impl Rates {
    /// Those of a device, with error mitigation or without. A simulator charges nothing.
    pub(super) fn of(device: &Device, mitigated: bool) -> Rates {
        if !device.is_qpu() {
            return Rates::default();
        }
        let prices = LIST.backends.get(&device.name).unwrap_or(&LIST.qpu);
        let minimum = if mitigated { prices.job_cost_minimum_mitigated } else { prices.job_cost_minimum };
        Rates { one_qubit: Dollars::new(prices.cost_1q_gate), two_qubit: Dollars::new(prices.cost_2q_gate), minimum: Dollars::new(minimum) }
    }
}

/// What a circuit costs on a device, and how long the device is at it, by its gates as submitted. Gates on a trapped-ion chain come one
/// after another, and each shot ends with readout and reset.
pub(super) fn quote(device: &Device, gates: GateCounts, shots: u32, mitigated: bool) -> Quote {
    let rates = Rates::of(device, mitigated);
    let [one, two, shots] = [gates.one_qubit as u64, gates.two_qubit as u64, u64::from(shots)];
    let shot = rates.one_qubit.times(one).plus(rates.two_qubit.times(two));
    let seconds = device.characterization().map_or(0.0, |known| {
        let played = one as f64 * known.time_1q + two as f64 * known.time_2q;
        shots as f64 * (played + known.readout + known.reset)
    });
    Quote { cost: shot.times(shots).max(rates.minimum), quantum_us: (seconds * 1e6).round() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Catalog;

    fn cost(backend: &str, one_qubit: usize, two_qubit: usize, shots: u32, mitigated: bool) -> f64 {
        quote(Catalog::built_in().find(backend).unwrap(), GateCounts { one_qubit, two_qubit }, shots, mitigated).cost.value()
    }

    #[test]
    fn a_circuit_costs_its_gates_times_shots_or_the_minimum_and_nothing_on_the_simulator() {
        // 1000 × (150 × 0.00022 + 40 × 0.000975) = 33 + 39
        assert_eq!(cost("qpu.forte-1", 150, 40, 1000, false), 72.0);
        assert_eq!(cost("qpu.forte-1", 150, 40, 1000, true), 97.5);
        assert_eq!(cost("qpu.forte-1", 1, 1, 100, false), 12.4166);
        assert_eq!(cost("qpu.forte-1", 0, 0, 1, false), 12.4166);
        assert_eq!(cost("qpu.harmony", 100, 10, 1000, true), 6.0);
        assert_eq!(cost("simulator", 1000, 1000, 1_000_000, true), 0.0);
        assert_eq!(cost("qpu.aria-1", usize::MAX, 1, 1_000_000, false), u64::MAX as f64 / 1e9, "stops, and does not wrap");
    }

    #[test]
    fn quantum_time_is_that_of_all_gates_readout_and_reset_of_every_shot() {
        let time = |backend: &str| {
            quote(Catalog::built_in().find(backend).unwrap(), GateCounts { one_qubit: 3, two_qubit: 2 }, 100, false).quantum_us
        };
        // 100 × (3 × 130 + 2 × 970 + 150 + 50) microseconds
        assert_eq!(time("qpu.forte-1"), 253_000);
        assert_eq!(time("simulator"), 0);
    }

    #[test]
    fn dollars_add_up_exactly_and_can_be_taken_away_again() {
        let tenth = Dollars::new(0.1);
        let three = tenth.plus(tenth).plus(tenth);
        assert_eq!(three, Dollars::new(0.3));
        assert_eq!(
            (three.minus(tenth).value(), tenth.minus(three), Dollars::new(-1.0), Dollars::new(f64::NAN)),
            (0.2, Dollars::default(), Dollars::default(), Dollars::default())
        );
    }

    #[test]
    fn every_price_is_that_of_a_device_there_is_and_not_negative() {
        for (name, prices) in LIST.backends.iter().chain([(&"qpu.forte-1".to_owned(), &LIST.qpu)]) {
            assert!(Catalog::built_in().find(name).is_some_and(|device| device.is_qpu()), "{name}");
            let Prices { cost_1q_gate, cost_2q_gate, job_cost_minimum, job_cost_minimum_mitigated } = *prices;
            assert!(cost_1q_gate > 0.0 && cost_2q_gate > cost_1q_gate && job_cost_minimum > 0.0, "{name}");
            assert!(job_cost_minimum_mitigated >= job_cost_minimum, "{name}");
        }
    }
}
