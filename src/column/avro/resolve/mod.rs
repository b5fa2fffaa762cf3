//! Schema resolution (specification, section Schema Resolution): data of the writer's schema as data of the reader's.
//!
//! Both schemas are compared once and compiled into steps ([`Step`]); [`run`](Resolution::datum) rewrites the bytes of
//! a datum. What the specification lets pass but would change a value is checked value by value: numbers that a
//! floating-point type cannot hold, text that is not UTF-8. What would give the same bytes another meaning (decimals
//! of another scale, timestamps of another unit) is refused.

mod compile;
mod default;
mod run;

use serde_json::Value;

use crate::error::Result;
use crate::schema::avsc::model::{Document, Node};

/// Whether the default of a field is a value of its type.
///
/// # Errors
/// `Schema` if not: no record can be read in which the field is missing.
pub(crate) fn check_default(document: &Document, node: &Node, default: &Value) -> Result<()> {
    default::encode_default(document, node, default, &mut Vec::new(), 0)
}

/// How data of one schema becomes data of another.
pub(crate) struct Resolution {
    root: Step,
    /// Pairs of records; `None` if they do not resolve.
    records: Vec<Option<Record>>,
    /// Column paths of the enums whose default may be taken, by counter.
    enums: Vec<String>,
    /// Column paths of the writer's fields that the reader has not.
    dropped: Vec<String>,
}

impl Resolution {
    /// From the writer's schema to the reader's.
    ///
    /// # Errors
    /// `Schema` if no datum, or not every record, of the writer's schema can be read; what depends on the branch of
    /// a union or on a symbol is said when such a value comes.
    pub(crate) fn new(writer: &Document, reader: &Document) -> Result<Resolution> {
        compile::compile(writer, reader)
    }
    /// A counter for each enum whose default may be taken.
    pub(crate) fn counters(&self) -> Vec<u64> {
        vec![0; self.enums.len()]
    }
    /// Column paths of the writer's fields that the reader has not.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.dropped.iter().map(String::as_str)
    }
    /// The column path of a counter.
    pub(crate) fn counted(&self, counter: usize) -> &str {
        self.enums.get(counter).map_or("", String::as_str)
    }
}

/// What is done with a value of the writer's.
enum Step {
    /// Its bytes are right as they are.
    Same(Node),
    Number(Number),
    /// A union of the writer: a step for each branch.
    Branches(Vec<Step>),
    /// The branch of the reader's union, and the value.
    Branch(i64, Box<Step>),
    /// An array and the fewest bytes of an item.
    Items(Box<Step>, usize),
    /// A map and the fewest bytes of a value.
    Entries(Box<Step>, usize),
    /// An enum: the reader's symbol for each of the writer's.
    Symbols(Vec<Symbol>),
    /// A pair of records.
    Record(usize),
    /// There is no way; why.
    Never(String),
}

/// Promotions that change bytes.
#[derive(Clone, Copy)]
enum Number {
    IntToFloat,
    IntToDouble,
    LongToFloat,
    LongToDouble,
    FloatToDouble,
}

enum Symbol {
    /// The number of the same symbol.
    Same(i64),
    /// The number of the reader's default, and the counter.
    Default(i64, usize),
    /// The reader has neither.
    Unknown(String),
}

/// A pair of records.
struct Record {
    /// The types of the writer's fields.
    written: Vec<Node>,
    /// What makes the reader's record.
    fields: Vec<Field>,
    /// Whether the fields that are read stand in the order of the writer.
    ordered: bool,
}

struct Field {
    name: String,
    from: From,
}

enum From {
    /// This field of the writer.
    Written(usize, Step),
    /// The bytes of the default.
    Default(Vec<u8>),
}
