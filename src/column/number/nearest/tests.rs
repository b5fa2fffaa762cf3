use proptest::prelude::*;

use super::*;

/// By the parser and the printer of others.
fn oracle(mantissa: u64, scale: u32) -> (f64, bool) {
    let value: f64 = format!("{mantissa}e-{scale}").parse().unwrap();
    let printed = format!("{value:e}");
    let (digits, power) = printed.split_once('e').unwrap();
    let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len()) as i32;
    let digits: u64 = digits.replace('.', "").parse().unwrap();
    // Without the zeros at the end, on both sides.
    let plain = |mut digits: u64, mut power: i32| {
        while digits.is_multiple_of(10) {
            (digits, power) = (digits / 10, power + 1);
        }
        (digits, power)
    };
    let same = plain(digits, power.parse::<i32>().unwrap() - fraction) == plain(mantissa, -(scale as i32));
    (value, same)
}

fn check(mantissa: u64, scale: u32) {
    let (value, same) = oracle(mantissa, scale);
    let got = nearest(mantissa, scale).unwrap();
    assert_eq!(got.value.to_bits(), value.to_bits(), "{mantissa}e-{scale}");
    assert!(same || !got.printed, "{mantissa}e-{scale} prints {value:e}");
}

#[test]
fn limits_and_ties() {
    for scale in 0..=SCALE_MAX {
        for mantissa in [1, 2, 5, 9, 10, 1 << 53, (1 << 53) + 1, (1 << 53) + 3, u64::MAX, u64::MAX - 1023, 1 << 63] {
            check(mantissa, scale);
        }
        for power in 0..=19 {
            for offset in [-2, -1, 0, 1, 2] {
                let mantissa = 10_u64.pow(power).wrapping_add_signed(offset);
                if mantissa > 0 {
                    check(mantissa, scale);
                }
            }
        }
    }
    assert!(nearest(0, 0).is_none() && nearest(1, SCALE_MAX + 1).is_none());
}

#[test]
fn most_printed_doubles_are_known_as_such() {
    let (mut known, mut all) = (0, 0);
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let value = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        let text = format!("{value}");
        let Some(fraction) = text.strip_prefix("0.") else { continue };
        let scale = fraction.len() as u32;
        let mantissa: u64 = fraction.parse().unwrap();
        if scale <= SCALE_MAX && mantissa > 0 {
            all += 1;
            known += usize::from(nearest(mantissa, scale).unwrap().printed);
        }
    }
    assert!(all > 19_000 && known * 1000 > all * 999, "{known} of {all}");
}

proptest! {
    #[test]
    fn the_same_as_others_read_and_print(mantissa in 1_u64.., bits in 0_u32..64, scale in 0..=SCALE_MAX) {
        let mantissa = (mantissa >> bits).max(1);
        check(mantissa, scale);
        // As many digits as a double prints, and one too many.
        check(mantissa % 10_u64.pow(16) + 10_u64.pow(15), scale);
        check(mantissa % 10_u64.pow(17) + 10_u64.pow(16), scale);
    }

    /// Numbers beside those that doubles print: one off in the last digit.
    #[test]
    fn neighbours_of_printed_doubles(bits in any::<u64>(), offset in -2_i64..=2) {
        let value = f64::from_bits((bits % (1 << 52)) | ((1023 - bits % 40) << 52));
        let printed = format!("{value:e}");
        let (digits, power) = printed.split_once('e').unwrap();
        let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len()) as i32;
        let digits: u64 = digits.replace('.', "").parse().unwrap();
        let scale = u32::try_from(fraction - power.parse::<i32>().unwrap()).unwrap_or(0);
        let mantissa = digits.saturating_add_signed(offset).max(1);
        if scale <= SCALE_MAX {
            check(mantissa, scale);
        }
    }
}
