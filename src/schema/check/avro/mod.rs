//! Avro: schema resolution (specification, section Schema Resolution) as a verdict with reasons.
//!
//! The relation "reader reads writer" is the greatest one that the rules allow: recursive types are assumed to fit
//! until a rule says otherwise, and the table of pairs is worked through until nothing changes ([`relation`]). What
//! does not fit is then explained from the root ([`explain`]).

mod explain;
mod meaning;
mod places;
mod relation;

use super::finding::Issue;
use super::given::Given;
use super::json_text::{Json, Value};
use super::rules::RuleSet;
use super::source::SourceText;
use crate::error::Result;
use crate::schema::avsc::model::Shape;
use crate::schema::avsc::{self, Document, Names};
pub(super) use explain::shown;
pub(super) use places::Places;

/// A parsed schema and where its declarations stand.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    document: Document,
    places: Places,
}

impl Schema {
    pub fn parse(file: &SourceText) -> Result<Schema> {
        let located = |error: crate::error::Error| error.in_source(file.name.clone());
        let json = Json::parse(&file.text).map_err(located)?;
        let document = avsc::parse(&file.text, Names::Lenient).map_err(|error| {
            let place = places::of_quoted(file, &json, error.message());
            let error = located(error);
            match place {
                Some((line, column)) => {
                    error.at_line(u64::from(line.saturating_sub(1))).at_character(u64::from(column.saturating_sub(1)))
                }
                None => error,
            }
        })?;
        Ok(Schema { places: Places::of(file, &json), document })
    }
    pub fn document(&self) -> &Document {
        &self.document
    }
    pub fn places(&self) -> &Places {
        &self.places
    }
    fn has_field(&self, name: &str) -> bool {
        self.document.types.iter().any(|named| match &named.shape {
            Shape::Record { fields, .. } => fields.iter().any(|field| field.name == name),
            _ => false,
        })
    }
    /// The name of the record at the root, without namespace.
    pub fn record_name(&self) -> Option<String> {
        self.document.named(&self.document.root).map(|named| named.name.name.clone())
    }
}

/// What a rule set looks at beyond the types.
#[derive(Clone, Copy, Debug)]
struct Profile {
    /// Two decimals match only with equal precision and scale.
    decimals: bool,
    /// Logical types must keep their meaning, and what is worth knowing is told.
    meaning: bool,
    /// The types of derived columns must stay: a logical type is part of them, the symbols of an enum are not.
    columns: bool,
}

/// What is told of both schemas, besides the schemas.
#[derive(Clone, Copy)]
struct Terms<'a> {
    profile: Profile,
    given: &'a Given,
}

const PLAIN: Profile = Profile { decimals: false, meaning: false, columns: false };

/// Rule sets that differ from plain resolution.
fn profile(rules: &RuleSet) -> Profile {
    match rules {
        RuleSet::Avro => Profile { decimals: true, ..PLAIN },
        RuleSet::Fmtconv => Profile { meaning: true, ..PLAIN },
        RuleSet::Table => Profile { columns: true, ..PLAIN },
        _ => PLAIN,
    }
}

pub(super) fn can_read(reader: &Schema, writer: &Schema, rules: &RuleSet, given: &Given) -> Result<Vec<Issue>> {
    given.check_names(|name| reader.has_field(name), |name| writer.has_field(name))?;
    let terms = Terms { profile: profile(rules), given };
    let relation = relation::Relation::of(&reader.document, &writer.document, terms);
    Ok(explain::explain(relation, &reader.places, &writer.places))
}

/// Whether JSON without a telling extension is an Avro schema: a name or a union, or a type that JSON Schema has not.
pub(super) fn looks_like(json: &Json) -> bool {
    let avro_only = ["record", "error", "enum", "fixed", "map", "int", "long", "float", "double", "bytes"];
    match &json.value {
        Value::String(_) | Value::Array(_) => true,
        Value::Object(_) => {
            let is_type = json.get("type").and_then(Json::text).is_some_and(|name| avro_only.contains(&name));
            is_type || json.get("items").is_some_and(|items| items.text().is_some() || looks_like_union(items))
        }
        _ => false,
    }
}

fn looks_like_union(json: &Json) -> bool {
    json.array().is_some_and(|items| !items.is_empty() && items.iter().all(|item| item.text().is_some()))
}
