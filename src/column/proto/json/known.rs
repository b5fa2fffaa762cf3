//! Well-known types: which have a JSON form of their own, and the text of those that are one string.
//!
//! Rules: google/protobuf/timestamp.proto, duration.proto, field_mask.proto (section "JSON Mapping" of each).

use crate::code::Code;
use crate::column::proto::decode::known::{DURATION_SECONDS_MAX, SECONDS_MAX, SECONDS_MIN};
use crate::column::temporal::{civil_from_days, days_from_civil};
use crate::error::{Error, Result};
use crate::schema::proto::pool::Scalar;
use crate::schema::proto::shape::{Known, ReadAs};

/// The JSON form of a message type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object of its fields.
    Object,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `google.protobuf.FieldMask`
    FieldMask,
    /// `google.protobuf.Int32Value` and its siblings: the value alone.
    Wrapper(Scalar),
    /// `google.protobuf.Struct`, `Value`, `ListValue`: any JSON.
    Json(Known),
    /// `google.protobuf.Any`: an object with the type of what it holds.
    Any,
}

impl Form {
    /// Of the type of this full name.
    pub fn of(name: &str) -> Form {
        if name == "google.protobuf.Any" {
            return Form::Any;
        }
        match Known::of(name, ReadAs::default()) {
            Some(Known::TimestampNanoseconds | Known::TimestampMicroseconds) => Form::Timestamp,
            Some(Known::Duration) => Form::Duration,
            Some(Known::FieldMask) => Form::FieldMask,
            Some(Known::Wrapper(scalar)) => Form::Wrapper(scalar),
            Some(known @ (Known::Struct | Known::Value | Known::ListValue)) => Form::Json(known),
            // The types of google/type have no form of their own.
            _ => Form::Object,
        }
    }

    /// Whether it stands behind the key `value` inside an `Any`.
    pub fn is_own(self) -> bool {
        self != Form::Object
    }
}

const NANOS: [i32; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1];

/// Digits only, as a number; `None` if there are none, or other letters, or too many.
fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// One to nine digits behind a point, as nanoseconds.
fn fraction(text: &[u8]) -> Option<i32> {
    if text.len() > 9 {
        return None;
    }
    Some(digits(text)? as i32 * NANOS[text.len()])
}

/// Seconds and nanos of an RFC 3339 text with an offset. `None`: it is not one, or outside the years 1 to 9999.
pub fn parse_timestamp(text: &[u8]) -> Option<(i64, i32)> {
    let (date, rest) = text.split_at_checked(19)?;
    let fixed = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if fixed.iter().any(|(at, byte)| date[*at] != *byte) {
        return None;
    }
    let part = |from: usize, to: usize| digits(&date[from..to]);
    let days = days_from_civil(part(0, 4)?, u32::try_from(part(5, 7)?).ok()?, u32::try_from(part(8, 10)?).ok()?)?;
    let (hours, minutes, seconds) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let (nanos, zone) = match rest.strip_prefix(b".") {
        None => (0, rest),
        Some(rest) => {
            let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
            (fraction(&rest[..end])?, &rest[end..])
        }
    };
    let offset = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), hours @ .., b':', a, b] if hours.len() == 2 => {
            let (hours, minutes) = (digits(hours)?, digits(&[*a, *b])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 }
        }
        _ => return None,
    };
    let seconds = days * 86_400 + hours * 3600 + minutes * 60 + seconds - offset;
    (SECONDS_MIN..=SECONDS_MAX).contains(&seconds).then_some((seconds, nanos))
}

/// Appends 0, 3, 6 or 9 digits behind a point.
fn push_nanos(out: &mut Vec<u8>, nanos: u32) {
    let text = match nanos {
        0 => return,
        _ if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
        _ if nanos.is_multiple_of(1000) => format!(".{:06}", nanos / 1000),
        _ => format!(".{nanos:09}"),
    };
    out.extend_from_slice(text.as_bytes());
}

/// Appends the RFC 3339 text, in quotes.
///
/// # Errors
/// `V-TS-RANGE` outside the years 1 to 9999, or if nanos are not below a second.
pub fn push_timestamp(out: &mut Vec<u8>, seconds: i64, nanos: i32) -> Result<()> {
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    let (Some(nanos), true) = (nanos, (SECONDS_MIN..=SECONDS_MAX).contains(&seconds)) else {
        return Err(Error::value(
            Code::TimestampRange,
            format!("a timestamp of {seconds} s is not in the years 1 to 9999, or its nanoseconds are not legal"),
        ));
    };
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    out.extend_from_slice(format!("\"{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}").as_bytes());
    push_nanos(out, nanos);
    out.extend_from_slice(b"Z\"");
    Ok(())
}

/// Seconds and nanos of a text such as `-1.5s`. `None`: it is not one, or longer than 10,000 years.
pub fn parse_duration(text: &[u8]) -> Option<(i64, i32)> {
    let text = text.strip_suffix(b"s")?;
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, nanos) = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => (&text[..point], fraction(&text[point + 1..])?),
        None => (text, 0),
    };
    let seconds = digits(whole)?;
    if seconds > DURATION_SECONDS_MAX {
        return None;
    }
    Some(if negative { (-seconds, -nanos) } else { (seconds, nanos) })
}

/// Appends the text of a duration, in quotes.
///
/// # Errors
/// `V-TS-RANGE` beyond 10,000 years, or if the signs of the parts differ.
pub fn push_duration(out: &mut Vec<u8>, seconds: i64, nanos: i32) -> Result<()> {
    let signs_differ = seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0;
    if seconds.unsigned_abs() > DURATION_SECONDS_MAX as u64 || nanos.unsigned_abs() > 999_999_999 || signs_differ {
        let message = format!("{seconds} s {nanos} ns is not a legal duration (315576000000 s at most, equal signs)");
        return Err(Error::value(Code::TimestampRange, message));
    }
    out.push(b'"');
    if seconds < 0 || nanos < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(seconds.unsigned_abs().to_string().as_bytes());
    push_nanos(out, nanos.unsigned_abs());
    out.extend_from_slice(b"s\"");
    Ok(())
}

/// A path of a field mask from its JSON form: `fooBar.baz` → `foo_bar.baz`. `None` if that has an underscore.
pub fn mask_path(text: &str) -> Option<String> {
    let mut path = String::with_capacity(text.len() + 4);
    for letter in text.chars() {
        match letter {
            '_' => return None,
            'A'..='Z' => {
                path.push('_');
                path.push(letter.to_ascii_lowercase());
            }
            _ => path.push(letter),
        }
    }
    Some(path)
}

/// The JSON form of a path. `None` if the path would not come back from it.
pub fn mask_text(path: &str) -> Option<String> {
    let mut text = String::with_capacity(path.len());
    let mut upper = false;
    for letter in path.chars() {
        match letter {
            '_' if upper => return None,
            '_' => upper = true,
            'A'..='Z' | ',' => return None,
            'a'..='z' if upper => {
                text.push(letter.to_ascii_uppercase());
                upper = false;
            }
            _ if upper => return None,
            _ => text.push(letter),
        }
    }
    (!upper).then_some(text)
}
