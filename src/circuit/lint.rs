//! What is allowed in a native circuit and hardly ever meant: radians where turns belong, angles that were doubled.
//!
//! Native phases and angles are in turns, and many programs have been wrong about it without an error anywhere.

use super::{Circuit, validate::parameter_names};
use crate::gates::{Gate, Native};
use std::collections::HashMap;
use std::f64::consts::FRAC_PI_4;
use std::fmt;

/// How close a number must be to a multiple of π/4 to be taken for one.
const CLOSE: f64 = 1e-9;
/// The largest multiple of π/4 that somebody would write: 8π.
const LARGEST: f64 = 32.0;
/// The angle at which `ms` and `zz` entangle fully.
const FULL: f64 = 0.25;
/// The most messages for one job.
const MOST: usize = 5;

/// A number of an operation that is probably not what was meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The operation's index.
    pub index: usize,
    /// The gate.
    pub gate: &'static str,
    /// The field: `phase`, `phases` or `angle`.
    pub field: &'static str,
    /// The number.
    pub value: f64,
    /// What seems wrong with it.
    pub suspicion: Suspicion,
}

/// What seems wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suspicion {
    /// It is this multiple of π/4, not zero: radians.
    Radians {
        /// How many times π/4.
        quarters: i64,
    },
    /// A phase of more than one turn either way.
    BeyondATurn,
    /// An angle of 0.5: twice that of full entanglement, at which nothing is entangled.
    Doubled,
    /// An angle that is not between none and full entanglement.
    OutsideAngles,
}

/// Everything suspicious in a circuit, in the order of its operations. The circuit is valid all the same.
///
/// ```
/// use paultrap::circuit::{Circuit, On, lint};
/// use paultrap::gates::{Native, Turns};
/// let circuit = Circuit::new(1, [Native::Gpi(Turns(0.25)).on([0]), Native::Gpi(Turns(std::f64::consts::FRAC_PI_2)).on([0])])?;
/// let text = "operation 1 (gpi): phase 1.5707963267948966 looks like radians (π/2); phases are in turns, π/2 radians are 0.25";
/// assert_eq!(lint(&circuit)[0].to_string(), text);
/// # Ok::<(), paultrap::circuit::CircuitError>(())
/// ```
pub fn lint(circuit: &Circuit<Native>) -> Vec<Finding> {
    findings(circuit).collect()
}

fn findings(circuit: &Circuit<Native>) -> impl Iterator<Item = Finding> {
    circuit.operations().iter().enumerate().flat_map(|(index, operation)| {
        let spec = operation.gate.spec();
        parameter_names(spec).zip(operation.gate.values()).filter_map(move |(field, value)| {
            let suspicion = if field == "angle" { suspicious_angle(&operation.gate, value) } else { suspicious_phase(value) }?;
            Some(Finding { index, gate: spec.name, field, value, suspicion })
        })
    })
}

fn suspicious_phase(value: f64) -> Option<Suspicion> {
    radians(value).or((value.abs() > 1.0).then_some(Suspicion::BeyondATurn))
}

fn suspicious_angle(gate: &Native, value: f64) -> Option<Suspicion> {
    // A zz has no phase that could turn it round, so its angle may.
    let least = if matches!(gate, Native::Zz(_)) { -FULL } else { 0.0 };
    if (least - CLOSE..=FULL + CLOSE).contains(&value) {
        return None;
    }
    radians(value).or(Some(if (value - 2.0 * FULL).abs() < CLOSE { Suspicion::Doubled } else { Suspicion::OutsideAngles }))
}

fn radians(value: f64) -> Option<Suspicion> {
    let quarters = (value / FRAC_PI_4).round();
    let close = quarters != 0.0 && quarters.abs() <= LARGEST && (value - quarters * FRAC_PI_4).abs() < CLOSE;
    close.then_some(Suspicion::Radians { quarters: quarters as i64 })
}

