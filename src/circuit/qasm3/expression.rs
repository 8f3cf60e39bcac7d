//! Numbers worked out when the program is read: literals, constants, parameters, arithmetic and functions.
//!
//! An expression is a list of steps on a stack, so that neither its value nor its end needs recursion.

use super::error::Qasm3Problem as Problem;
use std::f64::consts::{E, PI, TAU};

/// A number with the kind that OpenQASM gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Real(f64),
}

/// An operation of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// In OpenQASM 2 and in exponents of `pow`: whole numbers divide like any others.
    DivideReal,
    Remainder,
    Power,
}

/// One step on the stack.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Number(Number),
    Name(Box<str>),
    /// A parameter of the gate around it.
    Parameter(usize),
    Negate,
    Binary(Binary),
    Call(&'static str, Function),
}

/// A number to be worked out.
#[derive(Debug, Clone, Default)]
pub(super) struct Expression {
    pub(super) steps: Vec<Step>,
}

/// A function of one number.
pub(super) type Function = fn(f64) -> f64;

/// The functions of one number.
pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("arcsin", f64::asin),
    ("arccos", f64::acos),
    ("arctan", f64::atan),
    ("exp", f64::exp),
    ("log", f64::ln),
    ("ln", f64::ln), // OpenQASM 2
    ("sqrt", f64::sqrt),
    ("floor", f64::floor),
    ("ceiling", f64::ceil),
];

/// The functions of two numbers, which are operators as well.
pub(super) const OPERATORS: &[(&str, Binary)] = &[("pow", Binary::Power), ("mod", Binary::Remainder)];

/// The constants that every program has.
pub(super) fn constant(name: &str) -> Option<Number> {
    let value = match name {
        "pi" | "π" => PI,
        "tau" | "τ" => TAU,
        "euler" | "ℇ" => E,
        _ => return None,
    };
    Some(Number::Real(value))
}

impl Number {
    pub(super) fn real(self) -> f64 {
        match self {
            Number::Whole(value) => value as f64,
            Number::Real(value) => value,
        }
    }

    /// The value of a whole number, or of a real one without a fraction.
    pub(super) fn whole(self) -> Result<i64, Problem> {
        match self {
            Number::Whole(value) => Ok(value),
            Number::Real(value) if value.fract() == 0.0 && value.abs() < 2f64.powi(53) => Ok(value as i64),
            Number::Real(value) => Err(Problem::value(value.to_string(), "is not a whole number")),
        }
    }

    fn negated(self) -> Result<Number, Problem> {
        match self {
            Number::Whole(value) => value.checked_neg().map(Number::Whole).ok_or_else(|| too_large(format!("-({value})"))),
            Number::Real(value) => Ok(Number::Real(-value)),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::Whole(value) => value.fmt(f),
            Number::Real(value) => write!(f, "{value:?}"),
        }
    }
}

fn too_large(expression: String) -> Problem {
    Problem::value(expression, "does not fit 64 bits")
}

impl Binary {
    const fn sign(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide | Binary::DivideReal => "/",
            Binary::Remainder => "%",
            Binary::Power => "**",
        }
    }

    fn apply(self, left: Number, right: Number) -> Result<Number, Problem> {
        let shown = || format!("{left} {} {right}", self.sign());
        if matches!(self, Binary::Divide | Binary::DivideReal | Binary::Remainder) && right.real() == 0.0 {
            return Err(Problem::value(shown(), "divides by zero"));
        }
        if let (Number::Whole(left), Number::Whole(right)) = (left, right)
            && let Some(result) = self.whole(left, right, &shown)
        {
            return result.map(Number::Whole);
        }
        let (left, right) = (left.real(), right.real());
        let value = match self {
            Binary::Add => left + right,
            Binary::Subtract => left - right,
            Binary::Multiply => left * right,
            Binary::Divide | Binary::DivideReal => left / right,
            Binary::Remainder => left % right,
            Binary::Power => left.powf(right),
        };
        finite(value, shown).map(Number::Real)
    }

    /// Of two whole numbers; nothing where the result is a real number.
    fn whole(self, left: i64, right: i64, shown: &dyn Fn() -> String) -> Option<Result<i64, Problem>> {
        let value = match self {
            Binary::Add => left.checked_add(right),
            Binary::Subtract => left.checked_sub(right),
            Binary::Multiply => left.checked_mul(right),
            // OpenQASM 3 drops the remainder, which hardly anybody who writes rx(1/2) wants.
            Binary::Divide if left.checked_rem(right) != Some(0) => {
                return Some(Err(Problem::value(shown(), "divides whole numbers and leaves a rest, write one with a decimal point")));
            }
            Binary::Divide => left.checked_div(right),
            Binary::DivideReal => return None,
            Binary::Remainder => left.checked_rem(right),
            Binary::Power if right < 0 => return None,
            Binary::Power => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        };
        Some(value.ok_or_else(|| too_large(shown())))
    }
}

fn finite(value: f64, shown: impl FnOnce() -> String) -> Result<f64, Problem> {
    if value.is_finite() { Ok(value) } else { Err(Problem::value(shown(), "is not a finite number")) }
}

impl Expression {
    /// The same expression with its names looked up: parameters first, then what `known` knows, then pi, tau and euler.
    pub(super) fn bind(&self, parameters: &[&str], known: impl Fn(&str) -> Result<Option<Number>, Problem>) -> Result<Expression, Problem> {
        let bind = |step: &Step| {
            let Step::Name(name) = step else { return Ok(step.clone()) };
            if let Some(index) = parameters.iter().position(|parameter| **parameter == **name) {
                return Ok(Step::Parameter(index));
            }
            let value = known(name)?.or_else(|| constant(name)).ok_or_else(|| Problem::undefined(name, ""))?;
            Ok(Step::Number(value))
        };
        Ok(Expression { steps: self.steps.iter().map(bind).collect::<Result<_, _>>()? })
    }

    /// The value, given those of the parameters. Its names must have been bound.
    pub(super) fn value(&self, parameters: &[f64]) -> Result<Number, Problem> {
        let mut stack: Vec<Number> = Vec::new();
        let empty = || Problem::value("an expression", "ends too early");
        for step in &self.steps {
            let value = match step {
                Step::Number(value) => *value,
                Step::Name(name) => return Err(Problem::undefined(name, "")),
                Step::Parameter(index) => parameters.get(*index).copied().map(Number::Real).ok_or_else(empty)?,
                Step::Negate => stack.pop().ok_or_else(empty)?.negated()?,
                Step::Binary(operation) => {
                    let (right, left) = stack.pop().zip(stack.pop()).ok_or_else(empty)?;
                    operation.apply(left, right)?
                }
                Step::Call(name, function) => {
                    let given = stack.pop().ok_or_else(empty)?;
                    Number::Real(finite(function(given.real()), || format!("{name}({given})"))?)
                }
            };
            stack.push(value);
        }
        stack.pop().ok_or_else(empty)
    }
}
