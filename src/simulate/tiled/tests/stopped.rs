//! Passes whose result nobody wants any more.

use super::*;
use crate::simulate::lower::Rotation;
use crate::simulate::oracle::random_state;

const TILE_BITS: usize = 9;

/// The last bit of a tile turned so many times.
fn turns(count: usize) -> Vec<Op> {
    vec![Op::Turn { target: TILE_BITS - 1, before: 0.1, rotation: Rotation { cos: 0.8, sin: 0.6 } }; count]
}

/// One pass over all tiles of a state.
fn pass(state: &mut [Complex64], ops: &[Op], stop: &Stop) {
    let shape = Shape { bits: state.len().ilog2() as usize, tile_bits: TILE_BITS, run_bits: RUN_BITS };
    let before = state[0];
    let mut run = Run { alive: shape.all(), ..Run::new(shape, state, stop) };
    run.state[0] = before;
    run.tiles((1 << TILE_BITS) - 1, 1 << (TILE_BITS - 1), ops.iter());
}

fn random(bits: usize) -> Vec<Complex64> {
    random_state(bits, &mut rand::rngs::ChaCha8Rng::seed_from_u64(3))
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn a_pass_whose_stop_is_raised_touches_no_tile_on_any_number_of_threads() {
    let before = random(tiles::PARALLEL_QUBITS);
    for threads in [1, 2, 3] {
        let stop = Stop::new();
        let passed = || {
            let mut state = before.clone();
            pool(threads).install(|| pass(&mut state, &turns(1), &stop));
            state
        };
        let touched = passed();
        let mut pairs = touched.chunks(1 << TILE_BITS).zip(before.chunks(1 << TILE_BITS));
        assert!(pairs.all(|(now, then)| now != then), "a stop that is not raised leaves no tile alone");
        stop.raise();
        assert!(passed() == before, "{threads} threads");
    }
}

#[test]
fn a_pass_leaves_tiles_alone_from_when_its_stop_is_raised_on() {
    let (before, long) = (random(tiles::PARALLEL_QUBITS), turns(50_000));
    for threads in [1, 2] {
        let (pool, stop, mut state) = (pool(threads), Stop::new(), before.clone());
        let (running, begun) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                running.send(()).unwrap();
                pool.install(|| pass(&mut state, &long, &stop));
            });
            begun.recv().unwrap();
            // Raised about when the first of its 128 tiles is done: after making the same pass ready and doing a single tile.
            pass(&mut random(TILE_BITS), &long, &Stop::never());
            stop.raise();
        });
        let last = before.len() - (1 << TILE_BITS);
        assert!(state[last..] == before[last..], "{threads} threads");
    }
}

#[test]
fn no_pass_is_planned_once_the_stop_is_raised() {
    let shape = Shape { bits: 12, tile_bits: TILE_BITS, run_bits: RUN_BITS };
    let stop = Stop::new();
    assert_eq!(plan::plan(&turns(3), shape, &stop).len(), 1);
    stop.raise();
    assert_eq!(plan::plan(&turns(3), shape, &stop), []);
}
