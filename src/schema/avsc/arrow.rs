//! From an Avro schema to an Arrow schema.

use std::sync::Arc;

use arrow_schema::{
    DataType, Field, FieldRef, Fields, IntervalUnit, Metadata, Schema, TimeUnit, UnionFields, UnionMode,
};
use serde_json::{Value, json};

use super::hint::Hint;
use super::keys;
use super::model::{Attributes, Document, Field as AvroField, Kind, Logical, Named, Node, Shape, Unit};
use crate::code::Code;
use crate::error::{Error, Result};

/// What a field that closes a recursion holds: Arrow types are finite, so it is cut there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recursion {
    /// The datum in Avro's JSON encoding, extension type `arrow.json`.
    #[default]
    Json,
    /// The bytes of the datum.
    Bytes,
}

/// How to read an Avro schema as an Arrow schema.
#[derive(Clone, Debug)]
pub struct ToArrow {
    /// Whether the hints that this crate wrote are used.
    pub hints: bool,
    /// What becomes of recursion.
    pub recursion: Recursion,
    /// Levels of nesting at most.
    pub depth_max: usize,
    /// Whether UUIDs that are written as text stay text, whatever it says.
    pub uuid_text: bool,
    /// Paths of columns whose hints the data was found not to keep: theirs, and those inside, are not used.
    pub distrusted: Vec<String>,
    /// Paths of text columns that are read as bytes, because they hold what is not UTF-8.
    pub not_text: Vec<String>,
}

impl Default for ToArrow {
    fn default() -> Self {
        ToArrow {
            hints: true,
            recursion: Recursion::Json,
            depth_max: 256,
            uuid_text: false,
            distrusted: Vec::new(),
            not_text: Vec::new(),
        }
    }
}

/// Notes made on the way: a code and the path of the column.
pub type Notes = Vec<(Code, String)>;

/// Fields of all nested types at most: named types that are used again and again can unfold without bound.
const FIELDS_MAX: usize = 1 << 18;

/// The Arrow schema of a document.
///
/// # Errors
/// `Limit` if it is nested too deep or unfolds to too many fields; `Unsupported` for a union of more than 127 types.
pub fn to_arrow(document: &Document, options: &ToArrow) -> Result<(Schema, Notes)> {
    let mut walk = Walk { document, options, open: Vec::new(), fields: 0, notes: Notes::new() };
    let mut metadata = Metadata::from([
        (keys::SOURCE.to_owned(), "avro".to_owned()),
        (keys::AVRO_SCHEMA.to_owned(), document.text.clone()),
    ]);
    let fields = match document.named(&document.root) {
        Some(named @ Named { shape: Shape::Record { fields, .. }, .. }) => {
            if let Kind::Named(id) = document.root.kind {
                walk.open.push(id);
            }
            put_type(&mut metadata, named);
            walk.record(fields, "", 0)?
        }
        _ => {
            metadata.insert(keys::ROOT.to_owned(), "value".to_owned());
            let hint = Hint::new(document.hinted().get(keys::HINT).filter(|_| options.hints));
            vec![Arc::new(walk.slot(&document.root, "value", hint, "value", 0)?)].into()
        }
    };
    Ok((Schema::new_with_metadata(fields, metadata), walk.notes))
}

struct Walk<'a> {
    document: &'a Document,
    options: &'a ToArrow,
    /// Records that the walk is inside of.
    open: Vec<usize>,
    fields: usize,
    notes: Notes,
}

/// A type and what its field must remember.
struct Natural {
    data_type: DataType,
    metadata: Metadata,
}

impl Natural {
    fn new(data_type: DataType) -> Self {
        Natural { data_type, metadata: Metadata::default() }
    }
    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }
}

