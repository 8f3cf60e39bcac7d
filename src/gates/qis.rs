use super::{Action, Gate, GateSpec, Gateset, PauliExp, Product, Radians, matrix, table};
use std::sync::Arc;

/// A QIS gate: the abstract set that SDKs write. Every rotation is in [`Radians`].
///
/// Controls belong to the operation, not to the gate: `cnot` is [`Qis::X`] with a control.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // a variant is its row in the table
pub enum Qis {
    X,
    Y,
    Z,
    /// `z` with a `rotation`: the phase gate `diag(1, e^{iλ})`.
    Phase(Radians),
    H,
    S,
    Si,
    T,
    Ti,
    V,
    Vi,
    Rx(Radians),
    Ry(Radians),
    Rz(Radians),
    Swap,
    Xx(Radians),
    Yy(Radians),
    Zz(Radians),
    PauliExp(Arc<PauliExp>),
}

impl Gate for Qis {
    const GATESET: Gateset = Gateset::Qis;

    fn spec(&self) -> &'static GateSpec {
        match self {
            Qis::X => &table::X,
            Qis::Y => &table::Y,
            Qis::Z | Qis::Phase(_) => &table::Z,
            Qis::H => &table::H,
            Qis::S => &table::S,
            Qis::Si => &table::SI,
            Qis::T => &table::T,
            Qis::Ti => &table::TI,
            Qis::V => &table::V,
            Qis::Vi => &table::VI,
            Qis::Rx(_) => &table::RX,
            Qis::Ry(_) => &table::RY,
            Qis::Rz(_) => &table::RZ,
            Qis::Swap => &table::SWAP,
            Qis::Xx(_) => &table::XX,
            Qis::Yy(_) => &table::YY,
            Qis::Zz(_) => &table::ZZ,
            Qis::PauliExp(_) => &table::PAULIEXP,
        }
    }

    fn values(&self) -> Vec<f64> {
        match self {
            Qis::Phase(a) | Qis::Rx(a) | Qis::Ry(a) | Qis::Rz(a) | Qis::Xx(a) | Qis::Yy(a) | Qis::Zz(a) => vec![a.0],
            _ => vec![],
        }
    }

    fn action(&self) -> Action<'_> {
        match self {
            Qis::X => Action::One(matrix::X),
            Qis::Y => Action::One(matrix::Y),
            Qis::Z => Action::One(matrix::Z),
            Qis::Phase(a) => Action::One(matrix::phase(*a)),
            Qis::H => Action::One(matrix::h()),
            Qis::S => Action::One(matrix::s()),
            Qis::Si => Action::One(matrix::si()),
            Qis::T => Action::One(matrix::t()),
            Qis::Ti => Action::One(matrix::ti()),
            Qis::V => Action::One(matrix::v()),
            Qis::Vi => Action::One(matrix::vi()),
            Qis::Rx(a) => Action::One(matrix::rx(*a)),
            Qis::Ry(a) => Action::One(matrix::ry(*a)),
            Qis::Rz(a) => Action::One(matrix::rz(*a)),
            Qis::Swap => Action::Two(matrix::swap()),
            Qis::Xx(a) => Action::Two(matrix::xx(*a)),
            Qis::Yy(a) => Action::Two(matrix::yy(*a)),
            Qis::Zz(a) => Action::Two(matrix::zz(*a)),
            Qis::PauliExp(exp) => Action::PauliExp(exp),
        }
    }

    fn inverse(&self) -> Qis {
        match self {
            Qis::X | Qis::Y | Qis::Z | Qis::H | Qis::Swap => self.clone(),
            Qis::S => Qis::Si,
            Qis::Si => Qis::S,
            Qis::T => Qis::Ti,
            Qis::Ti => Qis::T,
            Qis::V => Qis::Vi,
            Qis::Vi => Qis::V,
            Qis::Phase(a) => Qis::Phase(-*a),
            Qis::Rx(a) => Qis::Rx(-*a),
            Qis::Ry(a) => Qis::Ry(-*a),
            Qis::Rz(a) => Qis::Rz(-*a),
            Qis::Xx(a) => Qis::Xx(-*a),
            Qis::Yy(a) => Qis::Yy(-*a),
            Qis::Zz(a) => Qis::Zz(-*a),
            Qis::PauliExp(exp) => Qis::PauliExp(Arc::new(exp.inverse())),
        }
    }

    fn product(&self) -> Option<Product> {
        Qis::product(self)
    }

    fn pauli_exp(&self) -> Option<&PauliExp> {
        match self {
            Qis::PauliExp(exp) => Some(exp),
            _ => None,
        }
    }
}
