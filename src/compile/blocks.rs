//! Runs of interactions on one pair of qubits, and the fewest that do the same.

use super::algebra::{NEGLIGIBLE, beside, product, product4, zz_diagonal};
use super::kak::{Kak, saving_angle};
use super::pieces::{Piece, Pieces, adjoint};
use super::schedule::Schedule;
use super::weave::{Freedom, Weave};
use crate::gates::{Matrix2, Matrix4, Radians, matrix};
use num_complex::Complex64;
use std::array::from_fn;

/// A run on one pair.
#[derive(Debug, Clone)]
struct Block {
    qubits: [usize; 2],
    pieces: Pieces,
    interactions: usize,
    /// Whether the qubits are still |0⟩ when it begins.
    fresh: [bool; 2],
    /// Whether the qubits are measured when it ends.
    last: [bool; 2],
}

impl Block {
    /// What its pieces multiply to.
    fn unitary(&self) -> Matrix4 {
        let one = |first: &Matrix2, second: &Matrix2, before: &Matrix4| product4(&beside(first, second), before);
        self.pieces.0.iter().fold(beside(&matrix::IDENTITY, &matrix::IDENTITY), |before, piece| match piece {
            Piece::One(qubit, u) if *qubit == self.qubits[0] => one(u, &matrix::IDENTITY, &before),
            Piece::One(_, u) => one(&matrix::IDENTITY, u, &before),
            Piece::Zz(_, angle) => {
                let diagonal = zz_diagonal(*angle);
                from_fn(|row| from_fn(|column| diagonal[row] * before[row][column]))
            }
            Piece::Swap(_) => unreachable!("a weave has none"),
        })
    }
}

/// Rewrites every run of a weave in as few interactions as it needs; `None` if nothing gets shorter.
pub(super) fn shorten(weave: &Weave, freedom: Freedom) -> Option<Pieces> {
    let mut pieces = Pieces::default();
    let mut shorter = false;
    for_each_block(weave, freedom, |block| match replacement(block, freedom) {
        Some(fewer) => {
            shorter = true;
            pieces.0.extend(fewer.0);
        }
        None => pieces.0.extend(&block.pieces.0),
    });
    shorter.then_some(pieces)
}

/// The pieces of a weave in an order of time; a strand is the qubit it ends as.
pub(super) fn pieces(weave: &Weave) -> Pieces {
    let mut pieces = Pieces::default();
    for_each_block(weave, Freedom { start: false, end: false, rename: false }, |block| pieces.0.extend(&block.pieces.0));
    pieces
}

/// Which run each knot belongs to, in an order of time in which the knots of a run follow one another.
struct Runs {
    knots: Vec<usize>,
    /// Where each run begins in `knots`, and the end.
    starts: Vec<usize>,
    /// The first and the last run of each strand.
    first: Vec<Option<usize>>,
    last: Vec<Option<usize>>,
}

impl Runs {
    fn of(weave: &Weave) -> Runs {
        let strands = weave.strands.len();
        let (mut first, mut last) = (vec![None; strands], vec![None; strands]);
        let order = Schedule::new(weave).collect::<Vec<_>>();
        let mut lengths: Vec<usize> = Vec::new();
        let mut run_of = Vec::with_capacity(order.len());
        for &knot in &order {
            let [a, b] = weave.knots[knot].strands;
            let run = match (last[a], last[b]) {
                (Some(run), Some(other)) if run == other => run,
                _ => {
                    lengths.push(0);
                    lengths.len() - 1
                }
            };
            for strand in [a, b] {
                first[strand].get_or_insert(run);
                last[strand] = Some(run);
            }
            lengths[run] += 1;
            run_of.push(run);
        }
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        }));
        let (mut next, mut knots) = (starts.clone(), vec![0; order.len()]);
        for (knot, run) in order.into_iter().zip(run_of) {
            knots[next[run]] = knot;
            next[run] += 1;
        }
        Runs { knots, starts, first, last }
    }
}

