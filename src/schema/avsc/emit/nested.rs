//! Lists, maps, enums and unions; names of the types that need one.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, UnionFields, UnionMode};
use serde_json::{Value, json};

use super::super::keys;
use super::super::model::Attributes;
use super::super::names::{legal_name, unique};
use super::super::parse::{is_legal_name, is_reserved};
use super::{Emit, Identity, Slot, TypeName, full, type_metadata};
use crate::error::{Error, Result};

impl Emit {
    pub(super) fn list(
        &mut self,
        item: &FieldRef,
        token: Option<String>,
        path: &str,
        namespace: &str,
        depth: usize,
    ) -> Result<Slot> {
        let path = format!("{path}_item");
        let slot = self.slot(item, &path, namespace, depth + 1).map_err(|error| error.in_column("[]"))?;
        let mut hint = Attributes::new();
        if let Some(token) = token {
            hint.insert("arrow".to_owned(), json!(token));
        }
        put_child(&mut hint, "item", slot.hint, item.name(), "item");
        Ok(Slot { value: json!({ "type": "array", "items": slot.value }), hint })
    }

    pub(super) fn map(
        &mut self,
        entries: &FieldRef,
        sorted: bool,
        path: &str,
        namespace: &str,
        depth: usize,
    ) -> Result<Slot> {
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(Error::unsupported("a map without key and value"));
        };
        let [key, value] = &fields[..] else {
            return Err(Error::unsupported("a map without key and value"));
        };
        let mut hint = Attributes::new();
        if sorted {
            hint.insert("arrow".to_owned(), json!("sorted_map"));
        }
        if entries.name() != "entries" {
            hint.insert("entries".to_owned(), json!(entries.name()));
        }
        let text = matches!(key.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if text && !key.is_nullable() && !key.metadata().contains_key(keys::LOGICAL) {
            let key_slot = self.slot(key, path, namespace, depth + 1).map_err(|error| error.in_column(key.name()))?;
            let slot = self.slot(value, &format!("{path}_value"), namespace, depth + 1);
            let slot = slot.map_err(|error| error.in_column(value.name()))?;
            put_child(&mut hint, "key", key_slot.hint, key.name(), "key");
            put_child(&mut hint, "value", slot.hint, value.name(), "value");
            return Ok(Slot { value: json!({ "type": "map", "values": slot.value }), hint });
        }
        let identity = Identity { data_type: entries.data_type().clone(), metadata: type_metadata(entries.metadata()) };
        let items = match self.name_type(&identity, &format!("{path}_entry"), namespace) {
            TypeName::Defined(full) => json!(full),
            TypeName::New(name, own) => {
                let key = key.as_ref().clone().with_nullable(false);
                let fields = vec![Arc::new(key), value.clone()].into();
                self.define_record(&fields, name, own, namespace, identity, depth + 1)?
            }
        };
        Ok(Slot { value: json!({ "type": "array", "items": items, "logicalType": "map" }), hint })
    }

    /// An interval as a record of its parts, each with its sign.
    pub(super) fn interval(&mut self, field: &Field, path: &str, namespace: &str) -> Slot {
        let identity = Identity { data_type: field.data_type().clone(), metadata: type_metadata(field.metadata()) };
        let value = match self.name_type(&identity, path, namespace) {
            TypeName::Defined(full) => json!(full),
            TypeName::New(name, own) => {
                let mut object = self.head("record", &name, &own, namespace, &identity.metadata);
                let part = |name: &str, kind: &str| json!({ "name": name, "type": kind });
                let parts = [part("months", "int"), part("days", "int"), part("nanos", "long")];
                object.insert("fields".to_owned(), Value::Array(parts.into()));
                self.defined.insert(full(&own, &name), identity);
                Value::Object(object)
            }
        };
        Slot::hinted(value, field.data_type())
    }

    pub(super) fn enumeration(&mut self, field: &Field, path: &str, namespace: &str) -> Option<Slot> {
        let text = field.metadata().get(keys::ENUM)?;
        let object: Value = serde_json::from_str(text).ok()?;
        if object.get("closed") != Some(&Value::Bool(true)) {
            return None;
        }
        let symbols: Vec<&str> = object.get("symbols")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        let distinct: HashSet<&str> = symbols.iter().copied().collect();
        if distinct.len() != symbols.len() || !symbols.iter().all(|symbol| is_legal_name(symbol)) {
            return None;
        }
        let mut metadata = type_metadata(field.metadata());
        if let (Some(name), false) =
            (object.get("name").and_then(Value::as_str), metadata.contains_key(keys::AVRO_NAME))
        {
            let (namespace, name) = name.rsplit_once('.').unwrap_or(("", name));
            metadata.insert(keys::AVRO_NAME.to_owned(), name.to_owned());
            metadata.insert(keys::AVRO_NAMESPACE.to_owned(), namespace.to_owned());
        }
        let identity = Identity { data_type: field.data_type().clone(), metadata };
        Some(match self.name_type(&identity, path, namespace) {
            TypeName::Defined(full) => Slot::plain(json!(full)),
            TypeName::New(name, own) => {
                let mut head = self.head("enum", &name, &own, namespace, &identity.metadata);
                head.insert("symbols".to_owned(), json!(symbols));
                if let Some(default) = object.get("default").and_then(Value::as_str)
                    && distinct.contains(default)
                {
                    head.insert("default".to_owned(), json!(default));
                }
                self.put_props(&mut head, &identity.metadata);
                self.defined.insert(full(&own, &name), identity);
                Slot::plain(Value::Object(head))
            }
        })
    }

