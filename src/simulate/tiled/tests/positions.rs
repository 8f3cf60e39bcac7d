//! Each kind of operation at every position, amplitude by amplitude against the plain kernels.

use super::*;
use crate::gates::{Matrix2, Matrix4, matrix};
use crate::simulate::StateVector;
use crate::simulate::lower::{Pattern, Phase, Rotation, bits};
use crate::simulate::oracle::{distance, random_state};
use crate::simulate::step::Step;

/// The boundary of a tile in the midst of the bits; in the second, that of a row of phases inside the tile.
const SHAPES: [Shape; 3] = [
    Shape { bits: 10, tile_bits: 8, run_bits: 4 },
    Shape { bits: 11, tile_bits: 9, run_bits: 3 },
    Shape { bits: 10, tile_bits: 8, run_bits: 2 },
];

const ANY: Rotation = Rotation { cos: 0.8, sin: -0.6 };
const OTHER: Rotation = Rotation { cos: -5.0 / 13.0, sin: 12.0 / 13.0 };

fn phase(angle: f64) -> Matrix2 {
    matrix::phase(Radians(angle))
}

fn turn(before: f64, Rotation { cos, sin }: Rotation) -> Matrix2 {
    let real = [[cos, -sin], [sin, cos]].map(|row| row.map(Complex64::from));
    matrix::product(&real, &phase(before))
}

/// Takes (0, b) to (1, 1 - b) for both values of b, index = `bit(first) + 2·bit(second)`.
fn cross(Rotation { cos, sin }: Rotation) -> Matrix4 {
    let entries = [[cos, 0.0, 0.0, -sin], [0.0, cos, sin, 0.0], [0.0, -sin, cos, 0.0], [sin, 0.0, 0.0, cos]];
    entries.map(|row| row.map(Complex64::from))
}

/// What the plain kernels do for an operation; controls that are to be 0 are flipped before and after.
fn plain_steps(op: &Op) -> Vec<Step> {
    let under = |Pattern { mask, value }: Pattern, step: Step| {
        let flips = bits(mask & !value).map(|bit| Step::one(&matrix::X, bit, 0)).collect::<Vec<_>>();
        [flips.clone(), vec![step], flips].concat()
    };
    match *op {
        Op::Phase(Phase { mask, angle }) => {
            let target = mask.trailing_zeros() as usize;
            vec![Step::one(&phase(angle), target, mask & !(1 << target))]
        }
        Op::Turn { target, before, rotation } => vec![Step::one(&turn(before, rotation), target, 0)],
        Op::Pair { targets, before, turns, between, cross: both } => {
            let each = |k: usize| Step::one(&matrix::product(&phase(between[k]), &turn(before[k], turns[k])), targets[k], 0);
            vec![each(0), each(1), Step::two(&cross(both), targets, 0)]
        }
        Op::ControlledTurn { target, controls, rotation } => under(controls, Step::one(&turn(0.0, rotation), target, controls.mask)),
        Op::ControlledCross { targets, controls, rotation } => under(controls, Step::two(&cross(rotation), targets, controls.mask)),
        Op::Flip { target, controls } => under(controls, Step::one(&matrix::X, target, controls.mask)),
        Op::Step { .. } => unreachable!("is a plain one already"),
    }
}

/// Does the operations to a random state, on vectors of every width, and compares all amplitudes.
fn assert_plain(ops: &[Op], shape: Shape, before: &[Complex64]) {
    let mut plain = StateVector::tiled(before.to_vec(), shape.bits);
    ops.iter().flat_map(plain_steps).for_each(|step| plain.take(&step).unwrap());
    let lowered = Lowered { ops: ops.to_vec(), bits: (0..shape.bits).collect() };
    for arch in archs() {
        let (mut state, stop) = (Buffer::zeros(shape.bits).unwrap(), Stop::never());
        let run = Run { arch, alive: shape.all(), ..Run::new(shape, state.amplitudes_mut(), &stop) };
        run.state.copy_from_slice(before);
        let scale = run.all(&lowered).unwrap().sqrt();
        let seen: Vec<Complex64> = state.amplitudes().iter().map(|amplitude| amplitude * scale).collect();
        let distance = distance(&seen, plain.amplitudes());
        assert!(distance < 1e-14, "{ops:?} in {shape:?} by {arch:?} is {distance:e} off");
    }
}

fn assert_plain_everywhere(ops: impl Fn(Shape) -> Vec<Vec<Op>>) {
    for shape in SHAPES {
        let before = random_state(shape.bits, &mut rand::rngs::ChaCha8Rng::seed_from_u64(7));
        ops(shape).iter().for_each(|ops| assert_plain(ops, shape, &before));
    }
}

