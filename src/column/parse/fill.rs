//! Tokens into vectors: which values are there, the values, and text and bytes one after the other.

use std::cell::Cell;

use arrow_buffer::{BooleanBuffer, Buffer};

use super::fault::Fault;
use crate::column::bytes;
use crate::column::number::{self, NumberFault};
use crate::column::repair::{Repair, repair};
use crate::column::text::BytesText;

/// Appends a value for each token that `parse` takes; the first that it refuses ends that.
#[inline]
pub(super) fn fill<K, T: Default>(
    values: &mut Vec<T>,
    mut validity: Validity<'_>,
    tokens: impl Iterator<Item = Option<K>>,
    mut parse: impl FnMut(K) -> Result<T, Fault>,
) -> Result<(), (usize, Fault)> {
    for (index, token) in tokens.enumerate() {
        // A value that is refused leaves nothing behind.
        let valid = token.is_some();
        let value = match token {
            None => T::default(),
            Some(token) => parse(token).map_err(|fault| (index, fault))?,
        };
        validity.push(valid);
        values.push(value);
    }
    Ok(())
}

/// Bits one after the other, 64 at a time.
#[derive(Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// Those that do not fill a word yet, the first lowest.
    word: u64,
    pub(super) len: usize,
}

impl Bits {
    pub(super) fn new(room: usize) -> Self {
        Bits { words: Vec::with_capacity(room.div_ceil(64)), word: 0, len: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, bit: bool) {
        self.word |= u64::from(bit) << (self.len % 64);
        self.len += 1;
        if self.len.is_multiple_of(64) {
            // Arrow numbers bits from the first byte on.
            self.words.push(self.word.to_le());
            self.word = 0;
        }
    }

    pub(super) fn finish(mut self) -> BooleanBuffer {
        if !self.len.is_multiple_of(64) {
            self.words.push(self.word.to_le());
        }
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.len)
    }
}

/// Which values are there.
pub(super) struct Validity<'a> {
    pub(super) bits: &'a mut Bits,
    pub(super) any_null: &'a mut bool,
}

impl Validity<'_> {
    #[inline]
    pub(super) fn push(&mut self, valid: bool) {
        self.bits.push(valid);
        *self.any_null |= !valid;
    }
}

/// Text or bytes one after the other, and where each ends.
#[derive(Debug)]
pub(super) struct Strings<O> {
    pub(super) offsets: Vec<O>,
    pub(super) data: Vec<u8>,
}

impl<O: TryFrom<usize> + Default> Strings<O> {
    pub(super) fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(O::default());
        Strings { offsets, data: Vec::new() }
    }

    /// Appends texts as they are. Room for all of them is made at once.
    #[inline]
    pub(super) fn copy<'a>(
        &mut self,
        validity: Validity<'_>,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
    ) -> Result<(), (usize, Fault)> {
        // The tokens of a column lie as far from each other as records are wide: they are looked for once.
        let tokens: Vec<_> = tokens.collect();
        self.data.reserve(tokens.iter().flatten().map(|token| token.len()).sum());
        self.offsets.reserve(tokens.len());
        self.fill(validity, tokens.into_iter(), |data, token| {
            data.extend_from_slice(token);
            Ok(())
        })
    }

    #[inline]
    pub(super) fn fill<'a>(
        &mut self,
        mut validity: Validity<'_>,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        push: impl Fn(&mut Vec<u8>, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), (usize, Fault)> {
        for (index, token) in tokens.enumerate() {
            if let Some(token) = token {
                let start = self.data.len();
                if let Err(fault) = push(&mut self.data, token) {
                    self.data.truncate(start);
                    return Err((index, fault));
                }
            }
            validity.push(token.is_some());
            self.offsets.push(O::try_from(self.data.len()).map_err(|_| (index, Fault::Room))?);
        }
        Ok(())
    }
}

pub(super) fn push_repaired(data: &mut Vec<u8>, token: &[u8], how: Repair, count: &Cell<u64>) -> Result<(), Fault> {
    let start = data.len();
    data.extend_from_slice(token);
    if repair(how, data, start) {
        if how == Repair::Keep {
            return Err(Fault::Utf8);
        }
        count.set(count.get() + 1);
    }
    Ok(())
}

pub(super) fn push_bytes(data: &mut Vec<u8>, token: &[u8], form: BytesText) -> Result<(), Fault> {
    match form {
        BytesText::Base64 => bytes::parse_base64(token, data),
        BytesText::Hex => bytes::parse_hex(token, data),
    }
    .map_err(Fault::Bytes)
}

#[inline]
pub(super) fn narrow<W, N: TryFrom<W>>(value: Result<W, NumberFault>) -> Result<N, Fault> {
    let wide = value.map_err(Fault::Number)?;
    N::try_from(wide).map_err(|_| Fault::Number(NumberFault::Range))
}

#[inline]
pub(super) fn or_non_finite<T>(token: &[u8], value: Result<T, NumberFault>, convert: fn(f64) -> T) -> Result<T, Fault> {
    match value {
        Err(NumberFault::Syntax) => {
            number::parse_non_finite(token).map(convert).ok_or(Fault::Number(NumberFault::Syntax))
        }
        other => other.map_err(Fault::Number),
    }
}

#[inline]
pub(super) fn boolean(token: &[u8], any_case: bool) -> Option<bool> {
    match token {
        b"true" => Some(true),
        b"false" => Some(false),
        other if any_case && other.eq_ignore_ascii_case(b"true") => Some(true),
        other if any_case && other.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}
