//! The order in which knots are played: those of one pair in a row wherever the layers allow it.

use super::weave::{Knot, Weave};
use std::collections::VecDeque;

/// Living knots in an order of time.
pub(super) struct Schedule<'a> {
    weave: &'a Weave,
    /// The next living knot of the same pair, in time.
    later: Vec<Option<usize>>,
    done: Vec<bool>,
    /// The layer each strand has come to, and how many of its knots are left.
    at: Vec<usize>,
    left: Vec<usize>,
    ready: VecDeque<usize>,
    /// Ready, but better played when the others of their layers are gone and the next one of their pair can follow at once.
    held: VecDeque<usize>,
    last: Option<usize>,
}

/// How many held knots are looked at before one is played all the same: keeps the whole order linear in time.
const PATIENCE: usize = 8;

impl<'a> Schedule<'a> {
    pub(super) fn new(weave: &'a Weave) -> Schedule<'a> {
        let strands = weave.strands.len();
        let mut schedule = Schedule {
            weave,
            later: later(weave),
            done: vec![false; weave.knots.len()],
            at: vec![0; strands],
            left: vec![0; strands],
            ready: VecDeque::new(),
            held: VecDeque::new(),
            last: None,
        };
        // Every strand stands before its first layer: a knot is ready once both of its strands have come to it.
        (0..strands).for_each(|strand| schedule.at[strand] = usize::MAX);
        (0..strands).for_each(|strand| schedule.enter(strand, 0));
        schedule
    }

    fn enter(&mut self, strand: usize, layer: usize) {
        self.at[strand] = layer;
        let Some(layer) = self.weave.strands[strand].layers.get(layer) else { return };
        let living = layer.knots.iter().copied().filter(|&knot| self.weave.knots[knot].alive);
        self.left[strand] = living.clone().count();
        let ready: Vec<usize> = living.filter(|&knot| self.is_ready(knot)).collect();
        self.ready.extend(ready);
    }

    fn is_ready(&self, knot: usize) -> bool {
        let Knot { strands: [a, b], layers, .. } = self.weave.knots[knot];
        !self.done[knot] && [self.at[a], self.at[b]] == layers
    }

    /// Whether the next knot of the pair could follow at once if the others of these layers went first.
    fn gains_by_waiting(&self, knot: usize) -> bool {
        let Some(later) = self.later[knot] else { return false };
        let (now, later) = (&self.weave.knots[knot], &self.weave.knots[later]);
        let near = now.strands.iter().all(|&strand| later.layer_on(strand) <= now.layer_on(strand) + 1);
        near && now.strands.iter().any(|&strand| self.left[strand] > 1)
    }

    fn pick(&mut self) -> Option<usize> {
        if let Some(next) = self.last.and_then(|last| self.later[last])
            && self.is_ready(next)
        {
            return Some(next);
        }
        while let Some(knot) = self.ready.pop_front() {
            if self.done[knot] {
                continue;
            }
            if !self.gains_by_waiting(knot) {
                return Some(knot);
            }
            self.held.push_back(knot);
        }
        for _ in 0..PATIENCE.min(self.held.len()) {
            let knot = self.held.pop_front()?;
            if !self.done[knot] && !self.gains_by_waiting(knot) {
                return Some(knot);
            }
            if !self.done[knot] {
                self.held.push_back(knot);
            }
        }
        while let Some(knot) = self.held.pop_front() {
            if !self.done[knot] {
                return Some(knot);
            }
        }
        None
    }
}

impl Iterator for Schedule<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let knot = self.pick()?;
        self.done[knot] = true;
        self.last = Some(knot);
        for strand in self.weave.knots[knot].strands {
            self.left[strand] -= 1;
            if self.left[strand] == 0 {
                self.enter(strand, self.at[strand] + 1);
            }
        }
        Some(knot)
    }
}

/// For every knot the next living one of its pair.
fn later(weave: &Weave) -> Vec<Option<usize>> {
    let strands = weave.strands.len();
    let mut next = vec![None; strands * strands];
    let mut later = vec![None; weave.knots.len()];
    for (index, knot) in weave.knots.iter().enumerate().rev().filter(|(_, knot)| knot.alive) {
        let [a, b] = knot.strands;
        later[index] = next[a.min(b) * strands + a.max(b)].replace(index);
    }
    later
}
