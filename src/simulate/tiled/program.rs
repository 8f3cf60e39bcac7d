//! A pass made ready: what is done to each tile, in walks over it.

use super::kernels::{Apply, Pair, Sweep, factors};
use super::order::Held;
use super::phases::{Factors, Phases, Workspace};
use super::shape::{Bits, LINE};
use crate::simulate::lower::{Op, Phase};
use num_complex::Complex64;

/// What is put off from one pass to the next.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Carried {
    /// Phases of the state.
    phases: Vec<Phase>,
    /// The state is to be multiplied by √½ so many times.
    halvings: u32,
}

impl Carried {
    /// Whether no phase is put off.
    pub(super) fn is_done(&self) -> bool {
        self.phases.is_empty()
    }

    /// What the squares of the amplitudes are to be multiplied by, in the end.
    pub(super) fn scale(&self) -> f64 {
        0.5f64.powi(self.halvings as i32)
    }

    /// Puts a phase off.
    pub(super) fn put_off(&mut self, op: &Op) {
        let &Op::Phase(phase) = op else { unreachable!("only phases wait") };
        match self.phases.iter_mut().find(|put_off| put_off.mask == phase.mask) {
            Some(put_off) => put_off.angle += phase.angle,
            None => self.phases.push(phase),
        }
    }

    fn waiting(&self) -> usize {
        self.phases.iter().fold(0, |mask, phase| mask | phase.mask)
    }

    /// A factor for all amplitudes that is a power of two: no rounding.
    pub(super) fn take_scale(&mut self) -> f64 {
        let scale = 0.5f64.powi((self.halvings / 2) as i32);
        self.halvings %= 2;
        scale
    }
}

/// One walk over a tile.
#[derive(Debug, Clone, PartialEq)]
enum Walk {
    Sweep(Sweep),
    Phases(Phases),
}

/// Everything that is done to a tile.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Program {
    /// Phases that come before everything else, for whoever reads the tile: the processor has nothing else to do then.
    first: Option<Factors>,
    walks: Vec<Walk>,
}

impl Program {
    /// Makes operations ready; phases that nothing waits for are carried on.
    pub(super) fn new<'o>(ops: impl Iterator<Item = &'o Op>, tile: &Bits, carried: &mut Carried) -> Program {
        let mut writer = Writer { tile, walks: Vec::new() };
        let mut left: Vec<&Op> = ops.collect();
        while !left.is_empty() {
            let before = left.len();
            left = writer.whatever_is_free(left, carried);
            let nothing = left.len() == before;
            if nothing && !left.is_empty() {
                writer.phases(carried);
            }
        }
        let first = first(&mut writer.walks, tile.of_state.len());
        Program { first, walks: writer.walks }
    }

    /// Does all phases that are put off.
    pub(super) fn of_phases(tile: &Bits, carried: &mut Carried) -> Program {
        let mut writer = Writer { tile, walks: Vec::new() };
        writer.phases(carried);
        Program { first: None, walks: writer.walks }
    }

    /// What amplitudes are to be multiplied by on their way into the tile.
    pub(super) fn first(&self) -> Option<&Factors> {
        self.first.as_ref()
    }

    /// Runs it on a tile that stands at the bits `outside` of the state; in between it calls `meanwhile`, once for each line of a tile.
    pub(super) fn run(
        &self,
        arch: pulp::Arch,
        tile: &mut [Complex64],
        outside: usize,
        workspace: &mut Workspace,
        mut meanwhile: impl FnMut(),
    ) {
        let share = (tile.len() / LINE).div_ceil(self.walks.len().max(1));
        for walk in &self.walks {
            (0..share).for_each(|_| meanwhile());
            match walk {
                Walk::Sweep(sweep) => arch.dispatch(Apply { sweep, tile }),
                Walk::Phases(phases) => phases.apply(arch, tile, outside, workspace),
            }
        }
    }
}

/// Takes the phases out of the pairs that are the first to turn their bits, if these are so many that it pays.
fn first(walks: &mut [Walk], tile_bits: usize) -> Option<Factors> {
    const LEAST: usize = 3;
    let (mut touched, mut pairs) = (0, Vec::new());
    for walk in walks {
        let Walk::Sweep(sweep) = walk else { continue }; // phases may be overtaken
        let bits = sweep.bits();
        if let Sweep::Pair(pair) = sweep
            && pair.before.is_some()
            && bits & touched == 0
        {
            pairs.push(pair);
        }
        touched |= bits;
    }
    if pairs.len() < LEAST {
        return None;
    }
    let mut single = vec![Complex64::new(1.0, 0.0); tile_bits];
    for pair in pairs {
        let [one, other, _] = pair.before.take()?;
        (single[pair.bits[0]], single[pair.bits[1]]) = (one, other);
    }
    Some(Factors::of_bits(&single))
}

struct Writer<'t> {
    tile: &'t Bits,
    walks: Vec<Walk>,
}

impl Writer<'_> {
    /// Writes everything that can be done without phases that are put off; returns the rest.
    fn whatever_is_free<'o>(&mut self, ops: Vec<&'o Op>, carried: &mut Carried) -> Vec<&'o Op> {
        let mut held = Held::default();
        let mut waiting = carried.waiting();
        let mut rest = Vec::new();
        for op in ops {
            match op {
                Op::Phase(phase) if held.lets(op) => {
                    carried.put_off(op);
                    waiting |= phase.mask;
                }
                op if op.turned() != 0 && held.lets(op) && op.turned() & waiting == 0 => self.write(op, carried),
                op => {
                    held.pass_over(op);
                    rest.push(op);
                }
            }
        }
        rest
    }

    fn write(&mut self, op: &Op, carried: &mut Carried) {
        let at = |bit| self.tile.at(bit);
        let sweep = match *op {
            Op::Turn { target, before, rotation } => Sweep::Turn { bit: at(target), before, rotation },
            Op::Pair { targets, before, turns, between, cross } => {
                let before = (before != [0.0; 2]).then(|| factors(before));
                Sweep::Pair(Pair { bits: targets.map(at), before, turns, between: factors(between), cross })
            }
            Op::ControlledTurn { target, controls, rotation } => Sweep::ControlledTurn(at(target), self.tile.pattern(controls), rotation),
            Op::ControlledCross { targets, controls, rotation } => {
                Sweep::ControlledCross(targets.map(at), self.tile.pattern(controls), rotation)
            }
            Op::Flip { target, controls } => Sweep::Flip(at(target), self.tile.pattern(controls)),
            Op::Phase(_) | Op::Step { .. } => unreachable!("phases are put off, and a step is no pass over tiles"),
        };
        carried.halvings += sweep.doublings();
        self.walks.push(Walk::Sweep(sweep));
    }

    fn phases(&mut self, carried: &mut Carried) {
        let phases = std::mem::take(&mut carried.phases);
        self.walks.push(Walk::Phases(Phases::new(&phases, |bit| self.tile.inside(bit), self.tile.of_state.len())));
    }
}
