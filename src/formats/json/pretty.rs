//! Indented text.

use crate::column::json::string::plain_end;

/// Appends `compact`, valid JSON without blanks, on many lines, indented by two spaces a level from `level` on.
pub(super) fn push_pretty(out: &mut Vec<u8>, compact: &[u8], level: usize) {
    let mut level = level;
    let mut at = 0;
    indent(out, level);
    while let Some(&byte) = compact.get(at) {
        let next = compact.get(at + 1).copied();
        match byte {
            b'"' => {
                let end = string_end(compact, at);
                out.extend_from_slice(&compact[at..end]);
                at = end;
                continue;
            }
            b'{' | b'[' => {
                out.push(byte);
                if next == Some(byte + 2) {
                    out.push(byte + 2);
                    at += 1;
                } else {
                    level += 1;
                    new_line(out, level);
                }
            }
            b'}' | b']' => {
                level = level.saturating_sub(1);
                new_line(out, level);
                out.push(byte);
            }
            b',' => {
                out.push(b',');
                new_line(out, level);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
        at += 1;
    }
}

fn new_line(out: &mut Vec<u8>, level: usize) {
    out.push(b'\n');
    indent(out, level);
}

fn indent(out: &mut Vec<u8>, level: usize) {
    out.resize(out.len() + 2 * level, b' ');
}

/// Behind the quote that ends the string at `at`.
fn string_end(compact: &[u8], at: usize) -> usize {
    let mut end = plain_end(compact, at + 1);
    while compact.get(end).is_some_and(|byte| *byte != b'"') {
        end = plain_end(compact, end + 2);
    }
    (end + 1).min(compact.len())
}
