//! Bits of the state put where their qubits belong.

use super::gather::Map;
use super::shape::{Bits, Shape};
use crate::simulate::lower::bits;

/// One pass that moves bits: tiles are read in one order and written in another.
pub(super) struct Move {
    pub(super) from: Map,
    pub(super) to: Map,
}

/// The passes after which bit q of the state stands for qubit q, where now `places[q]` does.
pub(super) fn moves(places: &[usize], shape: Shape) -> Vec<Move> {
    let mut content: Vec<usize> = vec![0; places.len()]; // the qubit that each bit stands for
    places.iter().enumerate().for_each(|(qubit, &bit)| content[bit] = qubit);
    let mut moves = Vec::new();
    while let tile = tile(&content, shape)
        && tile != 0
    {
        let from: Vec<usize> = bits(tile).collect();
        let home = |bit: &usize| Some(content[*bit]).filter(|qubit| tile >> qubit & 1 == 1);
        let homes: Vec<Option<usize>> = from.iter().map(home).collect();
        // Those whose home is not in the tile go wherever there is room.
        let mut free = from.iter().copied().filter(|bit| !homes.contains(&Some(*bit)));
        let to: Vec<usize> = homes.iter().map(|home| home.or_else(|| free.next()).expect("there are as many places as bits")).collect();
        let moved: Vec<usize> = from.iter().map(|&bit| content[bit]).collect();
        to.iter().zip(moved).for_each(|(&bit, qubit)| content[bit] = qubit);
        moves.push(Move { from: Map::new(&Bits { of_state: from }), to: Map::new(&Bits { of_state: to }) });
    }
    moves
}

/// The bits of a tile in which some find their places; none if all have.
fn tile(content: &[usize], shape: Shape) -> usize {
    let mut tile = shape.run();
    let mut any = false;
    for bit in 0..content.len() {
        let mut next = bit;
        // Along a cycle: what is here belongs there, and what is there belongs elsewhere.
        while content[next] != next {
            let with = tile | 1 << next | 1 << content[next];
            if with.count_ones() as usize > shape.tile_bits {
                break;
            }
            let known = with == tile;
            (tile, any) = (with, true);
            next = content[next];
            if known && next == bit {
                break;
            }
        }
    }
    let missing = bits(shape.all() & !tile).take(shape.tile_bits.saturating_sub(tile.count_ones() as usize));
    if any { missing.fold(tile, |tile, bit| tile | 1 << bit) } else { 0 }
}
