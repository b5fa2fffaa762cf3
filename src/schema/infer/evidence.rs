//! What inference saw of several inputs that are read as one table: their types are those that one file with the records
//! of all would get, in any order of the inputs.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};

use crate::column::json::{ABSENT, is_json_text};
use crate::report::Report;

/// What was seen of the values of an input whose types were inferred.
pub trait Evidence: Any + Send {
    /// Adds what was seen of another input. False, and nothing is added, if that went by the rules of another format.
    fn join(&mut self, other: &dyn Evidence) -> bool;
    /// The types of all.
    fn joined(self: Box<Self>) -> Joined;
}

/// The types of several inputs.
#[derive(Debug, Default)]
pub struct Joined {
    /// The columns that any of them has, but for those of given types and those without a value.
    pub fields: Fields,
    /// What one file would tell of them.
    pub report: Report,
}

impl Joined {
    /// The schema of one of the inputs with the types of all.
    pub fn retype(&self, own: &Schema) -> Schema {
        Schema::new_with_metadata(retyped(own.fields(), &self.fields), own.metadata().clone())
    }
}

fn retyped(own: &Fields, joined: &Fields) -> Fields {
    let joined: HashMap<&str, &FieldRef> = joined.iter().map(|field| (field.name().as_str(), field)).collect();
    let with = |field: &FieldRef| match joined.get(field.name().as_str()) {
        Some(joined) => Arc::new(retyped_field(field, joined)),
        None => field.clone(),
    };
    own.iter().map(with).collect()
}

fn retyped_field(own: &Field, joined: &Field) -> Field {
    let item = |one: &FieldRef, other: &FieldRef| Arc::new(retyped_field(one, other));
    let data_type = match (own.data_type(), joined.data_type()) {
        (DataType::Struct(one), DataType::Struct(other)) => DataType::Struct(retyped(one, other)),
        (DataType::List(one), DataType::List(other)) => DataType::List(item(one, other)),
        (DataType::Map(one, sorted), DataType::Map(other, _)) => DataType::Map(item(one, other), *sorted),
        // JSON text and unions hold values of several kinds. To find them in two files is a mistake more often than not,
        // and for the user to decide.
        (one, other) if one.is_nested() || other.is_nested() || is_json_text(joined) => return own.clone(),
        (_, other) => {
            let facts = joined.metadata().iter().filter(|(key, _)| *key != ABSENT);
            let facts: Vec<_> = facts.map(|(key, value)| (key.clone(), value.clone())).collect();
            let mut field = own.clone().with_data_type(other.clone());
            field.metadata_mut().extend(facts);
            return field;
        }
    };
    own.clone().with_data_type(data_type)
}
