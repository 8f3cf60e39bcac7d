//! Services that have too many requests, or too large ones: F17 to F20.

use crate::stage::{Wire, cloud, fault, story, told};
use paultrap::cloud::RateLimit;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn f17_a_job_too_large_for_the_service_is_divided_and_its_halves_are_one_job_each() {
    let story = story(&fault("create_job", "nth = [1]", "{ status = 413 }"), 8, |batch| batch.pack(8).workers(8)).await;
    story.assert_complete();
    story.assert_jobs(2);
    assert_eq!(story.submissions(), 3);
}

#[tokio::test(start_paused = true)]
async fn f18_refusals_without_a_hint_slow_everybody_down_and_nothing_is_made_twice() {
    let story = story(&fault("create_job", "every = 3", "{ status = 429 }"), 12, |batch| batch).await;
    story.assert_complete();
    story.assert_jobs(12);
    assert_eq!(story.report.traffic.lost_answers, 0, "a 429 is no lost answer");
}

#[tokio::test(start_paused = true)]
async fn f18_a_batch_keeps_to_the_rate_of_the_service() {
    let limit = RateLimit::per_second(5).burst(5);
    let cloud = cloud("").rate_limit(limit).start();
    let story = told(&cloud, &Wire::new(&cloud), 200, |batch| batch.workers(40)).await;
    let refused = story.report.traffic.throttled as usize;
    assert_eq!(story.report.failures(), 0);
    assert!(refused * 10 <= story.log.len(), "{refused} of {} were refused", story.log.len());
}

#[tokio::test(start_paused = true)]
async fn f19_nothing_is_sent_while_the_service_wants_to_be_left_alone() {
    let faults = fault("create_job", "nth = [4]", "{ status = 429, retry_after = \"30s\" }");
    let story = story(&faults, 8, |batch| batch.workers(2)).await;
    story.assert_complete();
    story.assert_jobs(8);
    let asked = story.log.iter().filter(|sent| sent.is_submission()).nth(3).unwrap().at;
    let after: Vec<Duration> = story.log.iter().map(|sent| sent.at).filter(|at| *at > asked).collect();
    let first = after[0] - asked;
    assert!((30.0..33.1).contains(&first.as_secs_f64()), "{first:?}: a tenth more at most");
}

#[tokio::test(start_paused = true)]
async fn f19_a_wish_beyond_all_patience_is_kept_by_giving_up() {
    let faults = fault("create_job", "nth = [2]", "{ status = 429, retry_after = \"3000s\" }");
    let story = story(&faults, 20, |batch| batch.workers(1)).await;
    assert_eq!(story.submissions(), 2);
    assert!(story.report.circuits[1..].iter().all(|circuit| circuit.fate() == paultrap::executor::Fate::Unsent));
    story.assert_jobs(1);
}

#[tokio::test(start_paused = true)]
async fn f20_a_date_counts_from_the_services_own_clock_and_nonsense_counts_as_nothing() {
    for (what, least) in [
        ("retry_after = \"0s\"", 0),
        ("retry_after = \"7s\"", 7),
        ("retry_after_date = \"30s\"", 30),
        ("retry_after_header = \"120\"", 120),
        ("retry_after_header = \"Wed, 04 Mar 2026 05:06:07 GMT\"", 0),
        ("retry_after_header = \"Fri, 31 Dec 9999 23:59:59 GMT\"", 0),
        ("retry_after_header = \"Thu, 01 Jan 1970 00:00:00 GMT\"", 0),
        ("retry_after_header = \"-5\"", 0),
        ("retry_after_header = \"1e9\"", 0),
        ("retry_after_header = \"1000000000\"", 0),
        ("retry_after_header = \"99999999999999999999999\"", 0),
        ("retry_after_header = \"1.5\"", 0),
        ("retry_after_header = \"soon\"", 0),
    ] {
        let story = story(&fault("create_job", "nth = [1]", &format!("{{ status = 429, {what} }}")), 1, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(1);
        let at: Vec<f64> = story.log.iter().filter(|sent| sent.is_submission()).map(|sent| sent.at.as_secs_f64()).collect();
        let (least, most) = (f64::from(least), f64::from(least) * 1.1 + 1.01);
        assert!(at.len() == 2 && (least..=most).contains(&at[1]), "{what}: {at:?}, {least} to {most} were asked for");
    }
}
