//! Memory is admitted before it is allocated: too much is an error, not the end of the process.

use super::Stop;
use num_complex::Complex64;
use rayon::iter::ParallelExtend;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

/// What a run is going to allocate, all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    qubits: usize,
    bytes: u128,
}

impl Demand {
    /// `count` state vectors of 2^`qubits` amplitudes of 16 bytes.
    pub fn states(qubits: usize, count: usize) -> Demand {
        debug_assert!(qubits <= crate::circuit::MAX_QUBITS);
        Demand { qubits, bytes: (size_of::<Complex64>() as u128 * count as u128) << qubits }
    }

    /// The same and `bytes` more.
    #[must_use]
    pub fn and(self, bytes: u128) -> Demand {
        Demand { bytes: self.bytes.saturating_add(bytes), ..self }
    }

    /// How much that is. A `u128`, because 64 qubits need 2⁶⁸ bytes.
    pub fn bytes(self) -> u128 {
        self.bytes
    }
}

/// A run needs more memory than it can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {} of memory, {} are available", qubits_need(*.qubits), Size::up(*.needed), Size::down((*.available).into()))]
pub struct OutOfMemory {
    /// How many qubits of the circuit are in use.
    pub qubits: usize,
    /// How many bytes the run needs.
    pub needed: u128,
    /// How many bytes it can have.
    pub available: u64,
}

fn qubits_need(qubits: usize) -> String {
    if qubits == 1 { "1 qubit needs".to_owned() } else { format!("{qubits} qubits need") }
}

/// Bytes for people to read. Needs are rounded up and supplies down, so that what does not fit never looks as if it did.
pub(crate) struct Size {
    tenths: u128,
    unit: &'static str,
}

impl Size {
    const UNITS: [&'static str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    fn new(bytes: u128, round: impl Fn(u128, u128) -> u128) -> Size {
        let power = (0..Self::UNITS.len()).rev().find(|power| bytes >> (10 * power) > 0).unwrap_or(0);
        Size { tenths: round(bytes.saturating_mul(10), 1 << (10 * power)), unit: Self::UNITS[power] }
    }

    pub(crate) fn up(bytes: u128) -> Size {
        Size::new(bytes, u128::div_ceil)
    }

    pub(crate) fn down(bytes: u128) -> Size {
        Size::new(bytes, |bytes, unit| bytes / unit)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            "bytes" => write!(f, "{} bytes", self.tenths / 10),
            unit => write!(f, "{}.{} {unit}", self.tenths / 10, self.tenths % 10),
        }
    }
}

/// How much memory all runs together may use, and how much of it is taken. A clone shares the budget.
#[derive(Debug, Clone)]
pub struct Memory {
    budget: Arc<Budget>,
    /// Ends the runs in this memory.
    stop: Stop,
}

#[derive(Debug)]
struct Budget {
    total: u64,
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// First come, first served: a wide run is not overtaken for ever by narrow ones.
#[derive(Debug, Default)]
struct Queue {
    taken: u64,
    next_ticket: u64,
    now_serving: u64,
    /// Tickets of those who went away before it was their turn.
    left: BTreeSet<u64>,
}

/// How often who waits looks whether it is still wanted.
const STOP_POLL: Duration = Duration::from_millis(50);

/// The right to allocate; it ends when dropped.
#[derive(Debug)]
#[must_use = "dropping a reservation gives the memory back"]
pub struct Reservation {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Memory {
    /// Less than this is not counted: no more than the rest of the program allocates without asking, and tens of thousands of
    /// small circuits a second need not meet at one lock.
    const UNCOUNTED: u64 = 1 << 20;

    /// The budget of this process: what the machine had available when first asked (limits of control groups respected), less a
    /// sixteenth for everybody else.
    pub fn shared() -> &'static Memory {
        static SHARED: LazyLock<Memory> = LazyLock::new(|| {
            let available = available();
            Memory::limited_to(available - available / 16)
        });
        &SHARED
    }

    /// A budget of its own.
    pub fn limited_to(bytes: u64) -> Memory {
        let budget = Arc::new(Budget { total: bytes, queue: Mutex::default(), changed: Condvar::new() });
        Memory { budget, stop: Stop::never() }
    }

    /// The same budget, for a run that ends when the stop is raised.
    #[must_use]
    pub fn until(&self, stop: &Stop) -> Memory {
        Memory { budget: Arc::clone(&self.budget), stop: stop.clone() }
    }

    /// What ends the runs in this memory.
    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The whole budget, in bytes.
    pub fn total(&self) -> u64 {
        self.budget.total
    }

