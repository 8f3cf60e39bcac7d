//! One record per gate; parser, error texts, documentation and tests are derived from it.
//!
//! ```
//! use paultrap::gates::{Gateset, table};
//! let row = table::find(Gateset::Qis, "cnot").unwrap();
//! assert_eq!((row.spec.name, row.min_controls), ("x", 1));
//! ```

use super::{Gateset, Native, Qis, Radians, Turns};
use std::fmt::Write as _;

/// The most controls a QIS gate may have.
pub const MAX_CONTROLS: usize = 7;

/// How many qubits a gate acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// One; several listed targets mean the gate on each of them.
    One,
    /// Exactly two, in order.
    Two,
    /// One per letter of the gate's Pauli strings.
    PerLetter,
}

/// The unit of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 1 is 2π radians.
    Turns,
    /// Radians.
    Radians,
}

/// The numeric fields of a gate on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `rotation`
    Rotation,
    /// `phase`, or `phases` as a list
    Phase,
    /// `angle`
    Angle,
}

impl Field {
    /// Every numeric field.
    pub const ALL: [Field; 3] = [Field::Rotation, Field::Phase, Field::Angle];

    /// The singular wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Rotation => "rotation",
            Field::Phase => "phase",
            Field::Angle => "angle",
        }
    }
}

/// What happens when a parameter is not given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Absent {
    /// An error.
    Refused,
    /// This value is used.
    Means(f64),
    /// The gate is another one without it (`z` without `rotation`).
    OtherGate,
}

/// One numeric parameter of a gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The field that carries it.
    pub field: Field,
    /// How many numbers the field carries (2 for the phases of `ms`).
    pub count: usize,
    /// Another field that some SDK uses for it.
    pub also: Option<Field>,
    /// The unit.
    pub unit: Unit,
    /// What a missing value means.
    pub absent: Absent,
}

impl Parameter {
    const fn radians() -> Parameter {
        Parameter { field: Field::Rotation, count: 1, also: None, unit: Unit::Radians, absent: Absent::Refused }
    }

    const fn turns(field: Field, count: usize) -> Parameter {
        Parameter { field, count, also: None, unit: Unit::Turns, absent: Absent::Refused }
    }

    const fn or(self, absent: Absent) -> Parameter {
        Parameter { absent, ..self }
    }

    const fn also(self, field: Field) -> Parameter {
        Parameter { also: Some(field), ..self }
    }

    /// The wire name, plural where the field carries several numbers.
    pub const fn name(&self) -> &'static str {
        match (self.field, self.count) {
            (Field::Phase, 2..) => "phases",
            (field, _) => field.name(),
        }
    }
}

/// How the table makes the gate from its parameter values.
#[derive(Debug, Clone, Copy)]
pub enum Build {
    /// A native gate; the slice holds the parameter values in order.
    Native(fn(&[f64]) -> Native),
    /// A QIS gate; the slice holds the parameter values in order, and is empty for [`Absent::OtherGate`].
    Qis(fn(&[f64]) -> Qis),
    /// From `terms`, `coefficients` and `time`.
    PauliExp,
}

/// Another name for a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: &'static str,
    /// How many controls the name implies at least.
    pub min_controls: usize,
}

/// One gate.
#[derive(Debug, Clone, Copy)]
pub struct GateSpec {
    /// The wire name.
    pub name: &'static str,
    /// The gateset the name belongs to; QIS `zz` and native `zz` are two gates.
    pub gateset: Gateset,
    /// Other names.
    pub aliases: &'static [Alias],
    /// How many qubits it acts on.
    pub targets: Targets,
    /// Its numeric parameters.
    pub parameters: &'static [Parameter],
    /// The most controls it may have.
    pub max_controls: usize,
    /// One line of documentation.
    pub summary: &'static str,
    /// How it is made.
    pub build: Build,
}

impl GateSpec {
    const fn qis(
        name: &'static str,
        targets: Targets,
        parameters: &'static [Parameter],
        summary: &'static str,
        build: fn(&[f64]) -> Qis,
    ) -> Self {
        GateSpec {
            name,
            gateset: Gateset::Qis,
            aliases: &[],
            targets,
            parameters,
            max_controls: MAX_CONTROLS,
            summary,
            build: Build::Qis(build),
        }
    }

