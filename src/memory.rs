//! The allocator of the program: small blocks from mimalloc, large ones from the C library where that is glibc.
//!
//! mimalloc is the faster of the two for the many small blocks of nested values and of the crates of the formats. The
//! large ones, of columns and pages, it takes from places of a few megabytes for each thread and each size, which are
//! never all in use: of 64 MB of columns it made 140. glibc joins free neighbours and cuts what is needed from them.
//!
//! By default mimalloc asks for huge pages: a run over one record then clears and holds a dozen megabytes that it never
//! uses. And what is free stays with it for a second.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod by_size;

/// What the program allocates with.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub type Allocator = by_size::BySize<mimalloc::MiMalloc, std::alloc::System>;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub type Allocator = mimalloc::MiMalloc;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub const ALLOCATOR: Allocator = by_size::BySize { small: mimalloc::MiMalloc, large: std::alloc::System };
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const ALLOCATOR: Allocator = mimalloc::MiMalloc;

#[cfg(target_os = "linux")]
mod start {
    use std::ffi::{c_int, c_long};

    /// `mi_option_purge_delay` in `mimalloc.h`, in milliseconds.
    const PURGE_DELAY: c_int = 15;
    /// `mi_option_allow_thp` in `mimalloc.h`.
    const ALLOW_HUGE_PAGES: c_int = 43;
    /// `M_TRIM_THRESHOLD` in `malloc.h`: so many free bytes at the end of a heap go back to the system.
    #[cfg(target_env = "gnu")]
    const TRIM_THRESHOLD: c_int = -1;
    /// `M_MMAP_THRESHOLD` in `malloc.h`: larger blocks are pages of their own.
    #[cfg(target_env = "gnu")]
    const MMAP_THRESHOLD: c_int = -3;

    unsafe extern "C" {
        /// Of mimalloc. What the environment says (`MIMALLOC_ALLOW_THP`, `MIMALLOC_PURGE_DELAY`) comes first.
        fn mi_option_set_default(option: c_int, value: c_long);
        /// Of glibc.
        #[cfg(target_env = "gnu")]
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    extern "C" fn sparingly() {
        // SAFETY: the functions are part of the allocators that this program is linked with, take two integers, and store
        // the second under the first; there are no other threads yet.
        unsafe {
            mi_option_set_default(ALLOW_HUGE_PAGES, 0);
            mi_option_set_default(PURGE_DELAY, 50);
            // As it comes, glibc gives back and asks anew for what is freed at the end of a heap: a buffer of output of a
            // megabyte, each time. 32 MiB are the most that it takes.
            #[cfg(target_env = "gnu")]
            {
                mallopt(MMAP_THRESHOLD, 32 << 20);
                mallopt(TRIM_THRESHOLD, 16 << 20);
            }
        }
    }

    /// Called by the C runtime before `main`, and before what mimalloc does then, whose priority is 101.
    // SAFETY: the section holds pointers to functions of the C calling convention. This one ignores the arguments that it
    // is called with, does not unwind and needs nothing of the Rust runtime.
    #[used]
    #[unsafe(link_section = ".init_array.00100")]
    static AT_START: extern "C" fn() = sparingly;
}
