//! The command line: everything is in `fmtconv::cli`.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod memory;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    fmtconv::cli::main()
}
