//! Features of editions: what the descriptors of a file set, inherited from the file down to the field.
//!
//! The descriptor types at hand do not know them, so they are read out of the encoded descriptors, and put back when
//! those are written. Rules: <https://protobuf.dev/editions/features/>; numbers: google/protobuf/descriptor.proto.

use crate::column::proto::wire::{self, Cursor, push_delimited, push_tag, push_varint};
use crate::error::{Error, Result};

/// `EDITION_2023`
pub const EDITION_2023: i32 = 1000;

/// Editions by name, with their numbers.
pub const EDITIONS: &[(&str, i32)] = &[("2023", EDITION_2023), ("2024", 1001), ("2026", 1002)];

/// A feature: its name, its number, and its values with their numbers.
pub type Feature = (&'static str, u32, &'static [(&'static str, u64)]);

/// All features.
pub const FEATURES: &[Feature] = &[
    ("field_presence", 1, &[("EXPLICIT", 1), ("IMPLICIT", 2), ("LEGACY_REQUIRED", 3)]),
    ("enum_type", 2, &[("OPEN", 1), ("CLOSED", 2)]),
    ("repeated_field_encoding", 3, &[("PACKED", 1), ("EXPANDED", 2)]),
    ("utf8_validation", 4, &[("VERIFY", 2), ("NONE", 3)]),
    ("message_encoding", 5, &[("LENGTH_PREFIXED", 1), ("DELIMITED", 2)]),
    ("json_format", 6, &[("ALLOW", 1), ("LEGACY_BEST_EFFORT", 2)]),
    ("enforce_naming_style", 7, &[("STYLE2024", 1), ("STYLE_LEGACY", 2), ("STYLE2026", 3)]),
    ("default_symbol_visibility", 8, &[("EXPORT_ALL", 1), ("EXPORT_TOP_LEVEL", 2), ("LOCAL_ALL", 3), ("STRICT", 4)]),
];

/// The features that change how messages are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// What absence of a field means.
    pub presence: FieldPresence,
    /// Whether enums have no other numbers than those declared.
    pub closed: bool,
    /// Whether repeated scalars are packed.
    pub packed: bool,
    /// Whether text must be UTF-8.
    pub utf8: bool,
    /// Whether messages stand between tags.
    pub delimited: bool,
}

/// `features.field_presence`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPresence {
    /// Absent or set.
    Explicit,
    /// Absent is the zero value.
    Implicit,
    /// Must be there.
    Required,
}

impl Features {
    /// Those that a file of proto2 has.
    pub const PROTO2: Features =
        Features { presence: FieldPresence::Explicit, closed: true, packed: false, utf8: false, delimited: false };
    /// Those that a file of proto3 has.
    pub const PROTO3: Features =
        Features { presence: FieldPresence::Implicit, closed: false, packed: true, utf8: true, delimited: false };
    /// The defaults of edition 2023, which later editions did not change.
    pub const EDITIONS: Features =
        Features { presence: FieldPresence::Explicit, closed: false, packed: true, utf8: true, delimited: false };

    /// With what an encoded `FeatureSet` overrides.
    ///
    /// # Errors
    /// Malformed bytes.
    pub fn with(mut self, set: &[u8]) -> Result<Features> {
        let mut cursor = Cursor::new(set);
        while !cursor.is_done() {
            match cursor.tag()? {
                (number @ 1..=5, wire::VARINT) => {
                    let value = cursor.varint()?;
                    match (number, value) {
                        (1, 1) => self.presence = FieldPresence::Explicit,
                        (1, 2) => self.presence = FieldPresence::Implicit,
                        (1, 3) => self.presence = FieldPresence::Required,
                        (2, 1 | 2) => self.closed = value == 2,
                        (3, 1 | 2) => self.packed = value == 1,
                        (4, 2 | 3) => self.utf8 = value == 2,
                        (5, 1 | 2) => self.delimited = value == 2,
                        (_, 0) => {}
                        _ => {
                            let name = FEATURES[number as usize - 1].0;
                            return Err(Error::unsupported(format!("features.{name} has the unknown value {value}")));
                        }
                    }
                }
                (number, wire) => cursor.skip(number, wire, DEPTH_MAX)?,
            }
        }
        Ok(self)
    }
}

/// Levels of nesting of descriptors at most.
const DEPTH_MAX: usize = 64;

/// What a descriptor describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `FileDescriptorProto`
    File,
    /// `DescriptorProto`
    Message,
    /// `FieldDescriptorProto`
    Field,
    /// `OneofDescriptorProto`
    Oneof,
    /// `EnumDescriptorProto`
    Enum,
}

