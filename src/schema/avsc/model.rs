//! What an Avro schema says: types, names, documentation, aliases, defaults, logical types, other attributes.

use serde_json::{Map, Value};

/// Attributes of a JSON object, in order.
pub type Attributes = Map<String, Value>;

/// A parsed schema: the type at the root, and every named type once.
#[derive(Clone, Debug)]
pub struct Document {
    /// The type of a datum.
    pub root: Node,
    /// Named types in the order in which they are defined; [`Kind::Named`] holds an index into it.
    pub types: Vec<Named>,
    /// The schema as it was given.
    pub text: String,
}

/// A use of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The type.
    pub kind: Kind,
    /// Its logical type; that of a named type stands in [`Named`].
    pub logical: Logical,
    /// Attributes that the specification gives no meaning for this type.
    pub attributes: Attributes,
}

/// The type of a [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// No bytes.
    Null,
    /// One byte.
    Boolean,
    /// 32 bits, zig-zag.
    Int,
    /// 64 bits, zig-zag.
    Long,
    /// 4 bytes, little-endian.
    Float,
    /// 8 bytes, little-endian.
    Double,
    /// A length and bytes.
    Bytes,
    /// A length and UTF-8.
    String,
    /// Blocks of items.
    Array(Box<Node>),
    /// Blocks of string keys and values.
    Map(Box<Node>),
    /// The index of a branch and its value.
    Union(Vec<Node>),
    /// A record, enum or fixed: an index into [`Document::types`].
    Named(usize),
}

/// A record, enum or fixed.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: Name,
    /// Other names, absolute.
    pub aliases: Vec<Name>,
    /// Documentation.
    pub doc: Option<String>,
    /// What it is.
    pub shape: Shape,
    /// Its logical type.
    pub logical: Logical,
    /// Attributes that the specification gives no meaning for this type.
    pub attributes: Attributes,
}

/// What a named type is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Fields in the order of their bytes. `error`: declared as `error`.
    Record {
        /// The fields.
        fields: Vec<Field>,
        /// Whether the type was written `error`.
        error: bool,
    },
    /// Symbols; the number of one is its place.
    Enum {
        /// The symbols.
        symbols: Vec<String>,
        /// The symbol to read unknown ones as.
        default: Option<String>,
    },
    /// This many bytes.
    Fixed(usize),
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub node: Node,
    /// Documentation.
    pub doc: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// The value that readers take when the field is missing.
    pub default: Option<Value>,
    /// `ascending`, `descending`, `ignore`.
    pub order: Option<String>,
    /// Other attributes.
    pub attributes: Attributes,
}

/// A name and the namespace it lives in (empty: none).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// Dotted, or empty.
    pub namespace: String,
    /// Without dots.
    pub name: String,
}

impl Name {
    /// `name` as written, in the enclosing `namespace` (specification, section Names).
    pub fn resolve(name: &str, own: Option<&str>, enclosing: &str) -> Name {
        match name.rsplit_once('.') {
            Some((namespace, name)) => Name { namespace: namespace.to_owned(), name: name.to_owned() },
            None => Name { namespace: own.unwrap_or(enclosing).to_owned(), name: name.to_owned() },
        }
    }
    /// `namespace.name`.
    pub fn full(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}.{}", self.namespace, self.name) }
    }
}

/// Unit of a time or timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Thousandths of a second.
    Millis,
    /// Millionths.
    Micros,
    /// Billionths.
    Nanos,
}

/// What a type means beyond its bytes. A logical type that breaks its own rules is ignored, as the specification
/// orders, and shows up as [`Logical::Ignored`].
#[derive(Clone, Debug, PartialEq)]
pub enum Logical {
    /// Nothing more.
    None,
    /// Days since 1970-01-01.
    Date,
    /// Time of day.
    Time(Unit),
    /// A point in time; `utc` is false with Iceberg's `adjust-to-utc: false`, a wall clock.
    Timestamp {
        /// The unit.
        unit: Unit,
        /// Whether it is a point in time.
        utc: bool,
        /// Whether it was declared as `local-timestamp-…`.
        local: bool,
    },
    /// An unscaled number, two's complement, big-endian.
    Decimal {
        /// Digits.
        precision: usize,
        /// Digits after the point.
        scale: usize,
    },
    /// Bytes that hold an unscaled number and a scale.
    BigDecimal,
    /// A UUID as text or 16 bytes.
    Uuid,
    /// Months, days, milliseconds.
    Duration,
    /// An array of key-value records.
    Map,
    /// Unknown, or against its rules: the type counts, the attribute is kept.
    Ignored(String),
}

