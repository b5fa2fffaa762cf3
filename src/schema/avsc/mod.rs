//! The schema language of Avro: the JSON of an `.avsc` file ↔ an Arrow schema.
//!
//! The model ([`Document`]) is our own, so that names, documentation, aliases, defaults, order and other attributes
//! survive, and so that a logical type that breaks its rules is ignored, as the specification orders.

mod arrow;
mod canonical;
mod emit;
pub mod fingerprint;
pub(crate) mod hint;
pub mod keys;
mod logical;
mod md5;
pub mod model;
mod names;
mod naming;
mod parse;
mod token;

#[cfg(test)]
mod tests;

use arrow_schema::{DataType, Field, Schema};

pub use arrow::{Notes, Recursion, ToArrow};
pub use canonical::canonical_form;
#[cfg(feature = "avro")]
pub(crate) use canonical::canonical_type;
#[cfg(feature = "avro")]
pub(crate) use emit::has_foreign_metadata;
pub use fingerprint::Fingerprints;
pub use model::Document;
#[cfg(feature = "avro")]
pub(crate) use names::legal_names;
#[cfg(feature = "avro")]
pub(crate) use naming::check_name;
pub use naming::{Naming, Types};
#[cfg(feature = "avro")]
pub(crate) use parse::is_legal_name;
pub use parse::{Names, parse};

use crate::error::{Error, Result};

/// The Arrow schema that reading data of the Avro schema `text` gives. Metadata keys hold what Arrow has no place for.
///
/// # Errors
/// `Malformed` if the schema breaks the specification; `Limit` if it is nested too deep.
pub fn to_arrow(text: &str) -> Result<Schema> {
    let document = parse(text, Names::Strict)?;
    Ok(document_to_arrow(&document, &ToArrow::default())?.0)
}

/// The Arrow schema of a document, and notes on what was ignored, by column.
pub fn document_to_arrow(document: &Document, options: &ToArrow) -> Result<(Schema, Notes)> {
    arrow::to_arrow(document, options)
}

/// The Avro schema for records of an Arrow schema, pretty-printed. A schema that came from Avro and did not change is
/// given back byte for byte.
///
/// # Errors
/// `Unsupported` for a type that Avro cannot hold, with the column.
pub fn from_arrow(schema: &Schema, naming: &Naming) -> Result<String> {
    if naming.types == Types::default()
        && let Some(original) = original(schema, naming.hints)
    {
        return Ok(original.text);
    }
    for props in [true, false] {
        let value = emit::emit(schema, naming, props)?;
        let text = serde_json::to_string_pretty(&value)
            .map_err(|error| Error::internal("an Avro schema cannot be printed").with_cause(error))?;
        // Attributes that travelled with the columns must not change what the columns are.
        let read_back = parse(&text, Names::Strict)
            .is_ok_and(|document| !naming.hints || ways(&document).any(|found| same_columns(&found, schema)));
        if read_back || !props {
            return Ok(text);
        }
    }
    Err(Error::internal("an Avro schema that cannot be read back"))
}

/// The Avro schema that `schema` came from, if reading it would still give these columns; without `hints`, only one that
/// has none.
pub(crate) fn original(schema: &Schema, hints: bool) -> Option<Document> {
    let text = schema.metadata().get(keys::AVRO_SCHEMA)?;
    let document = parse(text, Names::Lenient).ok().filter(|document| hints || !has_hint(document, |_| true))?;
    let root = |schema: &Schema| schema.metadata().get(keys::ROOT).cloned();
    let same = ways(&document).any(|found| same_columns(&found, schema) && root(&found) == root(schema));
    same.then_some(document)
}

/// `schema`, which data of `document` is read as, with text in the place of UUIDs that are written as text: as
/// [`ToArrow::uuid_text`] makes it. `None` if the document is read in another way.
#[cfg(all(feature = "json", feature = "avro"))]
pub(crate) fn with_uuid_text(document: &Document, schema: &Schema) -> Option<Schema> {
    let read = |options: ToArrow| document_to_arrow(document, &options).ok().map(|(schema, _)| schema);
    [Recursion::Json, Recursion::Bytes].into_iter().find_map(|recursion| {
        let options = ToArrow { recursion, ..ToArrow::default() };
        let same = read(options.clone()).is_some_and(|found| same_columns(&found, schema));
        if same { read(ToArrow { uuid_text: true, ..options }) } else { None }
    })
}

/// The schemas that a document can be read as.
fn ways(document: &Document) -> impl Iterator<Item = Schema> {
    let ways = [(Recursion::Json, false), (Recursion::Bytes, false), (Recursion::Json, true), (Recursion::Bytes, true)];
    ways.into_iter().filter_map(|(recursion, uuid_text)| {
        let options = ToArrow { recursion, uuid_text, ..ToArrow::default() };
        document_to_arrow(document, &options).ok().map(|(schema, _)| schema)
    })
}

/// Whether the schema has hints that values of its own types may break.
#[cfg(feature = "avro")]
pub(crate) fn has_checked_hints(document: &Document) -> bool {
    has_hint(document, hint::is_checked)
}

/// Whether a document has hints that are meant.
fn has_hint(document: &Document, is_meant: impl Fn(&serde_json::Value) -> bool) -> bool {
    let meant = |attributes: &model::Attributes| attributes.get(keys::HINT).is_some_and(&is_meant);
    meant(document.hinted())
        || document.types.iter().any(|named| {
            meant(&named.attributes)
                || matches!(&named.shape, model::Shape::Record { fields, .. }
                    if fields.iter().any(|field| meant(&field.attributes)))
        })
}

/// Whether two schemas have the same columns: names, types, nullability, and the meaning that metadata gives a type.
fn same_columns(a: &Schema, b: &Schema) -> bool {
    a.fields().len() == b.fields().len() && a.fields().iter().zip(b.fields()).all(|(a, b)| same_field(a, b))
}

fn same_field(a: &Field, b: &Field) -> bool {
    let meaning = [keys::EXTENSION_NAME, keys::LOGICAL, keys::LOWERED];
    a.name() == b.name()
        && a.is_nullable() == b.is_nullable()
        && meaning.iter().all(|key| a.metadata().get(key) == b.metadata().get(key))
        && same_type(a.data_type(), b.data_type())
}

fn same_type(a: &DataType, b: &DataType) -> bool {
    use DataType::*;
    match (a, b) {
        (List(a), List(b))
        | (LargeList(a), LargeList(b))
        | (ListView(a), ListView(b))
        | (LargeListView(a), LargeListView(b)) => same_field(a, b),
        (FixedSizeList(a, n), FixedSizeList(b, m)) => n == m && same_field(a, b),
        (Map(a, x), Map(b, y)) => x == y && same_field(a, b),
        (Struct(a), Struct(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_field(a, b)),
        (Union(a, x), Union(b, y)) => {
            x == y && a.len() == b.len() && a.iter().zip(b.iter()).all(|((i, a), (j, b))| i == j && same_field(a, b))
        }
        (RunEndEncoded(a, v), RunEndEncoded(b, w)) => a.data_type() == b.data_type() && same_field(v, w),
        (a, b) => a == b,
    }
}
