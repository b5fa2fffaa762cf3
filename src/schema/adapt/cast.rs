//! Single values in another type. Numbers and times go by whole numbers, all else by its text; each value that comes
//! out reads back as the one that went in, or it is refused with its code.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, UInt64Array, make_array, new_null_array};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, TimeUnit};
use arrow_select::interleave::interleave;
use arrow_select::take::take;

use super::fit::{decimal, integer, is_text, symbols};
use super::float::by_float;
use super::run::Work;
use super::taken::Taken;
use crate::code::Code;
use crate::column::bytes::push_base64;
use crate::column::decimal::{precision_fits_i256, rescale_i256};
use crate::column::encoded::dictionary;
use crate::column::json::string::push_string;
use crate::column::nesting::{decoded, unencoded_field};
use crate::column::parse::{Fault, ParseOptions, ValueColumn, plain_type, shown};
use crate::column::settle::{Settled, settle, ways};
use crate::column::temporal::per_second;
use crate::column::text::{BytesText, TextColumn, TextForm};
use crate::error::{Error, Result};
use crate::policy::{Policies, Policy};
use crate::schema::avsc::keys::{ENUM, LOGICAL};
use crate::schema::symbols::renamed_in;
use crate::schema::type_text::field_text;

/// Values that fit, and the rows of those that do not: null so far.
pub(super) struct Attempt {
    pub array: ArrayRef,
    /// In their order.
    pub failed: Vec<usize>,
    /// How many are written in another form than they were read.
    pub restyled: u64,
}

/// The values of `column` as those of `to`.
///
/// # Errors
/// The first value that does not fit, with its row, unless it is let through.
pub(super) fn cast(column: &ArrayRef, from: &Field, to: &Field, path: &str, work: &mut Work<'_>) -> Result<ArrayRef> {
    // A dictionary is made when all its values are known.
    let plain = unencoded_field(to);
    let values = unpacked(column)?;
    let Attempt { array, failed, restyled } = match by_number(&values, plain.data_type()) {
        Some(attempt) => attempt?,
        None if values.data_type() == plain.data_type() && !is_text(plain.data_type()) => {
            Attempt { array: values, failed: Vec::new(), restyled: 0 }
        }
        None => {
            let known = Taken::by(&plain).filter(|_| is_text(plain.data_type()));
            let known = if work.takes_defaults { known } else { known.map(Taken::declared) };
            if stays(column, from, to) && known.as_ref().is_some_and(|known| known.has_all_in(column)) {
                return Ok(column.clone());
            }
            by_text(column, from, &plain, known.as_ref())?
        }
    };
    if restyled > 0 {
        *work.report.losses.entry((Code::Restyled, path.to_owned())).or_default() += restyled;
    }
    if failed.is_empty() {
        return encoded(array, to);
    }
    let source = TextColumn::new(column, from, BytesText::default())?;
    let mut replaced = Vec::with_capacity(failed.len());
    for row in &failed {
        let value = in_place_of(&source, *row, from, &plain, path, work);
        replaced.push(value.map_err(|error| error.at_record(*row as u64))?);
    }
    encoded(put(&array, &failed, &replaced, |at| at)?, to)
}

/// Whether text that is a symbol is the same in the column that is read and in the one that is made.
fn stays(column: &ArrayRef, from: &Field, to: &Field) -> bool {
    let is_plain = |field: &Field| field.extension_type_name().is_none() && field.metadata().get(LOGICAL).is_none();
    column.data_type() == to.data_type() && is_plain(from) && is_plain(to) && renamed_in(from, to).is_empty()
}

/// Values without dictionary and runs: as text, numbers could be those of another width, and a NaN has no payload. Texts
/// are looked at one by one anyway.
fn unpacked(column: &ArrayRef) -> Result<ArrayRef> {
    let kind = column.data_type();
    if plain_type(kind) == *kind || is_text(&plain_type(kind)) {
        return Ok(column.clone());
    }
    let nulls = column.logical_nulls();
    let (rows, values) = decoded(column)?;
    let there = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let indices = rows.into_iter().enumerate().map(|(row, at)| there(row).then_some(at as u64));
    unpacked(&take(values, &indices.collect::<UInt64Array>(), None)?)
}

