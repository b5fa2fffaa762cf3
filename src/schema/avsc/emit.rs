//! From an Arrow schema to an Avro schema.

mod attributes;
mod nested;

use std::collections::{BTreeMap, HashMap, HashSet};

use arrow_schema::{DataType, Field, Fields, IntervalUnit, Metadata, Schema, TimeUnit};
use serde_json::{Value, json};

use super::keys;
use super::logical::fixed_precision_max;
use super::model::Attributes;
use super::names::{legal_name, legal_names};
use super::naming::{Naming, Types};
use super::parse::{is_legal_name, is_reserved};
use super::token::leaf_token;
use crate::column::decimal::PRECISION_256;
use crate::column::nesting::unencoded;
use crate::error::{Error, Result};
use attributes::{default_fits, first_branch, put_all};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 256;
/// The level of columns.
const COLUMN_DEPTH: usize = 1;
/// Bytes of a fixed for decimals that metadata may ask for: every value takes them.
const FIXED_DECIMAL_MAX: usize = 1024;

/// The JSON of an Avro schema for records of `schema`. With `props`, attributes that came with an Avro schema go
/// back into it.
///
/// # Errors
/// `Unsupported` for a type that Avro cannot hold, with the column.
pub(crate) fn emit(schema: &Schema, naming: &Naming, props: bool) -> Result<Value> {
    let mut emit = Emit {
        root: String::new(),
        hints: naming.hints,
        types: naming.types,
        props,
        names: HashSet::new(),
        defined: HashMap::new(),
        open: Vec::new(),
        branches: None,
    };
    let metadata = schema.metadata();
    if let ([only], Some("value")) = (&schema.fields()[..], metadata.get(keys::ROOT).map(String::as_str)) {
        let plain_root = !matches!(only.data_type(), DataType::Struct(_));
        if plain_root && only.name() == "value" {
            let enclosing = naming.namespace.clone().unwrap_or_default();
            let Slot { value, hint } = emit.slot(only, "value", &enclosing, 0).map_err(|e| e.in_column("value"))?;
            return Ok(if emit.hints { with_hint(value, hint) } else { value });
        }
    }
    let name = metadata.get(keys::AVRO_NAME).cloned().or_else(|| naming.name.clone());
    let namespace = metadata.get(keys::AVRO_NAMESPACE).cloned();
    let namespace = match metadata.contains_key(keys::AVRO_NAME) {
        true => namespace,
        false => namespace.or_else(|| naming.namespace.clone()),
    };
    let namespace = namespace.filter(|text| text.split('.').all(is_legal_name)).unwrap_or_default();
    let mut name = legal_name(name.as_deref().unwrap_or("record"));
    if namespace.is_empty() && is_reserved(&name) {
        name.push('_');
    }
    emit.root = full(&namespace, &name);
    emit.names.insert(emit.root.clone());
    let identity = Identity { data_type: DataType::Struct(schema.fields().clone()), metadata: type_metadata(metadata) };
    emit.define_record(schema.fields(), name, namespace, "", identity, 0)
}

struct Emit {
    /// Full name of the root record.
    root: String,
    hints: bool,
    types: Types,
    props: bool,
    /// Full names that are taken.
    names: HashSet<String>,
    /// What each full name stands for: a type that is the same is written once and referred to after.
    defined: HashMap<String, Identity>,
    /// Records being written, from the outside in.
    open: Vec<String>,
    /// How deep the fields are of the record that a union is being written as, if one is.
    branches: Option<usize>,
}

#[derive(PartialEq)]
struct Identity {
    data_type: DataType,
    metadata: BTreeMap<String, String>,
}

/// A type and the hints for the field that holds it.
struct Slot {
    value: Value,
    hint: Attributes,
}

impl Slot {
    fn plain(value: Value) -> Slot {
        Slot { value, hint: Attributes::new() }
    }
    fn hinted(value: Value, data_type: &DataType) -> Slot {
        let hint = leaf_token(data_type).map(|token| ("arrow".to_owned(), json!(token)));
        Slot { value, hint: hint.into_iter().collect() }
    }
}

