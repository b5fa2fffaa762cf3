//! Types of columns from all records, in one parallel pass over the source.
//!
//! A type is chosen only if it gives every value back (type-mapping §3.5): a column state has a fixed size, merges in
//! any order, and only grows: unknown → number, boolean, date, timestamp → text.

use arrow_schema::{DataType, TimeUnit};

use super::cut::records;
use super::dialect::Dialect;
use super::token::{Nulls, Rows, Tokenizer};
use crate::column::temporal::{self, Zone};
use crate::error::{Error, Result};
use crate::pipeline::Slice;
use crate::pipeline::aside::{Found, sieve};
use crate::report::Report;
use crate::schema::infer::NumberShape;

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
}

/// How timestamps are written; all of a column must be written alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimestampShape {
    separator: u8,
    seconds: bool,
    zone: Option<i32>,
    /// Fraction digits at most.
    digits: usize,
    /// Whether all fit 64 bits of nanoseconds.
    fits_nanoseconds: bool,
    /// Whether all are in the form in which timestamps are written.
    plain: bool,
}

impl ColumnShape {
    /// Takes the values of a column into account. Null says nothing.
    fn observe<'a>(&mut self, tokens: impl Iterator<Item = Option<&'a [u8]>>) {
        for token in tokens.flatten() {
            let fits = match self {
                ColumnShape::Text => return,
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
            (_, ColumnShape::Unknown) => true,
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

    /// The type. A column without any value is text, so that appending to it works.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            ColumnShape::Unknown | ColumnShape::Text => DataType::Utf8,
            ColumnShape::Number(shape) => shape.csv_type().unwrap_or(DataType::Utf8),
            ColumnShape::Boolean { .. } => DataType::Boolean,
            ColumnShape::Date => DataType::Date32,
            ColumnShape::Timestamp(shape) => shape.data_type(),
        }
    }

    /// Whether some values will be written in another form than they were read.
    pub(super) fn restyles(&self) -> bool {
        match self {
            ColumnShape::Number(shape) => shape.csv_restyles(),
            ColumnShape::Boolean { plain } => !plain,
            ColumnShape::Timestamp(shape) => !shape.plain && shape.data_type() != DataType::Utf8,
            ColumnShape::Unknown | ColumnShape::Date | ColumnShape::Text => false,
        }
    }
}

fn is_boolean(token: &[u8]) -> bool {
    token.eq_ignore_ascii_case(b"true") || token.eq_ignore_ascii_case(b"false")
}

fn is_date(token: &[u8]) -> bool {
    token.len() == 10 && token[4] == b'-' && temporal::parse_date(token).is_ok()
}

impl TimestampShape {
    #[inline]
    fn of(token: &[u8]) -> Option<Self> {
        if token.len() < 16 || token[4] != b'-' || token[13] != b':' || !token[0].is_ascii_digit() {
            return None;
        }
        let separator = token[10];
        if !matches!(separator, b'T' | b' ') {
            return None;
        }
        let (seconds, digits, suffix) = match &token[16..] {
            [b':', _, _, b'.', rest @ ..] => {
                let digits = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
                (true, digits, &rest[digits..])
            }
            [b':', _, _, rest @ ..] => (true, 0, rest),
            rest => (false, 0, rest),
        };
        let zone = match suffix {
            [] => None,
            [b'Z'] => Some(0),
            // Only the form in which offsets are written.
            [_, _, _, b':', _, _] => match temporal::offset(suffix) {
                Some((offset, [])) => Some(offset),
                _ => return None,
            },
            _ => return None,
        };
        let unit = match digits {
            0..=6 => TimeUnit::Microsecond,
            7..=9 => TimeUnit::Nanosecond,
            _ => return None,
        };
        let parsed = if zone.is_some() { Zone::Utc } else { Zone::Naive };
        temporal::parse_timestamp(token, unit, parsed).ok()?;
        // 1677-09-21 to 2262-04-11; whole years inside are enough.
        let fits_nanoseconds = (b"1678"..=b"2261").contains(&token.first_chunk::<4>()?);
        // Written with 0, 3, 6 or 9 digits, as few as keep the value, and UTC as `Z`.
        let fraction = &token[..token.len() - suffix.len()];
        let plain = separator == b'T'
            && seconds
            && matches!(digits, 0 | 3 | 6 | 9)
            && (digits == 0 || !fraction.ends_with(b"000"))
            && (zone != Some(0) || suffix == b"Z");
        Some(TimestampShape { separator, seconds, zone, digits, fits_nanoseconds, plain })
    }

    /// False if the two are not written alike, or no unit holds both.
    fn merge(&mut self, other: &TimestampShape) -> bool {
        let alike = self.separator == other.separator && self.seconds == other.seconds && self.zone == other.zone;
        self.digits = self.digits.max(other.digits);
        self.fits_nanoseconds &= other.fits_nanoseconds;
        self.plain &= other.plain;
        alike
    }

    fn data_type(&self) -> DataType {
        let unit = if self.digits > 6 { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
        if unit == TimeUnit::Nanosecond && !self.fits_nanoseconds {
            return DataType::Utf8;
        }
        let zone = self.zone.map(|offset| match offset {
            0 => "UTC".to_owned(),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs() / 60;
                format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        });
        DataType::Timestamp(unit, zone.map(Into::into))
    }
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
    tokenizer.check_utf8(bytes);
    let mut columns = vec![ColumnShape::Unknown; wanted.len()];
    let mut rows = Rows::default();
    let mut records = 0;
    let mut at = 0;
    while at < bytes.len() && records < records_max {
        let rows_max = usize::try_from(records_max - records).unwrap_or(ROWS).min(ROWS);
        let filled = tokenizer.fill(bytes, &mut at, rows_max, &mut rows);
        filled.map_err(|error: Error| error.shifted(records, 0, 0))?;
        for (index, column) in columns.iter_mut().enumerate() {
            if wanted[index] && *column != ColumnShape::Text {
                column.observe(rows.column(bytes, index, &nulls));
            }
        }
        records += rows.len() as u64;
    }
    let report = Report { lines: dialect.count_lines(bytes), ..Report::read(records) };
    Ok(Observed { columns, report })
}
