//! Sine and cosine of an angle in turns.

use num_complex::Complex64;
use std::f64::consts::TAU;

/// Adding and subtracting it rounds a number below 2⁵¹ to a whole one.
const ROUND: f64 = 1.5 * (1u64 << 52) as f64;

/// `e^{2πi·turns}` of a finite number, good to a unit or two in the last place, exact at quarter turns.
///
/// Whole quarters are taken off first, and exactly so, because in turns they are no irrational number. The rest is an eighth of a
/// turn at most, where the Taylor series of sine and cosine are short.
pub(super) fn cis(turns: f64) -> Complex64 {
    let turns = if turns.abs() < 1e9 { turns } else { turns % 1.0 };
    let quarters = (4.0 * turns + ROUND) - ROUND;
    let x = TAU * (turns - 0.25 * quarters);
    let y = x * x;
    // 1/n! to n = 15 and 16: the next terms are below 2⁻⁵⁴ at x = π/4.
    let sin = x + x * y * series(y, &[-6.0, 120.0, -5040.0, 362_880.0, -39_916_800.0, 6_227_020_800.0, -1_307_674_368_000.0]);
    let cos = 1.0 + y * series(y, &[-2.0, 24.0, -720.0, 40_320.0, -3_628_800.0, 479_001_600.0, -87_178_291_200.0, 20_922_789_888_000.0]);
    match quarters as i64 & 3 {
        0 => Complex64::new(cos, sin),
        1 => Complex64::new(-sin, cos),
        2 => Complex64::new(-cos, -sin),
        _ => Complex64::new(sin, -cos),
    }
}

/// `Σ yᵏ/dₖ`.
#[inline(always)]
fn series<const N: usize>(y: f64, divisors: &[f64; N]) -> f64 {
    divisors.iter().rev().fold(0.0, |sum, divisor| sum * y + 1.0 / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_circle_is_met_everywhere_to_the_last_place_or_two() {
        for k in -4000..4000 {
            let turns = f64::from(k) / 1000.0 + 1e-5 * f64::from(k % 7);
            // In eighths of a turn, so that the library is asked for small angles alone.
            let eighths = (turns * 8.0).round();
            let rest = Complex64::from_polar(1.0, TAU * (turns - eighths / 8.0));
            let eighth = Complex64::new(0.5f64.sqrt(), 0.5f64.sqrt());
            let expected = rest * eighth.powi(eighths.rem_euclid(8.0) as i32);
            assert!((cis(turns) - expected).norm() < 1.5e-15, "{turns}: {} for {expected}", cis(turns));
            assert!((cis(turns).norm() - 1.0).abs() < 4e-16, "{turns}");
            assert!((cis(turns) - Complex64::from_polar(1.0, TAU * turns)).norm() < 6e-15, "{turns}");
        }
    }

    #[test]
    fn quarter_turns_are_exact_and_huge_ones_are_finite() {
        let [one, i] = [Complex64::new(1.0, 0.0), Complex64::new(0.0, 1.0)];
        for (turns, exact) in [(0.0, one), (0.25, i), (-0.5, -one), (0.75, -i), (7.25, i), (-1e6, one), (1e15 + 0.25, i), (1e300, one)] {
            assert_eq!(cis(turns), exact, "{turns}");
        }
        for turns in [f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 1e9 - 0.125, 3e15 + 0.5] {
            assert!((cis(turns).norm() - 1.0).abs() < 4e-16, "{turns}");
        }
    }
}
