//! Buffers that are used again: memory that was touched is not given back and asked for anew.
//!
//! As many are kept as were alive at once, which the window of the driver bounds.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Buffers that nobody uses at the moment.
#[derive(Debug)]
pub(crate) struct Spare {
    free: Mutex<Vec<Vec<u8>>>,
    /// Longer ones are not kept: one long record must not hold its memory for the rest of the run.
    bytes_max: usize,
}

impl Spare {
    /// Keeps buffers of up to `bytes_max` bytes.
    pub fn new(bytes_max: usize) -> Self {
        Spare { free: Mutex::default(), bytes_max }
    }

    /// A buffer with whatever was left in it; an empty one if there is none.
    pub fn take(&self) -> Vec<u8> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// A buffer that holds `len` bytes, and not much more, with whatever was left in it; an empty one if there is none: it
    /// takes the place of another one, so that there are never more than were alive at once.
    pub fn take_for(&self, len: usize) -> Vec<u8> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |buffer: &Vec<u8>| (len..=len.saturating_mul(2)).contains(&buffer.capacity());
        match free.iter().rposition(fits) {
            Some(index) => free.swap_remove(index),
            None => {
                free.pop();
                Vec::new()
            }
        }
    }

    /// Keeps a buffer.
    pub fn put(&self, buffer: Vec<u8>) {
        if (1..=self.bytes_max).contains(&buffer.capacity()) {
            self.free.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}

/// The first bytes of a buffer, which goes back when they are dropped.
pub(crate) struct Lent {
    buffer: Vec<u8>,
    len: usize,
    home: Arc<Spare>,
}

impl Lent {
    /// The first `len` bytes of `buffer`.
    pub fn new(buffer: Vec<u8>, len: usize, home: Arc<Spare>) -> Self {
        Lent { buffer, len, home }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.home.put(std::mem::take(&mut self.buffer));
    }
}

impl From<Lent> for Bytes {
    fn from(lent: Lent) -> Self {
        Bytes::from_owner(lent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_its_last_slice_is_dropped() {
        let home = Arc::new(Spare::new(8));
        let bytes: Bytes = Lent::new(vec![1, 2, 3, 4], 3, home.clone()).into();
        let part = bytes.slice(1..3);
        drop(bytes);
        assert_eq!((part.as_ref(), home.take()), (&[2, 3][..], Vec::new()));
        drop(part);
        assert_eq!(home.take(), [1, 2, 3, 4]);
        assert!(home.take().is_empty());
    }

    #[test]
    fn a_buffer_of_the_right_length_is_found() {
        let home = Spare::new(1 << 10);
        for bytes in [100, 300, 100, 900] {
            home.put(Vec::with_capacity(bytes));
        }
        assert_eq!(home.take_for(200).capacity(), 300);
        // None is long enough, and not too long: one goes.
        assert_eq!(home.take_for(200).capacity(), 0);
        assert_eq!([home.take(), home.take(), home.take()].map(|buffer| buffer.capacity()), [900, 100, 0]);
    }

    #[test]
    fn long_buffers_are_not_kept() {
        let home = Spare::new(8);
        home.put(Vec::with_capacity(9));
        assert_eq!(home.take().capacity(), 0);
    }
}
