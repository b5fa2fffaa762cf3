//! Settings.

use std::sync::Arc;

use crate::code::Code;
use crate::column::json::{
    BytesStyle, DEPTH_LIMIT, ExtraKeys, Leniency, NonFinite, NumberStyle, ReadRules, UnionStyle, WriteRules,
};
use crate::column::repair::Repair;
use crate::column::temporal::{assumed_zone, epoch};
use crate::error::{Error, Result};
use crate::format::{Limits, ReadOptions, Setting, Settings, WriteOptions};
use crate::policy::Policy;
#[cfg(feature = "protobuf")]
use crate::schema::proto::settings;
use crate::schema::side_car;

/// How records stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One record a line.
    Lines,
    /// One document: an array of records, or a single record.
    Array,
    /// Values one after the other, on any number of lines.
    Values,
}

/// Whose rules values are written by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Each Arrow type has its text.
    Plain,
    /// Records are data of an Avro schema, in Avro's JSON encoding.
    Avro,
    /// Records are Protobuf messages, by the JSON rules of Protobuf.
    Protobuf,
}

/// How JSON is read.
#[derive(Clone, Debug)]
pub struct ReadJson {
    /// Whose rules hold.
    pub dialect: Dialect,
    /// `None`: found by looking at the first bytes.
    pub layout: Option<Layout>,
    /// What a record is.
    pub rows: Rows,
    /// How types are found.
    pub infer: Inference,
    /// How values are read.
    pub rules: Arc<ReadRules>,
    /// Whether inference passes over records that it cannot read.
    pub set_aside: bool,
}

/// How JSON is written.
#[derive(Clone, Copy, Debug)]
pub struct WriteJson {
    /// Whose rules hold.
    pub dialect: Dialect,
    /// In the dialect of Protobuf: whether fields that JSON has no place for are left out.
    pub drop_unknown: bool,
    /// Lines or one array.
    pub layout: Layout,
    /// What a record is.
    pub rows: Rows,
    /// On many lines, indented by two spaces a level.
    pub pretty: bool,
    /// How values are written.
    pub rules: WriteRules,
}

/// How a record stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// An object with a member for each column.
    Objects,
    /// An array with an element for each column.
    Arrays {
        /// Whether the first array holds the names.
        header: bool,
    },
}

/// What a column is whose values are of several kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mixed {
    /// JSON text.
    #[default]
    Json,
    /// A union with a branch for each kind.
    Union,
    /// An error.
    Error,
}

/// How types are found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inference {
    /// Objects whose values all have one type are maps.
    pub maps: bool,
    /// Strings can be dates and timestamps, if they are written back as they were.
    pub temporal: bool,
    /// Values of several kinds.
    pub mixed: Mixed,
    /// Columns that no record has null in, and none lacks, have no nulls.
    pub nulls: bool,
}

const fn setting(name: &'static str, values: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, values, default, about }
}

const DIALECT: Setting = Setting {
    name: "dialect",
    values: "plain|avro|protojson",
    default: "plain",
    about: "avro: data of an .avsc schema in Avro's JSON encoding; protojson: messages of a .proto schema, by the JSON rules of Protobuf",
};

/// Settings for reading.
pub(super) const READ: &[Setting] = &[
    DIALECT,
    setting(
        "layout",
        "auto|ndjson|array|concatenated",
        "auto",
        "how records stand in the text; auto looks at the first bytes",
    ),
    setting("rows", "objects|arrays", "objects", "what a record is: an object, or an array of the columns"),
    setting("header", "true|false", "true", "with rows=arrays: whether the first array holds the names"),
    setting(
        "extra-keys",
        "error|ignore|column",
        "error",
        "keys that are not in the schema; ignored ones are counted, column keeps them as JSON in _extra",
    ),
    setting("union", "untagged|tagged", "untagged", "how unions were written: the value alone, or {\"branch\": value}"),
    setting("bytes", "base64|hex|array|latin1", "base64", "how binary values were written"),
    setting("int64", "number|string", "number", "with a schema: how integers of 64 bits in unions were written"),
    setting("decimal", "number|string", "number", "with a schema: how decimals in unions were written"),
    setting("null-values", "TEXT[|TEXT]", "(none)", "strings that are null"),
    setting("epoch", "s|ms|us|ns", "(none)", "unit of timestamps that are numbers"),
    setting("assume-tz", "ZONE", "(none)", "zone of timestamps written without one, for columns that have a zone"),
    setting("json5-numbers", "true|false", "false", "take NaN, Infinity and -Infinity as numbers"),
    setting(
        "invalid-utf8",
        "error|replace|latin1|binary",
        "error",
        "text that is not UTF-8: U+FFFD, ISO 8859-1 (both counted), or columns of bytes",
    ),
    setting("mixed", "json|union|error", "json", "what a column with values of several kinds becomes"),
    setting("infer-maps", "true|false", "false", "objects whose values all have one type are maps"),
    setting("infer-temporal", "true|false", "false", "strings that are written back alike are dates and timestamps"),
    side_car::READ,
    #[cfg(feature = "protobuf")]
    settings::TIMESTAMP,
    #[cfg(feature = "protobuf")]
    settings::DURATION,
    #[cfg(feature = "protobuf")]
    settings::DATE,
    #[cfg(feature = "protobuf")]
    settings::ENUM,
    #[cfg(feature = "protobuf")]
    settings::RECURSION,
    #[cfg(feature = "protobuf")]
    settings::ANY,
];

