use super::super::stabilizer::Masks;

/// The outcomes that a group of flips takes to one another, as the indices of a small state: bit k is whether the k-th mask is flipped.
pub(super) struct Cosets {
    masks: Masks,
}

impl Cosets {
    /// The most independent flips: a coset takes a megabyte.
    const MOST: usize = 16;

    /// Of the group that these generate; `None` if it is too large.
    pub(super) fn of(flips: impl IntoIterator<Item = u64>) -> Option<Cosets> {
        let masks = Masks::reduced(flips);
        (masks.as_slice().len() <= Self::MOST).then_some(Cosets { masks })
    }

    /// How many outcomes a coset has.
    pub(super) fn size(&self) -> usize {
        1 << self.masks.as_slice().len()
    }

    /// The first outcome of the coset.
    pub(super) fn first(&self, outcome: u64) -> u64 {
        self.masks.cleared(outcome)
    }

    /// Where in its coset an outcome is.
    pub(super) fn place(&self, outcome: u64) -> usize {
        let bit = |(bit, mask): (usize, &u64)| ((outcome >> mask.ilog2() & 1) as usize) << bit;
        self.masks.as_slice().iter().enumerate().map(bit).sum()
    }

    /// The outcome at a place.
    pub(super) fn outcome(&self, first: u64, place: usize) -> u64 {
        let chosen = self.masks.as_slice().iter().enumerate().filter(|(bit, _)| place >> bit & 1 == 1);
        chosen.fold(first, |outcome, (_, mask)| outcome ^ mask)
    }

    /// A Pauli string on a coset: which places it flips, the parity of which bits of the place it signs, and whether it signs the first.
    pub(super) fn local(&self, flip: u64, parity: u64, first: u64) -> (usize, usize, bool) {
        let odd = |mask: u64| mask.count_ones() % 2 == 1;
        let signed = self.masks.as_slice().iter().enumerate().filter(|(_, mask)| odd(**mask & parity));
        (self.place(flip), signed.fold(0, |signed, (bit, _)| signed | 1 << bit), odd(first & parity))
    }
}
