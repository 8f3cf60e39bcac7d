use super::pauli::{Parities, Pauli};
use crate::gates::pauli::bits;

/// Independent masks, ascending. Each has a highest bit that no other one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulate) struct Masks(Vec<u64>);

impl Masks {
    /// Masks with the same combinations as these.
    pub(in crate::simulate) fn reduced(masks: impl IntoIterator<Item = u64>) -> Masks {
        let mut reduced = Masks(Vec::new());
        for mask in masks {
            let mask = reduced.cleared(mask);
            if mask != 0 {
                let highest = 1 << mask.ilog2();
                reduced.0.iter_mut().filter(|other| **other & highest != 0).for_each(|other| *other ^= mask);
                reduced.0.push(mask);
            }
        }
        reduced.0.sort_unstable();
        reduced
    }

    /// The least that differs by a combination of the masks: without the highest bit of any.
    pub(in crate::simulate) fn cleared(&self, outcome: u64) -> u64 {
        self.0.iter().fold(outcome, |outcome, mask| if outcome >> mask.ilog2() & 1 == 1 { outcome ^ mask } else { outcome })
    }

    /// The masks.
    pub(in crate::simulate) fn as_slice(&self) -> &[u64] {
        &self.0
    }
}

/// Outcomes that are all equally likely: those that differ from one of them by a combination of independent masks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulate) struct Even {
    /// The least of them.
    first: u64,
    /// The outcomes ascend as the choice of masks does, read as a number.
    masks: Masks,
}

impl Even {
    /// What measuring every qubit of the state shows that these Pauli strings stabilize, independent ones, one for each of the `qubits`.
    pub(super) fn of_state(qubits: usize, stabilizers: Vec<Pauli>) -> Even {
        let flips = Masks::reduced(stabilizers.iter().map(|row| row.x));
        let Parities::Of(parities) = Parities::of_state(qubits, stabilizers) else {
            unreachable!("stabilizers of a state do not contradict each other")
        };
        // An outcome with all parities: the lowest bit of each, which no other has, is what its sign says, and all others are 0.
        let lowest = |row: &Pauli| if row.power == 2 { row.z & row.z.wrapping_neg() } else { 0 };
        Even { first: flips.cleared(parities.iter().map(lowest).fold(0, |outcome, bit| outcome | bit)), masks: flips }
    }

    /// How many there are, as a power of two: up to 64.
    pub(in crate::simulate) fn bits(&self) -> usize {
        self.masks.0.len()
    }

    /// The one that a number below 2^bits stands for; they ascend together. Higher bits of the number do not matter.
    pub(in crate::simulate) fn outcome(&self, number: u64) -> u64 {
        let chosen = self.masks.0.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
        chosen.fold(self.first, |outcome, (_, mask)| outcome ^ mask)
    }

    /// All of them, ascending; there must be less than 2^64.
    pub(in crate::simulate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let mut outcome = self.first;
        // From one number to the next, the lowest bits change up to the first that was 0.
        let up_to = |run: &mut u64, mask: &u64| {
            *run ^= mask;
            Some(*run)
        };
        let runs: Vec<u64> = self.masks.0.iter().scan(0, up_to).collect();
        (0..1u64 << self.bits()).map(move |number| {
            if number > 0 {
                outcome ^= runs[number.trailing_zeros() as usize];
            }
            outcome
        })
    }

    /// The same on other qubits: bit k becomes bit `qubits[k]`, which ascend.
    pub(super) fn spread(self, qubits: &[usize]) -> Even {
        let spread = |mask: u64| bits(mask).fold(0, |spread, bit| spread | 1 << qubits[bit]);
        Even { first: spread(self.first), masks: Masks(self.masks.0.into_iter().map(spread).collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn outcomes_ascend_and_are_all_combinations_of_the_masks() {
        let masks = [0b1100, 0b0110, 0b1010, 0b10001]; // the third is the sum of the first two
        let masks_reduced = Masks::reduced(masks);
        let even = Even { first: masks_reduced.cleared(0b1111), masks: masks_reduced };
        let all: Vec<u64> = even.iter().collect();
        let expected: BTreeSet<u64> =
            (0..16).map(|choice| (0..4).filter(|k| choice >> k & 1 == 1).fold(0b1111, |outcome, k| outcome ^ masks[k])).collect();
        assert_eq!(all, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(all, (0..8).map(|number| even.outcome(number)).collect::<Vec<_>>());
        assert_eq!(even.outcome(5), even.outcome(5 + 8));
        let wide: Vec<u64> = even.spread(&[0, 7, 20, 40, 63]).iter().collect();
        assert!(wide.is_sorted() && wide.len() == 8 && wide[7] >> 63 == 1);
    }

    #[test]
    fn sixty_four_masks_reach_every_outcome() {
        let even = Even { first: 0, masks: Masks::reduced((0..64).map(|bit| u64::MAX >> bit)) };
        assert_eq!((even.bits(), even.outcome(0), even.outcome(u64::MAX)), (64, 0, u64::MAX));
    }
}
