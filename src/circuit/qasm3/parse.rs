//! Tokens into statements, one at a time. Nothing here looks a name up, opens a file, or goes deeper than expressions nest.

use super::error::{Qasm3Error, Qasm3Problem as Problem};
use super::expression::{Binary, Expression};
use super::syntax::{CallText, GateText, Index, Modifier, Operand, Scalar, Statement, What};
use super::token::{Kind, Token, Tokens};
use crate::circuit::MAX_GATES;
use crate::circuit::error::shorten;

/// The most entries of one list.
const MAX_LIST: usize = 1024;

/// What OpenQASM has and a circuit has not, and what there is instead.
const UNSUPPORTED: &[(&[&str], &str)] = &[
    (&["if", "else", "while", "for", "switch", "break", "continue", "end", "return"], "a circuit does the same things in every shot"),
    (&["def", "extern"], "write a gate instead"),
    (&["opaque", "defcal", "cal", "defcalgrammar"], "a gate needs a body of gates"),
    (&["delay", "box", "duration", "stretch", "durationof", "nop"], "a circuit knows the order of gates, not their times"),
    (&["input", "output"], "write the numbers into the program"),
    (&["bool", "complex", "array", "readonly", "mutable"], "numbers are int, uint, float and angle"),
    (&["pragma"], "nothing here reads it"),
];

/// Reads statements.
pub(super) struct Parser<'a> {
    tokens: Tokens<'a>,
    pub(super) next: Token<'a>,
    /// How many parentheses the expression being read is in.
    pub(super) depth: usize,
    /// The text says that it is OpenQASM 2.
    pub(super) second: bool,
    /// What is being read is an exponent of `pow`, where 1/2 is a half: the language's own library says `pow(1/2) @ x`.
    real: bool,
}

type Read<T> = Result<T, Qasm3Error>;

impl<'a> Parser<'a> {
    /// Reads the version, if there is one.
    pub(super) fn of(text: &'a str) -> Read<Parser<'a>> {
        let mut tokens = Tokens::of(text);
        let next = tokens.next();
        let mut parser = Parser { tokens, next, depth: 0, second: false, real: false };
        if parser.next.text == "OPENQASM" {
            parser.version()?;
        }
        Ok(parser)
    }

    fn version(&mut self) -> Read<()> {
        self.advance();
        let given = self.advance();
        self.second = match given.text {
            "3" | "3.0" | "3.1" => false,
            "2.0" => true,
            _ => return Err(Problem::unsupported(format!("version {}", given.shown()), "allowed are 3, 3.0, 3.1, 2.0").at(given.line)),
        };
        self.expect(Kind::Semicolon, "a semicolon").map(drop)
    }

    /// The next statement; none at the end.
    pub(super) fn statement(&mut self) -> Read<Option<Statement<'a>>> {
        while self.next.kind == Kind::Semicolon {
            self.advance();
        }
        if self.next.kind == Kind::End {
            return Ok(None);
        }
        let line = self.next.line;
        let what = match self.next.kind {
            Kind::Name => self.named_statement()?,
            Kind::Hardware => return Err(self.unsupported("declare qubits with qubit[n] q")),
            Kind::At => return Err(Problem::unsupported("an annotation", "nothing here reads it").at(line)),
            Kind::Pragma => return Err(self.unsupported("nothing here reads it")),
            Kind::OpenBlock => return Err(Problem::unsupported("a block", "a circuit has one level").at(line)),
            _ => return Err(self.unexpected("a statement")),
        };
        Ok(Some(Statement { line, what }))
    }

