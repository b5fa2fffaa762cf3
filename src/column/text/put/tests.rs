use proptest::prelude::*;

use super::*;
use crate::column::temporal::{self, Zone};
use crate::column::{bytes as binary, decimal as decimals, number};

const UNITS: [TimeUnit; 4] = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];

/// What is put behind two bytes; and that less room makes it give up, not fail or write elsewhere.
fn written(put: impl Fn(&mut [u8], usize) -> Option<usize>) -> Option<String> {
    let mut room = [b'#'; 100];
    let end = put(&mut room, 2)?;
    assert_eq!(&room[..2], b"##");
    let text = room[2..end].to_vec();
    for size in 0..room.len() {
        let mut small = vec![b'#'; size];
        if let Some(end) = put(&mut small, 2) {
            assert_eq!(small[2..end], text[..], "room of {size}");
        }
    }
    Some(String::from_utf8(text).unwrap())
}

fn pushed(push: impl FnOnce(&mut Vec<u8>)) -> Option<String> {
    let mut out = Vec::new();
    push(&mut out);
    Some(String::from_utf8(out).unwrap())
}

fn check_number(value: u64) {
    assert_eq!(written(|room, at| unsigned(room, at, value)), Some(value.to_string()));
    for value in [value as i64, (value as i64).wrapping_neg()] {
        assert_eq!(written(|room, at| signed(room, at, value)), Some(value.to_string()));
        for scale in [0, 1, 2, 7, 8, 9, 15, 16] {
            assert_eq!(
                written(|room, at| decimal(room, at, value.into(), scale)),
                pushed(|out| decimals::push_i128(out, value.into(), scale)),
                "{value} at {scale}"
            );
        }
    }
}

#[test]
fn numbers_at_every_length() {
    check_number(0);
    check_number(u64::MAX);
    let mut power = 1_u64;
    for _ in 0..20 {
        [power - 1, power, power + 1, power.wrapping_mul(7)].into_iter().for_each(check_number);
        power = power.wrapping_mul(10);
    }
    for value in (0..10_000).step_by(7) {
        check_number(value);
        check_number(value * 10_001);
    }
}

fn check_double(value: f64) {
    for value in [value, -value] {
        assert_eq!(
            written(|room, at| double(room, at, value)),
            pushed(|out| number::push_f64(out, value)),
            "{value:e}"
        );
    }
}

#[test]
fn doubles_of_every_size() {
    for value in [0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, f64::MAX, 5e-324, 0.1 + 0.2, 1.0 / 3.0] {
        check_double(value);
    }
    for power in -20..20 {
        let text = format!("1e{power}");
        let value: f64 = text.parse().unwrap();
        for value in [value.next_down(), value, value.next_up(), value * 7.0, value * 1.25, value + 0.01] {
            check_double(value);
        }
    }
    for cents in 0..20_000 {
        check_double(f64::from(cents) / 100.0);
    }
}

#[test]
fn what_has_no_short_way_is_left() {
    let mut room = [0; 100];
    assert_eq!(decimal(&mut room, 0, i128::MAX, 2), None);
    assert_eq!(decimal(&mut room, 0, 5, -2), None);
    assert_eq!(decimal(&mut room, 0, 5, 17), None);
    assert_eq!(time(&mut room, 0, 86_400, TimeUnit::Second), None);
    assert_eq!(time(&mut room, 0, -1, TimeUnit::Nanosecond), None);
    assert_eq!(Day::default().put(&mut room, 0, i64::from(i32::MAX)), None);
    assert_eq!(Day::default().put_timestamp(&mut room, 0, i64::MIN, TimeUnit::Second), None);
    assert_eq!(byte(&mut [], 0, 1), None);
    assert_eq!(fixed(&mut room, 99, b"ab", 1), None);
    assert_eq!(fixed(&mut room, usize::MAX, b"ab", 1), None);
    assert_eq!(bytes(&mut room, 98, b"abc"), None);
    assert_eq!(part(&mut room, 0, b"abc", 2, 2), None);
}

#[test]
fn every_day_of_four_digit_years() {
    let kept = Day::default();
    for day in (-719_528..=2_932_896).step_by(17).chain([-1, 0, 1, 11_016, 11_017, 2_932_896]) {
        let expected = pushed(|out| temporal::push_date(out, day));
        let mut room = [0; 16];
        let end = kept.put(&mut room, 0, day.into()).unwrap();
        assert_eq!(Some(String::from_utf8_lossy(&room[..end]).into_owned()), expected);
    }
    assert_eq!(kept.put(&mut [0; 16], 0, -719_529), None);
    assert_eq!(kept.put(&mut [0; 16], 0, 2_932_897), None);
    assert_eq!(written(|room, at| kept.put(room, at, 0)).as_deref(), Some("1970-01-01"));
}

#[test]
fn constants_and_parts_of_every_length() {
    let text: Vec<u8> = (b'!'..b'~').collect();
    for len in 0..=80 {
        let expected = String::from_utf8(text[..len].to_vec()).ok();
        let constant = Constant::new(&text[..len]);
        assert_eq!(constant.as_bytes(), &text[..len]);
        assert_eq!(written(|room, at| constant.put(room, at)), expected);
        assert_eq!(written(|room, at| part(room, at, &text, 0, len)), expected);
        assert_eq!(written(|room, at| part(room, at, &text[..len], 0, len)), expected);
    }
}

proptest! {
    #[test]
    fn numbers(value in any::<u64>(), shift in 0..64_u32) {
        check_number(value >> shift);
    }

    #[test]
    fn doubles(bits in any::<u64>(), shift in 0..64_u32, power in 0..25_i32) {
        check_double(f64::from_bits(bits));
        // Decimals of all lengths, and their neighbours, which have seventeen digits.
        let decimal: f64 = format!("{}e-{power}", bits >> shift).parse().unwrap();
        for value in [decimal, decimal.next_up(), decimal.next_down()] {
            check_double(value);
        }
    }

    #[test]
    fn timestamps_and_times(value in any::<i64>(), shift in 0..40_u32, whole in prop_oneof![Just(1), Just(1000), Just(1_000_000)]) {
        let value = (value >> shift) / whole * whole;
        for unit in UNITS {
            let day = Day::default();
            if let Some(text) = written(|room, at| day.put_timestamp(room, at, value, unit)) {
                prop_assert_eq!(Some(text), pushed(|out| temporal::push_timestamp(out, value, unit, Zone::Naive)));
            }
            let of_day = value.rem_euclid(86_400 * temporal::per_second(unit));
            prop_assert_eq!(
                written(|room, at| time(room, at, of_day, unit)),
                pushed(|out| temporal::push_time(out, of_day, unit))
            );
            // A value of our time is never left.
            let now = of_day + 20_000 * 86_400 * temporal::per_second(unit);
            prop_assert_eq!(
                written(|room, at| day.put_timestamp(room, at, now, unit)),
                pushed(|out| temporal::push_timestamp(out, now, unit, Zone::Naive))
            );
        }
    }

    #[test]
    fn uuids(value in any::<[u8; 16]>()) {
        prop_assert_eq!(written(|room, at| uuid(room, at, &value)), pushed(|out| binary::push_uuid(out, &value)));
    }

    #[test]
    fn integers_as_the_number_kernel_writes_them(value in any::<i64>()) {
        prop_assert_eq!(written(|room, at| signed(room, at, value)), pushed(|out| number::push_i64(out, value)));
    }
}
