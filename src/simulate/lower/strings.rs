//! Exponentials of sums of Pauli strings: those of short strings are rotations and phases like any gate's.

use super::bits;
use super::gate::{Lowering, MOST_WORKED};
use crate::circuit::Operation;
use crate::gates::{Gate, Matrix2, PauliExp, PauliString, matrix};
use crate::simulate::{SimulateError, pauli};
use num_complex::Complex64;
use smallvec::SmallVec;

/// A string of up to so many letters is phases, in a frame; of each letter more, twice as many. Under controls the plain kernels look at
/// fewer amplitudes, and it pays for two letters at most.
const MOST_LETTERS: usize = 4;

/// Whether a string has a short form that pays.
fn is_short(string: PauliString, controls: u32) -> bool {
    let letters = string.support().count_ones();
    match controls {
        0 => letters as usize <= MOST_LETTERS,
        _ if string.x == 0 => letters <= 2,
        _ => letters <= 2 && string.x == string.support() && (letters + controls) as usize <= MOST_WORKED,
    }
}

/// X, Y or Z of a qubit.
#[derive(Debug, Clone, Copy)]
struct Letter {
    qubit: usize,
    flips: bool,
    signs: bool,
}

impl Letter {
    fn matrix(self) -> Matrix2 {
        match (self.flips, self.signs) {
            (true, true) => matrix::Y,
            (true, false) => matrix::X,
            (false, _) => matrix::Z,
        }
    }

    /// What turns it into Z, and what turns it back, but for phases.
    fn turns(self) -> Option<[Matrix2; 2]> {
        match (self.flips, self.signs) {
            (true, true) => Some([matrix::v(), matrix::vi()]),
            (true, false) => Some([matrix::h(), matrix::h()]),
            (false, _) => None,
        }
    }
}

impl Lowering {
    /// Each group that is a short string in its short form, the others as they are; all groups commute.
    pub(super) fn pauli_exp<G: Gate>(
        &mut self,
        exp: &PauliExp,
        operation: &Operation<G>,
        place: impl Fn(usize) -> usize,
    ) -> Result<(), SimulateError> {
        let target = |index: usize| place(operation.targets[index]);
        operation.controls.iter().for_each(|&qubit| self.merge(place(qubit)));
        let controls = self.mask(operation.controls.iter().map(|&qubit| place(qubit)));
        for group in exp.groups() {
            let support = group.iter().fold(0, |support, (string, _)| support | string.support() as usize);
            match *group.as_slice() {
                [(string, angle)] if is_short(string, controls.count_ones()) => {
                    let letter = |index: usize| Letter {
                        qubit: target(index),
                        flips: string.x >> index & 1 == 1,
                        signs: string.z >> index & 1 == 1,
                    };
                    self.string(&bits(support).map(letter).collect::<SmallVec<[Letter; MOST_LETTERS]>>(), angle, controls);
                }
                _ => {
                    bits(support).for_each(|index| self.merge(target(index)));
                    let acting = controls | self.mask(bits(support).map(target));
                    self.frame.settle(acting);
                    let step = pauli::step(&group, |index| self.bits[target(index)], controls)?;
                    self.step(acting, step);
                }
            }
        }
        Ok(())
    }

    /// `exp(-i·angle·string)` where all `controls` are 1.
    fn string(&mut self, letters: &[Letter], angle: f64, controls: usize) {
        let (sin, cos) = angle.sin_cos();
        let entry = |one: bool, string: Complex64| if one { cos.into() } else { Complex64::default() } - Complex64::new(0.0, sin) * string;
        match *letters {
            [letter] if controls == 0 || letter.flips => {
                let string = letter.matrix();
                let matrix = [0, 1].map(|row| [0, 1].map(|column| entry(row == column, string[row][column])));
                match controls {
                    0 => self.then(letter.qubit, matrix),
                    _ => {
                        self.merge(letter.qubit);
                        self.frame.controlled(&matrix, self.bits[letter.qubit], controls);
                    }
                }
            }
            [first, second] if first.flips && second.flips => {
                let [a, b] = [first, second].map(Letter::matrix);
                let string = |row: usize, column: usize| a[row & 1][column & 1] * b[row >> 1][column >> 1];
                let all = [0, 1, 2, 3];
                let matrix = all.map(|row| all.map(|column| entry(row == column, string(row, column))));
                let short = self.two(&matrix, [first.qubit, second.qubit], controls);
                assert!(short, "two letters that flip are an interaction");
            }
            _ => {
                for letter in letters {
                    letter.turns().into_iter().for_each(|[there, _]| self.then(letter.qubit, there));
                    self.merge(letter.qubit);
                }
                let all = self.mask(letters.iter().map(|letter| letter.qubit));
                let angle = sin.atan2(cos); // times 16 it is still a number
                self.frame.phase(controls, -angle);
                // A parity is a sum over all sets of bits: (-2)^(size - 1) where all of them are 1.
                let mut set = all;
                while set != 0 {
                    self.frame.phase(controls | set, -angle * (-2f64).powi(set.count_ones() as i32));
                    set = (set - 1) & all;
                }
                for letter in letters {
                    letter.turns().into_iter().for_each(|[_, back]| self.then(letter.qubit, back));
                }
            }
        }
    }
}
