//! The command line: everything is in `fmtconv::cli`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`, a stable number of mimalloc's interface. -1: nothing is purged.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

fn main() -> ExitCode {
    // Memory goes back to the system when the process ends, not in between: chunks come and go all the time, and each
    // page that went back would be cleared before it is used again. `MIMALLOC_PURGE_DELAY` in the environment wins.
    // SAFETY: stores a number; mimalloc allows it at any time, and no other thread runs yet.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, -1) };
    fmtconv::cli::main()
}
