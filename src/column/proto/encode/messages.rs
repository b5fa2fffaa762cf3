//! Text, and values as the JSON that they are, in the messages that hold such.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::Field as Column;

use super::json;
use super::values::{Texts, each, made, wrong};
use super::write::Values;
use crate::code::Code;
use crate::column::doubles::{doubled, in_doubles};
use crate::column::json::{NonFinite, ValueWriter, WriteRules};
use crate::column::proto::fault::Fault;
use crate::error::Error;
use crate::schema::proto::shape::Known;

/// Text as the strings of `google.protobuf.Value`.
pub fn strings(array: &ArrayRef, set: Option<&NullBuffer>) -> Result<Values, Fault> {
    let texts = Texts::of(array).ok_or_else(|| wrong(array))?;
    let values = made(array.len(), set, |row, out| {
        json::push_text(out, texts.get(row));
        Ok(())
    });
    values.map(Values::Bytes)
}

/// Values of any type as messages of JSON.
pub fn in_json(known: Known, array: &ArrayRef, column: &Column, set: Option<&NullBuffer>) -> Result<Values, Fault> {
    // Numbers of JSON messages are doubles: the fewest digits of a float would be another one.
    let array = &in_doubles(array, &doubled(array.data_type())).map_err(|error| Fault::new(0, error))?;
    let field = column.clone().with_data_type(array.data_type().clone());
    // The word for it would come back as text.
    let rules = WriteRules { non_finite: NonFinite::Error, doubles: true, ..WriteRules::default() };
    let writer = ValueWriter::new(&field, array, &rules).map_err(|error| Fault::new(0, error))?;
    let mut text = Vec::new();
    let values = made(array.len(), set, |row, out| {
        text.clear();
        writer.push(&mut text, row)?;
        json::push(out, known, &text)
    });
    values.map(Values::Bytes)
}

/// Text of decimals, as `google.type.Decimal` takes it; `empty`: also a text of nothing.
pub fn decimal_texts(array: &ArrayRef, empty: bool, set: Option<&NullBuffer>) -> Result<Values, Fault> {
    let texts = Texts::of(array).ok_or_else(|| wrong(array))?;
    each(array.len(), set, |row| match texts.get(row) {
        b"" if empty => Ok(()),
        text if is_decimal_string(text) => Ok(()),
        text => {
            let shown = String::from_utf8_lossy(&text[..text.len().min(60)]);
            Err(Error::value(Code::Token, format!("{shown:?} is not a number as google.type.Decimal has them"))
                .with_hint("a sign, digits, a point and an exponent, without spaces: -1.50 or 2e9"))
        }
    })?;
    Ok(Values::Bytes(texts))
}

/// `[+-] digits [. digits] [(e | E) [+-] digits]`, with a digit before or after the point (google/type/decimal.proto).
fn is_decimal_string(text: &[u8]) -> bool {
    fn unsigned(text: &[u8]) -> &[u8] {
        text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text)
    }
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let mut halves = unsigned(text).splitn(2, |byte| matches!(byte, b'e' | b'E'));
    let significand = halves.next().unwrap_or_default();
    let exponent = halves.next().map(unsigned);
    let mut parts = significand.splitn(2, |byte| *byte == b'.');
    significand.iter().any(u8::is_ascii_digit)
        && parts.all(digits)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}
