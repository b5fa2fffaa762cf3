//! Digests of records: equal exactly if the records are equal in the record model, whatever format holds them.
//!
//! A record is hashed with SHA-256 over its names and the canonical bytes of its values ([`super::canon`]).
//!
//! * In order: SHA-256 over the hashes of all records. Equal if the records are equal and stand in the same order.
//! * In any order: a multiset hash (`lattice`). Equal if the same records stand there equally often.
//!
//! Neither depends on threads, chunks or batches; memory is bounded by the chunks that are being read.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use sha2::{Digest as _, Sha256};

use super::canon::{Columns, RecordBytes, Relaxed};
use super::lattice::Lattice;
use super::records::Records;
use crate::error::{Error, Result};
use crate::pipeline::{Exec, Reader, Steps};
use crate::report::Tally;

/// The hash of one record.
pub(super) type RecordHash = [u8; 32];

/// Whether the order of the records counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// It does.
    #[default]
    Kept,
    /// It does not; how often a record stands there does.
    Any,
}

/// A digest of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The digest.
    pub bytes: [u8; 32],
    /// Records in it.
    pub records: u64,
    /// Whether their order counts.
    pub order: Order,
}

impl fmt::Display for Digest {
    /// `r1:` (records in order, version 1 of the model) or `m1:` (multiset), and 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.order {
            Order::Kept => "r1:",
            Order::Any => "m1:",
        })?;
        self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Digests all records of `reader` after `steps`. Threads, chunks and batches have no part in it.
///
/// ```
/// use fmtconv::proof::{Order, digest};
/// use fmtconv::{Exec, Input, Registry, Source};
///
/// # #[cfg(all(feature = "csv", feature = "json"))] {
/// let exec = Exec::new(None)?;
/// let of = |name: &str, text: &'static str, order| {
///     let reader = Input::from(Source::bytes(name, text)).resolve(&Registry::builtin())?.open(&exec)?;
///     digest(reader, Vec::new(), order, &exec)
/// };
/// let csv = of("a.csv", "id,name\n1,Ann\n2,Bob\n", Order::Any)?;
/// let json = of("b.ndjson", "{\"name\":\"Bob\",\"id\":2}\n{\"name\":\"Ann\",\"id\":1}\n", Order::Any)?;
/// assert_eq!(csv, json);
/// assert!(csv.to_string().starts_with("m1:"));
/// assert_eq!(csv.records, 2);
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
///
/// # Errors
/// What reading gives; `Unsupported` for a type without a text form.
pub fn digest(reader: Box<dyn Reader>, steps: Steps, order: Order, exec: &Exec) -> Result<Digest> {
    digest_counted(reader, steps, order, exec, &Tally::default())
}

/// As [`digest()`], and counts in `tally` what was lost in reading.
///
/// # Errors
/// As [`digest()`].
pub fn digest_counted(
    reader: Box<dyn Reader>,
    steps: Steps,
    order: Order,
    exec: &Exec,
    tally: &Tally,
) -> Result<Digest> {
    let schema = steps.last().map_or_else(|| reader.schema(), |step| step.schema());
    let hasher = Hasher::new(&schema, Arc::default(), &[]);
    let mut sum = Sum::new(order);
    match order {
        Order::Kept => {
            for hashes in Records::new(reader, steps, exec, move |batch| hasher.hash(batch)).counted(tally) {
                sum.add(&hashes?);
            }
        }
        Order::Any => {
            let parts = Records::new(reader, steps, exec, move |batch| {
                let mut part = Sum::new(Order::Any);
                part.add(&hasher.hash(batch)?);
                Ok(part)
            });
            for part in parts.counted(tally) {
                sum.merge(&part?)?;
            }
        }
    }
    Ok(sum.finish())
}

/// Hashes the records of batches of one schema.
#[derive(Clone)]
pub(super) struct Hasher {
    columns: Arc<Columns>,
    relaxed: Arc<Relaxed>,
    /// The names, hashed: what every record begins with.
    names: [u8; 32],
}

impl Hasher {
    /// All columns of `schema` but those at `without`.
    pub fn new(schema: &SchemaRef, relaxed: Arc<Relaxed>, without: &[usize]) -> Self {
        let columns = Columns::new(schema, &relaxed, without);
        let names = Sha256::digest(columns.names()).into();
        Hasher { columns: Arc::new(columns), relaxed, names }
    }

    /// The hash of each record of a batch.
    pub fn hash(&self, batch: &RecordBatch) -> Result<Vec<RecordHash>> {
        let bytes = RecordBytes::new(batch, &self.columns, &self.relaxed)?;
        let mut buffer = Vec::new();
        let mut hashes = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            buffer.clear();
            buffer.extend_from_slice(&self.names);
            bytes.push(&mut buffer, row).map_err(|error| error.at_record(row as u64))?;
            hashes.push(Sha256::digest(&buffer).into());
        }
        Ok(hashes)
    }
}

/// Hashes of records, put together.
#[derive(Clone)]
pub(super) struct Sum {
    records: u64,
    state: State,
}

#[derive(Clone)]
enum State {
    Kept(Sha256),
    Any(Lattice),
}

impl Sum {
    pub fn new(order: Order) -> Self {
        let state = match order {
            Order::Kept => State::Kept(Sha256::new_with_prefix(b"fmtconv records 1\n")),
            Order::Any => State::Any(Lattice::default()),
        };
        Sum { records: 0, state }
    }

    /// Adds the next records.
    pub fn add(&mut self, hashes: &[RecordHash]) {
        self.records += hashes.len() as u64;
        match &mut self.state {
            State::Kept(hash) => hash.update(hashes.as_flattened()),
            State::Any(sum) => hashes.iter().for_each(|hash| sum.add(hash)),
        }
    }

    /// Adds the records of another part; only where their order does not count.
    fn merge(&mut self, other: &Sum) -> Result<()> {
        match (&mut self.state, &other.state) {
            (State::Any(sum), State::Any(part)) => sum.merge(part),
            _ => return Err(Error::internal("parts of an ordered digest")),
        }
        self.records += other.records;
        Ok(())
    }

    pub fn finish(self) -> Digest {
        let (bytes, order) = match self.state {
            State::Kept(hash) => (hash.finalize(), Order::Kept),
            State::Any(sum) => {
                let hash = Sha256::new_with_prefix(b"fmtconv multiset 1\n");
                (hash.chain_update(self.records.to_le_bytes()).chain_update(sum.to_bytes()).finalize(), Order::Any)
            }
        };
        Digest { bytes: bytes.into(), records: self.records, order }
    }
}
