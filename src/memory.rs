//! How the allocator of the program takes memory from the system: page by page.
//!
//! By default mimalloc asks for huge pages: a run over one record then clears and holds a dozen megabytes that it never
//! uses, and a long one a third more than it needs.

use std::ffi::{c_int, c_long};

/// `mi_option_allow_thp` in `mimalloc.h`.
const ALLOW_HUGE_PAGES: c_int = 43;

unsafe extern "C" {
    /// Of mimalloc. What the environment says (`MIMALLOC_ALLOW_THP`) comes first.
    fn mi_option_set_default(option: c_int, value: c_long);
}

extern "C" fn without_huge_pages() {
    // SAFETY: the function is part of the allocator that this program is linked with, takes two integers, and stores
    // the second under the first; there are no other threads yet.
    unsafe { mi_option_set_default(ALLOW_HUGE_PAGES, 0) }
}

/// Called by the C runtime before `main`, and before what mimalloc does then, whose priority is 101.
// SAFETY: the section holds pointers to functions of the C calling convention. This one ignores the arguments that it is
// called with, does not unwind and needs nothing of the Rust runtime.
#[used]
#[unsafe(link_section = ".init_array.00100")]
static AT_START: extern "C" fn() = without_huge_pages;
