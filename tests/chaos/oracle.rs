//! What must be true of every run, whatever went wrong in it.

use crate::draw::{Cut, Draw};
use crate::play::{CANARY, Job, Played, Round, is_over};
use paultrap::executor::{CircuitReport, Fate, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What is not as it must be.
pub(crate) fn judge(draw: &Draw, played: &Played) -> Vec<String> {
    let mut wrong = played.wrong.clone(); // I5, I6
    every_circuit_once(draw, played, &mut wrong);
    one_job_each(draw, played, &mut wrong);
    jobs_are_there(draw, played, &mut wrong);
    right_results(draw, played, &mut wrong);
    few_extra_requests(played, &mut wrong);
    an_end(draw, played, &mut wrong);
    nothing_twice(played, &mut wrong);
    no_key(played, &mut wrong);
    wrong
}

fn reports(played: &Played) -> impl Iterator<Item = (&Round, &Report)> {
    played.rounds.iter().filter_map(|round| Some((round, round.report.as_ref()?)))
}

/// I1.
fn every_circuit_once(draw: &Draw, played: &Played, wrong: &mut Vec<String>) {
    for (_, report) in reports(played) {
        let indices: Vec<usize> = report.circuits.iter().map(|circuit| circuit.index).collect();
        if indices != (0..draw.circuits).collect::<Vec<_>>() {
            wrong.push(format!("I1: {} circuits, reported are {indices:?}", draw.circuits));
        }
    }
}

/// I2: no job without a key, and one job a key; where the service makes a job and says that it did not, all others are named.
fn one_job_each(draw: &Draw, played: &Played, wrong: &mut Vec<String>) {
    let mut by_key: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for job in &played.ledger {
        match &job.key {
            Some(key) => drop(by_key.entry(key).or_default().insert(&job.id)),
            None => wrong.push(format!("I2: job {} has no key", job.id)),
        }
    }
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for duplicate in reports(played).flat_map(|(_, report)| &report.duplicates) {
        let jobs = duplicate.others.iter().chain([&duplicate.kept]).map(String::as_str);
        named.entry(&duplicate.key).or_default().extend(jobs);
    }
    let last = played.rounds.last().and_then(|round| round.report.as_ref());
    let cut_off = last.is_none_or(|report| report.unaudited.is_some());
    for (key, jobs) in &by_key {
        if jobs.len() > 1 && !draw.makes_in_spite_of_429() {
            wrong.push(format!("I2: the key {key} has the jobs {jobs:?}"));
        } else if jobs.len() > 1 && !cut_off && named.get(key).is_none_or(|named| named != jobs && !(draw.delete && jobs.is_subset(named)))
        {
            wrong.push(format!("I2: the key {key} has the jobs {jobs:?}, the report names {:?}", named.get(key)));
        }
    }
    for (key, jobs) in named {
        if !draw.delete && !draw.has("lose_state") && by_key.get(key).is_none_or(|own| !jobs.is_subset(own)) {
            wrong.push(format!("I2: the report names the jobs {jobs:?} of {key}, the cloud has {:?}", by_key.get(key)));
        }
    }
}

/// I3.
fn jobs_are_there(draw: &Draw, played: &Played, wrong: &mut Vec<String>) {
    if draw.delete || draw.has("lose_state") {
        return;
    }
    let keys: BTreeMap<&str, Option<&str>> = played.ledger.iter().map(|job| (job.id.as_str(), job.key.as_deref())).collect();
    let mut claims: Vec<(String, String, &str)> = Vec::new();
    for (_, report) in reports(played) {
        // An answer to somebody else's submission is believed until the job is looked at for the first time.
        let sure = report.circuits.iter().filter(|circuit| is_over(circuit.fate()) || !draw.has("previous_reply"));
        claims.extend(sure.filter_map(|circuit| Some((circuit.key.clone(), circuit.job.clone()?, "report"))));
        for circuit in report.circuits.iter().filter(|circuit| circuit.fate() == Fate::Lost) {
            wrong.push(format!("I3: circuit {} is said to be lost, and its job {:?} is there", circuit.index, circuit.job));
        }
    }
    let over = reports(played).last().is_some_and(|(_, report)| report.circuits.iter().all(|circuit| is_over(circuit.fate())));
    if over || !draw.has("previous_reply") {
        claims.extend(accepted(played).into_iter().map(|(key, job)| (key, job, "journal")));
    }
    for (key, job, where_) in claims {
        if keys.get(job.as_str()) != Some(&Some(key.as_str())) {
            wrong.push(format!("I3: the {where_} has job {job} for {key}, the cloud says {:?}", keys.get(job.as_str())));
        }
    }
}

/// The last job of each key in the journal.
fn accepted(played: &Played) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(played.journal.as_deref().unwrap_or_default()).into_owned();
    let records = text.lines().skip(1).filter_map(|line| serde_json::from_str::<serde_json::Value>(line.splitn(3, ' ').nth(2)?).ok());
    let pair = |record: serde_json::Value| {
        let accepted = &record["accepted"];
        Some((accepted["key"].as_str()?.to_owned(), accepted["job"].as_str()?.to_owned()))
    };
    records.filter_map(pair).collect()
}

