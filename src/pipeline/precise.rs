//! Decimals held to the digits of their type in front of every encoder. Arrow does not hold those who make arrays to
//! them, and text, Avro and Protobuf have room for more: what is written could not be read back as its type.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

use super::stage::{Batch, Encode, Encoded, Unit};
use crate::column::precision;
use crate::error::{Error, Result};

/// An encoder to which no decimal comes that has more digits than its type. Columns without decimals are not looked at.
pub(super) struct Precise<E> {
    inner: Arc<E>,
    /// The columns in which there are decimals, at any depth.
    columns: Vec<usize>,
}

impl<E: Encode> Precise<E> {
    /// For records of `schema`.
    pub fn new(inner: Arc<E>, schema: &Schema) -> Self {
        let columns = schema.fields().iter().enumerate();
        let columns = columns.filter(|(_, field)| precision::holds_decimals(field.data_type()));
        Precise { inner, columns: columns.map(|(index, _)| index).collect() }
    }

    /// The first record with a decimal of too many digits, as an error.
    fn digits(&self, records: &RecordBatch) -> Result<()> {
        let mut first: Option<Error> = None;
        for index in &self.columns {
            let schema = records.schema_ref();
            if let Err(error) = precision::check(records.column(*index)) {
                let earlier = |known: &Error| known.origin().record <= error.origin().record;
                if !first.as_ref().is_some_and(earlier) {
                    first = Some(error.in_column(schema.field(*index).name()));
                }
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// The same; what is wrong with a record before that one comes first.
    fn digits_in_order(&self, records: &RecordBatch) -> Result<()> {
        let Err(error) = self.digits(records) else { return Ok(()) };
        match error.origin().record {
            Some(record) if record > 0 => self.inner.check(&records.slice(0, record as usize)).and(Err(error)),
            _ => Err(error),
        }
    }
}

impl<E: Encode> Encode for Precise<E> {
    type Piece = E::Piece;

    fn unit(&self) -> Unit {
        self.inner.unit()
    }
    fn takes_dictionaries(&self) -> bool {
        self.inner.takes_dictionaries()
    }
    fn takes_views(&self) -> bool {
        self.inner.takes_views()
    }
    fn takes_runs(&self) -> bool {
        self.inner.takes_runs()
    }
    fn nested_cost(&self) -> usize {
        self.inner.nested_cost()
    }
    fn writes_over(&self) -> bool {
        self.inner.writes_over()
    }

    fn encode_into(
        &self,
        piece: Self::Piece,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Self::Piece>> {
        if self.columns.is_empty() {
            return self.inner.encode_into(piece, batches);
        }
        let mut records = 0;
        let mut precise = batches.map(|batch| {
            let batch = batch?;
            self.digits_in_order(&batch.records).map_err(|error| error.shifted(records, 0, 0))?;
            records += batch.records.num_rows() as u64;
            Ok(batch)
        });
        self.inner.encode_into(piece, &mut precise)
    }

    fn check(&self, records: &RecordBatch) -> Result<()> {
        self.digits_in_order(records)?;
        self.inner.check(records)
    }
}

#[cfg(all(test, feature = "default"))]
mod tests;
