//! Settings.

use crate::column::json::{ExtraKeys, NonFinite, ReadRules, UnionStyle, WriteRules};
use crate::error::{Error, Result};
use crate::format::{Limits, ReadOptions, Setting, Settings, WriteOptions};
#[cfg(feature = "protobuf")]
use crate::schema::proto::settings;

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
#[derive(Clone, Copy, Debug)]
pub struct ReadJson {
    /// Whose rules hold.
    pub dialect: Dialect,
    /// `None`: found by looking at the first bytes.
    pub layout: Option<Layout>,
    /// How values are read.
    pub rules: ReadRules,
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
    /// On many lines, indented by two spaces a level.
    pub pretty: bool,
    /// How values are written.
    pub rules: WriteRules,
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
    Setting {
        name: "layout",
        values: "auto|ndjson|array|concatenated",
        default: "auto",
        about: "how records stand in the text; auto looks at the first bytes",
    },
    Setting {
        name: "extra-keys",
        values: "error|ignore",
        default: "error",
        about: "keys that are not in the schema; ignored ones are counted",
    },
    Setting {
        name: "union",
        values: "untagged|tagged",
        default: "untagged",
        about: "how unions were written: the value alone, or {\"branch\": value}",
    },
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
    Setting {
        name: "layout",
        values: "ndjson|array",
        default: "array for .json, else ndjson",
        about: "one record a line, or one array",
    },
    Setting { name: "pretty", values: "true|false", default: "false", about: "indented, on many lines" },
    Setting {
        name: "nonfinite",
        values: "string|null|error",
        default: "string",
        about: "what NaN and infinities become; null loses the value",
    },
    Setting {
        name: "union",
        values: "untagged|tagged",
        default: "untagged",
        about: "unions as the value alone, or {\"branch\": value}",
    },
    #[cfg(feature = "protobuf")]
    Setting {
        name: "unknown-fields",
        values: "error|drop",
        default: "error",
        about: "dialect=protojson: fields that are not in the schema have no place; dropped ones are counted",
    },
];

/// Nesting beyond this is refused whatever the options say: types that deep are of no use to any consumer.
const DEPTH_LIMIT: usize = 1000;

fn depth_max(limits: &Limits) -> Result<usize> {
    if limits.depth_max > DEPTH_LIMIT {
        return Err(Error::usage(format!("a depth of {} is more than {DEPTH_LIMIT}", limits.depth_max)));
    }
    Ok(limits.depth_max)
}

fn choice<T: Copy>(settings: &Settings, name: &str, choices: &[(&str, T)], default: T) -> Result<T> {
    let Some(text) = settings.get(name) else { return Ok(default) };
    match choices.iter().find(|(known, _)| *known == text) {
        Some((_, value)) => Ok(*value),
        None => {
            let names: Vec<_> = choices.iter().map(|(known, _)| *known).collect();
            Err(Error::usage(format!("{name}={text}: expected {}", names.join(", "))))
        }
    }
}

/// Settings that only messages have.
const PROTOBUF_READ: &[&str] = &["timestamp", "duration", "date", "enum", "recursion", "any"];

fn dialect(settings: &Settings, of_protobuf: &[&str]) -> Result<Dialect> {
    let dialects = [("plain", Dialect::Plain), ("avro", Dialect::Avro), ("protojson", Dialect::Protobuf)];
    let dialect = choice(settings, "dialect", &dialects, Dialect::Plain)?;
    if dialect != Dialect::Protobuf
        && let Some(name) = of_protobuf.iter().find(|name| settings.get(name).is_some())
    {
        return Err(Error::usage(format!("{name} is a setting of dialect=protojson alone")));
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

impl ReadJson {
    /// From the settings of a run.
    pub fn new(options: &ReadOptions) -> Result<Self> {
        let settings = &options.settings;
        settings.check("json", READ)?;
        let dialect = dialect(settings, PROTOBUF_READ)?;
        let layouts = [
            ("auto", None),
            ("ndjson", Some(Layout::Lines)),
            ("array", Some(Layout::Array)),
            ("concatenated", Some(Layout::Values)),
        ];
        Ok(ReadJson {
            dialect,
            layout: choice(settings, "layout", &layouts, None)?,
            set_aside: options.set_aside,
            rules: ReadRules {
                extra_keys: choice(
                    settings,
                    "extra-keys",
                    &[("error", ExtraKeys::Error), ("ignore", ExtraKeys::Ignore)],
                    ExtraKeys::Error,
                )?,
                union: choice(settings, "union", UNION, UnionStyle::Untagged)?,
                depth_max: depth_max(&options.limits)?,
            },
        })
    }
}

impl WriteJson {
    /// From the settings of a run. `json_file`: the output is called `.json`.
    pub fn new(options: &WriteOptions, json_file: bool) -> Result<Self> {
        let settings = &options.settings;
        settings.check("json", WRITE)?;
        let dialect = dialect(settings, &["unknown-fields"])?;
        let drop_unknown = choice(settings, "unknown-fields", &[("error", false), ("drop", true)], false)?;
        let default = if json_file { Layout::Array } else { Layout::Lines };
        let kinds = [("string", NonFinite::String), ("null", NonFinite::Null), ("error", NonFinite::Error)];
        let layout = choice(settings, "layout", &[("ndjson", Layout::Lines), ("array", Layout::Array)], default)?;
        let pretty = settings.flag("pretty", false)?;
        if pretty && layout == Layout::Lines && settings.get("layout").is_some() {
            return Err(Error::usage("pretty=true puts a record on many lines, which layout=ndjson does not allow")
                .with_hint("use layout=array with pretty=true"));
        }
        Ok(WriteJson {
            dialect,
            drop_unknown,
            layout,
            pretty,
            rules: WriteRules {
                non_finite: choice(settings, "nonfinite", &kinds, NonFinite::String)?,
                union: choice(settings, "union", UNION, UnionStyle::Untagged)?,
                ..WriteRules::default()
            },
        })
    }
}