/// I4: the outcome of circuit k is k; on a noisy device, most often.
fn right_results(draw: &Draw, played: &Played, wrong: &mut Vec<String>) {
    for circuit in reports(played).flat_map(|(_, report)| &report.circuits) {
        let Ok(result) = &circuit.result else { continue };
        let least = if draw.qpu { 0.5 } else { 0.999 };
        let share = result.probabilities.get(circuit.index as u64);
        if share < least {
            wrong.push(format!("I4: circuit {} has its own outcome with {share}: {:?}", circuit.index, result.probabilities));
        }
    }
}

/// I7: where at most a tenth of all requests fails, not more than a fifth is sent on top of what is needed. On top is: each submission of a
/// key but the first, each search for lost jobs, however long the list is, and each request that repeats the line of one that failed. Ten are free in each round.
fn few_extra_requests(played: &Played, wrong: &mut Vec<String>) {
    let failed = played.log.iter().filter(|sent| sent.good == Some(false)).count();
    if failed * 10 > played.log.len() {
        return;
    }
    let (mut seen, mut failures) = (BTreeSet::new(), BTreeMap::new());
    let mut extra = 0;
    for sent in &played.log {
        let line = (sent.method.name(), &sent.path, &sent.query, &sent.key);
        let again = sent.is_submission() && !seen.insert(&sent.key);
        let repeats = failures.insert(line, sent.good == Some(false)) == Some(true);
        extra += usize::from(again || repeats || sent.is_search());
    }
    let primary = played.log.len() - extra;
    if extra > 10 * played.rounds.len() + primary / 5 {
        wrong.push(format!("I7: {extra} extra requests on {primary}, {failed} failed"));
    }
}

/// I8: without faults everything comes to its own end, and soon.
fn an_end(draw: &Draw, played: &Played, wrong: &mut Vec<String>) {
    let last = played.rounds.last().unwrap();
    let Some(report) = last.report.as_ref().filter(|_| last.cut.is_none()) else {
        wrong.push("I8: the last round has no end".to_owned());
        return;
    };
    let took = last.ended - last.begun.max(draw.lifted).min(last.ended);
    let bound = bound(draw);
    if took > bound {
        wrong.push(format!("I8: it took {took:?} after the faults had stopped at {:?}, {bound:?} are allowed", draw.lifted));
    }
    let jobs: BTreeMap<&str, &Job> = played.ledger.iter().map(|job| (job.id.as_str(), job)).collect();
    for circuit in &report.circuits {
        let job = circuit.job.as_deref().and_then(|job| jobs.get(job).copied());
        if let Some(problem) = unfinished(draw, last, circuit, job) {
            wrong.push(format!("I8: circuit {} {problem}: {:?}", circuit.index, circuit.result.as_ref().err().map(ToString::to_string)));
        }
    }
}