/// What stands in for a value that does not fit.
fn in_place_of(
    source: &TextColumn<'_>,
    row: usize,
    from: &Field,
    to: &Field,
    path: &str,
    work: &mut Work<'_>,
) -> Result<ArrayRef> {
    let mut token = Vec::new();
    text_of(source, row, to, &mut token)?;
    let error = refusal(source, row, &token, from, to);
    let code = error.code().unwrap_or(Code::Token);
    let with = |policies: &Policies| stand_in(policies, code, &token, to);
    // A reader's enum may say itself what unknown symbols become.
    let default = match code == Code::Enum && work.takes_defaults {
        true => altered(Policy::Default, code, &token, to),
        false => None,
    };
    let found = default.map(|value| (value, vec![code])).or_else(|| with(work.policies));
    let helps = |policy| with(&work.policies.with(code, policy)).is_some();
    let (value, codes) = found.ok_or_else(|| error.with_ways(ways(code, helps)))?;
    codes.into_iter().for_each(|code| work.report.note(code, path));
    Ok(value)
}

/// What `policies` make of a value that was refused with `code`, and the codes under which it was altered. Rounding may
/// leave the range, which may be let through as well.
fn stand_in(policies: &Policies, code: Code, token: &[u8], to: &Field) -> Option<(ArrayRef, Vec<Code>)> {
    let given = |code| policies.get(code).filter(|policy| !policy.sets_aside());
    let policy = given(code)?;
    if let Some(value) = altered(policy, code, token, to) {
        return Some((value, vec![code]));
    }
    let Some(Settled::Text(text)) = settle(policy, code, token, &plain_type(to.data_type())) else { return None };
    let mut column = ValueColumn::new(&unencoded_field(to), options(), 1).ok()?;
    let next = push(&mut column, &text).err()?.code();
    Some((altered(given(next)?, next, &text, to)?, vec![code, next]))
}

/// What `policy` makes of a value that was refused with `code`.
fn altered(policy: Policy, code: Code, token: &[u8], to: &Field) -> Option<ArrayRef> {
    match (policy, settle(policy, code, token, &plain_type(to.data_type()))) {
        (_, Some(Settled::Null)) => to.is_nullable().then(|| new_null_array(to.data_type(), 1)),
        (_, Some(Settled::Text(text))) => one(to, &text),
        (Policy::Default, None) if code == Code::Enum => one(to, enum_default(to)?.as_bytes()),
        (Policy::Replace, None) if code == Code::Utf8 => one(to, String::from_utf8_lossy(token).as_bytes()),
        _ => None,
    }
}

/// Why a value does not fit.
fn refusal(source: &TextColumn<'_>, row: usize, token: &[u8], from: &Field, to: &Field) -> Error {
    let wanted = plain_type(to.data_type());
    let name = field_text(to);
    if source.non_finite(row).is_some() && !wanted.is_floating() {
        return Error::value(Code::NonFinite, format!("{} is not a value of {name}", shown(token)));
    }
    if is_text(&wanted) {
        if std::str::from_utf8(token).is_err() {
            return Error::value(Code::Utf8, format!("{} is not valid UTF-8", shown(token)));
        }
        if Taken::by(to).is_some() {
            return Error::value(Code::Enum, format!("{} is not a symbol of the enum", shown(token)));
        }
    }
    let field = unencoded_field(to);
    let pushed = ValueColumn::new(&field, options(), 1).map(|mut column| push(&mut column, token));
    match pushed {
        Ok(Err(fault)) => fault.error(token, &wanted),
        // Its text would do, but it is the shortest of a value that has more digits.
        _ => Error::value(Code::FloatDigits, format!("{} is not the same value as {name}", shown(token)))
            .with_hint(format!("read it as {}", field_text(from))),
    }
}

