//! Many tasks append at once: groups, a paused clock, callers who leave.

use super::*;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::task::Poll;
use std::time::Duration;
use storage_in_memory::Fault;
use tokio::task::{JoinSet, yield_now};

/// A storage whose syncs, but for the first one (the header's), say that they have begun and wait until they may go on.
fn held() -> (Arc<Memory>, Receiver<()>, Sender<()>) {
    let ((begun, begins), (go, may_go)) = (channel(), channel());
    let may_go = Mutex::new(may_go);
    let gate = move |before| {
        if before > 0 {
            let _ = begun.send(());
            let _ = may_go.lock().unwrap().recv_timeout(Duration::from_secs(20)); // a test that fails holds nobody for ever
        }
    };
    (Memory::gated(b"", Some(Box::new(gate))), begins, go)
}

/// Starts one append each, and lets them come as far as they can.
async fn start(log: &Log, numbers: std::ops::Range<usize>) -> JoinSet<Result<Position, JournalError>> {
    let mut tasks = JoinSet::new();
    for number in numbers {
        let log = log.clone();
        tasks.spawn(async move { log.append(&record(number)).await });
    }
    // With one thread all of them run meanwhile; a scheduler's turn has room for some dozens.
    for _ in 0..tasks.len() {
        yield_now().await;
    }
    tasks
}

async fn all(mut tasks: JoinSet<Result<Position, JournalError>>) -> Vec<Result<u64, JournalError>> {
    let mut outcomes = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        outcomes.push(outcome.unwrap().map(|position| position.sequence));
    }
    outcomes
}

#[test]
fn whoever_appends_while_a_group_is_written_shares_the_next_write_and_sync() {
    let (storage, begins, go) = held();
    let (log, ..) = open(&storage).unwrap();
    paused().block_on(async {
        let first = start(&log, 0..1).await;
        begins.recv().unwrap();
        let others = start(&log, 1..64).await;
        (0..2).for_each(|_| go.send(()).unwrap());
        assert_eq!(all(first).await.len() + all(others).await.len(), 64);
    });
    assert_eq!((storage.count(Operation::Write), storage.count(Operation::Sync)), (3, 3)); // the header, one record, 63 records
    drop(go);
    assert_eq!(texts(&storage), (0..64).map(record).collect::<Vec<_>>());
}

#[test]
fn nobody_is_told_that_a_record_is_durable_before_it_is() {
    let (storage, begins, go) = held();
    let (log, ..) = open(&storage).unwrap();
    paused().block_on(async {
        let mut first = start(&log, 0..1).await;
        begins.recv().unwrap();
        assert_eq!(storage.count(Operation::Write), 2);
        assert!(after_a_while(&mut first).await.is_pending());
        go.send(()).unwrap();
        assert_eq!(all(first).await.len(), 1);
    });
}

async fn after_a_while(tasks: &mut JoinSet<Result<Position, JournalError>>) -> Poll<()> {
    for _ in 0..100 {
        yield_now().await;
    }
    std::future::poll_fn(|context| Poll::Ready(tasks.poll_join_next(context).map(|_| ()))).await
}

#[test]
fn a_paused_clock_stands_still_while_a_record_is_written() {
    let (moved, moves) = channel::<()>();
    let moves = Mutex::new(moves);
    // The sync gives the clock every opportunity to run ahead.
    let gate = move |_| assert_eq!(moves.lock().unwrap().recv_timeout(Duration::from_millis(30)), Err(RecvTimeoutError::Timeout));
    let storage = Memory::gated(b"", Some(Box::new(gate)));
    let (log, ..) = open(&storage).unwrap();
    paused().block_on(async move {
        let start = tokio::time::Instant::now();
        let moving = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_nanos(1)).await;
            let _ = moved.send(());
        });
        for number in 0..3 {
            log.append(&record(number)).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        moving.await.unwrap();
    });
}

