//! Rotations of one qubit under many controls, and flips that are free to add phases.
//!
//! Both stand on each other. A rotation is a commutator: half of it, a flip, its inverse, the flip undone; some of the controls sit on
//! the rotation, the others on the flip, and only if all agree is anything left. What phases the flip adds to basis states commutes
//! with the rotation and is undone with the flip. So a flip may be any operator that is diagonal unless its controls agree and
//! anti-diagonal if they do. There are three ways to one:
//!
//! * turn Z into X under some controls, rotate by π about Z under the others, turn back;
//! * the same with a borrowed qubit, which a controlled Z couples to the target before and after it is flipped by the others. It
//!   stays flipped, since the commutator undoes that too;
//! * rotations that permute the axes X, Y and Z, see [`PERMUTING`].

use crate::compile::pieces::{Pieces, adjoint};
use crate::gates::{Matrix2, Radians, matrix};
use std::f64::consts::{FRAC_PI_2, PI};

/// More borrowed qubits than this save nothing up to eight controls.
const BORROWED: usize = 4;

/// How the controls of a gate are divided.
#[derive(Debug, Clone, Copy)]
enum Division {
    /// So many on the outer part, the rest on the inner one.
    Two(usize),
    /// The same, with a borrowed qubit between the two.
    Borrowing(usize),
    /// So many on the three rotations that permute the axes, the rest on the outer part.
    Permuting([usize; 3]),
}

#[derive(Debug, Clone, Copy)]
struct Plan {
    cost: usize,
    division: Division,
}

type ByBorrowed = [Plan; BORROWED + 1];

/// The cheapest plans by number of controls and of borrowed qubits.
pub(super) struct Plans {
    rotations: Vec<ByBorrowed>,
    flips: Vec<ByBorrowed>,
}

impl Plans {
    /// Plans for up to `controls` controls.
    pub(super) fn up_to(controls: usize) -> Plans {
        let simple = |cost| [Plan { cost, division: Division::Two(0) }; BORROWED + 1];
        let mut plans = Plans { rotations: vec![simple(0), simple(1)], flips: vec![simple(0), simple(1)] };
        for k in 2..=controls {
            plans.flips.push(std::array::from_fn(|borrowed| cheapest(plans.ways_to_flip(k, borrowed))));
            plans.rotations.push(std::array::from_fn(|borrowed| cheapest(plans.ways_to_rotate(k, borrowed))));
        }
        plans
    }

    fn ways_to_rotate(&self, k: usize, borrowed: usize) -> Vec<Plan> {
        let cost = |first: usize| 2 * self.rotations[first][borrowed].cost + 2 * self.flips[k - first][borrowed].cost;
        (1..k).map(|first| Plan { cost: cost(first), division: Division::Two(first) }).collect()
    }

    fn ways_to_flip(&self, k: usize, borrowed: usize) -> Vec<Plan> {
        let rotation = |k: usize| self.rotations[k][borrowed].cost;
        let mut ways = Vec::new();
        for first in 1..k {
            ways.push(Plan { cost: 2 * rotation(first) + rotation(k - first), division: Division::Two(first) });
            if borrowed > 0 {
                let flip = self.flips[k - first][borrowed - 1].cost;
                ways.push(Plan { cost: 2 * rotation(first) + 2 + flip, division: Division::Borrowing(first) });
            }
        }
        for outer in 1..k.saturating_sub(2) {
            let parts = evenly(k - outer);
            let cost = 3 * rotation(outer) + 2 * parts.map(rotation).iter().sum::<usize>();
            ways.push(Plan { cost, division: Division::Permuting(parts) });
        }
        ways
    }

    /// Interactions of [`Plans::rotation`].
    pub(super) fn rotation_cost(&self, controls: usize, idle: usize) -> usize {
        self.rotations[controls][idle.min(BORROWED)].cost
    }

    /// `exp(-i·angle/2·Z)` on the target if all controls are 1. Idle qubits are given back as they were.
    pub(super) fn rotation(&self, angle: f64, target: usize, controls: &[usize], idle: &[usize], out: &mut Pieces) {
        match *controls {
            [] => out.rz(target, angle),
            [control] => {
                out.zz(control, target, -angle / 4.0);
                out.rz(target, angle / 2.0);
            }
            _ => {
                let plan = self.rotations[controls.len()][idle.len().min(BORROWED)];
                let Division::Two(first) = plan.division else { unreachable!("rotations are divided in two") };
                let (outer, inner) = controls.split_at(first);
                let (mut half, mut flip) = (Pieces::default(), Pieces::default());
                self.rotation(angle / 2.0, target, outer, idle, &mut half);
                self.flip(target, inner, idle, &mut flip);
                for part in [&half, &flip, &half.inverse(), &flip.inverse()] {
                    out.append(part);
                }
            }
        }
    }

