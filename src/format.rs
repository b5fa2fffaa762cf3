//! What a format declares: names, options, how to open and create, what fits.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use bytes::Bytes;

use crate::error::{Error, Result};
pub use crate::fit::{Fit, GivenFits, Returns};
use crate::output::Output;
use crate::pipeline::push::PushDecoder;
use crate::pipeline::{Exec, Reader, Sink};
use crate::policy::Policies;
use crate::source::Source;

/// A file format. Formats do not know each other; the registry is a value.
pub trait Format: Send + Sync + fmt::Debug {
    /// Names, extensions, options.
    fn info(&self) -> &'static Info;
    /// Whether the first bytes (after outer decompression) look like this format.
    fn sniff(&self, head: &[u8]) -> Sniff;
    /// Opens a source for reading. The schema is known when this returns: from the file, from the options, or
    /// inferred, which reads the source once (in parallel, on `exec`).
    fn open(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>>;
    /// Creates an output for records of `schema`. Fails here, before any byte, if a column cannot be written.
    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>>;
    /// Settings for reading that suit a target of the format called `target`, where the user gave none: what only
    /// this format can hold in its own encoding is kept so for itself, and is text for others.
    fn suit(&self, target: &str, settings: &mut Settings) {
        let _ = (target, settings);
    }
    /// Whether columns can be given other types than those that are found ([`ReadOptions::columns`]): not where the data
    /// carries its types.
    fn takes_columns(&self, settings: &Settings) -> bool {
        let _ = settings;
        true
    }
    /// Fails if the settings for writing contradict each other, whatever is written with them.
    ///
    /// # Errors
    /// `Usage`, with the settings.
    fn check_settings(&self, options: &WriteOptions) -> Result<()> {
        let _ = options;
        Ok(())
    }
    /// What becomes of one field when it is written with `options`: of the field's own type, nested children are asked
    /// for one by one. `parents` are the fields around it, the column first. Pure: no file is looked at.
    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit;
    /// What becomes of the schema as a whole: its metadata, the number of records where there are no columns.
    fn fit_schema(&self, schema: &Schema, options: &WriteOptions) -> Fit {
        let _ = (schema, options);
        Fit::exact("records")
    }
    /// What becomes of the fields of `schema` in the schema definition that `options` name, which is read here; it goes
    /// before [`Format::fit`]. `None`: none is named, or it cannot be read, which [`Format::create`] tells.
    fn fit_given(&self, schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
        let _ = (schema, options);
        None
    }
    /// Whether a schema file can be written with an output ([`WriteOptions::emit_schema`]).
    fn emits_schema(&self, settings: &Settings) -> bool {
        let _ = settings;
        false
    }
    /// Whether what is written has a name that can be chosen ([`WriteOptions::name`]).
    ///
    /// # Errors
    /// `Usage` if `name` is no name of this format.
    fn takes_name(&self, name: &str, settings: &Settings) -> Result<bool> {
        let _ = (name, settings);
        Ok(false)
    }
    /// Why a setting for writing has no effect with `options`, if so: another one is missing, or the schema is given
    /// that it would shape.
    fn idle(&self, setting: &str, options: &WriteOptions) -> Option<&'static str> {
        let _ = (setting, options);
        None
    }
    /// Opens a source to look for damage: as [`Format::open`], but with a reader that goes on behind damage
    /// ([`Reader::resumes`]) where the format allows it.
    fn walk(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
        self.open(source, options, exec)
    }
    /// What is wrong with the container that reading its records does not show: checksums, counts, statistics.
    ///
    /// # Errors
    /// If it cannot be looked at: opening it says why.
    fn examine(&self, source: &Source, options: &ReadOptions, exec: &Exec) -> Result<Vec<Error>> {
        let _ = (source, options, exec);
        Ok(Vec::new())
    }
    /// Fails for an output of `options` that is cut off or is something else, as far as its first and last bytes tell. Looks
    /// at no records.
    ///
    /// # Errors
    /// What speaks against it.
    fn check_ends(&self, source: &Source, options: &WriteOptions) -> Result<()> {
        let _ = (source, options);
        Ok(())
    }
    /// How an output is read that was written with `options` for records of `schema`: with the same settings, where
    /// reading has them. `companion`: the schema file that was written with it. `like`: settings that an input of this
    /// format was read with, which say what its types become.
    fn read_back(
        &self,
        schema: &SchemaRef,
        options: &WriteOptions,
        companion: Option<&Path>,
        like: Option<&Settings>,
    ) -> ReadOptions {
        let _ = (companion, like);
        let settings = self.info().settings_back(&options.settings);
        ReadOptions { settings, schema: Some(schema.clone()), ..ReadOptions::default() }
    }
    /// Whether JSON text that is `null` is written as the absence of a value is. Those who write it so count it.
    fn has_one_null(&self) -> bool {
        false
    }
    /// A decoder that is fed bytes instead of reading them, for records of `options.schema`: for sockets, event loops
    /// and other frameworks. JSON has one, and Avro messages; JSON in the layout `auto` is taken for values one after the
    /// other, as its first bytes may not be there yet.
    ///
    /// # Errors
    /// `Unsupported` if the format cannot be cut without its end (Parquet) or has no such decoder.
    fn push(&self, options: &ReadOptions) -> Result<PushDecoder> {
        let _ = options;
        Err(Error::unsupported(format!("{} has no push decoder", self.info().name)))
    }
    /// Container facts for `fmtconv inspect`, as JSON. Must not read the data, only headers, footers and block heads.
    fn inspect(&self, source: &Source, options: &ReadOptions) -> Result<serde_json::Value> {
        let _ = (source, options);
        Err(Error::unsupported(format!("inspect has nothing to tell of {}: it has no container", self.info().name))
            .with_hint("`fmtconv schema show FILE` prints its types, `fmtconv count FILE` its records"))
    }
    /// The number of records, if the container tells it without decoding.
    fn count(&self, source: &Source, options: &ReadOptions) -> Result<Option<u64>> {
        let _ = (source, options);
        Ok(None)
    }
}