#[test]
fn on_several_threads_every_record_is_there_once_and_in_the_order_of_its_number() {
    let storage = Memory::of(b"");
    let (log, ..) = open(&storage).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let mut told: Vec<(u64, Vec<u8>)> = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for worker in 0..16 {
            let log = log.clone();
            tasks.spawn(async move {
                let mut told = Vec::new();
                for text in (0..50).map(|number| record(worker * 1000 + number)) {
                    let position = log.append(&text).await.unwrap();
                    assert_eq!(log.read(position).unwrap(), text);
                    told.push((position.sequence, text));
                }
                told
            });
        }
        tasks.join_all().await.into_iter().flatten().collect()
    });
    told.sort();
    assert!(told.iter().map(|(sequence, _)| *sequence).eq(1..=800));
    assert_eq!(texts(&storage), told.into_iter().map(|(_, text)| text).collect::<Vec<_>>());
}

#[test]
fn whoever_is_dropped_while_waiting_disturbs_nobody_be_it_the_first_of_a_group_or_another() {
    for dropped in 0..8 {
        let (storage, begins, go) = held();
        let (log, ..) = open(&storage).unwrap();
        paused().block_on(async {
            let mut tasks = start(&log, 0..1).await;
            begins.recv().unwrap();
            let mut handles = Vec::new();
            for number in 1..8 {
                let log = log.clone();
                handles.push(tasks.spawn(async move { log.append(&record(number)).await }));
            }
            yield_now().await;
            match dropped {
                0 => tasks.abort_all(),
                other => handles[other - 1].abort(),
            }
            yield_now().await;
            (0..3).for_each(|_| go.send(()).unwrap());
            let next = log.append(&record(8)).await.unwrap();
            assert_eq!(next.sequence, 9);
            let mut answered = 0;
            while let Some(task) = tasks.join_next().await {
                answered += usize::from(task.is_ok_and(|appended| appended.is_ok()));
            }
            assert_eq!(answered, if dropped == 0 { 0 } else { 7 });
        });
        drop(go);
        assert_eq!(texts(&storage), (0..9).map(record).collect::<Vec<_>>());
    }
}

#[test]
fn an_append_that_was_never_polled_leaves_no_trace() {
    let storage = Memory::of(b"");
    let (log, ..) = open(&storage).unwrap();
    drop(log.append(b"1"));
    append_all(&log, &[b"2".to_vec()]).unwrap();
    assert_eq!(texts(&storage), [b"2"]);
}

#[test]
fn a_runtime_that_ends_or_a_storage_that_panics_leaves_an_error_and_nobody_waiting() {
    let storage = Memory::of(b"");
    let (log, ..) = open(&storage).unwrap();
    storage.fail(0, Fault::Panics);
    let outcomes = paused().block_on(async { all(start(&log, 0..5).await).await });
    for outcome in outcomes.into_iter().chain([append_all(&log, &[record(9)]).map(|_| 0)]) {
        assert!(matches!(outcome, Err(JournalError::Abandoned { .. })));
    }
    assert_eq!(texts(&storage), [b""; 0]);

    let storage = Memory::of(b"");
    let (log, ..) = open(&storage).unwrap();
    let ended = paused();
    let handle = ended.handle().clone();
    ended.shutdown_background();
    let _inside = handle.enter();
    for _ in 0..2 {
        assert!(matches!(poll_once(&log, b"1"), Poll::Ready(Err(JournalError::Abandoned { .. }))));
    }
    assert_eq!(texts(&storage), [b""; 0]);
}

fn poll_once(log: &Log, text: &[u8]) -> Poll<Result<Position, JournalError>> {
    std::pin::pin!(log.append(text)).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[test]
fn without_a_runtime_a_record_is_written_on_the_spot() {
    let storage = Memory::of(b"");
    let (log, ..) = open(&storage).unwrap();
    assert!(matches!(poll_once(&log, b"1"), Poll::Ready(Ok(position)) if position.sequence == 1));
    assert_eq!(texts(&storage), [b"1"]);
}
