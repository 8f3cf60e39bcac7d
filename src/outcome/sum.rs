/// Neumaier's compensated sum: the error does not grow with the number of terms.
///
/// ```
/// use paultrap::outcome::compensated_sum;
/// assert_eq!(compensated_sum([1.0, 1e100, 1.0, -1e100]), 2.0);
/// ```
pub fn compensated_sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    terms.into_iter().for_each(|term| sum.add(term));
    sum.get()
}

/// The same, term by term.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    /// What rounding has taken away.
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, term: f64) {
        let next = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - next) + term } else { (term - next) + self.sum };
        self.sum = next;
    }

    pub(super) fn get(self) -> f64 {
        self.sum + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    /// The term in units of 2^-1074, the smallest number of 64 bits: exact for all of them.
    fn exact(term: f64) -> BigInt {
        let bits = term.abs().to_bits();
        let (exponent, fraction) = (bits >> 52, bits & !(u64::MAX << 52));
        let whole = match exponent {
            0 => BigInt::from(fraction),
            _ => BigInt::from(fraction | 1 << 52) << (exponent - 1),
        };
        if term < 0.0 { -whole } else { whole }
    }

    /// How far a number is from an exact sum, in units of 2^-1074.
    fn off(sum: f64, terms: &[f64]) -> BigInt {
        let difference = exact(sum) - terms.iter().map(|&term| exact(term)).sum::<BigInt>();
        if difference < BigInt::ZERO { -difference } else { difference }
    }

    #[test]
    fn the_exact_value_of_a_number_is_its_fraction_times_a_power_of_two() {
        assert_eq!(exact(5e-324), BigInt::from(1));
        assert_eq!(exact(-1.5), BigInt::from(-3) << 1073);
        assert_eq!(exact(f64::MIN_POSITIVE), BigInt::from(1) << 52);
    }

    /// Terms of a distribution, from everyday to denormal.
    fn terms() -> impl Strategy<Value = Vec<f64>> {
        let term = (0.0f64..1.0, prop_oneof![4 => 0..5i32, 2 => 5..40i32, 1 => 300..323i32]);
        proptest::collection::vec(term.prop_map(|(digits, exponent)| digits * 10f64.powi(-exponent)), 1..3000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Neumaier's bound, |error| ≤ ε/2·|sum| + O(n²·ε²)·Σ|term|, with nothing but the rounding of the result left over at this length.
        #[test]
        fn the_compensated_sum_is_the_exact_one_to_the_last_bit_or_the_one_before(terms in terms(), scale in 0u32..3) {
            let terms: Vec<f64> = terms.iter().map(|term| term * 10f64.powi(-(100 * scale as i32))).collect();
            let sum = compensated_sum(terms.iter().copied());
            let ulp = exact(sum.next_up()) - exact(sum);
            prop_assert!(off(sum, &terms) <= ulp, "{sum}");
        }

        #[test]
        fn terms_that_cancel_leave_what_is_left_within_the_square_of_the_rounding(terms in terms(), left in -1e-12f64..1e-12) {
            let mut terms: Vec<f64> = terms.iter().copied().chain(terms.iter().map(|term| -term)).collect();
            terms.push(left);
            let size: f64 = terms.iter().map(|term| term.abs()).sum();
            let bound = f64::EPSILON * left.abs() + (f64::EPSILON * terms.len() as f64).powi(2) * size;
            prop_assert!((compensated_sum(terms.iter().copied()) - left).abs() <= bound);
        }
    }
}