    fn named_statement(&mut self) -> Read<What<'a>> {
        let first = self.next;
        if let Some((_, instead)) = UNSUPPORTED.iter().find(|(names, _)| names.contains(&first.text)) {
            return Err(self.unsupported(instead));
        }
        let what = match first.text {
            "OPENQASM" => return Err(self.unexpected("a statement (the version comes first)")),
            "gate" => return self.gate().map(What::Gate),
            "include" => {
                self.advance();
                What::Include(self.expect(Kind::Text, "a file name in quotes")?.text.trim_matches(['"', '\'']))
            }
            "qubit" | "qreg" => {
                let (name, size) = self.register(first.text == "qreg")?;
                What::Qubits { name, size }
            }
            "bit" | "creg" => self.bits(first.text == "creg")?,
            "const" | "int" | "uint" | "float" | "angle" => self.number()?,
            "let" => self.alias()?,
            "barrier" => {
                self.advance();
                What::Barrier(if self.next.kind == Kind::Semicolon { vec![] } else { self.list(Parser::operand)? })
            }
            "measure" => self.arrow_measurement()?,
            "reset" => {
                self.advance();
                What::Reset(self.operand()?)
            }
            "ctrl" | "negctrl" | "inv" | "pow" | "gphase" => What::Call(self.call()?),
            _ => self.call_or_assignment()?,
        };
        self.expect(Kind::Semicolon, "a semicolon")?;
        Ok(what)
    }

    /// `qubit[2] q`, and `qreg q[2]` where the size comes last.
    fn register(&mut self, size_last: bool) -> Read<(&'a str, Option<Expression>)> {
        self.advance();
        let before = if size_last { None } else { self.designator()? };
        let name = self.name("a name")?;
        Ok((name, if size_last { self.designator()? } else { before }))
    }

    fn bits(&mut self, size_last: bool) -> Read<What<'a>> {
        let (name, size) = self.register(size_last)?;
        let measured = if self.eat(Kind::Equals) { Some(self.measurement()?) } else { None };
        Ok(What::Bits { name, size, measured })
    }

    fn number(&mut self) -> Read<What<'a>> {
        if self.next.text == "const" {
            self.advance();
        }
        let scalar = match self.next.text {
            "int" => Scalar::Int,
            "uint" => Scalar::Uint,
            "float" => Scalar::Float,
            "angle" => Scalar::Angle,
            _ => return Err(self.unsupported("numbers are int, uint, float and angle")),
        };
        self.advance();
        let width = self.designator()?;
        let name = self.name("a name")?;
        if self.next.kind == Kind::Semicolon {
            return Err(Problem::unsupported(format!("{scalar:?} {} without a value", shorten(name)).to_lowercase(), "give it one")
                .at(self.next.line));
        }
        self.expect(Kind::Equals, "=")?;
        Ok(What::Constant { scalar, name, width, value: self.expression()? })
    }

    fn alias(&mut self) -> Read<What<'a>> {
        self.advance();
        let name = self.name("a name")?;
        self.expect(Kind::Equals, "=")?;
        let mut parts = vec![self.operand()?];
        while self.eat(Kind::Join) {
            parts.push(self.operand()?);
            self.check_list(parts.len())?;
        }
        Ok(What::Alias { name, parts })
    }

    fn arrow_measurement(&mut self) -> Read<What<'a>> {
        let source = self.measurement()?;
        let target = if self.eat(Kind::Arrow) { Some(self.operand()?) } else { None };
        Ok(What::Measure { source, target })
    }

    /// `measure q[0]`: the one thing that may be assigned.
    fn measurement(&mut self) -> Read<Operand<'a>> {
        if self.next.text != "measure" {
            return Err(Problem::unsupported("a classical value", "bits get their values from measure").at(self.next.line));
        }
        self.advance();
        self.operand()
    }

    fn call_or_assignment(&mut self) -> Read<What<'a>> {
        let (line, name) = (self.next.line, self.name("a statement")?);
        match self.next.kind {
            Kind::OpenIndex | Kind::Equals => {
                let target = Some(Operand { name, indices: self.indices()? });
                self.expect(Kind::Equals, "=")?;
                Ok(What::Measure { source: self.measurement()?, target })
            }
            Kind::Operator => Err(self.unsupported("numbers keep their values, and bits get theirs from measure")),
            _ => self.call_of(line, vec![], name).map(What::Call),
        }
    }

    fn call(&mut self) -> Read<CallText<'a>> {
        let line = self.next.line;
        let mut modifiers = vec![];
        while let Some(modifier) = self.modifier()? {
            modifiers.push(modifier);
            self.check_list(modifiers.len())?;
        }
        let name = self.name("a gate")?;
        self.call_of(line, modifiers, name)
    }

    fn call_of(&mut self, line: usize, modifiers: Vec<Modifier>, gate: &'a str) -> Read<CallText<'a>> {
        let arguments = if self.next.kind == Kind::Open { self.enclosed(Parser::expression)? } else { vec![] };
        if matches!(self.next.kind, Kind::OpenIndex) {
            return Err(Problem::unsupported("a gate with a duration", "a circuit knows the order of gates, not their times").at(line));
        }
        let ends = matches!(self.next.kind, Kind::Semicolon | Kind::CloseBlock);
        let operands = if ends { vec![] } else { self.list(Parser::operand)? };
        Ok(CallText { line, modifiers, gate, arguments, operands })
    }

    fn modifier(&mut self) -> Read<Option<Modifier>> {
        let modifier = match self.next.text {
            "inv" => {
                self.advance();
                Modifier::Inverse
            }
            "pow" => {
                self.advance();
                self.real = true;
                let exponent = self.parenthesized();
                self.real = false;
                Modifier::Power(exponent?)
            }
            "ctrl" | "negctrl" => {
                let on = self.advance().text == "ctrl";
                let count = if self.next.kind == Kind::Open { Some(self.parenthesized()?) } else { None };
                Modifier::Control { count, on }
            }
            _ => return Ok(None),
        };
        self.expect(Kind::At, "@")?;
        Ok(Some(modifier))
    }

    fn gate(&mut self) -> Read<GateText<'a>> {
        self.advance();
        let name = self.name("the name of a gate")?;
        let parameters =
            if self.next.kind == Kind::Open { self.enclosed(|parser| parser.name("the name of a parameter"))? } else { vec![] };
        let qubits = self.list(|parser| parser.name("the name of a qubit"))?;
        self.expect(Kind::OpenBlock, "a block")?;
        let mut body = vec![];
        while !self.eat(Kind::CloseBlock) {
            if self.eat(Kind::Semicolon) {
                continue;
            }
            if let Some(call) = self.body_statement()? {
                body.push(call);
            }
            if body.len() > MAX_GATES {
                return Err(Problem::TooMany { what: "the body of a gate is too long", limit: MAX_GATES }.at(self.next.line));
            }
        }
        Ok(GateText { name, parameters, qubits, body })
    }

    /// A gate in the body of a gate; nothing for a barrier.
    fn body_statement(&mut self) -> Read<Option<CallText<'a>>> {
        let first = self.next;
        if first.kind != Kind::Name {
            return Err(self.unexpected("a gate or the end of the block"));
        }
        let foreign =
            ["measure", "reset", "qubit", "qreg", "bit", "creg", "const", "int", "uint", "float", "angle", "let", "gate", "include"];
        if UNSUPPORTED.iter().any(|(names, _)| names.contains(&first.text)) || foreign.contains(&first.text) {
            return Err(Problem::unsupported(format!("{} in a gate", first.text), "the body of a gate is made of gates").at(first.line));
        }
        let call = if first.text == "barrier" {
            self.advance();
            if self.next.kind != Kind::Semicolon {
                self.list(Parser::operand)?;
            }
            None
        } else {
            Some(self.call()?)
        };
        self.expect(Kind::Semicolon, "a semicolon")?;
        Ok(call)
    }

    fn operand(&mut self) -> Read<Operand<'a>> {
        if self.next.kind == Kind::Hardware {
            return Err(self.unsupported("declare qubits with qubit[n] q"));
        }
        let name = self.name("a qubit or a register")?;
        Ok(Operand { name, indices: self.indices()? })
    }

    fn indices(&mut self) -> Read<Vec<Index>> {
        let mut indices = vec![];
        while self.eat(Kind::OpenIndex) {
            indices.push(self.index()?);
            self.check_list(indices.len())?;
            self.expect(Kind::CloseIndex, "]")?;
        }
        Ok(indices)
    }

    fn index(&mut self) -> Read<Index> {
        if self.eat(Kind::OpenBlock) {
            let set = self.list(Parser::expression)?;
            self.expect(Kind::CloseBlock, "}")?;
            return Ok(Index::Set(set));
        }
        let first = self.range_part()?;
        if !self.eat(Kind::Colon) {
            return first.map(Index::One).ok_or_else(|| self.unexpected("an index"));
        }
        let second = self.range_part()?;
        if !self.eat(Kind::Colon) {
            return Ok(Index::Range(first, None, second));
        }
        Ok(Index::Range(first, second, self.range_part()?))
    }

    fn range_part(&mut self) -> Read<Option<Expression>> {
        if matches!(self.next.kind, Kind::Colon | Kind::CloseIndex) { Ok(None) } else { self.expression().map(Some) }
    }

    /// `[n]`, if it is there.
    fn designator(&mut self) -> Read<Option<Expression>> {
        if !self.eat(Kind::OpenIndex) {
            return Ok(None);
        }
        let size = self.expression()?;
        self.expect(Kind::CloseIndex, "]")?;
        Ok(Some(size))
    }

    fn parenthesized(&mut self) -> Read<Expression> {
        self.expect(Kind::Open, "(")?;
        let value = self.expression()?;
        self.expect(Kind::Close, ")")?;
        Ok(value)
    }

    /// Entries in parentheses; there may be none.
    pub(super) fn enclosed<T>(&mut self, entry: impl FnMut(&mut Parser<'a>) -> Read<T>) -> Read<Vec<T>> {
        self.expect(Kind::Open, "(")?;
        let entries = if self.next.kind == Kind::Close { vec![] } else { self.list(entry)? };
        self.expect(Kind::Close, ")")?;
        Ok(entries)
    }

    /// One or more entries with commas between them, and perhaps one at the end.
    fn list<T>(&mut self, mut entry: impl FnMut(&mut Parser<'a>) -> Read<T>) -> Read<Vec<T>> {
        let mut entries = vec![entry(self)?];
        while self.eat(Kind::Comma) {
            if matches!(self.next.kind, Kind::Semicolon | Kind::Close | Kind::CloseBlock | Kind::OpenBlock) {
                break;
            }
            entries.push(entry(self)?);
            self.check_list(entries.len())?;
        }
        Ok(entries)
    }

    pub(super) fn check_list(&self, length: usize) -> Read<()> {
        if length <= MAX_LIST { Ok(()) } else { Err(Problem::TooMany { what: "too long a list", limit: MAX_LIST }.at(self.next.line)) }
    }

    pub(super) fn division(&self) -> Binary {
        if self.second || self.real { Binary::DivideReal } else { Binary::Divide }
    }

    /// The token that is next, after which another one is.
    pub(super) fn advance(&mut self) -> Token<'a> {
        std::mem::replace(&mut self.next, self.tokens.next())
    }

    pub(super) fn eat(&mut self, kind: Kind) -> bool {
        let there = self.next.kind == kind;
        if there {
            self.advance();
        }
        there
    }

    pub(super) fn expect(&mut self, kind: Kind, needed: &'static str) -> Read<Token<'a>> {
        if self.next.kind == kind { Ok(self.advance()) } else { Err(self.unexpected(needed)) }
    }

    fn name(&mut self, needed: &'static str) -> Read<&'a str> {
        self.expect(Kind::Name, needed).map(|token| token.text)
    }

    pub(super) fn unexpected(&self, needed: &'static str) -> Qasm3Error {
        Problem::Syntax { given: self.next.shown(), needed }.at(self.next.line)
    }

    pub(super) fn unsupported(&self, instead: &'static str) -> Qasm3Error {
        Problem::unsupported(shorten(self.next.text), instead).at(self.next.line)
    }
}
