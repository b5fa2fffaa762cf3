//! Decimals as Avro writes them: the unscaled number, big-endian, as short as it is or of a fixed size.

use arrow_buffer::i256;

use super::columns::Decimals;
use super::fault::{too_precise, wrong_length};
use crate::column::avro::{numeric, put};
use crate::column::decimal::{push_i128, push_i256};
use crate::error::Result;

pub(super) fn write_decimal(
    values: &Decimals<'_>,
    row: usize,
    times: i256,
    precision: usize,
    fixed: Option<usize>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let narrow = |value: i128, out: &mut Vec<u8>| {
        let limit = u32::try_from(precision).ok().and_then(|digits| 10i128.checked_pow(digits));
        if limit.is_some_and(|limit| value <= -limit || value >= limit) {
            return Err(too_precise(precision));
        }
        write_unscaled(numeric::shortest(&value.to_be_bytes()), fixed, out)
    };
    let value = match values {
        Decimals::D32(values) if times == i256::ONE => return narrow(i128::from(values[row]), out),
        Decimals::D64(values) if times == i256::ONE => return narrow(i128::from(values[row]), out),
        Decimals::D128(values) if times == i256::ONE => return narrow(values[row], out),
        Decimals::U64(values) => return narrow(i128::from(values[row]), out),
        Decimals::D32(values) => i256::from_i128(i128::from(values[row])),
        Decimals::D64(values) => i256::from_i128(i128::from(values[row])),
        Decimals::D128(values) => i256::from_i128(values[row]),
        Decimals::D256(values) => values[row],
    };
    let limit = numeric::power256(u8::try_from(precision).unwrap_or(u8::MAX));
    let value = value.checked_mul(times).ok_or_else(|| too_precise(precision))?;
    if value <= limit.wrapping_neg() || value >= limit {
        return Err(too_precise(precision));
    }
    write_unscaled(numeric::shortest(&value.to_be_bytes()), fixed, out)
}

/// The digits of a number, those of its scale included.
pub(super) fn push_text(values: &Decimals<'_>, row: usize, scale: i8, out: &mut Vec<u8>) {
    match values {
        Decimals::D32(values) => push_i128(out, values[row].into(), scale),
        Decimals::D64(values) => push_i128(out, values[row].into(), scale),
        Decimals::D128(values) => push_i128(out, values[row], scale),
        Decimals::D256(values) => push_i256(out, values[row], scale),
        Decimals::U64(values) => push_i128(out, values[row].into(), scale),
    }
}

/// An unscaled number as bytes with their length, or sign-extended to a fixed size.
pub(super) fn write_unscaled(bytes: &[u8], fixed: Option<usize>, out: &mut Vec<u8>) -> Result<()> {
    let Some(size) = fixed else {
        put::bytes(out, bytes);
        return Ok(());
    };
    let padding = size.checked_sub(bytes.len()).ok_or_else(|| wrong_length(bytes.len(), size))?;
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    out.extend(std::iter::repeat_n(sign, padding));
    out.extend_from_slice(bytes);
    Ok(())
}
