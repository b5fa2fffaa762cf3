//! Text that is not UTF-8: refused, or made into text.

use crate::code::Code;
use crate::error::{Error, Result};

/// How bytes that are not UTF-8 are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Each broken character becomes U+FFFD.
    Replace,
    /// All bytes of a value that is not UTF-8 are characters of ISO 8859-1.
    Latin1,
    /// The bytes stay as they are: for columns of bytes.
    Keep,
}

impl Repair {
    /// By the name that the setting `invalid-utf8` has for it.
    pub const NAMES: [(&'static str, Option<Repair>); 4] = [
        ("error", None),
        ("replace", Some(Repair::Replace)),
        ("latin1", Some(Repair::Latin1)),
        ("binary", Some(Repair::Keep)),
    ];
}

/// The error for a file whose text is not UTF-8 at byte `at` of `bytes`. A UTF-16 byte order mark is recognised, since
/// then no way to take the bytes as they are gives the text.
#[cold]
pub fn refuse(bytes: &[u8], at: usize) -> Error {
    if at == 0 && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) {
        return utf16();
    }
    let found = bytes.get(at).copied().unwrap_or_default();
    Error::value(Code::Utf8, format!("byte {found:#04x} is not valid UTF-8"))
        .at_byte(at as u64)
        .with_hint("the file may have another encoding: --invalid-utf8=latin1, replace or binary takes it")
}

/// Refuses a file whose first bytes are UTF-16 without a mark: zeros at every other place, where no text has any.
pub fn refuse_utf16(head: &[u8]) -> Result<()> {
    const LOOK_BYTES: usize = 256;
    let head = &head[..head.len().min(LOOK_BYTES) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).all(|byte| *byte == 0);
    let texts = |odd: usize| head.iter().skip(odd).step_by(2).all(|byte| *byte != 0);
    match head.len() >= 4 && (zeros(0) && texts(1) || zeros(1) && texts(0)) {
        true => Err(utf16()),
        false => Ok(()),
    }
}

#[cold]
fn utf16() -> Error {
    Error::value(Code::Utf8, "the text is UTF-16, and UTF-8 is expected")
        .at_byte(0)
        .with_hint("convert it first: iconv -f UTF-16 -t UTF-8")
}

/// Repairs the text of `out` from `start` on. Says whether it needed that.
pub fn repair(repair: Repair, out: &mut Vec<u8>, start: usize) -> bool {
    let text = out.get(start..).unwrap_or_default();
    if std::str::from_utf8(text).is_ok() {
        return false;
    }
    let mut repaired = Vec::with_capacity(text.len() * 2);
    match repair {
        Repair::Replace => repaired.extend_from_slice(String::from_utf8_lossy(text).as_bytes()),
        Repair::Latin1 => push_latin1(&mut repaired, text),
        Repair::Keep => return true,
    }
    out.truncate(start);
    out.extend_from_slice(&repaired);
    true
}

/// Appends bytes of ISO 8859-1 as UTF-8.
pub fn push_latin1(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        out.extend_from_slice(char::from(*byte).encode_utf8(&mut [0; 2]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_called_by_its_name() {
        let message = |bytes: &[u8], at| refuse(bytes, at).to_string();
        assert!(message(b"\xff\xfea\0", 0).contains("UTF-16"));
        assert!(message(b"\xfe\xff\0a", 0).contains("UTF-16"));
        assert!(message(b"\xffa", 0).contains("byte 0xff is not valid UTF-8"));
        assert!(message(b"a\xff\xfe", 1).contains("byte 0xff is not valid UTF-8"));
    }

    #[test]
    fn broken_text_is_repaired_and_whole_text_is_not_touched() {
        let done = |how, bytes: &[u8]| {
            let mut out = [b"\xff ", bytes].concat();
            let changed = super::repair(how, &mut out, 2);
            (changed, out[2..].to_vec())
        };
        for how in [Repair::Replace, Repair::Latin1, Repair::Keep] {
            assert_eq!(done(how, "é".as_bytes()), (false, "é".as_bytes().to_vec()));
        }
        assert_eq!(done(Repair::Replace, b"a\xffb"), (true, "a\u{FFFD}b".as_bytes().to_vec()));
        assert_eq!(done(Repair::Latin1, b"caf\xe9"), (true, "café".as_bytes().to_vec()));
        assert_eq!(done(Repair::Keep, b"a\xff"), (true, b"a\xff".to_vec()));
    }
}
