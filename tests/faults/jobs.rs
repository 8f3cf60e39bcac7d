//! Jobs that go wrong after they were made, and results that are none: F23 to F30, F33, F35.

use crate::stage::{fault, ledger, story};
use paultrap::api::FailureCode;
use paultrap::client::ClientError;
use paultrap::executor::Fate;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn f23_a_job_that_never_ends_is_waited_for_until_the_deadline_and_goes_on() {
    let faults = fault("create_job", "nth = [1]", "\"stuck\"");
    let story = story(&faults, 2, |batch| batch.workers(1).deadline(Duration::from_secs(100))).await;
    assert_eq!(story.fates(), [Fate::Running, Fate::Completed]);
    assert!(matches!(&story.report.circuits[0].result, Err(ClientError::Deadline { waited, .. }) if waited.as_secs() == 100));
    assert!(ledger(&story.cloud).iter().any(|job| job["status"] == "started"), "nobody cancels it");
    story.assert_jobs(2);
}

#[tokio::test(start_paused = true)]
async fn f24_a_state_that_nobody_has_heard_of_is_not_the_end() {
    for status in ["running", "cancelling", "COMPLETED?", ""] {
        let faults = fault("get_job", "nth = [1, 3]", &format!("{{ set = \"status\", to = '\"{status}\"' }}"));
        let story = story(&faults, 1, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(1);
    }
}

#[tokio::test(start_paused = true)]
async fn f25_a_job_that_was_completed_once_is() {
    let faults = fault("get_job", "every = 2", "\"backwards\"") + &fault("get_jobs", "every = 2", "\"backwards\"");
    let story = story(&faults, 6, |batch| batch.pack(2).workers(4)).await;
    story.assert_complete();
    story.assert_jobs(3);
}

/// Unlike the matrix there is no option to submit failed jobs anew.
#[tokio::test(start_paused = true)]
async fn f26_a_failed_job_has_its_code_and_is_not_submitted_again() {
    for code in FailureCode::ALL {
        let faults = fault("create_job", "nth = [1]", &format!("{{ fail = \"{}\" }}", code.name()));
        let story = story(&faults, 2, |batch| batch.workers(1)).await;
        assert_eq!(story.fates(), [Fate::Failed, Fate::Completed]);
        assert_eq!(story.report.circuits[0].result.as_ref().unwrap_err().job_failed(), Some(code.name()));
        story.assert_jobs(2);
    }
    let unknown =
        fault("create_job", "", "{ fail = \"InternalError\" }") + &fault("get_job", "", "{ set = \"failure.code\", to = '\"Gremlins\"' }");
    let story = story(&unknown, 1, |batch| batch).await;
    assert_eq!(story.report.circuits[0].result.as_ref().unwrap_err().job_failed(), Some("Gremlins"));
}

#[tokio::test(start_paused = true)]
async fn f27_a_job_that_somebody_cancels_is_not_submitted_again() {
    let story = story(&fault("create_job", "nth = [1]", "\"cancel\""), 2, |batch| batch.workers(1)).await;
    assert_eq!(story.fates(), [Fate::Canceled, Fate::Completed]);
    story.assert_jobs(2);
}

#[tokio::test(start_paused = true)]
async fn f28_empty_results_of_a_completed_job_are_asked_for_again_for_a_while() {
    for body in ["", "null", "{}"] {
        let what = format!("{{ body = \"{body}\" }}");
        let late = story(&fault("get_job_probabilities", "nth = [1, 2, 3]", &what), 1, |batch| batch).await;
        late.assert_complete();
        let never = story(&fault("get_job_probabilities", "", &what), 1, |batch| batch).await;
        assert!(matches!(never.fates()[0], Fate::Unreadable | Fate::Running), "{body:?}: {:?}", never.fates());
        assert!(never.report.circuits[0].job.is_some());
        never.assert_jobs(1);
    }
}

#[tokio::test(start_paused = true)]
async fn f29_results_that_are_not_there_yet_are_waited_for() {
    for what in
        [fault("get_job_probabilities", "nth = [1, 2, 3, 4]", "{ status = 404 }"), fault("create_job", "", "{ results_late = \"8s\" }")]
    {
        let story = story(&what, 2, |batch| batch).await;
        story.assert_complete();
        story.assert_jobs(2);
    }
    // Beyond that the job is kept, and a resumed batch asks again.
    let story = story(&fault("create_job", "", "{ results_late = \"1000s\" }"), 1, |batch| batch).await;
    assert_eq!(story.fates(), [Fate::Running]);
    assert!(story.report.circuits[0].job.is_some());
}

/// Unlike the matrix nothing is fetched a second time: numbers are what they are. What came is kept in the error, byte for byte.
#[tokio::test(start_paused = true)]
async fn f30_numbers_that_are_no_distribution_are_an_error_of_their_own_circuit() {
    for (body, part) in [
        ("{\"x\": 1.0}", "x"),
        ("{\"64\": 1.0}", "64"),
        ("{\"0\": -0.5, \"1\": 1.5}", "-5e-1"),
        ("{\"0\": 1.5}", "1.5"),
        ("{\"0\": 0.5, \"1\": \"half\"}", "half"),
        ("{\"0\": null}", "null"),
        ("{\"0\": 0.4}", "0.4"),
        ("[0.5, 0.5]", ""),
        ("{\"0\": 1e400}", "1e400"),
        ("{\"0\": 0.5, \"0\": 0.5}", "0"),
        ("{\"0\": 0.5, \"0000001\": 0.5}", "0000001"),
        ("{\"0\": NaN}", "NaN"),
    ] {
        let story =
            story(&fault("get_job_probabilities", "nth = [1]", &format!("{{ body = '{body}' }}")), 2, |batch| batch.workers(1)).await;
        let error = story.report.circuits[0].result.as_ref().expect_err(body);
        assert_eq!(story.fates(), [Fate::Unreadable, Fate::Completed], "{body}: {error}");
        assert!(matches!(error, ClientError::BadResults { raw, .. } if **raw == *body.as_bytes()), "{body}: {error}");
        assert!(error.to_string().contains(part), "{body}: {error}");
        let asked = story.log.iter().filter(|sent| sent.path.ends_with("/results/probabilities")).count();
        assert_eq!(asked, 2, "each once");
        story.assert_jobs(2);
    }
}

#[tokio::test(start_paused = true)]
async fn f33_jobs_that_end_in_another_order_give_results_in_theirs() {
    let faults = fault("create_job", "every = 2", "{ delay = \"7s\" }") + &fault("create_job", "every = 3", "{ results_late = \"5s\" }");
    for in_order in [false, true] {
        let set = |batch: paultrap::executor::Batch| if in_order { batch.in_order() } else { batch };
        let story = story(&faults, 30, |batch| set(batch.workers(7))).await;
        story.assert_complete();
        story.assert_jobs(30);
    }
}

/// Unlike the matrix the batch goes on: later circuits are submitted to the service as it is now.
#[tokio::test(start_paused = true)]
async fn f35_jobs_that_the_service_forgot_are_lost_and_submitted_again_only_if_that_is_asked_for() {
    let faults = fault("*", "nth = [4]", "\"lose_state\"");
    let lost = story(&faults, 6, |batch| batch.workers(2)).await;
    let count = lost.fates().iter().filter(|fate| **fate == Fate::Lost).count();
    assert!((1..=2).contains(&count), "{:?}", lost.fates());
    assert_eq!(lost.report.failures(), count);
    assert_eq!(lost.submissions(), 6);
    let anew = story(&faults, 6, |batch| batch.workers(2).resubmit_lost()).await;
    anew.assert_complete();
    assert_eq!(anew.submissions(), 6 + count);
}
