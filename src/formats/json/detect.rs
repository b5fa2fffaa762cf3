//! Which layout a text has, and whether it is JSON at all, by its first bytes.

use super::options::Layout;
use crate::column::json::Cursor;
use crate::column::json::text::skip_value;
use crate::format::Sniff;

/// The mark that some editors put in front of UTF-8 text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The layout of a text that begins with `head`.
///
/// An array is one document whose elements are records, unless it ends in the head and another value follows on a
/// later line: then each line is a record that is an array. Anything else is a sequence of values.
pub(super) fn layout(head: &[u8]) -> Layout {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let mut cursor = Cursor::new(head);
    if cursor.peek() != Some(b'[') {
        return Layout::Values;
    }
    if skip_value(&mut cursor, usize::MAX, &mut Vec::new()).is_err() {
        return Layout::Array;
    }
    let end = cursor.position();
    let another = cursor.peek().is_some();
    if another && head[end..cursor.position()].contains(&b'\n') { Layout::Values } else { Layout::Array }
}

/// Whether bytes look like JSON.
pub(super) fn sniff(head: &[u8]) -> Sniff {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let mut cursor = Cursor::new(head);
    let mut after = |byte: u8| {
        cursor.eat(byte);
        cursor.peek()
    };
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') if matches!(after(b'{'), Some(b'"' | b'}') | None) => Sniff::Likely,
        Some(b'[') => match after(b'[') {
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b']') | None => Sniff::Likely,
            _ => Sniff::No,
        },
        Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') | None => Sniff::Maybe,
        _ => Sniff::No,
    }
}
