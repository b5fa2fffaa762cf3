//! How the allocator of the program takes memory from the system, and gives it back: page by page, and soon.
//!
//! By default mimalloc asks for huge pages: a run over one record then clears and holds a dozen megabytes that it never
//! uses, and a long one a third more than it needs. And what is free stays with it for a second, so that a run takes about
//! a tenth more; to give it back at once would take a tenth more time.

use std::ffi::{c_int, c_long};

/// `mi_option_purge_delay` in `mimalloc.h`, in milliseconds.
const PURGE_DELAY: c_int = 15;
/// `mi_option_allow_thp` in `mimalloc.h`.
const ALLOW_HUGE_PAGES: c_int = 43;

unsafe extern "C" {
    /// Of mimalloc. What the environment says (`MIMALLOC_ALLOW_THP`, `MIMALLOC_PURGE_DELAY`) comes first.
    fn mi_option_set_default(option: c_int, value: c_long);
}

extern "C" fn sparingly() {
    // SAFETY: the function is part of the allocator that this program is linked with, takes two integers, and stores
    // the second under the first; there are no other threads yet.
    unsafe {
        mi_option_set_default(ALLOW_HUGE_PAGES, 0);
        mi_option_set_default(PURGE_DELAY, 400);
    }
}

/// Called by the C runtime before `main`, and before what mimalloc does then, whose priority is 101.
// SAFETY: the section holds pointers to functions of the C calling convention. This one ignores the arguments that it is
// called with, does not unwind and needs nothing of the Rust runtime.
#[used]
#[unsafe(link_section = ".init_array.00100")]
static AT_START: extern "C" fn() = sparingly;
