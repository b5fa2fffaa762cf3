//! What stands in for a value that does not fit, when the user let it through by name: null, or another text that
//! fits. Works on text, so that no value is ever changed through a float that is none.

use std::cmp::Ordering;

use arrow_schema::{DataType, IntervalUnit, TimeUnit};
use half::f16;

use super::decimal::{self, push_i256};
use super::number::{self, Decimal};
use super::temporal::{self, Zone};
use crate::code::Code;
use crate::policy::Policy;

/// What stands in for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Null.
    Null,
    /// Text that is read instead. It may still not fit: rounding can leave the range.
    Text(Vec<u8>),
}

/// What `policy` makes of `token`, which a column of type `kind` refused with `code`. `None`: it has no answer, and
/// the refusal stands.
pub fn settle(policy: Policy, code: Code, token: &[u8], kind: &DataType) -> Option<Settled> {
    if policy == Policy::Null {
        return Some(Settled::Null);
    }
    let text = match (policy, code) {
        (Policy::Round | Policy::Truncate, Code::Fraction) => scaled(token, 0, policy == Policy::Round),
        (Policy::Round | Policy::Truncate, Code::DecimalScale) => {
            scaled(token, decimal_shape(kind)?.1, policy == Policy::Round)
        }
        (Policy::Round, Code::FloatDigits) => nearest(token, kind),
        (Policy::Clamp, Code::IntRange | Code::DecimalPrecision | Code::FloatRange) => bound(token, kind),
        (Policy::Clamp, Code::TimestampRange | Code::DateRange) => last_time(token, kind, code),
        (Policy::Round | Policy::Truncate, Code::TimePrecision) => clock(token, kind, policy == Policy::Round),
        _ => None,
    };
    text.map(Settled::Text)
}

/// The same where timestamps may be numbers of `epoch` units. What stands in for such a number is a timestamp in text.
pub fn settle_counted(
    policy: Policy,
    code: Code,
    token: &[u8],
    kind: &DataType,
    epoch: Option<TimeUnit>,
) -> Option<Settled> {
    match (kind, epoch) {
        (DataType::Timestamp(unit, zone), Some(epoch)) if policy != Policy::Null && Decimal::scan(token).is_some() => {
            let value = counted(policy, code, token, epoch, *unit)?;
            let mut text = Vec::new();
            temporal::push_timestamp(&mut text, value, *unit, Zone::of(zone.as_deref())?);
            Some(Settled::Text(text))
        }
        _ => settle(policy, code, token, kind),
    }
}

/// The time in units of `unit` that stands in for a number of `epoch` units.
fn counted(policy: Policy, code: Code, token: &[u8], epoch: TimeUnit, unit: TimeUnit) -> Option<i64> {
    let negative = token.first() == Some(&b'-');
    let scale = temporal::fraction_digits(unit) - temporal::fraction_digits(epoch);
    let stepped = |round| temporal::parse_epoch(&scaled(token, scale, round)?, epoch, unit).ok();
    match (policy, code) {
        (Policy::Round, Code::TimePrecision) => stepped(true),
        // As a clock is cut: a time before 1970 becomes an earlier one, too.
        (Policy::Truncate, Code::TimePrecision) => stepped(false)?.checked_sub(i64::from(negative)),
        (Policy::Clamp, Code::TimestampRange) => Some(if negative { i64::MIN } else { i64::MAX }),
        _ => None,
    }
}

/// The policies that let a refused value through where text is read, of all that `code` takes: those that `helps` says
/// let it through when they are tried on it.
pub fn ways(code: Code, helps: impl Fn(Policy) -> bool) -> Vec<Policy> {
    match code {
        // Of keys and strings, not of values: these act wherever they are read.
        Code::Utf8 | Code::ExtraKey | Code::DuplicateKey => Policy::of(code).to_vec(),
        // A column has no default of its own here.
        Code::Null | Code::NullElement => Vec::new(),
        code => Policy::of(code).iter().copied().filter(|policy| helps(*policy)).collect(),
    }
}

fn decimal_shape(kind: &DataType) -> Option<(u8, i8)> {
    match kind {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((*precision, *scale)),
        _ => None,
    }
}

