//! What a server has, before and after.

use crate::raw::Server;
use std::fmt;
use std::time::{Duration, Instant};

/// How much the process may grow over all rows together: the bodies of ten megabytes come and go, and the allocator keeps some pages.
const GROWTH: usize = 24 << 20;

/// What a healthy server has.
pub(crate) struct Health {
    descriptors: usize,
    resident: usize,
    slowest: Duration,
    checks: usize,
}

impl Health {
    pub(crate) fn of(server: &Server) -> Health {
        server.get("/v0.4/health");
        let settled = settled(usize::MAX);
        Health { descriptors: settled, resident: resident(), slowest: Duration::ZERO, checks: 0 }
    }

    /// The server answers, and every descriptor is closed again. How long the answer took is told, not judged: a shared machine may
    /// be busy.
    pub(crate) fn check(&mut self, server: &Server, after: &str) {
        let start = Instant::now();
        assert_eq!(server.get("/v0.4/health").status, 200, "after {after}");
        self.slowest = self.slowest.max(start.elapsed());
        self.checks += 1;
        let now = settled(self.descriptors);
        assert!(now <= self.descriptors, "after {after}: {now} descriptors are open, {} were", self.descriptors);
    }

    pub(crate) fn assert_no_growth(&self) {
        let growth = resident().saturating_sub(self.resident);
        assert!(growth < GROWTH, "all rows together left {growth} bytes behind");
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let growth = resident().saturating_sub(self.resident) >> 10;
        write!(f, "/health after each of {}: slowest {:.1} ms; {growth} KiB more", self.checks, self.slowest.as_secs_f64() * 1e3)
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
