//! Why a token is not a value of its column: the code, and what is told.

use arrow_schema::DataType;

use crate::code::Code;
use crate::column::bytes::BytesFault;
use crate::column::number::NumberFault;
use crate::column::temporal::{self, TemporalFault};
use crate::error::Error;

/// Why a token is not a value of the column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A number.
    Number(NumberFault),
    /// A temporal value.
    Temporal(TemporalFault),
    /// A binary value.
    Bytes(BytesFault),
    /// Not `true` or `false`.
    Boolean,
    /// A value in a column of nulls.
    Null,
    /// Text that is not UTF-8.
    Utf8,
    /// The text of one batch is beyond 2 GiB.
    Room,
}

impl Fault {
    /// The loss code.
    pub fn code(self) -> Code {
        match self {
            Fault::Number(fault) => fault.code(),
            Fault::Temporal(fault) => fault.code(),
            Fault::Bytes(fault) => fault.code(),
            Fault::Utf8 => Code::Utf8,
            Fault::Boolean | Fault::Null | Fault::Room => Code::Token,
        }
    }

    /// The error for `token` in a column of type `kind`: what was found, what was expected.
    pub fn error(self, token: &[u8], kind: &DataType) -> Error {
        if self == Fault::Room {
            return Error::limit("the text of a column of one batch is longer than 2 GiB")
                .with_hint("read smaller batches");
        }
        let found = shown(token);
        let why = match self {
            Fault::Number(NumberFault::Range) => format!("{found} is outside the range of {kind}"),
            Fault::Number(NumberFault::Fraction) => format!("{found} has a fraction, but the type is {kind}"),
            Fault::Number(NumberFault::FloatRange) => format!("{found} is too large for {kind}"),
            Fault::Number(NumberFault::Digits) => format!("{found} has more digits than {kind} holds"),
            Fault::Number(NumberFault::Precision | NumberFault::Scale) => format!("{found} does not fit {kind}"),
            Fault::Temporal(TemporalFault::OffsetMissing) => format!("{found} has no offset from UTC, but {kind} has"),
            Fault::Temporal(TemporalFault::Skipped) => {
                format!("{found} does not exist in the zone of assume-tz: its clocks were set forward over it")
            }
            Fault::Temporal(TemporalFault::Repeated) => {
                format!("{found} exists twice in the zone of assume-tz, where clocks were set back: it needs an offset")
            }
            Fault::Temporal(TemporalFault::OffsetPresent) => {
                format!("{found} has an offset from UTC, but {kind} is local time")
            }
            Fault::Temporal(TemporalFault::Precision) => format!("{found} has more digits than {kind} holds"),
            Fault::Temporal(TemporalFault::DateRange) if temporal::parse_date_days(token).is_ok() => {
                format!("{found} is outside the range of {kind}")
            }
            Fault::Temporal(TemporalFault::DateRange) => format!("{found} is not a day or time of day that exists"),
            Fault::Temporal(TemporalFault::TimestampRange | TemporalFault::Interval) => {
                format!("{found} is outside the range of {kind}")
            }
            Fault::Bytes(BytesFault::Length) => format!("{found} has another length than {kind}"),
            Fault::Bytes(BytesFault::Uuid) => format!("{found} is not a UUID"),
            Fault::Utf8 => format!("{found} is not valid UTF-8"),
            Fault::Bytes(BytesFault::Syntax) => format!("{found} is not binary text for {kind}"),
            _ => format!("{found} is not a value of {kind}"),
        };
        Error::value(self.code(), why)
    }
}

/// `"token"`, cut if it is long.
pub fn shown(token: &[u8]) -> String {
    let text = String::from_utf8_lossy(token);
    match text.char_indices().nth(60) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
    }
}
