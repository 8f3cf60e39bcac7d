/// Neumaier's compensated sum: the error does not grow with the number of terms.
///
/// ```
/// use paultrap::outcome::compensated_sum;
/// assert_eq!(compensated_sum([1.0, 1e100, 1.0, -1e100]), 2.0);
/// ```
pub fn compensated_sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for term in terms {
        let next = sum + term;
        lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        sum = next;
    }
    sum + lost
}
