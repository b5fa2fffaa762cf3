//! Which records of two inputs differ, and at which paths: equality is that of the record model ([`super::canon`]).
//!
//! Without a key, records are compared by position, and brought in step again after insertions and deletions within a
//! window (`align`). With a key, both sides are sorted by it, on disk where they are larger than memory (`sort`), and
//! joined.

mod align;
mod sort;

use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};

use super::canon::{Columns, RecordBytes, Relaxed};
use super::records::Records;
use super::value::{Canonical, changes, spans};
pub use super::value::{Change, Value};
use crate::error::{Error, Result};
use crate::pipeline::{Exec, Reader, Steps};
use crate::report::Tally;
use crate::schema::type_text::field_text;

/// Records that are looked ahead, on each side, to find where the sides are in step again.
pub const WINDOW: usize = 512;
/// Bytes of records kept in memory by each side of a comparison by key, if no bound was given.
const SORT_BYTES: usize = 256 << 20;

/// How records are matched.
#[derive(Clone, Debug)]
pub struct Options {
    /// Columns that say which records belong together; none: their position does.
    pub key: Vec<String>,
    /// See [`WINDOW`].
    pub window: usize,
    /// Bytes of records kept in memory by each side of a comparison by key; `None`: a share of the bound of the run.
    pub sort_bytes: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Options { key: Vec::new(), window: WINDOW, sort_bytes: None }
    }
}

/// One difference. Records count from zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A column of one side only. Its values are not compared.
    Column {
        /// Its name.
        name: String,
        /// Its type on the first side.
        left: Option<String>,
        /// Its type on the second side.
        right: Option<String>,
    },
    /// A column has another type. Its values are compared all the same, and this alone is no difference of records.
    Type {
        /// Its name.
        name: String,
        /// The type on the first side.
        left: String,
        /// The type on the second side.
        right: String,
    },
    /// A record of both sides with different values.
    Changed {
        /// Its number on the first side.
        left: u64,
        /// Its number on the second side.
        right: u64,
        /// The values of its key.
        key: Vec<(String, Value)>,
        /// The paths at which it differs.
        changes: Vec<Change>,
    },
    /// A record of the first side only.
    Removed {
        /// Its number.
        left: u64,
        /// Its columns.
        record: Vec<(String, Value)>,
    },
    /// A record of the second side only.
    Added {
        /// Its number.
        right: u64,
        /// Its columns.
        record: Vec<(String, Value)>,
    },
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records of the first side.
    pub left: u64,
    /// Records of the second side.
    pub right: u64,
    /// Columns of one side only.
    pub columns: u64,
    /// Records that are equal.
    pub equal: u64,
    /// Records with different values.
    pub changed: u64,
    /// Records of the first side only.
    pub removed: u64,
    /// Records of the second side only.
    pub added: u64,
    /// Records whose key stood there before, on the same side: matched in the order in which they stand.
    pub repeated_keys: u64,
    /// Whether the comparison was ended by whom the differences were told to: the rest was not looked at.
    pub stopped: bool,
}

impl Summary {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.columns + self.changed + self.removed + self.added == 0
    }
}

/// Goes on, or ends the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next difference, please.
    Continue,
    /// Enough.
    Stop,
}

/// One side of a comparison: a reader and the steps behind it.
pub struct Side {
    /// Where the records come from.
    pub reader: Box<dyn Reader>,
    /// Applied to each batch.
    pub steps: Steps,
}

impl Side {
    pub(super) fn schema(&self) -> SchemaRef {
        self.steps.last().map_or_else(|| self.reader.schema(), |step| step.schema())
    }
}

/// Compares two inputs; `tell` gets the differences, those of the schemas first.
///
/// # Errors
/// What reading either side gives; `Usage` if a key column is not there.
pub fn diff(
    left: Side,
    right: Side,
    options: &Options,
    exec: &Exec,
    tell: impl FnMut(Difference) -> Result<Flow>,
) -> Result<Summary> {
    diff_counted(left, right, options, exec, &Default::default(), tell)
}