impl Logical {
    /// What a schema calls it.
    pub fn name(&self) -> String {
        let unit = |unit: &Unit| match unit {
            Unit::Millis => "millis",
            Unit::Micros => "micros",
            Unit::Nanos => "nanos",
        };
        match self {
            Logical::None => "no logical type".to_owned(),
            Logical::Date => "date".to_owned(),
            Logical::Time(of) => format!("time-{}", unit(of)),
            Logical::Timestamp { unit: of, local: true, .. } => format!("local-timestamp-{}", unit(of)),
            Logical::Timestamp { unit: of, utc: true, .. } => format!("timestamp-{}", unit(of)),
            Logical::Timestamp { unit: of, .. } => format!("timestamp-{} with adjust-to-utc=false", unit(of)),
            Logical::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            Logical::BigDecimal => "big-decimal".to_owned(),
            Logical::Uuid => "uuid".to_owned(),
            Logical::Duration => "duration".to_owned(),
            Logical::Map => "map".to_owned(),
            Logical::Ignored(name) => name.clone(),
        }
    }
}

impl Node {
    pub(crate) fn plain(kind: Kind) -> Node {
        Node { kind, logical: Logical::None, attributes: Attributes::new() }
    }
}

impl Document {
    /// The named type, if the node is one.
    pub fn named(&self, node: &Node) -> Option<&Named> {
        match node.kind {
            Kind::Named(id) => self.types.get(id),
            _ => None,
        }
    }
    /// The attributes that hold the hint of a root that is no record: its own, or those of its first branch that is not
    /// null.
    pub(crate) fn hinted(&self) -> &Attributes {
        let node = match &self.root.kind {
            Kind::Union(branches) => branches.iter().find(|branch| branch.kind != Kind::Null).unwrap_or(&self.root),
            _ => &self.root,
        };
        self.named(node).map_or(&node.attributes, |named| &named.attributes)
    }
    /// The fields, if the node is a record.
    pub fn fields(&self, node: &Node) -> Option<&[Field]> {
        match &self.named(node)?.shape {
            Shape::Record { fields, .. } => Some(fields),
            _ => None,
        }
    }
    /// The size, if the node is a fixed.
    pub fn fixed_size(&self, node: &Node) -> Option<usize> {
        match self.named(node)?.shape {
            Shape::Fixed(size) => Some(size),
            _ => None,
        }
    }
    /// The logical type of a node or of the named type it refers to.
    pub fn logical<'a>(&'a self, node: &'a Node) -> &'a Logical {
        self.named(node).map_or(&node.logical, |named| &named.logical)
    }
    /// What a branch of a union is called: the full name of a named type, else the name of the type.
    pub fn branch_name(&self, node: &Node) -> String {
        match &node.kind {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Bytes => "bytes",
            Kind::String => "string",
            Kind::Array(_) => "array",
            Kind::Map(_) => "map",
            Kind::Union(_) => "union",
            Kind::Named(_) => return self.named(node).map(|named| named.name.full()).unwrap_or_default(),
        }
        .to_owned()
    }
    /// The fewest bytes that a datum of each named type takes; `usize::MAX` if there is no finite datum.
    pub fn least_sizes(&self) -> Vec<usize> {
        let mut sizes = vec![usize::MAX; self.types.len()];
        // Sizes only fall, and each pass settles at least one type.
        for _ in 0..=self.types.len() {
            let mut changed = false;
            for (id, named) in self.types.iter().enumerate() {
                let size = match &named.shape {
                    Shape::Fixed(size) => *size,
                    Shape::Enum { .. } => 1,
                    Shape::Record { fields, .. } => fields
                        .iter()
                        .fold(0, |sum: usize, field| sum.saturating_add(self.least_size(&field.node, &sizes))),
                };
                if size < sizes[id] {
                    sizes[id] = size;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        sizes
    }
    /// The fewest bytes that a datum of `node` takes, given those of the named types.
    pub fn least_size(&self, node: &Node, sizes: &[usize]) -> usize {
        match &node.kind {
            Kind::Null => 0,
            Kind::Float => 4,
            Kind::Double => 8,
            Kind::Union(branches) => {
                let least = branches.iter().map(|branch| self.least_size(branch, sizes)).min();
                least.unwrap_or(0).saturating_add(1)
            }
            Kind::Named(id) => sizes.get(*id).copied().unwrap_or(usize::MAX),
            _ => 1,
        }
    }
}
