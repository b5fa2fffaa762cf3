//! Blocks to batches: decompress, then read records straight into columns.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::codec::{Codec, Decompressor};
use super::split::block_head;
use crate::code::Code;
use crate::column::avro::column::{Context, Repairs, Root};
use crate::column::avro::cursor::Cursor;
use crate::column::avro::resolve::Resolution;
use crate::column::keys;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::keys::announced;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::schema::avsc::Document;

/// Records that take no bytes, in one block: their number cannot be checked against the bytes, so that damage of one byte
/// could ask for more than any machine makes.
pub(super) const EMPTY_RECORDS_MAX: u64 = 1 << 23;
/// A batch ends after so many bytes even if it has room for more rows.
const BATCH_BYTES: usize = 32 << 20;

/// Decodes blocks of one file. CPU-bound; allocates once per column and batch. Cheap to clone.
#[derive(Clone)]
pub(super) struct BlockDecode {
    plan: Arc<Plan>,
}

#[derive(Clone)]
struct Plan {
    document: Document,
    sizes: Vec<usize>,
    /// What is decoded: dictionaries have wide keys.
    schema: SchemaRef,
    announced: SchemaRef,
    codec: Codec,
    limits: Limits,
    /// What the data was written with, if that is not what it is read with.
    written: Option<Arc<Written>>,
    /// What is altered and counted instead of refused.
    repairs: Repairs,
}

/// The schema of the file, where another one is read.
pub(super) struct Written {
    document: Document,
    sizes: Vec<usize>,
    resolution: Resolution,
}

impl Written {
    pub(super) fn new(document: Document, reader: &Document) -> Result<Self> {
        let resolution = Resolution::new(&document, reader)?;
        Ok(Written { sizes: document.least_sizes(), document, resolution })
    }

    /// Paths of the columns that are in the file and are not read.
    pub(super) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.resolution.dropped()
    }
}

impl BlockDecode {
    /// For records of `document`, which columns of `schema` were made for; `written` if the file has another schema.
    pub(super) fn new(
        document: Document,
        written: Option<Written>,
        schema: SchemaRef,
        codec: Codec,
        limits: Limits,
        repairs: Repairs,
    ) -> Result<Self> {
        let sizes = document.least_sizes();
        let announced = schema;
        let schema = keys::widened(&announced).unwrap_or_else(|| announced.clone());
        // Compiled once here so that what cannot be read is said before anything is.
        Root::new(&document, &sizes, schema.fields())?;
        Ok(BlockDecode {
            plan: Arc::new(Plan {
                document,
                sizes,
                schema,
                announced,
                codec,
                limits,
                written: written.map(Arc::new),
                repairs,
            }),
        })
    }
}

impl Plan {
    /// The fewest bytes of a record in the file.
    fn least_size(&self) -> usize {
        match &self.written {
            Some(written) => written.document.least_size(&written.document.root, &written.sizes),
            None => self.document.least_size(&self.document.root, &self.sizes),
        }
    }
}

impl BlockDecode {
    /// The schema of the bytes.
    pub(super) fn document(&self) -> &Document {
        self.plan.written.as_ref().map_or(&self.plan.document, |written| &written.document)
    }
    pub(super) fn codec(&self) -> Codec {
        self.plan.codec
    }
    pub(super) fn limits(&self) -> Limits {
        self.plan.limits
    }
    /// The same for blocks that are not compressed.
    pub(super) fn uncompressed(&self) -> Self {
        BlockDecode { plan: Arc::new(Plan { codec: Codec::Null, ..self.plan.as_ref().clone() }) }
    }
}