impl Kind {
    /// What the field of this number of a descriptor holds.
    fn child(self, number: u32) -> Option<Kind> {
        Some(match (self, number) {
            (Kind::File, 4) | (Kind::Message, 3) => Kind::Message,
            (Kind::File, 5) | (Kind::Message, 4) => Kind::Enum,
            (Kind::File, 7) | (Kind::Message, 2 | 6) => Kind::Field,
            (Kind::Message, 8) => Kind::Oneof,
            _ => return None,
        })
    }

    /// The number of the options in a descriptor, and of the features in the options.
    fn options(self) -> (u32, u32) {
        match self {
            Kind::File => (8, 50),
            Kind::Message => (7, 12),
            Kind::Field => (8, 21),
            Kind::Oneof => (2, 1),
            Kind::Enum => (3, 7),
        }
    }
}

/// The features that a descriptor and those inside it set: a tree of the same shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// An encoded `FeatureSet`: what is set here, not what is inherited.
    pub features: Vec<u8>,
    /// Sorted by the number of their list.
    children: Vec<(u32, Vec<Node>)>,
}

/// A node that sets nothing.
static NOTHING: Node = Node { features: Vec::new(), children: Vec::new() };

impl Node {
    /// Of the `index`-th entry of the repeated field `number` of the descriptor.
    pub fn child(&self, number: u32, index: usize) -> &Node {
        let list = self.children.iter().find(|(known, _)| *known == number).map(|(_, list)| list);
        list.and_then(|list| list.get(index)).unwrap_or(&NOTHING)
    }

    /// Adds that of the next entry of the repeated field `number`.
    pub fn push(&mut self, number: u32, child: Node) {
        match self.children.iter_mut().find(|(known, _)| *known == number) {
            Some((_, list)) => list.push(child),
            None => {
                let at = self.children.partition_point(|(known, _)| *known < number);
                self.children.insert(at, (number, vec![child]));
            }
        }
    }

    /// Sets a feature.
    pub fn set(&mut self, number: u32, value: u64) {
        push_tag(&mut self.features, number, wire::VARINT);
        push_varint(&mut self.features, value);
    }

    /// Reads the features of an encoded descriptor.
    ///
    /// # Errors
    /// Malformed bytes.
    pub fn read(kind: Kind, bytes: &[u8]) -> Result<Node> {
        Node::read_inside(kind, bytes, DEPTH_MAX)
    }

    fn read_inside(kind: Kind, bytes: &[u8], depth: usize) -> Result<Node> {
        let Some(depth) = depth.checked_sub(1) else { return Err(wire::too_deep()) };
        let mut node = Node::default();
        let mut cursor = Cursor::new(bytes);
        let (options, features) = kind.options();
        while !cursor.is_done() {
            let (number, wire) = cursor.tag()?;
            if wire != wire::LENGTH {
                cursor.skip(number, wire, DEPTH_MAX)?;
                continue;
            }
            let content = cursor.delimited()?;
            if number == options {
                let mut inner = Cursor::new(content);
                while !inner.is_done() {
                    match inner.tag()? {
                        (found, wire::LENGTH) if found == features => {
                            node.features.extend_from_slice(inner.delimited()?);
                        }
                        (number, wire) => inner.skip(number, wire, DEPTH_MAX)?,
                    }
                }
            } else if let Some(child) = kind.child(number) {
                node.push(number, Node::read_inside(child, content, depth)?);
            }
        }
        Ok(node)
    }