/// The number with at most `scale` fraction digits: rounded half to even, or cut.
fn scaled(token: &[u8], scale: i8, round: bool) -> Option<Vec<u8>> {
    let number = Decimal::scan(token)?;
    // Digits that stay: those of 10^-scale and above.
    let drop = (-i64::from(scale)).saturating_sub(number.power()).max(0);
    let keep = usize::try_from((number.len() as i64).saturating_sub(drop).max(0)).ok()?;
    let mut kept: Vec<u8> = number.digits().take(keep).collect();
    if round {
        let mut dropped = number.digits().skip(keep);
        // Zeros stand in front of the first dropped digit if even that is below the place looked at.
        let hidden = drop > number.len() as i64;
        let first = if hidden { 0 } else { dropped.next().unwrap_or(0) };
        let more = dropped.any(|digit| digit != 0);
        let odd = kept.last().is_some_and(|digit| digit % 2 == 1);
        if first > 5 || (first == 5 && (more || odd)) {
            increment(&mut kept);
        }
    }
    if kept.is_empty() {
        kept.push(0);
    }
    kept.iter_mut().for_each(|digit| *digit += b'0');
    let power = number.power().saturating_add(drop);
    let mut text = Vec::with_capacity(kept.len() + 6);
    match i8::try_from(power.saturating_neg()) {
        // As decimals are written: what stands in is no other form of what was read.
        Ok(scale) => decimal::push_digits(&mut text, number.negative, &kept, scale),
        Err(_) => {
            text.extend(number.negative.then_some(b'-'));
            text.extend_from_slice(&kept);
            text.push(b'e');
            number::push_i64(&mut text, power);
        }
    }
    Some(text)
}

/// Adds one to a number of decimal digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
}

/// The nearest value of a floating-point type, as text that reads back to it.
fn nearest(token: &[u8], kind: &DataType) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    match kind {
        DataType::Float64 => number::push_f64(&mut text, fast_float2::parse::<f64, _>(token).ok()?),
        DataType::Float32 => number::push_f32(&mut text, fast_float2::parse::<f32, _>(token).ok()?),
        DataType::Float16 => number::push_f16(&mut text, nearest_f16(token)?),
        _ => return None,
    }
    Some(text)
}

/// The nearest 16-bit float. The conversion from a double is near, but looks at some of its bits only: the values
/// half-way to the neighbours decide.
fn nearest_f16(token: &[u8]) -> Option<f16> {
    let number = Decimal::scan(token)?;
    let near = f16::from_f64(fast_float2::parse::<f64, _>(token).ok()?.abs()).to_bits();
    let half_way = |low: u16| {
        let middle = (f16::from_bits(low).to_f64() + f16::from_bits(low + 1).to_f64()) / 2.0;
        // Exact: such a value has few digits, all of which are printed.
        let text = format!("{middle:.60e}");
        Decimal::scan(text.as_bytes()).map(|middle| number.cmp_magnitude(&middle))
    };
    let odd = near % 2 == 1;
    let up = near < f16::MAX.to_bits() && half_way(near)? >= if odd { Ordering::Equal } else { Ordering::Greater };
    let down = near > 0 && half_way(near - 1)? <= if odd { Ordering::Equal } else { Ordering::Less };
    let magnitude = f16::from_bits(near + u16::from(up) - u16::from(down && !up));
    Some(if number.negative { -magnitude } else { magnitude })
}

/// The end of the range on the side of the token.
fn bound(token: &[u8], kind: &DataType) -> Option<Vec<u8>> {
    let negative = token.first() == Some(&b'-');
    let mut text = Vec::new();
    macro_rules! integer {
        ($type:ty) => {{
            let value = if negative { <$type>::MIN } else { <$type>::MAX };
            text.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }};
    }
    match kind {
        DataType::Int8 => integer!(i8),
        DataType::Int16 => integer!(i16),
        DataType::Int32 => integer!(i32),
        DataType::Int64 => integer!(i64),
        DataType::UInt8 => integer!(u8),
        DataType::UInt16 => integer!(u16),
        DataType::UInt32 => integer!(u32),
        DataType::UInt64 => integer!(u64),
        DataType::Float64 => number::push_f64(&mut text, if negative { f64::MIN } else { f64::MAX }),
        DataType::Float32 => number::push_f32(&mut text, if negative { f32::MIN } else { f32::MAX }),
        DataType::Float16 => number::push_f16(&mut text, if negative { f16::MIN } else { f16::MAX }),
        _ => {
            let (precision, scale) = decimal_shape(kind)?;
            let bound = decimal::power_i256(precision.into())?.wrapping_sub(arrow_buffer::i256::ONE);
            push_i256(&mut text, if negative { bound.wrapping_neg() } else { bound }, scale);
        }
    }
    Some(text)
}

