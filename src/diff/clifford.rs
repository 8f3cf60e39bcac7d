//! Which gates are Clifford gates, told from what they do and not from their names: those that take Pauli strings to Pauli strings.

use super::TOLERANCE;
use super::tableau::{Images, Pauli, Tableau};
use crate::circuit::{Circuit, Operation, Program};
use crate::gates::pauli::bits;
use crate::gates::{Action, Gate, PauliExp, PauliString};
use nalgebra::DMatrix;
use num_complex::Complex64;

type Matrix = DMatrix<Complex64>;

/// How far a gate of at most three qubits may be from the Clifford gate it is taken for, in units of the largest wrong entry among
/// the images of X and Z: if all images of k qubits' Pauli strings are off by at most `2k·2^k·ε`, so is the gate's average over
/// them from a multiple of the identity, and the gate from that multiple's phase by twice as much; for k = 3 that is 96·ε.
const SPREAD: f64 = 100.0;

/// A circuit of Clifford gates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clifford {
    /// What it does.
    pub(super) tableau: Tableau,
    /// How far the gates, all together, are from the Clifford gates they are taken for; rounding, mostly.
    pub(super) deviation: f64,
}

/// The circuit over these qubits, if all its gates are Clifford gates.
pub(super) fn recognize(program: &Program, qubits: &[usize]) -> Option<Clifford> {
    let mut clifford = Clifford { tableau: Tableau::identity(qubits.len()), deviation: 0.0 };
    follow(program, qubits, &mut clifford, |_| ())?;
    // Many gates a little off are not what one of them is.
    (clifford.deviation <= 10.0 * TOLERANCE).then_some(clifford)
}

/// Calls `each` before the first operation and after every one.
pub(super) fn trace(program: &Program, qubits: &[usize], each: impl FnMut(&Tableau)) {
    let mut clifford = Clifford { tableau: Tableau::identity(qubits.len()), deviation: 0.0 };
    follow(program, qubits, &mut clifford, each);
}

fn follow(program: &Program, qubits: &[usize], clifford: &mut Clifford, each: impl FnMut(&Tableau)) -> Option<()> {
    match program {
        Program::Qis(circuit) => follow_circuit(circuit, qubits, clifford, each),
        Program::Native(circuit) => follow_circuit(circuit, qubits, clifford, each),
    }
}

fn follow_circuit<G: Gate>(circuit: &Circuit<G>, qubits: &[usize], clifford: &mut Clifford, mut each: impl FnMut(&Tableau)) -> Option<()> {
    each(&clifford.tableau);
    for operation in circuit.operations() {
        let (gates, deviation) = images(operation, |qubit| qubits.binary_search(&qubit).unwrap_or(0))?;
        gates.iter().for_each(|gate| clifford.tableau.append(gate));
        clifford.deviation += deviation;
        each(&clifford.tableau);
    }
    Some(())
}

/// What an operation makes of Pauli strings, and how far it is from doing exactly that. `place` tells a touched qubit's position.
fn images<G: Gate>(operation: &Operation<G>, place: impl Fn(usize) -> usize) -> Option<(Vec<Images>, f64)> {
    let dense = |matrix: Matrix| {
        let qubits: Vec<usize> = operation.qubits().map(&place).collect();
        let (images, deviation) = dense(&controlled(matrix, operation.controls.len())?, &qubits)?;
        Some((vec![images], deviation))
    };
    match operation.gate.action() {
        Action::Identity => Some((Vec::new(), 0.0)),
        Action::One(matrix) => dense(Matrix::from_fn(2, 2, |row, column| matrix[row][column])),
        Action::Two(matrix) => dense(Matrix::from_fn(4, 4, |row, column| matrix[row][column])),
        Action::PauliExp(exp) if operation.controls.is_empty() => rotations(exp, |target| place(operation.targets[target])),
        Action::PauliExp(_) => None,
    }
}

/// The matrix with at most one control above its qubits.
fn controlled(matrix: Matrix, controls: usize) -> Option<Matrix> {
    match controls {
        0 => Some(matrix),
        1 => {
            let size = matrix.nrows();
            let mut whole = Matrix::identity(2 * size, 2 * size);
            whole.view_mut((size, size), (size, size)).copy_from(&matrix);
            Some(whole)
        }
        _ => None,
    }
}

