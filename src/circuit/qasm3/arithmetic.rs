//! Tokens into expressions: `+ -`, then `* / %`, then signs, then `**` to the right, as OpenQASM binds them.

use super::error::{Qasm3Error, Qasm3Problem as Problem};
use super::expression::{Binary, Expression, FUNCTIONS, Number, OPERATORS, Step};
use super::parse::Parser;
use super::token::{Kind, Token};
use crate::circuit::error::shorten;

/// How deep parentheses, signs and powers may nest.
const MAX_DEPTH: usize = 64;
/// The most steps of one expression.
const MAX_STEPS: usize = 4096;

type Read<T> = Result<T, Qasm3Error>;

/// How tightly a sign binds: more than a product, less than a power.
const SIGN: u8 = 3;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Read<Expression> {
        let mut expression = Expression::default();
        self.operation(&mut expression, 0)?;
        Ok(expression)
    }

    /// Operators that bind at least as tightly as `least`, and what they join.
    fn operation(&mut self, into: &mut Expression, least: u8) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Problem::TooMany { what: "an expression nests too deep", limit: MAX_DEPTH }.at(self.next.line));
        }
        if self.eat(Kind::Minus) {
            self.operation(into, SIGN)?;
            self.push(into, Step::Negate)?;
        } else if self.eat(Kind::Plus) {
            self.operation(into, SIGN)?;
        } else {
            self.atom(into)?;
        }
        while let Some((strength, binary)) = self.operator().filter(|(strength, _)| *strength >= least) {
            self.advance();
            let right = if binary == Binary::Power { SIGN } else { strength + 1 };
            self.operation(into, right)?;
            self.push(into, Step::Binary(binary))?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn operator(&self) -> Option<(u8, Binary)> {
        Some(match self.next.kind {
            Kind::Plus => (1, Binary::Add),
            Kind::Minus => (1, Binary::Subtract),
            Kind::Star => (2, Binary::Multiply),
            Kind::Slash => (2, self.division()),
            Kind::Percent => (2, Binary::Remainder),
            Kind::Power => (4, Binary::Power),
            Kind::Caret if self.second => (4, Binary::Power),
            _ => return None,
        })
    }

    fn atom(&mut self, into: &mut Expression) -> Read<()> {
        match self.next.kind {
            Kind::Integer | Kind::Float => {
                let value = literal(&self.next)?;
                self.advance();
                self.push(into, Step::Number(value))
            }
            Kind::Open => {
                self.advance();
                self.operation(into, 0)?;
                self.expect(Kind::Close, ")").map(drop)
            }
            Kind::Name => self.name_or_function(into),
            Kind::Quantity => Err(self.unsupported("numbers have no unit")),
            Kind::Operator => Err(self.unsupported("expressions are made of + - * / % ** and functions")),
            _ => Err(self.unexpected("a number")),
        }
    }

    fn name_or_function(&mut self, into: &mut Expression) -> Read<()> {
        let name = self.advance();
        if self.next.kind == Kind::OpenIndex {
            return Err(Problem::unsupported(format!("{}[…] as a number", shorten(name.text)), "numbers are int, uint, float and angle")
                .at(name.line));
        }
        if self.next.kind != Kind::Open {
            return self.push(into, Step::Name(name.text.into()));
        }
        let step = match (FUNCTIONS.iter().find(|(known, _)| *known == name.text), OPERATORS.iter().find(|(known, _)| *known == name.text))
        {
            (Some((name, function)), _) => (1, Step::Call(name, *function)),
            (None, Some((_, binary))) => (2, Step::Binary(*binary)),
            (None, None) => {
                let instead = "functions are sin, cos, tan, arcsin, arccos, arctan, exp, log, ln, sqrt, floor, ceiling, pow, mod";
                return Err(Problem::unsupported(format!("{}(…)", shorten(name.text)), instead).at(name.line));
            }
        };
        let (needed, step) = step;
        let given = self.enclosed(|parser| parser.operation(into, 0))?.len();
        if given != needed {
            return Err(Problem::Count { of: name.text.to_owned(), what: "arguments", given, needed }.at(name.line));
        }
        self.push(into, step)
    }

    fn push(&self, into: &mut Expression, step: Step) -> Read<()> {
        into.steps.push(step);
        if into.steps.len() <= MAX_STEPS {
            return Ok(());
        }
        Err(Problem::TooMany { what: "an expression is too long", limit: MAX_STEPS }.at(self.next.line))
    }
}