/// The rows of an array, with other values in some of them: the one at `which(n)` of `values` for the n-th of `rows`.
pub(super) fn put(
    array: &ArrayRef,
    rows: &[usize],
    values: &[ArrayRef],
    which: impl Fn(usize) -> usize,
) -> Result<ArrayRef> {
    let mut parts: Vec<&dyn Array> = vec![array];
    parts.extend(values.iter().map(|value| value as &dyn Array));
    let mut indices: Vec<(usize, usize)> = (0..array.len()).map(|row| (0, row)).collect();
    for (at, row) in rows.iter().enumerate() {
        indices[*row] = (1 + which(at), 0);
    }
    Ok(interleave(&parts, &indices)?)
}

/// The same bytes as another type.
pub(super) fn retyped(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    Ok(make_array(column.to_data().into_builder().data_type(data_type.clone()).build()?))
}

/// The default that an enum has for symbols that it does not know.
fn enum_default(field: &Field) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(field.metadata().get(ENUM)?).ok()?;
    value.get("default")?.as_str().map(str::to_owned)
}

fn options() -> ParseOptions {
    ParseOptions { raw: true, ..ParseOptions::default() }
}

/// Appends a value: bytes as they are, all else as text.
fn push(column: &mut ValueColumn, token: &[u8]) -> Result<(), Fault> {
    // Such columns take text that stands for bytes.
    if column.takes_encoded_bytes() {
        let mut text = Vec::new();
        push_base64(&mut text, token);
        return column.push(&text);
    }
    column.push(token)
}

/// An array of one value, read from text.
pub(super) fn one(field: &Field, token: &[u8]) -> Option<ArrayRef> {
    let mut column = ValueColumn::new(&unencoded_field(field), options(), 1).ok()?;
    push(&mut column, token).ok()?;
    encoded(column.finish().ok()?, field).ok()
}

/// Text of a value as `to` reads it: bytes stay bytes, and JSON text has quotes where JSON has them.
fn text_of(source: &TextColumn<'_>, row: usize, to: &Field, token: &mut Vec<u8>) -> Result<()> {
    token.clear();
    if to.extension_type_name() == Some("arrow.json") {
        if source.form() == TextForm::Text {
            push_string(token, source.text(row).as_bytes());
            return Ok(());
        }
        let quoted = source.form() == TextForm::Plain || source.non_finite(row).is_some();
        if quoted {
            token.push(b'"');
        }
        match source.non_finite(row) {
            Some(name) => token.extend_from_slice(name.as_bytes()),
            None => source.push(token, row).map_err(crate::column::text::refused)?,
        }
        if quoted {
            token.push(b'"');
        }
        return Ok(());
    }
    match (source.bytes(row), source.whole(row)) {
        (Some(bytes), _) => token.extend_from_slice(bytes),
        // The shortest digits that read back to a float need not be those of its value.
        (_, Some(whole)) if takes_all_digits(to) => token.extend_from_slice(format!("{whole:.0}").as_bytes()),
        _ => source.push(token, row).map_err(crate::column::text::refused)?,
    }
    Ok(())
}

/// Whether a type holds numbers digit by digit.
fn takes_all_digits(field: &Field) -> bool {
    let kind = plain_type(field.data_type());
    integer(&kind).is_some() || decimal(&kind).is_some()
}

/// `known`: the values of `to`, if that is an enum.
fn by_text(column: &ArrayRef, from: &Field, to: &Field, known: Option<&Taken>) -> Result<Attempt> {
    let source = TextColumn::new(column, from, BytesText::default())?;
    let wanted = unencoded_field(to);
    let text = is_text(wanted.data_type());
    let renamed = if text { renamed_in(from, to) } else { HashMap::new() };
    let mut made = ValueColumn::new(&wanted, options(), column.len())?;
    let mut failed = Vec::new();
    let mut token = Vec::new();
    for row in 0..column.len() {
        if source.is_null(row) {
            made.push_null();
            continue;
        }
        text_of(&source, row, to, &mut token)?;
        if let Some(name) = std::str::from_utf8(&token).ok().and_then(|symbol| renamed.get(symbol)) {
            token.clear();
            token.extend_from_slice(name.as_bytes());
        }
        let takes = match (text, known) {
            (false, _) => true,
            (true, None) => std::str::from_utf8(&token).is_ok(),
            (true, Some(known)) => std::str::from_utf8(&token).is_ok_and(|text| known.has(text)),
        };
        // The sign of a zero is one of floats only.
        let lost = token == b"-0.0" && source.form() == TextForm::Float && takes_all_digits(&wanted);
        if !takes || lost || push(&mut made, &token).is_err() {
            made.push_null();
            failed.push(row);
        }
    }
    // Floats have no form of their own.
    let restyled = if source.form() == TextForm::Float { 0 } else { made.restyled() };
    Ok(Attempt { restyled, array: made.finish()?, failed })
}

