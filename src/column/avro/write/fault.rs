//! Why a value is not written.

use crate::code::Code;
use crate::error::Error;

#[cold]
pub(super) fn null_value() -> Error {
    Error::value(Code::Null, "null in a column that is declared without nulls")
}
#[cold]
pub(super) fn null_in_branch() -> Error {
    Error::value(Code::Null, "a null inside a branch of a union").as_it_stands()
}
#[cold]
pub(super) fn outside_day(value: i64, unit: &str) -> Error {
    Error::value(Code::DateRange, format!("time of day {value} {unit} is outside the day"))
}
#[cold]
pub(super) fn date_range(value: i64) -> Error {
    Error::value(Code::DateRange, format!("{value} ms is not a day in the range of a date of 32 bits"))
}
#[cold]
pub(super) fn int_range(value: i128, what: &str) -> Error {
    Error::value(Code::IntRange, format!("{value} is not {what}"))
}
#[cold]
pub(super) fn wrong_length(found: usize, size: usize) -> Error {
    Error::value(Code::Length, format!("{found} bytes for a fixed of {size}"))
}
#[cold]
pub(super) fn precision(value: i64, unit: &str, what: &str) -> Error {
    Error::value(Code::TimePrecision, format!("{value} {unit} is not {what}, and Avro holds no finer"))
}
#[cold]
pub(super) fn timestamp_range(value: i64) -> Error {
    Error::value(Code::TimestampRange, format!("{value} s is outside the range of milliseconds in 64 bits"))
}
#[cold]
pub(super) fn too_precise(precision: usize) -> Error {
    Error::value(Code::DecimalPrecision, format!("a decimal of more than {precision} digits"))
}
#[cold]
pub(super) fn not_text(at: usize) -> Error {
    Error::value(Code::Utf8, format!("bytes that are not UTF-8 at byte {at}, to be written as a string"))
        .with_hint("write the column as bytes: leave the Avro schema out, or change its type there")
}
#[cold]
pub(super) fn not_a_uuid(text: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(&text[..text.len().min(60)]);
    Error::value(Code::Uuid, format!("{shown:?} is not a UUID of 36 characters"))
        .with_hint("leave the logical type out of the Avro schema: a string holds any text")
}
#[cold]
pub(super) fn not_a_symbol(text: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(&text[..text.len().min(60)]);
    Error::value(Code::Enum, format!("{shown:?} is not a symbol of the enum"))
}
