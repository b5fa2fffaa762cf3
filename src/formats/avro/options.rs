//! Settings.

use crate::code::Code;
use crate::column::avro::column::Repairs;
use crate::column::avro::write::UnknownSymbol;
use crate::error::{Error, Result};
use crate::format::{ReadOptions, Setting, Settings};
use crate::policy::{Policies, Policy};
use crate::schema::avsc::{Recursion, ToArrow, Types};

const FRAMING: Setting = Setting {
    name: "framing",
    values: "file|delimited|single|concatenated|u32be|u32le|base64|hex|single-object|confluent",
    default: "file",
    about: "container file, or messages: behind a varint or 4-byte length, one file, one after the other, a line of \
            base64 or hex; single-object: concatenated, confluent: single, with that envelope",
};

const ENVELOPE: Setting = Setting {
    name: "envelope",
    values: "none|single-object|confluent",
    default: "none",
    about: "what stands in front of each message: nothing, the fingerprint of its schema, or its id in a registry",
};

const SCHEMA_ID: Setting = Setting {
    name: "schema-id",
    values: "NUMBER",
    default: "that of the first message",
    about: "the id of the schema, for envelope=confluent",
};

/// Settings for reading.
pub(super) const READ: &[Setting] = &[
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "restore Arrow types that fmtconv noted in the schema (uint8, duration, dictionary, ...)",
    },
    Setting {
        name: "recursion",
        values: "json|bytes",
        default: "bytes to Avro, else json",
        about: "what holds the inner part of a recursive type: JSON text, or Avro bytes",
    },
    Setting {
        name: "reader-schema",
        values: "FILE",
        default: "the schema of the file",
        about: "schema (.avsc) to read with, by the rules of schema resolution: aliases, defaults, promotions",
    },
    Setting {
        name: "invalid-utf8",
        values: "error|binary|replace",
        default: "error",
        about: "strings that are not UTF-8: stop, read their column as bytes, or put U+FFFD in and count",
    },
    FRAMING,
    ENVELOPE,
    SCHEMA_ID,
    Setting {
        name: "schemas",
        values: "DIR",
        default: "none",
        about: "schemas that messages may be written with: .avsc files, named by their number for confluent",
    },
];

/// Settings for writing.
pub(super) const WRITE: &[Setting] = &[
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "note Arrow types that Avro lacks in an attribute of the schema, so that reading restores them",
    },
    Setting {
        name: "namespace",
        values: "NAME",
        default: "none",
        about: "namespace of the root record, if the data does not carry one",
    },
    Setting {
        name: "uint64",
        values: "decimal|long",
        default: "decimal",
        about: "unsigned 64-bit integers as decimal(20,0), or as long, checked",
    },
    Setting {
        name: "decimal",
        values: "bytes|fixed",
        default: "bytes",
        about: "decimals as bytes, or as fixed of the fewest bytes",
    },
    Setting { name: "uuid", values: "string|fixed", default: "string", about: "UUIDs as text, or as 16 bytes" },
    Setting {
        name: "time-ns",
        values: "micros|long",
        default: "micros",
        about: "times in nanoseconds as time-micros, checked, or as long",
    },
    Setting {
        name: "interval",
        values: "duration|record",
        default: "duration",
        about: "intervals as duration (no sign, whole milliseconds), or as a record of months, days and nanos",
    },
    Setting {
        name: "date64",
        values: "date|timestamp-ms",
        default: "date",
        about: "Date64 as date, checked for whole days, or as local-timestamp-millis",
    },
    Setting {
        name: "block-bytes",
        values: "BYTES",
        default: "65536",
        about: "size of a block before compression, about",
    },
    Setting {
        name: "sync",
        values: "derived|random",
        default: "derived",
        about: "sync marker: derived from schema and options, so that equal input gives equal bytes, or random",
    },
    FRAMING,
    ENVELOPE,
    SCHEMA_ID,
];

/// The settings that say which schema is made for the records: without effect where one is given.
pub(super) const OF_MADE_SCHEMAS: &[&str] =
    &["hints", "namespace", "uint64", "decimal", "uuid", "time-ns", "interval", "date64"];

/// One of several values; the first is the default.
pub(super) fn choice<T: Copy>(settings: &Settings, name: &str, choices: &[(&str, T)]) -> Result<T> {
    let given = settings.get(name).unwrap_or(choices[0].0);
    choices.iter().find(|(text, _)| *text == given).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(text, _)| *text).collect();
        Error::usage(format!("{name}={given}: expected {}", names.join(" or ")))
    })
}

/// Which Avro types hold what.
pub(super) fn types(settings: &Settings) -> Result<Types> {
    let second = |name, first, second| choice(settings, name, &[(first, false), (second, true)]);
    Ok(Types {
        uint64_long: second("uint64", "decimal", "long")?,
        decimal_fixed: second("decimal", "bytes", "fixed")?,
        uuid_fixed: second("uuid", "string", "fixed")?,
        time_ns_long: second("time-ns", "micros", "long")?,
        interval_record: second("interval", "duration", "record")?,
        date64_timestamp: second("date64", "date", "timestamp-ms")?,
    })
}

/// What becomes of strings that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InvalidText {
    /// The run stops.
    Error,
    /// Their column is read as bytes.
    Binary,
    /// U+FFFD is put in, and counted.
    Replace,
}

impl InvalidText {
    pub(super) fn new(options: &ReadOptions) -> Result<Self> {
        let choices = [("error", Self::Error), ("binary", Self::Binary), ("replace", Self::Replace)];
        match (options.settings.get("invalid-utf8"), options.policies.get(Code::Utf8)) {
            (None, Some(Policy::Replace)) => Ok(Self::Replace),
            _ => choice(&options.settings, "invalid-utf8", &choices),
        }
    }
}

/// What is altered and counted instead of refused.
pub(super) fn repairs(options: &ReadOptions) -> Result<Repairs> {
    Ok(Repairs {
        replace_text: InvalidText::new(options)? == InvalidText::Replace,
        null_uuids: options.policies.get(Code::Uuid) == Some(Policy::Null),
    })
}

/// How the schema of a file becomes columns.
pub(super) fn to_arrow(options: &ReadOptions) -> Result<ToArrow> {
    let recursion = choice(&options.settings, "recursion", &[("json", Recursion::Json), ("bytes", Recursion::Bytes)])?;
    Ok(ToArrow {
        hints: options.settings.flag("hints", true)?,
        recursion,
        depth_max: options.limits.depth_max,
        uuid_text: options.policies.get(Code::Uuid) == Some(Policy::Text),
        ..ToArrow::default()
    })
}

/// An error of reading data: of the policies that its code takes elsewhere, few alter values that are read.
pub(super) fn as_read(error: Error) -> Error {
    match error.code() {
        Some(Code::Utf8 | Code::Uuid) | None => error,
        Some(_) => error.as_it_stands(),
    }
}

/// What becomes of text that is no symbol of the enum that it is written as.
pub(super) fn unknown_symbol(policies: &Policies) -> UnknownSymbol {
    match policies.get(Code::Enum) {
        Some(Policy::Default) => UnknownSymbol::Default,
        Some(Policy::Null) => UnknownSymbol::Null,
        _ => UnknownSymbol::Refuse,
    }
}
