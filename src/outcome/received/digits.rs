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

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Integer,
    /// With a point.
    Decimal,
    /// With an exponent.
    Scientific,
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
    pub(super) fn see(&mut self, token: &[u8], value: f64) -> Form {
        let (mut behind, mut significant, mut form) = (0i64, 0u32, Form::Integer);
        let mut power = 0i64;
        for (index, byte) in token.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    behind += i64::from(form == Form::Decimal);
                    significant += u32::from(significant > 0 || *byte != b'0');
                }
                b'.' => form = Form::Decimal,
                b'e' | b'E' => {
                    form = Form::Scientific;
                    power = exponent(&token[index + 1..]);
                    break;
                }
                _ => {}
            }
        }
        self.decimals = self.decimals.max(behind.saturating_sub(power).clamp(0, 400) as u32);
        self.significant = self.significant.max(significant);
        self.single &= f64::from(value as f32).to_bits() == value.to_bits();
        form
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

/// The number in a few digits with a sign, or as much of it as matters: a thousand is beyond all that 64 bits can hold.
fn exponent(text: &[u8]) -> i64 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let size = digits.fold(0i64, |size, digit| (10 * size + i64::from(digit - b'0')).min(1000));
    if text.starts_with(b"-") { -size } else { size }
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