/// Settings for writing.
pub(super) const WRITE: &[Setting] = &[
    DIALECT,
    setting("layout", "ndjson|array", "array for .json, else ndjson", "one record a line, or one array"),
    setting("rows", "objects|arrays", "objects", "a record as an object, or as an array of the columns"),
    setting("header", "true|false", "true", "with rows=arrays: whether to write the names first"),
    setting("pretty", "true|false", "false", "indented, on many lines"),
    setting("nulls", "write|omit", "write", "members that are null: written, or left out"),
    setting("nonfinite", "string|null|error", "string", "what NaN and infinities become; null loses the value"),
    setting("int64", "number|string", "number", "integers of 64 bits, which some consumers round"),
    setting("decimal", "number|string", "number", "decimals, which some consumers round"),
    setting("bytes", "base64|hex|array|latin1", "base64", "how binary values are written"),
    setting("union", "untagged|tagged", "untagged", "unions as the value alone, or {\"branch\": value}"),
    side_car::WRITE,
    #[cfg(feature = "protobuf")]
    setting(
        "unknown-fields",
        "error|drop",
        "error",
        "dialect=protojson: fields that are not in the schema have no place; dropped ones are counted",
    ),
];

fn depth_max(limits: &Limits) -> Result<usize> {
    if limits.depth_max > DEPTH_LIMIT {
        return Err(Error::usage(format!("a depth of {} is more than {DEPTH_LIMIT}", limits.depth_max)));
    }
    Ok(limits.depth_max)
}

fn choice<T: Copy>(settings: &Settings, name: &str, choices: &[(&str, T)], default: T) -> Result<T> {
    settings.choice(name, choices).map(|choice| choice.unwrap_or(default))
}

/// Settings that only messages have.
const PROTOBUF_READ: &[&str] = &["timestamp", "duration", "date", "enum", "recursion", "any"];

/// Settings that only plain JSON has.
const PLAIN_READ: &[&str] = &[
    "rows",
    "header",
    "bytes",
    "null-values",
    "epoch",
    "assume-tz",
    "json5-numbers",
    "invalid-utf8",
    "mixed",
    "infer-maps",
    "infer-temporal",
];
const PLAIN_WRITE: &[&str] = &["rows", "header", "bytes", "nulls", "int64", "decimal"];

fn dialect(settings: &Settings, of_plain: &[&str], of_protobuf: &[&str]) -> Result<Dialect> {
    let dialects = [("plain", Dialect::Plain), ("avro", Dialect::Avro), ("protojson", Dialect::Protobuf)];
    let dialect = choice(settings, "dialect", &dialects, Dialect::Plain)?;
    if dialect != Dialect::Protobuf
        && let Some(name) = of_protobuf.iter().find(|name| settings.get(name).is_some())
    {
        return Err(Error::usage(format!("{name} is a setting of dialect=protojson alone"))
            .with_hint(format!("leave out {name}, or add --dialect protojson")));
    }
    if dialect != Dialect::Plain
        && let Some(name) = of_plain.iter().find(|name| settings.get(name).is_some())
    {
        let named = settings.get("dialect").unwrap_or_default();
        return Err(Error::usage(format!("{name} is a setting of dialect=plain alone, not of dialect={named}"))
            .with_hint(format!("leave out {name}: the rules of the dialect say how values are written")));
    }
    let missing = match dialect {
        Dialect::Protobuf if cfg!(not(feature = "protobuf")) => "protobuf",
        Dialect::Avro if cfg!(not(feature = "avro")) => "avro",
        _ => return Ok(dialect),
    };
    Err(Error::unsupported(format!("this dialect needs {missing}, which is not part of this build"))
        .with_hint(format!("install with --features {missing}")))
}

const UNION: &[(&str, UnionStyle)] = &[("untagged", UnionStyle::Untagged), ("tagged", UnionStyle::Tagged)];

fn rows(settings: &Settings) -> Result<Rows> {
    let header = settings.flag("header", true)?;
    choice(settings, "rows", &[("objects", Rows::Objects), ("arrays", Rows::Arrays { header })], Rows::Objects)
}

