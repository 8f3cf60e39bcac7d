//! What a seed comes to: a batch, a cloud, what goes wrong in it and when the batch is cut off.

use paultrap::client::{Mode, Poll, Retry};
use paultrap::outcome::Seed;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use std::time::Duration;

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) circuits: usize,
    pub(crate) workers: usize,
    pub(crate) pack: usize,
    pub(crate) qpu: bool,
    pub(crate) mode: Option<Mode>,
    pub(crate) queue: Duration,
    pub(crate) run: Duration,
    pub(crate) cloud_workers: usize,
    pub(crate) poll: Poll,
    pub(crate) retry: Retry,
    pub(crate) deadline: Duration,
    pub(crate) ordered: bool,
    pub(crate) delete: bool,
    pub(crate) journal: bool,
    /// As in a scenario file.
    pub(crate) faults: Vec<Wrong>,
    /// When the faults stop.
    pub(crate) lifted: Duration,
    pub(crate) cuts: Vec<Cut>,
}

/// One fault, and what it excuses.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    pub(crate) on: &'static str,
    pub(crate) what: &'static str,
    pub(crate) when: String,
}

/// How a run is cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cut {
    Gently(Duration),
    Now(Duration),
    /// The process is gone at the so-many-th request, before or after the cloud has it.
    Crash {
        request: usize,
        after: bool,
    },
}

/// What can happen to any request.
const ANY: &[&str] = &[
    "{ status = 500 }",
    "{ status = 502, after = true }",
    "{ status = 503 }",
    "{ status = 503, retry_after = \"3s\" }",
    "{ status = 503, retry_after = \"20s\", after = true }",
    "{ status = 504, after = true }",
    "{ status = 524, after = true, body = \"<html>\" }",
    "{ status = 408 }",
    "{ status = 409 }",
    "{ status = 425 }",
    "{ status = 429 }",
    "{ status = 429, retry_after = \"0s\" }",
    "{ status = 429, retry_after = \"1s\" }",
    "{ status = 429, retry_after = \"7s\" }",
    "{ status = 429, retry_after = \"90s\" }",
    "{ status = 429, retry_after = \"2000s\" }",
    "{ status = 429, retry_after_date = \"12s\" }",
    "{ status = 503, retry_after_date = \"5s\" }",
    "{ status = 429, retry_after_header = \"soon\" }",
    "{ delay = \"40ms\" }",
    "{ delay = \"700ms\" }",
    "{ delay = \"15s\" }",
    "{ delay = \"59s\" }",
    "{ delay = \"200s\" }",
    "\"drop_before\"",
    "\"drop_after\"",
    "{ truncate = 0 }",
    "{ truncate = 1 }",
    "{ truncate = 40 }",
    "\"stall\"",
    "\"bad_json\"",
    "\"html\"",
    "{ body = \"\" }",
    "{ body = \"null\" }",
    "{ body = \"[]\" }",
];

const CREATE: &[&str] = &[
    "{ status = 503, after = true }",
    "{ status = 409, after = true }",
    "{ status = 500, after = true, body = \"oops\" }",
    "{ status = 429, after = true }",
    "{ status = 429, retry_after = \"2s\", after = true }",
    "{ status = 400 }",
    "{ status = 422 }",
    "{ status = 413 }",
    "{ status = 401 }",
    "{ status = 403 }",
    "{ body = \"{}\" }",
    "{ body = \"{\\\"id\\\":7,\\\"status\\\":\\\"submitted\\\"}\" }",
    "{ body = \"{\\\"id\\\":\\\"\\\",\\\"status\\\":\\\"submitted\\\"}\" }",
    "{ body = \"{\\\"id\\\":\\\"../../evil\\\",\\\"status\\\":\\\"submitted\\\"}\" }",
    "{ set = \"id\", to = \"null\" }",
    "{ fail = \"InternalError\" }",
    "{ fail = \"QuotaExhaustedError\" }",
    "\"cancel\"",
    "\"stuck\"",
    "{ hidden = \"90ms\" }",
    "{ hidden = \"3s\" }",
    "{ unlisted = \"90ms\" }",
    "{ unlisted = \"9s\" }",
    "\"previous_reply\"",
    "{ results_late = \"2s\" }",
    "{ results_late = \"8s\" }",
];

