//! The gates that a program need not define: the language's own, those of `stdgates.inc`, and a few that programs often bring.

use super::piece::Piece;
use crate::gates::{Qis, Radians};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// Where a gate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Every program has it.
    Language,
    /// `stdgates.inc`; also in `qelib1.inc`, or harmless there.
    Standard,
    /// `qelib1.inc`, or none of the two; a program's own gate of that name comes first.
    Extra,
}

/// A gate that is known by name.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) origin: Origin,
    pub(super) parameters: usize,
    pub(super) qubits: usize,
    pub(super) pieces: fn(&[f64]) -> Vec<Piece>,
}

/// The gate of that name.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    LIBRARY.iter().find(|known| known.name == name)
}

/// One QIS gate under its controls.
macro_rules! gate {
    ($origin:ident $name:literal $parameters:literal, $controls:literal + $targets:literal, $build:expr) => {
        Known {
            name: $name,
            origin: Origin::$origin,
            parameters: $parameters,
            qubits: $controls + $targets,
            pieces: |p| {
                let build: fn(&[f64]) -> Qis = $build;
                vec![Piece::controlled(build(p), $controls)]
            },
        }
    };
}

/// Several pieces.
macro_rules! pieces {
    ($origin:ident $name:literal $parameters:literal, $qubits:literal, $build:expr) => {
        Known { name: $name, origin: Origin::$origin, parameters: $parameters, qubits: $qubits, pieces: $build }
    };
}

#[rustfmt::skip]
const LIBRARY: &[Known] = &[
    pieces!(Language "U" 3, 1, |p| u(p, 0)),
    pieces!(Language "gphase" 1, 0, |p| vec![Piece::phase(p[0])]),
    gate!(Standard "p" 1, 0 + 1, |p| Qis::Phase(Radians(p[0]))),
    gate!(Standard "phase" 1, 0 + 1, |p| Qis::Phase(Radians(p[0]))),
    gate!(Standard "u1" 1, 0 + 1, |p| Qis::Phase(Radians(p[0]))),
    pieces!(Standard "u2" 2, 1, |p| zyz(FRAC_PI_2, p[0], p[1])),
    pieces!(Standard "u3" 3, 1, |p| zyz(p[0], p[1], p[2])),
    pieces!(Standard "id" 0, 1, |_| vec![]),
    gate!(Standard "x" 0, 0 + 1, |_| Qis::X),
    gate!(Standard "y" 0, 0 + 1, |_| Qis::Y),
    gate!(Standard "z" 0, 0 + 1, |_| Qis::Z),
    gate!(Standard "h" 0, 0 + 1, |_| Qis::H),
    gate!(Standard "s" 0, 0 + 1, |_| Qis::S),
    gate!(Standard "sdg" 0, 0 + 1, |_| Qis::Si),
    gate!(Standard "t" 0, 0 + 1, |_| Qis::T),
    gate!(Standard "tdg" 0, 0 + 1, |_| Qis::Ti),
    gate!(Standard "sx" 0, 0 + 1, |_| Qis::V),
    gate!(Standard "rx" 1, 0 + 1, |p| Qis::Rx(Radians(p[0]))),
    gate!(Standard "ry" 1, 0 + 1, |p| Qis::Ry(Radians(p[0]))),
    gate!(Standard "rz" 1, 0 + 1, |p| Qis::Rz(Radians(p[0]))),
    gate!(Standard "cx" 0, 1 + 1, |_| Qis::X),
    gate!(Standard "CX" 0, 1 + 1, |_| Qis::X),
    gate!(Standard "cy" 0, 1 + 1, |_| Qis::Y),
    gate!(Standard "cz" 0, 1 + 1, |_| Qis::Z),
    gate!(Standard "ch" 0, 1 + 1, |_| Qis::H),
    gate!(Standard "cp" 1, 1 + 1, |p| Qis::Phase(Radians(p[0]))),
    gate!(Standard "cphase" 1, 1 + 1, |p| Qis::Phase(Radians(p[0]))),
    gate!(Standard "crx" 1, 1 + 1, |p| Qis::Rx(Radians(p[0]))),
    gate!(Standard "cry" 1, 1 + 1, |p| Qis::Ry(Radians(p[0]))),
    gate!(Standard "crz" 1, 1 + 1, |p| Qis::Rz(Radians(p[0]))),
    pieces!(Standard "cu" 4, 2, |p| [phase_of_first(p[3]), u(p, 1)].concat()),
    gate!(Standard "swap" 0, 0 + 2, |_| Qis::Swap),
    gate!(Standard "ccx" 0, 2 + 1, |_| Qis::X),
    gate!(Standard "cswap" 0, 1 + 2, |_| Qis::Swap),
    gate!(Extra "sxdg" 0, 0 + 1, |_| Qis::Vi),
    gate!(Extra "csx" 0, 1 + 1, |_| Qis::V),
    gate!(Extra "ccz" 0, 2 + 1, |_| Qis::Z),
    gate!(Extra "cu1" 1, 1 + 1, |p| Qis::Phase(Radians(p[0]))),
    pieces!(Extra "cu3" 3, 2, |p| u(p, 1)),
    pieces!(Extra "u" 3, 1, |p| u(p, 0)),
    pieces!(Extra "u0" 1, 1, |_| vec![]),
    gate!(Extra "c3x" 0, 3 + 1, |_| Qis::X),
    gate!(Extra "c4x" 0, 4 + 1, |_| Qis::X),
    gate!(Extra "c3sqrtx" 0, 3 + 1, |_| Qis::V),
    pieces!(Extra "rccx" 0, 3, |_| relative_phase_x()),
    gate!(Extra "rxx" 1, 0 + 2, |p| Qis::Xx(Radians(p[0]))),
    gate!(Extra "ryy" 1, 0 + 2, |p| Qis::Yy(Radians(p[0]))),
    gate!(Extra "rzz" 1, 0 + 2, |p| Qis::Zz(Radians(p[0]))),
];