impl ReadJson {
    /// From the settings of a run.
    pub fn new(options: &ReadOptions) -> Result<Self> {
        let settings = &options.settings;
        settings.check("json", READ)?;
        let dialect = dialect(settings, PLAIN_READ, PROTOBUF_READ)?;
        let layouts = [
            ("auto", None),
            ("ndjson", Some(Layout::Lines)),
            ("array", Some(Layout::Array)),
            ("concatenated", Some(Layout::Values)),
        ];
        let extra_keys = [("error", ExtraKeys::Error), ("ignore", ExtraKeys::Ignore), ("column", ExtraKeys::Column)];
        let mixed = [("json", Mixed::Json), ("union", Mixed::Union), ("error", Mixed::Error)];
        let replaced = options.policies.get(Code::Utf8).filter(|policy| *policy == Policy::Replace);
        let replaced = replaced.map(|_| Repair::Replace);
        let rows = rows(settings)?;
        if options.set_aside && rows == (Rows::Arrays { header: true }) {
            return Err(Error::usage("records cannot be set aside where the first one holds the names")
                .with_hint("read with --header=false, or leave out --rejects"));
        }
        // Branches that were found take what they were found in.
        let number = |name| {
            let given = choice(settings, name, NUMBERS, NumberStyle::Number);
            given.map(|style| if options.schema.is_some() { style } else { NumberStyle::Number })
        };
        let tokens = settings.get("null-values").map(|text| text.split('|').map(|text| text.as_bytes().to_vec()));
        Ok(ReadJson {
            dialect,
            layout: choice(settings, "layout", &layouts, None)?,
            rows,
            set_aside: options.set_aside,
            infer: Inference {
                maps: settings.flag("infer-maps", false)?,
                temporal: settings.flag("infer-temporal", false)?,
                mixed: choice(settings, "mixed", &mixed, Mixed::Json)?,
                nulls: options.nulls_left_out,
            },
            rules: Arc::new(ReadRules {
                extra_keys: choice(settings, "extra-keys", &extra_keys, ExtraKeys::Error)?,
                union: choice(settings, "union", UNION, UnionStyle::Untagged)?,
                bytes: choice(settings, "bytes", &BytesStyle::NAMES, BytesStyle::Base64)?,
                int64: number("int64")?,
                decimal: number("decimal")?,
                depth_max: depth_max(&options.limits)?,
                null_values: tokens.into_iter().flatten().collect(),
                epoch: epoch(settings)?,
                assume_zone: assumed_zone(settings)?,
                as_inferred: false,
                lenient: Leniency {
                    non_finite: settings.flag("json5-numbers", false)?,
                    repair: choice(settings, "invalid-utf8", &Repair::NAMES, replaced)?,
                    utf8: false,
                },
                policies: options.policies.clone(),
            }),
        })
    }
}

impl WriteJson {
    /// From the settings of a run. `json_file`: the output is called `.json`.
    pub fn new(options: &WriteOptions, json_file: bool) -> Result<Self> {
        let settings = &options.settings;
        settings.check("json", WRITE)?;
        let dialect = dialect(settings, PLAIN_WRITE, &["unknown-fields"])?;
        let drop_unknown = choice(settings, "unknown-fields", &[("error", false), ("drop", true)], false)?;
        let default = if json_file { Layout::Array } else { Layout::Lines };
        let kinds = [("string", NonFinite::String), ("null", NonFinite::Null), ("error", NonFinite::Error)];
        let layout = choice(settings, "layout", &[("ndjson", Layout::Lines), ("array", Layout::Array)], default)?;
        let pretty = settings.flag("pretty", false)?;
        if pretty && layout == Layout::Lines && settings.get("layout").is_some() {
            return Err(Error::usage("pretty=true puts a record on many lines, which layout=ndjson does not allow")
                .with_hint("write with --json-layout=array"));
        }
        let rows = rows(settings)?;
        let omit_nulls = choice(settings, "nulls", &[("write", false), ("omit", true)], false)?;
        let non_finite = choice(settings, "nonfinite", &kinds, NonFinite::String)?;
        let let_through = options.policies.get(Code::NonFinite) == Some(Policy::Null) && non_finite == NonFinite::Error;
        Ok(WriteJson {
            dialect,
            drop_unknown,
            layout,
            rows,
            pretty,
            rules: WriteRules {
                non_finite: if let_through { NonFinite::Null } else { non_finite },
                union: choice(settings, "union", UNION, UnionStyle::Untagged)?,
                bytes: choice(settings, "bytes", &BytesStyle::NAMES, BytesStyle::Base64)?,
                int64: choice(settings, "int64", NUMBERS, NumberStyle::Number)?,
                decimal: choice(settings, "decimal", NUMBERS, NumberStyle::Number)?,
                omit_nulls,
                ..WriteRules::default().within(options.depth_max)
            },
        })
    }
}

const NUMBERS: &[(&str, NumberStyle)] = &[("number", NumberStyle::Number), ("string", NumberStyle::String)];
