//! JSON Schema: draft-04 to 2020-12.
//!
//! * [`index`]: what `$ref`, `$id` and anchors mean.
//! * [`form`]: the normal form of a writer's schema, a choice of conjunctions of plain constraints.
//! * [`relation`]: whether all that is valid for the writer is valid for the reader.
//! * [`structure`]: Karapace's comparison, which follows the keywords instead of the values; [`apicurio`]: Apicurio's.

mod apicurio;
mod differences;
mod equal;
mod form;
mod index;
mod instance;
mod pattern;
mod relation;
mod structure;

use std::sync::Arc;

use super::finding::Issue;
use super::json_text::{Json, Lines, Value};
use super::rules::RuleSet;
use super::source::SourceText;
use crate::error::{Error, Result};
pub(super) use differences::differences;
use form::{Node, Pair};
use index::Index;

/// A parsed schema and where its parts stand.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    file: Arc<str>,
    root: Json,
    lines: Lines,
}

impl Schema {
    pub fn parse(file: &SourceText) -> Result<Schema> {
        let root = Json::parse(&file.text).map_err(|error| error.in_source(file.name.clone()))?;
        if !matches!(root.value, Value::Object(_) | Value::Bool(_)) {
            let error = Error::malformed(format!("a JSON Schema is an object, true or false; found {}", root.brief()));
            return Err(error.in_source(file.name.clone()));
        }
        Ok(Schema { file: file.name.clone(), lines: Lines::new(&file.name, &file.text), root })
    }
}

/// How a rule set bends the relation of value sets.
#[derive(Clone, Copy, Debug)]
struct Profile {
    /// `format`, `contentEncoding` and `contentMediaType` are assertions.
    formats: bool,
    /// Members of `oneOf` are compared as those of `anyOf`.
    one_of_as_any_of: bool,
    /// A constant that its own `type` does not allow still counts as a value.
    hollow_constants: bool,
    /// Properties that are added to an open object count as new.
    added_properties: bool,
    /// What a schema says of properties that it does not name may change: open objects become closed, and properties
    /// that come or go need not fit it. A property that goes from a closed object is still one that is refused.
    lenient: bool,
    /// The types of derived columns must stay: whole numbers do not become numbers.
    columns: bool,
}

const STRICT: Profile = Profile {
    formats: false,
    one_of_as_any_of: false,
    hollow_constants: false,
    added_properties: false,
    lenient: false,
    columns: false,
};

pub(super) fn can_read(reader: &Schema, writer: &Schema, rules: &RuleSet) -> Result<Vec<Issue>> {
    let reader = Index::of(reader)?;
    let writer = Index::of(writer)?;
    let profile = match rules {
        RuleSet::Karapace => return structure::can_read(&reader, &writer),
        RuleSet::Apicurio => {
            if let Some(issues) = apicurio::can_read(&reader, &writer) {
                return issues;
            }
            // It has no comparison for later versions: the sets of values decide, as near to it as can be.
            Profile { formats: true, one_of_as_any_of: true, hollow_constants: true, ..STRICT }
        }
        RuleSet::Table => Profile { added_properties: true, columns: true, ..STRICT },
        RuleSet::JsonSchemaLenient => Profile { added_properties: true, lenient: true, ..STRICT },
        _ => STRICT,
    };
    relation::can_read(&reader, &writer, profile)
}

/// Whether each text is a value that a schema allows; `None` if that cannot be told.
pub(super) fn valid(schema: &Schema, texts: &[String]) -> Vec<Option<bool>> {
    let Ok(index) = Index::of(schema) else { return vec![None; texts.len()] };
    let pair = Pair { reader: &index, writer: &index, profile: STRICT };
    let root = Node { json: &schema.root, of_reader: true };
    texts.iter().map(|text| instance::valid(pair, &Json::parse(text).ok()?, root)).collect()
}