    /// Rotates about `axis`, of any length but 0, by `angle` if all controls are 1.
    pub(super) fn about(&self, axis: [f64; 3], angle: f64, target: usize, controls: &[usize], idle: &[usize], out: &mut Pieces) {
        let basis = basis(axis);
        out.one(target, adjoint(&basis));
        self.rotation(angle, target, controls, idle, out);
        out.one(target, basis);
    }

    /// Exchanges the target's basis states if all controls are 1, up to a phase on every basis state, and leaves idle qubits
    /// changed in a way that depends on the inner controls and on one another only.
    pub(super) fn flip(&self, target: usize, controls: &[usize], idle: &[usize], out: &mut Pieces) {
        if let [control] = *controls {
            return out.cx(control, target);
        }
        match (self.flips[controls.len()][idle.len().min(BORROWED)].division, idle) {
            (Division::Borrowing(first), [borrowed, rest @ ..]) => {
                let (outer, inner) = controls.split_at(first);
                self.turned(target, outer, idle, out, |out| {
                    out.cz(*borrowed, target);
                    self.flip(*borrowed, inner, rest, out);
                    out.cz(*borrowed, target);
                });
            }
            (Division::Permuting(parts), _) => self.permuting(target, controls, parts, idle, out),
            (Division::Two(first) | Division::Borrowing(first), _) => {
                let (outer, inner) = controls.split_at(first);
                self.turned(target, outer, idle, out, |out| self.rotation(PI, target, inner, idle, out));
            }
        }
    }

    /// `inner` with Z turned into X if all controls are 1.
    fn turned(&self, target: usize, controls: &[usize], idle: &[usize], out: &mut Pieces, inner: impl FnOnce(&mut Pieces)) {
        let mut turn = Pieces::default();
        self.about([0.0, 1.0, 0.0], FRAC_PI_2, target, controls, idle, &mut turn);
        out.append(&turn);
        inner(out);
        out.append(&turn.inverse());
    }

    /// The flip by [`PERMUTING`] rotations, three parts of the controls on them and the rest on what is around and between them.
    fn permuting(&self, target: usize, controls: &[usize], parts: [usize; 3], idle: &[usize], out: &mut Pieces) {
        let (first, rest) = controls.split_at(parts[0]);
        let (second, rest) = rest.split_at(parts[1]);
        let (third, outer) = rest.split_at(parts[2]);
        self.about([-1.0, 0.0, 1.0], PI, target, outer, idle, out);
        for axes in PERMUTING {
            for (axis, part) in axes.into_iter().zip([third, second, first]) {
                self.about(axis, 2.0 * PI / 3.0, target, part, idle, out);
            }
            if axes == PERMUTING[0] {
                self.rotation(PI, target, outer, idle, out);
            }
        }
        self.about([0.0, 1.0, 0.0], -FRAC_PI_2, target, outer, idle, out);
    }
}

/// Axes of rotations by 2π/3, in time order: three, then half a turn about Z under the outer controls, then three more.
///
/// Each permutes X, Y and Z. Call the first three under their controls Q and the last three P. PQ is 1 or Z for all values of
/// the controls, up to a sign, so without the outer half turn nothing but phases remains. With it P·Z·Q·Z remains, and that is 1 or X unless
/// all three parts agree, and then it is Y or Z; Y and Z flip once X is turned into Z. Found by trying all rotations of a tetrahedron:
/// up to its symmetry there is no other choice.
const PERMUTING: [[[f64; 3]; 3]; 2] =
    [[[-1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, 1.0, 1.0]], [[1.0, -1.0, -1.0], [1.0, -1.0, 1.0], [1.0, 1.0, 1.0]]];

fn cheapest(plans: Vec<Plan>) -> Plan {
    plans.into_iter().min_by_key(|plan| plan.cost).expect("two controls can be divided")
}

/// Three parts that differ by 1 at most.
fn evenly(controls: usize) -> [usize; 3] {
    [0, 1, 2].map(|part| (controls + part) / 3)
}

/// What turns Z into the axis, of any length but 0.
pub(super) fn basis([x, y, z]: [f64; 3]) -> Matrix2 {
    let (polar, azimuth) = (x.hypot(y).atan2(z), y.atan2(x));
    let [[a, b], [c, d]] = matrix::ry(Radians(polar));
    let [[p, _], [_, q]] = matrix::rz(Radians(azimuth));
    [[p * a, p * b], [q * c, q * d]]
}