impl Finding {
    /// Findings that differ in nothing else are one message.
    fn kind(&self) -> (&'static str, &'static str, std::mem::Discriminant<Suspicion>) {
        (self.gate, self.field, std::mem::discriminant(&self.suspicion))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { index, gate, field, value, suspicion } = self;
        // The field of an ms is a list; it is one entry that is spoken of.
        let noun = field.trim_end_matches('s');
        write!(f, "operation {index} ({gate}): {noun} {value:?} ")?;
        match suspicion {
            Suspicion::Radians { quarters } if *field == "angle" => {
                let given = Quarters(*quarters);
                write!(f, "looks like radians ({given}); at angle {FULL} {gate} entangles fully, allowed is {}", allowed(gate))
            }
            Suspicion::Radians { quarters } => {
                let (given, turns) = (Quarters(*quarters), *quarters as f64 / 8.0);
                write!(f, "looks like radians ({given}); phases are in turns, {given} radians are {turns}")
            }
            Suspicion::BeyondATurn => write!(f, "is more than a turn; phases are in turns, usually 0..=1"),
            Suspicion::Doubled => write!(f, "looks doubled; at angle {FULL} {gate} entangles fully, at {value} not at all"),
            Suspicion::OutsideAngles => write!(f, "is outside {}; at angle {FULL} {gate} entangles fully", allowed(gate)),
        }
    }
}

/// The angles of an entangling gate, in words.
fn allowed(gate: &str) -> &'static str {
    if gate == "zz" { "-0.25..=0.25" } else { "0..=0.25" }
}

/// A multiple of π/4, written as people do.
struct Quarters(i64);

impl fmt::Display for Quarters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (over, under) = match self.0 {
            quarters if quarters % 4 == 0 => (quarters / 4, ""),
            quarters if quarters % 2 == 0 => (quarters / 2, "/2"),
            quarters => (quarters, "/4"),
        };
        match over {
            1 => write!(f, "π{under}"),
            -1 => write!(f, "-π{under}"),
            _ => write!(f, "{over}π{under}"),
        }
    }
}

