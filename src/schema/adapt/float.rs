//! Floats from integers, integers from floats, floats of another width. The same number comes out, or it is refused; a
//! NaN keeps its payload, or is refused.

use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use half::f16;

use super::cast::{Attempt, each, integers};
use super::fit::integer;
use crate::column::number::width::{f16_of_f32, f16_of_f64, f32_of_f16, f32_of_f64, f64_of_f16, f64_of_f32};

/// `None`: neither type is a float, or the other one is no number of this kind.
pub(super) fn by_float(column: &ArrayRef, to: &DataType) -> Option<Attempt> {
    use DataType::{Float16, Float32, Float64};
    let from = column.data_type();
    macro_rules! step {
        ($source:ty => $target:ty, $step:expr) => {
            Some(each::<$source, $target>(column, to, $step))
        };
    }
    match (from, to) {
        (from, Float64) if integer(from).is_some() => {
            integers!(from, S => each::<S, Float64Type>(column, to, |value| {
                let float = value as f64;
                (float as i128 == i128::from(value)).then_some(float)
            }))
        }
        (from, Float32) if integer(from).is_some() => {
            integers!(from, S => each::<S, Float32Type>(column, to, |value| {
                let float = value as f32;
                (float as i128 == i128::from(value)).then_some(float)
            }))
        }
        (from, Float16) if integer(from).is_some() => {
            integers!(from, S => each::<S, Float16Type>(column, to, |value| {
                let float = f16::from_f64(value as f64);
                (float.to_f64() as i128 == i128::from(value)).then_some(float)
            }))
        }
        (Float64, to) if integer(to).is_some() => {
            integers!(to, T => each::<Float64Type, T>(column, to, |value| whole(value)?.try_into().ok()))
        }
        (Float32, to) if integer(to).is_some() => {
            integers!(to, T => each::<Float32Type, T>(column, to, |value| whole(value.into())?.try_into().ok()))
        }
        (Float16, to) if integer(to).is_some() => {
            integers!(to, T => each::<Float16Type, T>(column, to, |value| whole(value.into())?.try_into().ok()))
        }
        (Float16, Float32) => step!(Float16Type => Float32Type, |value| Some(f32_of_f16(value))),
        (Float16, Float64) => step!(Float16Type => Float64Type, |value| Some(f64_of_f16(value))),
        (Float32, Float64) => step!(Float32Type => Float64Type, |value| Some(f64_of_f32(value))),
        (Float64, Float32) => step!(Float64Type => Float32Type, f32_of_f64),
        (Float64, Float16) => step!(Float64Type => Float16Type, f16_of_f64),
        (Float32, Float16) => step!(Float32Type => Float16Type, f16_of_f32),
        _ => None,
    }
}

/// The integer that a float is. The sign of a zero is one of floats only.
fn whole(value: f64) -> Option<i128> {
    let whole = value as i128;
    (whole as f64 == value && !(whole == 0 && value.is_sign_negative())).then_some(whole)
}
