//! Declared defaults in the place of absent values.

use std::str::FromStr;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, DictionaryArray, Int32Array};
use arrow_array::{PrimitiveArray, StringArray};
use arrow_schema::{DataType, Field};

use crate::schema::proto::arrow::carried_enum;
use crate::schema::proto::parse::unescaped;

/// The column with the default that its field declares instead of nulls; the same column if it declares none. Of a
/// oneof nothing is filled: another member is set, or none is.
///
/// `None`: the default is no value of the type.
pub fn filled(array: ArrayRef, field: &Field) -> Option<ArrayRef> {
    let metadata = field.metadata();
    let Some(text) = metadata.get("proto.default").filter(|_| !metadata.contains_key("proto.oneof")) else {
        return Some(array);
    };
    if array.null_count() == 0 {
        return Some(array);
    }
    Some(match array.data_type() {
        DataType::Boolean => {
            let default = bool::from_str(text).ok()?;
            Arc::new(array.as_boolean().iter().map(|value| Some(value.unwrap_or(default))).collect::<BooleanArray>())
        }
        DataType::Int32 => {
            // An enum that is read as its number.
            let named = || carried_enum(field)?.number(text);
            numbers::<Int32Type>(&array, i32::from_str(text).ok().or_else(named)?)
        }
        DataType::Int64 => numbers::<Int64Type>(&array, i64::from_str(text).ok()?),
        DataType::UInt32 => numbers::<UInt32Type>(&array, u32::from_str(text).ok()?),
        DataType::UInt64 => numbers::<UInt64Type>(&array, u64::from_str(text).ok()?),
        DataType::Float32 => numbers::<Float32Type>(&array, f32::from_str(text).ok()?),
        DataType::Float64 => numbers::<Float64Type>(&array, f64::from_str(text).ok()?),
        DataType::Utf8 => {
            let texts = array.as_string::<i32>().iter().map(|value| value.unwrap_or(text));
            Arc::new(StringArray::from_iter_values(texts))
        }
        DataType::Binary => {
            let default = unescaped(text)?;
            let values = array.as_binary::<i32>().iter().map(|value| value.unwrap_or(&default));
            Arc::new(BinaryArray::from_iter_values(values))
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_dictionary_opt::<Int32Type>()?;
            let names = dictionary.values().as_string_opt::<i32>()?;
            let find = |text: &str| names.iter().position(|name| name == Some(text));
            // A name that is another one's alias is not among the names: of one number the first is.
            let first = || {
                let symbols = carried_enum(field)?;
                let number = symbols.number(text)?;
                find(&symbols.values.iter().find(|(_, other)| *other == number)?.0)
            };
            let default = i32::try_from(find(text).or_else(first)?).ok()?;
            let keys = dictionary.keys().iter().map(|key| key.unwrap_or(default));
            let keys = Int32Array::from_iter_values(keys);
            Arc::new(DictionaryArray::try_new(keys, dictionary.values().clone()).ok()?)
        }
        _ => return None,
    })
}

fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef, default: T::Native) -> ArrayRef {
    let values = array.as_primitive::<T>().iter().map(|value| value.unwrap_or(default));
    Arc::new(PrimitiveArray::<T>::from_iter_values(values))
}
