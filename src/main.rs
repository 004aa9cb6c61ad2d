//! The program `ictus`: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ictus::cli::main()
}