/// Hands the runs of a weave over in an order of time, and at the end the one-qubit unitaries of qubits that are in none.
fn for_each_block(weave: &Weave, freedom: Freedom, mut hand_over: impl FnMut(&Block)) {
    let mut names = vec![0; weave.strands.len()];
    weave.carriers().iter().enumerate().for_each(|(qubit, &strand)| names[strand] = qubit);
    let runs = Runs::of(weave);
    let mut entered: Vec<usize> = vec![0; names.len()];
    let nothing = || Block { qubits: [0; 2], pieces: Pieces::default(), interactions: 0, fresh: [false; 2], last: [false; 2] };
    let mut block = nothing();
    for (run, range) in runs.starts.windows(2).enumerate() {
        let knots = &runs.knots[range[0]..range[1]];
        let strands = weave.knots[knots[0]].strands;
        block.pieces.0.clear();
        block.qubits = strands.map(|strand| names[strand]);
        block.interactions = knots.len();
        block.fresh = strands.map(|strand| freedom.start && runs.first[strand] == Some(run));
        block.last = strands.map(|strand| freedom.end && runs.last[strand] == Some(run));
        for knot in knots.iter().map(|&knot| &weave.knots[knot]) {
            for strand in knot.strands {
                let layer = knot.layer_on(strand);
                if entered[strand] <= layer {
                    block.pieces.one(names[strand], weave.strands[strand].layers[layer].before);
                    entered[strand] = layer + 1;
                }
            }
            block.pieces.0.push(Piece::Zz(block.qubits, knot.angle));
        }
        for strand in strands.into_iter().filter(|&strand| runs.last[strand] == Some(run)) {
            block.pieces.one(names[strand], weave.strands[strand].rest);
        }
        hand_over(&block);
    }
    let mut rests = nothing();
    for strand in (0..names.len()).filter(|&strand| runs.last[strand].is_none()) {
        rests.pieces.one(names[strand], weave.strands[strand].rest);
    }
    hand_over(&rests);
}

/// A shorter way to do what a block does, if there is one.
fn replacement(block: &Block, freedom: Freedom) -> Option<Pieces> {
    let (prepares, measures) = (block.fresh == [true; 2], block.last == [true; 2]);
    if block.interactions == 0 || (block.interactions == 1 && !(prepares && measures)) {
        return None;
    }
    let unitary = block.unitary();
    let mut best: Option<Pieces> = None;
    let mut fewest = block.interactions;
    let mut offer = |pieces: Pieces| {
        // A swap is only offered where it renames its qubits.
        let count = pieces.0.iter().filter(|piece| matches!(piece, Piece::Zz(..))).count();
        if count < fewest {
            (fewest, best) = (count, Some(pieces));
        }
    };
    if prepares {
        offer(prepared(block, &unitary));
    }
    if block.interactions > 1 {
        offer(written(block, &unitary));
        if freedom.rename {
            let mut swapped = written(block, &product4(&matrix::swap(), &unitary));
            swapped.0.push(Piece::Swap(block.qubits));
            offer(swapped);
        }
    }
    if block.interactions > 2 && measures {
        offer(written(block, &without_last_phases(&unitary)));
    }
    if block.interactions > 2
        && let Some(known) = block.fresh.iter().position(|&fresh| fresh)
    {
        offer(written(block, &with_known_start(&unitary, known)));
    }
    best
}

fn written(block: &Block, unitary: &Matrix4) -> Pieces {
    let mut pieces = Pieces::default();
    Kak::of(unitary).write(block.qubits, &mut pieces);
    pieces
}

/// From |00⟩ only the state matters, and `cos t·|00⟩ - i·sin t·|11⟩` between the right unitaries is every state: one interaction.
fn prepared(block: &Block, unitary: &Matrix4) -> Pieces {
    let mut state: [Complex64; 4] = from_fn(|row| unitary[row][0]);
    if block.last == [true; 2] {
        state = state.map(|amplitude| Complex64::from(amplitude.norm())); // phases are never seen
    }
    let (angle, [first, second]) = schmidt(&state);
    // An i takes back the -i that comes with |11⟩.
    let first = [[first[0][0], Complex64::I * first[0][1]], [first[1][0], Complex64::I * first[1][1]]];
    let mut pieces = Pieces::default();
    let [a, b] = block.qubits;
    if angle > NEGLIGIBLE {
        pieces.h(a);
        pieces.h(b);
        pieces.zz(a, b, angle);
        pieces.h(a);
        pieces.h(b);
    }
    pieces.one(a, first);
    pieces.one(b, second);
    pieces
}

