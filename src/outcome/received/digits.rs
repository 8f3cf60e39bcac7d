//! How numbers were written, and how far off a sum can be because of it.

use super::super::compensated_sum;

/// What the numbers of a map have in common as texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    /// The most decimals that any of them has.
    decimals: u32,
    /// The most significant digits.
    significant: u32,
    /// Whether each is a number of 32 bits.
    single: bool,
}

impl Default for Digits {
    fn default() -> Digits {
        Digits { decimals: 0, significant: 0, single: true }
    }
}

/// How numbers were rounded before they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To so many decimals.
    Decimals(u32),
    /// To 32 bits.
    Single,
}

impl Digits {
    pub(super) fn see(&mut self, token: &[u8], value: f64) {
        let exponent_at = token.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(token.len());
        let (mantissa, exponent) = token.split_at(exponent_at);
        let point = mantissa.iter().position(|&byte| byte == b'.').unwrap_or(mantissa.len());
        let behind = mantissa.len().saturating_sub(point + 1) as i64;
        let power = std::str::from_utf8(exponent).ok().and_then(|text| text.get(1..)?.parse::<i64>().ok()).unwrap_or(0);
        self.decimals = self.decimals.max((behind.saturating_sub(power)).clamp(0, 400) as u32);
        let digits = mantissa.iter().filter(|byte| byte.is_ascii_digit()).skip_while(|&&byte| byte == b'0').count();
        self.significant = self.significant.max(digits as u32);
        self.single &= f64::from(value as f32).to_bits() == value.to_bits();
    }

    /// What the texts show of a rounding. Numbers of 32 bits are only told from short decimals where one is long.
    pub(super) fn rounding(self) -> Option<Rounding> {
        match self {
            Digits { single: true, significant: 10.., .. } => Some(Rounding::Single),
            Digits { decimals: decimals @ 1..=14, .. } => Some(Rounding::Decimals(decimals)),
            _ => None,
        }
    }
}

impl Rounding {
    /// How far the sum of the values can be off at most: half a unit of the last place each. `values` are those that are not 0.
    pub(super) fn most(self, values: impl Iterator<Item = f64> + Clone) -> f64 {
        match self {
            Rounding::Decimals(decimals) => 0.5 * 10f64.powi(-(decimals as i32)) * values.count() as f64,
            Rounding::Single => compensated_sum(values.map(|value| value.abs() * f64::from(f32::EPSILON) / 2.0)),
        }
    }
}
