//! The canonical bytes of what is held as text: JSON and numbers in decimal.

use super::{FALSE, INTEGER, INVALID, LIST, NULL, NUMBER, OBJECT, TEXT, TRUE, push_head, push_len, push_name};
use crate::column::json::Cursor;
use crate::error::{Error, Result};

/// Levels of JSON text at most.
const JSON_DEPTH_MAX: usize = 1024;

/// The value that a JSON text spells; text that is not JSON is itself.
pub(super) fn push_json(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    let mut cursor = Cursor::new(text);
    if push_json_value(out, &mut cursor, 0).is_err() || cursor.peek().is_some() {
        out.truncate(start);
        push_head(out, INVALID, text.len());
        out.extend_from_slice(text);
    }
}

fn push_json_value(out: &mut Vec<u8>, cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
    if depth > JSON_DEPTH_MAX {
        return Err(Error::limit("nested too deep"));
    }
    match cursor.peek() {
        Some(b'n') => {
            cursor.literal("null")?;
            out.push(NULL);
        }
        Some(b't') => {
            cursor.literal("true")?;
            out.push(TRUE);
        }
        Some(b'f') => {
            cursor.literal("false")?;
            out.push(FALSE);
        }
        Some(b'"') => {
            let mut text = Vec::new();
            cursor.string_into(&mut text)?;
            push_head(out, TEXT, text.len());
            out.extend_from_slice(&text);
        }
        Some(b'[') => {
            cursor.step();
            push_head(out, LIST, 0);
            let head = out.len() - 8;
            let mut count = 0_u64;
            if !cursor.eat(b']') {
                loop {
                    push_json_value(out, cursor, depth + 1)?;
                    count += 1;
                    if !cursor.comma_or(b']')? {
                        break;
                    }
                }
            }
            out[head..head + 8].copy_from_slice(&count.to_le_bytes());
        }
        Some(b'{') => {
            cursor.step();
            let mut pairs = Vec::new();
            if !cursor.eat(b'}') {
                loop {
                    cursor.peek();
                    let (mut name, mut value) = (Vec::new(), Vec::new());
                    cursor.string_into(&mut name)?;
                    cursor.expect(b':', "':'")?;
                    push_json_value(&mut value, cursor, depth + 1)?;
                    pairs.push((name, value));
                    if !cursor.comma_or(b'}')? {
                        break;
                    }
                }
            }
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            push_head(out, OBJECT, pairs.len());
            for (name, value) in pairs {
                push_name(out, &name);
                out.extend_from_slice(&value);
            }
        }
        _ => push_number(out, cursor.number()?),
    }
    Ok(())
}

/// A number from its decimal text: `-12.50e3`. What is no number is kept as it is.
pub(in crate::proof) fn push_number(out: &mut Vec<u8>, text: &[u8]) {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mantissa, exponent) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        None => (rest, Some(0)),
        Some(at) => (&rest[..at], parse_exponent(&rest[at + 1..])),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let fraction = point.map_or(0, |at| mantissa.len() - at - 1);
    let mut digits: Vec<u8> = mantissa.iter().copied().filter(|byte| *byte != b'.').collect();
    let mut exponent = exponent.and_then(|exponent: i64| exponent.checked_sub(fraction as i64));
    while digits.last() == Some(&b'0') {
        digits.pop();
        exponent = exponent.and_then(|exponent| exponent.checked_add(1));
    }
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    let digits = &digits[zeros..];
    let Some(exponent) = exponent.or(digits.is_empty().then_some(0)) else {
        push_head(out, INVALID, text.len());
        out.extend_from_slice(text);
        return;
    };
    if let Some(integer) = small_integer(negative, digits, exponent) {
        push_integer(out, integer);
        return;
    }
    out.push(NUMBER);
    out.push(u8::from(negative));
    out.extend_from_slice(&(if digits.is_empty() { 0 } else { exponent }).to_le_bytes());
    push_len(out, digits.len());
    out.extend_from_slice(digits);
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The integer, if it is one of 64 bits; −0 is not.
fn small_integer(negative: bool, digits: &[u8], exponent: i64) -> Option<i64> {
    if digits.is_empty() {
        return (!negative).then_some(0);
    }
    let zeros = u32::try_from(exponent).ok().filter(|zeros| *zeros < 19)?;
    if digits.len() > 19 {
        return None;
    }
    let value = digits.iter().fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    let value = value * 10_i128.pow(zeros);
    i64::try_from(if negative { -value } else { value }).ok()
}

pub(in crate::proof) fn push_integer(out: &mut Vec<u8>, value: i64) {
    out.push(INTEGER);
    out.extend_from_slice(&value.to_le_bytes());
}

/// The text, if it is a number as JSON writes it.
pub(super) fn decimal_token(text: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(text);
    let token = cursor.number().ok()?;
    (token.len() == text.len()).then_some(token)
}
