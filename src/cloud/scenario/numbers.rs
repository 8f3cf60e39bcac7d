//! What is wrong with the numbers of a map.

use super::Numbers;
use super::map::{Line, Map, Style};

impl Map {
    /// What a fault makes of the map; `shots` are those of its job.
    pub(super) fn change(&mut self, numbers: Numbers, shots: f64) {
        match numbers {
            Numbers::Scale(factor) => self.each(|value| value * factor),
            Numbers::Decimals(decimals) => self.each(|value| format!("{value:.decimals$}").parse().unwrap_or(value)),
            Numbers::Float32 => self.each(|value| f64::from(value as f32)),
            Numbers::RoundCounts => {
                self.each(|value| (value * shots).round_ties_even() / shots);
                self.lines.retain(|line| line.value != 0.0);
            }
            Numbers::Negative(number) => self.give(number),
            Numbers::Nan => self.likeliest(|line| line.value = f64::NAN),
            Numbers::Infinity => self.likeliest(|line| line.value = f64::INFINITY),
            Numbers::Integers => self.style = Style::Integers,
            Numbers::Strings => self.style = Style::Strings,
            Numbers::Scientific => self.style = Style::Scientific,
            Numbers::Empty => self.lines.clear(),
            Numbers::Null => self.style = Style::Null,
            Numbers::Wrapped => self.wrapped = true,
            Numbers::BitStrings => self.as_bits = true,
            Numbers::ReversedBits => self.reverse(),
            Numbers::DuplicateKey => self.double(),
            Numbers::FoldKey => self.fold(),
            Numbers::MissingKey => {
                if let Some(index) = self.index_of_likeliest() {
                    self.lines.remove(index);
                }
            }
        }
    }

    fn each(&mut self, change: impl Fn(f64) -> f64) {
        self.lines.iter_mut().for_each(|line| line.value = change(line.value));
    }

    fn likeliest(&mut self, change: impl FnOnce(&mut Line)) {
        if let Some(index) = self.index_of_likeliest() {
            change(&mut self.lines[index]);
        }
    }

    /// The first of the likeliest.
    fn index_of_likeliest(&self) -> Option<usize> {
        let better = |best: usize, index: usize| if self.lines[index].value > self.lines[best].value { index } else { best };
        (0..self.lines.len()).reduce(better)
    }

    /// An outcome below zero; if there is a free one, the sum stays as it was.
    fn give(&mut self, number: f64) {
        let free = (0u128..).zip(&self.lines).find(|(outcome, line)| line.outcome != *outcome).map(|(outcome, _)| outcome);
        let free = free.unwrap_or(self.lines.len() as u128);
        if free < 1u128 << self.bits.min(127) {
            let place = self.lines.partition_point(|line| line.outcome < free);
            self.lines.insert(place, Line { outcome: free, value: -number });
        } else {
            let worse = |worst: usize, index: usize| if self.lines[index].value < self.lines[worst].value { index } else { worst };
            if let Some(least) = (0..self.lines.len()).reduce(worse) {
                self.lines[least].value = -number;
            }
            return;
        }
        self.likeliest(|line| line.value += number);
    }

    /// The likeliest outcome once more, with half.
    fn double(&mut self) {
        let Some(index) = self.index_of_likeliest() else { return };
        let line = self.lines[index];
        self.lines.insert(index + 1, Line { value: line.value / 2.0, ..line });
    }

    fn fold(&mut self) {
        let Some(index) = self.index_of_likeliest() else { return };
        self.lines[index].value /= 2.0;
        let line = self.lines[index];
        let folded = Line { outcome: line.outcome + (1u128 << self.bits.min(127)), ..line };
        self.lines.push(folded);
    }

    fn reverse(&mut self) {
        let bits = self.bits;
        for line in &mut self.lines {
            line.outcome = (0..bits).fold(0, |reversed, bit| reversed << 1 | (line.outcome >> bit & 1));
        }
        self.lines.sort_by_key(|line| line.outcome);
    }
}
