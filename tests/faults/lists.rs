//! Answers that belong to others and lists that go wrong: F31, F32, F34.

use crate::stage::{Wire, cloud, fault, poll, retry, told};
use paultrap::api::{Method, Reply, Request};
use paultrap::client::Poll;
use paultrap::executor::{Batch, Fate};
use std::collections::BTreeSet;
use std::sync::Mutex;

#[tokio::test(start_paused = true)]
async fn f31_the_same_id_in_two_answers_is_noticed_and_each_circuit_gets_its_own_job() {
    let cloud = cloud(&fault("create_job", "nth = [2, 5]", "\"previous_reply\"")).start();
    let story = told(&cloud, &Wire::new(&cloud), 6, |batch| batch.workers(3)).await;
    story.assert_complete();
    story.assert_jobs(6);
    let jobs: BTreeSet<_> = story.report.circuits.iter().map(|circuit| circuit.job.clone().unwrap()).collect();
    assert_eq!(jobs.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn f32_answers_that_were_mixed_up_are_noticed_by_the_key() {
    let cloud = cloud("").start();
    // The first job is made and its answer lost; whoever comes next gets it.
    let kept: Mutex<Option<Reply>> = Mutex::new(None);
    let swap = move |request: &Request, reply: Reply| {
        let mut kept = kept.lock().unwrap();
        match (request.method == Method::Post, kept.take()) {
            (false, before) => {
                *kept = before;
                reply
            }
            (true, None) => {
                *kept = Some(reply);
                Reply { status: 502, body: Vec::new(), ..Reply::json(502, &()) }
            }
            (true, Some(before)) => before,
        }
    };
    let story = told(&cloud, &Wire::new(&cloud).change(swap), 2, |batch| batch).await;
    story.assert_complete();
    story.assert_jobs(2);
}

fn paged(wire: &Wire) -> Batch {
    wire.batch_with(retry(), Poll { batch: 3, ..poll() }).workers(4)
}

#[tokio::test(start_paused = true)]
async fn f34_pages_that_overlap_or_are_in_no_order_change_nothing() {
    for what in ["\"page_overlap\"", "\"shuffled\""] {
        let cloud = cloud(&(fault("get_jobs", "", what) + &fault("create_job", "every = 4", "\"drop_after\""))).start();
        let wire = Wire::new(&cloud);
        let story = told(&cloud, &wire, 12, |_| paged(&wire)).await;
        story.assert_complete();
        story.assert_jobs(12);
    }
}

#[tokio::test(start_paused = true)]
async fn f34_a_list_without_end_says_nothing_and_is_not_read_for_ever() {
    let faults = fault("get_jobs", "", "\"page_loop\"") + &fault("create_job", "nth = [10]", "\"drop_before\"");
    let cloud = cloud(&faults).start();
    let wire = Wire::new(&cloud);
    let story = told(&cloud, &wire, 12, |_| paged(&wire)).await;
    let unresolved: Vec<usize> =
        story.report.circuits.iter().filter(|circuit| circuit.fate() == Fate::Unresolved).map(|circuit| circuit.index).collect();
    assert_eq!((unresolved.len(), story.report.failures(), story.submissions()), (1, 1, 12), "it is not sent again");
    assert!(story.report.unaudited.is_some());
    story.assert_jobs(11);
}
