//! What a server has, before and after.

use crate::raw::Server;
use std::fmt;
use std::time::{Duration, Instant};

/// How much the process may grow over all rows together: jobs that were taken are kept, and the allocator keeps some pages.
const GROWTH: usize = 64 << 20;
/// How much one row may leave behind.
const LEFT: usize = 1 << 20;
/// How soon /health is answered, at best: a shared machine may be busy for a moment, but not for every one of [`TRIES`].
const SOON: Duration = Duration::from_millis(50);
const TRIES: usize = 10;

/// What a healthy server has.
pub(crate) struct Health {
    descriptors: usize,
    resident: usize,
    slowest: Duration,
    most_left: usize,
    checks: usize,
}

impl Health {
    pub(crate) fn of(server: &Server) -> Health {
        server.get("/v0.4/health");
        let settled = settled(usize::MAX);
        Health { descriptors: settled, resident: resident(), slowest: Duration::ZERO, most_left: 0, checks: 0 }
    }

    /// Does something, after which the server answers soon, every descriptor is closed again, and no memory is held. The allocator may
    /// keep some pages once; what is left behind is left again by another try.
    pub(crate) fn check(&mut self, server: &Server, after: &str, mut perform: impl FnMut()) {
        let mut left = || {
            let before = resident();
            perform();
            resident().saturating_sub(before)
        };
        let left = (0..TRIES).map(|_| left()).find_or_least(LEFT);
        assert!(left <= LEFT, "{after}: {left} bytes are left behind every time");
        self.most_left = self.most_left.max(left);
        let ask = |_| {
            let start = Instant::now();
            assert_eq!(server.get("/v0.4/health").status, 200, "after {after}");
            start.elapsed()
        };
        let best = (0..TRIES).map(ask).find_or_least(SOON);
        assert!(best <= SOON, "after {after}: /health took {best:?} at best");
        self.slowest = self.slowest.max(best);
        self.checks += 1;
        let now = settled(self.descriptors);
        assert!(now <= self.descriptors, "after {after}: {now} descriptors are open, {} were", self.descriptors);
    }

    pub(crate) fn assert_no_growth(&self) {
        let growth = resident().saturating_sub(self.resident);
        assert!(growth < GROWTH, "all rows together left {growth} bytes behind");
    }
}

/// The first that is good enough, or the least of all.
trait FindOrLeast<T> {
    fn find_or_least(self, good: T) -> T;
}

impl<T: Ord + Copy, I: Iterator<Item = T>> FindOrLeast<T> for I {
    fn find_or_least(self, good: T) -> T {
        let mut least = None;
        for value in self {
            least = Some(least.map_or(value, |least: T| least.min(value)));
            if value <= good {
                break;
            }
        }
        least.unwrap()
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let growth = resident().saturating_sub(self.resident) >> 10;
        let (slowest, left) = (self.slowest.as_secs_f64() * 1e3, self.most_left >> 10);
        write!(f, "/health after each of {}: slowest {slowest:.1} ms; {left} KiB left at most, {growth} KiB in all", self.checks)
    }
}

/// How many descriptors are open, once no more than `expected` are, or for good.
#[cfg(target_os = "linux")]
fn settled(expected: usize) -> usize {
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    // The server closes its end when it gets to it.
    for _ in 0..1000 {
        if open() <= expected {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    open()
}

/// Resident memory of this process in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[cfg(not(target_os = "linux"))]
fn settled(_: usize) -> usize {
    0
}

#[cfg(not(target_os = "linux"))]
fn resident() -> usize {
    0
}