impl Walk<'_> {
    fn record(&mut self, fields: &[AvroField], path: &str, depth: usize) -> Result<Fields> {
        let mut found = Vec::with_capacity(fields.len());
        for field in fields {
            let hint = if self.options.hints { Hint::new(field.attributes.get(keys::HINT)) } else { Hint::default() };
            let name = hint.text("name").unwrap_or(&field.name);
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let arrow = self.slot(&field.node, name, hint, &path, depth)?;
            let mut metadata = arrow.metadata().clone();
            let mut put = |key: &str, value: String| {
                metadata.insert(key.to_owned(), value);
            };
            if let Some(doc) = &field.doc {
                put(keys::DOC, doc.clone());
            }
            if !field.aliases.is_empty() {
                put(keys::ALIASES, json!(field.aliases).to_string());
            }
            // As above: a default of null goes without saying.
            let holds_null = arrow.is_nullable() || hint.is_unset("nullable");
            let usual = matches!(field.default, Some(Value::Null)) && holds_null;
            if let Some(default) = field.default.as_ref().filter(|_| !usual) {
                put(keys::DEFAULT, default.to_string());
            }
            if let Some(order) = &field.order {
                put(keys::AVRO_ORDER, order.clone());
            }
            if let Some(props) = props(&field.attributes) {
                put(keys::AVRO_FIELD_PROPS, props);
            }
            found.push(Arc::new(arrow.with_metadata(metadata)));
        }
        Ok(found.into())
    }

    /// The field for a place where a value stands: a field of a record, an item, a value, a branch.
    fn slot(&mut self, node: &Node, name: &str, hint: Hint<'_>, path: &str, depth: usize) -> Result<Field> {
        self.fields += 1;
        if self.fields > FIELDS_MAX {
            return Err(Error::limit(format!("the Avro schema unfolds to more than {FIELDS_MAX} fields")));
        }
        if depth >= self.options.depth_max {
            return Err(Error::limit(format!(
                "the Avro schema is nested deeper than {} levels",
                self.options.depth_max
            ))
            .with_hint("raise the limit with --max-depth"));
        }
        let hint = if covers(&self.options.distrusted, path) {
            if !hint.is_none() {
                self.notes.push((Code::Hint, path.to_owned()));
            }
            Hint::default()
        } else {
            hint
        };
        let (natural, nullable) = match &node.kind {
            Kind::Union(branches) => self.union(branches, hint, path, depth)?,
            _ => (self.natural(node, hint, path, depth)?, node.kind == Kind::Null),
        };
        let Natural { data_type, mut metadata } = natural;
        let data_type = hint.apply(&data_type).unwrap_or_else(|| {
            self.notes.push((Code::Hint, path.to_owned()));
            data_type
        });
        let data_type = match &data_type {
            DataType::RunEndEncoded(ends, values) => {
                let values = values_of_runs(values, nullable, &mut metadata, hint);
                DataType::RunEndEncoded(ends.clone(), Arc::new(values))
            }
            _ => data_type,
        };
        metadata.extend(hint.metadata());
        // A claim that values may be null is harmless where they are not: unions cannot say it in Avro. Nor does it
        // matter what a column of runs says: their nulls are those of their values.
        let runs = depth == 0 && matches!(data_type, DataType::RunEndEncoded(..));
        let nullable = (nullable && !(runs && hint.is_unset("nullable"))) || hint.is_set("nullable");
        Ok(Field::new(name, data_type, nullable).with_metadata(metadata))
    }

    fn union(&mut self, branches: &[Node], hint: Hint<'_>, path: &str, depth: usize) -> Result<(Natural, bool)> {
        let null = branches.iter().position(|branch| branch.kind == Kind::Null);
        let mut others = branches.iter().filter(|branch| branch.kind != Kind::Null);
        match (others.next(), others.next(), null) {
            (None, _, _) => Ok((Natural::new(DataType::Null).with(keys::AVRO_PHYSICAL_UNION, "union1"), true)),
            (Some(only), None, None) => {
                Ok((self.natural(only, hint, path, depth)?.with(keys::AVRO_PHYSICAL_UNION, "union1"), false))
            }
            (Some(only), None, Some(null)) => {
                let natural = self.natural(only, hint, path, depth)?;
                // Null first is what a writer makes of a column that may be null.
                Ok((if null == 0 { natural } else { natural.with(keys::AVRO_NULL_INDEX, null.to_string()) }, true))
            }
            _ => {
                if branches.len() > 127 {
                    return Err(Error::unsupported(format!("a union of {} types; at most 127", branches.len())));
                }
                let mut fields = Vec::with_capacity(branches.len());
                for (index, branch) in branches.iter().enumerate() {
                    let hint = hint.branch(index);
                    let branch_name = self.document.branch_name(branch);
                    let name = hint.text("name").unwrap_or(&branch_name);
                    fields.push(self.slot(branch, name, hint, &format!("{path}.{name}"), depth + 1)?);
                }
                let ids = 0..branches.len() as i8;
                let fields = UnionFields::try_new(ids, fields)
                    .map_err(|error| Error::internal("a union of Avro types").with_cause(error))?;
                Ok((Natural::new(DataType::Union(fields, UnionMode::Dense)), null.is_some()))
            }
        }
    }

    fn natural(&mut self, node: &Node, hint: Hint<'_>, path: &str, depth: usize) -> Result<Natural> {
        let logical = self.document.logical(node);
        if let Logical::Ignored(_) = logical {
            self.notes.push((Code::Hint, path.to_owned()));
        }
        let mut found = match (&node.kind, logical) {
            (Kind::Null, _) => Natural::new(DataType::Null),
            (Kind::Boolean, _) => Natural::new(DataType::Boolean),
            (Kind::Int, Logical::Date) => Natural::new(DataType::Date32),
            (Kind::Int, Logical::Time(_)) => Natural::new(DataType::Time32(TimeUnit::Millisecond)),
            (Kind::Int, _) => Natural::new(DataType::Int32),
            (Kind::Long, Logical::Time(_)) => Natural::new(DataType::Time64(TimeUnit::Microsecond)),
            (Kind::Long, Logical::Timestamp { unit, utc, local }) => {
                let natural = Natural::new(DataType::Timestamp(time_unit(*unit), utc.then(|| "UTC".into())));
                if !*utc && !*local { natural.with(keys::AVRO_LOGICAL, "adjust-to-utc:false") } else { natural }
            }
            (Kind::Long, _) => Natural::new(DataType::Int64),
            (Kind::Float, _) => Natural::new(DataType::Float32),
            (Kind::Double, _) => Natural::new(DataType::Float64),
            (Kind::Bytes, Logical::Decimal { precision, scale }) => decimal(*precision, *scale),
            (Kind::Bytes, Logical::BigDecimal) => Natural::new(DataType::Utf8).with(keys::LOGICAL, "big-decimal"),
            (Kind::Bytes, _) => Natural::new(DataType::Binary),
            (Kind::String, Logical::Uuid) if self.options.uuid_text => {
                Natural::new(DataType::Utf8).with(keys::LOGICAL, "uuid-text")
            }
            (Kind::String, Logical::Uuid) => uuid(),
            (Kind::String, _) if covers(&self.options.not_text, path) => Natural::new(DataType::Binary),
            (Kind::String, _) => Natural::new(DataType::Utf8),
            (Kind::Array(items), Logical::Map) => match self.map_entries(items, hint, path, depth)? {
                Some(entries) => Natural::new(entries),
                None => self.list(items, hint, path, depth)?,
            },
            (Kind::Array(items), _) => self.list(items, hint, path, depth)?,
            (Kind::Map(values), _) => {
                let key_hint = hint.child("key");
                let key = Field::new(key_hint.text("name").unwrap_or("key"), DataType::Utf8, false);
                let key_type = key_hint.apply(&DataType::Utf8).unwrap_or(DataType::Utf8);
                let key = key.with_data_type(key_type).with_metadata(key_hint.metadata());
                let value_hint = hint.child("value");
                let name = value_hint.text("name").unwrap_or("value");
                let value = self.slot(values, name, value_hint, &format!("{path}.{{}}"), depth + 1)?;
                Natural::new(map_of(key, value, hint))
            }
            (Kind::Named(id), logical) => self.named(*id, logical, path, depth)?,
            (Kind::Union(_), _) => return Err(Error::internal("a union inside a union")),
        };
        if !matches!(node.kind, Kind::Named(_)) {
            put_attributes(&mut found.metadata, logical, &node.attributes);
        }
        Ok(found)
    }

    fn list(&mut self, items: &Node, hint: Hint<'_>, path: &str, depth: usize) -> Result<Natural> {
        let hint = hint.child("item");
        let name = hint.text("name").unwrap_or("item");
        let item = self.slot(items, name, hint, &format!("{path}[]"), depth + 1)?;
        Ok(Natural::new(DataType::List(Arc::new(item))))
    }

    /// The map that an array of key-value records stands for; `None` if the keys may be null.
    fn map_entries(&mut self, items: &Node, hint: Hint<'_>, path: &str, depth: usize) -> Result<Option<DataType>> {
        let Kind::Named(id) = items.kind else { return Ok(None) };
        if self.open.contains(&id) {
            return Ok(None);
        }
        let Some([key, value]) = self.document.fields(items) else { return Ok(None) };
        self.open.push(id);
        let fields = self.record(&[key.clone(), value.clone()], path, depth + 1);
        self.open.pop();
        let fields = fields?;
        if fields[0].is_nullable() {
            return Ok(None);
        }
        let mut metadata = Metadata::default();
        if let Some(named) = self.document.named(items)
            && !(self.options.hints && Hint::new(named.attributes.get(keys::HINT)).is_set("unnamed"))
        {
            put_type(&mut metadata, named);
        }
        let name = hint.text("entries").unwrap_or("entries");
        let entries = Field::new(name, DataType::Struct(fields), false).with_metadata(metadata);
        Ok(Some(DataType::Map(Arc::new(entries), false)))
    }

    fn named(&mut self, id: usize, logical: &Logical, path: &str, depth: usize) -> Result<Natural> {
        let document = self.document;
        let named = document.types.get(id).ok_or_else(|| Error::internal("a type that is not there"))?;
        if self.open.contains(&id) {
            let lowered = format!("recursion:{}", named.name.full());
            return Ok(match self.options.recursion {
                Recursion::Json => Natural::new(DataType::Utf8).with(keys::EXTENSION_NAME, "arrow.json"),
                Recursion::Bytes => Natural::new(DataType::Binary),
            }
            .with(keys::LOWERED, lowered));
        }
        let mut found = match (&named.shape, logical) {
            (Shape::Record { fields, .. }, _) => {
                self.open.push(id);
                let fields = self.record(fields, path, depth + 1);
                self.open.pop();
                Natural::new(DataType::Struct(fields?))
            }
            (Shape::Enum { symbols, default }, _) => {
                let mut text = json!({ "name": named.name.full(), "symbols": symbols, "closed": true });
                if let (Some(default), Value::Object(object)) = (default, &mut text) {
                    object.insert("default".to_owned(), json!(default));
                }
                Natural::new(DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))
                    .with(keys::ENUM, text.to_string())
            }
            (Shape::Fixed(_), Logical::Uuid) => uuid().with(keys::AVRO_PHYSICAL, "fixed:16"),
            (Shape::Fixed(_), Logical::Duration) => Natural::new(DataType::Interval(IntervalUnit::MonthDayNano)),
            (Shape::Fixed(size), Logical::Decimal { precision, scale }) => {
                decimal(*precision, *scale).with(keys::AVRO_PHYSICAL, format!("fixed:{size}"))
            }
            (Shape::Fixed(size), _) => {
                let size = i32::try_from(*size).map_err(|_| Error::unsupported(format!("a fixed of {size} bytes")))?;
                Natural::new(DataType::FixedSizeBinary(size))
            }
        };
        // A name that a writer had to make up says nothing about the column.
        let made_up = self.options.hints && Hint::new(named.attributes.get(keys::HINT)).is_set("unnamed");
        if !made_up {
            put_type(&mut found.metadata, named);
        }
        Ok(found)
    }
}

