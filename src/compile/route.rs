//! Interactions between qubits that are no neighbours: swaps that bring them together.
//!
//! A swap is chosen by how much nearer it brings the interactions that wait, and those a little later (Li, Ding and Xie's look-ahead).

use super::CompileError;
use super::pieces::{Piece, Pieces};
use super::target::Couplings;

/// The same circuit with interactions between neighbours only. With `start` every qubit is |0⟩ before it, so that it may begin anywhere.
///
/// # Errors
/// Qubits between which there is no path.
pub(super) fn routed(pieces: &Pieces, couplings: &Couplings, start: bool) -> Result<Pieces, CompileError> {
    let mut router = Router::new(couplings);
    if start {
        // From the end, where every qubit must be in its own place, back to wherever it begins.
        let backwards = Pieces(pieces.0.iter().rev().copied().collect());
        router.walk(&backwards)?;
        router.out.0.reverse();
    } else {
        router.walk(pieces)?;
        router.go_home();
    }
    Ok(router.out)
}

struct Router<'a> {
    couplings: &'a Couplings,
    distances: Vec<Vec<Option<usize>>>,
    /// The place of each qubit, and the qubit at each place.
    place: Vec<usize>,
    holder: Vec<usize>,
    out: Pieces,
}

/// How many interactions are looked at beyond those that wait, and how much they count.
const LOOKAHEAD: usize = 20;
const LATER_WEIGHT: f64 = 0.5;

