use super::bars::{Bar, bars};
use super::sweep::{levels, mean_while_any, merged, peak, seconds_at};
use super::{Row, Timeline};
use crate::executor::Phase;
use std::time::Duration;

/// What kept a batch from being faster; [`Evidence::limit`] has the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// All workers were busy: more of them would have helped.
    Workers,
    /// So many requests in a time are allowed, by the service or by the user.
    RateLimit,
    /// The service had jobs wait.
    Queue,
    /// The jobs themselves, and the way to the service and back.
    Service,
    /// Faults: pauses before trying again, questions after lost answers.
    Retries,
    /// The compiler on this machine.
    Compiler,
    /// Nothing took any time.
    Nothing,
}

impl Limit {
    /// What it is, to follow "limited by".
    pub fn name(self) -> &'static str {
        match self {
            Limit::Workers => "the number of workers",
            Limit::RateLimit => "the rate limit",
            Limit::Queue => "the queue",
            Limit::Service => "the jobs themselves",
            Limit::Retries => "retries",
            Limit::Compiler => "compiling",
            Limit::Nothing => "nothing",
        }
    }
}

/// How parallel a batch really was, measured from what its circuits were doing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    /// The most circuits that were in flight at the same time ([`Phase::is_in_flight`]). Touching is not overlapping, and one that
    /// was in flight for no time at all still was.
    pub peak_in_flight: usize,
    /// How many circuits were in flight on average, while any was: from 1, one after another, to the peak; 0 if none ever was.
    pub overlap: f64,
    /// The most workers that were busy at the same time, in whatever phase. Circuits that share a job share its worker.
    pub peak_busy: usize,
    /// How long workers spent in each phase that occurred, in the order of [`Phase::ALL`], without waiting.
    pub per_phase: Vec<(Phase, Duration)>,
    /// What limited the batch. The first of these that applies:
    ///
    /// 1. [`Limit::Nothing`]: no worker spent any time.
    /// 2. [`Limit::RateLimit`], [`Limit::Retries`]: at least a quarter of the workers' time went into being held back, or into
    ///    pauses and questions after faults; the larger of the two.
    /// 3. [`Limit::Compiler`]: at least half of it went into compiling.
    /// 4. [`Limit::Queue`]: at least half of it was spent in the queue, and more workers would have had nothing to do or made the
    ///    queue longer: fewer jobs ran at once than workers were busy at once.
    /// 5. [`Limit::Workers`]: there were more jobs than workers, and all workers were busy for at least half of the time.
    /// 6. [`Limit::Service`].
    pub limit: Limit,
}

impl Evidence {
    /// How long workers spent in a phase.
    pub fn time_in(&self, phase: Phase) -> Duration {
        self.per_phase.iter().find(|(one, _)| *one == phase).map_or(Duration::ZERO, |(_, time)| *time)
    }
}

impl Timeline {
    /// What the spans say about how parallel the batch was, and why not more.
    pub fn evidence(&self) -> Evidence {
        let in_flight: Vec<_> = self.rows.iter().flat_map(Row::in_flight).collect();
        let at_least_one = usize::from(!in_flight.is_empty());
        let circuits = levels(in_flight);
        let bars = bars(&self.rows);
        let busy = levels(bars.iter().map(Bar::interval));
        let per_phase = per_phase(&bars);
        let limit = limit(&Shares::of(&per_phase), self.is_saturated(&bars), peak(&running(&bars)) < peak(&busy));
        Evidence {
            peak_in_flight: peak(&circuits).max(at_least_one),
            overlap: mean_while_any(&circuits),
            peak_busy: peak(&busy).max(usize::from(!bars.is_empty())),
            per_phase,
            limit,
        }
    }

    /// Whether there were more jobs than workers and every worker was busy for at least half of the time.
    fn is_saturated(&self, bars: &[Bar<'_>]) -> bool {
        let workers = self.workers.max(1);
        let full = seconds_at(&levels(bars.iter().map(Bar::interval)), workers);
        bars.len() > workers && full >= 0.5 * self.extent().as_secs_f64()
    }
}

/// How many jobs ran at each time.
fn running(bars: &[Bar<'_>]) -> Vec<super::sweep::Level> {
    levels(bars.iter().flat_map(|bar| merged(&bar.row.spans, |phase| phase == Phase::Run)))
}

fn per_phase(bars: &[Bar<'_>]) -> Vec<(Phase, Duration)> {
    let spans = || bars.iter().flat_map(Bar::spans);
    let occurs = |phase: &Phase| spans().any(|span| span.phase == *phase);
    let mut totals: Vec<(Phase, Duration)> = Phase::ALL.into_iter().filter(occurs).map(|phase| (phase, Duration::ZERO)).collect();
    for span in spans() {
        if let Some((_, total)) = totals.iter_mut().find(|(phase, _)| *phase == span.phase) {
            *total = total.saturating_add(span.length());
        }
    }
    totals
}

/// What part of the workers' time went where.
struct Shares {
    throttled: f64,
    retries: f64,
    compile: f64,
    queue: f64,
}

impl Shares {
    /// None if there was no time.
    fn of(per_phase: &[(Phase, Duration)]) -> Option<Shares> {
        let total: f64 = per_phase.iter().map(|(_, time)| time.as_secs_f64()).sum();
        let share = |wanted: &[Phase]| {
            per_phase.iter().filter(|(phase, _)| wanted.contains(phase)).map(|(_, time)| time.as_secs_f64()).sum::<f64>() / total
        };
        (total > 0.0).then(|| Shares {
            throttled: share(&[Phase::Throttled]),
            retries: share(&[Phase::Retry, Phase::Reconcile]),
            compile: share(&[Phase::Compile]),
            queue: share(&[Phase::Queue]),
        })
    }
}

/// The rule of [`Evidence::limit`].
fn limit(shares: &Option<Shares>, saturated: bool, fewer_ran_than_were_busy: bool) -> Limit {
    match shares {
        None => Limit::Nothing,
        Some(part) if part.throttled >= 0.25 && part.throttled >= part.retries => Limit::RateLimit,
        Some(part) if part.retries >= 0.25 => Limit::Retries,
        Some(part) if part.compile >= 0.5 => Limit::Compiler,
        Some(part) if part.queue >= 0.5 && (fewer_ran_than_were_busy || !saturated) => Limit::Queue,
        Some(_) if saturated => Limit::Workers,
        Some(_) => Limit::Service,
    }
}
