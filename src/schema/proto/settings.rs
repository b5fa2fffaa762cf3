//! Settings of reading messages: the same wherever messages are read.

use arrow_schema::DataType;

use super::shape::{DateTimeAs, DecimalAs, ReadAs, TextAs, TimestampAs};
use crate::error::{Error, Result};
use crate::format::{Setting, Settings};
use crate::schema::type_text::parse_field;

/// `timestamp`
pub const TIMESTAMP: Setting = Setting {
    name: "timestamp",
    values: "ns|us|struct",
    default: "ns",
    about: "unit of google.protobuf.Timestamp; struct keeps seconds and nanos",
};

/// `duration`
pub const DURATION: Setting = Setting {
    name: "duration",
    values: "ns|struct",
    default: "ns",
    about: "google.protobuf.Duration in nanoseconds (292 years), or as a struct of seconds and nanos",
};

/// `date`
pub const DATE: Setting = Setting {
    name: "date",
    values: "date|struct",
    default: "date",
    about: "google.type.Date and TimeOfDay as dates and times, or as structs of their parts",
};

/// `datetime`
pub const DATETIME: Setting = Setting {
    name: "datetime",
    values: "struct|ns|us",
    default: "struct",
    about: "google.type.DateTime as a struct of its parts, or as a local timestamp of a unit, which has no offset",
};

/// `decimal`
pub const DECIMAL: Setting = Setting {
    name: "decimal",
    values: "text|struct|decimal(P,S)",
    default: "text",
    about: "google.type.Decimal and confluent.type.Decimal as their digits, as structs of their parts, or as decimals",
};

/// `enum`
pub const ENUM: Setting =
    Setting { name: "enum", values: "text|int", default: "text", about: "enums as names or as numbers" };

/// `closed-enum`
pub const CLOSED_ENUM: Setting = Setting {
    name: "closed-enum",
    values: "keep|spec",
    default: "keep",
    about: "numbers that a closed enum does not declare: kept in their place as their digits, or unknown fields, as the \
            specification has it",
};

/// `recursion`
pub const RECURSION: Setting = Setting {
    name: "recursion",
    values: "bytes|json|unroll:N",
    default: "bytes to Protobuf, else json",
    about: "what a message that contains itself is there: its encoded bytes, or ProtoJSON text, at once or N levels down",
};

/// Levels that a message which contains itself is unfolded at most.
const UNROLL_MAX: u8 = 16;

/// `any`
pub const ANY: Setting = Setting {
    name: "any",
    values: "struct|json",
    default: "struct",
    about: "google.protobuf.Any as type and bytes, or as ProtoJSON text",
};

/// `struct`
pub const STRUCT: Setting = Setting {
    name: "struct",
    values: "json|bytes",
    default: "bytes to Protobuf, else json",
    about: "google.protobuf.Struct, Value and ListValue as JSON text, or as their encoded bytes, which may hold NaN",
};

/// `oneof`
pub const ONEOF: Setting = Setting {
    name: "oneof",
    values: "columns|union",
    default: "columns",
    about: "a oneof as a column for each member, or as one union",
};

/// `apply-defaults`
pub const APPLY_DEFAULTS: Setting = Setting {
    name: "apply-defaults",
    values: "true|false",
    default: "false",
    about: "put the default of its field in the place of an absent value, where the schema declares one",
};

/// `hints`
pub const HINTS: Setting = Setting {
    name: "hints",
    values: "true|false",
    default: "true",
    about: "take Arrow types from the options that fmtconv writes into a .proto",
};

/// `invalid-utf8`
pub const INVALID_UTF8: Setting = Setting {
    name: "invalid-utf8",
    values: "error|replace|latin1|binary",
    default: "error",
    about: "text that is not UTF-8: stop, put U+FFFD in its place or take it as ISO 8859-1, both counted, or read text \
            columns as bytes",
};

/// What the settings say.
///
/// # Errors
/// `Usage` for a value that is none of those listed.
pub fn read_as(settings: &Settings) -> Result<ReadAs> {
    let timestamps =
        [("ns", TimestampAs::Nanoseconds), ("us", TimestampAs::Microseconds), ("struct", TimestampAs::Struct)];
    let unrolled = settings.get("recursion").and_then(|text| text.strip_prefix("unroll:"));
    let (recursion_json, unroll) = match unrolled {
        None => (choice(settings, "recursion", &[("bytes", false), ("json", true)])?, 0),
        Some(levels) => match levels.parse() {
            Ok(levels) if (1..=UNROLL_MAX).contains(&levels) => (true, levels),
            _ => return Err(Error::usage(format!("recursion=unroll:{levels}: expected 1 to {UNROLL_MAX} levels"))),
        },
    };
    Ok(ReadAs {
        timestamp: choice(settings, "timestamp", &timestamps)?,
        duration_struct: choice(settings, "duration", &[("ns", false), ("struct", true)])?,
        date_struct: choice(settings, "date", &[("date", false), ("struct", true)])?,
        datetime: choice(
            settings,
            "datetime",
            &[("struct", DateTimeAs::Struct), ("ns", DateTimeAs::Nanoseconds), ("us", DateTimeAs::Microseconds)],
        )?,
        decimal: decimal(settings)?,
        enum_int: choice(settings, "enum", &[("text", false), ("int", true)])?,
        text: choice(
            settings,
            "invalid-utf8",
            &[
                ("error", TextAs::Utf8),
                ("replace", TextAs::Replaced),
                ("latin1", TextAs::Latin1),
                ("binary", TextAs::Binary),
            ],
        )?,
        recursion_json,
        unroll,
        any_json: choice(settings, "any", &[("struct", false), ("json", true)])?,
        struct_bytes: choice(settings, "struct", &[("json", false), ("bytes", true)])?,
        oneof_union: choice(settings, "oneof", &[("columns", false), ("union", true)])?,
        apply_defaults: settings.flag("apply-defaults", false)?,
        keep_unknown: settings.get("unknown") == Some("keep"),
        ignore_hints: !settings.flag("hints", true)?,
    })
}

fn decimal(settings: &Settings) -> Result<DecimalAs> {
    let text = match settings.get("decimal") {
        None | Some("text") => return Ok(DecimalAs::Text),
        Some("struct") => return Ok(DecimalAs::Struct),
        Some(text) => text,
    };
    match parse_field("", text).map(|field| field.data_type().clone()) {
        Ok(DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale)) => {
            Ok(DecimalAs::Decimal(precision, scale))
        }
        _ => Err(Error::usage(format!("decimal={text}: expected text, struct, or a type such as decimal(20,4)"))),
    }
}

/// The settings that a schema says its messages were read with: those of the text of a [`ReadAs`], by name. None if it is
/// no such text.
pub fn given(read: &str) -> impl Iterator<Item = (&str, String)> {
    let known = read.parse::<ReadAs>().is_ok();
    read.split(',').filter(move |_| known).filter_map(|part| part.split_once('=')).map(|(name, value)| {
        match value.split_once(':') {
            Some((precision, scale)) if name == "decimal" => (name, format!("decimal({precision},{scale})")),
            _ => (name, value.to_owned()),
        }
    })
}

/// The value of a setting, of those listed; the first is the default.
///
/// # Errors
/// `Usage` for another value.
pub fn choice<T: Copy>(settings: &Settings, name: &str, choices: &[(&str, T)]) -> Result<T> {
    let given = settings.get(name).unwrap_or(choices[0].0);
    choices.iter().find(|(text, _)| *text == given).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(text, _)| *text).collect();
        Error::usage(format!("{name}={given}: expected {}", names.join(", ")))
    })
}
