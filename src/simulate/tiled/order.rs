//! What of a circuit can be done already: gone through in order, an operation must wait for those before it that it does not commute
//! with and that have not been done.

use crate::simulate::lower::Op;

/// The bits that operations passed over hold back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    /// Bits that one of them turns: nothing may overtake it there.
    turned: usize,
    /// Bits that one of them reads: only what reads them as well may overtake it there.
    read: usize,
}

impl Held {
    /// Whether an operation can be done before all that were passed over.
    pub(super) fn lets(self, op: &Op) -> bool {
        op.turned() & (self.turned | self.read) == 0 && op.read() & self.turned == 0
    }

    /// Passes over an operation.
    pub(super) fn pass_over(&mut self, op: &Op) {
        self.turned |= op.turned();
        self.read |= op.read();
    }

    /// Whether nothing that turns any of these bits could be done any more.
    pub(super) fn all_of(self, bits: usize) -> bool {
        self.turned & bits == bits
    }
}
