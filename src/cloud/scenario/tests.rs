use super::file::Entry;
use super::results::Results;
use super::*;
use crate::cloud::scenario::engine::Strike;
use approx::assert_relative_eq;

fn parsed(fault: &str) -> Result<Scenario, ScenarioError> {
    Scenario::parse(&format!("description = \"a test\"\n[[fault]]\n{fault}"))
}

/// Every form of `do`, on an operation that it can happen to.
const FORMS: &[(&str, &str)] = &[
    ("create_job", r#"{"status":429,"retry_after":"2s"}"#),
    ("create_job", r#"{"status":503,"after":true,"body":"<html>"}"#),
    ("create_job", r#"{"status":429,"retry_after_date":"30s"}"#),
    ("create_job", r#"{"status":429,"retry_after_header":"Fri, 31 Dec 9999 23:59:59 GMT"}"#),
    ("create_job", r#"{"status":429,"retry_after_header":""}"#),
    ("create_job", r#"{"hidden":"5s"}"#),
    ("move_job", r#"{"unlisted":"5s"}"#),
    ("create_job", r#""previous_reply""#),
    ("clone_job", r#""drop_metadata""#),
    ("get_usage", r#""lose_state""#),
    ("get_session_jobs", r#""backwards""#),
    ("get_jobs", r#""page_loop""#),
    ("get_session_jobs", r#""forget_entry""#),
    ("get_jobs", r#"{"status":500}"#),
    ("*", r#"{"delay":"500ms"}"#),
    ("whoami", r#""drop_before""#),
    ("*", r#""drop_after""#),
    ("*", r#"{"truncate":17}"#),
    ("*", r#""stall""#),
    ("*", r#""bad_json""#),
    ("*", r#""html""#),
    ("get_job", r#"{"body":"{}"}"#),
    ("get_job", r#"{"set":"stats.qubits","to":"null"}"#),
    ("create_job", r#"{"fail":"QuotaExhaustedError"}"#),
    ("clone_job", r#""cancel""#),
    ("*", r#""stuck""#),
    ("*", r#"{"results_late":"5s"}"#),
    ("get_job_probabilities", r#"{"lose_child":2}"#),
    ("get_job_probabilities_aggregated", r#"{"null_child":2}"#),
    ("*", r#""reorder_children""#),
    ("*", r#"{"scale":0.99999}"#),
    ("*", r#"{"decimals":6}"#),
    ("*", r#"{"negative":1e-17}"#),
];

#[test]
fn every_fault_is_read_and_shown_as_it_was_written() {
    let words = spelling::tests::words().map(|word| ("*", format!("\"{word}\"")));
    let forms = FORMS.iter().map(|&(on, form)| (on, form.to_owned())).chain(words);
    for (on, form) in forms {
        let file = format!(r#"{{"description":"a test","fault":[{{"on":"{on}","do":{form}}}]}}"#);
        let scenario = Scenario::parse(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let shown = serde_json::to_value(Entry::of(&scenario.faults[0])).unwrap();
        let written: serde_json::Value = serde_json::from_str(&format!(r#"{{"on":"{on}","do":{form}}}"#)).unwrap();
        assert_eq!(shown, written);
    }
}

#[test]
fn every_fault_of_one_word_is_in_the_table_of_the_readme_and_the_example_there_is_one() {
    let readme = include_str!("../../../fixtures/scenarios/README.md");
    for word in spelling::tests::words() {
        assert!(readme.contains(&format!("`\"{word}\"`")), "{word}");
    }
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(Scenario::parse(example).unwrap().faults.len(), 2);
}

#[test]
fn toml_and_json_say_the_same() {
    let toml = "description = \"both\"\nseed = 7\n[[fault]]\non = \"create_job\"\nnth = [2, 5]\ntimes = 4\ndo = { scale = 2 }\n"
        .replace("create_job", "*");
    let json = r#"{"description":"both","seed":7,"fault":[{"on":"*","nth":[2,5],"times":4,"do":{"scale":2.0}}]}"#;
    assert_eq!(Scenario::parse(&toml).unwrap(), Scenario::parse(json).unwrap());
    assert_eq!(Scenario::parse(&toml).unwrap().faults, [Fault::on_all(Act::Numbers(Numbers::Scale(2.0))).nth([2, 5]).times(4)]);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place() {
    let rows = [
        ("do = \"stall\"", "missing field `on`"),
        ("on = \"*\"", "missing field `do`"),
        ("on = \"make_job\"\ndo = \"stall\"", "fault[0].on is \"make_job\", \"*\" or one of health, "),
        ("on = \"*\"\nevery = 0\ndo = \"stall\"", "fault[0].every is 0, a number ≥ 1 is needed"),
        ("on = \"*\"\nevery = 2\nnth = [1]\ndo = \"stall\"", "fault[0].every is given together with another"),
        ("on = \"*\"\nnth = []\ndo = \"stall\"", "fault[0].nth is [], a list of numbers ≥ 1 is needed"),
        ("on = \"*\"\nprobability = 1.5\ndo = \"stall\"", "fault[0].probability is 1.5, a number from 0 to 1 is needed"),
        ("on = \"*\"\ntimes = 0\ndo = \"stall\"", "fault[0].times is 0, a number ≥ 1 is needed"),
        ("on = \"*\"\nrepeat = 1\ndo = \"stall\"", "unknown field `repeat`"),
        ("on = \"*\"\ndo = \"explode\"", "fault[0].do is \"explode\", drop_before, "),
        ("on = \"*\"\ndo = { explode = 1 }", "fault[0].do.explode: unknown field `explode`, expected one of `status`, "),
        ("on = \"*\"\ndo = { scale = \"x\" }", "fault[0].do.scale: invalid type: string \"x\", expected f64"),
        ("on = \"*\"\ndo = { status = -1 }", "fault[0].do.status: invalid value: integer `-1`, expected u64"),
        ("on = \"*\"\ndo = 7", "fault[0].do: invalid type: integer `7`, expected the name of a fault, or a table with one"),
        (
            "on = \"*\"\ndo = { delay = \"25h\" }",
            "fault[0].do.delay is \"25h\", a time such as \"2s\" or \"500ms\", at most \"24h\", is needed",
        ),
        ("on = \"*\"\ndo = {}", "fault[0].do is {}, one of { status = … }"),
        ("on = \"*\"\ndo = { scale = 1, decimals = 2 }", "fault[0].do is {\"decimals\":2,\"scale\":1.0}, one of"),
        (
            "on = \"*\"\ndo = { status = 503, scale = 1 }",
            "status with no other keys than retry_after, retry_after_date, retry_after_header, body and after is needed",
        ),
        ("on = \"*\"\ndo = { status = 99 }", "fault[0].do.status is 99, 200..=599 is needed"),
        ("on = \"*\"\ndo = { status = 429, retry_after = \"soon\" }", "fault[0].do.retry_after is \"soon\", a time such as"),
        ("on = \"*\"\ndo = { status = 429, retry_after_date = \"-1s\" }", "fault[0].do.retry_after_date is \"-1s\", a time such as"),
        (
            "on = \"*\"\ndo = { status = 429, retry_after_header = \"1\\r\\nX: 2\" }",
            "fault[0].do.retry_after_header is \"1\\r\\nX: 2\", at most 256 visible ASCII characters, with spaces between them only, is needed",
        ),
        ("on = \"*\"\ndo = { status = 429, retry_after_header = \" 1\" }", "fault[0].do.retry_after_header is \" 1\", at most 256"),
        ("on = \"*\"\ndo = { status = 429, retry_after_header = \"Müll\" }", "fault[0].do.retry_after_header is \"Müll\", at most 256"),
        (
            "on = \"*\"\ndo = { status = 429, retry_after = \"1s\", retry_after_header = \"1\" }",
            "{\"retry_after\":\"1s\",\"retry_after_header\":\"1\",\"status\":429}, one of retry_after, retry_after_date and retry_after_header \
             at most is needed",
        ),
        ("on = \"*\"\ndo = { retry_after_header = \"1\" }", "fault[0].do is {\"retry_after_header\":\"1\"}, one of { status = … }"),
        ("on = \"*\"\ndo = { hidden = \"25h\" }", "fault[0].do.hidden is \"25h\", a time such as \"2s\" or \"500ms\", at most \"24h\","),
        ("on = \"*\"\ndo = { unlisted = 5 }", "fault[0].do.unlisted: invalid type: integer `5`, expected a string"),
        ("on = \"*\"\ndo = { delay = \"-1s\" }", "fault[0].do.delay is \"-1s\", a time such as"),
        ("on = \"*\"\ndo = { scale = nan }", "fault[0].do.scale is NaN, a finite number is needed"),
        ("on = \"*\"\ndo = { negative = 0.0 }", "fault[0].do.negative is 0, a number > 0"),
        ("on = \"*\"\ndo = { decimals = 31 }", "fault[0].do.decimals is 31, 0..=30 is needed"),
        ("on = \"*\"\ndo = { fail = \"Oops\" }", "fault[0].do.fail is \"Oops\", CompilationError, "),
        ("on = \"*\"\ndo = { set = \"a..b\", to = \"1\" }", "fault[0].do.set is \"a..b\", names with dots between them"),
        ("on = \"*\"\ndo = { set = \"a\", to = \"nul\" }", "fault[0].do.to is \"nul\", JSON, "),
        ("on = \"create_job\"\ndo = \"nan\"", "fault[0].on is \"create_job\", one of the operations that its fault can happen to"),
        ("on = \"get_job\"\ndo = { hidden = \"5s\" }", "(create_job, clone_job, move_job) or \"*\" is needed"),
        ("on = \"get_sessions\"\ndo = \"page_loop\"", "(get_jobs, get_session_jobs) or \"*\" is needed"),
        ("on = \"create_job\"\ndo = \"backwards\"", "(get_jobs, get_job, get_session_jobs) or \"*\" is needed"),
        ("on = \"health\"\ndo = \"lose_state\"", "one of the operations that its fault can happen to (whoami, get_characterization, "),
        ("on = \"get_job\"\ndo = \"stuck\"", "(create_job, clone_job, move_job) or \"*\" is needed"),
    ];
    for (fault, part) in rows {
        let error = parsed(fault).unwrap_err().to_string();
        assert!(error.contains(part), "{fault}\n{error}");
    }
    assert!(Scenario::parse("seed = 1").unwrap_err().to_string().contains("missing field `description`"));
    assert!(Scenario::parse("description = \"a\"\nname = \"b\"").unwrap_err().to_string().contains("unknown field `name`"));
    assert!(Scenario::named("Z-99").unwrap_err().to_string().starts_with("no built-in scenario is named \"Z-99\", there are A-01"));
}

/// The requests, of twenty, that a fault strikes.
fn struck(fault: &str, seed: u64) -> Vec<usize> {
    let scenario = parsed(&format!("on = \"create_job\"\ndo = \"stall\"\n{fault}")).unwrap().seed(Seed(seed));
    let engine = Engine::new(Some(scenario));
    let asked = Asked { operation: Operation::CreateJob, named: None };
    let other = Asked { operation: Operation::GetJob, named: None };
    (1..=20).filter(|_| engine.plan(&other).is_empty() && !engine.plan(&asked).is_empty()).collect()
}

#[test]
fn every_nth_times_and_probability_count_the_requests_of_the_operation() {
    assert_eq!(struck("", 0), (1..=20).collect::<Vec<_>>());
    assert_eq!(struck("every = 6", 0), [6, 12, 18]);
    assert_eq!(struck("every = 6\ntimes = 2", 0), [6, 12]);
    assert_eq!(struck("nth = [2, 5]", 0), [2, 5]);
    assert_eq!(struck("times = 3", 0), [1, 2, 3]);
    assert_eq!((struck("probability = 0.0", 0).len(), struck("probability = 1.0", 0).len()), (0, 20));
    let some = struck("probability = 0.5", 1);
    assert_eq!(some, struck("probability = 0.5", 1), "the same seed strikes the same requests");
    assert_ne!(some, struck("probability = 0.5", 2));
    assert!((3..=17).contains(&some.len()), "{some:?}: fewer or more than 3..=17 of 20 have a chance below 1 in 2,000");
}

/// What a fault makes of a body, of circuits that wide.
fn changed(body: &str, numbers: &str, bits: &[usize], shots: u32) -> String {
    let scenario = parsed(&format!("on = \"*\"\ndo = {numbers}")).unwrap();
    let widths = Widths { bits: bits.to_vec(), shots };
    let mut results = Results::read(body.as_bytes(), &widths).unwrap();
    results.apply(scenario.faults[0].act(), Seed(0));
    String::from_utf8(results.write()).unwrap()
}

#[test]
fn numbers_become_what_the_catalogue_of_bugs_shows() {
    let bell = r#"{"0":0.5,"3":0.5}"#;
    let rows = [
        (r#"{ scale = 0.5 }"#, r#"{"0":0.25,"3":0.25}"#),
        (r#"{ negative = 1e-17 }"#, r#"{"0":0.5,"1":-1e-17,"3":0.5}"#),
        (r#"{ negative = 0.1 }"#, r#"{"0":0.6,"1":-0.1,"3":0.5}"#),
        (r#""nan""#, r#"{"0":NaN,"3":0.5}"#),
        (r#""infinity""#, r#"{"0":Infinity,"3":0.5}"#),
        (r#""strings""#, r#"{"0":"0.5","3":"0.5"}"#),
        (r#""scientific""#, r#"{"0":5e-1,"3":5e-1}"#),
        (r#""duplicate_key""#, r#"{"0":0.5,"0":0.25,"3":0.5}"#),
        (r#""fold_key""#, r#"{"0":0.25,"3":0.5,"4":0.25}"#),
        (r#""missing_key""#, r#"{"3":0.5}"#),
        (r#""empty""#, r#"{}"#),
        (r#""null""#, r#"null"#),
        (r#""wrapped""#, r#"{"histogram":{"0":0.5,"3":0.5}}"#),
        (r#""bit_strings""#, r#"{"00":0.5,"11":0.5}"#),
    ];
    for (numbers, expected) in rows {
        assert_eq!(changed(bell, numbers, &[2], 100), expected, "{numbers}");
    }
    assert_eq!(changed(r#"{"0":1.0}"#, "\"integers\"", &[1], 100), r#"{"0":1}"#);
    assert_eq!(changed(r#"{"1":0.25,"6":0.75}"#, "\"reversed_bits\"", &[3], 100), r#"{"3":0.75,"4":0.25}"#);
    assert_eq!(changed(r#"{"0":0.25,"1":0.75}"#, "{ negative = 0.5 }", &[1], 100), r#"{"0":-0.5,"1":0.75}"#, "no outcome is free");
    let thirds = r#"{"0":0.3333333333333333,"1":0.3333333333333333,"2":0.3333333333333333}"#;
    assert_eq!(changed(thirds, "\"float32\"", &[2], 100), thirds.replace("0.3333333333333333", "0.3333333432674408"));
    assert_eq!(changed(thirds, "{ decimals = 6 }", &[2], 100), thirds.replace("0.3333333333333333", "0.333333"));
    assert_eq!(changed(thirds, "\"round_counts\"", &[2], 100), thirds.replace("0.3333333333333333", "0.33"));
    let uniform: String = (0..1024).map(|key| format!(",\"{key}\":0.0009765625")).collect();
    assert_eq!(changed(&format!("{{{}}}", &uniform[1..]), "\"round_counts\"", &[10], 100), "{}", "0.098 shots each are none");
}

#[test]
fn circuits_of_a_job_are_lost_nulled_and_reordered_and_keep_their_numbers() {
    let four = r#"{"a":{"0":1.0},"b":{"1":1.0},"c":{"2":1.0},"d":{"3":1.0}}"#;
    let of = |numbers: &str| changed(four, numbers, &[2; 4], 100);
    assert_eq!(of("{ lose_child = 2 }"), r#"{"a":{"0":1.0},"b":{"1":1.0},"d":{"3":1.0}}"#);
    assert_eq!(of("{ lose_child = 4 }"), four);
    assert_eq!(of("{ null_child = 0 }"), r#"{"a":null,"b":{"1":1.0},"c":{"2":1.0},"d":{"3":1.0}}"#);
    let reordered = of("\"reorder_children\"");
    assert_ne!(reordered, four);
    for child in [r#""a":{"0":1.0}"#, r#""b":{"1":1.0}"#, r#""c":{"2":1.0}"#, r#""d":{"3":1.0}"#] {
        assert!(reordered.contains(child), "{reordered}");
    }
    assert_eq!(of("\"empty\""), r#"{"a":{},"b":{},"c":{},"d":{}}"#);
    assert_eq!(changed(r#"{"0":1.0}"#, "{ lose_child = 0 }", &[1], 100), r#"{"0":1.0}"#, "a single circuit is no child");
}

#[test]
fn changes_of_numbers_go_one_after_the_other() {
    let both = |body: &str, first: &str, second: &str, bits: &[usize]| {
        let widths = Widths { bits: bits.to_vec(), shots: 100 };
        let mut results = Results::read(body.as_bytes(), &widths).unwrap();
        for act in [first, second] {
            results.apply(parsed(&format!("on = \"*\"\ndo = {act}")).unwrap().faults[0].act(), Seed(0));
        }
        String::from_utf8(results.write()).unwrap()
    };
    let bell = r#"{"0":0.5,"3":0.5}"#;
    assert_eq!(both(bell, "\"nan\"", "{ decimals = 3 }", &[2]), r#"{"0":NaN,"3":0.5}"#);
    assert_eq!(both(bell, "\"bit_strings\"", "{ scale = 0.5 }", &[2]), r#"{"00":0.25,"11":0.25}"#);
    assert_eq!(both(bell, "\"strings\"", "{ scale = 0.5 }", &[2]), r#"{"0":"0.25","3":"0.25"}"#);
    assert_eq!(both(bell, "\"fold_key\"", "\"bit_strings\"", &[2]), r#"{"00":0.25,"11":0.5,"100":0.25}"#);
    let two = r#"{"a":{"0":1.0},"b":{"1":1.0}}"#;
    assert_eq!(both(two, "{ lose_child = 1 }", "{ scale = 0.5 }", &[1, 1]), r#"{"a":{"0":0.5}}"#);
    assert_eq!(both(two, "{ null_child = 1 }", "{ scale = 0.5 }", &[1, 1]), r#"{"a":{"0":0.5},"b":null}"#);
    assert_eq!(both(two, "\"null\"", "{ lose_child = 1 }", &[1, 1]), r#"{"a":null}"#);
}

#[test]
fn a_negative_number_leaves_the_sum_as_it_was() {
    let body = changed(r#"{"0":0.25,"1":0.25,"2":0.5}"#, "{ negative = 0.25 }", &[2], 100);
    let map: std::collections::BTreeMap<String, f64> = serde_json::from_str(&body).unwrap();
    assert_relative_eq!(map.values().sum::<f64>(), 1.0);
    assert_relative_eq!(map["3"], -0.25);
}

#[test]
#[should_panic(expected = "Numbers(Nan) cannot happen to get_job")]
fn a_fault_that_could_never_happen_is_not_even_made() {
    let _fault = Fault::on(Operation::GetJob, Act::Numbers(Numbers::Nan));
}

#[test]
fn the_first_fault_that_decides_wins_and_delays_add_up() {
    let strike = |act| Strike { fault: 0, act, seed: Seed(0) };
    let delay = |millis| Act::Delay(std::time::Duration::from_millis(millis));
    let refusal = Refusal { status: 503, retry_after: None, body: None, after: false };
    let plan = |acts: Vec<Act>| Plan::new(acts.into_iter().map(strike).collect());
    let scene = Scene { version: crate::api::Version::V04, now: jiff::Timestamp::UNIX_EPOCH };
    let early = plan(vec![delay(5), Act::Status(refusal.clone()), delay(6), Act::DropAfter]).instead(scene).unwrap();
    assert_eq!(early.conduct, Conduct { delay: std::time::Duration::from_millis(11), ending: Ending::Whole });
    assert!(plan(vec![Act::DropAfter, Act::Status(refusal)]).instead(scene).is_none(), "what comes first is carried out");
}
