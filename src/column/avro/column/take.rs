//! The usual values of simple types, read in a few steps.

use super::super::cursor::short_long;
use super::{Branch, Column, Kind, Variable};

impl Column {
    /// Reads the value at the start of `bytes` and returns its length. `None`: nothing was read or changed, and the value
    /// is one for [`Column::read`], which says what is wrong with it if anything is.
    #[inline(always)]
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        let (before, present) = match self.branch {
            Branch::None => (0, true),
            Branch::Null(null) => match bytes.first()? {
                0 => (1, null != 0),
                2 => (1, null != 1),
                _ => return None,
            },
            Branch::Single => return None,
        };
        let bytes = bytes.get(before..)?;
        let len = match (&mut self.kind, present) {
            (Kind::Text(text) | Kind::Binary(text), true) => text.push_from(bytes)?,
            (Kind::Text(text) | Kind::Binary(text), false) => {
                text.end().ok()?;
                0
            }
            (Kind::Long(values, _), true) => {
                let (value, len) = short_long(bytes)?;
                values.push(value);
                len
            }
            (Kind::Long(values, _), false) => {
                values.push(0);
                0
            }
            (Kind::Int(values, _), true) => {
                let (value, len) = short_long(bytes)?;
                values.push(i32::try_from(value).ok()?);
                len
            }
            (Kind::Int(values, _), false) => {
                values.push(0);
                0
            }
            (Kind::Double(values), true) => {
                values.push(f64::from_bits(u64::from_le_bytes(*bytes.first_chunk()?)));
                8
            }
            (Kind::Double(values), false) => {
                values.push(0.0);
                0
            }
            (Kind::Float(values), true) => {
                values.push(f32::from_bits(u32::from_le_bytes(*bytes.first_chunk()?)));
                4
            }
            (Kind::Float(values), false) => {
                values.push(0.0);
                0
            }
            (Kind::Boolean(values), true) => {
                values.append(match bytes.first()? {
                    0 => false,
                    1 => true,
                    _ => return None,
                });
                1
            }
            (Kind::Boolean(values), false) => {
                values.append(false);
                0
            }
            _ => return None,
        };
        if let Some(validity) = &mut self.validity {
            validity.append(present);
        }
        self.len += 1;
        Some(before + len)
    }
}

impl Variable {
    #[inline(always)]
    fn push_from(&mut self, bytes: &[u8]) -> Option<usize> {
        let (len, head) = short_long(bytes)?;
        let text = bytes.get(head..)?.get(..usize::try_from(len).ok()?)?;
        let end = i32::try_from(self.values.len() + text.len()).ok()?;
        self.values.extend_from_slice(text);
        self.offsets.push(end);
        Some(head + text.len())
    }
}
