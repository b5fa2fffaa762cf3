//! Looks at what is written, on its way: at each batch as it is given to the encoder, on the workers; what was seen
//! arrives in the order of the output.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::stage::{Batch, Encode, Encoded, Unit, Writer};
use crate::error::Result;
use crate::report::Report;

/// What is done with a batch; its error counts records in the batch.
type Look = Arc<dyn Fn(&RecordBatch) -> Result<Vec<u8>> + Send + Sync>;

/// What is done with what was made of a batch, in order.
type Take = Box<dyn FnMut(&[u8]) + Send>;

/// Looks at every batch that is written.
pub struct Watch {
    look: Look,
    take: Take,
}

impl Watch {
    /// `look` makes something of each batch, on any thread; `take` gets that in order.
    pub fn new(
        look: impl Fn(&RecordBatch) -> Result<Vec<u8>> + Send + Sync + 'static,
        take: impl FnMut(&[u8]) + Send + 'static,
    ) -> Self {
        Watch { look: Arc::new(look), take: Box::new(take) }
    }
}

/// A writer that is watched.
pub(super) struct Watched<W: Writer> {
    inner: W,
    encoder: Arc<WatchedEncoder<W::Encoder>>,
    take: Take,
}

pub(super) struct WatchedEncoder<E> {
    inner: Arc<E>,
    look: Look,
}

impl<W: Writer> Watched<W> {
    pub(super) fn new(inner: W, watch: Watch) -> Self {
        let encoder = Arc::new(WatchedEncoder { inner: inner.encoder(), look: watch.look });
        Watched { inner, encoder, take: watch.take }
    }
}

impl<E: Encode> Encode for WatchedEncoder<E> {
    type Piece = (E::Piece, Vec<u8>);

    fn unit(&self) -> Unit {
        self.inner.unit()
    }

    fn nested_cost(&self) -> usize {
        self.inner.nested_cost()
    }

    fn encode_into(
        &self,
        (piece, mut seen): Self::Piece,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Self::Piece>> {
        let mut records = 0;
        let mut watched = batches.map(|batch| {
            let batch = batch?;
            seen.extend((self.look)(&batch.records).map_err(|error| error.shifted(records, 0, 0))?);
            records += batch.records.num_rows() as u64;
            Ok(batch)
        });
        let Encoded { piece, report } = self.inner.encode_into(piece, &mut watched)?;
        Ok(Encoded { piece: (piece, seen), report })
    }

    fn check(&self, records: &RecordBatch) -> Result<()> {
        self.inner.check(records)
    }
}

impl<W: Writer> Writer for Watched<W> {
    type Encoder = WatchedEncoder<W::Encoder>;

    fn encoder(&self) -> Arc<Self::Encoder> {
        self.encoder.clone()
    }
    fn report(&self) -> Report {
        self.inner.report()
    }
    fn append(&mut self, (piece, seen): <Self::Encoder as Encode>::Piece) -> Result<()> {
        (self.take)(&seen);
        self.inner.append(piece)
    }
    fn finish(&mut self) -> Result<u64> {
        self.inner.finish()
    }
}