/// What a format is called and which settings it has.
#[derive(Debug)]
pub struct Info {
    /// `csv`
    pub name: &'static str,
    /// Other names that `--from` and `--to` take: `ndjson`, `jsonl`, `tsv`. Each may imply settings.
    pub aliases: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    /// File name extensions without the dot, with the settings that each implies (`tsv` → `delimiter=\t`).
    pub extensions: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    /// One line.
    pub about: &'static str,
    /// Whether `.gz`, `.zst` and so on may be put around the whole file.
    pub outer_compression: bool,
    /// Settings for reading (`--from-opt`).
    pub read: &'static [Setting],
    /// Settings for writing (`--to-opt`).
    pub write: &'static [Setting],
    /// Names that `--compression` takes inside the container; empty if nothing.
    pub codecs: &'static [&'static str],
}

/// One setting of a format. Help, `fmtconv formats NAME`, parsing and the README table come from it.
#[derive(Debug)]
pub struct Setting {
    /// `delimiter`
    pub name: &'static str,
    /// `CHAR`, `true|false`, `standard|flatten`
    pub values: &'static str,
    /// What holds when it is not given.
    pub default: &'static str,
    /// One line.
    pub about: &'static str,
}

impl Info {
    /// The settings for reading that are also settings for writing, with the values that were written with. Those that
    /// are not given, and mean the same on both sides, are left out.
    pub fn settings_back(&self, written: &Settings) -> Settings {
        let mut settings = Settings::default();
        for setting in self.write {
            let Some(known) = self.read.iter().find(|known| known.name == setting.name) else { continue };
            let value = match written.get(setting.name) {
                Some(given) => Some(given).filter(|given| known.is_token() || known.takes(given)),
                None => Some(setting.default).filter(|value| *value != known.default && known.takes(value)),
            };
            if let Some(value) = value {
                settings.set(known.name, value);
            }
        }
        settings
    }
}

impl Setting {
    /// Whether any text is a value.
    fn is_token(&self) -> bool {
        self.values.starts_with("TOKEN")
    }

    /// Whether `value` may be one of [`Setting::values`]: it is listed, or stands for what is in upper case there.
    fn takes(&self, value: &str) -> bool {
        let mut choices = self.values.split('|');
        let word = value.len() > 2 && value.bytes().all(|byte| byte.is_ascii_lowercase());
        choices.clone().any(|choice| choice == value)
            // A default in words, like `(empty)`, is no value.
            || (!word && !value.starts_with('(') && choices.any(|choice| choice.bytes().any(|b| b.is_ascii_uppercase())))
    }
}

/// How sure a format is that bytes are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sniff {
    /// Certainly not.
    No,
    /// Could be.
    Maybe,
    /// Looks like it.
    Likely,
    /// Has its magic.
    Magic,
}

