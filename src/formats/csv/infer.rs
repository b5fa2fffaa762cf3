//! Types of columns from all records, in one parallel pass over the source.
//!
//! A type is chosen only if it gives every value back: a column state has a fixed size, merges in
//! any order, and only grows: unknown → number, boolean, date, timestamp → text.

use arrow_schema::{DataType, Field};

use super::cut::records;
use super::dialect::Dialect;
use super::token::{Nulls, Rows, Tokenizer};
use crate::column::json::raw_text;
use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::pipeline::Slice;
use crate::pipeline::aside::{Found, sieve};
use crate::report::Report;
use crate::schema::infer::temporal::{TimestampShape, is_date};
use crate::schema::infer::{Fractions, NumberShape};

/// Records taken apart at a time.
const ROWS: usize = 4096;

/// What the values of a column have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum ColumnShape {
    /// No value yet.
    #[default]
    Unknown,
    Number(NumberShape),
    Boolean {
        /// Whether all are lower-case.
        plain: bool,
    },
    /// `YYYY-MM-DD`.
    Date,
    Timestamp(TimestampShape),
    Text,
    /// Text that is not UTF-8, where its bytes are kept.
    Bytes,
}

impl ColumnShape {
    /// Takes the values of a column into account. Null says nothing.
    pub(super) fn observe<'a>(&mut self, tokens: impl Iterator<Item = Option<&'a [u8]>>) {
        for token in tokens.flatten() {
            let fits = match self {
                ColumnShape::Text | ColumnShape::Bytes => return,
                ColumnShape::Number(shape) => shape.observe(token),
                ColumnShape::Boolean { plain } => {
                    *plain &= token.iter().all(u8::is_ascii_lowercase);
                    is_boolean(token)
                }
                ColumnShape::Date => is_date(token),
                ColumnShape::Timestamp(shape) => match TimestampShape::of(token) {
                    Some(other) => shape.merge(&other),
                    None => false,
                },
                ColumnShape::Unknown => {
                    *self = Self::of(token);
                    true
                }
            };
            if !fits {
                *self = ColumnShape::Text;
                return;
            }
        }
    }

    fn of(token: &[u8]) -> Self {
        if is_date(token) {
            return ColumnShape::Date;
        }
        if let Some(shape) = TimestampShape::of(token) {
            return ColumnShape::Timestamp(shape);
        }
        if is_boolean(token) {
            return ColumnShape::Boolean { plain: token.iter().all(u8::is_ascii_lowercase) };
        }
        let mut shape = NumberShape::default();
        if shape.observe(token) { ColumnShape::Number(shape) } else { ColumnShape::Text }
    }

    /// Adds what a later part of the column showed.
    pub(super) fn merge(&mut self, other: &ColumnShape) {
        let fits = match (&mut *self, other) {
            (_, ColumnShape::Unknown) | (ColumnShape::Bytes, _) => true,
            (_, ColumnShape::Bytes) => {
                *self = ColumnShape::Bytes;
                true
            }
            (ColumnShape::Unknown, other) => {
                *self = other.clone();
                true
            }
            (ColumnShape::Number(shape), ColumnShape::Number(other)) => {
                shape.merge(other);
                !shape.is_text()
            }
            (ColumnShape::Timestamp(shape), ColumnShape::Timestamp(other)) => shape.merge(other),
            (ColumnShape::Boolean { plain }, ColumnShape::Boolean { plain: other }) => {
                *plain &= other;
                true
            }
            (ColumnShape::Date, ColumnShape::Date) => true,
            _ => false,
        };
        if !fits {
            *self = ColumnShape::Text;
        }
    }

    /// Whether no value was seen.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, ColumnShape::Unknown)
    }

    /// The type. A column without any value is text, so that appending to it works.
    pub(super) fn data_type(&self, fractions: Fractions) -> DataType {
        match self {
            ColumnShape::Unknown | ColumnShape::Text => DataType::Utf8,
            ColumnShape::Bytes => DataType::Binary,
            ColumnShape::Number(shape) => shape.csv_type(fractions).unwrap_or(DataType::Utf8),
            ColumnShape::Boolean { .. } => DataType::Boolean,
            ColumnShape::Date => DataType::Date32,
            ColumnShape::Timestamp(shape) => shape.data_type(),
        }
    }

    /// The column.
    pub(super) fn field(&self, name: &str, fractions: Fractions) -> Field {
        match self {
            ColumnShape::Bytes => raw_text(name),
            _ => Field::new(name, self.data_type(fractions), true),
        }
    }

    /// Whether some values will be written in another form than they were read.
    pub(super) fn restyles(&self, fractions: Fractions) -> bool {
        match self {
            ColumnShape::Number(shape) => shape.csv_restyles(fractions),
            ColumnShape::Boolean { plain } => !plain,
            ColumnShape::Timestamp(shape) => !shape.is_plain() && shape.data_type() != DataType::Utf8,
            ColumnShape::Unknown | ColumnShape::Date | ColumnShape::Text | ColumnShape::Bytes => false,
        }
    }
}

