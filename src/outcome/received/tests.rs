use super::FindingKind as F;
use super::*;
use crate::outcome::compensated_sum;
use approx::assert_abs_diff_eq;
use proptest::prelude::*;

fn received(text: &str) -> Received {
    Received::read(text.as_bytes(), Keys::Decimal)
}

fn judged(text: &str, qubits: usize) -> Result<Judged, Unsound> {
    received(text).single()?.judge(qubits, Policy::default())
}

/// The kinds that are worse than notes.
fn serious(findings: &[Finding]) -> Vec<F> {
    findings.iter().filter(|finding| finding.severity > Severity::Note).map(|finding| finding.kind).collect()
}

fn refused(text: &str, qubits: usize) -> (Vec<F>, String) {
    let unsound = judged(text, qubits).unwrap_err();
    (
        unsound.findings.iter().filter(|finding| finding.severity == Severity::Error).map(|finding| finding.kind).collect(),
        unsound.to_string(),
    )
}

#[test]
fn an_honest_map_is_taken_bit_by_bit_with_nothing_to_say() {
    let judged = judged(r#"{"0":0.3000000000000001,"3":0.6999999999999999}"#, 2).unwrap();
    assert_eq!(judged.probabilities.iter().collect::<Vec<_>>(), [(0, 0.3000000000000001), (3, 0.6999999999999999)]);
    assert_eq!((judged.findings, judged.sum), (vec![], 1.0));
}

#[test]
fn every_spelling_of_one_is_one() {
    for (one, kind) in [("1", F::Integer), ("1.0", F::Sum), ("1e0", F::Scientific), ("1E0", F::Scientific), ("10e-1", F::Scientific)] {
        let judged = judged(&format!(r#"{{"0":{one}}}"#), 1).unwrap();
        assert_eq!(judged.probabilities.get(0), 1.0, "{one}");
        let kinds: Vec<F> = judged.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, if kind == F::Sum { vec![] } else { vec![kind] }, "{one}");
    }
    let text = judged(r#"{"0":"0.5","3":" 5e-1"}"#, 2).unwrap();
    assert_eq!(serious(&text.findings), [F::TextValue, F::TextValue]);
    assert_eq!(text.probabilities.get(3), 0.5);
}

#[test]
fn drift_is_noted_warned_of_or_refused_by_its_size_and_divided_away() {
    for (text, expected) in
        [(r#"{"0":0.5,"3":0.499999}"#, vec![]), (r#"{"0":0.5,"3":0.49999}"#, vec![F::Sum]), (r#"{"0":0.5,"3":0.5005}"#, vec![F::Sum])]
    {
        let judged = judged(text, 2).unwrap();
        assert_eq!(serious(&judged.findings), expected, "{text}");
        let sum = judged.findings.iter().find(|finding| finding.kind == F::Sum).unwrap();
        assert!(sum.message.starts_with(&format!("the sum is {}", judged.sum)), "{}", sum.message);
        assert_abs_diff_eq!(compensated_sum(judged.probabilities.iter().map(|(_, p)| p)), 1.0, epsilon = 1e-15);
        assert_abs_diff_eq!(judged.probabilities.get(0), 0.5 / judged.sum, epsilon = 1e-16);
    }
    let (kinds, message) = refused(r#"{"0":0.25,"3":0.25}"#, 2);
    assert_eq!((kinds, message.as_str()), (vec![F::Sum], "the sum is 0.5: 5.0e-1 short, at most 1e-3 is allowed"));
}

#[test]
fn the_strict_policy_refuses_what_the_other_divides_away() {
    let strict = |text: &str| received(text).single().unwrap().judge(2, Policy::Strict).map(|judged| judged.sum);
    assert_eq!(strict(r#"{"0":0.5,"3":0.5000000009}"#), Ok(1.0000000009));
    let unsound = strict(r#"{"0":0.5,"3":0.500000002}"#).unwrap_err();
    assert_eq!(unsound.to_string(), "the sum is 1.0000000020000002: 2.0e-9 over, at most 1e-9 is allowed");
    assert_eq!((unsound.sum, unsound.entries), (Some(1.0000000020000002), 2));
}

#[test]
fn tiny_negatives_are_zero_with_a_warning_and_larger_ones_are_refused() {
    for tiny in ["-1e-17", "-1e-9", "-0.000000001"] {
        let judged = judged(&format!(r#"{{"0":0.5,"1":{tiny},"3":0.5}}"#), 2).unwrap();
        let found = judged.findings.iter().find(|finding| finding.kind == F::TinyNegative).unwrap();
        assert_eq!((found.severity, found.key.as_deref(), found.at), (Severity::Warning, Some("1"), Some(9)));
        assert_eq!((judged.probabilities.get(1), judged.probabilities.len()), (0.0, 2));
    }
    let (kinds, message) = refused(r#"{"0":0.6,"1":-0.1,"3":0.5}"#, 2);
    assert_eq!((kinds, message.as_str()), (vec![F::Negative], "the probability of outcome 1, -1e-1, is negative"));
    assert_eq!(refused(r#"{"0":0.5,"1":-1.1e-9,"3":0.5}"#, 2).0, [F::Negative]);
    assert_eq!(serious(&judged(r#"{"0":0.5,"1":-0.0,"3":0.5}"#, 2).unwrap().findings), [], "minus zero is zero");
}

#[test]
fn numbers_that_are_none_are_told_by_key_and_place() {
    for (token, shown) in [("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("1e400", "1e400"), ("\"nan\"", "\"nan\"")]
    {
        let (kinds, message) = refused(&format!(r#"{{"2":{token},"3":0.5}}"#), 2);
        assert_eq!(kinds[0], F::NonFinite, "{token}");
        assert!(message.starts_with(&format!("non-finite value {shown} at key \"2\"")), "{message}");
    }
    for (token, kind) in [("null", F::Null), ("true", F::Value), ("[0.5]", F::Value), ("\"half\"", F::Value)] {
        let unsound = judged(&format!(r#"{{"0":0.5,"3":{token}}}"#), 2).unwrap_err();
        let found = unsound.findings.iter().find(|finding| finding.kind == kind).unwrap();
        assert_eq!((found.key.as_deref(), found.value.as_deref(), found.at), (Some("3"), Some(token), Some(9)), "{token}");
    }
}

#[test]
fn keys_that_are_double_or_too_large_or_no_outcomes_are_refused_and_nothing_is_overwritten() {
    let (kinds, message) = refused(r#"{"0":0.5,"0":0.25,"3":0.5}"#, 2);
    assert_eq!((kinds[0], message.as_str()), (F::DuplicateKey, "outcome 0 is there twice, with 0.5 and 0.25; and 1 more"));
    let folded = received(r#"{"0":0.25,"3":0.25,"4":0.25,"7":0.25}"#);
    let unsound = folded.single().unwrap().judge(2, Policy::default()).unwrap_err();
    let places: Vec<_> =
        unsound.findings.iter().map(|finding| (finding.kind, finding.key.as_deref().unwrap(), finding.at.unwrap())).collect();
    assert_eq!(places, [(F::KeyOutOfRange, "4", 19), (F::KeyOutOfRange, "7", 28)]);
    assert_eq!((unsound.sum, folded.single().unwrap().entries().len()), (Some(1.0), 4));
    assert_eq!(refused(r#"{"0x0":0.5,"3":0.5}"#, 2).0[0], F::Key);
    assert_eq!(refused(r#"{"-1":0.5,"3":0.5}"#, 2).0[0], F::Key);
    assert_eq!(refused(r#"{"18446744073709551616":1.0}"#, 2).0[0], F::Key);
    assert_eq!(serious(&judged(r#"{"+0":0.5,"3":0.5}"#, 2).unwrap().findings), [F::Key]);
    assert_eq!(refused(r#"{" 0":0.5,"0":0.5}"#, 2).0, [F::DuplicateKey], "two spellings of an outcome are the same outcome");
}

#[test]
fn bits_are_never_taken_for_integers() {
    for qubits in 2..=20usize {
        for outcome in [0, 1, (1 << qubits) / 2, (1 << qubits) - 1] {
            let body = format!("{{\"{outcome:0qubits$b}\":1.0}}");
            assert!(received(&body).single().unwrap().judge(qubits, Policy::default()).is_err(), "{body}");
        }
    }
}

#[test]
fn bits_are_read_as_bits_only_where_the_format_says_so() {
    let bits = Received::read(&br#"{"0010":0.5,"0110":0.5}"#[..], Keys::Bits);
    let probabilities = bits.single().unwrap().judge(4, Policy::default()).unwrap().probabilities;
    assert_eq!(probabilities.iter().collect::<Vec<_>>(), [(2, 0.5), (6, 0.5)]);
    let v2 = received(r#"{"probabilities":{"registers":{"output_all":{"01":0.5,"10":0.5}}}}"#);
    let map = v2.single().unwrap();
    assert_eq!((map.width(), serious(v2.findings())), (2, vec![]));
    assert_eq!(map.judge(2, Policy::default()).unwrap().probabilities.get(2), 0.5);
    assert_eq!(serious(&map.judge(3, Policy::default()).unwrap().findings), [F::Key], "two bits of three qubits");
    let narrow = Received::read(&br#"{"0":0.5,"11":0.5}"#[..], Keys::Bits);
    assert_eq!(serious(&narrow.single().unwrap().judge(2, Policy::default()).unwrap().findings), [F::Key]);
    assert_eq!(
        Received::read(&br#"{"2":1.0}"#[..], Keys::Bits).single().unwrap().judge(2, Policy::Strict).unwrap_err().findings[0].kind,
        F::Key
    );
}

#[test]
fn shapes_that_proxies_and_revisions_make_are_looked_through_and_told() {
    for (text, path) in [
        (r#"{"histogram":{"0":0.5,"3":0.5}}"#, "histogram"),
        (r#"{"data":{"histogram":{"0":0.5,"3":0.5}}}"#, "data.histogram"),
        (r#"{"id":"j","status":"completed","results":{"0":0.5,"3":0.5}}"#, "results"),
    ] {
        let received = received(text);
        assert!(received.findings().iter().any(|finding| finding.kind == F::Wrapped && finding.message.contains(path)), "{text}");
        assert_eq!(received.single().unwrap().judge(2, Policy::default()).unwrap().probabilities.get(3), 0.5);
    }
    let several = received(r#"{"c1":{"0":1.0},"c0":{"1":1.0},"c2":null}"#);
    let names: Vec<_> = several.maps().iter().map(|map| map.name().unwrap()).collect();
    assert_eq!(names, ["c1", "c0", "c2"], "in the order of the document");
    assert_eq!(several.maps()[2].judge(1, Policy::default()).unwrap_err().to_string(), "the result of \"c2\" is null");
    assert_eq!(several.single().unwrap_err().to_string(), "the document has the results of 3 circuits, one is needed");
}

#[test]
fn results_of_several_circuits_are_found_by_name_whatever_their_order() {
    let several = received(r#"{"b":{"0":1.0},"a":{"1":1.0},"c":{"0":1.0}}"#);
    let outcome =
        |name: &str| several.named(name).map(|map| map.map(|map| map.entries()[0].outcome)).map_err(|unsound| unsound.to_string());
    assert_eq!((outcome("a"), outcome("b"), outcome("z")), (Ok(Some(1)), Ok(Some(0)), Ok(None)));
    let double = received(r#"{"b":{"0":1.0},"c":{"0":1.0},"c":{"1":1.0}}"#);
    for name in ["b", "c"] {
        assert_eq!(double.named(name).unwrap_err().to_string(), "the result of \"c\" is there twice");
    }
    assert_eq!(received("{}").named("a"), Ok(None));
    assert!(received(r#"{"0":1.0}"#).named("a").unwrap_err().to_string().starts_with("there is the result of one circuit"));
    assert!(received("null").named("a").unwrap_err().to_string().starts_with("null in place of a result"));
}

#[test]
fn of_two_results_side_by_side_none_is_chosen() {
    for (text, kind, part) in [
        (r#"{"0":0.5,"probabilities":{"1":1.0},"3":0.5}"#, F::Shape, "there is an entry, of outcome 0, beside probabilities"),
        (r#"{"0":0.5,"3":0.5,"counts":{"1":1.0}}"#, F::Shape, "there is an entry, of outcome 0, beside counts"),
        (r#"{"histogram":{"1":1.0},"histogram":{"0":0.5,"3":0.5}}"#, F::DuplicateKey, "the result of \"histogram\" is there twice"),
        (r#"{"data":{"histogram":{"1":1.0},"histogram":{"0":1.0}}}"#, F::DuplicateKey, "the result of \"histogram\" is there twice"),
        (r#"{"histogram":{"1":1.0},"probabilities":{"0":1.0}}"#, F::Shape, "there is \"probabilities\" beside histogram"),
        (r#"{"c1":{"1":1.0},"histogram":{"0":1.0}}"#, F::Shape, "there is \"c1\" beside histogram"),
        (r#"{"histogram":{"0":1.0},"shots":100}"#, F::Shape, "there is an entry that is none beside histogram"),
        (r#"{"histogram":{"0":1.0},"values":[0.5]}"#, F::Shape, "there is \"values\" beside histogram"),
        (r#"{"output_all":{"0":1.0},"c":{"1":1.0}}"#, F::Shape, "there is \"c\" beside output_all"),
    ] {
        let unsound = received(text).single().unwrap_err();
        let found = unsound.findings.iter().find(|finding| finding.severity == Severity::Error).unwrap();
        assert_eq!(found.kind, kind, "{text}");
        assert!(unsound.to_string().starts_with(part), "{unsound}");
    }
    let registers = received(r#"{"probabilities":{"registers":{"c":{"1":1.0},"output_all":{"01":1.0}}},"error":null}"#);
    assert_eq!(registers.single().unwrap().entries()[0].outcome, 1, "the register with all bits has those of the others");
    let named = received(r#"{"a":{"b":{"0":1.0}}}"#);
    assert!(named.single().unwrap().judge(1, Policy::default()).is_err(), "which of the names counts?");
}

#[test]
fn the_result_of_another_job_is_not_the_result() {
    let of = |text: &str| received(text).single_of("mine").map(|_| ()).map_err(|unsound| unsound.to_string());
    assert_eq!(of(r#"{"other":{"0":1.0}}"#), Err("this is the result of \"other\", not of \"mine\"".to_owned()));
    assert_eq!(of(r#"{"histogram":{"other":{"0":1.0}}}"#), Err("this is the result of \"other\", not of \"mine\"".to_owned()));
    for own in [r#"{"mine":{"0":1.0}}"#, r#"{"0":1.0}"#, r#"{"histogram":{"0":1.0}}"#] {
        assert_eq!(of(own), Ok(()), "{own}");
    }
}

#[test]
fn counts_are_whole_fit_and_add_up_to_the_shots() {
    let counts = |text: &str| received(text).single().unwrap().counts(2, Some(100)).map_err(|unsound| unsound.to_string());
    assert_eq!(counts(r#"{"0":40,"3":6e1,"1":0}"#).unwrap().iter().collect::<Vec<_>>(), [(0, 40), (3, 60)]);
    for (text, message) in [
        (r#"{"0":40,"4":60}"#, "outcome 4, with 60, does not fit 2 qubits, allowed are 0..=2^2-1"),
        (r#"{"0":140,"1":-40}"#, "the count of outcome 1, -40, is no whole number from 0 to 1000000"),
        (r#"{"0":40.5,"1":59.5}"#, "the count of outcome 0, 40.5, is no whole number from 0 to 1000000; and 1 more"),
        (r#"{"0":40,"0":60}"#, "outcome 0 is there twice, with 40 and 60"),
        (r#"{"0":40,"3":59}"#, "the counts add up to 99, the job has 100 shots"),
        (r#"{"0":0.5,"3":0.5}"#, "the count of outcome 0, 0.5, is no whole number from 0 to 1000000; and 1 more"),
        (r#"{"0":null,"3":100}"#, "the value of \"0\" is null"),
        ("{}", "the counts add up to 0, the job has 100 shots"),
    ] {
        assert_eq!(counts(text), Err(message.to_owned()), "{text}");
    }
    let free = |text: &str| received(text).single().unwrap().counts(2, None).map_err(|unsound| unsound.to_string());
    assert_eq!(free(r#"{"0":1000000,"1":1}"#), Err("the counts add up to 1000001, a job has 1 to 1000000 shots".to_owned()));
    assert_eq!(free(r#"{"2":1}"#).unwrap().shots(), 1);
}

#[test]
fn what_is_divided_away_is_the_sum_without_the_negative_numbers() {
    let negatives: String = (1..=1_000_000).map(|outcome| format!(",\"{outcome}\":-1e-9")).collect();
    let (kinds, message) = refused(&format!("{{\"0\":1.001{negatives}}}"), 20);
    assert_eq!(kinds, [F::Sum]);
    assert!(message.contains(" and 1.001 with negative numbers as 0, a change of 2.0e-3, at most 1e-3 is allowed"), "{message}");
    let strict = |text: &str| received(text).single().unwrap().judge(1, Policy::Strict);
    let unsound = strict(r#"{"0":1.000000001,"1":-1e-9}"#).unwrap_err().to_string();
    assert!(unsound.ends_with(" a change of 2.0e-9, at most 1e-9 is allowed"), "{unsound}");
    let judged = strict(r#"{"0":1.0000000005,"1":-5e-10}"#).unwrap();
    let sum = judged.findings.iter().find(|finding| finding.kind == F::Sum).unwrap();
    assert_eq!((judged.probabilities.get(0), sum.severity), (1.0, Severity::Note));
    assert!(sum.message.contains("1.0000000005 with negative numbers as 0"), "{}", sum.message);
}

#[test]
fn a_limit_is_where_the_documentation_puts_it() {
    let sound = |text: &str, policy| received(text).single().unwrap().judge(2, policy);
    for end in ["0.499", "0.501"] {
        assert!(sound(&format!(r#"{{"0":0.5,"3":{end}}}"#), Policy::default()).is_ok(), "{end}");
    }
    for end in ["0.499999999", "0.500000001"] {
        assert!(sound(&format!(r#"{{"0":0.5,"3":{end}}}"#), Policy::Strict).is_ok(), "{end}");
    }
    let over = sound(r#"{"0":0.5,"3":0.5010000001}"#, Policy::default()).unwrap_err().to_string();
    assert_eq!(over, "the sum is 1.0010000001: 1.0000001e-3 over, at most 1e-3 is allowed");
    let quiet = sound(r#"{"0":0.5,"3":0.499999}"#, Policy::default()).unwrap();
    assert_eq!(serious(&quiet.findings), [], "1e-6 is a note");
}

#[test]
fn what_is_no_map_is_told_with_its_beginning_and_the_bytes_stay() {
    for (text, kind, part) in [
        ("", F::NotJson, "the answer is empty"),
        ("<html>Bad Gateway</html>", F::NotJson, "this is HTML or XML, no JSON; it begins with \"<html>Bad Gateway</html>\""),
        (r#"{"0":0.5,"3":0."#, F::NotJson, "no JSON"),
        (r#"{"0":0.5} trailing"#, F::NotJson, "no JSON"),
        ("null", F::Null, "null in place of a result"),
        ("[0.5,0.5]", F::Shape, "a list in place of a map of outcomes"),
        (r#"{"probabilities":null}"#, F::Null, "probabilities is null"),
        (r#"{"histogram":[1,2]}"#, F::Shape, "histogram is a list"),
        ("\u{feff}null", F::Null, "null"),
    ] {
        let received = received(text);
        let unsound = received.single().unwrap_err();
        assert_eq!(unsound.findings[0].kind, kind, "{text}");
        assert!(unsound.to_string().starts_with(part), "{unsound}");
        assert_eq!(&**received.bytes(), text.as_bytes());
    }
    assert_eq!(refused("{}", 2).0, [F::Empty]);
    assert_eq!(Received::read(&b"{\"0\":\xff}"[..], Keys::Decimal).findings()[0].kind, F::NotJson);
    assert_eq!(
        refused(r#"{"0":512,"3":512}"#, 2),
        (vec![F::Counts], "the numbers are whole and add up to 1024: counts, not probabilities".to_owned())
    );
    assert_eq!(refused(&format!("{}1{}", r#"{"data":"#.repeat(500), "}".repeat(500)), 2).0, [F::NotJson]);
}

#[test]
fn a_byte_order_mark_shifts_the_places_and_nothing_else() {
    let unsound = judged("\u{feff}{\"0\":0.5,\"9\":0.5}", 2).unwrap_err();
    assert_eq!((unsound.findings[0].kind, unsound.findings[0].at), (F::KeyOutOfRange, Some(12)));
}

#[test]
fn rounding_to_decimals_and_to_32_bits_is_recognised_with_what_it_can_explain() {
    let said = |text: &str, qubits| {
        let findings = judged(text, qubits).unwrap().findings;
        findings.iter().find(|finding| matches!(finding.kind, F::Decimals | F::Float32)).unwrap().message.clone()
    };
    let of = |decimals: usize, qubits: usize| {
        let entries: Vec<String> = (0..1 << qubits).map(|k| format!("\"{k}\":{:.decimals$}", 1.0 / 3.0f64.powi(k % 5))).collect();
        let total: f64 = (0..1 << qubits).map(|k| 1.0 / 3.0f64.powi(k % 5)).sum();
        let shared: Vec<String> = (0..1 << qubits).map(|k| format!("\"{k}\":{:.decimals$}", 1.0 / 3.0f64.powi(k % 5) / total)).collect();
        assert_eq!(entries.len(), shared.len());
        format!("{{{}}}", shared.join(","))
    };
    assert_eq!(said(&of(9, 10), 10), "9 decimals over 1024 outcomes: up to 5e-7, which explains the sum");
    assert_eq!(said(&of(6, 4), 4), "6 decimals over 16 outcomes: up to 8e-6, which explains the sum");
    let thirds = r#"{"0":0.3333333432674408,"1":0.3333333432674408,"2":0.3333333432674408}"#;
    assert_eq!(said(thirds, 2), "32 bits over 3 outcomes: up to 6e-8, which explains the sum");
    assert_eq!(said(r#"{"0":0.5,"3":0.49999}"#, 2), "5 decimals over 2 outcomes: up to 1e-5, which explains the sum");
    assert_eq!(said(r#"{"0":0.5000,"3":0.4995}"#, 2), "4 decimals over 2 outcomes: up to 1e-4, which does not explain the sum");
}

#[test]
fn sdks_judge_the_bodies_of_the_measured_table_as_they_were_seen_to() {
    use Verdict::{Refuses, Takes};
    // Sums and outcomes as measured with cirq-ionq up to 1.5.0, and from 1.6.0 on.
    for (body, old, new) in [
        (r#"{"0":0.5,"3":0.4999999851}"#, false, false),
        (r#"{"0":0.5,"3":0.4999999850}"#, true, false),
        (r#"{"0":0.5,"3":0.5000000149}"#, false, false),
        (r#"{"0":0.5,"3":0.5000000150}"#, true, false),
        (r#"{"0":0.4999999,"3":0.4999999}"#, true, false),
        (r#"{"0":0.333333,"1":0.333333,"2":0.333333}"#, true, false),
        (r#"{"0":0.5,"3":0.499990001}"#, true, false),
        (r#"{"0":0.5,"3":0.49999}"#, true, true),
        (r#"{"0":0.5,"3":0.500010001}"#, true, true),
        (r#"{"0":0.097980373,"1":0.251172315,"2":0.639023034,"3":0.011824277}"#, false, false),
        (r#"{"0":0.3333333432674408,"1":0.3333333432674408,"2":0.3333333432674408}"#, true, false),
        (r#"{"0":0.5,"1":-1e-17,"3":0.5}"#, true, true),
        (r#"{"0":NaN,"3":0.5}"#, true, true),
        ("{}", true, true),
    ] {
        let refuses = Sdk::verdicts(&received(body), None, 2).map(|verdict| verdict == Refuses);
        assert_eq!((refuses[0], refuses[1]), (old, new), "{body}");
    }
    assert_eq!(Sdk::verdicts(&received(r#"{"0":0.5,"3":0.5}"#), None, 2), [Takes; 4]);
}

#[test]
fn sdks_do_with_odd_keys_and_shapes_what_they_were_seen_to_do() {
    use Verdict::{ChangesSilently as Changes, Refuses, Takes};
    // Of two qubits; cirq-ionq before and after 1.6.0, qiskit-ionq, pennylane-ionq.
    for (body, expected) in [
        (r#"{"0":0.5,"3":0.499}"#, [Refuses, Refuses, Changes, Changes]),
        (r#"{"0":0.25,"3":0.25,"4":0.25,"7":0.25}"#, [Refuses, Refuses, Changes, Refuses]),
        (r#"{"0":0.5,"7":0.5}"#, [Changes, Changes, Changes, Refuses]),
        (r#"{"0":0.25,"0":0.25,"3":0.5}"#, [Refuses, Refuses, Changes, Changes]),
        (r#"{"0":0.5,"0":0.5,"3":0.5}"#, [Takes; 4]),
        (r#"{"0":0.25,"0":0.5,"3":0.5}"#, [Changes; 4]),
        (r#"{"00":0.5,"11":0.5}"#, [Takes, Takes, Takes, Refuses]),
        (r#"{"+1":1.0}"#, [Takes; 4]),
        (r#"{" 1 ":1.0}"#, [Takes; 4]),
        (r#"{"0x1":1.0}"#, [Refuses; 4]),
        (r#"{"0":0.0,"3":0}"#, [Refuses; 4]),
        (r#"{"0":"0.5","3":0.5}"#, [Takes, Takes, Refuses, Refuses]),
        (r#"{"0":null,"3":1.0}"#, [Refuses; 4]),
        (r#"{"0":0.5,"1":-1e-17,"3":0.5}"#, [Refuses; 4]),
        (r#"{"0":1e0}"#, [Takes; 4]),
        (r#"{"0":512,"3":512}"#, [Refuses, Refuses, Changes, Changes]),
        (r#"{"histogram":{"0":0.5,"3":0.5}}"#, [Takes; 4]),
        (r#"{"data":{"histogram":{"0":0.5,"3":0.5}}}"#, [Refuses; 4]),
        (r#"{"histogram":{"0":1.0},"shots":100}"#, [Refuses; 4]),
        ("null", [Refuses; 4]),
        ("<html>", [Refuses; 4]),
    ] {
        assert_eq!(Sdk::verdicts(&received(body), None, 2), expected, "{body}");
    }
    let several = received(r#"{"a":{"0":1.0},"b":{"0":0.5}}"#);
    assert_eq!(Sdk::verdicts(&several, Some("a"), 2), [Takes; 4]);
    assert_eq!(Sdk::verdicts(&several, Some("b"), 2), [Refuses, Refuses, Changes, Changes]);
}

proptest! {
    #[test]
    fn reading_never_fails_whatever_comes(bytes in proptest::collection::vec(any::<u8>(), 0..200), qubits in 1usize..=64) {
        let received = Received::read(bytes.clone(), Keys::Decimal);
        prop_assert_eq!(&**received.bytes(), bytes.as_slice());
        if let Ok(map) = received.single() {
            let _ = map.judge(qubits, Policy::default());
        }
    }
}
