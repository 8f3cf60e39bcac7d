//! Passes whose result nobody wants any more.

use super::*;
use crate::simulate::lower::Rotation;
use crate::simulate::oracle::random_state;

const SHAPE: Shape = Shape { bits: tiles::PARALLEL_QUBITS, tile_bits: 9, run_bits: RUN_BITS };

/// The last bit of a tile turned so many times.
fn turns(count: usize) -> Vec<Op> {
    vec![Op::Turn { target: SHAPE.tile_bits - 1, before: 0.1, rotation: Rotation { cos: 0.8, sin: 0.6 } }; count]
}

/// One pass over the lowest bits of a state.
fn pass(state: &mut [Complex64], ops: &[Op], threads: usize, stop: &Stop) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let before = state[0];
    let mut run = Run { alive: SHAPE.all(), ..Run::new(SHAPE, state, stop) };
    run.state[0] = before;
    pool.install(|| run.tiles((1 << SHAPE.tile_bits) - 1, 1 << (SHAPE.tile_bits - 1), ops.iter()));
}

fn random() -> Vec<Complex64> {
    random_state(SHAPE.bits, &mut rand::rngs::ChaCha8Rng::seed_from_u64(3))
}

#[test]
fn a_pass_whose_stop_is_raised_touches_no_tile_on_any_number_of_threads() {
    for threads in [1, 2, 3] {
        let (before, stop) = (random(), Stop::new());
        let mut state = before.clone();
        pass(&mut state, &turns(1), threads, &stop);
        let touched = state.chunks(1 << SHAPE.tile_bits).zip(before.chunks(1 << SHAPE.tile_bits)).all(|(now, then)| now != then);
        assert!(touched, "a stop that is not raised leaves no tile alone");
        stop.raise();
        let mut state = before.clone();
        pass(&mut state, &turns(1), threads, &stop);
        assert!(state == before, "{threads} threads");
    }
}

#[test]
fn a_pass_leaves_its_last_tile_alone_if_the_stop_is_raised_before_it_gets_there() {
    // Half a minute for all tiles.
    let long = turns(200_000);
    for threads in [1, 2] {
        let (before, stop) = (random(), Stop::new());
        let mut state = before.clone();
        let (running, begun) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                running.send(()).unwrap();
                pass(&mut state, &long, threads, &stop);
            });
            begun.recv().unwrap();
            stop.raise();
        });
        let last = before.len() - (1 << SHAPE.tile_bits);
        assert!(state[last..] == before[last..], "{threads} threads");
    }
}
