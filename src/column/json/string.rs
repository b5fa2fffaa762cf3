//! Strings: escapes both ways.

pub use super::scan::plain_end;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::simd::Wanted;

/// Appends the character of the escape whose backslash stands at `at`. Returns where the text goes on.
///
/// # Errors
/// Malformed: an unknown escape or bad hex digits. `V-UTF8`: a surrogate without its other half.
pub fn unescape(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize> {
    let Some(&kind) = bytes.get(at + 1) else {
        return Err(Error::malformed("the text ends inside a string").at_byte(bytes.len() as u64));
    };
    let plain = match kind {
        b'"' | b'\\' | b'/' => kind,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unescape_unicode(bytes, at, out),
        _ => {
            return Err(Error::malformed("unknown escape in a string")
                .at_byte(at as u64)
                .with_hint("the escapes of JSON are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits"));
        }
    };
    out.push(plain);
    Ok(at + 2)
}

fn unescape_unicode(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize> {
    let unit = hex4(bytes, at)?;
    let (code, next) = match unit {
        0xD800..=0xDBFF if bytes.get(at + 6) == Some(&b'\\') && bytes.get(at + 7) == Some(&b'u') => {
            let low = hex4(bytes, at + 6)?;
            if !(0xDC00..=0xDFFF).contains(&low) {
                return Err(lone_surrogate(at));
            }
            (0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), at + 12)
        }
        0xD800..=0xDFFF => return Err(lone_surrogate(at)),
        _ => (unit, at + 6),
    };
    let character = char::from_u32(code).ok_or_else(|| lone_surrogate(at))?;
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(next)
}

fn lone_surrogate(at: usize) -> Error {
    Error::value(Code::Utf8, "an escaped surrogate stands without its other half").at_byte(at as u64)
}

/// The four digits behind the `\u` at `at`.
fn hex4(bytes: &[u8], at: usize) -> Result<u32> {
    let digits = bytes
        .get(at + 2..at + 6)
        .and_then(|digits| digits.iter().try_fold(0, |code, &digit| Some(code * 16 + char::from(digit).to_digit(16)?)));
    digits.ok_or_else(|| Error::malformed("\\u in a string needs four hex digits").at_byte(at as u64))
}

/// Appends `text` as a JSON string. Only what must be escaped is.
#[inline]
pub fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut from = 0;
    loop {
        let end = plain_end(text, from);
        out.extend_from_slice(&text[from..end]);
        let Some(&byte) = text.get(end) else { break };
        push_escape(out, byte);
        from = end + 1;
    }
    out.push(b'"');
}

#[cold]
fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let (text, len) = escape(byte);
    out.extend_from_slice(&text[..len]);
}

/// The escape of a quote, a backslash or a control character, and its length.
pub fn escape(byte: u8) -> ([u8; 6], usize) {
    let short = match byte {
        b'"' | b'\\' => byte,
        8 => b'b',
        12 => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let hex = |digit: u8| char::from_digit(u32::from(digit), 16).map_or(b'0', |digit| digit as u8);
            return ([b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)], 6);
        }
    };
    ([b'\\', short, 0, 0, 0, 0], 2)
}

/// What cannot stand in a string as it is.
pub const SPECIAL: Wanted = Wanted { bytes: *b"\"\\\"\\", controls: true };
