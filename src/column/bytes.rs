//! Binary values ↔ text: base64 (RFC 4648 §4 and §5), hex, characters of ISO 8859-1, UUIDs (RFC 9562).

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::code::Code;

/// Why text is not a binary value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesFault {
    /// Not base64 or hex.
    Syntax,
    /// Not a UUID.
    Uuid,
    /// Not as many bytes as the type has.
    Length,
}

impl BytesFault {
    /// The loss code.
    pub fn code(self) -> Code {
        match self {
            BytesFault::Syntax => Code::Token,
            BytesFault::Uuid => Code::Uuid,
            BytesFault::Length => Code::Length,
        }
    }
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
/// The bits behind the last byte are not looked at.
const LOOSE: GeneralPurposeConfig = LENIENT.with_decode_allow_trailing_bits(true);
const READ_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const READ_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const LOOSE_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LOOSE);
const LOOSE_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LOOSE);

/// Appends base64 in the standard alphabet, padded.
pub fn push_base64(out: &mut Vec<u8>, value: &[u8]) {
    let start = out.len();
    out.resize(start + value.len().div_ceil(3) * 4, 0);
    // The room is exactly what the encoder needs, so it cannot fail.
    if let Ok(written) = STANDARD.encode_slice(value, &mut out[start..]) {
        out.truncate(start + written);
    }
}

/// Appends the bytes of base64 text, standard or URL-safe, padding optional. `out` is unchanged on a fault.
///
/// # Errors
/// `Syntax`.
pub fn parse_base64(text: &[u8], out: &mut Vec<u8>) -> Result<(), BytesFault> {
    decode(if is_url(text) { &READ_URL } else { &READ_STANDARD }, text, out)
}

/// The same, but unused bits in the last letter may be set: what readers of ProtoJSON accept.
///
/// # Errors
/// `Syntax`.
pub fn parse_base64_loose(text: &[u8], out: &mut Vec<u8>) -> Result<(), BytesFault> {
    decode(if is_url(text) { &LOOSE_URL } else { &LOOSE_STANDARD }, text, out)
}

fn is_url(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'-' | b'_'))
}

fn decode(engine: &GeneralPurpose, text: &[u8], out: &mut Vec<u8>) -> Result<(), BytesFault> {
    let start = out.len();
    out.resize(start + text.len().div_ceil(4) * 3, 0);
    match engine.decode_slice(text, &mut out[start..]) {
        Ok(written) => {
            out.truncate(start + written);
            Ok(())
        }
        Err(_) => {
            out.truncate(start);
            Err(BytesFault::Syntax)
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends two lower-case digits a byte.
pub fn push_hex(out: &mut Vec<u8>, value: &[u8]) {
    out.reserve(value.len() * 2);
    for byte in value {
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

/// Appends the bytes of hex text of either case. `out` is unchanged on a fault.
///
/// # Errors
/// `Syntax`.
pub fn parse_hex(text: &[u8], out: &mut Vec<u8>) -> Result<(), BytesFault> {
    let start = out.len();
    let (pairs, rest) = text.as_chunks::<2>();
    for [high, low] in pairs {
        let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else {
            out.truncate(start);
            return Err(BytesFault::Syntax);
        };
        out.push(high << 4 | low);
    }
    if rest.is_empty() {
        Ok(())
    } else {
        out.truncate(start);
        Err(BytesFault::Syntax)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Appends the characters U+0000 to U+00FF of UTF-8 text as bytes, as in the JSON encoding of Avro. `out` is unchanged on
/// a fault.
///
/// # Errors
/// `Syntax`.
pub fn parse_latin1(text: &[u8], out: &mut Vec<u8>) -> Result<(), BytesFault> {
    let start = out.len();
    for character in std::str::from_utf8(text).map_err(|_| BytesFault::Syntax)?.chars() {
        match u8::try_from(u32::from(character)) {
            Ok(byte) => out.push(byte),
            Err(_) => {
                out.truncate(start);
                return Err(BytesFault::Syntax);
            }
        }
    }
    Ok(())
}

/// Appends `8-4-4-4-12` lower-case digits.
pub fn push_uuid(out: &mut Vec<u8>, value: &[u8; 16]) {
    for (index, byte) in value.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

/// Whether the text of a UUID is another than the one that is written for it.
#[inline]
pub fn is_restyled_uuid(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase)
}

/// Reads the 36 characters of a UUID, of either case.
///
/// # Errors
/// `Uuid`.
pub fn parse_uuid(text: &[u8]) -> Result<[u8; 16], BytesFault> {
    if text.len() != 36 {
        return Err(BytesFault::Uuid);
    }
    let mut value = [0; 16];
    let mut at = 0;
    for (index, byte) in value.iter_mut().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            if text[at] != b'-' {
                return Err(BytesFault::Uuid);
            }
            at += 1;
        }
        let (Some(high), Some(low)) = (hex_digit(text[at]), hex_digit(text[at + 1])) else {
            return Err(BytesFault::Uuid);
        };
        *byte = high << 4 | low;
        at += 2;
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