const RESULTS: &[&str] = &[
    "{ status = 404 }",
    "\"nan\"",
    "\"infinity\"",
    "\"strings\"",
    "\"scientific\"",
    "\"integers\"",
    "\"float32\"",
    "\"duplicate_key\"",
    "\"fold_key\"",
    "\"missing_key\"",
    "\"empty\"",
    "\"null\"",
    "\"wrapped\"",
    "\"bit_strings\"",
    "\"round_counts\"",
    "\"reorder_children\"",
    "{ scale = 0.99999 }",
    "{ scale = 0.5 }",
    "{ decimals = 2 }",
    "{ negative = 1e-17 }",
    "{ negative = 0.1 }",
    "{ lose_child = 1 }",
    "{ null_child = 0 }",
];

const STATUS: &[&str] = &[
    "{ status = 404 }",
    "\"backwards\"",
    "{ set = \"status\", to = '\"running\"' }",
    "{ set = \"status\", to = '\"cancelling\"' }",
    "{ set = \"jobs.*.status\", to = '\"cancelling\"' }",
    "{ set = \"jobs.0.status\", to = '\"submitted\"' }",
];

/// Besides what is in `STATUS` and `ANY`.
const LIST: &[&str] = &["\"page_loop\"", "\"page_overlap\"", "\"shuffled\"", "\"forget_entry\""];

impl Draw {
    pub(crate) fn new(seed: u64) -> Draw {
        let mut rng = Seed(seed).stream(77);
        let rng = &mut rng;
        let circuits = if rng.random_bool(0.7) { rng.random_range(1..=10) } else { rng.random_range(1..=40) };
        let qpu = rng.random_bool(0.2);
        let journal = rng.random_bool(0.5);
        let seconds = |rng: &mut ChaCha8Rng, most: f64| Duration::from_secs_f64(most * rng.random::<f64>().powi(2) + 0.003);
        // Who asks all the time takes all the time.
        let calm = Poll { first: Duration::from_millis(50), growth: 1.3, longest: Duration::from_secs(5), batch: 25 };
        let poll = match rng.random_range(0..8) {
            0 if circuits <= 6 => Poll::embedded(),
            1 if circuits <= 15 => Poll::local(),
            2..5 => Poll { batch: rng.random_range(1..=10), ..calm },
            _ => *[calm, Poll::remote()].choose(rng).unwrap(),
        };
        let retry = [Retry::embedded(), Retry::local(), Retry::remote()].choose(rng).unwrap().seeded(Seed(seed));
        let faults: Vec<Wrong> = (0..rng.random_range(0..=6)).map(|_| wrong(rng)).collect();
        // A list that lags behind for longer than is waited for is one that says that there is no job.
        let slow = |wrong: &Wrong| wrong.what.contains("hidden = \"3s") || wrong.what.contains("unlisted = \"9s");
        let retry = if faults.iter().any(slow) { Retry::remote().seeded(Seed(seed)) } else { retry };
        let lifted = seconds(rng, 400.0);
        let cuts = if journal && rng.random_bool(0.6) { (0..rng.random_range(1..=3)).map(|_| cut(rng)).collect() } else { Vec::new() };
        Draw {
            seed,
            circuits,
            workers: if rng.random_bool(0.5) { rng.random_range(1..=4) } else { rng.random_range(1..=40) },
            pack: if rng.random_bool(0.5) { 1 } else { rng.random_range(2..=12) },
            qpu,
            mode: *[None, Some(Mode::Strict), Some(Mode::Effective)].choose(rng).unwrap(),
            queue: seconds(rng, 20.0),
            run: seconds(rng, 10.0),
            cloud_workers: rng.random_range(1..=3),
            poll,
            retry,
            deadline: Duration::from_secs(rng.random_range(200..3600)),
            ordered: rng.random_bool(0.3),
            delete: rng.random_bool(0.1),
            journal,
            faults,
            lifted,
            cuts,
        }
    }

