//! One kernel call with its arguments.

use super::kernels::{self, DENSE_QUBITS, View};
use super::series::Series;
use super::{OutOfMemory, Stop};
use crate::gates::{Matrix2, Matrix4, PauliString};
use num_complex::Complex64;
use smallvec::{SmallVec, smallvec};

const ZERO: Complex64 = Complex64::new(0.0, 0.0);

/// A kernel call with its arguments. Qubits are positions in the state, as bits of masks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// The bits that must be 1.
    controls: usize,
    kernel: Kernel,
}

/// Which loop over the state, with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kernel {
    /// See [`kernels::phases`].
    Phases { parity: usize, factors: [Complex64; 2] },
    /// See [`kernels::pairs`].
    Pairs { flip: usize, parity: usize, matrices: [Matrix2; 2] },
    /// See [`kernels::dense`].
    Dense { qubits: SmallVec<[usize; DENSE_QUBITS]>, matrix: Vec<Complex64> },
    /// See [`super::series::Series`].
    Series(Series),
}

/// The steps of one operation: one, but for `pauliexp` as many as its terms fall into groups.
pub(super) type Steps = SmallVec<[Step; 1]>;

impl Step {
    /// A one-qubit gate.
    pub(super) fn one(matrix: &Matrix2, target: usize, controls: usize) -> Step {
        let bit = 1 << target;
        match *matrix {
            [[a, b], [c, d]] if b == ZERO && c == ZERO => Step::new(controls, Kernel::Phases { parity: bit, factors: [a, d] }),
            matrix => Step::new(controls, Kernel::Pairs { flip: bit, parity: 0, matrices: [matrix; 2] }),
        }
    }

    /// A two-qubit gate, the matrix as in [`Matrix4`].
    pub(super) fn two(matrix: &Matrix4, [first, second]: [usize; 2], controls: usize) -> Step {
        // From here on the lower position is the low bit of the matrix index.
        let (low, high) = (first.min(second), first.max(second));
        let order = if first < second { [0, 1, 2, 3] } else { [0, 2, 1, 3] };
        let m = order.map(|row| order.map(|column| matrix[row][column]));
        let crossed = (0..4).all(|row| (0..4).all(|column| row == column || row + column == 3 || m[row][column] == ZERO));
        if !crossed {
            let matrix = m.iter().flatten().copied().collect();
            return Step::new(controls, Kernel::Dense { qubits: smallvec![low, high], matrix });
        }
        let outer = [[m[0][0], m[0][3]], [m[3][0], m[3][3]]];
        let inner = [[m[1][1], m[1][2]], [m[2][1], m[2][2]]];
        let both = 1 << low | 1 << high;
        let scalar = |block: &Matrix2| block[0][1] == ZERO && block[1][0] == ZERO && block[0][0] == block[1][1];
        match scalar(&outer) && scalar(&inner) {
            true => Step::new(controls, Kernel::Phases { parity: both, factors: [m[0][0], m[1][1]] }),
            false => Step::new(controls, Kernel::Pairs { flip: both, parity: 1 << low, matrices: [outer, inner] }),
        }
    }

    /// `exp(-i·angle·string)`, the string over positions. A string without letters is a phase, and not a global one under controls.
    pub(super) fn rotation(string: PauliString, angle: f64, controls: usize) -> Step {
        let (sin, cos) = angle.sin_cos();
        let (flip, parity) = (string.x as usize, string.z as usize);
        if flip == 0 {
            return Step::new(controls, Kernel::Phases { parity, factors: [Complex64::new(cos, -sin), Complex64::new(cos, sin)] });
        }
        // The string takes |j⟩ to lift·(-1)^|j & parity| |j ^ flip⟩, and the way back is the conjugate.
        let lift = string.phase();
        let matrix = |sign: f64| {
            let (cos, turn) = (Complex64::new(cos, 0.0), Complex64::new(0.0, -sin * sign));
            [[cos, turn * lift.conj()], [turn * lift, cos]]
        };
        Step::new(controls, Kernel::Pairs { flip, parity, matrices: [matrix(1.0), matrix(-1.0)] })
    }

    /// Any matrix on a few positions; see [`kernels::dense`].
    pub(super) fn dense(qubits: SmallVec<[usize; DENSE_QUBITS]>, matrix: Vec<Complex64>, controls: usize) -> Step {
        Step::new(controls, Kernel::Dense { qubits, matrix })
    }

    /// A sum of Pauli strings too wide for a matrix.
    pub(super) fn series(series: Series, controls: usize) -> Step {
        Step::new(controls, Kernel::Series(series))
    }

    fn new(controls: usize, kernel: Kernel) -> Step {
        Step { controls, kernel }
    }

    /// The bits that must be 1.
    pub(super) fn controls(&self) -> usize {
        self.controls
    }

    /// What is done where they are.
    pub(super) fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// How often an amplitude is multiplied, roughly.
    pub(super) fn cost(&self) -> f64 {
        match &self.kernel {
            Kernel::Phases { .. } | Kernel::Pairs { .. } => 1.0,
            Kernel::Dense { qubits, .. } => f64::from(1u32 << qubits.len()),
            Kernel::Series(series) => series.cost(),
        }
    }

    /// Applies the step, or the beginning of a long one if the stop is raised. `buffers` are asked for only by steps that need them.
    pub(super) fn apply<'b>(
        &self,
        state: View<'_>,
        stop: &Stop,
        buffers: impl FnOnce() -> Result<&'b mut [Vec<Complex64>; 2], OutOfMemory>,
    ) -> Result<(), OutOfMemory> {
        match &self.kernel {
            Kernel::Phases { parity, factors } => kernels::phases(state, *parity, self.controls, *factors),
            Kernel::Pairs { flip, parity, matrices } => kernels::pairs(state, *flip, *parity, self.controls, matrices),
            Kernel::Dense { qubits, matrix } => kernels::dense(state, qubits, self.controls, matrix),
            Kernel::Series(series) => series.apply(state, self.controls, buffers()?, stop),
        }
        Ok(())
    }
}