/// The angle and the bases with `state = cos(angle)·|a₀⟩|b₀⟩ + sin(angle)·|a₁⟩|b₁⟩`; the bases are the columns, of the first qubit and of
/// the second.
fn schmidt(state: &[Complex64; 4]) -> (f64, [Matrix2; 2]) {
    // Rows are the second qubit. The right singular vectors are those of the Hermitian [[a, b], [b̄, d]] = M†·M.
    let m: Matrix2 = [[state[0], state[1]], [state[2], state[3]]];
    let [[a, b], [_, d]] = product(&adjoint(&m), &m);
    // Where both singular values are the same every basis will do, and the plainest meets the most of what follows.
    let same = b.norm() < NEGLIGIBLE && (a.re - d.re).abs() < NEGLIGIBLE;
    let tilt = if same { 0.0 } else { (2.0 * b.norm()).atan2(a.re - d.re) / 2.0 };
    let turn = if b.norm() < NEGLIGIBLE { Complex64::ONE } else { b.conj() / b.norm() };
    let (sin, cos) = tilt.sin_cos();
    let right: Matrix2 = [[cos.into(), -turn.conj() * sin], [turn * sin, cos.into()]];
    let image = product(&m, &right);
    let largest = (image[0][0].norm_sqr() + image[1][0].norm_sqr()).sqrt();
    let (x, y) = (image[0][0] / largest, image[1][0] / largest);
    // What is orthogonal to the first image is the second, up to its phase.
    let rest = -y * image[0][1] + x * image[1][1];
    let phase = if rest.norm() < NEGLIGIBLE { Complex64::ONE } else { rest / rest.norm() };
    let left: Matrix2 = [[x, -y.conj() * phase], [y, x.conj() * phase]];
    (rest.norm().atan2(largest), [right.map(|row| row.map(|entry| entry.conj())), left])
}

/// `exp(-iψ·ZZ)·U` with the ψ that needs one interaction less: what it adds before the measurement is never seen.
fn without_last_phases(unitary: &Matrix4) -> Matrix4 {
    let diagonal = zz_diagonal(saving_angle(unitary));
    from_fn(|row| from_fn(|column| diagonal[row] * unitary[row][column]))
}

/// `U·exp(-iψ·ZZ)·Rz` with the ψ that needs one interaction less: on a |0⟩ the two factors undo each other.
fn with_known_start(unitary: &Matrix4, known: usize) -> Matrix4 {
    let angle = saving_angle(&transposed(unitary));
    let back = matrix::rz(Radians(-2.0 * angle));
    let local = if known == 0 { beside(&matrix::IDENTITY, &back) } else { beside(&back, &matrix::IDENTITY) };
    let diagonal = zz_diagonal(angle);
    let turned = from_fn(|row| from_fn(|column| unitary[row][column] * diagonal[column]));
    product4(&turned, &local)
}

fn transposed(unitary: &Matrix4) -> Matrix4 {
    from_fn(|row| from_fn(|column| unitary[column][row]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_state_is_what_its_schmidt_form_adds_up_to(numbers in prop::array::uniform8(prop_oneof![Just(0.0), Just(1.0), Just(1e-9), -1.0..1.0f64])) {
            let raw: [Complex64; 4] = from_fn(|k| Complex64::new(numbers[2 * k], numbers[2 * k + 1]));
            let norm = raw.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
            prop_assume!(norm > 0.1);
            let state = raw.map(|x| x / norm);
            let (angle, [first, second]) = schmidt(&state);
            prop_assert!((0.0..=std::f64::consts::FRAC_PI_4 + 1e-15).contains(&angle));
            for basis in [&first, &second] {
                let one = product(&adjoint(basis), basis);
                prop_assert!((one[0][0] - 1.0).norm() < 1e-14 && one[0][1].norm() < 1e-14 && (one[1][1] - 1.0).norm() < 1e-14);
            }
            for (index, amplitude) in state.iter().enumerate() {
                let (bit, other) = (index & 1, index >> 1);
                let sum = first[bit][0] * second[other][0] * angle.cos() + first[bit][1] * second[other][1] * angle.sin();
                assert_abs_diff_eq!((sum - amplitude).norm(), 0.0, epsilon = 1e-14);
            }
        }

        /// A run that needs three interactions needs two where its last phases are not seen, or where a qubit is known to be |0⟩.
        #[test]
        fn the_saving_angle_saves_an_interaction(angles in prop::array::uniform9(-3.0..3.0f64), known in 0..2usize) {
            let local = |k: usize| product(&matrix::rz(Radians(angles[k])), &matrix::ry(Radians(angles[k + 1])));
            let core = [matrix::xx(Radians(angles[0])), matrix::yy(Radians(angles[4])), matrix::zz(Radians(angles[8]))];
            let core = core.iter().fold(beside(&local(1), &local(2)), |before, gate| product4(gate, &before));
            let unitary = product4(&beside(&local(5), &local(6)), &core);
            for shorter in [without_last_phases(&unitary), with_known_start(&unitary, known)] {
                let mut pieces = Pieces::default();
                Kak::of(&shorter).write([0, 1], &mut pieces);
                prop_assert!(pieces.entanglers() <= 2);
            }
        }
    }
}