/// The array as a dictionary, if the field is one. An enum has all its symbols in it, in their order.
fn encoded(array: ArrayRef, field: &Field) -> Result<ArrayRef> {
    let DataType::Dictionary(key, kind) = field.data_type() else { return Ok(array) };
    let texts = TextColumn::new(&array, &unencoded_field(field), BytesText::default())?;
    let mut values = ValueColumn::new(&unencoded_field(field), options(), 0)?;
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut place_of = |text: &[u8]| {
        if let Some(place) = places.get(text) {
            return *place;
        }
        let next = places.len();
        places.insert(text.to_vec(), next);
        // Text that was read once is read again.
        let _ = values.push(text);
        next
    };
    for symbol in symbols(field).into_iter().flatten() {
        place_of(symbol.as_bytes());
    }
    let rows = (0..array.len()).map(|row| if texts.is_null(row) { 0 } else { place_of(texts.text(row).as_bytes()) });
    let keys: Vec<usize> = rows.collect();
    let nulls = array.nulls().cloned();
    let values = values.finish()?;
    debug_assert_eq!(values.data_type(), &**kind);
    dictionary(key, keys, nulls, values)
}

/// The expression with the Arrow type of an integer type as `$type`; `None` for other types.
macro_rules! integers {
    ($kind:expr, $type:ident => $body:expr) => {
        integers!($kind, $type => $body, Int8Type Int16Type Int32Type Int64Type UInt8Type UInt16Type UInt32Type UInt64Type)
    };
    ($kind:expr, $type:ident => $body:expr, $($arrow:ident)*) => {
        match $kind {
            $(kind if *kind == $arrow::DATA_TYPE => {
                type $type = $arrow;
                Some($body)
            })*
            _ => None,
        }
    };
}

pub(super) use integers;

/// Numbers and times; `None`: by text.
fn by_number(column: &ArrayRef, to: &DataType) -> Option<Result<Attempt>> {
    use DataType::{Date32, Date64, Duration, Int64, Null, Time32, Time64, Timestamp};
    let from = column.data_type();
    match (from, to) {
        (Null, _) => {
            return Some(Ok(Attempt { array: new_null_array(to, column.len()), failed: Vec::new(), restyled: 0 }));
        }
        (_, Null) => {
            let failed = (0..column.len()).filter(|row| column.is_valid(*row)).collect();
            return Some(Ok(Attempt { array: new_null_array(to, column.len()), failed, restyled: 0 }));
        }
        _ => {}
    }
    if integer(from).is_some() && integer(to).is_some() {
        return integers!(from, S => integers!(to, T => each::<S, T>(column, to, same))).flatten().map(Ok);
    }
    if let Some(attempt) = by_float(column, to) {
        return Some(Ok(attempt));
    }
    if let Some(values) = unscaled(column)
        && let Some(attempt) = by_digits(column, values, to)
    {
        return Some(attempt);
    }
    let day = 86_400_000_i128;
    let per = |unit: &TimeUnit| i128::from(per_second(*unit));
    let (times, over) = match (from, to) {
        (Date32, Date64) => (day, 1),
        (Date64, Date32) => (1, day),
        (Timestamp(unit, _), Timestamp(other, _))
        | (Duration(unit), Duration(other))
        | (Time32(unit) | Time64(unit), Time32(other) | Time64(other)) => (per(other), per(unit)),
        _ => return None,
    };
    let narrow = matches!(to, Date32 | Time32(_));
    let whole = || -> Result<Attempt> {
        let ticks: ArrayRef = match from {
            Date32 | Time32(_) => {
                let days = retyped(column, &DataType::Int32)?;
                Arc::new(days.as_primitive::<Int32Type>().unary::<_, Int64Type>(i64::from))
            }
            _ => retyped(column, &Int64)?,
        };
        let step = |value: i64| {
            let wide = i128::from(value) * times;
            if wide % over == 0 { i64::try_from(wide / over).ok() } else { None }
        };
        let Attempt { array, failed, restyled } = match narrow {
            true => each::<Int64Type, Int32Type>(&ticks, &DataType::Int32, |value| step(value)?.try_into().ok()),
            false => each::<Int64Type, Int64Type>(&ticks, &Int64, step),
        };
        Ok(Attempt { array: retyped(&array, to)?, failed, restyled })
    };
    Some(whole())
}

