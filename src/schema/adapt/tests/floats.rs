//! Floats as numbers of other kinds: an integer becomes exactly that integer, a fraction its shortest digits.

use arrow_buffer::i256;
use half::f16;

use super::*;

/// The integer `mantissa * 2^exponent`, if it has at most 76 digits.
fn integer(mantissa: i64, exponent: u32) -> Option<i256> {
    let mut value = i256::from_i128(mantissa.into());
    for _ in 0..exponent {
        value = value.checked_mul(i256::from_i128(2))?;
    }
    (value.to_string().trim_start_matches('-').len() <= 76).then_some(value)
}

/// What a float is as a decimal of 76 digits and no fraction.
fn digits(array: ArrayRef) -> Result<i256> {
    Ok(column(array, DataType::Decimal256(76, 0))?.as_primitive::<Decimal256Type>().value(0))
}

fn in_dictionary(values: ArrayRef) -> ArrayRef {
    Arc::new(DictionaryArray::<Int32Type>::try_new(Int32Array::from(vec![0]), values).unwrap())
}

proptest! {
    #[test]
    fn integers_in_floats_keep_every_digit(mantissa in -(1_i64 << 53)..(1_i64 << 53), exponent in 0..300_u32) {
        let small = mantissa >> 29;
        let double: ArrayRef = Arc::new(Float64Array::from(vec![mantissa as f64 * 2_f64.powi(exponent as i32)]));
        let exponent_small = exponent % 104;
        let float: ArrayRef = Arc::new(Float32Array::from(vec![small as f32 * 2_f32.powi(exponent_small as i32)]));
        for (array, mantissa, exponent) in [(double, mantissa, exponent), (float, small, exponent_small)] {
            let expected = integer(mantissa, exponent);
            for array in [in_dictionary(array.clone()), array] {
                prop_assert_eq!(digits(array.clone()).ok(), expected);
                let long = column(array, DataType::Int64).map(|array| array.as_primitive::<Int64Type>().value(0));
                prop_assert_eq!(long.ok(), expected.and_then(|value| value.to_i128()?.try_into().ok()));
            }
        }
    }

    #[test]
    fn integers_become_floats_where_they_are_one(value in any::<i64>(), shift in 0..64_u32) {
        let value = value >> shift;
        let array: ArrayRef = Arc::new(Int64Array::from(vec![value]));
        let exact = |bits: u32| value == 0 || 64 - value.unsigned_abs().leading_zeros() - value.trailing_zeros() <= bits;
        prop_assert_eq!(column(array.clone(), DataType::Float64).is_ok(), exact(53));
        prop_assert_eq!(column(array.clone(), DataType::Float32).is_ok(), exact(24));
        let half = column(array, DataType::Float16).map(|array| array.as_primitive::<Float16Type>().value(0).to_f64());
        prop_assert_eq!(half.ok(), (exact(11) && value.unsigned_abs() <= 65_504).then_some(value as f64));
    }
}

#[test]
fn every_half_is_its_integer_or_refused() {
    for bits in 0..=u16::MAX {
        let half = f16::from_bits(bits);
        let array: ArrayRef = Arc::new(Float16Array::from(vec![half]));
        let value = half.to_f64();
        let is_integer = value.is_finite() && value.fract() == 0.0 && bits != 0x8000;
        let expected = is_integer.then_some(value as i64);
        let long = column(array.clone(), DataType::Int64).map(|array| array.as_primitive::<Int64Type>().value(0));
        assert_eq!(long.ok(), expected, "{value}");
        assert_eq!(digits(array).ok(), expected.map(|value| i256::from_i128(value.into())), "{value}");
    }
}

#[test]
fn fractions_become_their_shortest_digits_if_the_scale_has_room() {
    let float = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
    let tenth = column(float(0.1), DataType::Decimal128(10, 2)).unwrap();
    assert_eq!(tenth.as_primitive::<Decimal128Type>().value(0), 10);
    assert_eq!(refused(float(0.125), DataType::Decimal128(10, 2)), Code::DecimalScale);
    assert_eq!(refused(float(-0.0), DataType::Decimal128(10, 2)), Code::FloatDigits);
    assert_eq!(refused(float(-0.0), DataType::Int8), Code::FloatDigits);
    let half: ArrayRef = Arc::new(Float16Array::from(vec![f16::NEG_ZERO]));
    assert_eq!(refused(half, DataType::Int8), Code::FloatDigits);
    // The shortest digits of 123456792 end in a zero.
    let single: ArrayRef = Arc::new(Float32Array::from(vec![123_456_792.0]));
    assert_eq!(refused(single, DataType::Decimal128(10, -1)), Code::DecimalScale);
}

#[test]
fn a_float_in_a_dictionary_is_not_read_as_one_of_another_width() {
    let tenth: ArrayRef = Arc::new(Float64Array::from(vec![0.1]));
    assert_eq!(refused(in_dictionary(tenth), DataType::Float32), Code::FloatDigits);
}

#[test]
fn nan_keeps_its_payload_or_is_refused() {
    let half: ArrayRef = Arc::new(Float16Array::from(vec![f16::from_bits(0x7c01)]));
    let wide = column(half.clone(), DataType::Float64).unwrap();
    assert_eq!(wide.as_primitive::<Float64Type>().value(0).to_bits(), 0x7ff0_0400_0000_0000);
    let back = column(wide, DataType::Float16).unwrap();
    assert_eq!(back.as_primitive::<Float16Type>().value(0).to_bits(), 0x7c01);
    let missing: ArrayRef = Arc::new(Float64Array::from(vec![f64::from_bits(0x7ff0_0000_0000_07a2)]));
    assert_eq!(refused(missing.clone(), DataType::Float32), Code::FloatDigits);
    assert_eq!(refused(missing, DataType::Float16), Code::FloatDigits);
    let usual: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN]));
    assert!(column(usual, DataType::Float16).is_ok());
}

#[test]
fn a_nan_of_a_dictionary_keeps_its_payload() {
    let bits = 0x7ff8_0000_0000_0123;
    let dictionary = in_dictionary(Arc::new(Float64Array::from(vec![f64::from_bits(bits)])));
    let made = column(dictionary, DataType::Float64).unwrap();
    assert_eq!(made.as_primitive::<Float64Type>().value(0).to_bits(), bits);
}
