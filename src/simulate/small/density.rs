//! Noise by the density matrix: a state of twice as many qubits, the rows' below the columns'.

use super::super::SimulateError;
use super::super::evolve::places;
use super::super::noise::Asked;
use super::super::noise::channels::Channels;
use super::frames::Frames;
use super::seen::{Pattern, Seen};
use super::simd::Lanes;
use super::sweep::{Block, LANES, Sweep, Where};
use super::{MAX, Small, ZERO};
use crate::gates::Gate;
use crate::outcome::{Shots, Tally};
use num_complex::Complex64;

/// Whether a density matrix takes less work than the patterns of errors that are to be expected, about.
pub(super) fn is_cheaper<G: Gate>(small: &Small<'_, G>, channels: &Channels, shots: Shots) -> bool {
    let (qubits, gates) = (small.touched.len(), small.circuit.operations().len() as f64);
    if 2 * qubits > MAX || channels.total() == 0.0 {
        return false;
    }
    let (shots, total) = (f64::from(shots.get()), channels.total());
    let struck = shots * -(-total).exp_m1();
    let twice = shots * (1.0 - (-total).exp() * (1.0 + total));
    let patterns = struck.min(channels.kinds() as f64 + twice);
    // In amplitudes: a sweep has some to be made ready, and so have a shot and an error that are drawn one by one.
    let trajectories = patterns * (gates / 2.0 * (f64::from(1u32 << qubits) + 64.0) + 1000.0) + 60.0 * struck;
    let density = gates * (4.0 * f64::from(1u32 << (2 * qubits)) + 200.0);
    density < trajectories
}

impl<G: Gate> Small<'_, G> {
    /// The shots of all patterns of errors together.
    pub(super) fn density(&self, channels: &Channels, shots: &Pattern<'_>, asked: Asked<'_>) -> Result<Seen, SimulateError> {
        let noise = asked.read_out.noise;
        let qubits = self.touched.len();
        let lanes = Lanes::best();
        let mut matrix = vec![Block::default(); 1 << (2 * qubits).saturating_sub(LANES)];
        matrix[0].re[0] = 1.0;
        let (mut frames, place) = (Frames::of_density(qubits), places(&self.touched));
        for (index, operation) in self.circuit.operations().iter().enumerate() {
            asked.memory.stop().check()?;
            frames.follow(operation, |qubit| place[qubit], &mut |sweep| lanes.apply(&sweep, &mut matrix))?;
            // Depolarization is the same before and after any unitary on its qubits: what is pending does not matter.
            let struck = channels.struck(index);
            struck.iter().for_each(|qubit| frames.wake(1 << qubit | 1 << (qubit + qubits)));
            match (struck, noise) {
                (&[qubit], Some(noise)) => lanes.apply(&depolarized(qubit, qubits, noise.one_qubit), &mut matrix),
                (&[first, second], Some(noise)) => depolarize([first, second], qubits, noise.two_qubit, &mut matrix),
                _ => {}
            }
        }
        let turned = frames.finish(2 * qubits, &mut |sweep| lanes.apply(&sweep, &mut matrix));
        let diagonal = |outcome: usize| {
            let index = (outcome | outcome << qubits) ^ turned;
            matrix[index >> LANES].re[index & ((1 << LANES) - 1)].max(0.0) // rounding may leave less than nothing
        };
        let weights: Vec<f64> = (0..1 << qubits).map(diagonal).collect();
        let mut seen = Seen::default();
        seen.read(shots, &weights, weights.iter().sum(), &mut Tally::default())?;
        Ok(seen)
    }
}

/// Depolarization of one qubit: of its four blocks, the two on the diagonal mix, the others fade.
fn depolarized(qubit: usize, qubits: usize, rate: f64) -> Sweep {
    let number = |re: f64| Complex64::new(re, 0.0);
    let (stay, go, fade) = (number(1.0 - rate / 2.0), number(rate / 2.0), number(1.0 - rate));
    let place = Where { flip: 1 << qubit | 1 << (qubit + qubits), parity: 1 << qubit, ..Where::default() };
    Sweep::new(place, &[[[stay, go], [go, stay]], [[fade, ZERO], [ZERO, fade]]])
}

/// Depolarization of two qubits: of their sixteen blocks, the four on the diagonal mix, and all fade.
fn depolarize([first, second]: [usize; 2], qubits: usize, rate: f64, matrix: &mut [Block]) {
    let bits = [first, first + qubits, second, second + qubits];
    let all: [usize; 16] = std::array::from_fn(|code| (0..4).fold(0, |mask, bit| mask | (code >> bit & 1) << bits[bit]));
    let diagonal = [0b0000, 0b0011, 0b1100, 0b1111].map(|code| all[code]);
    let lane = (1 << LANES) - 1;
    for index in (0..1usize << (2 * qubits)).filter(|index| index & all[15] == 0) {
        let sum = |part: fn(&Block) -> &[f64; 1 << LANES]| -> f64 {
            diagonal.iter().map(|bits| index | bits).map(|place| part(&matrix[place >> LANES])[place & lane]).sum()
        };
        let (re, im) = (sum(|block| &block.re) * rate / 4.0, sum(|block| &block.im) * rate / 4.0);
        for place in all.map(|bits| index | bits) {
            let block = &mut matrix[place >> LANES];
            block.re[place & lane] *= 1.0 - rate;
            block.im[place & lane] *= 1.0 - rate;
        }
        for place in diagonal.map(|bits| index | bits) {
            let block = &mut matrix[place >> LANES];
            block.re[place & lane] += re;
            block.im[place & lane] += im;
        }
    }
}
