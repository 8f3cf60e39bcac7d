//! What a job costs and what it would. `../price.rs` does the sums.

use super::super::Shared;
use super::super::job::Job;
use super::super::price::{self, Dollars, Rates, quote};
use super::super::reply::{bad_query, unknown_backend};
use super::Call;
use super::read::int32;
use super::sessions::flag;
use crate::api::{
    Answer, Cost, CostReply, ErrorBody, EstimateContext, EstimateInput, EstimateReply, EstimateRequest, Query, Rate, RateCard,
    RateInformation, time,
};
use crate::circuit::GateCounts;
use crate::device::{Catalog, Device};
use crate::outcome::Shots;
use std::sync::Arc;

impl Shared {
    pub(super) fn get_job_cost(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let state = self.state();
        let job = state.job(call.id(), &call.account, self.now())?;
        let reply = job.cost();
        drop(state);
        Ok(Answer::json(&reply))
    }

    /// The queue time is this cloud's; the execution time is what a quantum computer would take, or this cloud if it takes longer.
    pub(super) fn estimate_job_cost(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let (request, device) = estimate_request(call.query, &self.settings.catalog)?;
        let session = switch(call.query, "session")?;
        let gates = GateCounts { one_qubit: request.one_qubit_gates as usize, two_qubit: request.two_qubit_gates as usize };
        let rates = Rates::of(device, request.error_mitigation);
        let quote = quote(device, gates, request.shots, request.error_mitigation);
        let [one_qubit, two_qubit, minimum] = [rates.one_qubit, rates.two_qubit, rates.minimum].map(Dollars::value);
        let account = &call.account;
        Ok(Answer::json(&EstimateReply {
            estimate_context: EstimateContext {
                request: request.clone(),
                organization: Some(account.organization.clone()),
                project: Some(account.project.clone()),
            },
            estimated_at: time(self.settings.clock.wall(self.now())),
            estimated_unit: Dollars::UNIT.to_owned(),
            rate_card: RateCard { id: price::list_id().to_owned(), rates: vec![rate(device, rates)] },
            estimated_total_cost: quote.cost.value(),
            estimated_execution_time: int32(self.settings.run_time.as_millis().max(u128::from(quote.quantum_us).div_ceil(1000))),
            estimated_quantum_compute_time_us: Some(int32(u128::from(quote.quantum_us))),
            current_predicted_queue_time: int32(self.settings.queue_time.as_millis()),
            input_values: Some(EstimateInput { request, session }),
            cost_unit: Some(Dollars::UNIT.to_owned()),
            rate_information: Some(RateInformation {
                organization: account.organization.clone(),
                cost_1q_gate: one_qubit,
                cost_2q_gate: two_qubit,
                job_cost_minimum: minimum,
            }),
            estimated_cost: Some(quote.cost.value()),
        }))
    }
}

impl Job {
    /// What it was expected to cost, and what it did.
    pub(super) fn cost(&self) -> CostReply {
        let cost = |dollars: Dollars| Cost { value: dollars.value(), unit: Dollars::UNIT.to_owned() };
        CostReply {
            dry_run: self.submission.dry_run,
            estimated_cost: Some(cost(self.quote.cost)),
            cost: self.billed().map(|billed| cost(billed.cost)),
        }
    }
}

/// The line of the price list that counts: gates, or the time that a simulator does not take on a quantum computer.
fn rate(device: &Device, rates: Rates) -> Rate {
    let gates = |dollars: Dollars| device.is_qpu().then_some(dollars.value());
    Rate {
        sku: device.name.clone(),
        unit: if device.is_qpu() { "gates" } else { "compute_second" }.to_owned(),
        unit_cost: (!device.is_qpu()).then_some(0.0),
        cost_1q_gate: gates(rates.one_qubit),
        cost_2q_gate: gates(rates.two_qubit),
        job_cost_minimum: gates(rates.minimum),
    }
}

/// What the query of an estimate asks. Whether such a circuit fits the backend is not asked here: the estimate only multiplies.
fn estimate_request<'a>(query: &Query, catalog: &'a Catalog) -> Result<(EstimateRequest, &'a Arc<Device>), ErrorBody> {
    let backend = query.get("backend").ok_or_else(|| bad_query("backend", "", "the name of a backend"))?;
    let device = catalog.find(backend).ok_or_else(|| unknown_backend(400, backend, catalog).naming("query", "backend"))?;
    let usual = EstimateRequest::new(&device.name);
    let most = i32::MAX.unsigned_abs();
    let request = EstimateRequest {
        kind: query.get("type").map_or_else(|| usual.kind.clone(), |kind| kind.chars().take(64).collect()),
        qubits: whole(query, "qubits", (1, most))?.unwrap_or(usual.qubits),
        shots: whole(query, "shots", (1, Shots::MAX))?.unwrap_or(usual.shots),
        one_qubit_gates: whole(query, "1q_gates", (0, most))?.unwrap_or(usual.one_qubit_gates),
        two_qubit_gates: whole(query, "2q_gates", (0, most))?.unwrap_or(usual.two_qubit_gates),
        error_mitigation: switch(query, "error_mitigation")?,
        ..usual
    };
    Ok((request, device))
}

fn whole(query: &Query, name: &str, (least, most): (u32, u32)) -> Result<Option<u32>, ErrorBody> {
    let Some(text) = query.get(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => Err(bad_query(name, text, &format!("a whole number from {least} to {most}"))),
    }
}

/// A flag that is off unless it is given.
fn switch(query: &Query, name: &str) -> Result<bool, ErrorBody> {
    match query.get(name) {
        None => Ok(false),
        Some(text) => flag(text).ok_or_else(|| bad_query(name, text, "true or false")),
    }
}
