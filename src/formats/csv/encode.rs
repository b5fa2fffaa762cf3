//! Columns into records: each column is taken apart once per batch, then rows are written one after the other.
//!
//! `put` writes the usual values into room that is there already; `push` writes any value, or says why it cannot.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::header::typed_name;
use super::schema::Cell;
use super::style::Style;
use crate::code::Code;
use crate::column::json::{UnionStyle, ValueWriter, WriteRules};
use crate::column::notes::{self, Wanted};
use crate::column::text::cells::{Blocks, Cells, Null};
use crate::column::text::entries::Entries;
use crate::column::text::put;
use crate::column::text::{self, BytesText, TextColumn, TextForm, rows};
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;

/// Encodes records of one schema.
#[derive(Debug)]
pub struct Encoder {
    cells: Vec<Cell>,
    style: Style,
    bytes: BytesText,
    rules: WriteRules,
}

/// What a reader may take for the delimiter of a file of one column, which has none.
const DELIMITERS: &[u8] = b",;\t|";

impl Encoder {
    pub(super) fn new(cells: Vec<Cell>, style: Style, bytes: BytesText, rules: WriteRules) -> Self {
        Encoder { cells, style, bytes, rules }
    }

    /// The header line; with `types`, `name:type`.
    pub(super) fn header(&self, mark: bool, types: bool) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        if mark {
            out.extend_from_slice(b"\xef\xbb\xbf");
        }
        for (index, cell) in self.cells.iter().enumerate() {
            if index > 0 {
                out.push(self.style.dialect.delimiter);
            }
            let name = match types {
                true => typed_name(&cell.name, &cell.field).0,
                false => cell.name.clone(),
            };
            let name = name.as_bytes();
            let pushed = match self.style.alone && name.iter().any(|byte| DELIMITERS.contains(byte)) {
                true => self.style.push_quoted(&mut out, name),
                false => self.style.push(&mut out, name, index == 0),
            };
            pushed.map_err(|error| error.in_column(&cell.name))?;
        }
        out.extend_from_slice(self.style.line_end);
        Ok(out)
    }

    /// Adds what readers may not take as it is written.
    fn note(&self, records: &RecordBatch, report: &mut Report) -> Result<()> {
        for cell in &self.cells {
            let wanted = match cell.nested {
                true => Wanted::of(&self.rules),
                // The type of a column is what its readers make of it.
                false => Wanted { nan: true, ..Wanted::default() },
            };
            notes::note(&cell.field, &array_at(records, cell)?.0, &cell.name, wanted, report);
        }
        Ok(())
    }

    /// Writes the rows of a batch into `out` from `end` on, and moves `end` to theirs.
    fn push_batch(&self, records: &RecordBatch, out: &mut Vec<u8>, end: &mut usize) -> Result<()> {
        if self.cells.is_empty() && records.num_rows() > 0 {
            return Err(Error::unsupported("CSV cannot hold records without columns")
                .with_code(Code::Rows)
                .at_record(0)
                .with_hint("name another format with --to"));
        }
        let arrays: Vec<(ArrayRef, Option<NullBuffer>)> =
            self.cells.iter().map(|cell| array_at(records, cell)).collect::<Result<_>>()?;
        let mut columns = Vec::with_capacity(arrays.len());
        for (index, (cell, (array, outer))) in self.cells.iter().zip(&arrays).enumerate() {
            columns.push(self.column(cell, array, outer.as_ref(), index == 0)?);
        }
        let columns = (columns, Null::new(&self.style.null));
        let mut blocks = Blocks::new(columns.0.len(), records.num_rows());
        let mut nested = Vec::new();
        let put = |room: &mut [u8], at, row| self.put_row(&columns, &mut blocks, &mut nested, room, at, row);
        let mut scratch = Vec::new();
        let push = |out: &mut Vec<u8>, _, row| {
            for (index, column) in columns.0.iter().enumerate() {
                if index > 0 {
                    out.push(self.style.dialect.delimiter);
                }
                self.push_value(out, column, row, index == 0, &mut scratch)
                    .map_err(|error| error.at_record(row as u64).in_column(&self.cells[index].name))?;
            }
            out.extend_from_slice(self.style.line_end);
            Ok(())
        };
        rows::append(out, end, records.num_rows(), put, push)
    }

    /// Takes a column apart; `outer`: where a struct around it is null.
    fn column<'a>(
        &self,
        cell: &'a Cell,
        array: &'a ArrayRef,
        outer: Option<&NullBuffer>,
        first: bool,
    ) -> Result<Column<'a>> {
        // With tags the branch that is null shows.
        let tagged = self.rules.union == UnionStyle::Tagged && matches!(array.data_type(), DataType::Union(..));
        let nulls = if cell.nested && tagged { None } else { array.logical_nulls() };
        let nulls = NullBuffer::union(outer, nulls.as_ref()).filter(|nulls| nulls.null_count() > 0);
        let values = if cell.nested {
            let writer = ValueWriter::new(&cell.field, array, &self.rules);
            Values::Nested(writer.map_err(|error| error.in_column(&cell.name))?)
        } else if let Some(entries) = Entries::new(array, |out, text| self.style.push(out, text.as_bytes(), first).ok())
        {
            Values::Entries(entries)
        } else {
            let mut column = TextColumn::new(array, &cell.field, self.bytes)?;
            if column.form() == TextForm::Text {
                self.style.mark(&mut column, array.len(), first);
            }
            Values::Scalar(column)
        };
        Ok(Column { nulls, values })
    }

    /// Puts a row into `room` from `at` on; `None`: it is to be pushed.
    #[inline(always)]
    fn put_row<'a>(
        &self,
        (columns, null): &'a (Vec<Column<'_>>, Null),
        blocks: &mut Blocks<'a>,
        nested: &mut Vec<u8>,
        room: &mut [u8],
        at: usize,
        row: usize,
    ) -> Option<usize> {
        if self.style.odd || self.style.always {
            return None;
        }
        let (cells, index) = blocks.at(row, |column, cells, rows| match columns.get(column) {
            Some(column) => column.fill(cells, rows, null),
            None => cells.leave(),
        });
        let mut at = at;
        let mut first = true;
        for (column, cells) in columns.iter().zip(cells) {
            at = match cells.put(room, at, index) {
                Some(end) => end,
                None => self.put_value(column, nested, room, at, row, first)?,
            };
            at = put::byte(room, at, self.style.dialect.delimiter)?;
            first = false;
        }
        // No delimiter behind the last.
        put::bytes(room, at - usize::from(!first), self.style.line_end)
    }

    /// Puts a value down that its block leaves.
    fn put_value(
        &self,
        column: &Column<'_>,
        nested: &mut Vec<u8>,
        room: &mut [u8],
        at: usize,
        row: usize,
        first: bool,
    ) -> Option<usize> {
        if column.is_null(row) {
            return put::bytes(room, at, &self.style.null);
        }
        match &column.values {
            Values::Scalar(column) if column.is_marked(row) => {
                self.style.put(room, at, column.text(row).as_bytes(), first)
            }
            // Only what was marked is empty, but for empty binary.
            Values::Scalar(column) => column.put(room, at, row).filter(|end| *end > at),
            Values::Entries(entries) => put::bytes(room, at, entries.get(row)?),
            Values::Nested(writer) => {
                nested.clear();
                writer.push(nested, row).ok()?;
                self.style.put(room, at, nested, first)
            }
        }
    }

    #[inline]
    fn push_value(
        &self,
        out: &mut Vec<u8>,
        column: &Column<'_>,
        row: usize,
        first: bool,
        scratch: &mut Vec<u8>,
    ) -> Result<()> {
        let style = &self.style;
        if column.is_null(row) {
            out.extend_from_slice(&style.null);
            return Ok(());
        }
        match &column.values {
            Values::Scalar(column) if column.form() == TextForm::Text => {
                style.push(out, column.text(row).as_bytes(), first)
            }
            Values::Scalar(column) => {
                let start = out.len();
                column.push(out, row).map_err(text::refused)?;
                // Numbers and dates are never empty and hold nothing special in usual dialects; empty binary is.
                if out.len() == start || style.odd || style.always {
                    scratch.clear();
                    scratch.extend_from_slice(&out[start..]);
                    out.truncate(start);
                    return style.push(out, scratch, first);
                }
                Ok(())
            }
            Values::Entries(entries) => {
                out.extend_from_slice(entries.get(row).unwrap_or_default());
                Ok(())
            }
            Values::Nested(writer) => {
                scratch.clear();
                writer.push(scratch, row)?;
                style.push(out, scratch, first)
            }
        }
    }
}

