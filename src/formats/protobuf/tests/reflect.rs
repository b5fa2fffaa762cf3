//! Random messages made and encoded by prost-reflect: our decoder, our encoder, and back to prost-reflect.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, RecordBatch};
use prost::Message as _;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};

use super::{definition, read, read_options, write};
use crate::format::WriteOptions;
use crate::formats::testing_batches::Random;
use crate::schema::proto::load::load;

const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
    "sfixed64", "bool", "string", "bytes",
];

/// A schema with fields of every kind and label.
pub(super) fn schema(proto3: bool) -> String {
    let label = if proto3 { "" } else { "optional " };
    let mut out = format!(
        "syntax = \"proto{}\";\nmessage Every {{\n  enum Color {{ RED = 0; GREEN = 5; BLUE = -3; FAR = 2000000; }}\n",
        if proto3 { 3 } else { 2 }
    );
    out += &format!(
        "  message Inner {{ {label}string text = 1; repeated sint64 numbers = 2; {label}Inner deeper = 3; \
         {label}Color color = 2000; map<string, Inner> named = 4; }}\n"
    );
    let mut number = 0;
    let mut field = |text: &str, name: &str, options: &str| {
        number += 1;
        out += &format!("  {text} {name} = {number}{options};\n");
    };
    for (index, scalar) in SCALARS.into_iter().enumerate() {
        field(&format!("{label}{scalar}"), &format!("one_{scalar}"), "");
        if proto3 {
            field(&format!("optional {scalar}"), &format!("explicit_{scalar}"), "");
        }
        field(&format!("repeated {scalar}"), &format!("many_{scalar}"), "");
        if !matches!(scalar, "string" | "bytes") {
            let packed = if proto3 { "false" } else { "true" };
            field(&format!("repeated {scalar}"), &format!("other_{scalar}"), &format!(" [packed = {packed}]"));
        }
        if !matches!(scalar, "double" | "float" | "bytes") {
            let value = SCALARS[(index * 7 + 4) % SCALARS.len()];
            field(&format!("map<{scalar}, {value}>"), &format!("by_{scalar}"), "");
        }
    }
    for (text, name) in [("Color", "color"), ("Inner", "inner")] {
        field(&format!("{label}{text}"), &format!("one_{name}"), "");
        field(&format!("repeated {text}"), &format!("many_{name}"), "");
        field(&format!("map<sint64, {text}>"), &format!("by_{name}"), "");
    }
    out += "  oneof choice { int32 a = 3000; string b = 3001; Inner c = 3002; Color d = 3003; bytes e = 3004; }\n";
    if !proto3 {
        out += "  required sint32 needed = 4000;\n";
        out += "  optional group Single = 4001 { optional int32 x = 1; repeated string y = 2; }\n";
        out += "  repeated group Several = 4002 { optional double x = 1; optional Inner inner = 536870911; }\n";
    }
    out + "}\n"
}

pub(super) fn message(random: &mut Random, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut out = DynamicMessage::new(of.clone());
    for field in of.fields() {
        let required = field.cardinality() == Cardinality::Required;
        if !required && (random.below(3) == 0 || depth == 0 && matches!(field.kind(), Kind::Message(_))) {
            continue;
        }
        let value = if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
            let entries =
                (0..random.below(4)).map(|_| (map_key(single(random, &key, 0)), single(random, &value, depth)));
            Value::Map(entries.collect::<HashMap<_, _>>())
        } else if field.is_list() {
            Value::List((0..random.below(4)).map(|_| single(random, &field, depth)).collect())
        } else {
            single(random, &field, depth)
        };
        out.set_field(&field, value);
    }
    out
}

fn map_key(value: Value) -> MapKey {
    match value {
        Value::Bool(key) => MapKey::Bool(key),
        Value::I32(key) => MapKey::I32(key),
        Value::I64(key) => MapKey::I64(key),
        Value::U32(key) => MapKey::U32(key),
        Value::U64(key) => MapKey::U64(key),
        Value::String(key) => MapKey::String(key),
        other => panic!("{other} is no key"),
    }
}

