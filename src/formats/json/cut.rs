//! The records of a slice, told apart without decoding them: for runs that set bad records aside.

use std::sync::Arc;

use bytes::Bytes;
use memchr::{memchr, memchr2};

use super::decode::Decoder;
use super::options::Layout;
use super::records::Records;
use crate::column::json::Leniency;
use crate::error::{Error, Result};
use crate::pipeline::{Again, Cut, CutRecord, Cutter, Decode, Slice};

impl Cutter for Decoder {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        records(slice, self.layout(), |layout| Arc::new(self.in_layout(layout)))
    }
}

/// The records of a slice, and what decodes them in the layout in which they stand then.
pub(super) fn records(slice: &Slice, layout: Layout, decode: impl FnOnce(Layout) -> Arc<dyn Decode>) -> Result<Cut> {
    let (bytes, records, layout) = cut(slice, layout)?;
    let malformed_ends =
        layout == Layout::Lines || records.iter().all(|record| tokens_are_whole(&bytes[record.start..record.end]));
    Ok(Cut {
        bytes,
        decode: decode(layout),
        records,
        lines: lines(&slice.bytes),
        malformed_ends,
        again: Again {
            format: "json",
            settings: vec![("layout", if layout == Layout::Lines { "ndjson" } else { "concatenated" }.to_owned())],
            head: Vec::new(),
            end: b"\n".to_vec(),
        },
    })
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The records, the bytes in which they stand, and their layout there.
///
/// # Errors
/// Outside of lines: where a value does not end.
pub(super) fn cut(slice: &Slice, layout: Layout) -> Result<(Bytes, Vec<CutRecord>, Layout)> {
    match layout {
        Layout::Lines => Ok((slice.bytes.clone(), line_records(slice), Layout::Lines)),
        Layout::Values => Ok((slice.bytes.clone(), value_records(slice, layout)?, Layout::Values)),
        Layout::Array => {
            // Without the brackets and commas.
            let mut records = value_records(slice, layout)?;
            let mut bytes = Vec::with_capacity(slice.bytes.len());
            for record in &mut records {
                let start = bytes.len();
                bytes.extend_from_slice(&slice.bytes[record.start..record.end]);
                bytes.push(b'\n');
                (record.start, record.end) = (start, bytes.len() - 1);
            }
            Ok((bytes.into(), records, Layout::Values))
        }
    }
}

/// Every line with anything on it.
fn line_records(slice: &Slice) -> Vec<CutRecord> {
    let bytes = &slice.bytes[..];
    let mut out = Vec::new();
    let mut start = Records::new(slice.clone(), Layout::Lines, Leniency::default()).position();
    let mut line = 0;
    while start < bytes.len() {
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |offset| start + offset);
        let text = &bytes[start..end];
        if !text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            let end = end - usize::from(text.ends_with(b"\r"));
            out.push(CutRecord { start, end, place: (start as u64, end as u64), line: Some(line) });
        }
        line += 1;
        start = end + 1;
    }
    out
}

/// Every value, whatever is in it.
fn value_records(slice: &Slice, layout: Layout) -> Result<Vec<CutRecord>> {
    let mut records = Records::unchecked(slice.clone(), layout);
    let mut found: Vec<(usize, usize)> = Vec::new();
    while records.next(&mut |cursor| {
        cursor.peek();
        let start = cursor.position();
        let end = value_end(&slice.bytes, start).ok_or_else(|| Error::malformed("a value does not end"))?;
        *cursor = cursor.moved(end);
        found.push((start, end));
        Ok(())
    })? {}
    let (mut line, mut at) = (0, 0);
    let placed = found.into_iter().map(|(start, end)| {
        line += lines(&slice.bytes[at..start]);
        at = start;
        CutRecord { start, end, place: (start as u64, end as u64), line: Some(line) }
    });
    Ok(placed.collect())
}

/// Where the value that begins at `start` ends, going by brackets and quotes alone.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at + 1)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            _ if depth > 0 => {
                at += 1;
                continue;
            }
            // A number or a word.
            _ => {
                let ends =
                    |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'{' | b'}' | b'[' | b']' | b'"');
                let length = bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at);
                return (length > 0).then_some(at + length);
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Whether a value, malformed or not, ends where its brackets say: they match in kind, no string holds a control
/// character, and no two strings, numbers or words stand side by side. Behind a quote too many or too few, what was
/// text and what was structure change places, and one of these does not hold.
fn tokens_are_whole(value: &[u8]) -> bool {
    let mut open = Vec::new();
    let mut behind_token = false;
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b',' | b':' => behind_token = false,
            b'{' | b'[' => {
                open.push(byte + 2);
                behind_token = false;
            }
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    return false;
                }
                behind_token = false;
            }
            _ if behind_token => return false,
            b'"' => {
                let Some(end) = string_end(value, at) else { return false };
                if value[at..end].iter().any(|byte| *byte < 0x20) {
                    return false;
                }
                at = end;
                behind_token = true;
            }
            _ => {
                let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r') || b",:{}[]\"".contains(byte);
                at = value[at..].iter().position(ends).map_or(value.len(), |offset| at + offset);
                behind_token = true;
            }
        }
    }
    open.is_empty()
}

/// Behind the quote that ends a string.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_whose_end_is_sure_although_they_are_malformed() {
        for sure in [r#"{"a":1,,"b":2}"#, r#"{"a":01}"#, r#"{a:1}"#, r#"{"a":nope}"#, r#"["\x"]"#, "{,}"] {
            assert!(tokens_are_whole(sure.as_bytes()), "{sure}");
        }
        let unsure = [
            r#"{"a:1,"b":"x"},{"c":"y}"#,
            r#"{"a":"x,"b":"y},{"c":"z"}"#,
            r#"{"a":[1}"#,
            "{\"a\":\"x\n\"}",
            r#"{"a":"x"y"}"#,
            r#"{"a":1"#,
            r#"{"a":"x"#,
        ];
        for unsure in unsure {
            assert!(!tokens_are_whole(unsure.as_bytes()), "{unsure}");
        }
    }
}
