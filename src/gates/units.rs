use std::f64::consts::{PI, TAU};
use std::ops::{Add, Neg, Sub};

/// An angle in turns: 1 turn is 2π radians. The unit of every native phase and angle.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Turns(pub f64);

/// An angle in radians. The unit of every QIS rotation.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Radians(pub f64);

impl Turns {
    /// Half a turn, π radians.
    pub const HALF: Turns = Turns(0.5);
    /// A quarter turn, π/2 radians; as `ms` angle the fully entangling one.
    pub const QUARTER: Turns = Turns(0.25);

    /// `e^{2πi·self}`, reduced by whole turns first so that any finite phase stays finite.
    pub fn cis(self) -> num_complex::Complex64 {
        num_complex::Complex64::from_polar(1.0, TAU * (self.0 % 1.0))
    }

    /// The angle in radians of an interaction `exp(-i·angle·P)` written in turns: `π·self`, reduced by its period.
    pub fn interaction(self) -> f64 {
        PI * (self.0 % 2.0)
    }
}

/// The one place where radians become turns.
impl From<Radians> for Turns {
    fn from(angle: Radians) -> Turns {
        Turns(angle.0 / TAU)
    }
}

/// The one place where turns become radians.
impl From<Turns> for Radians {
    fn from(angle: Turns) -> Radians {
        Radians(angle.0 * TAU)
    }
}

macro_rules! angle_arithmetic {
    ($($unit:ident),*) => {$(
        impl Add for $unit {
            type Output = $unit;
            fn add(self, other: $unit) -> $unit { $unit(self.0 + other.0) }
        }
        impl Sub for $unit {
            type Output = $unit;
            fn sub(self, other: $unit) -> $unit { $unit(self.0 - other.0) }
        }
        impl Neg for $unit {
            type Output = $unit;
            fn neg(self) -> $unit { $unit(-self.0) }
        }
    )*};
}
angle_arithmetic!(Turns, Radians);

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn a_quarter_turn_is_half_pi_radians_and_back() {
        assert_abs_diff_eq!(Radians::from(Turns::QUARTER).0, PI / 2.0, epsilon = 1e-15);
        assert_abs_diff_eq!(Turns::from(Radians(PI / 2.0)).0, 0.25, epsilon = 1e-15);
    }

    #[test]
    fn whole_turns_change_nothing_and_huge_phases_stay_finite() {
        assert_abs_diff_eq!((Turns(0.1).cis() - Turns(-1.9).cis()).norm(), 0.0, epsilon = 1e-12);
        assert!(Turns(1e308).cis().is_finite());
        assert!(Turns(-1e308).interaction().is_finite());
    }
}
