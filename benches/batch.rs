//! Jobs through the whole cloud: `cargo bench --bench batch`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use paultrap::adapters::embedded;
use paultrap::api::JobRequest;
use paultrap::prelude::*;
use std::hint::black_box;
use std::time::Duration;

fn bell() -> Program {
    Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])]).expect("a valid circuit").into()
}

fn cloud(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let client = embedded::client(&Cloud::builder().start());
    let request = JobRequest::single(&bell()).on("simulator");
    criterion.bench_function("cloud/submit_to_result/bell", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let job = client.submit(&request).await.expect("accepted");
                let done = client.wait(&job, Duration::from_secs(10)).await.expect("completed");
                let result = client.result(&done).await.expect("a distribution");
                client.delete(&job).await.expect("deleted");
                black_box(result)
            })
        });
    });
}

fn executor(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("executor/sweep_1000");
    group.throughput(Throughput::Elements(1000)).sample_size(10);
    for workers in [1, 10] {
        group.bench_function(format!("{workers}_workers"), |bencher| {
            bencher.iter(|| {
                let batch = Batch::new(embedded::client(&Cloud::builder().start())).workers(workers);
                let tasks = (0..1000).map(|k| Task::new(k.to_string(), bell()));
                black_box(runtime.block_on(batch.run(tasks, |_| {})))
            });
        });
    }
}

criterion_group!(benches, cloud, executor);
criterion_main!(benches);
