//! Which columns have another name in Avro, and a hint that gives theirs back.

use arrow_schema::{DataType, Fields};

use super::bind::{column_name, columns_of};
use crate::column::nesting::{element, unencoded};
use crate::schema::avsc::model::{Document, Field as AvroField, Kind, Node};

/// The paths of those columns.
pub(crate) fn renamed(document: &Document, columns: &Fields) -> Vec<String> {
    let mut walk = Walk { document, found: Vec::new() };
    if let Some(avro) = document.fields(&document.root) {
        walk.record(avro, columns, "");
    }
    walk.found
}

struct Walk<'a> {
    document: &'a Document,
    found: Vec<String>,
}

impl Walk<'_> {
    fn record(&mut self, avro: &[AvroField], columns: &Fields, path: &str) {
        for (wanted, found) in avro.iter().zip(columns_of(avro, columns)) {
            let Some(column) = found.and_then(|found| columns.get(found)) else { continue };
            let path = if path.is_empty() { column.name().clone() } else { format!("{path}.{}", column.name()) };
            self.inside(&wanted.node, column.data_type(), &path);
            if wanted.name != *column.name() && column_name(wanted) == column.name() {
                self.found.push(path);
            }
        }
    }

    fn inside(&mut self, node: &Node, data_type: &DataType, path: &str) {
        let plain = unencoded(data_type);
        match (plain, &node.kind) {
            (DataType::Union(fields, _), Kind::Union(branches)) => {
                for ((_, field), branch) in fields.iter().zip(branches) {
                    self.inside(branch, field.data_type(), &format!("{path}.{}", field.name()));
                }
            }
            // An optional type, or the only one.
            (_, Kind::Union(branches)) => {
                if let Some(only) = branches.iter().find(|branch| branch.kind != Kind::Null) {
                    self.inside(only, plain, path);
                }
            }
            (DataType::Struct(fields), _) => {
                if let Some(avro) = self.document.fields(node) {
                    self.record(avro, fields, path);
                }
            }
            (DataType::Map(entries, _), _) => self.map(node, entries.data_type(), path),
            (list, Kind::Array(items)) => {
                if let Some(item) = element(list) {
                    self.inside(items, item.data_type(), &format!("{path}[]"));
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, node: &Node, entries: &DataType, path: &str) {
        let DataType::Struct(pair) = entries else { return };
        match &node.kind {
            Kind::Map(values) => {
                if let [_, value] = &pair[..] {
                    self.inside(values, value.data_type(), &format!("{path}.{}", value.name()));
                }
            }
            Kind::Array(items) => {
                if let Some(avro) = self.document.fields(items) {
                    self.record(avro, pair, path);
                }
            }
            _ => {}
        }
    }
}
