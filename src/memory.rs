//! How the allocator of the program takes memory from the system: as it is needed.
//!
//! By default mimalloc commits an arena of a gigabyte at once and asks for huge pages in it: a run over one record then
//! clears and holds a dozen megabytes that it never uses, and a long one a third more than it needs.

use std::ffi::{c_int, c_long};

/// `mi_option_arena_eager_commit` in `mimalloc.h`.
const ARENA_EAGER_COMMIT: c_int = 4;

unsafe extern "C" {
    /// Of mimalloc. What the environment says (`MIMALLOC_ARENA_EAGER_COMMIT`) comes first.
    fn mi_option_set_default(option: c_int, value: c_long);
}

extern "C" fn commit_as_needed() {
    // SAFETY: the function is part of the allocator that this program is linked with, takes two integers, and stores
    // the second under the first; there are no other threads yet.
    unsafe { mi_option_set_default(ARENA_EAGER_COMMIT, 0) }
}

/// Called by the C runtime before `main`: the first arena is made for what Rust needs before `main`.
// SAFETY: the section holds pointers to functions of the C calling convention. This one ignores the arguments that it is
// called with, does not unwind and needs nothing of the Rust runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = commit_as_needed;
