//! `confluent.type.Decimal`: the unscaled number as big-endian two's complement in `value`, how many digits it has in
//! `precision`, how many of them are behind the point in `scale`.
//!
//! Shape: confluentinc/schema-registry, `confluent/type/decimal.proto`; its `DecimalUtils` writes the digits that a
//! value has as its precision, and so does this.

use super::decode::message::unknown_field;
use super::wire::{self, Cursor, push_delimited, push_tag, push_varint};
use crate::code::Code;
use crate::column::decimal::long::{parse_text, push_decimal_text, shortest};
use crate::error::{Error, Result};

/// Appends the message of a text of digits, `-12.30`; `number`: it is a number, which other digits say as well.
///
/// # Errors
/// `V-TYPE` for another text.
pub fn push_text(out: &mut Vec<u8>, text: &[u8], number: bool) -> Result<()> {
    let (unscaled, fraction, digits) = parse_text(text, number)?;
    push_parts(out, &unscaled, digits, fraction as i64);
    Ok(())
}

/// Appends the message of an unscaled number, in the shortest two's complement.
///
/// # Errors
/// `Limit` for a number too long for any Arrow type.
pub fn push(out: &mut Vec<u8>, unscaled: &[u8], scale: i64) -> Result<()> {
    let mut text = Vec::with_capacity(40);
    push_decimal_text(&mut text, unscaled, 0, None)?;
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    push_parts(out, unscaled, digits, scale);
    Ok(())
}

fn push_parts(out: &mut Vec<u8>, unscaled: &[u8], digits: usize, scale: i64) {
    push_tag(out, 1, wire::LENGTH);
    push_delimited(out, |out| out.extend_from_slice(unscaled));
    // Zero has one digit.
    push_tag(out, 2, wire::VARINT);
    push_varint(out, digits.max(1) as u64);
    if scale != 0 {
        push_tag(out, 3, wire::VARINT);
        push_varint(out, scale as u64);
    }
}

/// Appends the digits of an encoded message. Whether writing them gives the same message: not for a number that is not in
/// its shortest form, or that is a multiple of a power of ten by its scale, nor for a precision other than its own.
///
/// # Errors
/// `V-DEC-PRECISION` if it has more digits than its precision says; `Limit` if it is too long to print; malformed bytes.
pub fn read_text(out: &mut Vec<u8>, bytes: &[u8], drop_unknown: bool) -> Result<bool> {
    let (mut unscaled, mut precision, mut scale): (&[u8], u32, i32) = (&[], 0, 0);
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_done() {
        match cursor.tag()? {
            (1, wire::LENGTH) => unscaled = cursor.delimited()?,
            (2, wire::VARINT) => precision = cursor.varint()? as u32,
            (3, wire::VARINT) => scale = cursor.varint()? as i32,
            (number, wire) => {
                cursor.skip(number, wire, DEPTH_MAX)?;
                if !drop_unknown {
                    return Err(unknown_field(number, wire));
                }
            }
        }
    }
    // No bytes are what writers leave out: zero.
    let number = if unscaled.is_empty() { &[0] } else { unscaled };
    let mut digits = Vec::with_capacity(40);
    push_decimal_text(&mut digits, number, 0, None)?;
    let count = digits.iter().filter(|byte| byte.is_ascii_digit()).count();
    if precision > 0 && count > precision as usize {
        let message = format!("a decimal of {count} digits, but its precision says {precision}");
        return Err(Error::value(Code::DecimalPrecision, message).with_hint("read with --from-opt decimal=struct"));
    }
    push_decimal_text(out, number, i64::from(scale), None)
        .map_err(|error| error.with_hint("read with --from-opt decimal=struct"))?;
    Ok(precision as usize == count && scale >= 0 && shortest(unscaled).len() == unscaled.len() && !unscaled.is_empty())
}

/// Levels of nesting of a field that is passed over.
const DEPTH_MAX: usize = 100;
