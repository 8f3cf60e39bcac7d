use super::even::Even;
use super::pauli::Pauli;
use super::walk::Conjugated;
use crate::circuit::MAX_QUBITS;
use crate::gates::PauliString;
use crate::gates::pauli::bits;

/// The Pauli strings that leave a state as it is: one generator for each qubit, up to 64, and one word for each qubit and letter, whose
/// bit g tells whether generator g has it. So a gate on a few qubits changes a few words, whatever the number of qubits.
#[derive(Debug, Clone)]
pub(super) struct Stabilizers {
    qubits: usize,
    /// Which generators flip the qubit (X or Y).
    x: [u64; MAX_QUBITS],
    /// Which generators sign the qubit (Z or Y).
    z: [u64; MAX_QUBITS],
    /// Which generators have the sign minus.
    minus: u64,
}

impl Stabilizers {
    /// Of |0…0⟩: Z on each qubit.
    pub(super) fn zero(qubits: usize) -> Stabilizers {
        let z = std::array::from_fn(|qubit| if qubit < qubits { 1 << qubit } else { 0 });
        Stabilizers { qubits, x: [0; MAX_QUBITS], z, minus: 0 }
    }

    /// The generators that do not commute with a string.
    fn apart(&self, string: PauliString) -> u64 {
        let signed = bits(string.x).fold(0, |apart, qubit| apart ^ self.z[qubit]);
        bits(string.z).fold(signed, |apart, qubit| apart ^ self.x[qubit])
    }

    /// What measuring every qubit shows.
    pub(super) fn outcomes(&self) -> Even {
        Even::of_state(self.qubits, (0..self.qubits).map(|generator| self.generator(generator)).collect())
    }

    fn generator(&self, index: usize) -> Pauli {
        let gather = |words: &[u64; MAX_QUBITS]| (0..self.qubits).fold(0, |mask, qubit| mask | (words[qubit] >> index & 1) << qubit);
        let pauli = Pauli::plus(PauliString { x: gather(&self.x), z: gather(&self.z) });
        pauli.times_i(if self.minus >> index & 1 == 1 { 2 } else { 0 })
    }
}

impl Conjugated for Stabilizers {
    /// Whether the state is an eigenstate of the string. What commutes with all generators is one of their products, up to a sign.
    fn has(&self, string: PauliString) -> bool {
        self.apart(string) == 0
    }

    fn flip(&mut self, string: PauliString) {
        self.minus ^= self.apart(string);
    }

    /// A generator G that does not commute with P becomes `-i·P·G`, or `i·P·G`.
    fn quarter(&mut self, string: PauliString, back: bool) {
        let apart = self.apart(string);
        // As in `Pauli`, a generator is i^power·X^x·Z^z with a power of twice its sign plus its Ys. So twice the new sign is the power of the
        // product less its Ys: four counters of two bits for each generator, low bits and high bits in a word each.
        let (mut low, mut high) = (0u64, 0u64);
        let ys = (string.x & string.z).count_ones();
        let constant = (ys + if back { 1 } else { 3 }) % 4;
        (low, high) = (low ^ if constant & 1 == 1 { !0 } else { 0 }, high ^ if constant & 2 == 2 { !0 } else { 0 });
        for qubit in bits(string.support()) {
            let (flips, signs) = (string.x >> qubit & 1 == 1, string.z >> qubit & 1 == 1);
            let (x, z) = (self.x[qubit], self.z[qubit]);
            let (new_x, new_z) = (if flips { x ^ apart } else { x }, if signs { z ^ apart } else { z });
            // Ys of the generator come in,
            high ^= low & x & z;
            low ^= x & z;
            // Ys of the product go,
            low ^= new_x & new_z;
            high ^= low & new_x & new_z;
            // and a sign for each Z of the string that passes an X.
            high ^= if signs { x } else { 0 };
            (self.x[qubit], self.z[qubit]) = (new_x, new_z);
        }
        debug_assert_eq!(low & apart, 0, "the product is Hermitian");
        self.minus ^= high & apart;
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.x.swap(a, b);
        self.z.swap(a, b);
    }
}