    pub(super) fn union(
        &mut self,
        field: &Field,
        fields: &UnionFields,
        mode: UnionMode,
        path: &str,
        namespace: &str,
        depth: usize,
    ) -> Result<Slot> {
        let mut hint = Attributes::new();
        let ids: Vec<String> = fields.iter().map(|(id, _)| id.to_string()).collect();
        if fields.iter().enumerate().any(|(index, (id, _))| usize::try_from(id) != Ok(index)) {
            hint.insert("ids".to_owned(), json!(ids.join(",")));
        }
        if mode == UnionMode::Sparse {
            hint.insert("arrow".to_owned(), json!("sparse_union"));
        } else if hint.contains_key("ids") {
            hint.insert("arrow".to_owned(), json!("dense_union"));
        }
        let names = self.names.clone();
        let mut branches = Vec::new();
        let mut hints = Vec::new();
        let mut seen = HashSet::new();
        // Inside a record that is a union, the null of a union would be one of its branches.
        let is_branch = self.branches == Some(depth);
        let mut distinct = !is_branch && fields.iter().filter(|(_, child)| !child.data_type().is_null()).count() > 1;
        for (_, child) in fields.iter() {
            // The branch itself is never optional: null is a branch of its own.
            let bare = child.as_ref().clone().with_nullable(false);
            let type_path = format!("{path}_{}", legal_name(child.name()));
            let mut slot = self.slot(&bare, &type_path, namespace, depth + 1);
            if let Ok(slot) = &mut slot {
                let natural = branch_key(&slot.value);
                distinct &= !slot.value.is_array() && !hides_nulls(child) && seen.insert(natural.clone());
                if natural != *child.name() {
                    slot.hint.insert("name".to_owned(), json!(child.name()));
                }
                if child.is_nullable() && !child.data_type().is_null() {
                    slot.hint.insert("nullable".to_owned(), json!(true));
                }
            }
            let slot = slot.map_err(|error| error.in_column(child.name()))?;
            branches.push(slot.value);
            hints.push(slot.hint);
        }
        if distinct {
            if hints.iter().any(|hint| !hint.is_empty()) {
                hint.insert("branches".to_owned(), json!(hints));
            }
            return Ok(Slot { value: Value::Array(branches), hint });
        }
        // Branches that Avro cannot tell apart: a record with one optional field per branch, one of them set.
        self.names = names;
        self.defined.retain(|name, _| self.names.contains(name));
        let children: Vec<Field> = fields.iter().map(|(_, child)| child.as_ref().clone().with_nullable(true)).collect();
        let mut hint = Attributes::new();
        hint.insert("arrow".to_owned(), json!("union"));
        hint.insert("ids".to_owned(), json!(ids.join(",")));
        if mode == UnionMode::Sparse {
            hint.insert("sparse".to_owned(), json!(true));
        }
        // In the record all are optional.
        let not_null = fields.iter().filter(|(_, child)| !child.is_nullable() && !child.data_type().is_null());
        let not_null: Vec<String> = not_null.map(|(id, _)| id.to_string()).collect();
        if !not_null.is_empty() {
            hint.insert("not_null".to_owned(), json!(not_null.join(",")));
        }
        let identity = Identity { data_type: field.data_type().clone(), metadata: type_metadata(field.metadata()) };
        let value = match self.name_type(&identity, path, namespace) {
            TypeName::Defined(full) => json!(full),
            TypeName::New(name, own) => {
                let outer = self.branches.replace(depth + 1);
                let defined = self.define_record(&children.into(), name, own, namespace, identity, depth);
                self.branches = outer;
                defined?
            }
        };
        Ok(Slot { value, hint })
    }

    /// A name for a named type: that of a type that is the same, or a new one.
    pub(super) fn name_type(&mut self, identity: &Identity, path: &str, enclosing: &str) -> TypeName {
        let (name, namespace) = match identity.metadata.get(keys::AVRO_NAME).filter(|name| is_legal_name(name)) {
            Some(name) => {
                let namespace = identity.metadata.get(keys::AVRO_NAMESPACE).cloned().unwrap_or_default();
                let legal = namespace.is_empty() || namespace.split('.').all(is_legal_name);
                let name = full(if legal { &namespace } else { enclosing }, name);
                if self.defined.get(&name) == Some(identity) {
                    return TypeName::Defined(name);
                }
                match name.rsplit_once('.') {
                    Some((namespace, name)) => (name.to_owned(), namespace.to_owned()),
                    None => (name, String::new()),
                }
            }
            None => (path.to_owned(), enclosing.to_owned()),
        };
        let name = if namespace.is_empty() && is_reserved(&name) { format!("{name}_") } else { name };
        let taken = unique(full(&namespace, &name), &mut self.names);
        let name = taken.rsplit_once('.').map_or(taken.as_str(), |(_, name)| name).to_owned();
        TypeName::New(name, namespace)
    }
}

/// Whether the nulls of a branch are those of runs: a union has no branch for them.
fn hides_nulls(branch: &Field) -> bool {
    matches!(branch.data_type(), DataType::RunEndEncoded(_, values) if values.is_nullable())
}

fn put_child(hint: &mut Attributes, key: &str, mut child: Attributes, name: &str, usual: &str) {
    if name != usual {
        child.insert("name".to_owned(), json!(name));
    }
    if !child.is_empty() {
        hint.insert(key.to_owned(), Value::Object(child));
    }
}

/// What reading calls this branch.
fn branch_key(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Object(object) => match object.get("type").and_then(Value::as_str) {
            Some("record" | "error" | "enum" | "fixed") => {
                let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
                full(text("namespace"), text("name"))
            }
            Some(name) => name.to_owned(),
            None => String::new(),
        },
        _ => String::new(),
    }
}