    /// Whether the demand could ever be met; then how many bytes that takes.
    ///
    /// # Errors
    /// [`OutOfMemory`] if the demand is larger than the whole budget.
    pub fn check(&self, demand: Demand) -> Result<u64, OutOfMemory> {
        let bytes = u64::try_from(demand.bytes).ok().filter(|&bytes| bytes <= self.budget.total);
        bytes.ok_or(OutOfMemory { qubits: demand.qubits, needed: demand.bytes, available: self.budget.total })
    }

    /// Admits a run, if need be after waiting until others have given back what they hold. A run asks once, for everything:
    /// whoever holds a reservation must not wait for another one.
    ///
    /// Inside a rayon pool nobody waits, because a waiting worker may have suspended the very run it waits for.
    ///
    /// # Errors
    /// [`OutOfMemory`] if the demand is larger than the whole budget, or than what is left of it inside a rayon pool or when a stop is
    /// raised during the wait.
    pub fn reserve(&self, demand: Demand) -> Result<Reservation, OutOfMemory> {
        let short = |available| OutOfMemory { qubits: demand.qubits, needed: demand.bytes, available };
        let (budget, bytes) = (&self.budget, self.check(demand)?);
        if bytes <= Self::UNCOUNTED {
            return Ok(Reservation { budget: Arc::clone(budget), bytes: 0 });
        }
        let mut queue = budget.lock();
        let left = |queue: &Queue| budget.total - queue.taken;
        if rayon::current_thread_index().is_some() && (queue.now_serving != queue.next_ticket || left(&queue) < bytes) {
            return Err(short(left(&queue)));
        }
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        while queue.now_serving != ticket || left(&queue) < bytes {
            if self.stop.is_raised() {
                let left = left(&queue);
                queue.leave(ticket);
                drop(queue);
                budget.changed.notify_all();
                return Err(short(left));
            }
            queue = match self.stop.is_possible() {
                true => budget.changed.wait_timeout(queue, STOP_POLL).unwrap_or_else(PoisonError::into_inner).0,
                false => budget.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
        queue.leave(ticket);
        queue.taken += bytes;
        drop(queue);
        budget.changed.notify_all(); // the next in line may fit as well
        Ok(Reservation { budget: Arc::clone(budget), bytes })
    }
}

impl Queue {
    /// Whoever has this ticket waits no longer.
    fn leave(&mut self, ticket: u64) {
        self.left.insert(ticket);
        while self.left.remove(&self.now_serving) {
            self.now_serving += 1;
        }
    }
}

impl Budget {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner) // plain numbers, never half changed
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.lock().taken -= self.bytes;
            self.budget.changed.notify_all();
        }
    }
}

/// What this process could still allocate without taking it from anybody; everything, where the system does not tell.
pub(super) fn available() -> u64 {
    let what = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let Ok(mut system) = System::new_with_specifics(what) else { return u64::MAX };
    let machine = match system.available_memory() {
        0 => system.total_memory(),
        available => available,
    };
    let limits = sysinfo::get_current_pid().ok().and_then(|pid| {
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, ProcessRefreshKind::nothing());
        system.process(pid)?.cgroup_limits()
    });
    // Not `free_memory`: that counts the page cache, which gives way, as taken.
    let limit = limits.or_else(|| system.cgroup_limits()).map(|limits| limits.total_memory.saturating_sub(limits.rss));
    limit.map_or(machine, |limit| limit.min(machine))
}

