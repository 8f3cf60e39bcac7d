//! Clifford gates that bring Pauli strings onto as few qubits as they can be brought.
//!
//! Strings that do not commute come down to pairs Z, X on one qubit each; what is then left of all strings commutes and
//! comes down to a Z each. The sum becomes a matrix on the first kind of qubits for every value of the second kind.

use crate::compile::pieces::Pieces;
use crate::gates::pauli::bits;
use crate::gates::{PauliString, matrix};

/// A string and its angle.
pub(super) type Angle = (PauliString, f64);

/// Terms after Clifford gates.
pub(super) struct Reduced {
    /// The terms, on the qubits below only.
    pub(super) terms: Vec<Angle>,
    /// Qubits on which terms may carry any letter.
    pub(super) paired: Vec<usize>,
    /// Qubits on which terms carry Z at most.
    pub(super) central: Vec<usize>,
    /// The gates.
    pub(super) clifford: Pieces,
}

impl Reduced {
    /// As it is, without a gate.
    pub(super) fn not_at_all(terms: &[Angle]) -> Reduced {
        let support = terms.iter().fold(0, |support, (string, _)| support | string.support());
        Reduced { terms: terms.to_vec(), paired: bits(support).collect(), central: Vec::new(), clifford: Pieces::default() }
    }

    /// Onto as few qubits as possible, but not further once `limit` qubits are exceeded.
    pub(super) fn of(terms: &[Angle], limit: usize) -> Reduced {
        let mut reduced = Reduced { central: Vec::new(), paired: Vec::new(), ..Reduced::not_at_all(terms) };
        let mut free = u64::MAX;
        while let Some([first, second]) = reduced.lightest_pair(free).filter(|_| reduced.qubits() <= limit) {
            let qubit = reduced.make_z(first, free);
            reduced.make_x(second, qubit, free);
            reduced.paired.push(qubit);
            free &= !(1 << qubit);
        }
        while let Some(term) = reduced.lightest(free).filter(|_| reduced.qubits() <= limit) {
            let qubit = reduced.make_z(term, free);
            reduced.central.push(qubit);
            free &= !(1 << qubit);
        }
        reduced
    }

    pub(super) fn qubits(&self) -> usize {
        self.paired.len() + self.central.len()
    }

    /// What is left of a term on the free qubits.
    fn rest(&self, term: usize, free: u64) -> PauliString {
        let string = self.terms[term].0;
        PauliString { x: string.x & free, z: string.z & free }
    }

    fn weight(&self, term: usize, free: u64) -> u32 {
        self.rest(term, free).support().count_ones()
    }

    /// Two terms that do not commute on the free qubits, with as few letters there as possible.
    fn lightest_pair(&self, free: u64) -> Option<[usize; 2]> {
        let pairs = (0..self.terms.len()).flat_map(|first| (0..first).map(move |second| [first, second]));
        let apart = |&[first, second]: &[usize; 2]| !self.rest(first, free).commutes_with(self.rest(second, free));
        pairs.filter(apart).min_by_key(|pair| pair.map(|term| self.weight(term, free)).iter().sum::<u32>())
    }

    fn lightest(&self, free: u64) -> Option<usize> {
        (0..self.terms.len()).filter(|&term| self.weight(term, free) > 0).min_by_key(|&term| self.weight(term, free))
    }

    /// Makes the term a Z on one of the free qubits, which is returned.
    fn make_z(&mut self, term: usize, free: u64) -> usize {
        for qubit in bits(self.rest(term, free).support()) {
            let PauliString { x, z } = self.terms[term].0;
            if (x & z) >> qubit & 1 == 1 {
                self.s(qubit);
            }
            if self.terms[term].0.x >> qubit & 1 == 1 {
                self.h(qubit);
            }
        }
        let mut qubits = bits(self.rest(term, free).support());
        let kept = qubits.next().expect("terms with letters on free qubits only");
        for qubit in qubits {
            self.cx(qubit, kept);
        }
        kept
    }

    /// Makes the term an X on `kept` and nothing on the other free qubits, without a change to Z on `kept`.
    fn make_x(&mut self, term: usize, kept: usize, free: u64) {
        for qubit in bits(self.rest(term, free).support()) {
            if self.terms[term].0.x >> qubit & 1 == 0 {
                self.h(qubit);
            }
            if self.terms[term].0.z >> qubit & 1 == 1 {
                self.s(qubit);
            }
            if qubit != kept {
                self.cx(kept, qubit);
            }
        }
    }

    fn h(&mut self, qubit: usize) {
        self.clifford.h(qubit);
        self.conjugate(|PauliString { x, z }| {
            let exchange = (x ^ z) & 1 << qubit;
            (PauliString { x: x ^ exchange, z: z ^ exchange }, x & z & 1 << qubit != 0)
        });
    }

    fn s(&mut self, qubit: usize) {
        self.clifford.one(qubit, matrix::s());
        self.conjugate(|PauliString { x, z }| (PauliString { x, z: z ^ x & 1 << qubit }, x & z & 1 << qubit != 0));
    }

    fn cx(&mut self, control: usize, target: usize) {
        self.clifford.cx(control, target);
        self.conjugate(|PauliString { x, z }| {
            let [xc, zc, xt, zt] = [x >> control & 1, z >> control & 1, x >> target & 1, z >> target & 1];
            (PauliString { x: x ^ xc << target, z: z ^ zt << control }, xc & zt & (xt ^ zc ^ 1) == 1)
        });
    }

    /// What a gate makes of a string, and whether it turns its sign.
    fn conjugate(&mut self, gate: impl Fn(PauliString) -> (PauliString, bool)) {
        for (string, angle) in &mut self.terms {
            let (image, turned) = gate(*string);
            (*string, *angle) = (image, if turned { -*angle } else { *angle });
        }
    }
}
