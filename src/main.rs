//! `paultrap`: see `paultrap --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    paultrap::cli::main()
}
