use super::*;
use approx::assert_relative_eq;
use serde_json::Value;

fn events(timeline: &Timeline) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&timeline.trace()).unwrap();
    trace["traceEvents"].as_array().unwrap().clone()
}

fn of<'a>(events: &'a [Value], key: &str, value: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event[key] == value).collect()
}

#[test]
fn the_events_of_a_phase_sum_to_its_spans() {
    let timeline = example();
    let events = events(&timeline);
    for (phase, time) in timeline.evidence().per_phase {
        let sum: f64 = of(&events, "name", phase.name()).iter().map(|event| event["dur"].as_f64().unwrap()).sum();
        assert_relative_eq!(sum, time.as_secs_f64() * 1e6);
    }
    assert_eq!(of(&events, "cat", "phase").len(), 5 + 3 + 2, "the job with two circuits once, waiting not at all");
}

#[test]
fn events_of_a_thread_follow_one_another_and_spans_are_inside_their_circuit() {
    let events = events(&even(20, 10));
    let ends = |event: &Value| (event["ts"].as_f64().unwrap(), event["ts"].as_f64().unwrap() + event["dur"].as_f64().unwrap());
    let names: Vec<_> = of(&events, "name", "thread_name").iter().map(|event| event["args"]["name"].as_str().unwrap()).collect();
    assert_eq!((names.len(), names[0], names[9]), (10, "lane 1", "lane 10"));
    for lane in 1..=10 {
        let mine: Vec<&Value> = events.iter().filter(|event| event["tid"] == lane && event["ph"] == "X").collect();
        let circuits: Vec<_> = mine.iter().filter(|event| event["cat"] == "circuit").collect();
        assert_eq!((mine.len(), circuits.len()), (6, 2));
        assert!(ends(circuits[0]).1 <= ends(circuits[1]).0);
        for span in mine.iter().filter(|event| event["cat"] == "phase") {
            let whole = circuits.iter().find(|circuit| circuit["args"]["index"] == span["args"]["index"]).unwrap();
            assert!(ends(whole).0 <= ends(span).0 && ends(span).1 <= ends(whole).1);
        }
    }
}

#[test]
fn a_trace_says_who_what_and_why() {
    let said = |event: &Value| format!("{} {} in {}: {}", event["ph"], event["name"], event["tid"], event["args"]);
    let lines: Vec<String> = events(&example()).iter().map(said).collect();
    insta::assert_snapshot!("timeline_trace", lines.join("\n"));
}

#[test]
fn a_nanosecond_of_a_week_is_not_lost() {
    let week = Duration::from_secs(7 * 86_400);
    let spans = vec![Span::new(Phase::Queue, Duration::ZERO, week), Span::new(Phase::Run, week, week + Duration::from_nanos(1))];
    let events = events(&timeline(vec![row(0, spans)], 1));
    assert_relative_eq!(of(&events, "name", "run")[0]["dur"].as_f64().unwrap(), 0.001);
    assert_relative_eq!(of(&events, "name", "queue")[0]["dur"].as_f64().unwrap(), 604_800e6);
}

#[test]
fn names_in_a_trace_are_whole_and_cannot_turn_text_around() {
    let mut hostile = example();
    hostile.rows[0].name = format!("{}\u{202e}\u{7}\"", "long ".repeat(100));
    let shown = &events(&hostile)[5]["name"];
    assert_eq!(shown.as_str().unwrap(), format!("{}\\u{{202e}}\\u{{7}}\"", "long ".repeat(100)));
}