/// How long a batch may take at most once nothing goes wrong any more: all its jobs one after the other, the longest pause that the service
/// has asked for or patience allows, and a deadline for each job that never ends.
fn bound(draw: &Draw) -> Duration {
    let jobs = draw.circuits as u32;
    let stuck = if draw.has("stuck") { draw.deadline * jobs.div_ceil(draw.workers as u32).max(1) } else { Duration::ZERO };
    let asked = if draw.has("2000s") { Duration::from_secs(2200) } else { Duration::ZERO };
    (draw.queue + draw.run + 2 * draw.poll.longest) * jobs + 4 * draw.retry.settle + stuck + asked + Duration::from_secs(1000)
}

/// What is wrong about how a circuit ended, the job being as the cloud has it.
fn unfinished(draw: &Draw, round: &Round, circuit: &CircuitReport, job: Option<&Job>) -> Option<String> {
    let fate = circuit.fate();
    // What was given up while things went wrong, and would be taken up again if there were a journal.
    let at = round.begun + circuit.finished;
    if at < draw.lifted + draw.retry.patience && round.begun <= draw.lifted && !is_over(fate) {
        return None;
    }
    let own = job.map(|job| job.status.as_str());
    let gone = draw.delete || draw.has("lose_state");
    let fits = match fate {
        Fate::Completed => matches!(own, Some("completed")) || gone,
        Fate::Unreadable => draw.spoils_results(),
        Fate::Failed => matches!(own, Some("failed")) || gone,
        Fate::Canceled => matches!(own, Some("canceled")) || gone,
        Fate::Rejected => job.is_none() && (draw.has("400") || draw.has("422") || draw.has("413") || draw.has("409")),
        Fate::Running => matches!(own, Some("started")) && draw.has("stuck") || draw.has("2000s"), // that is beyond some deadlines
        Fate::Lost => job.is_none() && draw.has("lose_state"),
        Fate::Unresolved => draw.is_strict() && job.is_none(),
        _ => false,
    };
    (!fits).then(|| format!("is {}, its job is {own:?}", fate.name()))
}

/// What was once over is taken from the journal.
fn nothing_twice(played: &Played, wrong: &mut Vec<String>) {
    let mut over: BTreeMap<usize, Option<String>> = BTreeMap::new();
    for (round, report) in reports(played) {
        for circuit in &report.circuits {
            let not_begun = circuit.fate() == Fate::Unsent || circuit.job.is_none() && !is_over(circuit.fate());
            let stopped = matches!(round.cut, Some(Cut::Gently(_) | Cut::Now(_))) && not_begun;
            if let Some(job) = over.get(&circuit.index)
                && !stopped
                && (!circuit.replayed || circuit.job != *job)
            {
                wrong.push(format!("I9: circuit {} was over with job {job:?}, and was run again as {:?}", circuit.index, circuit.job));
            }
            if is_over(circuit.fate()) {
                over.insert(circuit.index, circuit.job.clone());
            }
        }
    }
}

/// I10.
fn no_key(played: &Played, wrong: &mut Vec<String>) {
    let journal = String::from_utf8_lossy(played.journal.as_deref().unwrap_or_default());
    let debug = reports(played).map(|(_, report)| format!("{report:?}")).collect::<String>();
    let errors = reports(played).flat_map(|(_, report)| &report.circuits).filter_map(|circuit| circuit.result.as_ref().err());
    let errors = errors.map(ToString::to_string).collect::<String>();
    for (what, text) in [("journal", &*journal), ("report", &debug), ("errors", &errors)] {
        if text.contains(CANARY) {
            wrong.push(format!("I10: the key is in the {what}"));
        }
    }
}
