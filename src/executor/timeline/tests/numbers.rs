use super::*;
use crate::executor::Limit;
use crate::executor::timeline::bars::{bars, lanes, parts};
use approx::assert_relative_eq;

/// What limits a batch of so many workers in which each circuit spends its time like this, one circuit after another in each worker.
fn limit(circuits: usize, workers: usize, phases: &[(Phase, u64)]) -> Limit {
    let length: u64 = phases.iter().map(|(_, length)| length).sum();
    let of = |index: usize| row(index, chain((index / workers) as u64 * length, phases));
    timeline((0..circuits).map(of).collect(), workers).evidence().limit
}

#[test]
fn twenty_circuits_on_ten_workers_have_ten_in_flight_all_the_time() {
    let evidence = even(20, 10).evidence();
    assert_eq!((evidence.peak_in_flight, evidence.peak_busy), (10, 10));
    assert_relative_eq!(evidence.overlap, 10.0);
    assert_eq!(evidence.per_phase, [(Phase::Queue, ms(20_000)), (Phase::Run, ms(40_000))]);
    assert_eq!(evidence.time_in(Phase::Fetch), ms(0));
    assert_eq!(evidence.limit, Limit::Workers);
}

#[test]
fn compiling_pausing_and_being_held_back_are_not_in_flight() {
    let evidence = example().evidence();
    // 0 in flight 500 to 5000; 1 until 1000 and 3000 to 3500; 2 and 3 together 5000 to 8000.
    assert_eq!(evidence.peak_in_flight, 2);
    assert_relative_eq!(evidence.overlap, (4.5 + 1.5 + 3.0 + 3.0) / 8.0, epsilon = 1e-9);
}

#[test]
fn circuits_that_share_a_job_share_its_worker_and_its_time() {
    let evidence = example().evidence();
    assert_eq!(evidence.time_in(Phase::Run), ms(5000));
    assert_eq!(evidence.time_in(Phase::Throttled), ms(1000));
    assert_eq!(evidence.time_in(Phase::Waiting), ms(0), "no worker has what waits");
    let pack = |index| Row { job: Some("one".to_owned()), ..row(index, chain(0, &[(Phase::Run, 3000)])) };
    let packed = timeline((0..20).map(pack).collect(), 10).evidence();
    assert_eq!((packed.peak_in_flight, packed.peak_busy, packed.limit), (20, 1, Limit::Service));
}

#[test]
fn what_limits_a_batch_is_told_from_where_the_time_went() {
    use Phase::*;
    assert_eq!(limit(20, 10, &[(Submit, 100), (Run, 900)]), Limit::Workers);
    assert_eq!(limit(20, 20, &[(Submit, 100), (Run, 900)]), Limit::Service, "more workers would have nothing to do");
    assert_eq!(limit(20, 10, &[(Throttled, 250), (Run, 750)]), Limit::RateLimit);
    assert_eq!(limit(20, 10, &[(Throttled, 240), (Run, 760)]), Limit::Workers);
    assert_eq!(limit(20, 10, &[(Retry, 200), (Reconcile, 100), (Throttled, 250), (Run, 450)]), Limit::Retries);
    assert_eq!(limit(20, 10, &[(Compile, 600), (Run, 400)]), Limit::Compiler);
    assert_eq!(limit(5, 10, &[(Queue, 600), (Run, 400)]), Limit::Queue);
    assert_eq!(limit(20, 10, &[(Queue, 600), (Run, 400)]), Limit::Workers, "a queue that all pass at once is no longer for more");
    assert_eq!(limit(4, 1, &[(Queue, 600), (Run, 400)]), Limit::Workers, "one worker never queues behind itself");
    assert_eq!(limit(20, 10, &[(Run, 0)]), Limit::Nothing);
    assert_eq!(limit(0, 10, &[]), Limit::Nothing);
}

#[test]
fn a_service_that_runs_one_job_at_a_time_is_limited_by_its_queue() {
    // Four workers: each job queues while the three before it run, a second each.
    let of = |index: usize| match index as u64 {
        first @ 0..4 => row(index, chain(0, &[(Phase::Queue, 1000 * first), (Phase::Run, 1000)])),
        later => row(index, chain(1000 * (later - 3), &[(Phase::Queue, 3000), (Phase::Run, 1000)])),
    };
    let evidence = timeline((0..40).map(of).collect(), 4).evidence();
    assert_eq!((evidence.peak_busy, evidence.limit), (4, Limit::Queue));
    assert_eq!(evidence.time_in(Phase::Run), ms(40_000));
}

#[test]
fn a_batch_without_time_still_had_its_circuits_in_flight() {
    let instant = timeline(vec![row(0, chain(0, &[(Phase::Run, 0)])), row(1, chain(0, &[(Phase::Run, 0)]))], 2).evidence();
    assert_eq!((instant.peak_in_flight, instant.peak_busy, instant.limit), (1, 1, Limit::Nothing));
    assert_relative_eq!(instant.overlap, 0.0);
    let none = timeline(vec![row(0, Vec::new()), row(1, chain(0, &[(Phase::Waiting, 50)]))], 0).evidence();
    assert_eq!((none.peak_in_flight, none.peak_busy, none.limit), (0, 0, Limit::Nothing));
}

#[test]
fn bars_take_the_first_free_lane_and_no_two_in_a_lane_overlap() {
    let spans = [(0, 40), (0, 10), (5, 20), (10, 30), (20, 25), (25, 26), (40, 41)];
    let rows: Vec<Row> = spans.iter().enumerate().map(|(index, &(from, to))| row(index, chain(from, &[(Phase::Run, to - from)]))).collect();
    let bars = bars(&rows);
    assert_eq!(lanes(&bars), (vec![0, 1, 2, 1, 2, 2, 0], 3));
}

#[test]
fn parts_that_cannot_be_seen_are_joined_in_the_colour_of_the_longest() {
    let many: Vec<(Phase, u64)> = (0..1000).flat_map(|_| [(Phase::Submit, 1), (Phase::Retry, 3)]).collect();
    let rows = [row(0, [chain(0, &many), chain(4000, &[(Phase::Fetch, 0), (Phase::Run, 6000)])].concat())];
    let bar = &bars(&rows)[0];
    let joined = parts(bar, ms(100));
    assert!(joined.len() <= 41, "{}", joined.len());
    assert!(joined[..40].iter().all(|part| part.phase == Phase::Retry));
    assert_eq!((joined[0].from, joined.last().unwrap().to), (ms(0), ms(10_000)));
    assert_eq!(parts(bar, ms(0)).len(), 2001, "what lasts no time is no part");
}