    /// Appends an encoded descriptor, whose options have no features, with those of this tree.
    ///
    /// # Errors
    /// Malformed bytes.
    pub fn write(&self, kind: Kind, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let (options, features) = kind.options();
        let mut counts: Vec<(u32, usize)> = Vec::new();
        let mut cursor = Cursor::new(bytes);
        let mut done = self.features.is_empty();
        let push_features = |out: &mut Vec<u8>| {
            push_tag(out, features, wire::LENGTH);
            push_delimited(out, |out| out.extend_from_slice(&self.features));
        };
        while !cursor.is_done() {
            let start = cursor.position();
            let (number, wire) = cursor.tag()?;
            if wire != wire::LENGTH {
                cursor.skip(number, wire, DEPTH_MAX)?;
                out.extend_from_slice(cursor.since(start));
                continue;
            }
            let content = cursor.delimited()?;
            if number == options && !done {
                done = true;
                push_tag(out, number, wire::LENGTH);
                push_delimited(out, |out| {
                    out.extend_from_slice(content);
                    push_features(out);
                });
            } else if let Some(child) = kind.child(number) {
                let count = match counts.iter_mut().find(|(known, _)| *known == number) {
                    Some((_, count)) => count,
                    None => {
                        counts.push((number, 0));
                        let last = counts.len() - 1;
                        &mut counts[last].1
                    }
                };
                let node = self.child(number, *count);
                *count += 1;
                let mut inner = Vec::with_capacity(content.len());
                node.write(child, content, &mut inner)?;
                push_tag(out, number, wire::LENGTH);
                push_delimited(out, |out| out.extend_from_slice(&inner));
            } else {
                out.extend_from_slice(cursor.since(start));
            }
        }
        if !done {
            push_tag(out, options, wire::LENGTH);
            push_delimited(out, push_features);
        }
        Ok(())
    }
}

/// What a file says of its edition, with its features; `None` for proto2 and proto3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// `EDITION_2023` is 1000.
    pub number: i32,
    /// The features of all its descriptors.
    pub node: Node,
}

impl Edition {
    /// Of an encoded `FileDescriptorProto`.
    ///
    /// # Errors
    /// Malformed bytes; `Unsupported` for an edition that is not known.
    pub fn read(bytes: &[u8]) -> Result<Option<Edition>> {
        let mut cursor = Cursor::new(bytes);
        let mut number = None;
        while !cursor.is_done() {
            match cursor.tag()? {
                (14, wire::VARINT) => number = Some(cursor.varint()? as i32),
                (field, wire) => cursor.skip(field, wire, DEPTH_MAX)?,
            }
        }
        match number.filter(|number| *number >= EDITION_2023) {
            None => Ok(None),
            Some(number) if EDITIONS.iter().any(|(_, known)| *known == number) => {
                Ok(Some(Edition { number, node: Node::read(Kind::File, bytes)? }))
            }
            Some(number) => Err(unknown(&number.to_string())),
        }
    }

    /// The encoding of a file with edition and features.
    ///
    /// # Errors
    /// Malformed bytes.
    pub fn write(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() + 64);
        self.node.write(Kind::File, bytes, &mut out)?;
        push_tag(&mut out, 14, wire::VARINT);
        push_varint(&mut out, self.number as u64);
        Ok(out)
    }
}

/// An edition that is not known.
pub fn unknown(name: &str) -> Error {
    let known: Vec<&str> = EDITIONS.iter().map(|(name, _)| *name).collect();
    Error::unsupported(format!("edition {name} is not supported"))
        .with_hint(format!("editions that are: {}; also proto2 and proto3", known.join(", ")))
}