/// The findings of one circuit, or of several with what each is called, as a handful of messages: findings of one kind are told
/// once, with how many more there are.
pub(crate) fn messages<'a>(circuits: impl IntoIterator<Item = (String, &'a Circuit<Native>)>) -> Vec<String> {
    let (mut told, mut places, mut all): (Vec<(String, usize)>, HashMap<_, usize>, usize) = Default::default();
    for (name, circuit) in circuits {
        for finding in findings(circuit) {
            all += 1;
            let place = *places.entry(finding.kind()).or_insert(told.len());
            match told.get_mut(place) {
                Some((_, more)) => *more += 1,
                None => told.push((format!("{name}{finding}"), 0)),
            }
        }
    }
    let shown: usize = told.iter().take(MOST).map(|(_, more)| 1 + more).sum();
    let write = |(text, more): (String, usize)| if more == 0 { text } else { format!("{text}; and {more} more like it") };
    let mut messages: Vec<String> = told.into_iter().take(MOST).map(write).collect();
    if shown < all {
        messages.push(format!("… and {} more of other kinds", all - shown));
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::On;
    use crate::gates::Turns;
    use std::f64::consts::{FRAC_PI_2, PI, TAU};

    fn phase(value: f64) -> Option<String> {
        text(Native::Gpi2(Turns(value)), 1)
    }

    fn ms(angle: f64) -> Option<String> {
        text(Native::Ms(Turns(0.1), Turns(0.2), Turns(angle)), 2)
    }

    fn text(gate: Native, targets: usize) -> Option<String> {
        let found = lint(&Circuit::new(2, [Native::Nop.on([0]), gate.on(0..targets)]).unwrap());
        assert!(found.len() <= 1);
        found.first().map(Finding::to_string)
    }

    #[test]
    fn phases_in_turns_are_never_suspected() {
        for value in [0.0, -0.0, 0.25, 0.5, 0.75, 1.0, -1.0, -0.25, 0.785, FRAC_PI_4 - 1e-7, 0.125, 1e-12, 1.0 / PI] {
            assert_eq!(phase(value), None, "{value}");
        }
        for step in 0..10_000 {
            assert_eq!(phase(f64::from(step) / 10_000.0), None);
        }
    }

    #[test]
    fn phases_in_radians_are_told_with_their_value_in_turns() {
        let says = |value: f64, given: &str, turns: &str| {
            let text = phase(value).unwrap();
            let end = format!("looks like radians ({given}); phases are in turns, {given} radians are {turns}");
            assert_eq!(text, format!("operation 1 (gpi2): phase {value:?} {end}"));
        };
        says(FRAC_PI_2, "π/2", "0.25");
        says(PI, "π", "0.5");
        says(-PI, "-π", "-0.5");
        says(-3.0 * FRAC_PI_4, "-3π/4", "-0.375");
        says(TAU, "2π", "1");
        says(FRAC_PI_4 + 0.9e-9, "π/4", "0.125");
        assert_eq!(phase(FRAC_PI_4 + 2e-9), None);
    }

    #[test]
    fn phases_of_more_than_a_turn_are_told_unless_they_are_radians() {
        let beyond = "is more than a turn; phases are in turns, usually 0..=1";
        assert_eq!(phase(1.2), Some(format!("operation 1 (gpi2): phase 1.2 {beyond}")));
        assert_eq!(phase(-1.0000001), Some(format!("operation 1 (gpi2): phase -1.0000001 {beyond}")));
        assert_eq!(phase(1e300), Some(format!("operation 1 (gpi2): phase 1e300 {beyond}")));
    }

    #[test]
    fn angles_outside_none_and_full_entanglement_are_told() {
        for value in [0.0, 0.25, 0.125, 0.2, 1e-3, 0.25 + 1e-12, -1e-17] {
            assert_eq!(ms(value), None, "{value}");
            assert_eq!(text(Native::Zz(Turns(value)), 2), None, "{value}");
        }
        let full = "at angle 0.25 ms entangles fully";
        let radians = format!("operation 1 (ms): angle 0.7853981633974483 looks like radians (π/4); {full}, allowed is 0..=0.25");
        assert_eq!(ms(FRAC_PI_4), Some(radians));
        assert_eq!(ms(0.5), Some(format!("operation 1 (ms): angle 0.5 looks doubled; {full}, at 0.5 not at all")));
        assert!(ms(0.2501).is_some() && ms(0.25 + 1e-8).is_some());
        assert!(phase(5.0 * PI).unwrap().contains("looks like radians (5π)"));
        assert_eq!(ms(0.3), Some(format!("operation 1 (ms): angle 0.3 is outside 0..=0.25; {full}")));
        assert_eq!(text(Native::Zz(Turns(-0.1)), 2), None);
        assert_eq!(ms(-0.1), Some(format!("operation 1 (ms): angle -0.1 is outside 0..=0.25; {full}")));
        let zz = text(Native::Zz(Turns(-0.3)), 2);
        assert_eq!(zz.unwrap(), "operation 1 (zz): angle -0.3 is outside -0.25..=0.25; at angle 0.25 zz entangles fully");
    }

    #[test]
    fn each_suspicious_number_of_an_operation_is_found() {
        let gate = Native::Ms(Turns(PI), Turns(1.5), Turns(0.6)).on([1, 0]);
        let found = lint(&Circuit::new(2, [Native::Gpi(Turns(0.3)).on([0]), gate]).unwrap());
        let told: Vec<_> = found.iter().map(|finding| (finding.index, finding.field, finding.value)).collect();
        assert_eq!(told, [(1, "phases", PI), (1, "phases", 1.5), (1, "angle", 0.6)]);
        assert_eq!(found[0].suspicion, Suspicion::Radians { quarters: 4 });
        assert!(found[0].to_string().starts_with("operation 1 (ms): phase 3.14"), "{}", found[0]);
    }

    #[test]
    fn findings_of_one_kind_are_one_message_and_a_job_has_a_handful() {
        let wrong = |count: usize| Circuit::new(1, (0..count).map(|k| Native::Gpi(Turns((k + 1) as f64 * FRAC_PI_2)).on([0]))).unwrap();
        let (one, four) = (wrong(1), wrong(4));
        let text = "operation 0 (gpi): phase 1.5707963267948966 looks like radians (π/2); phases are in turns, π/2 radians are 0.25";
        assert_eq!(messages([(String::new(), &one)]), [text]);
        assert_eq!(messages([(String::new(), &four)]), [format!("{text}; and 3 more like it")]);
        let both = [("circuit 0: ".to_owned(), &one), ("circuit 1: ".to_owned(), &four)];
        assert_eq!(messages(both), [format!("circuit 0: {text}; and 4 more like it")]);
        let bad = [
            Native::Gpi(Turns(PI)).on([0]),
            Native::Gpi(Turns(5.0)).on([0]),
            Native::Gpi2(Turns(PI)).on([0]),
            Native::Gpi2(Turns(5.0)).on([0]),
            Native::Ms(Turns(PI), Turns(5.0), Turns(0.5)).on([0, 1]),
            Native::Ms(Turns(PI), Turns(5.0), Turns(0.5)).on([0, 1]),
        ];
        let told = messages([(String::new(), &Circuit::new(2, bad).unwrap())]);
        assert_eq!((told.len(), told[5].as_str()), (6, "… and 4 more of other kinds"));
        let clean = Circuit::new(1, [Native::Gpi(Turns(0.5)).on([0])]).unwrap();
        assert_eq!(messages([(String::new(), &clean)]), [""; 0]);
    }
}
