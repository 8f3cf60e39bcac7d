use super::backend::{self, Backend};
use super::characterization::{Characterization, Characterizations};
use super::job::{Created, Job, Jobs};
use crate::api::{Answer, Query, Reply};
use serde::Serialize;
use serde_json::{Map, Value};

/// An answer in the words of v0.3, as far as the query asks for it.
pub(in crate::api) fn reply(answer: Answer, query: &Query) -> Reply {
    match answer {
        Answer::Created(body) => Reply::json(200, &Created { id: body.id, status: "ready" }),
        Answer::Job(body) => Reply::json(200, &fields(&Job::from(*body), query)),
        Answer::Jobs(body) => {
            let jobs = body.jobs.into_iter().map(Job::from).collect();
            Reply::json(200, &Jobs { jobs, next: body.next.flatten() })
        }
        Answer::Backends(body) => Reply::json(200, &backend::asked_for(body, query)),
        Answer::Backend(body) => Reply::json(200, &Backend::from(*body)),
        Answer::Characterizations(body) => Reply::json(200, &Characterizations::from(body)),
        Answer::Characterization(body) => Reply::json(200, &Characterization::from(*body)),
        Answer::Plain(reply) => reply,
        Answer::Pending(pending) => pending.write(),
    }
}

/// The fields that `include` names, without those that `exclude` names. Names of nothing ask for nothing.
fn fields(job: &Job, query: &Query) -> Value {
    let mut fields = object(job);
    let named = |name: &str| query.list(name).or_else(|| query.list(&format!("{name}[]")));
    if let Some(include) = named("include") {
        fields.retain(|field, _| include.contains(&field.as_str()));
    }
    if let Some(exclude) = named("exclude") {
        fields.retain(|field, _| !exclude.contains(&field.as_str()));
    }
    Value::Object(fields)
}

fn object(body: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(body) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(), // a struct is an object
    }
}
