//! Whose rules decide: the names that `--rules` takes.

use std::fmt;
use std::str::FromStr;

use super::source::Language;
use crate::error::{Error, Result};

/// A rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// As it was given: `confluent`, `buf:FIELD_NO_DELETE`.
    pub name: String,
    /// Which one it is.
    pub set: RuleSet,
}

/// The rule sets. Which languages each one knows stands in [`RuleSet::TABLE`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleSet {
    /// Ours: no stored value may be reinterpreted or invented. The only one that compares different languages.
    Fmtconv,
    /// The specification's schema resolution of Avro, with its rule for decimals.
    Avro,
    /// What Confluent's Schema Registry decides.
    Confluent,
    /// What Karapace decides.
    Karapace,
    /// What Apicurio Registry decides.
    Apicurio,
    /// The value sets of JSON Schema: everything that is valid for the writer must be valid for the reader.
    JsonSchemaStrict,
    /// The same, but for properties that a schema does not name: those that are added to an open or partially open object
    /// count as new, and an open object may be closed. (Confluent's lenient policy.)
    JsonSchemaLenient,
    /// Binary Protobuf: bytes keep their meaning.
    ProtoWire,
    /// ProtoJSON: texts keep their meaning.
    ProtoJson,
    /// Rules of buf, by category or one by one.
    Buf(Vec<String>),
    /// The table that is derived from a schema keeps its columns.
    Table,
    /// A table of Apache Iceberg, format version 2.
    IcebergV2,
    /// A table of Apache Iceberg, format version 3.
    IcebergV3,
    /// A table of Delta Lake 4.0 with type widening.
    Delta,
    /// Files that Spark reads together with `mergeSchema`.
    Spark,
    /// Schemas that Arrow merges.
    Arrow,
}

/// A line of [`RuleSet::TABLE`].
#[derive(Clone, Debug)]
pub struct Known {
    /// The name.
    pub name: &'static str,
    /// What it stands for.
    pub set: RuleSet,
    /// Languages it knows.
    pub languages: &'static [Language],
    /// In a few words.
    pub about: &'static str,
}

use Language::{Avro, Columns, JsonSchema, Protobuf};

impl RuleSet {
    /// The names that are no lists of buf rules.
    pub const TABLE: &'static [Known] = &[
        known(
            "fmtconv",
            RuleSet::Fmtconv,
            &[Avro, JsonSchema, Protobuf, Columns],
            "no value is reinterpreted or invented",
        ),
        known("avro", RuleSet::Avro, &[Avro], "schema resolution of the Avro specification"),
        known("avro-spec", RuleSet::Avro, &[Avro], "the same"),
        known("confluent", RuleSet::Confluent, &[Avro, JsonSchema, Protobuf], "Confluent Schema Registry"),
        known("karapace", RuleSet::Karapace, &[Avro, JsonSchema, Protobuf], "Karapace"),
        known("apicurio", RuleSet::Apicurio, &[Avro, JsonSchema, Protobuf], "Apicurio Registry"),
        known("jsonschema-strict", RuleSet::JsonSchemaStrict, &[JsonSchema], "sets of valid JSON values"),
        known(
            "jsonschema-lenient",
            RuleSet::JsonSchemaLenient,
            &[JsonSchema],
            "the same; properties may be added, objects closed",
        ),
        known("proto-wire", RuleSet::ProtoWire, &[Protobuf], "binary Protobuf keeps its meaning"),
        known("protojson", RuleSet::ProtoJson, &[Protobuf], "ProtoJSON keeps its meaning"),
        known("confluent-logical-types", RuleSet::Table, &[Avro, JsonSchema, Protobuf], "columns of the derived table"),
        known(
            "iceberg-v2",
            RuleSet::IcebergV2,
            &[Avro, JsonSchema, Protobuf, Columns],
            "tables of Apache Iceberg, version 2",
        ),
        known(
            "iceberg-v3",
            RuleSet::IcebergV3,
            &[Avro, JsonSchema, Protobuf, Columns],
            "tables of Apache Iceberg, version 3",
        ),
        known(
            "delta",
            RuleSet::Delta,
            &[Avro, JsonSchema, Protobuf, Columns],
            "tables of Delta Lake with type widening",
        ),
        known(
            "spark",
            RuleSet::Spark,
            &[Avro, JsonSchema, Protobuf, Columns],
            "files that Spark reads with mergeSchema",
        ),
        known("arrow", RuleSet::Arrow, &[Avro, JsonSchema, Protobuf, Columns], "schemas that Arrow merges"),
    ];
}

const fn known(name: &'static str, set: RuleSet, languages: &'static [Language], about: &'static str) -> Known {
    Known { name, set, languages, about }
}

impl Rules {
    /// Ours.
    pub fn fmtconv() -> Rules {
        Rules { name: "fmtconv".to_owned(), set: RuleSet::Fmtconv }
    }

    /// Whether schemas of a language can be judged.
    ///
    /// # Errors
    /// `Usage` if not.
    pub fn check_language(&self, language: Language) -> Result<()> {
        let fits = match &self.set {
            RuleSet::Buf(_) => language == Protobuf,
            set => RuleSet::TABLE.iter().any(|known| known.set == *set && known.languages.contains(&language)),
        };
        if fits {
            return Ok(());
        }
        let mut names: Vec<_> =
            RuleSet::TABLE.iter().filter(|k| k.languages.contains(&language)).map(|k| k.name).collect();
        if language == Protobuf {
            names.push("buf");
        }
        Err(Error::usage(format!("rules {} say nothing about {language}", self.name))
            .with_hint(format!("rules for {language}: {}", names.join(", "))))
    }

    /// Whether columns are compared, whatever language the schemas are written in.
    pub(super) fn of_tables(&self) -> bool {
        use RuleSet::{Arrow, Delta, IcebergV2, IcebergV3, Spark};
        matches!(self.set, IcebergV2 | IcebergV3 | Delta | Spark | Arrow)
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Rules {
    type Err = Error;

    fn from_str(text: &str) -> Result<Rules> {
        let name = text.to_owned();
        let lower = text.to_ascii_lowercase();
        if let Some(known) = RuleSet::TABLE.iter().find(|known| known.name == lower) {
            return Ok(Rules { name, set: known.set.clone() });
        }
        if lower.starts_with("table-evolution") {
            return Ok(Rules { name, set: RuleSet::Table });
        }
        let chosen: Option<Vec<String>> = match lower.as_str() {
            "buf" | "buf-file" => Some(vec!["FILE".to_owned()]),
            "buf-package" => Some(vec!["PACKAGE".to_owned()]),
            "buf-wire-json" => Some(vec!["WIRE_JSON".to_owned()]),
            "buf-wire" => Some(vec!["WIRE".to_owned()]),
            _ => lower.strip_prefix("buf:").map(|list| {
                list.split([',', ' ']).map(|rule| rule.trim().to_ascii_uppercase()).filter(|r| !r.is_empty()).collect()
            }),
        };
        let Some(chosen) = chosen else {
            let names: Vec<_> = RuleSet::TABLE.iter().map(|known| known.name).collect();
            return Err(Error::usage(format!("unknown rules {text:?}")).with_hint(format!(
                "rules: {}, buf-file, buf-package, buf-wire-json, buf-wire, buf:RULE,RULE",
                names.join(", ")
            )));
        };
        super::proto::buf::check_names(&chosen)?;
        Ok(Rules { name, set: RuleSet::Buf(chosen) })
    }
}
