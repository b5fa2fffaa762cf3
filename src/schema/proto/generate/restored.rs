//! What fields had where the columns came from, beside types and numbers: oneofs and JSON names.

use std::collections::HashSet;

use arrow_schema::{Field as Column, Fields};
use prost_types::field_descriptor_proto::Label;
use prost_types::{DescriptorProto, OneofDescriptorProto};

use super::message::{Note, Notes};
use super::names::is_legal;
use super::scope::Scope;
use crate::schema::proto::pool::default_json_name;

/// Puts columns that came from one oneof into one again.
pub(super) fn restore_oneofs(scope: &mut Scope, columns: &Fields, notes: &Notes) {
    for (column, note) in columns.iter().zip(&notes.columns) {
        let (Some(wanted), Note::Number(number)) = (column.metadata().get("proto.oneof"), note) else { continue };
        let found = scope.message.field.iter().position(|field| u32::try_from(field.number()) == Ok(*number));
        let Some(index) = found else { continue };
        let singular = scope.message.field[index].label() == Label::Optional;
        let explicit = column.is_nullable();
        if !singular || !explicit || !is_legal(wanted) {
            continue;
        }
        let oneof = match scope.message.oneof_decl.iter().position(|oneof| oneof.name() == wanted) {
            Some(oneof) => oneof,
            None => {
                if !scope.taken.insert(wanted.clone()) {
                    continue;
                }
                scope.message.oneof_decl.push(OneofDescriptorProto { name: Some(wanted.clone()), options: None });
                scope.message.oneof_decl.len() - 1
            }
        };
        let field = &mut scope.message.field[index];
        field.proto3_optional = None;
        field.oneof_index = i32::try_from(oneof).ok();
    }
}

/// The original name, where it is not the field's own.
pub(super) fn json_name(column: &Column, name: &str) -> Option<String> {
    let wanted = match column.metadata().get("proto.json_name") {
        Some(wanted) => wanted,
        None if column.name() != name => column.name(),
        None => return None,
    };
    let illegal = wanted.is_empty() || wanted.contains('\0') || wanted.starts_with('[') && wanted.ends_with(']');
    (!illegal).then(|| wanted.clone())
}

/// JSON names must differ: one that another field has already is left out.
pub(super) fn settle_json_names(message: &mut DescriptorProto) {
    let defaults: HashSet<String> = message.field.iter().map(|field| default_json_name(field.name())).collect();
    let mut taken = HashSet::new();
    for field in &mut message.field {
        if let Some(name) = &field.json_name
            && (defaults.contains(name) || !taken.insert(name.clone()))
        {
            field.json_name = None;
        }
    }
}
