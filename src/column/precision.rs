//! Decimals against the digits that their type has: Arrow does not hold writers to them, but readers rely on it, and
//! targets hold no more.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Int32Type};
use arrow_array::{Array, ArrayRef, ArrowNativeTypeOp};
use arrow_buffer::{ArrowNativeType, i256};
use arrow_schema::DataType;

use super::decimal;
use super::nesting::{Extents, decoded, parts};
use crate::code::Code;
use crate::error::{Error, Result};

/// A value that counts: its place in its array, and the row of the column that it belongs to.
type Place = (usize, u64);

/// Fails if a decimal of a column has more digits than its type, at any depth.
///
/// # Errors
/// `V-DEC-PRECISION` with its row.
pub(crate) fn check(array: &ArrayRef) -> Result<()> {
    // What stands under nulls and beside lists is seen as well here, and told from values only where it looks wrong.
    if !holds_decimals(array.data_type()) || !may_be_wide(array) {
        return Ok(());
    }
    find(array, (0..array.len()).map(|row| (row, row as u64)).collect())
}

/// Whether a column has decimals, at any depth.
pub(crate) fn holds_decimals(data_type: &DataType) -> bool {
    data_type.is_decimal() || parts(data_type).into_iter().any(holds_decimals)
}

/// Whether there is any number with too many digits, be it a value or not.
fn may_be_wide(array: &ArrayRef) -> bool {
    match array.data_type() {
        DataType::Decimal32(digits, _) => any_wide::<Decimal32Type>(array, *digits),
        DataType::Decimal64(digits, _) => any_wide::<Decimal64Type>(array, *digits),
        DataType::Decimal128(digits, _) => any_wide::<Decimal128Type>(array, *digits),
        DataType::Decimal256(digits, _) => any_wide::<Decimal256Type>(array, *digits),
        DataType::Struct(_) => array.as_struct().columns().iter().any(may_be_wide),
        // The elements of some rows may be anywhere.
        DataType::ListView(child) | DataType::LargeListView(child) => holds_decimals(child.data_type()),
        DataType::Map(_, _) => {
            let map = array.as_map();
            let (first, last) = (map.value_offsets()[0] as usize, map.value_offsets()[map.len()] as usize);
            map.entries().columns().iter().any(|column| may_be_wide(&column.slice(first, last - first)))
        }
        DataType::Union(branches, _) => branches.iter().any(|(id, _)| may_be_wide(array.as_union().child(id))),
        DataType::Dictionary(_, _) => may_be_wide(array.as_any_dictionary().values()),
        DataType::RunEndEncoded(_, child) => match array.as_run_opt::<Int32Type>() {
            Some(runs) => may_be_wide(&runs.values_slice()),
            None => holds_decimals(child.data_type()),
        },
        _ => Extents::of(array).is_some_and(|(extents, _, values)| {
            let elements = extents.cover(0..array.len(), values.len());
            may_be_wide(&values.slice(elements.start, elements.len()))
        }),
    }
}

/// Whether a number is beyond those of so many digits. Without a branch for each: all are compared, many at a time.
fn any_wide<T: DecimalType>(array: &ArrayRef, digits: u8) -> bool {
    let Ok(bound) = T::Native::usize_as(10).pow_checked(digits.into()) else { return false };
    let below = bound.neg_wrapping();
    let values = array.as_primitive::<T>().values();
    values.iter().fold(false, |wide, value| wide | value.is_ge(bound) | value.is_le(below))
}

/// The first value at `places` that is too wide.
fn find(array: &ArrayRef, mut places: Vec<Place>) -> Result<()> {
    if !holds_decimals(array.data_type()) {
        return Ok(());
    }
    if let Some(nulls) = array.logical_nulls() {
        places.retain(|(place, _)| nulls.is_valid(*place));
    }
    match array.data_type() {
        DataType::Struct(fields) => {
            for (member, field) in array.as_struct().columns().iter().zip(fields) {
                find(member, places.clone()).map_err(|error| error.in_column(field.name()))?;
            }
            Ok(())
        }
        DataType::Map(entries, _) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let inner = elements(&places, |row| offsets[row] as usize..offsets[row + 1] as usize);
            let DataType::Struct(fields) = entries.data_type() else { return Ok(()) };
            for (member, field) in map.entries().columns().iter().zip(fields) {
                find(member, inner.clone()).map_err(|error| error.in_column(field.name()))?;
            }
            Ok(())
        }
        DataType::Union(branches, _) => {
            let union = array.as_union();
            for (id, branch) in branches.iter() {
                let theirs = places.iter().filter(|(place, _)| union.type_id(*place) == id);
                let theirs = theirs.map(|(place, row)| (union.value_offset(*place), *row)).collect();
                find(union.child(id), theirs).map_err(|error| error.in_column(branch.name()))?;
            }
            Ok(())
        }
        DataType::Dictionary(_, _) | DataType::RunEndEncoded(_, _) => {
            let (rows, values) = decoded(array)?;
            find(values, places.into_iter().map(|(place, row)| (rows[place], row)).collect())
        }
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => {
            let numbers = unscaled(array);
            let wide = |place: usize| numbers[place].filter(|number| !decimal::precision_fits_i256(*number, *digits));
            match places.iter().find_map(|(place, row)| wide(*place).map(|number| (number, *row))) {
                Some((number, row)) => Err(too_wide(number, *scale, array.data_type()).at_record(row)),
                None => Ok(()),
            }
        }
        _ => match Extents::of(array) {
            Some((extents, _, values)) => {
                find(values, elements(&places, |row| extents.get(row))).map_err(|error| error.in_column("[]"))
            }
            None => Ok(()),
        },
    }
}

/// The unscaled numbers of a decimal column of any width.
pub(crate) fn unscaled(array: &ArrayRef) -> Vec<Option<i256>> {
    macro_rules! wide {
        ($type:ty) => {
            array.as_primitive::<$type>().iter().map(|value| value.map(|value| i256::from_i128(value.into()))).collect()
        };
    }
    match array.data_type() {
        DataType::Decimal32(..) => wide!(Decimal32Type),
        DataType::Decimal64(..) => wide!(Decimal64Type),
        DataType::Decimal128(..) => wide!(Decimal128Type),
        _ => array.as_primitive::<Decimal256Type>().iter().collect(),
    }
}

/// The elements of the lists at `places`.
fn elements(places: &[Place], of: impl Fn(usize) -> std::ops::Range<usize>) -> Vec<Place> {
    places.iter().flat_map(|(place, row)| of(*place).map(|element| (element, *row))).collect()
}

/// The error for a number with more digits than its type.
pub(crate) fn too_wide(number: i256, scale: i8, data_type: &DataType) -> Error {
    let mut text = Vec::new();
    decimal::push_i256(&mut text, number, scale);
    let text = String::from_utf8_lossy(&text);
    Error::value(Code::DecimalPrecision, format!("{text} has more digits than {data_type}"))
}

#[cfg(all(test, feature = "parquet", feature = "ipc"))]
mod tests;
