//! B81 … B86: lists, ids, and changing jobs.

use crate::row::Then::{self, Names, Stays};
use crate::row::{Row, raw, request};

const NOBODY: &str = "0198aaaa-0000-7000-8000-000000000001";

const CURSOR: &str = "a cursor is a place in time: its job may have been deleted in the meantime, and it shows nothing of others";
const FILTER: &str = "a filter finds what is there, and what is no id is nobody's: as with a job that was deleted, nothing is found";
const HYPER: &str = "it is larger than all that hyper reads of a header: hyper answers by itself, with a status and nothing else";
const AGAIN: &str = "SDKs cancel what may be done by now, and take every error for a fault of theirs: the reply is the same, the job stays";

fn get(number: u8, what: &'static str, path: &str, then: Then) -> Row {
    let bytes = format!("GET {path} HTTP/1.1\r\nHost: HOST\r\nAuthorization: apiKey k\r\n\r\n");
    raw(number, what, bytes, then)
}

fn ids(count: usize) -> String {
    let ids: Vec<String> = (0..count).map(|_| format!("\"{NOBODY}\"")).collect();
    format!("{{\"ids\":[{}]}}", ids.join(","))
}

pub(crate) fn rows() -> Vec<Row> {
    [pages(), one(), many()].into_iter().flatten().collect()
}

fn pages() -> Vec<Row> {
    const LIMIT: Then = Names(&["limit"]);
    vec![
        get(81, "limit 0", "/v0.4/jobs?limit=0", LIMIT),
        get(81, "limit -1", "/v0.4/jobs?limit=-1", LIMIT),
        get(81, "limit in words", "/v0.4/jobs?limit=abc", LIMIT),
        get(81, "no limit behind the sign", "/v0.4/jobs?limit=", LIMIT),
        get(81, "limit 1.5", "/v0.4/jobs?limit=1.5", LIMIT),
        get(81, "limit 10^9", "/v0.4/jobs?limit=1000000000", Stays(200)),
        get(81, "limit 10^30", "/v0.4/jobs?limit=1000000000000000000000000000000", LIMIT),
        get(82, "next that is no id", "/v0.4/jobs?next=abc", Names(&["next"])),
        get(82, "next of nobody", &format!("/v0.4/jobs?next={NOBODY}"), Stays(200)).differs(CURSOR),
        get(82, "next of another project", "/v0.4/jobs?next=FOREIGN", Stays(200)).differs(CURSOR),
        get(82, "next of 8 KB", &format!("/v0.4/jobs?next={}", "a".repeat(8000)), Names(&["next"])),
        get(83, "no ids behind the sign", "/v0.4/jobs?ids=", Stays(200)).differs(FILTER),
        get(83, "ids that are none", "/v0.4/jobs?ids=a,b", Stays(200)).differs(FILTER),
        get(83, "1,001 ids", &format!("/v0.4/jobs?ids={}", "a,".repeat(1000)), Names(&["ids"])),
        get(83, "4,000 ids", &format!("/v0.4/jobs?ids={}", "a,".repeat(4000)), Names(&["ids"])),
        get(83, "a million ids", &format!("/v0.4/jobs?ids={}", "a,".repeat(1_000_000)), Then::Bare(431)).differs(HYPER),
    ]
}

fn one() -> Vec<Row> {
    let put = |what, id: &str, body: &str, then| request(85, what, format!("PUT /v0.4/jobs/{id}/status/cancel"), body, then);
    let delete = |what, id: &str, body: &str, then| request(85, what, format!("DELETE /v0.4/jobs/{id}"), body, then);
    vec![
        get(84, "dots for an id", "/v0.4/jobs/..", Stays(404)),
        get(84, "a word for an id", "/v0.4/jobs/x", Stays(404)),
        get(84, "an id of 8 KB", &format!("/v0.4/jobs/{}", "a".repeat(8000)), Stays(404)),
        get(84, "an id of a megabyte", &format!("/v0.4/jobs/{}", "a".repeat(1 << 20)), Then::Bare(431)).differs(HYPER),
        get(84, "an id in capitals", "/v0.4/jobs/UPPER", Stays(404)),
        get(84, "an id in braces", "/v0.4/jobs/%7BDONE%7D", Stays(404)),
        get(84, "the id as it is", "/v0.4/jobs/DONE", Stays(200)),
        put("canceling a completed job", "DONE", "", Stays(200)).differs(AGAIN),
        put("canceling it again", "DONE", "", Stays(200)).differs(AGAIN),
        put("canceling a canceled job", "CANCELED", "", Stays(200)),
        put("canceling a running job", "RUNNING", "", Stays(200)),
        // The operation has no body, so none is read, as of a GET.
        put("canceling with a body that is no JSON", "CANCELED", "{{{{", Stays(200)),
        put("canceling nobody's job", NOBODY, "", Stays(404)),
        delete("deleting a running job", "RUNNING", "", Stays(200))
            .differs("whoever deletes a job does not want it: it is canceled first, and its worker is free"),
        delete("deleting nobody's job with a body that is no JSON", NOBODY, "{{{{", Stays(404)),
        get(85, "results of a canceled job", "/v0.4/jobs/CANCELED/results/probabilities", Stays(404)),
        get(85, "it is completed all the same", "/v0.4/jobs/DONE/results/probabilities", Stays(200)),
    ]
}

fn many() -> Vec<Row> {
    const IDS: Then = Names(&["ids"]);
    const NOTHING: &str = "an id that is nobody's is 404 here as everywhere, and then nothing is done at all";
    let delete = |what, body: &str, then| request(86, what, "DELETE /v0.4/jobs", body, then);
    let cancel = |what, body: &str, then| request(86, what, "PUT /v0.4/jobs/status/cancel", body, then);
    let mixed = format!("{{\"ids\":[\"DONE\",\"{NOBODY}\"]}}");
    vec![
        delete("deleting no jobs", "{\"ids\":[]}", IDS),
        cancel("canceling no jobs", "{\"ids\":[]}", IDS),
        delete("deleting without ids", "{}", IDS),
        delete("deleting without a body", "", Names(&[])),
        delete("deleting a number", "{\"ids\":[5]}", Names(&["ids[0]"])),
        delete("deleting 100,000 jobs", &ids(100_000), IDS),
        delete("deleting 10,000 of nobody's jobs", &ids(10_000), Stays(404)).differs(NOTHING),
        delete("deleting a job and one that is nobody's", &mixed, Stays(404)).differs(NOTHING),
        cancel("canceling a job and one that is another project's", "{\"ids\":[\"DONE\",\"FOREIGN\"]}", Stays(404)).differs(NOTHING),
        delete("deleting a job and a word", "{\"ids\":[\"DONE\",\"x\"]}", Stays(404)).differs(NOTHING),
        get(86, "nothing was deleted", "/v0.4/jobs/DONE", Stays(200)),
    ]
}