/// The value of a number as it is written.
fn literal(token: &Token<'_>) -> Read<Number> {
    let digits = token.text.replace('_', "");
    let radix = |prefix: [&str; 2], radix| {
        prefix.iter().find_map(|prefix| digits.strip_prefix(prefix)).map(|digits| i64::from_str_radix(digits, radix).ok())
    };
    let whole = radix(["0x", "0X"], 16).or_else(|| radix(["0o", "0O"], 8)).or_else(|| radix(["0b", "0B"], 2));
    let value = match token.kind {
        Kind::Integer => whole.unwrap_or_else(|| digits.parse().ok()).map(Number::Whole),
        _ => digits.parse().ok().filter(|value: &f64| value.is_finite()).map(Number::Real),
    };
    value.ok_or_else(|| Problem::value(shorten(token.text), "does not fit 64 bits").at(token.line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn evaluate(text: &str) -> Result<Number, String> {
        let mut parser = Parser::of(text).map_err(|error| error.to_string())?;
        let expression = parser.expression().map_err(|error| error.to_string())?;
        assert_eq!(parser.next.kind, Kind::End, "{text}: read to {:?}", parser.next);
        expression.bind(&[], |_| Ok(None)).and_then(|bound| bound.value(&[])).map_err(|problem| problem.to_string())
    }

    #[test]
    fn operators_bind_as_in_mathematics() {
        for (text, value) in [
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("10 - 3 - 2", 5),
            ("24 / 2 / 3", 4),
            ("-2 ** 2", -4),
            ("2 ** 3 ** 2", 512),
            ("2 * -3 + +1", -5),
            ("7 % 4 * 2", 6),
            ("0x1F + 0b101 + 0o17 + 1_000", 31 + 5 + 15 + 1000),
            ("--3", 3),
            ("mod(7, 4) - pow(2, 3)", -5),
        ] {
            assert_eq!(evaluate(text), Ok(Number::Whole(value)), "{text}");
        }
    }

    #[test]
    fn reals_functions_and_constants_have_their_values() {
        for (text, value) in [
            ("pi / 2", PI / 2.0),
            ("τ - 2 * π", 0.0),
            ("2 ** -1", 0.5),
            ("1. / 4 + .5", 0.75),
            ("2.5e-3", 0.0025),
            ("sin(pi / 6) + cos(π / 3)", 1.0),
            ("4 * arctan(1) - pi", 0.0),
            ("ln(euler) + log(exp(2)) + sqrt(16)", 7.0),
            ("arcsin(1.) + arccos(1.0)", PI / 2.0),
            ("floor(2.5) + ceiling(2.5) + tan(0)", 5.0),
            ("-7.5 % 2", -1.5),
        ] {
            let given = evaluate(text).unwrap().real();
            assert!((given - value).abs() < 1e-12, "{text}: {given}");
        }
    }

    #[test]
    fn what_has_no_value_says_why() {
        for (text, message) in [
            ("1 / 2", "1 / 2 divides whole numbers and leaves a rest, write one with a decimal point"),
            ("1 / 0", "1 / 0 divides by zero"),
            ("1 % 0.0", "1 % 0.0 divides by zero"),
            ("sqrt(0 - 1)", "sqrt(-1) is not a finite number"),
            ("9223372036854775807 + 1", "9223372036854775807 + 1 does not fit 64 bits"),
            ("9223372036854775808", "line 1: 9223372036854775808 does not fit 64 bits"),
            ("1e999", "line 1: 1e999 does not fit 64 bits"),
            ("10 ** 30", "10 ** 30 does not fit 64 bits"),
            ("a + 1", "a is not defined"),
            ("10ns", "line 1: 10ns is not supported, numbers have no unit"),
            ("sin(1, 2)", "line 1: sin has 2 arguments, 1 needed"),
            ("sin()", "line 1: sin has 0 arguments, 1 needed"),
            ("1 +", "line 1: the end of the text where a number is needed"),
        ] {
            assert_eq!(evaluate(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        for text in ["(".repeat(1_000_000), "-".repeat(1_000_000), "sin(".repeat(1_000_000), "2**".repeat(1_000_000)] {
            assert_eq!(evaluate(&text), Err("line 1: an expression nests too deep, at most 64 are allowed".to_owned()));
        }
        assert_eq!(evaluate(&"1+".repeat(1_000_000)), Err("line 1: an expression is too long, at most 4096 are allowed".to_owned()));
        assert_eq!(evaluate(&format!("{}1{}", "(".repeat(60), ")".repeat(60))), Ok(Number::Whole(1)));
    }
}