/// `k=v` settings of a format, checked against its [`Setting`]s.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Sets one; the last one wins.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.0.insert(name.into(), value.into());
        self
    }
    /// Sets one unless it is there.
    pub fn set_default(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        self
    }
    /// The text of one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
    /// `true` or `false`.
    ///
    /// # Errors
    /// `Usage` for another text.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.get(name) {
            None => Ok(default),
            Some("true" | "yes" | "on" | "1") => Ok(true),
            Some("false" | "no" | "off" | "0") => Ok(false),
            Some(other) => Err(Error::usage(format!("{name}={other}: expected true or false"))),
        }
    }
    /// One of several words, by what it stands for; `None` if it is not given.
    ///
    /// # Errors
    /// `Usage`: another word.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match choices.iter().find(|(known, _)| *known == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let names: Vec<_> = choices.iter().map(|(known, _)| *known).collect();
                Err(Error::usage(format!("{name}={text}: expected {}", names.join(", "))))
            }
        }
    }
    /// Something that parses: a number, a byte count.
    ///
    /// # Errors
    /// `Usage`, which says that `what` was expected.
    pub fn parse<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<Option<T>> {
        self.get(name)
            .map(|text| text.parse().map_err(|_| Error::usage(format!("{name}={text}: expected {what}"))))
            .transpose()
    }
    /// A single byte, also written `\t`, `\n`, `\0` or `tab`.
    ///
    /// # Errors
    /// `Usage` for longer text.
    pub fn byte(&self, name: &str) -> Result<Option<u8>> {
        match self.get(name) {
            None => Ok(None),
            Some("\\t" | "tab") => Ok(Some(b'\t')),
            Some("\\n") => Ok(Some(b'\n')),
            Some("\\0") => Ok(Some(0)),
            Some("\\\\") => Ok(Some(b'\\')),
            Some(text) if text.len() == 1 => Ok(Some(text.as_bytes()[0])),
            Some(text) => Err(Error::usage(format!("{name}={text}: expected one ASCII character"))),
        }
    }
    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
    /// Fails on a name that `known` does not list.
    ///
    /// # Errors
    /// `Usage`, with the names that there are.
    pub fn check(&self, format: &str, known: &[Setting]) -> Result<()> {
        for name in self.0.keys() {
            if !known.iter().any(|setting| setting.name == name) {
                let names: Vec<_> = known.iter().map(|setting| setting.name).collect();
                return Err(Error::usage(format!("{format} has no setting {name:?}"))
                    .with_hint(format!("settings of {format}: {}", names.join(", "))));
            }
        }
        Ok(())
    }
}

/// A setting that was given without saying whose it is: it goes to every input and output whose format has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Only for the format of this name.
    pub format: Option<&'static str>,
    /// Name of the setting.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Offer {
    /// Sets it where it belongs: if `info` is of its format and `known` lists it. Says whether it does. Of settings for
    /// reading and for writing that have one name, those are meant that have such a value.
    pub fn apply(&self, info: &Info, known: &[Setting], settings: &mut Settings) -> bool {
        let meant = self.format.is_none_or(|format| format == info.name);
        let named = |setting: &&Setting| setting.name == self.name;
        let takes = |setting: &Setting| setting.takes(&self.value);
        let elsewhere = || info.read.iter().chain(info.write).filter(named).any(takes);
        let taken = meant && known.iter().find(named).is_some_and(|setting| takes(setting) || !elsewhere());
        if taken {
            settings.set(&self.name, &self.value);
        }
        taken
    }
    /// Fails if the setting is among those that were given otherwise (`--to-opt`, `--from-opt`).
    ///
    /// # Errors
    /// `Usage`.
    pub fn once(&self, given: &Settings) -> Result<()> {
        match given.get(&self.name) {
            None => Ok(()),
            Some(value) => Err(twice(&self.name)
                .with_hint(format!("--{0} {1} and {0}={value} set the same: leave one out", self.name, self.value))),
        }
    }
    /// As it is typed: `--proto-int`.
    pub fn typed(&self) -> String {
        let whose = self.format.map_or_else(String::new, |format| format!("{format}-"));
        format!("--{whose}{}", self.name)
    }
    /// Fails for a setting that nothing took.
    pub fn not_taken(&self) -> Error {
        Error::usage(format!("{} has no effect here: neither the input nor the output has this setting", self.typed()))
            .with_hint("fmtconv formats FORMAT lists the settings of a format")
    }
}

/// The error for a setting that was given twice.
pub(crate) fn twice(name: &str) -> Error {
    Error::usage(format!("the setting {name} is given twice")).with_hint("give it once")
}