/// A column of a batch, taken apart.
struct Column<'a> {
    /// Where it is null, or a struct around it.
    nulls: Option<NullBuffer>,
    values: Values<'a>,
}

enum Values<'a> {
    Scalar(TextColumn<'a>),
    Entries(Entries),
    Nested(ValueWriter<'a>),
}

impl Column<'_> {
    #[inline]
    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Makes the values of some rows ready.
    fn fill<'a>(&'a self, cells: &mut Cells<'a>, rows: Range<usize>, null: &'a Null) {
        let nulls = self.nulls.as_ref();
        match &self.values {
            Values::Scalar(column) => cells.scalar(column, rows, nulls, null, false),
            Values::Entries(entries) => cells.entries(entries, rows, nulls, null),
            Values::Nested(_) => cells.leave(),
        }
    }
}

/// The array of a cell, and where a struct around it is null.
fn array_at(records: &RecordBatch, cell: &Cell) -> Result<(ArrayRef, Option<NullBuffer>)> {
    let missing = || Error::internal("a batch has another schema than the output").in_column(&cell.name);
    let mut path = cell.path.iter();
    let first = path.next().and_then(|index| records.columns().get(*index)).ok_or_else(missing)?;
    let mut array = first.clone();
    let mut outer = None;
    for index in path {
        let DataType::Struct(_) = array.data_type() else { return Err(missing()) };
        let members = array.as_struct();
        outer = NullBuffer::union(outer.as_ref(), members.nulls());
        let member = members.columns().get(*index).ok_or_else(missing)?.clone();
        array = member;
    }
    Ok((array, outer))
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    fn check(&self, records: &RecordBatch) -> Result<()> {
        self.push_batch(records, &mut Vec::new(), &mut 0)
    }

    fn takes_dictionaries(&self) -> bool {
        true
    }

    fn takes_views(&self) -> bool {
        true
    }

    fn writes_over(&self) -> bool {
        true
    }

    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        let mut end = 0;
        for batch in batches {
            let batch = batch?;
            self.push_batch(&batch.records, &mut piece, &mut end)
                .map_err(|error| error.shifted(report.records_out, 0, 0))?;
            self.note(&batch.records, &mut report)?;
            report.merge(&batch.report);
            report.records_out += batch.records.num_rows() as u64;
        }
        piece.truncate(end);
        Ok(Encoded { piece, report })
    }
}
