//! What a program says, statement by statement, before any name is looked up.

use super::expression::Expression;

/// A statement and the line it begins on.
#[derive(Debug, Clone)]
pub(super) struct Statement<'a> {
    pub(super) line: usize,
    pub(super) what: What<'a>,
}

/// What a statement does.
#[derive(Debug, Clone)]
pub(super) enum What<'a> {
    /// `include "stdgates.inc";`, the quotes taken off.
    Include(&'a str),
    /// `qubit[2] q;`
    Qubits { name: &'a str, size: Option<Expression> },
    /// `bit[2] c;`, `bit[2] c = measure q;`
    Bits { name: &'a str, size: Option<Expression>, measured: Option<Operand<'a>> },
    /// `const float a = pi / 2;`
    Constant { scalar: Scalar, name: &'a str, width: Option<Expression>, value: Expression },
    /// `let pair = q[0:1] ++ r;`
    Alias { name: &'a str, parts: Vec<Operand<'a>> },
    /// `gate g(a) x, y { … }`
    Gate(GateText<'a>),
    /// `ctrl @ rx(a) q[0], q[1];`
    Call(CallText<'a>),
    /// `c = measure q;`, `measure q -> c;`, `measure q;`
    Measure { source: Operand<'a>, target: Option<Operand<'a>> },
    /// `reset q;`
    Reset(Operand<'a>),
    /// `barrier q;`
    Barrier(Vec<Operand<'a>>),
}

/// The type of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Int,
    Uint,
    Float,
    Angle,
}

/// The definition of a gate.
#[derive(Debug, Clone)]
pub(super) struct GateText<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<&'a str>,
    pub(super) qubits: Vec<&'a str>,
    pub(super) body: Vec<CallText<'a>>,
}

/// A gate applied to something.
#[derive(Debug, Clone)]
pub(super) struct CallText<'a> {
    pub(super) line: usize,
    /// In the order of the text: the last one acts on the gate, the first on all the rest.
    pub(super) modifiers: Vec<Modifier>,
    pub(super) gate: &'a str,
    pub(super) arguments: Vec<Expression>,
    pub(super) operands: Vec<Operand<'a>>,
}

/// What stands before a gate, with `@`.
#[derive(Debug, Clone)]
pub(super) enum Modifier {
    Inverse,
    Power(Expression),
    /// That many controls, which must be 1 (`ctrl`) or 0 (`negctrl`).
    Control {
        count: Option<Expression>,
        on: bool,
    },
}

/// A register, or some of its elements.
#[derive(Debug, Clone)]
pub(super) struct Operand<'a> {
    pub(super) name: &'a str,
    pub(super) indices: Vec<Index>,
}

/// What stands in brackets after a register.
#[derive(Debug, Clone)]
pub(super) enum Index {
    One(Expression),
    /// First, step, last; the last one included.
    Range(Option<Expression>, Option<Expression>, Option<Expression>),
    Set(Vec<Expression>),
}
