//! What Java's parquet-protobuf leaves in a Parquet file: the descriptor of the message, in the text format, and the
//! numbers of its enums. Its columns keep their field numbers, wire types and enums in a message that is generated for
//! them.
//!
//! Keys: apache/parquet-java, `ProtoWriteSupport` and `ProtoReadSupport`.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use prost::Message as _;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use super::load::{decode_set, known};
use crate::column::proto::text::read::Reader;

/// The descriptor, in the text format.
const DESCRIPTOR: &str = "parquet.proto.descriptor";
/// In front of the full name of an enum: `STRING:0,BOOL:1`.
const ENUM: &str = "parquet.proto.enum.";
/// Levels of nesting of a descriptor.
const DEPTH_MAX: usize = 64;

/// The schema with what the descriptor says of its columns, and the name of the message. `None` if there is none, or it
/// cannot be read: what a file says of itself is only taken where it makes sense.
pub fn annotated(schema: &Schema) -> Option<(Schema, String)> {
    let text = schema.metadata().get(DESCRIPTOR)?;
    let message = descriptor(text)?;
    let name = message.name.clone().filter(|name| super::generate::is_legal(name))?;
    let found = Annotating { schema, package: package(&message).unwrap_or_default() };
    let full = super::pool::join(&found.package, &name);
    let scopes = [&message];
    let fields = found.fields(schema.fields(), Some(&message), &scopes);
    Some((Schema::new(fields).with_metadata(schema.metadata().clone()), full))
}

fn descriptor(text: &str) -> Option<DescriptorProto> {
    let file = known("google/protobuf/descriptor.proto")?;
    let pool = decode_set(&FileDescriptorSet { file: vec![file] }.encode_to_vec()).ok()?;
    let index = pool.message("google.protobuf.DescriptorProto")?;
    let mut bytes = Vec::new();
    Reader::new(Arc::new(pool), DEPTH_MAX).message(index, text.as_bytes(), &mut bytes).ok()?;
    DescriptorProto::decode(&bytes[..]).ok()
}

/// The package, if a field names a type that the message itself declares.
fn package(message: &DescriptorProto) -> Option<String> {
    let nested = message.nested_type.iter().map(DescriptorProto::name);
    let nested: Vec<&str> = nested.chain(message.enum_type.iter().map(|names| names.name())).collect();
    message.field.iter().find_map(|field| {
        let (outer, inner) = field.type_name().rsplit_once('.')?;
        let package = outer.strip_suffix(message.name())?.strip_suffix('.')?;
        nested.contains(&inner).then(|| package.trim_start_matches('.').to_owned())
    })
}

struct Annotating<'a> {
    schema: &'a Schema,
    package: String,
}

impl Annotating<'_> {
    /// `message`: theirs, if it is known; `scopes`: the messages that it is in, outermost first.
    fn fields(&self, fields: &Fields, message: Option<&DescriptorProto>, scopes: &[&DescriptorProto]) -> Fields {
        let fields = fields.iter().map(|column| {
            let field = message.and_then(|message| message.field.iter().find(|field| field.name() == column.name()));
            Arc::new(self.column(column, field, scopes))
        });
        fields.collect()
    }

    fn column(&self, column: &Field, field: Option<&FieldDescriptorProto>, scopes: &[&DescriptorProto]) -> Field {
        let mut metadata = column.metadata().clone();
        // Its field ids are field numbers.
        let id = metadata.get("PARQUET:field_id").map(|id| id.to_string());
        let number = field.map(|field| field.number().to_string()).or(id);
        if let Some(number) = number {
            metadata.insert("proto.number".to_owned(), number);
        }
        if let Some(kind) = field.and_then(wire_type) {
            metadata.insert("proto.type".to_owned(), kind.to_owned());
        }
        if let Some(names) = field.filter(|field| field.r#type() == Type::Enum).and_then(|field| self.names(field)) {
            metadata.insert("proto.enum".to_owned(), field.map_or("", |field| field.type_name()).to_owned());
            metadata.insert("fmtconv.enum".to_owned(), names);
        }
        let data_type = self.inside(column.data_type(), field, scopes);
        Field::new(column.name(), data_type, column.is_nullable()).with_metadata(metadata)
    }

    /// The type, with what is known of the columns inside.
    fn inside(
        &self,
        data_type: &DataType,
        field: Option<&FieldDescriptorProto>,
        scopes: &[&DescriptorProto],
    ) -> DataType {
        let nested = field.and_then(|field| nested(field, scopes));
        let item = |item: &FieldRef| {
            let inner = self.inside(item.data_type(), field, scopes);
            Arc::new(item.as_ref().clone().with_data_type(inner))
        };
        match data_type {
            DataType::Struct(fields) => {
                let scopes: Vec<&DescriptorProto> = scopes.iter().copied().chain(nested).collect();
                DataType::Struct(self.fields(fields, nested, &scopes))
            }
            DataType::List(child) => DataType::List(item(child)),
            DataType::LargeList(child) => DataType::LargeList(item(child)),
            DataType::Map(entries, sorted) => {
                let DataType::Struct(pair) = entries.data_type() else { return data_type.clone() };
                let value = nested.and_then(|entry| entry.field.iter().find(|field| field.number() == 2));
                let [key, column] = &pair[..] else { return data_type.clone() };
                let inner = self.inside(column.data_type(), value, scopes);
                let pair = Fields::from(vec![key.clone(), Arc::new(column.as_ref().clone().with_data_type(inner))]);
                DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(DataType::Struct(pair))), *sorted)
            }
            other => other.clone(),
        }
    }

    /// The enum of a field as `fmtconv.enum` has it, the value zero first.
    fn names(&self, field: &FieldDescriptorProto) -> Option<String> {
        let name = field.type_name().trim_start_matches('.');
        let text = self.schema.metadata().get(&format!("{ENUM}{name}"))?;
        let pairs = text.split(',').map(|pair| {
            let (symbol, number) = pair.split_once(':')?;
            Some((symbol.trim().to_owned(), number.trim().parse::<i32>().ok()?))
        });
        let mut pairs: Vec<(String, i32)> = pairs.collect::<Option<_>>()?;
        pairs.sort_by_key(|(_, number)| (*number != 0, *number));
        let (symbols, numbers): (Vec<String>, Vec<i32>) = pairs.into_iter().unzip();
        let facts = serde_json::json!({ "name": name, "symbols": symbols, "numbers": numbers, "closed": true });
        Some(facts.to_string())
    }
}

/// The message of a field, if it is declared in one of those around it.
fn nested<'m>(field: &FieldDescriptorProto, scopes: &[&'m DescriptorProto]) -> Option<&'m DescriptorProto> {
    let mut path = field.type_name().rsplit('.');
    let (name, outer) = (path.next()?, path.next()?);
    let scope = scopes.iter().rev().find(|scope| scope.name() == outer)?;
    scope.nested_type.iter().find(|nested| nested.name() == name)
}

/// The types that an Arrow type does not tell.
fn wire_type(field: &FieldDescriptorProto) -> Option<&'static str> {
    Some(match field.r#type() {
        Type::Sint32 => "sint32",
        Type::Sint64 => "sint64",
        Type::Fixed32 => "fixed32",
        Type::Fixed64 => "fixed64",
        Type::Sfixed32 => "sfixed32",
        Type::Sfixed64 => "sfixed64",
        _ => return None,
    })
}