fn dense(gate: &Matrix, qubits: &[usize]) -> Option<(Images, f64)> {
    let mut deviation = 0.0;
    let mut image = |pauli: Pauli| {
        let (image, off) = read(&(gate.adjoint() * matrix(pauli, gate.nrows()) * gate))?;
        deviation += SPREAD * off;
        let spread = |mask: u64| bits(mask).fold(0, |spread, bit| spread | 1u64 << qubits[bit]);
        Some(Pauli { x: spread(image.x), z: spread(image.z), ..image })
    };
    let of = (0..qubits.len()).map(|qubit| Some([image(Pauli::x(qubit))?, image(Pauli::z(qubit))?])).collect::<Option<_>>()?;
    Some((Images { qubits: qubits.to_vec(), of }, deviation))
}

fn unit(power: u8) -> Complex64 {
    Complex64::i().powu(power.into())
}

/// `i^power·X^x·Z^z` takes |j⟩ to `i^power·(-1)^|j & z|` |j ^ x⟩.
fn entry(pauli: Pauli, column: usize) -> Complex64 {
    unit((pauli.power + 2 * ((column as u64 & pauli.z).count_ones() % 2) as u8) % 4)
}

fn matrix(pauli: Pauli, size: usize) -> Matrix {
    let mut matrix = Matrix::zeros(size, size);
    (0..size).for_each(|column| matrix[(column ^ pauli.x as usize, column)] = entry(pauli, column));
    matrix
}

/// The Pauli string that a matrix is, and how far it is from it at most in any entry.
fn read(given: &Matrix) -> Option<(Pauli, f64)> {
    let size = given.nrows();
    let x = (0..size).find(|&row| given[(row, 0)].norm() > 0.5)?;
    let first = given[(x, 0)];
    let power = (0..4).find(|&power| (first - unit(power)).norm() < 0.5)?;
    let odd = |bit: &usize| (given[(x ^ bit, *bit)] * first.conj()).re < 0.0;
    let z = (0..size.ilog2()).map(|qubit| 1 << qubit).filter(odd).fold(0, |mask, bit| mask | bit as u64);
    let pauli = Pauli { x: x as u64, z, power };
    let off = (given - matrix(pauli, size)).iter().map(|entry| entry.norm()).fold(0.0, f64::max);
    (off <= TOLERANCE).then_some((pauli, off))
}

/// `exp(-iθP)` for commuting strings with θ a multiple of π/4.
fn rotations(exp: &PauliExp, place: impl Fn(usize) -> usize) -> Option<(Vec<Images>, f64)> {
    let mut deviation = 0.0;
    let spread = |mask: u64| bits(mask).fold(0, |spread, target| spread | 1u64 << place(target));
    let rotation = |group: Vec<(PauliString, f64)>| {
        let [(string, angle)] = *group else { return None };
        let string = PauliString { x: spread(string.x), z: spread(string.z) };
        let (sin, cos) = (2.0 * angle).sin_cos();
        let quarters = (0..4).find(|&quarters| (Complex64::new(cos, sin) - unit(quarters)).norm() <= TOLERANCE)?;
        deviation += (Complex64::new(cos, sin) - unit(quarters)).norm();
        Some(rotated(string, quarters))
    };
    let phase = |group: &Vec<(PauliString, f64)>| group.iter().all(|(string, _)| string.is_identity());
    let images = exp.groups().into_iter().filter(|group| !phase(group)).map(rotation).collect::<Option<Vec<_>>>()?;
    Some((images, deviation))
}

/// For an angle of `quarters`·π/4: strings Q that anticommute with P become `Q·(cos 2θ − i·sin 2θ·P)`.
fn rotated(string: PauliString, quarters: u8) -> Images {
    let p = Pauli::plus(string);
    let image = |q: Pauli| match quarters {
        _ if q.string().commutes_with(string) => q,
        0 => q,
        1 => (q * p).times_i(3),
        2 => q.times_i(2),
        _ => (q * p).times_i(1),
    };
    let qubits: Vec<usize> = bits(string.support()).collect();
    let of = qubits.iter().map(|&qubit| [image(Pauli::x(qubit)), image(Pauli::z(qubit))]).collect();
    Images { qubits, of }
}