/// 2^`qubits` zeros, or an error where `vec!` would abort the process.
pub(super) fn zeros(qubits: usize) -> Result<Vec<Complex64>, OutOfMemory> {
    let short = || OutOfMemory { qubits, needed: Demand::states(qubits, 1).bytes, available: available() };
    let length = 1usize.checked_shl(qubits as u32).ok_or_else(short)?;
    let mut amplitudes = Vec::new();
    amplitudes.try_reserve_exact(length).map_err(|_| short())?;
    if qubits < super::tiles::PARALLEL_QUBITS {
        amplitudes.resize(length, Complex64::default());
    } else {
        // The first touch of a page is the operating system's work, and most of the cost; all threads share it.
        amplitudes.par_extend(rayon::iter::repeat_n(Complex64::default(), length));
    }
    Ok(amplitudes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    const MIB: u64 = 1 << 20;

    fn mib(count: u64) -> Demand {
        Demand::states(16, count as usize) // 2^16 amplitudes are one MiB
    }

    impl Memory {
        fn waiting(&self) -> u64 {
            let queue = self.budget.lock();
            queue.next_ticket - queue.now_serving - queue.left.len() as u64
        }
    }

    #[test]
    fn too_much_is_refused_at_once_with_what_is_needed_and_what_there_is() {
        let message = |memory: u64, qubits| Memory::limited_to(memory).reserve(Demand::states(qubits, 1)).unwrap_err().to_string();
        assert_eq!(message(12_025_908_428, 30), "30 qubits need 16.0 GiB of memory, 11.1 GiB are available");
        assert_eq!(message((1 << 33) - 1, 29), "29 qubits need 8.0 GiB of memory, 7.9 GiB are available");
        assert_eq!(message(31, 1), "1 qubit needs 32 bytes of memory, 31 bytes are available");
        assert_eq!(message(u64::MAX, 64), "64 qubits need 256.0 EiB of memory, 15.9 EiB are available");
        assert!(Memory::limited_to(0).reserve(Demand::states(64, usize::MAX).and(u128::MAX)).is_err());
    }

    #[test]
    fn states_that_no_machine_can_hold_are_an_error_and_not_an_overflow() {
        for qubits in [60, 63, 64] {
            assert_eq!(zeros(qubits).unwrap_err().needed, 16 << qubits);
        }
    }

    #[test]
    fn a_dropped_reservation_can_be_made_again() {
        let memory = Memory::limited_to(8 * MIB);
        for _ in 0..3 {
            let _all = memory.reserve(mib(8)).unwrap();
        }
        let (_half, _other_half) = (memory.reserve(mib(4)).unwrap(), memory.reserve(mib(4)).unwrap());
    }

    #[test]
    fn a_run_waits_until_what_it_needs_is_given_back() {
        let memory = Memory::limited_to(8 * MIB);
        let held = memory.reserve(mib(5)).unwrap();
        let admitted = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _reservation = memory.reserve(mib(4)).unwrap();
                admitted.store(true, Ordering::SeqCst);
            });
            while memory.waiting() == 0 && !admitted.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            assert!(!admitted.load(Ordering::SeqCst), "4 MiB were admitted while 5 of 8 were taken");
            drop(held);
        });
        assert!(admitted.load(Ordering::SeqCst));
    }

    #[test]
    fn nobody_overtakes_who_waits_longer() {
        let memory = Memory::limited_to(8 * MIB);
        let held = memory.reserve(mib(2)).unwrap();
        let (wide_admitted, narrow_admitted) = (AtomicBool::new(false), AtomicBool::new(false));
        let wait_for = |count| {
            while memory.waiting() < count && !narrow_admitted.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _wide = memory.reserve(mib(8)).unwrap();
                wide_admitted.store(true, Ordering::SeqCst);
            });
            wait_for(1);
            scope.spawn(|| {
                let _narrow = memory.reserve(mib(2)).unwrap(); // would fit at once
                narrow_admitted.store(true, Ordering::SeqCst);
                assert!(wide_admitted.load(Ordering::SeqCst), "2 MiB were admitted before the 8 that waited longer");
            });
            wait_for(2);
            drop(held);
        });
    }

    #[test]
    fn who_is_stopped_leaves_the_queue_and_those_behind_move_up() {
        let memory = Memory::limited_to(8 * MIB);
        let held = memory.reserve(mib(6)).unwrap();
        let (first, second) = (Stop::new(), Stop::new());
        let admitted = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let first_run = scope.spawn(|| memory.until(&first).reserve(mib(8)).map(drop).unwrap_err());
            while memory.waiting() < 1 {
                std::thread::yield_now();
            }
            let second_run = scope.spawn(|| memory.until(&second).reserve(mib(8)).map(drop).unwrap_err());
            while memory.waiting() < 2 {
                std::thread::yield_now();
            }
            scope.spawn(|| {
                let _small = memory.reserve(mib(2)).unwrap();
                admitted.store(true, Ordering::SeqCst);
            });
            while memory.waiting() < 3 {
                std::thread::yield_now();
            }
            second.raise();
            assert_eq!(second_run.join().unwrap().available, 2 * MIB);
            assert!(!admitted.load(Ordering::SeqCst), "the first one is still before it");
            first.raise();
            first_run.join().unwrap();
        });
        assert!(admitted.load(Ordering::SeqCst));
        drop(held);
        assert!(memory.reserve(mib(8)).is_ok());
    }

    #[test]
    fn inside_a_rayon_pool_a_run_that_would_have_to_wait_is_refused() {
        let memory = Memory::limited_to(8 * MIB);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let held = memory.reserve(mib(5)).unwrap();
        let refused = pool.install(|| memory.reserve(mib(4)).unwrap_err());
        assert_eq!((refused.needed, refused.available), (4 * u128::from(MIB), 3 * MIB));
        drop(held);
        assert!(pool.install(|| memory.reserve(mib(4))).is_ok());
    }

    #[test]
    fn small_runs_pass_without_being_counted_but_not_beyond_the_budget() {
        let memory = Memory::limited_to(MIB);
        let _first = memory.reserve(mib(1)).unwrap();
        assert!(memory.reserve(mib(1)).is_ok());
        assert!(Memory::limited_to(1000).reserve(Demand::states(6, 1)).is_err());
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(Memory::shared().total() > 64 * MIB);
    }
}