impl<'a> Router<'a> {
    fn new(couplings: &'a Couplings) -> Router<'a> {
        let places: Vec<usize> = (0..couplings.qubits()).collect();
        Router { couplings, distances: couplings.distances(), place: places.clone(), holder: places, out: Pieces::default() }
    }

    /// Emits the pieces in an order that keeps each qubit's own.
    fn walk(&mut self, pieces: &Pieces) -> Result<(), CompileError> {
        let mut queues: Vec<std::collections::VecDeque<usize>> = vec![Default::default(); self.couplings.qubits()];
        for (index, piece) in pieces.0.iter().enumerate() {
            match piece {
                Piece::One(qubit, _) => queues[*qubit].push_back(index),
                Piece::Zz(pair, _) | Piece::Swap(pair) => pair.iter().for_each(|&qubit| queues[qubit].push_back(index)),
            }
        }
        let mut first = 0; // every piece before it is out
        let mut done = vec![false; pieces.0.len()];
        let mut ready: Vec<usize> = (0..queues.len()).collect();
        let mut idle_swaps = 0;
        loop {
            while let Some(qubit) = ready.pop() {
                while let Some(&index) = queues[qubit].front() {
                    let Some(partner) = self.playable(&pieces.0[index], qubit, &queues, index) else { break };
                    self.emit(&pieces.0[index]);
                    done[index] = true;
                    idle_swaps = 0;
                    queues[qubit].pop_front();
                    if partner != qubit {
                        queues[partner].pop_front();
                        ready.push(partner);
                    }
                }
            }
            while first < done.len() && done[first] {
                first += 1;
            }
            let waiting = self.waiting(pieces, &done, first);
            let Some(&[a, b]) = waiting.first() else { return Ok(()) };
            self.distances[a][b].ok_or(CompileError::NotConnected { qubits: [a, b] })?;
            let front = waiting
                .iter()
                .position(|pair| !pair.iter().all(|qubit| self.is_front(*qubit, pair, &queues, pieces)))
                .unwrap_or(waiting.len());
            // A look-ahead that goes round in circles gives way to the straight path.
            let [x, y] = if idle_swaps > self.couplings.qubits() { self.straight([a, b]) } else { self.best(&waiting, front.max(1)) };
            idle_swaps += 1;
            self.exchange(x, y);
            ready.extend([self.holder[x], self.holder[y]]);
        }
    }

    /// The partner with which a qubit's next piece can be played now: itself if it needs none.
    fn playable(&self, piece: &Piece, qubit: usize, queues: &[std::collections::VecDeque<usize>], index: usize) -> Option<usize> {
        match *piece {
            Piece::One(..) => Some(qubit),
            Piece::Zz([a, b], _) | Piece::Swap([a, b]) => {
                let partner = if a == qubit { b } else { a };
                let meets = queues[partner].front() == Some(&index) && self.couplings.couple(self.place[a], self.place[b]);
                meets.then_some(partner)
            }
        }
    }

    fn is_front(&self, qubit: usize, pair: &[usize; 2], queues: &[std::collections::VecDeque<usize>], pieces: &Pieces) -> bool {
        queues[qubit].front().is_some_and(|&index| matches!(pieces.0[index], Piece::Zz(other, _) | Piece::Swap(other) if other == *pair))
    }

    /// The pairs of the next interactions, the first ones in time first.
    fn waiting(&self, pieces: &Pieces, done: &[bool], first: usize) -> Vec<[usize; 2]> {
        let pairs = pieces.0[first..].iter().zip(&done[first..]).filter(|(_, done)| !**done).filter_map(|(piece, _)| match piece {
            Piece::Zz(pair, _) | Piece::Swap(pair) => Some(*pair),
            Piece::One(..) => None,
        });
        pairs.take(LOOKAHEAD).collect()
    }

    fn emit(&mut self, piece: &Piece) {
        let place = &self.place;
        self.out.0.push(match *piece {
            Piece::One(qubit, unitary) => Piece::One(place[qubit], unitary),
            Piece::Zz([a, b], angle) => Piece::Zz([place[a], place[b]], angle),
            Piece::Swap([a, b]) => Piece::Swap([place[a], place[b]]),
        });
    }

    /// The exchange of neighbours that brings what waits nearest.
    fn best(&self, waiting: &[[usize; 2]], front: usize) -> [usize; 2] {
        let near = |x: usize, y: usize| {
            let seen = |qubit: usize| match self.place[qubit] {
                place if place == x => y,
                place if place == y => x,
                place => place,
            };
            let far = |pairs: &[[usize; 2]]| {
                let steps = pairs.iter().map(|&[a, b]| self.distances[seen(a)][seen(b)].map_or(0.0, |steps| steps as f64));
                steps.sum::<f64>() / pairs.len().max(1) as f64
            };
            far(&waiting[..front]) + LATER_WEIGHT * far(&waiting[front..])
        };
        let places = waiting[..front].iter().flatten().map(|&qubit| self.place[qubit]);
        let exchanges = places.flat_map(|x| self.couplings.neighbours(x).iter().map(move |&y| [x, y]));
        let best = exchanges.min_by(|a, b| near(a[0], a[1]).total_cmp(&near(b[0], b[1])));
        best.expect("qubits with a path between them have neighbours")
    }

    /// The first step on a shortest path between two qubits.
    fn straight(&self, [a, b]: [usize; 2]) -> [usize; 2] {
        let (from, to) = (self.place[a], self.place[b]);
        let step = self.couplings.neighbours(from).iter().copied().min_by_key(|&next| self.distances[next][to].unwrap_or(usize::MAX));
        [from, step.expect("qubits with a path between them have neighbours")]
    }

    fn exchange(&mut self, x: usize, y: usize) {
        self.out.0.push(Piece::Swap([x, y]));
        self.holder.swap(x, y);
        self.place[self.holder[x]] = x;
        self.place[self.holder[y]] = y;
    }

    /// Brings every qubit back to its own place: the places farthest from the middle first, which nobody needs to pass again.
    fn go_home(&mut self) {
        let reach = |place: usize| self.distances[0][place].unwrap_or(0);
        let mut places: Vec<usize> = (0..self.place.len()).collect();
        places.sort_by_key(|&place| std::cmp::Reverse(reach(place)));
        let mut settled = vec![false; places.len()];
        for home in places {
            while self.place[home] != home {
                let from = self.place[home];
                let next = self.step_avoiding(from, home, &settled);
                self.exchange(from, next);
            }
            settled[home] = true;
        }
    }

    /// The next place on a shortest path that passes no settled one.
    fn step_avoiding(&self, from: usize, to: usize, settled: &[bool]) -> usize {
        let mut before = vec![None; settled.len()];
        let mut waiting = std::collections::VecDeque::from([to]);
        before[to] = Some(to);
        while let Some(place) = waiting.pop_front() {
            for &next in self.couplings.neighbours(place) {
                if before[next].is_none() && !settled[next] {
                    before[next] = Some(place);
                    waiting.push_back(next);
                }
            }
        }
        before[from].expect("removing the farthest places one by one leaves the others connected")
    }
}
