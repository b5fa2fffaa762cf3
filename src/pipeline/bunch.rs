//! Small chunks that go to a worker together: to hand one over and to wait for it takes as long as to decode some
//! kilobytes, and Arrow files are written with record batches of a hundred rows.

use std::sync::Arc;

use super::exec::Slot;
use super::ordered::{Ordered, ordered_map};
use super::stage::Reader;
use super::{Chunks, Cutting, Exec};
use crate::error::Result;
use crate::report::Report;

/// Bytes of the chunks that go together, about: they take longer to decode than to hand over.
const BYTES: usize = 128 << 10;
/// How many go together at most: what is made of them waits for the last.
const CHUNKS: usize = 64;

/// Maps the chunks of `reader` with `function` on the workers of `exec`, in order; what the reader has to tell is in the
/// slot when all were cut. The results are those of chunks by themselves.
pub(crate) fn map_chunks<R, F>(reader: Box<dyn Reader>, exec: &Exec, function: F) -> (Mapped<R>, Arc<Slot<Report>>)
where
    R: Send + 'static,
    F: Fn(Cutting) -> R + Send + Sync + 'static,
{
    let (chunks, report) = Chunks::new(reader, exec);
    // Whoever waits for its share of little memory would wait for chunks that wait with it.
    let together = exec.memory().is_none();
    let bunches = Bunches { chunks, together };
    let bunches = ordered_map(exec, exec.window(), bunches, move |bunch: Vec<Cutting>| {
        bunch.into_iter().map(&function).collect::<Vec<R>>()
    });
    (Mapped { bunches, ready: Vec::new().into_iter() }, report)
}

/// Chunks that go together.
struct Bunches {
    chunks: Chunks,
    together: bool,
}

impl Iterator for Bunches {
    type Item = Vec<Cutting>;

    fn next(&mut self) -> Option<Vec<Cutting>> {
        let mut bunch = Vec::new();
        let mut bytes = 0;
        loop {
            let Some(cutting) = self.chunks.next() else { break };
            let more = self.together && cutting.chunk.as_ref().is_ok_and(|chunk| chunk.is_indexed());
            bytes += cutting.chunk.as_ref().map_or(0, |chunk| chunk.size());
            bunch.push(cutting);
            if !more || bytes >= BYTES || bunch.len() >= CHUNKS {
                break;
            }
        }
        (!bunch.is_empty()).then_some(bunch)
    }
}

/// The results of [`map_chunks`], one for each chunk, in order.
pub(crate) struct Mapped<R> {
    bunches: Ordered<Vec<R>>,
    ready: std::vec::IntoIter<R>,
}

impl<R> Iterator for Mapped<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        loop {
            if let Some(ready) = self.ready.next() {
                return Some(Ok(ready));
            }
            match self.bunches.next()? {
                Ok(bunch) => self.ready = bunch.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
