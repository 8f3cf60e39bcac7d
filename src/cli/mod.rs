//! The `paultrap` command: one file per subcommand.
//!
//! May import: everything. Read `enum Command` first. Data goes to standard output, everything else to standard error.

/// A line on standard error, for whoever still reads it.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod check;
mod compare;
mod compile;
mod devices;
mod diff;
mod input;
mod keys;
mod log;
mod results;
mod run;
mod scenario;
mod serve;
mod show;
mod simulate;

use clap::{Parser, Subcommand, ValueEnum};
use std::io;
use std::process::ExitCode;
use std::time::Duration;

/// An IonQ-compatible quantum cloud on this machine: no account, no network.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 all done; 1 some circuits failed or a comparison is false; 2 bad usage or input; 130 interrupted with something left to do.\n\
                  RUST_LOG=info logs to standard error, a line for every request; default: warn."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Run(run::Run),
    Simulate(simulate::Simulate),
    Compile(compile::Compile),
    Diff(diff::Diff),
    Check(check::Check),
    Compare(compare::Compare),
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
}

/// Why the command ends early.
#[derive(Debug, thiserror::Error)]
enum Stop {
    /// Bad usage or input: one line says what.
    #[error("{0}")]
    Input(String),
    /// Some circuits failed; their rows say why.
    #[error("{failed} of {circuits} circuits failed")]
    Failures { failed: usize, circuits: usize },
    /// A comparison is false.
    #[error("{0}")]
    Unequal(String),
    /// Something else than a circuit failed.
    #[error("{0}")]
    Trouble(String),
    /// Ctrl-C, or SIGTERM.
    #[error("interrupted{0}")]
    Interrupted(String),
    /// Output cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl Stop {
    fn exit_code(&self) -> u8 {
        match self {
            Stop::Failures { .. } | Stop::Unequal(_) | Stop::Trouble(_) => 1,
            Stop::Input(_) => 2,
            Stop::Interrupted(_) => 130,
            // Nobody reads any more, as after `| head`: not our failure.
            Stop::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Stop::Output(_) => 1,
        }
    }
}

/// Parses the arguments, runs the subcommand, and tells the shell how it went.
pub fn main() -> ExitCode {
    let command = Arguments::parse().command;
    log::install();
    let done = match command {
        Command::Serve(serve) => serve.main(),
        Command::Run(run) => run.main(),
        Command::Simulate(simulate) => simulate.main(),
        Command::Compile(compile) => compile.main(),
        Command::Diff(diff) => diff.main(),
        Command::Check(check) => check.main(),
        Command::Compare(compare) => compare.main(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            let code = stop.exit_code();
            if code != 0 {
                tell!("paultrap: {}", show::plain(&stop.to_string()));
            }
            ExitCode::from(code)
        }
    }
}

/// A duration such as `2s` or `1m 30s`, up to a year.
fn duration(text: &str) -> Result<Duration, String> {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let duration = humantime::parse_duration(text).map_err(|error| format!("{error}; write 500ms, 2s or 1m 30s"))?;
    if duration > YEAR { Err("at most a year (365d) is allowed".to_owned()) } else { Ok(duration) }
}

/// At least one.
fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&number| number >= 1).ok_or_else(|| "a whole number ≥ 1 is needed".to_owned())
}

/// A number of threads that a system can give.
fn threads(text: &str) -> Result<usize, String> {
    const MOST: usize = crate::cloud::Builder::MAX_WORKERS;
    positive(text).ok().filter(|&number| number <= MOST).ok_or_else(|| format!("a whole number from 1 to {MOST} is needed"))
}

/// A number of shots.
fn shots(text: &str) -> Result<crate::outcome::Shots, String> {
    let number: i64 = text.parse().map_err(|_| "a whole number is needed".to_owned())?;
    crate::outcome::Shots::new(number).map_err(|error| error.to_string())
}

/// A runtime for the asynchronous subcommands.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the system gives threads")
}