impl Decode for BlockDecode {
    fn schema(&self) -> SchemaRef {
        self.plan.announced.clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        let plan = self.plan.clone();
        let mut root = Root::new(&plan.document, &plan.sizes, plan.schema.fields())?;
        root.repair(plan.repairs);
        let decompressor = Decompressor::new(plan.codec, plan.limits.record_bytes_max);
        let (decoded, wanted) = (plan.schema.clone(), plan.announced.clone());
        let blocks = Blocks {
            root,
            decompressor,
            bytes: slice.bytes,
            position: 0,
            data: Data::None,
            buffer: Vec::new(),
            at: 0,
            left: 0,
            records: 0,
            failed: false,
            resolved: Vec::new(),
            counters: plan.written.as_ref().map(|written| written.resolution.counters()).unwrap_or_default(),
            plan,
        };
        Ok(announced(Box::new(blocks), &decoded, &wanted))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

/// The decompressed bytes of the block being read.
enum Data {
    /// No block is open.
    None,
    /// This part of the chunk: the block is not compressed.
    Chunk(usize, usize),
    /// The buffer.
    Buffer,
}

struct Blocks {
    plan: Arc<Plan>,
    root: Root,
    decompressor: Decompressor,
    bytes: Bytes,
    /// Where the next block begins, or the open one, if one is open.
    position: usize,
    data: Data,
    buffer: Vec<u8>,
    /// How far the block is read.
    at: usize,
    /// Records of the block that are not read yet.
    left: u64,
    /// Records of the chunk that are read.
    records: u64,
    failed: bool,
    /// A record in the reader's schema.
    resolved: Vec<u8>,
    /// How often each enum took its default since the last batch.
    counters: Vec<u64>,
}

impl Blocks {
    /// Opens the next block that has anything in it. False at the end of the chunk.
    fn open(&mut self) -> Result<bool> {
        let max = self.plan.limits.record_bytes_max;
        let start = self.position;
        let rest = self.bytes.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
        let cut_off = || Error::malformed("the chunk ends in the middle of a block");
        let head = block_head(rest, max)?.ok_or_else(cut_off)?;
        let data = rest.get(head.len..head.len + head.size).ok_or_else(cut_off)?;
        let len = match self.plan.codec {
            Codec::Null => {
                let start = start + head.len;
                self.data = Data::Chunk(start, start + head.size);
                head.size
            }
            _ => {
                self.decompressor.decompress(data, &mut self.buffer)?;
                self.data = Data::Buffer;
                self.buffer.len()
            }
        };
        let least = self.plan.least_size();
        let most = match least {
            0 => EMPTY_RECORDS_MAX,
            least => (len / least) as u64,
        };
        if head.records > most {
            let records = head.records;
            return Err(match least {
                0 => Error::limit(format!("a block of {records} empty records; at most {EMPTY_RECORDS_MAX}")).with_hint(
                    "`fmtconv count` tells how many there are, and they hold nothing else; to convert them, write the \
                     file with fewer in a block, as a sync or flush of the Avro writer ends one",
                ),
                _ => Error::malformed(format!("a block claims {records} records in {len} bytes")),
            });
        }
        self.at = 0;
        self.left = head.records;
        Ok(true)
    }

    /// Ends the open block: its records must have used its bytes, to the last.
    fn close(&mut self) -> Result<()> {
        let len = match self.data {
            Data::None => return Ok(()),
            Data::Chunk(start, end) => end - start,
            Data::Buffer => self.buffer.len(),
        };
        if self.at != len {
            let left = len - self.at;
            return Err(Error::malformed(format!("{left} bytes are left behind the last record of a block")));
        }
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let head = block_head(rest, self.plan.limits.record_bytes_max)?;
        self.position += head.map_or(rest.len(), |head| head.len + head.size + 16);
        self.data = Data::None;
        Ok(())
    }

    fn next_batch(&mut self) -> Result<Option<Batch>> {
        let first = self.records;
        let plan = self.plan.clone();
        let context = Context { document: &plan.document, depth_max: plan.limits.depth_max };
        let rows_max = plan.limits.batch_rows.max(1) as u64;
        let mut rows = 0;
        let mut used = 0;
        let mut expected = false;
        while rows < rows_max && used < BATCH_BYTES {
            if let Data::None = self.data {
                if !self.open().map_err(|error| self.located(error, rows))? {
                    break;
                }
                self.root.reserve(self.left.min(rows_max - rows) as usize);
            }
            let data = match self.data {
                Data::Chunk(start, end) => self.bytes.get(start..end),
                _ => self.buffer.get(..),
            };
            let mut cursor = Cursor::new(data.unwrap_or_default());
            cursor.advance(self.at);
            let mut left = self.left;
            let mut failed = None;
            while left > 0 && rows < rows_max && used + cursor.position() - self.at < BATCH_BYTES {
                let read = match &plan.written {
                    None => self.root.read(&mut cursor, &context),
                    Some(written) => {
                        let of_file = Context { document: &written.document, ..context };
                        let Blocks { resolved, counters, root, .. } = self;
                        resolved.clear();
                        let most = plan.limits.record_bytes_max;
                        let rewritten = written.resolution.datum(&mut cursor, &of_file, counters, resolved, most);
                        used += resolved.len();
                        rewritten.and_then(|()| root.read(&mut Cursor::new(resolved), &context))
                    }
                };
                if let Err(error) = read {
                    failed = Some(error);
                    break;
                }
                rows += 1;
                left -= 1;
            }
            used += cursor.position() - self.at;
            self.at = cursor.position();
            self.left = left;
            if let Some(error) = failed {
                return Err(self.located(error, rows));
            }
            if left == 0 {
                let block = self.position;
                self.close().map_err(|error| self.located(error, rows))?;
                if !expected {
                    // The blocks of a file are alike.
                    expected = true;
                    let blocks = self.bytes.len().saturating_sub(self.position) / (self.position - block).max(1);
                    let most = (rows_max - rows) / rows.max(1);
                    self.root.expect(blocks.min(usize::try_from(most).unwrap_or(usize::MAX)));
                }
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        self.records += rows;
        let columns = self.root.finish().map_err(|error| error.shifted(first, 0, 0))?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows as usize));
        let mut batch = Batch::new(RecordBatch::try_new_with_options(plan.schema.clone(), columns, &options)?);
        self.root.take_altered(|code, column, count| {
            *batch.report.losses.entry((code, column.to_owned())).or_default() += count;
        });
        if let Some(written) = &plan.written {
            for (counter, count) in self.counters.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
                let column = written.resolution.counted(counter).to_owned();
                batch.report.losses.insert((Code::Enum, column), std::mem::take(count));
            }
        }
        Ok(Some(batch))
    }

    /// Says which record of the chunk an error belongs to, and which block.
    fn located(&self, error: Error, rows: u64) -> Error {
        error.at_record(self.records + rows).at_byte(self.position as u64)
    }
}

impl Iterator for Blocks {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_batch().map_err(super::options::as_read).transpose();
        self.failed = !matches!(next, Some(Ok(_)));
        next
    }
}
