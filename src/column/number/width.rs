//! Floats of another width: the same number, and of a NaN the same sign and payload, signalling or not. The
//! conversions of the processor make signalling NaNs quiet.

use half::f16;

const SIGN: u32 = 0x8000_0000;
/// The exponent of infinities and NaNs.
const HIGHEST: u32 = 0x7f80_0000;
const PAYLOAD: u32 = 0x007f_ffff;
const WIDE_HIGHEST: u64 = 0x7ff0_0000_0000_0000;
const WIDE_PAYLOAD: u64 = 0x000f_ffff_ffff_ffff;

/// The same value.
pub fn f32_of_f16(value: f16) -> f32 {
    let bits = u32::from(value.to_bits());
    if value.is_nan() {
        return f32::from_bits((bits & 0x8000) << 16 | HIGHEST | (bits & 0x03ff) << 13);
    }
    value.to_f32()
}

/// The same value.
pub fn f64_of_f16(value: f16) -> f64 {
    f64_of_f32(f32_of_f16(value))
}

/// The same value.
pub fn f64_of_f32(value: f32) -> f64 {
    let bits = value.to_bits();
    if value.is_nan() {
        return f64::from_bits(u64::from(bits & SIGN) << 32 | WIDE_HIGHEST | u64::from(bits & PAYLOAD) << 29);
    }
    f64::from(value)
}

/// The same value, if there is one of this width.
pub fn f32_of_f64(value: f64) -> Option<f32> {
    let bits = value.to_bits();
    let narrow = match value.is_nan() {
        true => f32::from_bits((bits >> 32) as u32 & SIGN | HIGHEST | ((bits & WIDE_PAYLOAD) >> 29) as u32),
        false => value as f32,
    };
    (f64_of_f32(narrow).to_bits() == bits).then_some(narrow)
}

/// The same value, if there is one of this width.
pub fn f16_of_f32(value: f32) -> Option<f16> {
    let bits = value.to_bits();
    let narrow = match value.is_nan() {
        true => f16::from_bits(((bits & SIGN) >> 16) as u16 | 0x7c00 | ((bits & PAYLOAD) >> 13) as u16),
        false => f16::from_f32(value),
    };
    (f32_of_f16(narrow).to_bits() == bits).then_some(narrow)
}

/// The same value, if there is one of this width.
pub fn f16_of_f64(value: f64) -> Option<f16> {
    f16_of_f32(f32_of_f64(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives_the_wider_types() {
        for bits in 0..=u16::MAX {
            let half = f16::from_bits(bits);
            assert_eq!(f16_of_f32(f32_of_f16(half)).map(f16::to_bits), Some(bits));
            assert_eq!(f16_of_f64(f64_of_f16(half)).map(f16::to_bits), Some(bits));
            if !half.is_nan() {
                assert_eq!(f64_of_f16(half), half.to_f64());
            }
        }
    }

    #[test]
    fn nan_keeps_its_bits_or_has_no_narrow_form() {
        assert_eq!(f32_of_f16(f16::from_bits(0x7c01)).to_bits(), 0x7f80_2000);
        for bits in [0x7f80_0001_u32, 0xff80_0001, 0x7fc0_0000, 0xffff_ffff, 0x7fa0_0000] {
            let wide = f64_of_f32(f32::from_bits(bits));
            assert!(wide.is_nan());
            assert_eq!(f32_of_f64(wide).map(f32::to_bits), Some(bits));
        }
        assert_eq!(f32_of_f64(f64::from_bits(0x7ff0_0000_0000_07a2)), None);
        assert_eq!(f16_of_f32(f32::from_bits(0x7f80_0001)), None);
        assert_eq!(f32_of_f64(0.1), None);
        assert_eq!(f32_of_f64(1e300), None);
        assert_eq!(f16_of_f64(f64::NEG_INFINITY), Some(f16::NEG_INFINITY));
        assert_eq!(f16_of_f64(-0.0).map(f16::to_bits), Some(0x8000));
    }
}
