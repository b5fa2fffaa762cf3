//! A proto3 file as one of an edition that means the same: <https://protobuf.dev/editions/features/#proto3-behavior>.

use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use crate::schema::proto::editions::{Edition, Node};

const FIELD_PRESENCE: u32 = 1;
const EXPLICIT: u64 = 1;
const IMPLICIT: u64 = 2;

/// Takes what proto3 alone says out of a generated file, and says it by features.
pub(super) fn of_proto3(file: &mut FileDescriptorProto, number: i32) -> Edition {
    file.syntax = Some("editions".to_owned());
    let mut node = Node::default();
    node.set(FIELD_PRESENCE, IMPLICIT);
    for message in &mut file.message_type {
        node.push(4, of_message(message));
    }
    Edition { number, node }
}

fn of_message(message: &mut DescriptorProto) -> Node {
    let mut node = Node::default();
    for field in &mut message.field {
        node.push(2, of_field(field));
    }
    for nested in &mut message.nested_type {
        node.push(3, of_message(nested));
    }
    node
}

fn of_field(field: &mut FieldDescriptorProto) -> Node {
    let mut node = Node::default();
    if field.proto3_optional.take() == Some(true) {
        node.set(FIELD_PRESENCE, EXPLICIT);
    }
    node
}
