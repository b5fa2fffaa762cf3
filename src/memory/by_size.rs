//! An allocator of two: one for small blocks, one for large ones.

use std::alloc::{GlobalAlloc, Layout};

/// The least size of a large block, in bytes.
const LARGE: usize = 8 << 10;

/// Takes blocks below 8 KiB from `small`, others from `large`. A block that grows or shrinks beyond the bound is moved.
pub struct BySize<S, L> {
    pub small: S,
    pub large: L,
}

// SAFETY: whether a block is of one allocator or the other follows from the size of its layout alone. Each method is
// handed the layout that the block was allocated with, so a block comes back to where it came from, and what its caller
// guarantees is what that allocator asks for. `realloc` of one size for another keeps the old block if there is no new
// one, and the contents up to the shorter of both. Nothing here unwinds.
unsafe impl<S: GlobalAlloc, L: GlobalAlloc> GlobalAlloc for BySize<S, L> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: of the caller.
        unsafe { if layout.size() < LARGE { self.small.alloc(layout) } else { self.large.alloc(layout) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: of the caller.
        unsafe { if layout.size() < LARGE { self.small.alloc_zeroed(layout) } else { self.large.alloc_zeroed(layout) } }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: of the caller; `layout` is the one that the block was allocated with.
        unsafe {
            if layout.size() < LARGE { self.small.dealloc(block, layout) } else { self.large.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: of the caller, who also says that `size`, rounded up to the alignment, is a size that there can be. Both
        // blocks are valid for the bytes that are copied, and they are two.
        unsafe {
            match (layout.size() < LARGE, size < LARGE) {
                (true, true) => self.small.realloc(block, layout, size),
                (false, false) => self.large.realloc(block, layout, size),
                _ => {
                    let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                    if !moved.is_null() {
                        std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                        self.dealloc(block, layout);
                    }
                    moved
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
