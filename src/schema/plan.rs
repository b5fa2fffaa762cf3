//! What becomes of each column in a target, known from schemas alone, before any data moves.

use arrow_schema::{DataType, Field, Schema};

use super::type_text::field_text;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::format::{Fit, Format};
use crate::policy::Policies;

/// A plan: one line for each column and each nested field.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the target format.
    pub target: &'static str,
    /// In schema order, parents before children.
    pub columns: Vec<PlannedColumn>,
}

/// What becomes of one field.
#[derive(Clone, Debug)]
pub struct PlannedColumn {
    /// `order.items[].price`
    pub path: String,
    /// The type in the record model.
    pub source: String,
    /// What becomes of it.
    pub fit: Fit,
}

impl Plan {
    /// Losses known from schemas, with the column of each.
    pub fn losses(&self) -> impl Iterator<Item = (Code, &str)> {
        self.columns.iter().filter_map(|column| match column.fit {
            Fit::Lossy(code) => Some((code, column.path.as_str())),
            _ => None,
        })
    }

    /// Fails if a column cannot be written at all, naming the first one.
    pub fn check(&self) -> Result<()> {
        for column in &self.columns {
            if let Fit::Unsupported(why) = &column.fit {
                let message = format!("{} cannot hold {}: {why}", self.target, column.source);
                return Err(Error::unsupported(message)
                    .in_column(&column.path)
                    .with_hint(format!("leave the column out: --exclude {}", column.path)));
            }
        }
        Ok(())
    }

    /// Fails if anything would be lost, for `--strict`.
    pub fn refuse_losses(&self, policies: &Policies) -> Result<()> {
        match self.losses().find(|(code, _)| !policies.allows(*code)) {
            None => Ok(()),
            Some((code, path)) => Err(Error::new(crate::error::ErrorKind::Loss, code.meaning())
                .with_code(code)
                .in_column(path)
                .with_hint(format!("allow it: --allow {code}"))),
        }
    }
}

/// Asks `target` about every field of `schema`. A pure function of the schema.
pub fn plan(schema: &Schema, target: &dyn Format) -> Plan {
    let mut columns = Vec::new();
    for field in schema.fields() {
        walk(field, field.name().clone(), target, &mut columns);
    }
    Plan { target: target.info().name, columns }
}

fn walk(field: &Field, path: String, target: &dyn Format, columns: &mut Vec<PlannedColumn>) {
    let fit = target.fit(field);
    let opaque = matches!(fit, Fit::Unsupported(_));
    columns.push(PlannedColumn { path: path.clone(), source: field_text(field), fit });
    if opaque {
        return;
    }
    match field.data_type() {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => walk(item, format!("{path}[]"), target, columns),
        DataType::Struct(fields) => {
            for child in fields {
                walk(child, format!("{path}.{}", child.name()), target, columns);
            }
        }
        DataType::Map(entries, _) => {
            if let DataType::Struct(fields) = entries.data_type() {
                for child in fields {
                    walk(child, format!("{path}.{}", child.name()), target, columns);
                }
            }
        }
        DataType::Union(fields, _) => {
            for (_, child) in fields.iter() {
                walk(child, format!("{path}.{}", child.name()), target, columns);
            }
        }
        _ => {}
    }
}