/// Integers and decimals as unscaled integers of 256 bits, with their scale.
fn unscaled(column: &ArrayRef) -> Option<(PrimitiveArray<Decimal256Type>, i8)> {
    let wide = |value: i128| i256::from_i128(value);
    Some(match column.data_type() {
        DataType::Decimal32(_, scale) => {
            (column.as_primitive::<Decimal32Type>().unary(|value| wide(value.into())), *scale)
        }
        DataType::Decimal64(_, scale) => {
            (column.as_primitive::<Decimal64Type>().unary(|value| wide(value.into())), *scale)
        }
        DataType::Decimal128(_, scale) => (column.as_primitive::<Decimal128Type>().unary(wide), *scale),
        DataType::Decimal256(_, scale) => (column.as_primitive::<Decimal256Type>().clone(), *scale),
        other => {
            let values = integers!(other, S => column.as_primitive::<S>().unary::<_, Decimal256Type>(|value| wide(value.into())));
            (values?, 0)
        }
    })
}

/// Integers and decimals as decimals and integers.
fn by_digits(
    column: &ArrayRef,
    (values, scale): (PrimitiveArray<Decimal256Type>, i8),
    to: &DataType,
) -> Option<Result<Attempt>> {
    let values: ArrayRef = Arc::new(values);
    let rescaled = |value: i256, precision: u8, finer: i8| {
        rescale_i256(value, scale, finer).ok().filter(|value| precision_fits_i256(*value, precision))
    };
    Some(Ok(match to {
        DataType::Decimal32(p, s) => each::<Decimal256Type, Decimal32Type>(&values, to, |value| {
            rescaled(value, *p, *s)?.to_i128()?.try_into().ok()
        }),
        DataType::Decimal64(p, s) => each::<Decimal256Type, Decimal64Type>(&values, to, |value| {
            rescaled(value, *p, *s)?.to_i128()?.try_into().ok()
        }),
        DataType::Decimal128(p, s) => {
            each::<Decimal256Type, Decimal128Type>(&values, to, |value| rescaled(value, *p, *s)?.to_i128())
        }
        DataType::Decimal256(p, s) => {
            each::<Decimal256Type, Decimal256Type>(&values, to, |value| rescaled(value, *p, *s))
        }
        to if integer(to).is_some() && integer(column.data_type()).is_none() => {
            return integers!(to, T => each::<Decimal256Type, T>(&values, to, |value| {
                rescale_i256(value, scale, 0).ok()?.to_i128()?.try_into().ok()
            }))
            .map(Ok);
        }
        _ => return None,
    }))
}

/// The same number as another integer.
fn same<S, T: TryFrom<S>>(value: S) -> Option<T> {
    T::try_from(value).ok()
}

/// Value by value; `None` fails.
pub(super) fn each<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    column: &ArrayRef,
    to: &DataType,
    step: impl Fn(S::Native) -> Option<T::Native>,
) -> Attempt {
    let source = column.as_primitive::<S>();
    let mut failed = Vec::new();
    let values = source.values().iter().enumerate().map(|(row, value)| {
        step(*value).unwrap_or_else(|| {
            if source.is_valid(row) {
                failed.push(row);
            }
            T::Native::default()
        })
    });
    let values: Vec<T::Native> = values.collect();
    let array = PrimitiveArray::<T>::new(values.into(), source.nulls().cloned()).with_data_type(to.clone());
    Attempt { array: Arc::new(array), failed, restyled: 0 }
}
