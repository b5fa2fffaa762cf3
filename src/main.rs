//! The command line: everything is in `fmtconv::cli`.

use std::process::ExitCode;

mod memory;

#[global_allocator]
static ALLOCATOR: memory::Allocator = memory::ALLOCATOR;

fn main() -> ExitCode {
    fmtconv::cli::main()
}
