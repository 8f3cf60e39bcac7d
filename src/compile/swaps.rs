//! Swaps moved together: renaming the qubits behind a swap takes it to the end of a circuit, renaming those before it to the start.

use super::pieces::{Piece, Pieces};

/// The same circuit with all its swaps at the end, as few as do.
pub(super) fn at_the_end(pieces: &Pieces) -> Pieces {
    let (mut renamed, places) = renamed(pieces.0.iter());
    renamed.0.extend(sorting(places).into_iter().rev().map(Piece::Swap));
    renamed
}

/// The same circuit with all its swaps at the start, as few as do.
pub(super) fn at_the_start(pieces: &Pieces) -> Pieces {
    let (mut renamed, places) = renamed(pieces.0.iter().rev());
    renamed.0.extend(sorting(places).into_iter().rev().map(Piece::Swap));
    renamed.0.reverse();
    renamed
}

/// The pieces without swaps, and where each qubit has got to.
fn renamed<'a>(pieces: impl Iterator<Item = &'a Piece>) -> (Pieces, Vec<usize>) {
    let mut places: Vec<usize> = Vec::new();
    let mut out = Pieces::default();
    for piece in pieces {
        let highest = match *piece {
            Piece::One(qubit, _) => qubit,
            Piece::Zz([a, b], _) | Piece::Swap([a, b]) => a.max(b),
        };
        places.extend(places.len()..=highest);
        match *piece {
            Piece::One(qubit, unitary) => out.one(places[qubit], unitary),
            Piece::Zz([a, b], angle) => out.zz(places[a], places[b], angle),
            Piece::Swap([a, b]) => places.swap(a, b),
        }
    }
    (out, places)
}

/// Exchanges that bring every place to its own number; undone from the last to the first they make the places.
fn sorting(mut places: Vec<usize>) -> Vec<[usize; 2]> {
    let mut exchanges = Vec::new();
    for index in 0..places.len() {
        while places[index] != index {
            let other = places[index];
            places.swap(index, other);
            exchanges.push([index, other]);
        }
    }
    exchanges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::matrix;

    /// Where what starts on each qubit ends, and on which qubits the interactions find it.
    fn walk(pieces: &Pieces, qubits: usize) -> (Vec<usize>, Vec<[usize; 2]>) {
        let mut tokens: Vec<usize> = (0..qubits).collect();
        let mut met = Vec::new();
        for piece in &pieces.0 {
            match *piece {
                Piece::Swap([a, b]) => tokens.swap(a, b),
                Piece::Zz([a, b], _) => met.push([tokens[a], tokens[b]]),
                Piece::One(..) => {}
            }
        }
        (tokens, met)
    }

    #[test]
    fn the_same_tokens_meet_and_end_in_the_same_places() {
        let mut pieces = Pieces::default();
        for (k, pair) in [[0, 1], [1, 2], [3, 0], [2, 4], [4, 0], [1, 3]].into_iter().enumerate() {
            pieces.0.push(Piece::Swap(pair));
            pieces.one(pair[0], matrix::h());
            pieces.zz(pair[1], (pair[1] + 1 + k % 3) % 5, 0.1);
        }
        for moved in [at_the_end(&pieces), at_the_start(&pieces)] {
            assert_eq!(walk(&moved, 5), walk(&pieces, 5));
            assert!(moved.0.iter().filter(|piece| matches!(piece, Piece::Swap(_))).count() <= 4);
        }
    }
}