/// `U(θ, φ, λ)` = `[[cos θ/2, -e^{iλ} sin θ/2], [e^{iφ} sin θ/2, e^{i(φ+λ)} cos θ/2]]`, the form in which `CX` is `ctrl @ U(π, 0, π)`
/// and Qiskit reads and writes it. (A later text of the specification has a factor `e^{iθ/2}`, which only a control can show.)
fn u(p: &[f64], controls: usize) -> Vec<Piece> {
    let angles = [(p[2], Qis::Phase as fn(Radians) -> Qis), (p[0], Qis::Ry), (p[1], Qis::Phase)];
    let needed = angles.into_iter().filter(|(angle, _)| *angle != 0.0);
    needed.map(|(angle, build)| Piece::controlled(build(Radians(angle)), controls)).collect()
}

/// `u3` and `u2` are `U` with the phase `-(φ+λ)/2`.
fn zyz(theta: f64, phi: f64, lambda: f64) -> Vec<Piece> {
    [Qis::Rz(Radians(lambda)), Qis::Ry(Radians(theta)), Qis::Rz(Radians(phi))].map(|gate| Piece::controlled(gate, 0)).into()
}

/// Margolus's gate: X under two controls, up to a sign on |101⟩ and an i beside the X.
fn relative_phase_x() -> Vec<Piece> {
    let eighth = |sign: f64| Piece::controlled(Qis::Phase(Radians(sign * FRAC_PI_4)), 0).placed(|_| 2);
    let x = |control: usize| Piece::controlled(Qis::X, 1).placed(move |qubit| if qubit == 0 { control } else { 2 });
    let h = || Piece::controlled(Qis::H, 0).placed(|_| 2);
    vec![h(), eighth(1.0), x(1), eighth(-1.0), x(0), eighth(1.0), x(1), eighth(-1.0), h()]
}

fn phase_of_first(angle: f64) -> Vec<Piece> {
    vec![Piece::controlled(Qis::Phase(Radians(angle)), 0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_every_gate_stays_on_its_qubits() {
        let names: HashSet<_> = LIBRARY.iter().map(|known| known.name).collect();
        assert_eq!(names.len(), LIBRARY.len());
        for known in LIBRARY {
            let pieces = (known.pieces)(&[0.1, 0.2, 0.3, 0.4][..known.parameters]);
            let qubits = pieces.iter().flat_map(|piece| piece.targets.iter().chain(piece.controls.iter().map(|(qubit, _)| qubit)));
            let used: HashSet<usize> = qubits.copied().collect();
            let all = if ["id", "u0"].contains(&known.name) { 0 } else { known.qubits };
            assert_eq!(used, (0..all).collect(), "{}", known.name);
        }
    }
}
