//! Arrays of text, from bytes that may be none.

use arrow_array::builder::GenericStringBuilder;
#[cfg(feature = "ipc")]
use arrow_array::{Array, GenericBinaryArray};
use arrow_array::{GenericStringArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::ArrowError;

/// A text is copied in about the time in which the crate looks at so many bytes that are not ASCII.
const BYTES_COPIED: usize = 24;

/// The texts between `offsets`, if all of them are UTF-8. The same as the crate makes of them, but it looks at what is
/// not ASCII one character at a time: where there is much of it, a look at many bytes at a time and a copy are faster.
///
/// # Errors
/// As of the crate.
pub(crate) fn array<O: OffsetSizeTrait>(
    offsets: OffsetBuffer<O>,
    data: Buffer,
    nulls: Option<NullBuffer>,
) -> Result<GenericStringArray<O>, ArrowError> {
    match copied(&offsets, &data, nulls.as_ref()) {
        Some(array) => Ok(array),
        None => GenericStringArray::try_new(offsets, data, nulls),
    }
}

/// Bytes as text. `None` where they are not, or maybe not.
#[cfg(feature = "ipc")]
pub(crate) fn of_bytes<O: OffsetSizeTrait>(bytes: &GenericBinaryArray<O>) -> Option<GenericStringArray<O>> {
    copied(bytes.offsets(), bytes.values(), bytes.nulls())
        .or_else(|| GenericStringArray::try_from_binary(bytes.clone()).ok())
}

/// A copy of the texts. `None` where it does not pay, and where they are no texts.
fn copied<O: OffsetSizeTrait>(
    offsets: &OffsetBuffer<O>,
    data: &[u8],
    nulls: Option<&NullBuffer>,
) -> Option<GenericStringArray<O>> {
    let rows = offsets.len() - 1;
    if data.is_ascii() || beyond_ascii(data) <= rows * BYTES_COPIED || nulls.is_some_and(|nulls| nulls.len() != rows) {
        return None;
    }
    let text = simdutf8::basic::from_utf8(data).ok()?;
    let mut texts = GenericStringBuilder::<O>::with_capacity(rows, data.len());
    for (row, ends) in offsets.windows(2).enumerate() {
        match nulls.is_some_and(|nulls| nulls.is_null(row)) {
            true => texts.append_null(),
            false => texts.append_value(text.get(ends[0].as_usize()..ends[1].as_usize())?),
        }
    }
    Some(texts.finish())
}

/// How many bytes are not ASCII: in sums of one byte, of which many are added at a time.
fn beyond_ascii(data: &[u8]) -> usize {
    let chunks = data.chunks(usize::from(u8::MAX));
    chunks.map(|chunk| usize::from(chunk.iter().fold(0u8, |count, byte| count + (byte >> 7)))).sum()
}

#[cfg(test)]
mod tests;
