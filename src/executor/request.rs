use super::{Batch, Task};
use crate::api::{JobRequest, MetadataValue, NoiseRequest};
use crate::circuit::Whole;
use crate::client::SubmissionKey;
use crate::outcome::Seed;
use uuid::Uuid;

impl Batch {
    /// The request for some neighbouring circuits, the first of which has this place in the batch; without a key.
    pub(super) fn request(&self, first: usize, tasks: &[Task]) -> JobRequest {
        let task = &tasks[0];
        let mut request = match tasks {
            [only] => JobRequest { name: Some(only.name.clone()), ..JobRequest::of(&only.program) },
            _ => {
                let circuits = tasks.iter().filter_map(|task| Some((Some(task.name.clone()), task.program.circuit()?)));
                let name = format!("{} and {} more", task.name, tasks.len() - 1);
                let registers = tasks.iter().map(|task| task.program.registers_json());
                JobRequest { name: Some(name), ..JobRequest::multi(circuits).registered(registers) }
            }
        };
        request.backend = Some(self.backend_of(task).to_owned());
        request.shots = task.shots.or(self.shots).map(|shots| i64::from(shots.get()));
        request.noise = task.noise.clone().or_else(|| self.noise.clone()).map(|model| NoiseRequest {
            model,
            // IonQ's seeds are 1 to 2³¹-1; a local cloud goes by the metadata.
            seed: self.seed.map(|seed| Whole(((seed.child(first as u64).0 >> 33) as i64).max(1))),
        });
        if let Some(Seed(seed)) = self.seed {
            let pairs = [(JobRequest::SEED_KEY, seed), (JobRequest::INDEX_KEY, first as u64)];
            let text = |(key, number): (&str, u64)| (key.to_owned(), MetadataValue::Text(number.to_string()));
            request.metadata = Some(pairs.into_iter().map(text).collect());
        }
        request
    }

    /// The backend of a circuit.
    pub(super) fn backend_of<'a>(&'a self, task: &'a Task) -> &'a str {
        task.backend.as_deref().unwrap_or(&self.backend)
    }

    /// What circuits and their settings come to, for [`Journal::open`](super::Journal::open): other circuits, or the same ones in another
    /// order or on another backend, have another.
    pub fn fingerprint<'a>(&self, tasks: impl IntoIterator<Item = &'a Task>) -> Uuid {
        let chain = |before: Uuid, (index, task): (usize, &Task)| {
            let request = self.request(index, std::slice::from_ref(task));
            Uuid::new_v5(&before, &bytes(&request))
        };
        let target = self.target.as_ref().map(|target| Uuid::new_v5(&Uuid::nil(), format!("{target:?}").as_bytes()));
        tasks.into_iter().enumerate().fold(target.unwrap_or_default(), chain)
    }
}

/// The key of a request, the so many-th job for its circuits: the same whenever the batch is resumed.
pub(super) fn key(batch: Uuid, first: usize, attempt: u32, request: &JobRequest) -> SubmissionKey {
    let mut content = bytes(request);
    content.extend_from_slice(format!(" {first} {attempt}").as_bytes());
    SubmissionKey::derived(batch, &content)
}

fn bytes(request: &JobRequest) -> Vec<u8> {
    serde_json::to_vec(request).expect("wire types have string keys and serialize")
}
