//! Whole values: stepped over, copied without the blanks between tokens, checked. Nested values use no stack.

use super::cursor::Cursor;
use super::string::push_string;
use crate::code::Code;
use crate::error::{Error, Result};

/// Steps over one value, checking it. Returns its text.
///
/// # Errors
/// Malformed text; `V-DEPTH` beyond `depth_max` levels of nesting.
pub fn skip_value<'a>(cursor: &mut Cursor<'a>, depth_max: usize, scratch: &mut Vec<u8>) -> Result<&'a [u8]> {
    cursor.peek();
    let start = cursor.position();
    walk(cursor, depth_max, scratch, &mut |_| ())?;
    Ok(cursor.since(start))
}

/// Appends one value to `out`: tokens as they are, no blanks between them; `NaN` and
/// infinities, where they are taken, as strings.
///
/// # Errors
/// Malformed text; `V-DEPTH` beyond `depth_max` levels of nesting.
pub fn push_minified(
    cursor: &mut Cursor<'_>,
    depth_max: usize,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<()> {
    walk(cursor, depth_max, scratch, &mut |token| out.extend_from_slice(token))
}

/// Appends `text`, which must be one JSON value, without blanks between tokens.
///
/// # Errors
/// Malformed text, also text behind the value; `V-DEPTH`.
pub fn push_minified_text(text: &[u8], depth_max: usize, scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<()> {
    let mut cursor = Cursor::new(text);
    push_minified(&mut cursor, depth_max, scratch, out)?;
    match cursor.peek() {
        None => Ok(()),
        Some(_) => Err(cursor.unexpected("nothing after the value")),
    }
}

/// The error for values nested deeper than `depth_max`.
#[cold]
pub fn too_deep(depth_max: usize, at: usize) -> Error {
    Error::limit(format!("nested deeper than {depth_max} levels"))
        .with_code(Code::Depth)
        .at_byte(at as u64)
        .with_hint("raise the limit with --max-depth")
}

/// Whether each open container is an object: a stack of bits.
#[derive(Default)]
struct Open {
    bits: Vec<u64>,
    depth: usize,
}

impl Open {
    fn push(&mut self, object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.bits.len() {
            self.bits.push(0);
        }
        self.bits[word] = (self.bits[word] & !(1 << bit)) | (u64::from(object) << bit);
        self.depth += 1;
    }
    fn pop(&mut self) {
        self.depth -= 1;
    }
    fn in_object(&self) -> bool {
        let top = self.depth - 1;
        self.bits[top / 64] >> (top % 64) & 1 == 1
    }
}

fn walk<'a>(
    cursor: &mut Cursor<'a>,
    depth_max: usize,
    scratch: &mut Vec<u8>,
    emit: &mut impl FnMut(&[u8]),
) -> Result<()> {
    let mut open = Open::default();
    'value: loop {
        match cursor.peek() {
            Some(bracket @ (b'{' | b'[')) => {
                if open.depth == depth_max {
                    return Err(too_deep(depth_max, cursor.position()));
                }
                cursor.step();
                let object = bracket == b'{';
                emit(&[bracket]);
                let close = bracket + 2;
                if cursor.eat(close) {
                    emit(&[close]);
                } else {
                    open.push(object);
                    if object {
                        key(cursor, scratch, emit)?;
                    }
                    continue 'value;
                }
            }
            Some(b'"') => string(cursor, scratch, emit)?,
            Some(b'-' | b'N' | b'I') if cursor.leniency().non_finite => match cursor.non_finite() {
                Some(word) => emit(format!("\"{word}\"").as_bytes()),
                None => emit(cursor.number()?),
            },
            Some(b'-' | b'0'..=b'9') => emit(cursor.number()?),
            Some(b't') => {
                cursor.literal("true")?;
                emit(b"true");
            }
            Some(b'f') => {
                cursor.literal("false")?;
                emit(b"false");
            }
            Some(b'n') => {
                cursor.literal("null")?;
                emit(b"null");
            }
            _ => return Err(cursor.unexpected("a JSON value")),
        }
        while open.depth > 0 {
            let object = open.in_object();
            let close = if object { b'}' } else { b']' };
            if cursor.comma_or(close)? {
                emit(b",");
                if object {
                    key(cursor, scratch, emit)?;
                }
                continue 'value;
            }
            emit(&[close]);
            open.pop();
        }
        return Ok(());
    }
}

fn key(cursor: &mut Cursor<'_>, scratch: &mut Vec<u8>, emit: &mut impl FnMut(&[u8])) -> Result<()> {
    if cursor.peek() != Some(b'"') {
        return Err(cursor.unexpected("a key in double quotes"));
    }
    string(cursor, scratch, emit)?;
    cursor.expect(b':', "':' after the key")?;
    emit(b":");
    Ok(())
}

/// The string at the cursor as it stands, or as it is after a repair.
#[inline]
fn string(cursor: &mut Cursor<'_>, scratch: &mut Vec<u8>, emit: &mut impl FnMut(&[u8])) -> Result<()> {
    let before = cursor.repaired();
    let start = cursor.position();
    let text = cursor.string(scratch)?;
    if cursor.repaired() == before {
        emit(cursor.since(start));
    } else {
        let mut quoted = Vec::with_capacity(text.len() + 2);
        push_string(&mut quoted, text);
        emit(&quoted);
    }
    Ok(())
}
