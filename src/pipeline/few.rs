//! Chunks of not too many records: one that lacks most of its columns takes few bytes, and a place in each column.

use memchr::memchr_iter;

use super::stage::Split;
use crate::error::Result;

/// Cuts as another splitter does, but so that a chunk holds at most so many records, or the double of that where none ends
/// before, and so on. Records are told by a byte that each of them has; more of these make chunks smaller, not larger.
pub struct Few {
    inner: Box<dyn Split>,
    mark: u8,
    records: usize,
    harmless: usize,
    /// How much the other one has seen of what was not cut yet.
    seen: usize,
}

impl Few {
    /// At most `records` of what `inner` cuts, each with `mark` in it. Chunks of `harmless` bytes or less cannot hold too
    /// many, and are not looked through.
    pub fn new(inner: Box<dyn Split>, mark: u8, records: usize, harmless: usize) -> Self {
        Few { inner, mark, records: records.max(1), harmless, seen: 0 }
    }

    fn cut(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        let marks = if buf.len() > self.harmless { memchr_iter(self.mark, buf).count() } else { 0 };
        let mut records = self.records;
        while records < marks {
            let next = memchr_iter(self.mark, buf).nth(records).unwrap_or(buf.len());
            if next > self.seen {
                if let Some(cut) = self.inner.split(&buf[..next], false)? {
                    return Ok(Some(cut));
                }
                self.seen = next;
            }
            records = records.saturating_mul(2);
        }
        self.seen = buf.len();
        self.inner.split(buf, end)
    }
}

impl Split for Few {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        let cut = self.cut(buf, end)?;
        if cut.is_some() {
            self.seen = 0;
        }
        Ok(cut)
    }
}
