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

/// The characters of this `\u` and of those that follow at once: a writer that escapes one letter escapes its neighbours.
fn unescape_unicode(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize> {
    let mut at = unescape_one(bytes, at, out)?;
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(b"\\u")) {
        // What is wrong with one of them is told when it is the first.
        let Ok(next) = unescape_one(bytes, at, out) else { break };
        at = next;
    }
    Ok(at)
}

fn unescape_one(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize> {
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
    let part = |shift: u32, mark: u32| (mark | code >> shift & 0x3f) as u8;
    // Each in an arm of its own: what is copied has a length that is known.
    match code {
        0..=0x7f => out.push(code as u8),
        0x80..=0x7ff => out.extend_from_slice(&[(0xc0 | code >> 6) as u8, part(0, 0x80)]),
        0x800..=0xffff => out.extend_from_slice(&[(0xe0 | code >> 12) as u8, part(6, 0x80), part(0, 0x80)]),
        _ => out.extend_from_slice(&[(0xf0 | code >> 18) as u8, part(12, 0x80), part(6, 0x80), part(0, 0x80)]),
    }
    Ok(next)
}

fn lone_surrogate(at: usize) -> Error {
    Error::value(Code::Utf8, "an escaped surrogate stands without its other half").at_byte(at as u64)
}

/// What a byte is worth as a hexadecimal digit; more than 15 if it is none.
const HEX: [u8; 256] = {
    let mut worth = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        let character = b"0123456789abcdef"[digit];
        worth[character as usize] = digit as u8;
        worth[character.to_ascii_uppercase() as usize] = digit as u8;
        digit += 1;
    }
    worth
};

/// The four digits behind the `\u` at `at`.
fn hex4(bytes: &[u8], at: usize) -> Result<u32> {
    let digits = bytes.get(at + 2..).and_then(|rest| rest.first_chunk::<4>());
    let worth = digits.map(|digits| digits.map(|digit| u32::from(HEX[usize::from(digit)])));
    match worth {
        Some([a, b, c, d]) if a | b | c | d <= 15 => Ok(a << 12 | b << 8 | c << 4 | d),
        _ => Err(Error::malformed("\\u in a string needs four hex digits").at_byte(at as u64)),
    }
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

#[cfg(test)]
mod tests;
