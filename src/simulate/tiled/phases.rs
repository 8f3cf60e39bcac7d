//! All phases that have come together, applied in one walk over a tile.
//!
//! A tile is rows of [`ROW_BITS`] bits. Phases of bits inside a row make one row of factors, those of the others a factor for each row;
//! what depends on two of the others is a walk of its own over the rows that have one of them set.

use super::block::{Block, apart, blocks, blocks_mut, splat, times};
use crate::simulate::lower::Phase;
use num_complex::Complex64;
use pulp::{Simd, WithSimd};

/// How many bits a row spans: 2 KiB of factors stay in the first-level cache.
const ROW_BITS: usize = 7;

/// How many amplitudes it has at the most.
pub(super) const ROW: usize = 1 << ROW_BITS;

/// The phases of one walk, by bits of the tile and of the state outside of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phases {
    walks: Vec<Walk>,
    row_bits: usize,
    tile_bits: usize,
}

/// Over the rows that have all the bits `center`.
#[derive(Debug, Clone, PartialEq)]
struct Walk {
    center: usize,
    terms: Vec<Term>,
    /// What it comes to for every tile, if it is the same for all.
    factors: Option<Factors>,
}

/// A phase where all the bits `outside`, all the bits `row` and the bits of `rows` are 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Term {
    outside: usize,
    row: usize,
    rows: usize,
    factor: Complex64,
}

/// What each amplitude of a tile is multiplied by: the product of a factor of its place in its row, and one of its row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Factors {
    pub(super) row: Vec<Complex64>,
    pub(super) rows: Vec<Complex64>,
}

impl Factors {
    /// Those of phases of one bit each: what is multiplied where it is 1.
    pub(super) fn of_bits(single: &[Complex64]) -> Factors {
        let (one, mut factors) = (Complex64::new(1.0, 0.0), Factors::default());
        let (row, rows) = single.split_at(ROW_BITS.min(single.len()));
        doubled(&mut factors.row, one, row);
        doubled(&mut factors.rows, one, rows);
        factors
    }

    /// Those of a row, as they are multiplied.
    #[inline(always)]
    pub(super) fn of_row<'m, S: Simd>(&self, simd: S, memory: &'m mut [Complex64; ROW]) -> &'m [Block<S>] {
        let memory = &mut memory[..self.row.len()];
        for (to, from) in blocks_mut::<S>(memory).iter_mut().zip(blocks::<S>(&self.row)) {
            *to = apart(simd, *from);
        }
        blocks::<S>(memory)
    }
}

/// Where phases are worked out for a tile.
#[derive(Debug, Default)]
pub(super) struct Workspace(Factors);

impl Phases {
    /// `inside` tells the tile's bit of a bit of the state, `None` if it is outside.
    pub(super) fn new(phases: &[Phase], inside: impl Fn(usize) -> Option<usize>, tile_bits: usize) -> Phases {
        let row_bits = ROW_BITS.min(tile_bits);
        let placed = |phase: &Phase| {
            let mut term = Term { outside: 0, row: 0, rows: 0, factor: Complex64::from_polar(1.0, phase.angle) };
            for bit in crate::simulate::lower::bits(phase.mask) {
                match inside(bit) {
                    Some(tile_bit) if tile_bit < row_bits => term.row |= 1 << tile_bit,
                    Some(tile_bit) => term.rows |= 1 << tile_bit,
                    None => term.outside |= 1 << bit,
                }
            }
            term
        };
        let terms: Vec<Term> = phases.iter().map(placed).collect();
        let mut walks = vec![Walk { center: 0, terms: Vec::new(), factors: None }];
        // The bits that have the most company are centers.
        let degree = |bit: usize| terms.iter().filter(|term| term.rows >> bit & 1 == 1 && (term.rows | term.row).count_ones() > 1).count();
        let degrees: Vec<usize> = (0..tile_bits).map(degree).collect();
        for mut term in terms {
            let mut center = 0;
            while term.rows.count_ones() > 1 || (term.rows != 0 && term.row != 0) {
                let bit = crate::simulate::lower::bits(term.rows).max_by_key(|&bit| degrees[bit]).expect("there is one");
                (center, term.rows) = (center | 1 << bit, term.rows & !(1 << bit));
            }
            match walks.iter_mut().find(|walk| walk.center == center) {
                Some(walk) => walk.terms.push(term),
                None => walks.push(Walk { center, terms: vec![term], factors: None }),
            }
        }
        walks.retain(|walk| !walk.terms.is_empty());
        let mut phases = Phases { walks, row_bits, tile_bits };
        for index in 0..phases.walks.len() {
            let mut factors = Factors::default();
            let walk = &phases.walks[index];
            if walk.terms.iter().all(|term| term.outside == 0) {
                phases.work_out(walk, 0, &mut factors);
                phases.walks[index].factors = Some(factors);
            }
        }
        phases
    }

    fn work_out(&self, walk: &Walk, outside: usize, factors: &mut Factors) {
        let one = Complex64::new(1.0, 0.0);
        let mut base = one;
        let mut single = [one; usize::BITS as usize];
        let mut joint = Vec::new();
        for term in walk.terms.iter().filter(|term| outside & term.outside == term.outside) {
            let factor = term.factor;
            match (term.row.count_ones(), term.rows.count_ones()) {
                (0, 0) => base *= factor,
                (1, 0) => single[term.row.trailing_zeros() as usize] *= factor,
                (0, _) => single[term.rows.trailing_zeros() as usize] *= factor,
                _ => joint.push((term.row, factor)),
            }
        }
        doubled(&mut factors.row, base, &single[..self.row_bits]);
        doubled(&mut factors.rows, one, &single[self.row_bits..self.tile_bits]);
        for (mask, factor) in joint {
            factors.row.iter_mut().enumerate().filter(|(index, _)| index & mask == mask).for_each(|(_, value)| *value *= factor);
        }
    }

    /// Multiplies a tile; `outside` are the bits of the state that it stands at.
    #[inline(always)]
    pub(super) fn apply(&self, arch: pulp::Arch, tile: &mut [Complex64], outside: usize, workspace: &mut Workspace) {
        for walk in &self.walks {
            let factors = match &walk.factors {
                Some(factors) => factors,
                None => {
                    self.work_out(walk, outside, &mut workspace.0);
                    &workspace.0
                }
            };
            arch.dispatch(Multiply { tile, factors, center: walk.center >> self.row_bits });
        }
    }
}

/// The products of the factors of the bits that are set, for each index.
fn doubled(products: &mut Vec<Complex64>, base: Complex64, factors: &[Complex64]) {
    products.clear();
    products.push(base);
    for factor in factors {
        let length = products.len();
        products.extend_from_within(..);
        products[length..].iter_mut().for_each(|product| *product *= factor);
    }
}

struct Multiply<'a> {
    tile: &'a mut [Complex64],
    factors: &'a Factors,
    center: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut memory = [Complex64::default(); ROW];
        let row = self.factors.of_row(simd, &mut memory);
        let rows = self.tile.chunks_exact_mut(self.factors.row.len()).zip(&self.factors.rows).enumerate();
        for (_, (amplitudes, &factor)) in rows.filter(|(index, _)| index & self.center == self.center) {
            let factor = splat(simd, factor);
            for (amplitude, &phase) in blocks_mut::<S>(amplitudes).iter_mut().zip(row) {
                *amplitude = times(simd, times(simd, factor, phase), *amplitude);
            }
        }
    }
}