    const fn native(
        name: &'static str,
        targets: Targets,
        parameters: &'static [Parameter],
        summary: &'static str,
        build: fn(&[f64]) -> Native,
    ) -> Self {
        GateSpec {
            name,
            gateset: Gateset::Native,
            aliases: &[],
            targets,
            parameters,
            max_controls: 0,
            summary,
            build: Build::Native(build),
        }
    }

    const fn at_most_one_control(self) -> Self {
        GateSpec { max_controls: 1, ..self }
    }

    const fn aliases(self, aliases: &'static [Alias]) -> Self {
        GateSpec { aliases, ..self }
    }
}

const ROTATION: &[Parameter] = &[Parameter::radians()];
const PHASE: &[Parameter] = &[Parameter::turns(Field::Phase, 1)];

macro_rules! rows {
    ($($(#[$doc:meta])* $row:ident = $spec:expr;)*) => {
        $($(#[$doc])* #[allow(missing_docs)] pub const $row: GateSpec = $spec;)*
        /// Every gate there is.
        pub const TABLE: &[GateSpec] = &[$($row),*];
    };
}

rows! {
    X = GateSpec::qis("x", Targets::One, &[], "Pauli X; `cnot` is `x` with at least one control", |_| Qis::X)
        .aliases(&[Alias { name: "not", min_controls: 0 }, Alias { name: "cnot", min_controls: 1 }]);
    Y = GateSpec::qis("y", Targets::One, &[], "Pauli Y", |_| Qis::Y);
    Z = GateSpec::qis("z", Targets::One, &[Parameter::radians().or(Absent::OtherGate)],
        "Pauli Z; with a `rotation` λ the phase gate diag(1, e^{iλ})",
        |p| match p { [lambda, ..] => Qis::Phase(Radians(*lambda)), [] => Qis::Z });
    H = GateSpec::qis("h", Targets::One, &[], "Hadamard", |_| Qis::H);
    S = GateSpec::qis("s", Targets::One, &[], "diag(1, i)", |_| Qis::S);
    SI = GateSpec::qis("si", Targets::One, &[], "inverse of `s`", |_| Qis::Si);
    T = GateSpec::qis("t", Targets::One, &[], "diag(1, e^{iπ/4})", |_| Qis::T);
    TI = GateSpec::qis("ti", Targets::One, &[], "inverse of `t`", |_| Qis::Ti);
    V = GateSpec::qis("v", Targets::One, &[], "square root of X", |_| Qis::V);
    VI = GateSpec::qis("vi", Targets::One, &[], "inverse of `v`", |_| Qis::Vi);
    RX = GateSpec::qis("rx", Targets::One, ROTATION, "exp(-iθ/2·X)", |p| Qis::Rx(Radians(p[0])));
    RY = GateSpec::qis("ry", Targets::One, ROTATION, "exp(-iθ/2·Y)", |p| Qis::Ry(Radians(p[0])));
    RZ = GateSpec::qis("rz", Targets::One, ROTATION, "exp(-iθ/2·Z)", |p| Qis::Rz(Radians(p[0])));
    SWAP = GateSpec::qis("swap", Targets::Two, &[], "exchange of two qubits", |_| Qis::Swap).at_most_one_control();
    XX = GateSpec::qis("xx", Targets::Two, ROTATION, "exp(-iθ/2·X⊗X)", |p| Qis::Xx(Radians(p[0])));
    YY = GateSpec::qis("yy", Targets::Two, ROTATION, "exp(-iθ/2·Y⊗Y)", |p| Qis::Yy(Radians(p[0])));
    ZZ = GateSpec::qis("zz", Targets::Two, ROTATION, "exp(-iθ/2·Z⊗Z)", |p| Qis::Zz(Radians(p[0])));
    PAULIEXP = GateSpec {
        name: "pauliexp", gateset: Gateset::Qis, aliases: &[], targets: Targets::PerLetter, parameters: &[], max_controls: MAX_CONTROLS,
        summary: "exp(-i·time·Σ coefficients·terms), exact; a term's right-most letter acts on the first target",
        build: Build::PauliExp,
    };
    GPI = GateSpec::native("gpi", Targets::One, PHASE, "π rotation about the equatorial axis at `phase`", |p| Native::Gpi(Turns(p[0])));
    GPI2 = GateSpec::native("gpi2", Targets::One, PHASE, "π/2 rotation about the equatorial axis at `phase`", |p| Native::Gpi2(Turns(p[0])));
    MS = GateSpec::native("ms", Targets::Two,
        &[Parameter::turns(Field::Phase, 2), Parameter::turns(Field::Angle, 1).or(Absent::Means(0.25))],
        "Mølmer–Sørensen, exp(-iπ·angle·GPi(phases₀)⊗GPi(phases₁))",
        |p| Native::Ms(Turns(p[0]), Turns(p[1]), Turns(p[2])));
    NATIVE_ZZ = GateSpec::native("zz", Targets::Two, &[Parameter::turns(Field::Angle, 1).also(Field::Phase)],
        "exp(-iπ·angle·Z⊗Z)", |p| Native::Zz(Turns(p[0])));
    NOP = GateSpec::native("nop", Targets::One, &[], "nothing", |_| Native::Nop);
}

/// A row of the table found by one of its names.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The row.
    pub spec: &'static GateSpec,
    /// How many controls the name used implies at least.
    pub min_controls: usize,
}

/// Looks a name or an alias up.
pub fn find(gateset: Gateset, name: &str) -> Option<Row> {
    TABLE.iter().filter(|spec| spec.gateset == gateset).find_map(|spec| {
        if spec.name == name {
            return Some(Row { spec, min_controls: 0 });
        }
        let alias = spec.aliases.iter().find(|alias| alias.name == name)?;
        Some(Row { spec, min_controls: alias.min_controls })
    })
}

/// Every name of a gateset, aliases included, for error texts: `x, not, cnot, y, …`.
pub fn names(gateset: Gateset) -> String {
    let rows = TABLE.iter().filter(|spec| spec.gateset == gateset);
    let names = rows.flat_map(|spec| std::iter::once(spec.name).chain(spec.aliases.iter().map(|alias| alias.name)));
    names.collect::<Vec<_>>().join(", ")
}

/// The table as Markdown; the README holds this text, and a test keeps it so.
pub fn markdown() -> String {
    let mut text = String::from("| gateset | gate | also | targets | parameters | what it is |\n|---|---|---|---|---|---|\n");
    for spec in TABLE {
        let aliases: Vec<_> = spec.aliases.iter().map(|alias| format!("`{}`", alias.name)).collect();
        let targets = match spec.targets {
            Targets::One => "1, or each of several",
            Targets::Two => "2",
            Targets::PerLetter => "one per letter",
        };
        let parameters: Vec<_> = match spec.build {
            Build::PauliExp => vec!["`terms`, `coefficients`, `time`".to_owned()],
            _ => spec.parameters.iter().map(describe).collect(),
        };
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {targets} | {} | {} |",
            spec.gateset,
            spec.name,
            aliases.join(", "),
            parameters.join(", "),
            spec.summary
        );
    }
    text
}

fn describe(parameter: &Parameter) -> String {
    let unit = match parameter.unit {
        Unit::Turns => "turns",
        Unit::Radians => "radians",
    };
    let also = parameter.also.map(|field| format!(" or `{}`", field.name())).unwrap_or_default();
    let absent = match parameter.absent {
        Absent::Refused => String::new(),
        Absent::Means(value) => format!(", default {value}"),
        Absent::OtherGate => ", optional".to_owned(),
    };
    format!("`{}`{also} ({unit}{absent})", parameter.name())
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Gate, Matrix2, Matrix4, PauliExp, matrix};
    use super::*;
    use nalgebra::DMatrix;
    use num_complex::Complex64;
    use std::collections::HashSet;
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

    type M = DMatrix<Complex64>;

    fn c(re: f64, im: f64) -> Complex64 {
        Complex64::new(re, im)
    }

    fn two(m: Matrix2) -> M {
        M::from_fn(2, 2, |r, k| m[r][k])
    }

    fn four(m: Matrix4) -> M {
        M::from_fn(4, 4, |r, k| m[r][k])
    }

    /// `first ⊗ second` as a matrix with index `bit(first) + 2·bit(second)`.
    fn pair(first: &M, second: &M) -> M {
        second.kronecker(first)
    }

    /// `exp(-i·angle·generator)` by nalgebra's Padé approximant: independent of every closed form in `matrix`.
    fn exp(generator: &M, angle: f64) -> M {
        generator.map(|z| z * c(0.0, -angle)).exp()
    }

    fn axis(phase: f64) -> M {
        two(matrix::X).map(|z| z * (TAU * phase).cos()) + two(matrix::Y).map(|z| z * (TAU * phase).sin())
    }

    fn assert_same(name: &str, left: &M, right: &M) {
        let distance = (left - right).norm();
        assert!(distance < 1e-12, "{name}: {left} is not {right} (distance {distance:e})");
    }

    /// Values that tell parameters, signs and factors of two apart.
    const VALUES: [f64; 3] = [0.137, -0.291, 0.083];

    /// The unitary a row should have, written as the exponential of its generator times a phase.
    fn by_generator(gateset: Gateset, name: &str, p: &[f64]) -> M {
        let (x, y, z) = (two(matrix::X), two(matrix::Y), two(matrix::Z));
        let id = two(matrix::IDENTITY);
        let hadamard = (&x + &z).map(|e| e / 2f64.sqrt());
        // exp(-i(angle)(P - 1)) = diag-like gates with eigenvalue 1 kept.
        let kept = |pauli: &M, angle: f64| exp(&(pauli - &id), angle);
        match (gateset, name) {
            (_, "x") => kept(&x, FRAC_PI_2),
            (_, "y") => kept(&y, FRAC_PI_2),
            (_, "z") => kept(&z, p.first().map_or(FRAC_PI_2, |lambda| lambda / 2.0)),
            (_, "h") => kept(&hadamard, FRAC_PI_2),
            (_, "s") => kept(&z, FRAC_PI_4),
            (_, "si") => kept(&z, -FRAC_PI_4),
            (_, "t") => kept(&z, FRAC_PI_4 / 2.0),
            (_, "ti") => kept(&z, -FRAC_PI_4 / 2.0),
            (_, "v") => kept(&x, FRAC_PI_4),
            (_, "vi") => kept(&x, -FRAC_PI_4),
            (_, "rx") => exp(&x, p[0] / 2.0),
            (_, "ry") => exp(&y, p[0] / 2.0),
            (_, "rz") => exp(&z, p[0] / 2.0),
            // SWAP = exp(i·π/4·(XX + YY + ZZ - 1))
            (_, "swap") => exp(&(pair(&x, &x) + pair(&y, &y) + pair(&z, &z) - pair(&id, &id)), -FRAC_PI_4),
            (_, "xx") => exp(&pair(&x, &x), p[0] / 2.0),
            (_, "yy") => exp(&pair(&y, &y), p[0] / 2.0),
            (Gateset::Qis, "zz") => exp(&pair(&z, &z), p[0] / 2.0),
            (_, "gpi") => exp(&(axis(p[0]) - &id), FRAC_PI_2),
            (_, "gpi2") => exp(&axis(p[0]), FRAC_PI_4),
            (_, "ms") => exp(&pair(&axis(p[0]), &axis(p[1])), PI * p[2]),
            (Gateset::Native, "zz") => exp(&pair(&z, &z), PI * p[0]),
            (_, "nop") => id,
            other => panic!("no generator written down for {other:?}"),
        }
    }

    fn unitary(action: Action<'_>) -> M {
        match action {
            Action::Identity => two(matrix::IDENTITY),
            Action::One(m) => two(m),
            Action::Two(m) => four(m),
            Action::PauliExp(_) => unreachable!("pauliexp has tests of its own"),
        }
    }

    /// Every numeric gate of the table, with and without its optional parameters.
    fn for_every_gate(mut check: impl FnMut(&GateSpec, &[f64], M, M)) {
        for spec in TABLE {
            let count: usize = spec.parameters.iter().map(|parameter| parameter.count).sum();
            let optional = spec.parameters.iter().any(|parameter| parameter.absent == Absent::OtherGate);
            for values in [Some(&VALUES[..count]), optional.then_some(&[][..])].into_iter().flatten() {
                match spec.build {
                    Build::Qis(build) => {
                        let gate = build(values);
                        assert_eq!((gate.spec().name, gate.values()), (spec.name, values.to_vec()));
                        check(spec, values, unitary(gate.action()), unitary(gate.inverse().action()));
                    }
                    Build::Native(build) => {
                        let gate = build(values);
                        assert_eq!((gate.spec().name, gate.values()), (spec.name, values.to_vec()));
                        check(spec, values, unitary(gate.action()), unitary(gate.inverse().action()));
                    }
                    Build::PauliExp => {}
                }
            }
        }
    }

    #[test]
    fn every_matrix_is_the_exponential_of_its_generator() {
        let mut checked = 0;
        for_every_gate(|spec, values, matrix, _| {
            assert_same(spec.name, &matrix, &by_generator(spec.gateset, spec.name, values));
            checked += 1;
        });
        assert_eq!(checked, TABLE.len()); // all but pauliexp, and z twice
    }

    #[test]
    fn every_matrix_is_unitary_and_undone_by_its_inverse() {
        for_every_gate(|spec, _, matrix, inverse| {
            let identity = M::identity(matrix.nrows(), matrix.nrows());
            assert_same(spec.name, &(&matrix * matrix.adjoint()), &identity);
            assert_same(spec.name, &(&inverse * &matrix), &identity);
        });
    }

    #[test]
    fn closed_forms_of_the_reference_hold_entry_by_entry() {
        // The tables of the IonQ documentation, written out by hand; 4×4 ones with the first qubit as the left index.
        let (i, z) = (c(0.0, 1.0), c(0.0, 0.0));
        let e = |turns: f64| c((TAU * turns).cos(), (TAU * turns).sin());
        let (f, g, a) = (VALUES[0], VALUES[1], VALUES[2]);
        assert_same("gpi", &two(matrix::gpi(Turns(f))), &M::from_row_slice(2, 2, &[z, e(-f), e(f), z]));
        let r = 0.5f64.sqrt();
        let gpi2 = M::from_row_slice(2, 2, &[c(r, 0.0), -i * e(-f) * r, -i * e(f) * r, c(r, 0.0)]);
        assert_same("gpi2", &two(matrix::gpi2(Turns(f))), &gpi2);
        let (cos, sin) = (c((PI * a).cos(), 0.0), (PI * a).sin());
        #[rustfmt::skip]
        let ms = M::from_row_slice(4, 4, &[
            cos, z, z, -i * e(-(f + g)) * sin,
            z, cos, -i * e(-(f - g)) * sin, z,
            z, -i * e(f - g) * sin, cos, z,
            -i * e(f + g) * sin, z, z, cos,
        ]);
        let flip = |m: &M| M::from_fn(4, 4, |row, column| m[([0, 2, 1, 3][row], [0, 2, 1, 3][column])]);
        assert_same("ms", &four(matrix::ms(Turns(f), Turns(g), Turns(a))), &flip(&ms));
        let half = |sign: f64| c((PI * a).cos(), sign * (PI * a).sin());
        let zz = M::from_diagonal(&nalgebra::DVector::from_vec(vec![half(-1.0), half(1.0), half(1.0), half(-1.0)]));
        assert_same("zz", &four(matrix::native_zz(Turns(a))), &zz);
    }

    #[test]
    fn gpi2_applied_twice_equals_gpi_up_to_global_phase() {
        let gpi2 = two(matrix::gpi2(Turns(0.137)));
        assert_same("gpi2²", &(&gpi2 * &gpi2).map(|z| z * c(0.0, 1.0)), &two(matrix::gpi(Turns(0.137))));
    }

    #[test]
    fn native_zz_at_angle_a_is_qis_zz_at_rotation_two_pi_a() {
        assert_same("zz", &four(matrix::native_zz(Turns(0.137))), &four(matrix::zz(Turns(0.137).into())));
    }

    #[test]
    fn names_are_unique_within_a_gateset_and_every_alias_is_found() {
        for gateset in Gateset::ALL {
            let names = names(gateset);
            let list: Vec<_> = names.split(", ").collect();
            assert_eq!(list.len(), list.iter().collect::<HashSet<_>>().len(), "{names}");
            assert!(list.iter().all(|name| find(gateset, name).is_some()));
        }
        assert!(find(Gateset::Qis, "gpi").is_none() && find(Gateset::Native, "h").is_none());
    }

    #[test]
    fn the_readme_holds_the_table_as_it_is() {
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&markdown()), "README.md, section Gates, should hold:\n{}", markdown());
    }

    #[test]
    fn pauliexp_is_found_in_the_table_and_makes_itself() {
        let exp = Qis::PauliExp(PauliExp::new(2, &["ZX"], &[1.0], 0.5).unwrap().into());
        assert_eq!((exp.spec().name, exp.target_count()), ("pauliexp", 2));
    }
}
