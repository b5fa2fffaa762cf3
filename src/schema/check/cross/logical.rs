//! Types as values see them, whatever the language.

use std::collections::{BTreeMap, HashMap};

use super::super::finding::Place;

/// A graph of types: structs refer to types by index, so that recursive ones have a form.
#[derive(Clone, Debug)]
pub(in super::super) struct Logical {
    pub types: Vec<Type>,
    pub structs: Vec<Struct>,
    pub root: Value,
    pub name: String,
    pub place: Place,
    /// Types as they are in memory, by index, where that is known: sizes of offsets, dictionaries, names of zones.
    pub exact: HashMap<usize, String>,
}

/// Whether a value can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Null {
    Never,
    /// A message that need not be set, though it mostly is.
    Unset,
    Yes,
}

/// What a reader does where a field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Absent {
    /// It has a default, or null.
    Filled,
    /// It takes zero, or an empty list.
    Zero,
    Fails,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Field {
    pub name: String,
    pub aliases: Vec<String>,
    pub value: Value,
    pub absent: Absent,
    pub place: Place,
    /// The number that stays when the name changes, where the format has one (`PARQUET:field_id`).
    pub id: Option<String>,
    /// The number of a Protobuf field.
    pub number: Option<String>,
    /// Its name in JSON, if it is a Protobuf field.
    pub json: Option<String>,
    /// Key-value pairs of an Arrow field.
    pub metadata: BTreeMap<String, String>,
}

/// A type and whether it can be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Value {
    pub kind: usize,
    pub null: Null,
}

impl Value {
    /// The same type, of a value that is there.
    pub fn present(self) -> Value {
        Value { null: Null::Never, ..self }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Type {
    Null,
    Bool,
    Int {
        bits: u8,
        signed: bool,
    },
    Float {
        bits: u8,
    },
    Decimal {
        digits: u32,
        /// Below zero: values are multiples of a power of ten.
        scale: i32,
    },
    Text,
    Bytes,
    Fixed(usize),
    Uuid,
    Date,
    /// Digits of the fraction of a second.
    Time {
        digits: u8,
    },
    Timestamp {
        digits: u8,
        instant: bool,
    },
    /// Digits of the fraction of a second.
    Duration {
        digits: u8,
    },
    Interval,
    Enum {
        symbols: Vec<String>,
        unknown: Unknown,
    },
    List(Value),
    /// A list of exactly so many.
    Tuple(Value, usize),
    Map(Value, Value),
    Union(Vec<Value>),
    Struct(usize),
    /// Still being filled.
    Open,
    /// Anything that JSON can say.
    Json,
}

/// What becomes of symbols that an enum does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Unknown {
    Refused,
    /// An open enum takes the number of a value without a name, which a name alone is not.
    Checked,
    /// The default of the enum.
    Default,
}

/// The fields of the structs of a graph, by [`Type::Struct`].
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Struct {
    pub name: String,
    /// The full name of the Protobuf message that it is.
    pub message: Option<String>,
    pub fields: Vec<Field>,
}

/// Digits before the point that a decimal has room for.
pub(in super::super) fn whole_digits(digits: u32, scale: i32) -> i64 {
    i64::from(digits) - i64::from(scale)
}

impl Logical {
    pub fn new(name: String, place: Place) -> Logical {
        let root = Value { kind: 0, null: Null::Never };
        Logical { types: Vec::new(), structs: Vec::new(), root, name, place, exact: HashMap::new() }
    }
    /// Adds a type.
    pub fn add(&mut self, kind: Type) -> usize {
        self.types.push(kind);
        self.types.len() - 1
    }
    pub fn kind(&self, value: Value) -> &Type {
        &self.types[value.kind]
    }
    /// As a reader of a message would write it.
    pub fn shown(&self, value: Value) -> String {
        match self.kind(value) {
            Type::Null => "null".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Int { bits, signed: true } => format!("int{bits}"),
            Type::Int { bits, .. } => format!("uint{bits}"),
            Type::Float { bits } => format!("float{bits}"),
            Type::Decimal { digits, scale } => format!("decimal({digits}, {scale})"),
            Type::Text => "text".to_owned(),
            Type::Bytes => "bytes".to_owned(),
            Type::Fixed(size) => format!("fixed({size})"),
            Type::Uuid => "uuid".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Time { digits } => format!("time({digits})"),
            Type::Timestamp { digits, instant: true } => format!("timestamp({digits}) with zone"),
            Type::Timestamp { digits, .. } => format!("timestamp({digits})"),
            Type::Duration { digits } => format!("duration({digits})"),
            Type::Interval => "interval".to_owned(),
            Type::Enum { symbols, .. } => format!("enum {{{}}}", symbols.join(", ")),
            Type::List(item) => format!("list<{}>", self.shown(*item)),
            Type::Tuple(item, size) => format!("list<{}>[{size}]", self.shown(*item)),
            Type::Map(key, value) => format!("map<{}, {}>", self.shown(*key), self.shown(*value)),
            Type::Union(branches) => {
                let list: Vec<_> = branches.iter().map(|branch| self.shown(*branch)).collect();
                format!("union<{}>", list.join(", "))
            }
            Type::Struct(at) => self.structs[*at].name.clone(),
            Type::Open => "?".to_owned(),
            Type::Json => "json".to_owned(),
        }
    }
}
