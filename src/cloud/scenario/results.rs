//! The results of a job, with something wrong about them.

use super::Act;
use super::map::{Map, Style};
use crate::outcome::{Keys, Received, Seed};
use rand::seq::SliceRandom;
use std::fmt::Write;

/// What must be known of the circuits of a job to write its results wrongly.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cloud) struct Widths {
    /// Bits of an outcome, by circuit.
    pub(in crate::cloud) bits: Vec<usize>,
    /// Shots of each circuit.
    pub(in crate::cloud) shots: u32,
}

/// The probability maps of an answer: one, or one for each circuit of a job.
#[derive(Debug)]
pub(super) struct Results {
    maps: Vec<Map>,
    shots: f64,
}

impl Results {
    /// Whether a fault is one of those that change results.
    pub(super) fn concerns(act: &Act) -> bool {
        matches!(act, Act::LoseChild(_) | Act::NullChild(_) | Act::ReorderChildren | Act::Numbers(_))
    }

    /// Reads an answer of the cloud's own.
    pub(super) fn read(body: &[u8], widths: &Widths) -> Option<Results> {
        let received = Received::read(body, Keys::Decimal);
        if received.maps().len() != widths.bits.len() {
            return None;
        }
        let maps = received.maps().iter().zip(&widths.bits).map(|(map, &bits)| Map::new(map, bits)).collect();
        Some(Results { maps, shots: f64::from(widths.shots) })
    }

    /// What a fault makes of them.
    pub(super) fn apply(&mut self, act: &Act, seed: Seed) {
        match act {
            Act::LoseChild(index) if self.is_of_several() && *index < self.maps.len() => drop(self.maps.remove(*index)),
            Act::NullChild(index) if self.is_of_several() => {
                if let Some(map) = self.maps.get_mut(*index) {
                    map.style = Style::Null;
                }
            }
            Act::ReorderChildren if self.is_of_several() => self.reorder(seed),
            Act::Numbers(numbers) => self.maps.iter_mut().for_each(|map| map.change(*numbers, self.shots)),
            _ => {}
        }
    }

    /// Whether they are those of a job of several circuits.
    fn is_of_several(&self) -> bool {
        self.maps.iter().any(|map| map.name.is_some())
    }

    fn reorder(&mut self, seed: Seed) {
        self.maps = disordered(std::mem::take(&mut self.maps), seed);
    }

    /// As JSON, or what is meant to look like it.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = String::new();
        if let ([map], false) = (self.maps.as_slice(), self.is_of_several()) {
            map.write(&mut out);
            return out.into_bytes();
        }
        out.push('{');
        for (index, map) in self.maps.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            let _ = write!(out, "\"{}\":", map.name.as_deref().unwrap_or_default()); // a String takes everything
            map.write(&mut out);
        }
        out.push('}');
        out.into_bytes()
    }
}

/// The same things in another order, if there are several.
pub(in crate::cloud) fn disordered<T>(things: Vec<T>, seed: Seed) -> Vec<T> {
    let mut order: Vec<usize> = (0..things.len()).collect();
    order.shuffle(&mut seed.stream(0));
    if order.is_sorted() && !order.is_empty() {
        order.rotate_left(1);
    }
    let mut things: Vec<Option<T>> = things.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| things[index].take()).collect()
}