/// Whether a path is one of `paths`, or below one.
fn covers(paths: &[String], path: &str) -> bool {
    let below = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
    paths.iter().any(|of| path.strip_prefix(of.as_str()).is_some_and(below))
}

/// The field of the values of runs: what the type says of them stands there, not with the column.
fn values_of_runs(values: &Field, nullable: bool, metadata: &mut Metadata, hint: Hint<'_>) -> Field {
    let mut inside = Metadata::default();
    if !metadata.contains_key(keys::LOWERED) {
        for key in [keys::EXTENSION_NAME, keys::LOGICAL] {
            if let Some(value) = metadata.remove(key) {
                inside.insert(key, value);
            }
        }
    }
    let of_values = hint.child("values");
    inside.extend(of_values.metadata());
    values.clone().with_nullable(nullable || of_values.is_set("nullable")).with_metadata(inside)
}

fn map_of(key: Field, value: Field, hint: Hint<'_>) -> DataType {
    let fields: Fields = vec![Arc::new(key) as FieldRef, Arc::new(value)].into();
    let entries = Field::new(hint.text("entries").unwrap_or("entries"), DataType::Struct(fields), false);
    DataType::Map(Arc::new(entries), false)
}

fn time_unit(unit: Unit) -> TimeUnit {
    match unit {
        Unit::Millis => TimeUnit::Millisecond,
        Unit::Micros => TimeUnit::Microsecond,
        Unit::Nanos => TimeUnit::Nanosecond,
    }
}

