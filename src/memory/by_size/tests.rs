use std::alloc::System;
use std::collections::HashMap;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;

/// Knows the blocks that it gave, and with which layout.
#[derive(Default)]
struct Ledger(Mutex<HashMap<usize, Layout>>);

// SAFETY: the system's allocator, with a look at what it is asked for.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: of the caller.
        let block = unsafe { System.alloc(layout) };
        assert!(self.0.lock().unwrap().insert(block as usize, layout).is_none());
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        assert_eq!(self.0.lock().unwrap().remove(&(block as usize)), Some(layout), "not of this allocator");
        // SAFETY: of the caller.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Gives nothing.
struct Exhausted;

// SAFETY: there is no block that could be wrong.
unsafe impl GlobalAlloc for Exhausted {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        std::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        unreachable!("it gave none")
    }
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// A block of `layout` with other bytes than zeros.
fn filled(allocator: &impl GlobalAlloc, layout: Layout) -> *mut u8 {
    // SAFETY: the size is not zero, and the bytes are those of the block.
    unsafe {
        let block = allocator.alloc(layout);
        (0..layout.size()).for_each(|at| block.add(at).write(at as u8 | 1));
        block
    }
}

#[test]
fn the_size_says_which_allocator() {
    let both = BySize { small: Ledger::default(), large: Ledger::default() };
    let blocks: Vec<_> = [1, LARGE - 1, LARGE, LARGE + 1, 1 << 20].map(|size| layout(size, 8)).into();
    let given: Vec<_> = blocks.iter().map(|&layout| filled(&both, layout)).collect();
    assert_eq!([&both.small, &both.large].map(|ledger| ledger.0.lock().unwrap().len()), [2, 3]);
    for (block, layout) in given.into_iter().zip(blocks) {
        // SAFETY: allocated above with this layout.
        unsafe { both.dealloc(block, layout) };
    }
    assert!([&both.small, &both.large].iter().all(|ledger| ledger.0.lock().unwrap().is_empty()));
}

#[test]
fn a_block_that_cannot_move_stays() {
    let both = BySize { small: Ledger::default(), large: Exhausted };
    let old = layout(100, 1);
    let block = filled(&both, old);
    // SAFETY: the block is of this allocator and layout, and is there until it is freed.
    unsafe {
        assert!(both.realloc(block, old, LARGE).is_null());
        assert!((0..old.size()).all(|at| block.add(at).read() == at as u8 | 1));
        both.dealloc(block, old);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn bytes_outlive_growth_and_shrinking(
        align in 0..8_u32,
        sizes in prop::collection::vec(prop_oneof![1..64_usize, LARGE - 2..LARGE + 2, LARGE..4 * LARGE], 1..8),
    ) {
        let both = BySize { small: Ledger::default(), large: Ledger::default() };
        let mut held = layout(sizes[0], 1 << align);
        // SAFETY: the block is always of `held`, and only its own bytes are read and written.
        unsafe {
            let mut block = both.alloc_zeroed(held);
            prop_assert!((0..held.size()).all(|at| block.add(at).read() == 0));
            (0..held.size()).for_each(|at| block.add(at).write(at as u8 | 1));
            for &size in &sizes[1..] {
                block = both.realloc(block, held, size);
                prop_assert_eq!(block as usize % (1 << align), 0);
                prop_assert!((0..held.size().min(size)).all(|at| block.add(at).read() == at as u8 | 1));
                held = layout(size, 1 << align);
                (0..size).for_each(|at| block.add(at).write(at as u8 | 1));
            }
            both.dealloc(block, held);
        }
        prop_assert!([&both.small, &both.large].iter().all(|ledger| ledger.0.lock().unwrap().is_empty()));
    }
}