/// All ordered choices of so many bits.
fn choices<const N: usize>(shape: Shape) -> impl Iterator<Item = [usize; N]> {
    let digit = move |index: usize, place: usize| index / shape.bits.pow(place as u32) % shape.bits;
    let all = (0..shape.bits.pow(N as u32)).map(move |index| std::array::from_fn(|place| digit(index, place)));
    all.filter(|choice: &[usize; N]| choice.iter().fold(0usize, |mask, bit| mask | 1 << bit).count_ones() as usize == N)
}

#[test]
fn a_turn_of_any_bit_is_that_of_the_plain_kernels() {
    let turns = [(0.0, Rotation::QUARTER), (0.0, ANY), (0.7, Rotation::QUARTER), (-1.9, OTHER)];
    let of = |target| turns.map(|(before, rotation)| vec![Op::Turn { target, before, rotation }]);
    assert_plain_everywhere(|shape| choices(shape).flat_map(|[target]| of(target)).collect());
}

#[test]
fn turns_of_any_pair_of_bits_are_those_of_the_plain_kernels() {
    const NONE: [Rotation; 2] = [Rotation::NONE; 2];
    const QUARTERS: [Rotation; 2] = [Rotation::QUARTER; 2];
    let kinds = [
        ([0.0; 2], NONE, Rotation::QUARTER),
        ([0.0; 2], NONE, ANY),
        ([0.0; 2], QUARTERS, Rotation::QUARTER),
        ([0.4, -1.1], QUARTERS, Rotation::QUARTER),
        ([0.4, -1.1], QUARTERS, ANY),
        ([0.0; 2], [OTHER, Rotation::NONE], Rotation::QUARTER),
        ([0.0, 2.3], [Rotation::QUARTER, ANY], OTHER),
    ];
    let of = |targets| kinds.map(|(before, turns, cross)| vec![Op::Pair { targets, before, turns, between: [1.3, -0.2], cross }]);
    assert_plain_everywhere(|shape| choices(shape).flat_map(of).collect());
}

#[test]
fn flips_and_turns_of_any_bit_under_any_other_are_those_of_the_plain_kernels() {
    let of = |[target, control]: [usize; 2]| {
        [0, 1].into_iter().flat_map(move |value| {
            let controls = Pattern { mask: 1 << control, value: value << control };
            [vec![Op::Flip { target, controls }], vec![Op::ControlledTurn { target, controls, rotation: ANY }]]
        })
    };
    let alone = |[target]: [usize; 1]| vec![Op::Flip { target, controls: Pattern::default() }];
    assert_plain_everywhere(|shape| choices(shape).flat_map(of).chain(choices(shape).map(alone)).collect());
}

#[test]
fn what_is_done_to_any_three_bits_is_what_the_plain_kernels_do() {
    let of = |[first, second, third]: [usize; 3]| {
        let two = Pattern { mask: 1 << second | 1 << third, value: 1 << third };
        let one = Pattern { mask: 1 << third, value: ((first ^ second) % 2) << third };
        [
            vec![Op::ControlledCross { targets: [first, second], controls: one, rotation: OTHER }],
            if second < third {
                vec![Op::Flip { target: first, controls: two }]
            } else {
                vec![Op::ControlledTurn { target: first, controls: two, rotation: ANY }]
            },
        ]
    };
    assert_plain_everywhere(|shape| choices(shape).flat_map(of).collect());
}

#[test]
fn phases_of_up_to_four_bits_anywhere_are_those_of_the_plain_kernels() {
    // A phase is seen once one of its bits is turned.
    let seen = |mask: usize| {
        bits(mask).map(move |target| {
            let angle = 0.3 + 0.01 * mask as f64;
            vec![Op::Phase(Phase { mask, angle }), Op::Turn { target, before: 0.0, rotation: ANY }]
        })
    };
    let masks = |shape: Shape| (1..=shape.all()).filter(|mask| mask.count_ones() <= 4);
    assert_plain_everywhere(|shape| masks(shape).flat_map(seen).collect());
}

#[test]
fn phases_before_pairs_that_are_multiplied_as_a_tile_is_read_are_those_of_the_plain_kernels() {
    let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(11);
    for shape in [Shape { bits: 13, tile_bits: 11, run_bits: 4 }, Shape { bits: 12, tile_bits: 11, run_bits: 3 }] {
        let before = random_state(shape.bits, &mut rng);
        let mut order: Vec<usize> = (0..shape.bits).collect();
        for _ in 0..60 {
            order.shuffle(&mut rng);
            let pair = |targets: &[usize]| Op::Pair {
                targets: [targets[0], targets[1]],
                before: [0.3 + targets[0] as f64, -0.7],
                turns: [Rotation::QUARTER, ANY],
                between: [1.3, -0.2],
                cross: OTHER,
            };
            let ops: Vec<Op> = order[..6].chunks(2).map(pair).collect();
            assert_eq!(plan::plan(&ops, shape, &Stop::never()).len(), 1, "three pairs of one pass are what it takes");
            assert_plain(&ops, shape, &before);
        }
    }
}
