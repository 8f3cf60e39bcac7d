//! A storage that remembers what power loss would leave, and fails on request.

use crate::executor::journal::storage::Storage;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Read,
    Write,
    Truncate,
    Sync,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Nothing is done.
    Fails(io::ErrorKind),
    /// Half of it is done, and the rest fails at the next attempt.
    HalfThenFails(io::ErrorKind),
    /// Half of it is done.
    Half,
    /// Nothing is written, and that is no error.
    Nothing,
    Panics,
}

/// What there would be if the power failed now.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    durable: Vec<u8>,
    live: Vec<u8>,
    /// How many records had been acknowledged.
    pub(super) acknowledged: Vec<u64>,
}

impl Moment {
    /// Every content a power failure may leave: what was synced, and any beginning of what was written since.
    pub(super) fn contents(&self) -> Vec<Vec<u8>> {
        match self.live.strip_prefix(&self.durable[..]) {
            Some(unsynced) => (0..=unsynced.len()).map(|length| self.live[..self.durable.len() + length].to_vec()).collect(),
            None if self.durable.starts_with(&self.live) => vec![self.durable.clone(), self.live.clone()],
            None => panic!("something was written over before it was synced"),
        }
    }
}

#[derive(Default)]
struct Inside {
    live: Vec<u8>,
    durable: Vec<u8>,
    operations: Vec<Operation>,
    largest_read: usize,
    fault: Option<(usize, Fault)>,
    moments: Option<Vec<Moment>>,
    acknowledged: Vec<u64>,
}

type Gate = Box<dyn Fn(usize) + Send + Sync>;

#[derive(Default)]
pub(super) struct Memory {
    inside: Mutex<Inside>,
    /// Called at every sync with the number of syncs before it, while nothing is locked.
    gate: Option<Gate>,
}

impl Memory {
    pub(super) fn of(bytes: &[u8]) -> Arc<Memory> {
        Memory::gated(bytes, None)
    }

    pub(super) fn gated(bytes: &[u8], gate: Option<Gate>) -> Arc<Memory> {
        let inside = Inside { live: bytes.to_vec(), durable: bytes.to_vec(), ..Inside::default() };
        Arc::new(Memory { inside: Mutex::new(inside), gate })
    }

    /// The n-th operation from here, counted from 0 and leaving out reads, goes wrong, once.
    pub(super) fn fail(&self, operation: usize, fault: Fault) {
        let mut inside = self.inside();
        inside.fault = Some((inside.changes() + operation, fault));
    }

    /// Remembers every moment from here on.
    pub(super) fn remember(&self) {
        self.inside().moments = Some(Vec::new());
    }

    pub(super) fn moments(&self) -> Vec<Moment> {
        let mut inside = self.inside();
        inside.remember();
        inside.moments.take().unwrap()
    }

    /// The outside world has relied on a record.
    pub(super) fn acknowledge(&self, sequence: u64) {
        self.inside().acknowledged.push(sequence);
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.inside().live.clone()
    }

    pub(super) fn set(&self, bytes: Vec<u8>) {
        self.inside().live = bytes;
    }

    pub(super) fn count(&self, operation: Operation) -> usize {
        self.inside().operations.iter().filter(|done| **done == operation).count()
    }

    /// How many operations there were that change something.
    pub(super) fn changes(&self) -> usize {
        self.inside().changes()
    }

    pub(super) fn largest_read(&self) -> usize {
        self.inside().largest_read
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inside {
    fn changes(&self) -> usize {
        self.operations.iter().filter(|operation| **operation != Operation::Read).count()
    }

    fn remember(&mut self) {
        let moment = Moment { durable: self.durable.clone(), live: self.live.clone(), acknowledged: self.acknowledged.clone() };
        self.moments.iter_mut().for_each(|moments| moments.push(moment.clone()));
    }

    /// Begins an operation, and says how much of it to do.
    fn begin(&mut self, operation: Operation, amount: usize) -> io::Result<usize> {
        self.remember();
        let now = self.changes();
        self.operations.push(operation);
        match self.fault {
            Some((at, fault)) if at == now && operation != Operation::Read => self.strike(now, amount, fault),
            _ => Ok(amount),
        }
    }

    fn strike(&mut self, now: usize, amount: usize, fault: Fault) -> io::Result<usize> {
        self.fault = None;
        match fault {
            Fault::Fails(kind) => Err(kind.into()),
            Fault::HalfThenFails(kind) if amount == 0 => Err(kind.into()), // nothing has no half
            Fault::Half => Ok(amount.div_ceil(2)),
            Fault::Nothing if amount == 0 => Err(io::ErrorKind::Other.into()),
            Fault::Nothing => Ok(0),
            Fault::HalfThenFails(kind) => {
                self.fault = Some((now + 1, Fault::Fails(kind)));
                Ok(amount.div_ceil(2))
            }
            Fault::Panics => panic!("the storage panics as it was told to"),
        }
    }
}

impl Storage for Memory {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inside = self.inside();
        inside.begin(Operation::Read, 0)?;
        inside.largest_read = inside.largest_read.max(buffer.len());
        let rest = inside.live.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut inside = self.inside();
        let (length, offset) = (inside.begin(Operation::Write, bytes.len())?, offset as usize);
        assert!(offset <= inside.live.len(), "a hole");
        let end = inside.live.len().max(offset + length);
        inside.live.resize(end, 0);
        inside.live[offset..offset + length].copy_from_slice(&bytes[..length]);
        inside.remember();
        Ok(length)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let mut inside = self.inside();
        inside.begin(Operation::Truncate, 0)?;
        inside.live.truncate(length as usize);
        inside.remember();
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if let Some(gate) = &self.gate {
            gate(self.count(Operation::Sync));
        }
        let mut inside = self.inside();
        inside.begin(Operation::Sync, 0)?;
        inside.durable = inside.live.clone();
        inside.remember();
        Ok(())
    }
}