/// As [`diff()`], and counts in `tallies` what was lost in reading each side.
///
/// # Errors
/// As [`diff()`].
pub fn diff_counted(
    left: Side,
    right: Side,
    options: &Options,
    exec: &Exec,
    tallies: &[Tally; 2],
    mut tell: impl FnMut(Difference) -> Result<Flow>,
) -> Result<Summary> {
    let (a, b) = (left.schema(), right.schema());
    let mut told = Told { tell: &mut tell, summary: Summary::default() };
    for difference in schema_differences(&a, &b) {
        told.tell(difference)?;
    }
    let (a, b) = common(&a, &b);
    let names: Vec<String> = a.order.iter().map(|(_, name)| name.clone()).collect();
    let key = options.key.iter().map(|column| {
        names.iter().position(|name| name == column).ok_or_else(|| {
            Error::usage(format!("there is no key column {column:?} on both sides"))
                .with_hint(format!("columns: {}", names.join(", ")))
        })
    });
    let key = key.collect::<Result<Vec<usize>>>()?;
    let left = blocks(left, a, Relaxed::default(), exec).counted(&tallies[0]);
    let right = blocks(right, b, Relaxed::default(), exec).counted(&tallies[1]);
    if key.is_empty() {
        align::align(left, right, &names, options.window, &mut told)?;
    } else {
        let bytes = options.sort_bytes.or(exec.memory().map(|memory| memory / 4)).unwrap_or(SORT_BYTES);
        sort::join(left, right, &names, &key, bytes, &mut told)?;
    }
    Ok(told.summary)
}

/// Compares two inputs by position alone, with columns by position too, up to the first difference: what a conversion
/// did. `without`: the names of columns that are left out.
pub(super) fn first_difference(
    left: Side,
    right: Side,
    relaxed: &Relaxed,
    without: &[String],
    exec: &Exec,
) -> Result<Option<Difference>> {
    let (a, b) = (left.schema(), right.schema());
    let skipped = left_out(&a, without);
    let others = if relaxed.by_position() { skipped.clone() } else { left_out(&b, without) };
    let (a, b) = (Columns::new(&a, relaxed, &skipped), Columns::new(&b, relaxed, &others));
    if a.names() != b.names() {
        let list =
            |columns: &Columns| columns.order.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>().join(", ");
        let (left, right) = (Some(list(&a)), Some(list(&b)));
        return Ok(Some(Difference::Column { name: "names".to_owned(), left, right }));
    }
    let names: Vec<String> = a.order.iter().map(|(_, name)| name.clone()).collect();
    let mut left = blocks(left, a, relaxed.clone(), exec).flat();
    let mut right = blocks(right, b, relaxed.clone(), exec).flat();
    loop {
        return Ok(Some(match (left.next().transpose()?, right.next().transpose()?) {
            (None, None) => return Ok(None),
            (Some(a), Some(b)) if a.bytes == b.bytes => continue,
            (Some(a), Some(b)) => Difference::Changed {
                left: a.number,
                right: b.number,
                key: Vec::new(),
                changes: changes(&names, &a.bytes, &b.bytes)?,
            },
            (Some(a), None) => Difference::Removed { left: a.number, record: named(&names, &a.bytes)? },
            (None, Some(b)) => Difference::Added { right: b.number, record: named(&names, &b.bytes)? },
        }));
    }
}

/// The columns of `schema` that are called so.
pub(super) fn left_out(schema: &Schema, names: &[String]) -> Vec<usize> {
    let fields = schema.fields().iter().enumerate();
    fields.filter(|(_, field)| names.contains(field.name())).map(|(index, _)| index).collect()
}

/// Passes differences on and counts them.
struct Told<'a> {
    tell: &'a mut dyn FnMut(Difference) -> Result<Flow>,
    summary: Summary,
}

impl Told<'_> {
    fn tell(&mut self, difference: Difference) -> Result<()> {
        let summary = &mut self.summary;
        match &difference {
            Difference::Column { .. } => summary.columns += 1,
            Difference::Type { .. } => {}
            Difference::Changed { .. } => summary.changed += 1,
            Difference::Removed { .. } => summary.removed += 1,
            Difference::Added { .. } => summary.added += 1,
        }
        if (self.tell)(difference)? == Flow::Stop {
            summary.stopped = true;
        }
        Ok(())
    }
    fn stopped(&self) -> bool {
        self.summary.stopped
    }
    fn changed(&mut self, names: &[String], key: &[usize], left: &Record, right: &Record) -> Result<()> {
        let values = spans(&left.bytes)?;
        let key = key.iter().map(|at| {
            let value = values.get(*at).map_or(Ok(Value::Null), |bytes| Canonical(bytes).value());
            value.map(|value| (names[*at].clone(), value))
        });
        let key = key.collect::<Result<_>>()?;
        let changes = changes(names, &left.bytes, &right.bytes)?;
        self.tell(Difference::Changed { left: left.number, right: right.number, key, changes })
    }
    fn removed(&mut self, names: &[String], record: &Record) -> Result<()> {
        self.tell(Difference::Removed { left: record.number, record: named(names, &record.bytes)? })
    }
    fn added(&mut self, names: &[String], record: &Record) -> Result<()> {
        self.tell(Difference::Added { right: record.number, record: named(names, &record.bytes)? })
    }
}

