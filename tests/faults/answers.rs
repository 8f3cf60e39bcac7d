//! Answers that do not come, come late, or are none: F2, F5, F6, F8 to F16, F21, F22, F36.

use crate::stage::{SETTLE, Wire, cloud, fault, poll, retry, story, told};
use paultrap::api::{Method, Reply, Request};
use paultrap::client::{ClientError, Mode, Poll, TransportErrorKind};
use paultrap::executor::Fate;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn f02_a_connection_that_never_comes_about_is_no_submission_and_is_tried_again() {
    let cloud = cloud("").start();
    let refuse = |request: &Request, before| (request.method == Method::Post && before < 3).then_some(Err(TransportErrorKind::Connect));
    let story = told(&cloud, &Wire::new(&cloud).instead(refuse), 1, |batch| batch).await;
    story.assert_complete();
    story.assert_jobs(1);
    assert_eq!(story.submissions(), 4);
    assert!(story.log.iter().all(|sent| !sent.query.contains("target=")), "there is nothing to be looked for");
}

#[tokio::test(start_paused = true)]
async fn f05_an_answer_lost_after_the_job_was_made_ends_in_one_job() {
    for mode in [Mode::Strict, Mode::Effective] {
        let cloud = cloud(&fault("create_job", "nth = [1, 3]", "\"drop_after\"")).start();
        let wire = Wire::new(&cloud);
        let story = told(&cloud, &wire, 3, |_| wire.batch_with(retry().mode(mode), poll()).workers(1).in_order()).await;
        story.assert_complete();
        story.assert_jobs(3);
        assert_eq!((story.submissions(), story.report.traffic.adopted), (3, 2), "{mode:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f05_a_submission_lost_before_the_job_was_made_is_sent_again_after_two_looks_or_stays_unresolved() {
    let faults = fault("create_job", "nth = [1]", "\"drop_before\"");
    let again = story(&faults, 1, |batch| batch).await;
    again.assert_complete();
    again.assert_jobs(1);
    let at: Vec<Duration> = again.log.iter().filter(|sent| sent.is_submission()).map(|sent| sent.at).collect();
    assert!(at.len() == 2 && at[1] >= at[0] + 2 * SETTLE, "{at:?}");
    // Where jobs cost money nothing is sent again.
    let cloud = cloud(&faults).start();
    let wire = Wire::new(&cloud);
    let strict = told(&cloud, &wire, 1, |_| wire.batch_with(retry().mode(Mode::Strict), poll())).await;
    assert_eq!((strict.fates(), strict.submissions()), (vec![Fate::Unresolved], 1));
    assert!(matches!(&strict.report.circuits[0].result, Err(ClientError::Unresolved { key, .. }) if *key == strict.report.circuits[0].key));
    strict.assert_jobs(0);
}

#[tokio::test(start_paused = true)]
async fn f06_an_answer_later_than_anybody_waits_ends_in_one_job() {
    for what in ["{ delay = \"200s\" }", "\"stall\""] {
        let story = story(&fault("create_job", "nth = [1]", what), 2, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(2);
        assert_eq!(story.submissions(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn f08_an_answer_to_a_submission_that_is_none_ends_in_one_job() {
    for what in [
        "\"bad_json\"",
        "\"html\"",
        "{ body = \"\" }",
        "{ body = \"null\" }",
        "{ body = \"[]\" }",
        "{ body = \"{}\" }",
        "{ body = '{\"status\": \"submitted\"}' }",
        "{ set = \"id\", to = \"7\" }",
        "{ set = \"id\", to = \"null\" }",
        "{ set = \"id\", to = '\"\"' }",
        "{ set = \"id\", to = '\"../../v0.4/jobs\"' }",
    ] {
        let story = story(&fault("create_job", "nth = [1]", what), 2, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(2);
        assert_eq!((story.submissions(), story.report.traffic.adopted), (2, 1), "{what}");
    }
}

/// One byte a second is here an answer that is not whole in a minute: the limit is on the whole.
#[tokio::test(start_paused = true)]
async fn f09_an_answer_too_slow_to_be_whole_in_time_is_asked_for_again() {
    for on in ["get_job", "get_job_probabilities"] {
        let story = story(&fault(on, "nth = [1, 2]", "{ delay = \"61s\" }"), 1, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(1);
        assert!(story.report.wall > Duration::from_secs(120));
    }
}

#[tokio::test(start_paused = true)]
async fn f10_a_refused_circuit_is_refused_for_itself_and_the_others_run() {
    for status in [400, 422] {
        let faults = fault("create_job", "nth = [2]", &format!("{{ status = {status} }}"));
        let story = story(&faults, 4, |batch| batch.workers(1)).await;
        assert_eq!(story.fates(), [Fate::Completed, Fate::Rejected, Fate::Completed, Fate::Completed]);
        story.assert_jobs(3);
        assert_eq!(story.submissions(), 4, "a refusal is not tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn f11_a_key_that_is_not_taken_any_more_ends_the_batch_at_once() {
    let faults = fault("*", "nth = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]", "{ status = 401 }");
    let story = story(&faults, 30, |batch| batch.workers(3)).await;
    let first = 11;
    assert!(story.log.len() <= first + 1 + 3, "{} requests, the {first}th is refused, three are in flight", story.log.len());
    assert!(story.report.stopped.is_some());
    assert!(story.fates().iter().all(|fate| matches!(fate, Fate::Completed | Fate::Running | Fate::Unsent)), "{:?}", story.fates());
}

/// Unlike the matrix: there is no fate of its own for a job that may not be read; there is a job, and it is no longer waited for.
#[tokio::test(start_paused = true)]
async fn f12_a_forbidden_submission_ends_the_batch_and_a_forbidden_job_only_its_own() {
    let create = story(&fault("create_job", "", "{ status = 403 }"), 20, |batch| batch.workers(2)).await;
    assert!(create.submissions() <= 2 && create.report.stopped.is_some());
    assert!(create.fates().iter().all(|fate| *fate == Fate::Unsent), "{:?}", create.fates());
    let read = story(&fault("get_job", "nth = [1]", "{ status = 403 }"), 3, |batch| batch.workers(1)).await;
    assert_eq!(read.fates(), [Fate::Running, Fate::Completed, Fate::Completed]);
    read.assert_jobs(3);
}

#[tokio::test(start_paused = true)]
async fn f13_a_service_without_jobs_ends_the_batch() {
    let story = story(&fault("create_job", "", "{ status = 404 }"), 20, |batch| batch.workers(2)).await;
    assert!(story.submissions() <= 2 && story.report.stopped.is_some());
    assert!(story.fates().iter().all(|fate| *fate == Fate::Unsent), "{:?}", story.fates());
}

#[tokio::test(start_paused = true)]
async fn f14_a_new_job_that_nobody_knows_yet_is_waited_for_and_lost_only_beyond_that() {
    for seconds in [0, 1, 5, 9, 14] {
        let faults = fault("create_job", "nth = [1]", &format!("{{ hidden = \"{seconds}s\" }}"));
        let story = story(&faults, 2, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(2);
    }
    let story = story(&fault("create_job", "nth = [1]", "{ hidden = \"300s\" }"), 2, |batch| batch.in_order()).await;
    assert_eq!((story.fates(), story.submissions()), (vec![Fate::Lost, Fate::Completed], 2), "it is not sent again");
    assert!(story.report.circuits[0].job.is_some());
}

#[tokio::test(start_paused = true)]
async fn f15_a_conflict_on_reading_is_a_gateways_and_passes() {
    let story = story(&fault("get_job", "nth = [1, 2]", "{ status = 409 }"), 1, |batch| batch).await;
    story.assert_complete();
    story.assert_jobs(1);
}

/// A 409 whose job is not there is the service's own word: the circuit is rejected and not sent again.
#[tokio::test(start_paused = true)]
async fn f16_a_conflict_on_submission_is_looked_into() {
    let made = story(&fault("create_job", "nth = [1]", "{ status = 409, after = true }"), 2, |batch| batch).await;
    made.assert_complete();
    made.assert_jobs(2);
    let refused = story(&fault("create_job", "nth = [1]", "{ status = 409 }"), 2, |batch| batch.workers(1)).await;
    assert_eq!((refused.fates(), refused.submissions()), (vec![Fate::Rejected, Fate::Completed], 2));
    refused.assert_jobs(1);
}

#[tokio::test(start_paused = true)]
async fn f21_a_service_in_trouble_is_read_again_until_it_answers() {
    for status in [500, 502, 503, 504, 520, 522, 524, 529] {
        for on in ["get_job", "get_job_probabilities"] {
            let story = story(&fault(on, "nth = [1, 2, 3]", &format!("{{ status = {status} }}")), 1, |batch| batch).await;
            story.assert_complete();
            story.assert_jobs(1);
            assert_eq!(story.report.traffic.retries, 3, "{status} {on}");
        }
    }
    // And if all attempts fail, the job goes on being waited for.
    let story = story(&fault("get_job", "times = 30", "{ status = 503 }"), 1, |batch| batch).await;
    story.assert_complete();
    story.assert_jobs(1);
}

#[tokio::test(start_paused = true)]
async fn f22_a_submission_that_a_service_in_trouble_answers_ends_in_one_job_whether_it_was_made_or_not() {
    for status in [500, 502, 503, 504, 520, 524] {
        for after in [true, false] {
            let what = format!("{{ status = {status}, after = {after} }}");
            let story = story(&fault("create_job", "nth = [1]", &what), 2, |batch| batch).await;
            story.assert_complete();
            story.assert_jobs(2);
            assert_eq!(story.submissions(), if after { 2 } else { 3 }, "{what}");
        }
    }
}

/// Waiting goes by a clock that does not jump; what the service says of the time is used for its own list only.
#[tokio::test(start_paused = true)]
async fn f36_a_calendar_that_jumps_changes_nothing() {
    const NOW: &str = "Wed, 04 Mar 2026 05:06:07 GMT";
    for (before, after) in [
        (NOW, "Wed, 04 Mar 2026 06:06:07 GMT"),
        (NOW, "Wed, 04 Mar 2026 04:06:07 GMT"),
        (NOW, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", NOW),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW),
    ] {
        let cloud = cloud(&fault("create_job", "nth = [2, 5]", "\"drop_after\"")).start();
        let begun = Instant::now();
        let jump = move |_: &Request, mut reply: Reply| {
            let date = if begun.elapsed() < Duration::from_secs(2) { before } else { after };
            reply.headers.push(("date", date.to_owned()));
            reply
        };
        let wire = Wire::new(&cloud).change(jump);
        let story = told(&cloud, &wire, 12, |_| wire.batch_with(retry(), Poll { batch: 2, ..poll() }).workers(12)).await;
        story.assert_complete();
        story.assert_jobs(12);
        assert!(story.report.wall < Duration::from_secs(60), "{:?}", story.report.wall);
    }
}
