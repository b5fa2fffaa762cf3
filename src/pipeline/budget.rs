//! A bound for the bytes of chunks in flight, whatever their sizes.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Bytes that may be held at the same time.
#[derive(Debug)]
pub(crate) struct Budget {
    most: usize,
    held: Mutex<Held>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    bytes: usize,
    shares: usize,
}

impl Budget {
    /// At most `most` bytes.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Budget { most, held: Mutex::default(), freed: Condvar::new() })
    }

    /// Waits until `bytes` fit beside what is held. Two shares always fit: a run looks one chunk ahead.
    pub fn hold(self: &Arc<Self>, bytes: usize) -> Share {
        let is_full = |held: &mut Held| held.shares >= 2 && held.bytes.saturating_add(bytes) > self.most;
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = self.freed.wait_while(held, is_full).unwrap_or_else(PoisonError::into_inner);
        held.bytes = held.bytes.saturating_add(bytes);
        held.shares += 1;
        Share { bytes, budget: self.clone() }
    }
}

/// Bytes of a [`Budget`], held until this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    bytes: usize,
    budget: Arc<Budget>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.budget.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.bytes = held.bytes.saturating_sub(self.bytes);
        held.shares -= 1;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_is_held_than_allowed() {
        let (budget, held, most) = (Budget::new(100), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (budget, held, most) = (&budget, &held, &most);
                scope.spawn(move || {
                    for turn in 0..200 {
                        let bytes = (thread * 37 + turn * 11) % 50;
                        let share = budget.hold(bytes);
                        most.fetch_max(held.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                        held.fetch_sub(bytes, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 100);
    }

    #[test]
    fn a_third_share_waits_for_room() {
        let budget = Budget::new(100);
        let shares = [budget.hold(60), budget.hold(30)];
        drop(budget.hold(10));
        let got = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _share = budget.hold(11);
                got.store(1, Ordering::SeqCst);
            });
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert_eq!(got.load(Ordering::SeqCst), 0);
            drop(shares);
        });
        assert_eq!(got.into_inner(), 1);
    }

    #[test]
    fn two_shares_fit_however_large() {
        let budget = Budget::new(10);
        let shares = [budget.hold(11), budget.hold(usize::MAX)];
        drop(shares);
        drop(budget.hold(10));
    }
}