    /// As a scenario file.
    pub(crate) fn scenario(&self) -> String {
        let head = format!("description = \"chaos\"\nseed = {}\n", self.seed);
        self.faults.iter().fold(head, |text, wrong| text + &wrong.toml())
    }

    /// Whether a submission that is found nowhere stays so.
    pub(crate) fn is_strict(&self) -> bool {
        self.mode.map_or(self.qpu, |mode| mode == Mode::Strict)
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.faults.iter().any(|wrong| wrong.what.contains(part))
    }

    /// Whether something answers a submission with 429 and makes the job all the same.
    pub(crate) fn makes_in_spite_of_429(&self) -> bool {
        self.faults.iter().any(|wrong| wrong.what.contains("429") && wrong.what.contains("after = true"))
    }

    /// Whether numbers may come that are no result.
    pub(crate) fn spoils_results(&self) -> bool {
        self.faults.iter().any(|wrong| RESULTS.contains(&wrong.what) || wrong.what.contains("body =") || wrong.what.contains("html"))
            || self.has("bad_json")
    }
}

impl Wrong {
    fn toml(&self) -> String {
        format!("[[fault]]\non = \"{}\"\n{}\ndo = {}\n", self.on, self.when, self.what)
    }
}

fn wrong(rng: &mut ChaCha8Rng) -> Wrong {
    let (on, what) = match rng.random_range(0..12) {
        0..3 => ("create_job", *CREATE.choose(rng).unwrap()),
        3..5 => ("create_job", *ANY.choose(rng).unwrap()),
        5 => ("get_jobs", *ANY[..32].choose(rng).unwrap()),
        6 => (*["get_job", "get_jobs"].choose(rng).unwrap(), *STATUS.choose(rng).unwrap()),
        7 => (*["get_job_probabilities", "get_job_probabilities_aggregated"].choose(rng).unwrap(), *RESULTS.choose(rng).unwrap()),
        8 => (
            *["get_job", "get_job_probabilities", "get_job_histogram", "get_job_probabilities_aggregated"].choose(rng).unwrap(),
            *ANY.choose(rng).unwrap(),
        ),
        9 => ("get_jobs", *LIST.choose(rng).unwrap()),
        10 if rng.random_bool(0.2) => ("*", "\"lose_state\""),
        _ => ("*", *ANY[..32].choose(rng).unwrap()),
    };
    // A list that says that it is empty is a lie about the whole.
    let what = if on == "get_jobs" && what == "{ status = 404 }" { STATUS[1] } else { what };
    let when = match rng.random_range(0..5) {
        // Once: a list that keeps leaving out a job says that there is none, and so does a service that forgets everything all the time.
        _ if what.contains("forget_entry") || what.contains("lose_state") => format!("nth = [{}]", rng.random_range(1..30)),
        0 => format!("nth = [{}, {}]", rng.random_range(1..4), rng.random_range(4..20)),
        1 => format!("every = {}", rng.random_range(2..9)),
        2 => format!("probability = {:.2}\ntimes = {}", rng.random_range(0.1..0.9), rng.random_range(1..5)),
        _ => format!("probability = {:.2}", rng.random_range(0.01..0.3)),
    };
    Wrong { on, what, when }
}

fn cut(rng: &mut ChaCha8Rng) -> Cut {
    let at = Duration::from_secs_f64(60.0 * rng.random::<f64>().powi(3));
    match rng.random_range(0..5) {
        0 => Cut::Gently(at),
        1 => Cut::Now(at),
        _ => Cut::Crash { request: rng.random_range(0..60), after: rng.random_bool(0.5) },
    }
}