/// How a source is read. Format-specific settings are in `settings`.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Format-specific settings.
    pub settings: Settings,
    /// Settings that are known of the source, and that none given otherwise replaces.
    pub fixed: Settings,
    /// The schema to read with, for formats that carry none (CSV, JSON); fields are matched by name. Formats that
    /// carry a schema ignore it.
    pub schema: Option<SchemaRef>,
    /// Types that replace inferred ones, by column name; extension types are in the metadata. Refused where no input
    /// is of a format that infers ([`Format::takes_columns`]).
    pub columns: Vec<Field>,
    /// A schema definition file in the format's own language (.proto, descriptor set, .avsc), with what it needs.
    pub definition: Option<Definition>,
    /// The schema that data is resolved to by the rules of its own format, whatever it was written with (Avro).
    pub reader: Option<Definition>,
    /// Infer from at most this many records; `None`: from all.
    pub infer_records: Option<u64>,
    /// Whether the schema may be a guess from the first records, where that saves reading the source twice: each record
    /// that would have made it another one is then an error, so records that are all read were rightly guessed. The
    /// reader says whether it guessed ([`Reader::is_guess`]).
    pub guess: bool,
    /// Limits.
    pub limits: Limits,
    /// What the user let through by name.
    pub policies: Policies,
    /// Whether the run sets records aside that do not fit: inference passes over those that it cannot read.
    pub set_aside: bool,
    /// Whether nulls are left out where records are written, as if they had no key: inference says which columns have
    /// nulls then (JSON), for which it looks at all records.
    pub nulls_left_out: bool,
    /// Whether it is one of several inputs: a column of which no value is seen has no type of its own then (Null), but
    /// that which it has in the others; and [`ReadOptions::columns`] may name what only others have.
    pub is_part: bool,
}

/// How records are written. Format-specific settings are in `settings`.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Format-specific settings.
    pub settings: Settings,
    /// `zstd:3`: codec inside the container (Avro, Parquet, IPC). Outer compression belongs to [`Output`].
    pub compression: Option<Compression>,
    /// A schema definition to write with (.proto, .avsc).
    pub definition: Option<Definition>,
    /// Name of the root record or message when one must be invented: the stem of the output file. What stands before
    /// its last dot is the namespace, or the package.
    pub name: Option<String>,
    /// Where to write the generated schema (.proto, .avsc).
    pub emit_schema: Option<PathBuf>,
    /// Levels of nesting at most in values that are written as JSON; `None`: as many as in [`Limits::default`].
    pub depth_max: Option<usize>,
    /// What the user let through by name.
    pub policies: Policies,
}

/// A schema definition file and how to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// The file: .proto, descriptor set (.pb .bin .desc .fds .binpb), .avsc.
    pub path: PathBuf,
    /// Full name of the message or record; may be left out where the file has one.
    pub message: Option<String>,
    /// Where imports are searched, besides the folder of the file.
    pub includes: Vec<PathBuf>,
    /// What is in it, where the path cannot be read again: a pipe, standard input. See [`Definition::kept`].
    pub content: Option<Bytes>,
}

/// A codec and its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression {
    /// Lower-case name: `zstd`, `snappy`, `none`.
    pub codec: String,
    /// Level, if one was given.
    pub level: Option<i32>,
}

impl Compression {
    /// Levels of zstd.
    pub(crate) const ZSTD_LEVELS: std::ops::RangeInclusive<i32> = -7..=22;

    /// The level, if it is one of those that the codec has; `None` as `levels`: it has none.
    pub(crate) fn level_of(&self, levels: Option<std::ops::RangeInclusive<i32>>) -> Result<Option<i32>> {
        match (self.level, levels) {
            (Some(_), None) => Err(Error::usage(format!("compression {} has no levels", self.codec))),
            (Some(level), Some(levels)) if !levels.contains(&level) => {
                let (low, high) = (levels.start(), levels.end());
                Err(Error::usage(format!("level {level} of {}: expected {low} to {high}", self.codec)))
            }
            (level, _) => Ok(level),
        }
    }
}

impl std::str::FromStr for Compression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (codec, level) = match text.split_once(':') {
            None => (text, None),
            Some((codec, level)) => {
                let level =
                    level.parse().map_err(|_| Error::usage(format!("compression {text:?}: level must be a number")))?;
                (codec, Some(level))
            }
        };
        let codec = match codec.to_ascii_lowercase().as_str() {
            "none" | "null" | "uncompressed" => "none".to_owned(),
            "zstandard" | "zst" => "zstd".to_owned(),
            "gz" => "gzip".to_owned(),
            other => other.to_owned(),
        };
        Ok(Compression { codec, level })
    }
}

