//! Where events are told: on standard error, as far as `RUST_LOG` asks for them.

use std::io::{self, IsTerminal};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Tells events from now on: warnings and errors, or what `RUST_LOG` says (such as `info`, which has a line for every request). No event
/// has an API key in it.
pub(super) fn install() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let _ = log.try_init(); // a program that has a log of its own keeps it
}