fn full(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

/// A type at the root with a hint, where [`Document::hinted`](super::model::Document::hinted) looks for it.
fn with_hint(value: Value, hint: Attributes) -> Value {
    if hint.is_empty() {
        return value;
    }
    match value {
        Value::String(name) => json!({ "type": name, keys::HINT: hint }),
        Value::Object(mut object) => {
            // A named type may have one of its own, that its name was invented.
            if let Value::Object(all) = object.entry(keys::HINT).or_insert_with(|| json!({})) {
                all.extend(hint);
            }
            Value::Object(object)
        }
        // A union has no place for attributes, but its branches have.
        Value::Array(mut branches) => {
            if let Some(first) = branches.iter_mut().find(|branch| **branch != json!("null")) {
                *first = with_hint(first.take(), hint);
            }
            Value::Array(branches)
        }
        other => other,
    }
}

fn type_metadata(metadata: &Metadata) -> BTreeMap<String, String> {
    let of_type = [
        keys::AVRO_NAME,
        keys::AVRO_NAMESPACE,
        keys::AVRO_TYPE_DOC,
        keys::AVRO_TYPE_ALIASES,
        keys::AVRO_KIND,
        keys::AVRO_PROPS,
        keys::AVRO_LOGICAL,
        keys::AVRO_PHYSICAL,
        keys::ENUM,
        keys::EXTENSION_NAME,
    ];
    let pairs = metadata.iter().filter(|(key, _)| of_type.contains(&key.as_str()));
    pairs.map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Emit {
    fn define_record(
        &mut self,
        fields: &Fields,
        name: String,
        namespace: String,
        enclosing: &str,
        identity: Identity,
        depth: usize,
    ) -> Result<Value> {
        let kind = match identity.metadata.get(keys::AVRO_KIND).map(String::as_str) {
            Some("error") => "error",
            _ => "record",
        };
        let mut object = self.head(kind, &name, &namespace, enclosing, &identity.metadata);
        let full = full(&namespace, &name);
        self.open.push(full.clone());
        let mut list = Vec::with_capacity(fields.len());
        let legal = legal_names(fields.iter().map(|field| field.name().as_str()));
        for (field, legal) in fields.iter().zip(legal) {
            let value = self.field(field, legal, &name, &namespace, depth);
            list.push(value.map_err(|error| error.in_column(field.name()))?);
        }
        self.open.pop();
        object.insert("fields".to_owned(), Value::Array(list));
        self.put_props(&mut object, &identity.metadata);
        self.defined.insert(full, identity);
        Ok(Value::Object(object))
    }

    /// What every named type begins with.
    fn head(
        &self,
        kind: &str,
        name: &str,
        namespace: &str,
        enclosing: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Attributes {
        let mut object = Attributes::new();
        object.insert("type".to_owned(), json!(kind));
        object.insert("name".to_owned(), json!(name));
        if namespace != enclosing {
            object.insert("namespace".to_owned(), json!(namespace));
        }
        if self.hints && !metadata.contains_key(keys::AVRO_NAME) && !self.names_root(namespace, name) {
            object.insert(keys::HINT.to_owned(), json!({ "unnamed": true }));
        }
        if let Some(doc) = metadata.get(keys::AVRO_TYPE_DOC) {
            object.insert("doc".to_owned(), json!(doc));
        }
        if let Some(aliases) = metadata.get(keys::AVRO_TYPE_ALIASES).and_then(|text| names_in(text)) {
            object.insert("aliases".to_owned(), json!(aliases));
        }
        object
    }

    fn names_root(&self, namespace: &str, name: &str) -> bool {
        self.root == full(namespace, name)
    }

    fn field(&mut self, field: &Field, legal: String, record: &str, namespace: &str, depth: usize) -> Result<Value> {
        let metadata = field.metadata();
        let path = format!("{record}_{legal}");
        let Slot { value, mut hint } = self.slot(field, &path, namespace, depth + 1)?;
        if legal != *field.name() {
            hint.insert("name".to_owned(), json!(field.name()));
        }
        let mut object = Attributes::new();
        object.insert("name".to_owned(), json!(legal));
        if let Some(doc) = metadata.get(keys::DOC) {
            object.insert("doc".to_owned(), json!(doc));
        }
        let given = metadata.get(keys::DEFAULT).and_then(|text| serde_json::from_str(text).ok());
        let default = match given {
            Some(default) if default_fits(&default, &value) => Some(default),
            // A field that may be null and never said otherwise can be left out by writers.
            None if first_branch(&value) == &json!("null") && !metadata.contains_key(keys::AVRO_NULL_INDEX) => {
                value.is_array().then_some(Value::Null)
            }
            _ => None,
        };
        object.insert("type".to_owned(), value);
        if let Some(default) = default {
            object.insert("default".to_owned(), default);
        }
        let mut aliases = metadata.get(keys::ALIASES).and_then(|text| names_in(text)).unwrap_or_default();
        let former = metadata.get(keys::FORMER).and_then(|text| names_in(text)).unwrap_or_default();
        aliases.extend(former);
        if !aliases.is_empty() {
            object.insert("aliases".to_owned(), json!(aliases));
        }
        if let Some(order @ ("ascending" | "descending" | "ignore")) =
            metadata.get(keys::AVRO_ORDER).map(String::as_str)
        {
            object.insert("order".to_owned(), json!(order));
        }
        if let Some(props) = metadata.get(keys::AVRO_FIELD_PROPS).filter(|_| self.props) {
            put_all(&mut object, props);
        }
        if self.hints && !hint.is_empty() {
            object.insert(keys::HINT.to_owned(), Value::Object(hint));
        }
        Ok(Value::Object(object))
    }

    /// The type for a place where a value stands, null branch included.
    fn slot(&mut self, field: &Field, path: &str, namespace: &str, depth: usize) -> Result<Slot> {
        if depth > DEPTH_MAX {
            return Err(Error::limit(format!("the schema is nested deeper than {DEPTH_MAX} levels")));
        }
        let metadata = field.metadata();
        let mut slot = self.value(field, field.data_type(), path, namespace, depth)?;
        let optional = match field.data_type() {
            encoded if unencoded(encoded).is_null() => false,
            DataType::Union(children, _) => {
                let has_null = children.iter().any(|(_, child)| child.data_type().is_null());
                // A branch of a union that is a record: null where another branch is set.
                let is_branch = self.branches == Some(depth);
                if field.is_nullable() && !is_branch && !(has_null && slot.value.is_array()) {
                    slot.hint.insert("nullable".to_owned(), json!(true));
                }
                is_branch
            }
            DataType::RunEndEncoded(_, values) => {
                field.is_nullable() || (values.is_nullable() && depth <= COLUMN_DEPTH)
            }
            _ => field.is_nullable(),
        };
        if optional {
            slot.value = match metadata.get(keys::AVRO_NULL_INDEX).map(String::as_str) {
                Some("1") => json!([slot.value, "null"]),
                _ => json!(["null", slot.value]),
            };
        } else if metadata.get(keys::AVRO_PHYSICAL_UNION).is_some_and(|text| text == "union1") && !slot.value.is_array()
        {
            slot.value = json!([slot.value]);
        }
        let foreign: BTreeMap<&String, &String> = foreign(field).collect();
        if !foreign.is_empty() {
            slot.hint.insert("metadata".to_owned(), json!(foreign));
        }
        Ok(slot)
    }

    fn value(
        &mut self,
        field: &Field,
        data_type: &DataType,
        path: &str,
        namespace: &str,
        depth: usize,
    ) -> Result<Slot> {
        let metadata = field.metadata();
        let logical = |kind: &str, name: &str| json!({ "type": kind, "logicalType": name });
        let mut slot = match data_type {
            DataType::Null => Slot::plain(json!("null")),
            DataType::Boolean => Slot::plain(json!("boolean")),
            DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => {
                Slot::hinted(json!("int"), data_type)
            }
            DataType::Int32 => Slot::plain(json!("int")),
            DataType::Int64 => Slot::plain(json!("long")),
            DataType::UInt32 | DataType::Duration(_) => Slot::hinted(json!("long"), data_type),
            DataType::UInt64 if self.types.uint64_long => Slot::hinted(json!("long"), data_type),
            DataType::UInt64 => Slot::hinted(decimal_of(20, 0), data_type),
            DataType::Float16 => Slot::hinted(json!("float"), data_type),
            DataType::Float32 => Slot::plain(json!("float")),
            DataType::Float64 => Slot::plain(json!("double")),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => self.text(metadata, data_type)?,
            DataType::Binary if metadata.contains_key(keys::LOWERED) => match self.recursion(metadata) {
                Some(name) => Slot::plain(json!(name)),
                None => Slot::plain(json!("bytes")),
            },
            DataType::Binary => Slot::plain(json!("bytes")),
            DataType::LargeBinary | DataType::BinaryView => Slot::hinted(json!("bytes"), data_type),
            DataType::FixedSizeBinary(16) if is_uuid(field) => {
                let fixed = metadata.get(keys::AVRO_PHYSICAL).is_some_and(|physical| physical == "fixed:16");
                match fixed || self.types.uuid_fixed {
                    true => self.fixed(field, 16, &[("logicalType", json!("uuid"))], path, namespace),
                    false => Slot::plain(logical("string", "uuid")),
                }
            }
            DataType::FixedSizeBinary(size) => {
                let size = usize::try_from(*size).map_err(|_| Error::unsupported("a fixed size below zero"))?;
                self.fixed(field, size, &[], path, namespace)
            }
            DataType::Date32 => Slot::plain(logical("int", "date")),
            DataType::Date64 if self.types.date64_timestamp => {
                Slot::hinted(logical("long", "local-timestamp-millis"), data_type)
            }
            DataType::Date64 => Slot::hinted(logical("int", "date"), data_type),
            DataType::Time32(TimeUnit::Millisecond) => Slot::plain(logical("int", "time-millis")),
            DataType::Time32(_) => Slot::hinted(logical("int", "time-millis"), data_type),
            DataType::Time64(TimeUnit::Microsecond) => Slot::plain(logical("long", "time-micros")),
            DataType::Time64(_) if self.types.time_ns_long => Slot::hinted(json!("long"), data_type),
            DataType::Time64(_) => Slot::hinted(logical("long", "time-micros"), data_type),
            DataType::Timestamp(unit, zone) => timestamp(*unit, zone.as_deref(), metadata, data_type),
            DataType::Interval(_) if self.types.interval_record => self.interval(field, path, namespace),
            DataType::Interval(unit) => {
                let mut slot = self.fixed(field, 12, &[("logicalType", json!("duration"))], path, namespace);
                if *unit != IntervalUnit::MonthDayNano {
                    slot.hint = Slot::hinted(Value::Null, data_type).hint;
                }
                slot
            }
            DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => {
                let mut slot = self.decimal(field, *p, *s, path, namespace)?;
                slot.hint = Slot::hinted(Value::Null, data_type).hint;
                slot
            }
            DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => {
                let mut slot = self.decimal(field, *p, *s, path, namespace)?;
                if *s < 0 || (*p <= 38 && matches!(data_type, DataType::Decimal256(..))) {
                    slot.hint = Slot::hinted(Value::Null, data_type).hint;
                }
                slot
            }
            DataType::List(item) => self.list(item, None, path, namespace, depth)?,
            DataType::LargeList(item) => self.list(item, Some("large_list".into()), path, namespace, depth)?,
            DataType::ListView(item) => self.list(item, Some("list_view".into()), path, namespace, depth)?,
            DataType::LargeListView(item) => self.list(item, Some("large_list_view".into()), path, namespace, depth)?,
            DataType::FixedSizeList(item, n) => {
                self.list(item, Some(format!("fixed_size_list[{n}]")), path, namespace, depth)?
            }
            DataType::Map(entries, sorted) => self.map(entries, *sorted, path, namespace, depth)?,
            DataType::Struct(fields) => {
                let identity = Identity { data_type: data_type.clone(), metadata: type_metadata(metadata) };
                match self.name_type(&identity, path, namespace) {
                    TypeName::Defined(full) => Slot::plain(json!(full)),
                    TypeName::New(name, own) => {
                        Slot::plain(self.define_record(fields, name, own, namespace, identity, depth)?)
                    }
                }
            }
            DataType::Union(fields, mode) => self.union(field, fields, *mode, path, namespace, depth)?,
            DataType::Dictionary(key, value) => {
                let enumeration = match value.as_ref() {
                    DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                        self.enumeration(field, path, namespace)
                    }
                    _ => None,
                };
                let is_enum = enumeration.is_some();
                let mut slot = match enumeration {
                    Some(slot) => slot,
                    None => self.value(field, value, path, namespace, depth)?,
                };
                if !(is_enum && **key == DataType::Int32) {
                    slot.hint.insert("dictionary".to_owned(), json!(leaf_token(key)));
                }
                return Ok(slot);
            }
            DataType::RunEndEncoded(ends, values) => {
                let mut slot = self.value(values, values.data_type(), path, namespace, depth)?;
                slot.hint.insert("run_ends".to_owned(), json!(leaf_token(ends.data_type())));
                let mut of_values = Attributes::new();
                let foreign: BTreeMap<&String, &String> = foreign(values).collect();
                if !foreign.is_empty() {
                    of_values.insert("metadata".to_owned(), json!(foreign));
                }
                if values.is_nullable() && !field.is_nullable() {
                    match depth <= COLUMN_DEPTH {
                        // Runs have no nulls but those of their values, whatever the column says.
                        true => slot.hint.insert("nullable".to_owned(), json!(false)),
                        // Lists and structs want to know of what they hold that it is never null: the data says so.
                        false => of_values.insert("nullable".to_owned(), json!(true)),
                    };
                }
                if !of_values.is_empty() {
                    slot.hint.insert("values".to_owned(), Value::Object(of_values));
                }
                return Ok(slot);
            }
        };
        if self.props
            && !matches!(data_type, DataType::Struct(_))
            && let Some(props) = metadata.get(keys::AVRO_PROPS)
        {
            slot.value = match slot.value {
                // A name of a defined type takes no attributes; a primitive does.
                Value::String(name) if !self.names.contains(&name) => {
                    let mut object = Attributes::new();
                    object.insert("type".to_owned(), json!(name));
                    put_all(&mut object, props);
                    Value::Object(object)
                }
                Value::Object(mut object) => {
                    put_all(&mut object, props);
                    Value::Object(object)
                }
                other => other,
            };
        }
        Ok(slot)
    }

    fn put_props(&self, object: &mut Attributes, metadata: &BTreeMap<String, String>) {
        if let Some(props) = metadata.get(keys::AVRO_PROPS).filter(|_| self.props) {
            put_all(object, props);
        }
    }

    fn text(&mut self, metadata: &Metadata, data_type: &DataType) -> Result<Slot> {
        if *data_type == DataType::Utf8 {
            if let Some(name) = self.recursion(metadata) {
                return Ok(Slot::plain(json!(name)));
            }
            let logical = metadata.get(keys::LOGICAL).map(String::as_str);
            if logical == Some("uuid-text") {
                return Ok(Slot::plain(json!({ "type": "string", "logicalType": "uuid" })));
            }
            if logical == Some("big-decimal") {
                return Ok(Slot::plain(json!({ "type": "bytes", "logicalType": "big-decimal" })));
            }
            if let Some((precision, scale)) = logical.and_then(parse_decimal) {
                return Ok(Slot::plain(decimal_of(precision, scale)));
            }
            return Ok(Slot::plain(json!("string")));
        }
        Ok(Slot::hinted(json!("string"), data_type))
    }

    /// The enclosing record that a cut recursion goes back to, if it is being written.
    fn recursion(&self, metadata: &Metadata) -> Option<String> {
        let name = metadata.get(keys::LOWERED)?.strip_prefix("recursion:")?;
        self.open.iter().any(|open| open == name).then(|| name.to_owned())
    }

    fn fixed(&mut self, field: &Field, size: usize, more: &[(&str, Value)], path: &str, namespace: &str) -> Slot {
        let identity = Identity { data_type: field.data_type().clone(), metadata: type_metadata(field.metadata()) };
        match self.name_type(&identity, path, namespace) {
            TypeName::Defined(full) => Slot::plain(json!(full)),
            TypeName::New(name, own) => {
                let mut object = self.head("fixed", &name, &own, namespace, &identity.metadata);
                object.insert("size".to_owned(), json!(size));
                for (key, value) in more {
                    object.insert((*key).to_owned(), value.clone());
                }
                self.defined.insert(full(&own, &name), identity);
                Slot::plain(Value::Object(object))
            }
        }
    }

    fn decimal(&mut self, field: &Field, p: u8, s: i8, path: &str, namespace: &str) -> Result<Slot> {
        let (precision, scale) = match usize::try_from(s) {
            Ok(scale) => (usize::from(p), scale),
            Err(_) => (usize::from(p) + usize::from(s.unsigned_abs()), 0),
        };
        // More digits than reading gives a decimal for: all of them, as text.
        if precision > usize::from(PRECISION_256) {
            return Ok(Slot::plain(json!("string")));
        }
        if scale > precision {
            return Err(Error::unsupported(format!("a decimal of {p} digits with {s} of them behind the point"))
                .with_hint("Avro wants at least as many digits as stand behind the point"));
        }
        let size = field.metadata().get(keys::AVRO_PHYSICAL).and_then(|text| text.strip_prefix("fixed:"));
        let suits = |size: &usize| *size <= FIXED_DECIMAL_MAX && fixed_precision_max(*size) >= precision;
        let size = size.and_then(|text| text.parse::<usize>().ok()).filter(suits);
        let fewest = || (1..=33).find(|n| fixed_precision_max(*n) >= precision);
        let size = size.or_else(|| if self.types.decimal_fixed { fewest() } else { None });
        Ok(match size {
            Some(size) => {
                let more =
                    [("logicalType", json!("decimal")), ("precision", json!(precision)), ("scale", json!(scale))];
                self.fixed(field, size, &more, path, namespace)
            }
            None => Slot::plain(decimal_of(precision, scale)),
        })
    }
}

enum TypeName {
    /// Written before: a reference.
    Defined(String),
    /// Name and namespace.
    New(String, String),
}

/// Metadata that only a hint can hold.
fn foreign(field: &Field) -> impl Iterator<Item = (&String, &String)> {
    let uuid = is_uuid(field);
    field.metadata().iter().filter(move |(key, value)| {
        let ours = key.starts_with(keys::PREFIX) || key.starts_with(keys::AVRO_PREFIX);
        let known = uuid && *key == keys::EXTENSION_NAME && *value == "arrow.uuid";
        !ours && !known
    })
}

/// Whether a field has metadata that only a hint can hold.
#[cfg(feature = "avro")]
pub(crate) fn has_foreign_metadata(field: &Field) -> bool {
    foreign(field).next().is_some()
}

fn is_uuid(field: &Field) -> bool {
    field.metadata().get(keys::EXTENSION_NAME).is_some_and(|name| name == "arrow.uuid")
        && matches!(field.data_type(), DataType::FixedSizeBinary(16))
}

fn decimal_of(precision: usize, scale: usize) -> Value {
    json!({ "type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale })
}

fn timestamp(unit: TimeUnit, zone: Option<&str>, metadata: &Metadata, data_type: &DataType) -> Slot {
    let name = match unit {
        TimeUnit::Second | TimeUnit::Millisecond => "millis",
        TimeUnit::Microsecond => "micros",
        TimeUnit::Nanosecond => "nanos",
    };
    let iceberg = metadata.get(keys::AVRO_LOGICAL).is_some_and(|text| text == "adjust-to-utc:false");
    let value = match zone {
        None if iceberg => {
            json!({ "type": "long", "logicalType": format!("timestamp-{name}"), "adjust-to-utc": false })
        }
        None => json!({ "type": "long", "logicalType": format!("local-timestamp-{name}") }),
        Some(_) => json!({ "type": "long", "logicalType": format!("timestamp-{name}") }),
    };
    match (unit, zone) {
        (TimeUnit::Second, _) => Slot::hinted(value, data_type),
        (_, None | Some("UTC")) => Slot::plain(value),
        _ => Slot::hinted(value, data_type),
    }
}

/// `decimal(100,5)` with more digits than Arrow's decimals hold.
pub(crate) fn parse_decimal(text: &str) -> Option<(usize, usize)> {
    let (precision, scale) = text.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
    let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    (precision > 76 && scale <= precision).then_some((precision, scale))
}

fn names_in(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> = serde_json::from_str(text).ok()?;
    let legal = |name: &String| name.split('.').all(is_legal_name);
    (!names.is_empty() && names.iter().all(legal)).then_some(names)
}
