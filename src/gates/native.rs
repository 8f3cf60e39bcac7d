use super::{Action, Gate, GateSpec, Gateset, Product, Turns, matrix, table};

/// A native gate: what the ions are really told to do. Every value is in [`Turns`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Native {
    /// π rotation about the equatorial axis at the phase.
    Gpi(Turns),
    /// π/2 rotation about the equatorial axis at the phase.
    Gpi2(Turns),
    /// Mølmer–Sørensen interaction with the phases of first and second target and the angle.
    Ms(Turns, Turns, Turns),
    /// `exp(-iπ·angle·Z⊗Z)`.
    Zz(Turns),
    /// Nothing, for as long as a gate takes.
    Nop,
}

impl Gate for Native {
    const GATESET: Gateset = Gateset::Native;

    fn spec(&self) -> &'static GateSpec {
        match self {
            Native::Gpi(_) => &table::GPI,
            Native::Gpi2(_) => &table::GPI2,
            Native::Ms(..) => &table::MS,
            Native::Zz(_) => &table::NATIVE_ZZ,
            Native::Nop => &table::NOP,
        }
    }

    fn values(&self) -> Vec<f64> {
        match *self {
            Native::Gpi(a) | Native::Gpi2(a) | Native::Zz(a) => vec![a.0],
            Native::Ms(phi0, phi1, angle) => vec![phi0.0, phi1.0, angle.0],
            Native::Nop => vec![],
        }
    }

    fn action(&self) -> Action<'_> {
        match *self {
            Native::Gpi(phase) => Action::One(matrix::gpi(phase)),
            Native::Gpi2(phase) => Action::One(matrix::gpi2(phase)),
            Native::Ms(phi0, phi1, angle) => Action::Two(matrix::ms(phi0, phi1, angle)),
            Native::Zz(angle) => Action::Two(matrix::native_zz(angle)),
            Native::Nop => Action::Identity,
        }
    }

    fn native(&self) -> Option<&Native> {
        Some(self)
    }

    fn inverse(&self) -> Native {
        match *self {
            Native::Gpi(phase) => Native::Gpi(phase),
            Native::Gpi2(phase) => Native::Gpi2(phase + Turns::HALF),
            // Half a turn on one phase negates G(φ₀)⊗G(φ₁) and keeps the angle positive, as devices require.
            Native::Ms(phi0, phi1, angle) => Native::Ms(phi0 + Turns::HALF, phi1, angle),
            Native::Zz(angle) => Native::Zz(-angle),
            Native::Nop => Native::Nop,
        }
    }
    fn product(&self) -> Option<Product> {
        Some(Native::product(self))
    }
}