fn is_boolean(token: &[u8]) -> bool {
    token.eq_ignore_ascii_case(b"true") || token.eq_ignore_ascii_case(b"false")
}

/// What one slice showed: the state of each column, and the counts for positions.
pub(super) struct Observed {
    pub(super) columns: Vec<ColumnShape>,
    pub(super) report: Report,
}

/// The same as [`observe`], but for the records that cannot be read if `set_aside`: the run sets them aside.
pub(super) fn observe_readable(
    dialect: &Dialect,
    wanted: &[bool],
    slice: &Slice,
    records_max: u64,
    set_aside: bool,
) -> Result<Observed> {
    let error = match observe(dialect, wanted, slice, records_max) {
        Err(error) if set_aside => error,
        other => return other,
    };
    if error.kind() == crate::error::ErrorKind::Limit {
        return Err(error);
    }
    let records = records(dialect, wanted.len(), &slice.bytes);
    let count = records.len().min(usize::try_from(records_max).unwrap_or(usize::MAX));
    let start = |record: usize| records.get(record).map_or(slice.bytes.len(), |record| record.start);
    let mut columns = vec![ColumnShape::Unknown; wanted.len()];
    let attempt = |range: std::ops::Range<usize>| {
        let bytes = slice.bytes.slice(start(range.start)..start(range.end));
        observe(dialect, wanted, &Slice { bytes, first: false, last: false }, u64::MAX)
    };
    sieve(count, attempt, |found| {
        if let Found::Good(seen) = found {
            columns.iter_mut().zip(&seen.columns).for_each(|(column, seen)| column.merge(seen));
        }
        Ok(())
    })?;
    let report = Report { lines: dialect.count_lines(&slice.bytes), ..Report::read(count as u64) };
    Ok(Observed { columns, report })
}

/// Reads the columns of `slice` marked in `wanted`, up to `records_max` records.
///
/// # Errors
/// Records that are not well-formed, with positions relative to the slice.
pub(super) fn observe(dialect: &Dialect, wanted: &[bool], slice: &Slice, records_max: u64) -> Result<Observed> {
    let bytes = &slice.bytes[..];
    let nulls = Nulls::of(dialect, wanted.len());
    let mut tokenizer = Tokenizer::new(dialect, wanted.len());
    let valid = tokenizer.check_utf8(bytes);
    let keep = !valid && dialect.repair == Some(Repair::Keep);
    let mut columns = vec![ColumnShape::Unknown; wanted.len()];
    let mut rows = Rows::default();
    let mut records = 0;
    let mut at = 0;
    while at < bytes.len() && records < records_max {
        let rows_max = usize::try_from(records_max - records).unwrap_or(ROWS).min(ROWS);
        let filled = tokenizer.fill(bytes, &mut at, rows_max, &mut rows);
        filled.map_err(|error: Error| error.shifted(records, 0, 0))?;
        for (index, column) in columns.iter_mut().enumerate() {
            if keep
                && rows
                    .column(bytes, index, &nulls, 0..rows.len())
                    .any(|token| token.is_some_and(|token| std::str::from_utf8(token).is_err()))
            {
                *column = ColumnShape::Bytes;
            }
            if wanted[index] && *column != ColumnShape::Text {
                column.observe(rows.column(bytes, index, &nulls, 0..rows.len()));
            }
        }
        records += rows.len() as u64;
    }
    let report = Report { lines: dialect.count_lines(bytes), ..Report::read(records) };
    Ok(Observed { columns, report })
}
