//! The usual values of the usual types, straight from the wire to their columns. All others go the long way, which says
//! what is wrong; both give the same values.

use super::{Column, Store};
use crate::column::proto::wire::Ahead;
use crate::schema::proto::pool::Scalar;

impl Column {
    /// Appends the value at `at`, behind its tag, to a row that the field was not met in before, and returns where it ends.
    /// `None`, and nothing is appended, where that is left to [`Column::read`]: of columns that are not plain, of rows that
    /// are met again, of values that are not as usual.
    #[inline]
    pub fn append_plain(&mut self, row: usize, ahead: Ahead<'_>, at: usize) -> Option<usize> {
        if self.len != row {
            if self.len > row {
                return None;
            }
            self.pad(row);
        }
        let end = match &mut self.store {
            Store::Text(texts) | Store::Binary(texts) => {
                let (length, at) = ahead.varint(at)?;
                let end = ahead.end_of(at, length)?;
                texts.push(ahead.from(at)?, end - at);
                end
            }
            Store::I64(Scalar::Int64, values) => {
                let (value, end) = ahead.varint(at)?;
                values.push(value as i64);
                end
            }
            Store::I32(Scalar::Int32, values) => {
                let (value, end) = ahead.varint(at)?;
                values.push(value as i32);
                end
            }
            Store::U64(Scalar::Uint64, values) => {
                let (value, end) = ahead.varint(at)?;
                values.push(value);
                end
            }
            Store::U32(Scalar::Uint32, values) => {
                let (value, end) = ahead.varint(at)?;
                values.push(value as u32);
                end
            }
            Store::F64(values) => {
                let (value, end) = ahead.block(at)?;
                values.push(f64::from_le_bytes(*value));
                end
            }
            Store::F32(values) => {
                let (value, end) = ahead.block(at)?;
                values.push(f32::from_le_bytes(*value));
                end
            }
            Store::Bool(values) => {
                let (value, end) = ahead.varint(at)?;
                values.push(value != 0);
                end
            }
            Store::Enum(enums) => {
                let (value, end) = ahead.varint(at)?;
                let key = enums.key(value as i32);
                enums.keys.push(key);
                end
            }
            Store::Moment(moments) => moments.push_plain(ahead, at)?,
            _ => return None,
        };
        if let Some(valid) = &mut self.valid {
            valid.push(true);
        }
        self.len = row + 1;
        Some(end)
    }
}