/// The end of the range of times on the side of the token; `None` for days and times of day that do not exist.
fn last_time(token: &[u8], kind: &DataType, code: Code) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let end = |before: bool| if before { i64::MIN } else { i64::MAX };
    match kind {
        DataType::Timestamp(unit, zone) if code == Code::TimestampRange => {
            // Years count before and after 1970 here: only far dates are out of range.
            let days = temporal::parse_date_days(
                token.get(..token.iter().rposition(|byte| matches!(byte, b'T' | b't' | b' '))?)?,
            );
            temporal::push_timestamp(&mut text, end(days.ok()? < 0), *unit, Zone::of(zone.as_deref())?);
        }
        DataType::Date32 => {
            let days = temporal::parse_date_days(token).ok()?;
            temporal::push_date(&mut text, if days < 0 { i32::MIN } else { i32::MAX });
        }
        DataType::Duration(unit) => temporal::push_duration(&mut text, end(token.contains(&b'-')), *unit),
        _ => return None,
    }
    Some(text)
}

/// A time with no more fraction digits than its unit has.
fn clock(token: &[u8], kind: &DataType, round: bool) -> Option<Vec<u8>> {
    let unit = match kind {
        DataType::Time32(unit) | DataType::Time64(unit) | DataType::Timestamp(unit, _) | DataType::Duration(unit) => {
            *unit
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => TimeUnit::Nanosecond,
        _ => return None,
    };
    let digits = temporal::per_second(unit).ilog10() as usize;
    // Only seconds have a fraction, so there is one dot.
    let dot = token.iter().position(|byte| *byte == b'.')?;
    let fraction = token[dot + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (kept, dropped) = token[dot + 1..dot + 1 + fraction].split_at(digits.min(fraction));
    let mut text = token[..dot].to_vec();
    if !kept.is_empty() {
        text.push(b'.');
        text.extend_from_slice(kept);
    }
    let last = text.iter().rev().find(|byte| byte.is_ascii_digit())?;
    let odd = (last - b'0') % 2 == 1;
    text.extend_from_slice(&token[dot + 1 + fraction..]);
    let up = match dropped {
        [first, rest @ ..] => *first > b'5' || (*first == b'5' && (odd || rest.iter().any(|byte| *byte != b'0'))),
        [] => false,
    };
    if round && up { later(&text, kind) } else { Some(text) }
}

/// The time one unit away from zero: what a fraction rounded up is.
fn later(text: &[u8], kind: &DataType) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match kind {
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let value = temporal::parse_time(text, *unit).ok()? + 1;
            if value == 86_400 * temporal::per_second(*unit) {
                return None;
            }
            temporal::push_time(&mut out, value, *unit);
        }
        DataType::Timestamp(unit, zone) => {
            let zone = Zone::of(zone.as_deref())?;
            let value = temporal::parse_timestamp(text, *unit, zone).ok()?.checked_add(1)?;
            temporal::push_timestamp(&mut out, value, *unit, zone);
        }
        DataType::Duration(unit) => {
            let value = temporal::parse_duration(text, *unit).ok()?;
            temporal::push_duration(&mut out, value.checked_add(sign_of_seconds(text))?, *unit);
        }
        _ => {
            let mut value = temporal::parse_interval(text).ok()?;
            value.nanoseconds = value.nanoseconds.checked_add(sign_of_seconds(text))?;
            temporal::push_interval(&mut out, value);
        }
    }
    Some(out)
}

/// 1 or -1: the seconds stand last, with a sign of their own or behind a sign of all parts (`-PT1.5S`).
fn sign_of_seconds(text: &[u8]) -> i64 {
    let before = text.iter().rposition(|byte| !(byte.is_ascii_digit() || matches!(byte, b'.' | b's' | b'S')));
    let own = before.is_some_and(|at| text[at] == b'-');
    let of_all = text.starts_with(b"-P");
    if own != of_all { -1 } else { 1 }
}

#[cfg(test)]
mod tests;