/// The columns of a record in canonical order, by name.
fn named(names: &[String], record: &[u8]) -> Result<Vec<(String, Value)>> {
    let values = spans(record)?.into_iter().map(|bytes| Canonical(bytes).value());
    names.iter().zip(values).map(|(name, value)| Ok((name.clone(), value?))).collect()
}

/// A record as canonical bytes.
#[derive(Clone, Debug)]
struct Record {
    number: u64,
    bytes: Box<[u8]>,
}

/// The records of a batch as canonical bytes.
struct Block {
    bytes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
}

struct Blocks(Records<Block>);

fn blocks(side: Side, columns: Columns, relaxed: Relaxed, exec: &Exec) -> Blocks {
    Blocks(Records::new(side.reader, side.steps, exec, move |batch: &RecordBatch| {
        let records = RecordBytes::new(batch, &columns, &relaxed)?;
        let mut block = Block { bytes: Vec::new(), ends: Vec::with_capacity(batch.num_rows()) };
        for row in 0..batch.num_rows() {
            records.push(&mut block.bytes, row).map_err(|error| error.at_record(row as u64))?;
            block.ends.push(block.bytes.len());
        }
        Ok(block)
    }))
}

impl Blocks {
    fn counted(self, tally: &Tally) -> Self {
        Blocks(self.0.counted(tally))
    }
    /// The records one by one.
    fn flat(self) -> Flat {
        Flat { blocks: self.0, block: Block { bytes: Vec::new(), ends: Vec::new() }, at: 0, number: 0 }
    }
}

struct Flat {
    blocks: Records<Block>,
    block: Block,
    at: usize,
    number: u64,
}

impl Iterator for Flat {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        while self.at == self.block.ends.len() {
            match self.blocks.next()? {
                Ok(block) => self.block = block,
                Err(error) => return Some(Err(error)),
            }
            self.at = 0;
        }
        let start = if self.at == 0 { 0 } else { self.block.ends[self.at - 1] };
        let bytes = self.block.bytes[start..self.block.ends[self.at]].into();
        self.at += 1;
        self.number += 1;
        Some(Ok(Record { number: self.number - 1, bytes }))
    }
}

/// Columns of one side only, and columns of other types.
fn schema_differences(left: &Schema, right: &Schema) -> Vec<Difference> {
    let mut out = Vec::new();
    for (name, a) in numbered(left) {
        let a = field_text(left.field(a));
        match numbered(right).into_iter().find(|(other, _)| *other == name) {
            None => out.push(Difference::Column { name: name.0.to_owned(), left: Some(a), right: None }),
            Some((_, b)) => {
                let b = field_text(right.field(b));
                if a != b {
                    out.push(Difference::Type { name: name.0.to_owned(), left: a, right: b });
                }
            }
        }
    }
    let known: Vec<_> = numbered(left).into_iter().map(|(name, _)| name).collect();
    for (name, b) in numbered(right) {
        if !known.contains(&name) {
            let b = field_text(right.field(b));
            out.push(Difference::Column { name: name.0.to_owned(), left: None, right: Some(b) });
        }
    }
    out
}

/// Names with how often they stood before, and their columns.
fn numbered(schema: &Schema) -> Vec<((&str, usize), usize)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let columns = schema.fields().iter().enumerate().map(|(index, field)| {
        let count = seen.entry(field.name()).or_default();
        *count += 1;
        ((field.name().as_str(), *count - 1), index)
    });
    columns.collect()
}

/// The columns that both sides have, in the same order.
fn common(left: &SchemaRef, right: &SchemaRef) -> (Columns, Columns) {
    let (a, b) = (numbered(left), numbered(right));
    let only = |of: &[((&str, usize), usize)], other: &[((&str, usize), usize)]| -> Vec<usize> {
        let known: std::collections::HashSet<_> = other.iter().map(|(name, _)| *name).collect();
        of.iter().filter(|(name, _)| !known.contains(name)).map(|(_, index)| *index).collect()
    };
    let relaxed = Relaxed::default();
    (Columns::new(left, &relaxed, &only(&a, &b)), Columns::new(right, &relaxed, &only(&b, &a)))
}

#[cfg(test)]
mod tests;