fn uuid() -> Natural {
    Natural::new(DataType::FixedSizeBinary(16)).with(keys::EXTENSION_NAME, "arrow.uuid")
}

/// Decimals beyond 76 digits have no Arrow type: exact text.
fn decimal(precision: usize, scale: usize) -> Natural {
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(p), Ok(s)) if p <= 38 => Natural::new(DataType::Decimal128(p, s)),
        (Ok(p), Ok(s)) if p <= 76 => Natural::new(DataType::Decimal256(p, s)),
        _ => Natural::new(DataType::Utf8).with(keys::LOGICAL, format!("decimal({precision},{scale})")),
    }
}

/// What a named type says about itself.
fn put_type(metadata: &mut Metadata, named: &Named) {
    let mut put = |key: &str, value: String| {
        metadata.insert(key.to_owned(), value);
    };
    put(keys::AVRO_NAME, named.name.name.clone());
    if !named.name.namespace.is_empty() {
        put(keys::AVRO_NAMESPACE, named.name.namespace.clone());
    }
    if let Some(doc) = &named.doc {
        put(keys::AVRO_TYPE_DOC, doc.clone());
    }
    if !named.aliases.is_empty() {
        let aliases: Vec<String> = named.aliases.iter().map(|alias| alias.full()).collect();
        put(keys::AVRO_TYPE_ALIASES, json!(aliases).to_string());
    }
    if let Shape::Record { error: true, .. } = named.shape {
        put(keys::AVRO_KIND, "error".to_owned());
    }
    put_attributes(metadata, &named.logical, &named.attributes);
}

fn put_attributes(metadata: &mut Metadata, logical: &Logical, attributes: &Attributes) {
    if let Logical::Ignored(name) = logical {
        metadata.insert(keys::AVRO_LOGICAL.to_owned(), name.clone());
    }
    let meant = ["logicalType", "precision", "scale", "adjust-to-utc"];
    let kept = !matches!(logical, Logical::None | Logical::Ignored(_));
    let rest: Attributes = attributes
        .iter()
        .filter(|(key, _)| !(kept && meant.contains(&key.as_str())))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(props) = props(&rest) {
        metadata.insert(keys::AVRO_PROPS.to_owned(), props);
    }
}

/// Attributes but for our hints, as JSON.
fn props(attributes: &Attributes) -> Option<String> {
    let mut rest = attributes.clone();
    rest.remove(keys::HINT);
    (!rest.is_empty()).then(|| Value::Object(rest).to_string())
}
