//! Whether values of one type can be read as another, as far as types tell: the leaf relation of schema evolution.

use arrow_schema::{DataType, Field};

use super::taken::Taken;
use crate::column::nesting::extension_of;
use crate::column::parse::plain_type;
use crate::column::text;
use crate::schema::avsc::keys::{ENUM, LOGICAL};
use crate::schema::symbols::renamed_in;

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The same value in the same type.
    Same,
    /// The same value in a type that holds every value of the other.
    Widened,
    /// Some values may not fit: each one is checked.
    Checked,
}

/// Bits and sign of an integer type.
pub(crate) fn integer(data_type: &DataType) -> Option<(u8, bool)> {
    Some(match data_type {
        DataType::Int8 => (8, true),
        DataType::Int16 => (16, true),
        DataType::Int32 => (32, true),
        DataType::Int64 => (64, true),
        DataType::UInt8 => (8, false),
        DataType::UInt16 => (16, false),
        DataType::UInt32 => (32, false),
        DataType::UInt64 => (64, false),
        _ => return None,
    })
}

/// Bits of a floating-point type.
fn float(data_type: &DataType) -> Option<u8> {
    Some(match data_type {
        DataType::Float16 => 16,
        DataType::Float32 => 32,
        DataType::Float64 => 64,
        _ => return None,
    })
}

/// Decimal digits before the dot, and scale.
pub(super) fn decimal(data_type: &DataType) -> Option<(i16, i16)> {
    match data_type {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => Some((i16::from(*p) - i16::from(*s), i16::from(*s))),
        _ => None,
    }
}

/// Digits that hold every value of an integer type.
pub(crate) fn digits(bits: u8, signed: bool) -> u8 {
    match (bits, signed) {
        (8, _) => 3,
        (16, _) => 5,
        (32, _) => 10,
        (_, true) => 19,
        (_, false) => 20,
    }
}

/// Whether a type is text, in any layout.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether a type is bytes of any length, in any layout.
pub(crate) fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// Whether a field of text is an enum.
fn is_enum(field: &Field) -> bool {
    is_text(&plain_type(field.data_type())) && field.metadata().contains_key(ENUM)
}

/// The symbols of an enum, by the metadata of its field.
pub(crate) fn symbols(field: &Field) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(field.metadata().get(ENUM)?).ok()?;
    let symbols = value.get("symbols")?.as_array()?;
    symbols.iter().map(|symbol| symbol.as_str().map(str::to_owned)).collect()
}

/// Whether values of `from`, which have no parts, are read as `to`. `None`: they would get another meaning.
pub fn leaf(from: &Field, to: &Field) -> Option<Fit> {
    use Fit::{Checked, Same, Widened};
    let (plain, wanted) = (plain_type(from.data_type()), plain_type(to.data_type()));
    let same_layout = from.data_type() == to.data_type();
    let held = |fits: bool| Some(if fits { Widened } else { Checked });
    if plain == DataType::Null {
        return Some(Widened);
    }
    if wanted == DataType::Null {
        return text::check(from).is_ok().then_some(Checked);
    }
    // Texts that stand for what Arrow has no type for: a decimal of 100 digits, a whole message.
    let logical = |field: &Field| field.metadata().get(LOGICAL).cloned();
    if logical(from) != logical(to) && logical(to).is_some() {
        return None;
    }
    // A message that contains itself: its bytes are not its text.
    if logical(from).is_some_and(|kind| kind == "proto:message") && logical(from) == logical(to) && plain != wanted {
        return None;
    }
    match (extension_of(from), extension_of(to)) {
        (Some("arrow.json"), Some("arrow.json")) => return Some(if same_layout { Same } else { Widened }),
        (Some("arrow.json"), _) => return None,
        (_, Some("arrow.json")) => return if text::check(from).is_ok() { Some(Widened) } else { None },
        (Some("arrow.uuid"), Some("arrow.uuid")) => return Some(if same_layout { Same } else { Widened }),
        (Some("arrow.uuid"), None) if wanted == DataType::FixedSizeBinary(16) => return Some(Widened),
        (Some("arrow.uuid"), None) if is_text(&wanted) && !is_enum(to) => return Some(Widened),
        (None, Some("arrow.uuid")) if plain == DataType::FixedSizeBinary(16) => return Some(Widened),
        (None, Some("arrow.uuid")) if is_text(&plain) && !is_enum(from) => return Some(Checked),
        (one, other) if one != other => return None,
        _ => {}
    }
    if is_text(&plain) && is_text(&wanted) {
        let renamed = renamed_in(from, to);
        let stays = same_layout && renamed.is_empty();
        let all =
            Taken::by(to).is_none_or(|known| Taken::by(from).is_some_and(|writer| known.has_all_of(&writer, &renamed)));
        return if all && stays { Some(Same) } else { held(all) };
    }
    if same_layout {
        return Some(Same);
    }
    if plain == wanted {
        return Some(Widened);
    }
    if let (Some((bits, signed)), Some((wider, with_sign))) = (integer(&plain), integer(&wanted)) {
        return held(match (signed, with_sign) {
            (false, true) => bits < wider,
            (true, false) => false,
            _ => bits <= wider,
        });
    }
    if let (Some((bits, _)), Some(mantissa)) = (integer(&plain), float(&wanted)) {
        let exact = match mantissa {
            64 => 53,
            32 => 24,
            _ => 11,
        };
        return held(bits <= exact);
    }
    if let (Some((bits, signed)), Some((whole, scale))) = (integer(&plain), decimal(&wanted)) {
        return held(scale >= 0 && i16::from(digits(bits, signed)) <= whole);
    }
    if let (Some(bits), Some(wider)) = (float(&plain), float(&wanted)) {
        return held(bits <= wider);
    }
    if let (Some((whole, scale)), Some((more, finer))) = (decimal(&plain), decimal(&wanted)) {
        return held(scale <= finer && whole <= more);
    }
    let number = |kind: &DataType| integer(kind).is_some() || decimal(kind).is_some();
    if (decimal(&plain).is_some() || float(&plain).is_some()) && number(&wanted) {
        return Some(Checked);
    }
    match (&plain, &wanted) {
        // A symbol is no text of any bytes, nor are bytes one.
        (one, other) if is_bytes(one) && is_enum(to) || is_bytes(other) && is_enum(from) => None,
        (one, other) if is_bytes(one) && is_bytes(other) => Some(Widened),
        (one, other) if is_text(one) && is_bytes(other) => Some(Widened),
        (one, other) if is_bytes(one) && is_text(other) => Some(Checked),
        (DataType::FixedSizeBinary(_), other) if is_bytes(other) => Some(Widened),
        (one, DataType::FixedSizeBinary(_)) if is_bytes(one) => Some(Checked),
        (DataType::Date32, DataType::Date64) => Some(Widened),
        (DataType::Date64, DataType::Date32) => Some(Checked),
        (DataType::Timestamp(unit, zone), DataType::Timestamp(finer, other)) if zone.is_some() == other.is_some() => {
            // Finer units have a smaller range, coarser ones fewer digits.
            held(unit == finer)
        }
        (DataType::Time32(unit) | DataType::Time64(unit), DataType::Time32(finer) | DataType::Time64(finer)) => {
            held(unit <= finer)
        }
        (DataType::Duration(_), DataType::Duration(_)) => Some(Checked),
        _ => None,
    }
}