fn single(random: &mut Random, field: &FieldDescriptor, depth: usize) -> Value {
    let bits = if random.below(5) == 0 { 0 } else { random.next() >> random.below(64) };
    let bits = if random.below(2) == 0 { bits.wrapping_neg() } else { bits };
    match field.kind() {
        // NaN is not equal to itself.
        Kind::Double => Value::F64(Some(f64::from_bits(bits)).filter(|value| !value.is_nan()).unwrap_or(-0.0)),
        Kind::Float => Value::F32(Some(f32::from_bits(bits as u32)).filter(|value| !value.is_nan()).unwrap_or(-0.0)),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(bits as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(bits as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(bits as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(bits),
        Kind::Bool => Value::Bool(bits & 1 == 1),
        Kind::String => Value::String(if bits == 0 { String::new() } else { format!("Ω{bits}") }),
        Kind::Bytes => Value::Bytes(bits.to_le_bytes()[..random.below(9)].to_vec().into()),
        // 77 has no name.
        Kind::Enum(_) => Value::EnumNumber([0, 5, -3, 2_000_000, 77][random.below(5)]),
        Kind::Message(of) => Value::Message(message(random, &of, depth.saturating_sub(1))),
    }
}

/// Whether an Arrow value is a value of prost-reflect; messages and maps are judged by what is written.
fn matches(value: &Value, field: &FieldDescriptor, array: &ArrayRef, row: usize) -> bool {
    if array.is_null(row) {
        return false;
    }
    match value {
        Value::Bool(value) => array.as_boolean().value(row) == *value,
        Value::I32(value) => array.as_primitive::<Int32Type>().value(row) == *value,
        Value::I64(value) => array.as_primitive::<Int64Type>().value(row) == *value,
        Value::U32(value) => array.as_primitive::<UInt32Type>().value(row) == *value,
        Value::U64(value) => array.as_primitive::<UInt64Type>().value(row) == *value,
        Value::F32(value) => array.as_primitive::<Float32Type>().value(row).to_bits() == value.to_bits(),
        Value::F64(value) => array.as_primitive::<Float64Type>().value(row).to_bits() == value.to_bits(),
        Value::String(value) => array.as_string::<i32>().value(row) == value,
        Value::Bytes(value) => array.as_binary::<i32>().value(row) == &value[..],
        Value::EnumNumber(number) => {
            let Kind::Enum(names) = field.kind() else { return false };
            let name = names.get_value(*number).map_or(number.to_string(), |value| value.name().to_owned());
            let keys = array.as_dictionary::<Int32Type>();
            keys.values().as_string::<i32>().value(keys.keys().value(row) as usize) == name
        }
        Value::Message(_) => true,
        Value::List(values) => {
            let list = array.as_list::<i32>().value(row);
            list.len() == values.len()
                && values.iter().enumerate().all(|(item, value)| matches(value, field, &list, item))
        }
        Value::Map(entries) => array.as_map().value_length(row) as usize == entries.len(),
    }
}

fn check(proto3: bool) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("every.proto");
    std::fs::write(&path, schema(proto3)).expect("schema file");
    let given = definition(&path, Some("Every"), &[]);
    let pool = DescriptorPool::from_file_descriptor_set(load(&given).expect("schema").pool.set).expect("pool");
    let of = pool.get_message_by_name("Every").expect("message");
    let mut random = Random(if proto3 { 3 } else { 2 });
    let messages: Vec<DynamicMessage> = (0..150)
        .map(|_| {
            let made = message(&mut random, &of, 3);
            // Fields set to what absence means are absent once they are written.
            DynamicMessage::decode(of.clone(), &made.encode_to_vec()[..]).expect("its own bytes")
        })
        .collect();
    let bytes: Vec<u8> = messages.iter().flat_map(|message| message.encode_length_delimited_to_vec()).collect();
    let batches = read(bytes, &read_options(given.clone(), &[])).expect("read");
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), messages.len());
    let mut rest = messages.iter();
    for batch in &batches {
        for (row, message) in (0..batch.num_rows()).zip(&mut rest) {
            for field in of.fields() {
                let array = batch.column_by_name(field.name()).expect("column");
                if field.supports_presence() && !message.has_field(&field) {
                    assert!(array.is_null(row), "{} in row {row}", field.name());
                } else {
                    let value = message.get_field(&field);
                    assert!(matches(&value, &field, array, row), "{}: {value} in row {row}", field.name());
                }
            }
        }
    }
    let schema = batches[0].schema();
    let options = WriteOptions { definition: Some(given), ..WriteOptions::default() };
    let ours = write(batches, schema, &options).expect("written");
    let mut rest = &ours[..];
    for (row, message) in messages.iter().enumerate() {
        let length = prost::decode_length_delimiter(&mut rest).expect("length");
        let (own, tail) = rest.split_at(length);
        rest = tail;
        let own = DynamicMessage::decode(of.clone(), own).expect("our bytes");
        assert_eq!(&own, message, "row {row}");
    }
    assert!(rest.is_empty());
}

#[test]
fn messages_of_proto3() {
    check(true);
}

#[test]
fn messages_of_proto2() {
    check(false);
}
