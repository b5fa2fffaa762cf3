//! The usual values of the usual types, straight from text to column. All others go the long way, which says what is
//! wrong and puts in what the user let through; both give the same values.

use super::super::scan::{copy_plain, plain_number, plain_word};
use super::node::{Kind, Node};
use crate::column::number::parse_f64_printed;

impl Node {
    /// Appends the value at `at` in `text` and returns where it ends; `None`, and nothing is done, if it takes a closer
    /// look. `strings`: whether strings are taken as they are.
    #[inline(always)]
    pub(super) fn append_plain(&mut self, text: &[u8], at: usize, strings: bool) -> Option<usize> {
        let first = *text.get(at)?;
        if first == b'n' && self.nullable {
            return self.append_plain_null(text, at);
        }
        match &mut self.kind {
            Kind::Text(column) if first == b'"' && strings => {
                let end = copy_plain(text, at + 1, &mut column.data)?;
                column.close_row();
                Some(end)
            }
            Kind::Int64(column) => {
                let number = plain_number(text, at)?;
                column.push(number.as_i64()?);
                Some(number.end)
            }
            Kind::Float64(column) => {
                let number = plain_number(text, at)?;
                let value = match number.as_f64() {
                    Some(value) => value,
                    None => parse_f64_printed(text.get(at..number.end)?)?,
                };
                column.push(value);
                Some(number.end)
            }
            Kind::Boolean(values, nulls) => {
                let (value, end) = match first {
                    b't' => (true, plain_word(text, at, b"true")?),
                    _ => (false, plain_word(text, at, b"false")?),
                };
                values.append(value);
                nulls.append_non_null();
                Some(end)
            }
            _ => None,
        }
    }

    #[inline]
    fn append_plain_null(&mut self, text: &[u8], at: usize) -> Option<usize> {
        if !matches!(self.kind, Kind::Text(_) | Kind::Int64(_) | Kind::Float64(_) | Kind::Boolean(..)) {
            return None;
        }
        let end = plain_word(text, at, b"null")?;
        self.append_nulls(1);
        Some(end)
    }
}
