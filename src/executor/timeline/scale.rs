//! Times as words and as places on an axis.

use std::time::Duration;

const MINUTE: u128 = 60 * SECOND;
const SECOND: u128 = 1_000_000_000;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;

/// What ticks may be apart from half a minute to half a day, in nanoseconds; below and above it is 1, 2 or 5 times a power of ten,
/// of seconds or days.
const STEPS: [u128; 12] =
    [30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
/// The longest step below those.
const SHORT: u128 = 20 * SECOND;

/// From a time to a place, left to right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) left: f64,
    pub(super) width: f64,
    pub(super) extent: Duration,
}

impl Scale {
    /// Where a time is; everything is at the left if there is no time at all.
    pub(super) fn x(&self, at: Duration) -> f64 {
        let extent = self.extent.as_secs_f64();
        let part = if extent > 0.0 { at.as_secs_f64() / extent } else { 0.0 };
        self.left + self.width * part
    }

    /// The time that takes this width.
    pub(super) fn time(&self, width: f64) -> Duration {
        Duration::try_from_secs_f64(self.extent.as_secs_f64() * width / self.width).unwrap_or(Duration::MAX)
    }
}

/// Round times from zero to the extent, at most `most` steps of them; only zero if there is no time.
pub(super) fn ticks(extent: Duration, most: u32) -> Vec<Duration> {
    let extent = extent.as_nanos();
    let least = extent.div_ceil(u128::from(most.max(1))).max(1);
    let step = step(least);
    (0..=extent / step).map(|tick| duration(tick * step)).collect()
}

/// The shortest round time that is at least this long.
fn step(least: u128) -> u128 {
    let decimal = |unit: u128| (0..).map(move |power| unit * 10u128.pow(power)).flat_map(|ten| [ten, 2 * ten, 5 * ten]);
    let step = match least {
        ..=SHORT => decimal(1).find(|step| *step >= least),
        _ => STEPS.into_iter().chain(decimal(DAY)).find(|step| *step >= least),
    };
    step.expect("days go on forever")
}

fn duration(nanos: u128) -> Duration {
    Duration::new(u64::try_from(nanos / SECOND).unwrap_or(u64::MAX), (nanos % SECOND) as u32)
}

/// An exact time in words: `0 s`, `2.5 ms`, `45 s`, `1 min 30 s`, `2 d 6 h`.
pub(super) fn exact(time: Duration) -> String {
    let nanos = time.as_nanos();
    match nanos {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{} µs", nanos as f64 / 1e3),
        1_000_000..SECOND => format!("{} ms", nanos as f64 / 1e6),
        SECOND..MINUTE => format!("{} s", time.as_secs_f64()),
        MINUTE..HOUR => two(nanos, (MINUTE, "min"), (SECOND, "s")),
        HOUR..DAY => two(nanos, (HOUR, "h"), (MINUTE, "min")),
        _ => two(nanos, (DAY, "d"), (HOUR, "h")),
    }
}

fn two(nanos: u128, (large, name): (u128, &str), (small, rest_name): (u128, &str)) -> String {
    let whole = format!("{} {name}", grouped((nanos / large) as usize));
    match nanos % large / small {
        0 => whole,
        rest => format!("{whole} {rest} {rest_name}"),
    }
}

/// A time in words with three digits, or two units: `6.00 s`, `12.5 ms`, `1 h 1 min`.
pub(super) fn text(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let three = |value: f64, unit: &str| match value {
        99.95.. => format!("{value:.0} {unit}"),
        9.995.. => format!("{value:.1} {unit}"),
        _ => format!("{value:.2} {unit}"),
    };
    match time.as_nanos() {
        0 => "0 s".to_owned(),
        1..999_500 => three(seconds * 1e6, "µs"),
        999_500..999_500_000 => three(seconds * 1e3, "ms"),
        999_500_000..59_950_000_000 => three(seconds, "s"),
        nanos => exact(rounded(nanos)),
    }
}

/// To the unit that is shown last.
fn rounded(nanos: u128) -> Duration {
    let to = |unit: u128| duration((nanos + unit / 2) / unit * unit);
    let [in_seconds, in_minutes] = [HOUR - SECOND / 2, DAY - MINUTE / 2];
    match nanos {
        _ if nanos < in_seconds => to(SECOND),
        _ if nanos < in_minutes => to(MINUTE),
        _ => to(HOUR),
    }
}

/// A number with its thousands apart: `10,000`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let group = |(place, digit): (usize, char)| {
        let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(group).collect()
}

/// So many of something: `1 circuit`, `10,000 circuits`.
pub(super) fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(seconds: f64, most: u32) -> String {
        ticks(Duration::from_secs_f64(seconds), most).into_iter().map(exact).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn ticks_are_round_times_from_nanoseconds_to_weeks() {
        assert_eq!(shown(0.0, 8), "0 s");
        assert_eq!(shown(1e-9, 8), "0 s, 1 ns");
        assert_eq!(shown(0.004, 8), "0 s, 500 µs, 1 ms, 1.5 ms, 2 ms, 2.5 ms, 3 ms, 3.5 ms, 4 ms");
        assert_eq!(shown(6.2, 8), "0 s, 1 s, 2 s, 3 s, 4 s, 5 s, 6 s");
        assert_eq!(shown(100.0, 5), "0 s, 20 s, 40 s, 1 min, 1 min 20 s, 1 min 40 s");
        assert_eq!(shown(100.0, 4), "0 s, 30 s, 1 min, 1 min 30 s");
        assert_eq!(shown(5400.0, 6), "0 s, 15 min, 30 min, 45 min, 1 h, 1 h 15 min, 1 h 30 min");
        assert_eq!(shown(7.0 * 86400.0, 8), "0 s, 1 d, 2 d, 3 d, 4 d, 5 d, 6 d, 7 d");
    }

    #[test]
    fn there_are_never_more_ticks_than_asked_for_and_never_only_one_if_time_passed() {
        for power in 0..64 {
            let extent = Duration::from_nanos(1 << power);
            let ticks = ticks(extent, 8);
            assert!((2..=9).contains(&ticks.len()), "{extent:?}: {ticks:?}");
            assert!(ticks.iter().all(|tick| *tick <= extent));
        }
        assert!(ticks(Duration::MAX, 8).len() <= 9);
    }

    #[test]
    fn times_are_read_with_three_digits_or_two_units() {
        let shown = |seconds| text(Duration::from_secs_f64(seconds));
        let texts = [0.0, 1.5e-6, 0.0125, 0.9999, 6.0, 59.96, 90.4, 3661.0, 86399.0, 7.0 * 86400.0].map(shown);
        assert_eq!(texts, ["0 s", "1.50 µs", "12.5 ms", "1.00 s", "6.00 s", "1 min", "1 min 30 s", "1 h 1 min", "1 d", "7 d"]);
        assert_eq!(text(Duration::MAX), "213,503,982,334,601 d 7 h");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([counted(1, "circuit"), counted(0, "circuit")], ["1 circuit", "0 circuits"]);
    }

    #[test]
    fn no_time_at_all_is_at_the_left() {
        let scale = Scale { left: 50.0, width: 100.0, extent: Duration::ZERO };
        assert_eq!(scale.x(Duration::ZERO), 50.0);
        assert_eq!(scale.time(10.0), Duration::ZERO);
    }
}