/// Limits that keep memory bounded whatever the input says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a chunk, about.
    pub chunk_bytes: usize,
    /// Bytes of one record at most. Of text, a longer one is refused where it does not fit into a chunk; formats that say
    /// how long a record is refuse each.
    pub record_bytes_max: usize,
    /// Levels of nesting at most.
    pub depth_max: usize,
    /// Rows of a batch at most.
    pub batch_rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { chunk_bytes: 1 << 20, record_bytes_max: 1 << 30, depth_max: 256, batch_rows: 8192 }
    }
}

/// The formats that a program knows. A value: other crates add theirs with [`Registry::with`].
#[derive(Clone, Debug)]
pub struct Registry {
    formats: Vec<&'static dyn Format>,
}

/// Names and extensions that a build without a feature does not have.
const OF_FEATURES: &[(&str, &[&str])] = &[
    ("csv", &["csv", "tsv"]),
    ("json", &["json", "ndjson", "jsonl"]),
    ("avro", &["avro"]),
    ("protobuf", &["protobuf", "proto", "pb"]),
    ("parquet", &["parquet", "pq", "parq"]),
    ("ipc", &["arrow", "ipc", "feather", "arrows"]),
];

/// The feature that brings a format of that name or extension.
pub(crate) fn feature_of(name: &str) -> Option<&'static str> {
    OF_FEATURES.iter().find(|(_, names)| names.contains(&name)).map(|(feature, _)| *feature)
}

/// The error for a format that other builds have.
pub(crate) fn not_in_this_build(name: &str, feature: &str) -> Error {
    Error::unsupported(format!("{name} is not part of this build"))
        .with_hint(format!("build with --features {feature}"))
}

impl Registry {
    /// The formats of this build.
    pub fn builtin() -> Self {
        Registry { formats: crate::formats::BUILTIN.to_vec() }
    }
    /// With one more, in place of one that has its name.
    pub fn with(mut self, format: &'static dyn Format) -> Self {
        self.formats.retain(|known| known.info().name != format.info().name);
        self.formats.push(format);
        self
    }
    /// All, in the order of the registry.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn Format> + '_ {
        self.formats.iter().copied()
    }
    /// By name, alias or extension, with the settings that it implies.
    ///
    /// # Errors
    /// `Usage` if there is none; the hint names those of this build. `Unsupported` if other builds have it.
    pub fn by_name(&self, name: &str) -> Result<(&'static dyn Format, Settings)> {
        let lower = name.to_ascii_lowercase();
        for format in self.iter() {
            let info = format.info();
            if info.name == lower {
                return Ok((format, Settings::default()));
            }
            if let Some((_, implied)) = info.aliases.iter().find(|(alias, _)| *alias == lower) {
                return Ok((format, implied_settings(implied)));
            }
        }
        if let Some(found) = self.by_extension(&lower) {
            return Ok(found);
        }
        if let Some(feature) = feature_of(&lower) {
            return Err(not_in_this_build(&lower, feature));
        }
        let names: Vec<_> = self.iter().map(|format| format.info().name).collect();
        Err(Error::usage(format!("unknown format {name:?}"))
            .with_hint(format!("formats of this build: {}", names.join(", "))))
    }
    /// By extension (no dot, no outer compression), with the settings that the extension implies.
    pub fn by_extension(&self, extension: &str) -> Option<(&'static dyn Format, Settings)> {
        let lower = extension.to_ascii_lowercase();
        self.iter().find_map(|format| {
            let (_, implied) = format.info().extensions.iter().find(|(known, _)| *known == lower)?;
            Some((format, implied_settings(implied)))
        })
    }
    /// By content: the format that is most sure. `None` if none is, or two are equally sure.
    pub fn by_content(&self, head: &[u8]) -> Option<&'static dyn Format> {
        let mut best: Option<(Sniff, &'static dyn Format)> = None;
        for format in self.iter() {
            let sniff = format.sniff(head);
            if sniff > best.map_or(Sniff::No, |(sure, _)| sure) {
                best = Some((sniff, format));
            }
        }
        best.filter(|(sure, _)| *sure >= Sniff::Likely).map(|(_, format)| format)
    }
}

fn implied_settings(pairs: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings.set(*name, *value);
    }
    settings
}

/// Name of a source for messages.
pub type SourceName = Arc<str>;
