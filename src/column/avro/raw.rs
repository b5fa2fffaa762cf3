//! The rest of a recursive type as bytes: they are written as they are, so the schema must be the one they are of.

use std::collections::BTreeSet;

use arrow_schema::{DataType, Field, Schema};

use crate::error::{Error, Result};
use crate::schema::avsc::{self, Document, Names, keys};

/// Fails if columns hold bytes of a recursive type that `document` declares otherwise than the schema that the records
/// came with.
pub(crate) fn check_raw(document: &Document, schema: &Schema) -> Result<()> {
    let mut names = BTreeSet::new();
    schema.fields().iter().for_each(|field| collect(field, &mut names));
    if names.is_empty() {
        return Ok(());
    }
    let original = schema.metadata().get(keys::AVRO_SCHEMA).and_then(|text| avsc::parse(text, Names::Lenient).ok());
    for name in names {
        let Some(written) = avsc::canonical_type(document, &name) else { continue };
        if original.as_ref().and_then(|original| avsc::canonical_type(original, &name)) != Some(written) {
            return Err(Error::schema(format!(
                "the rest of a recursive {name} is bytes of another schema than is written"
            ))
            .with_hint("read it as text, which is encoded anew: --from-opt recursion=json"));
        }
    }
    Ok(())
}

/// Names of the recursive types whose bytes a field holds.
fn collect(field: &Field, names: &mut BTreeSet<String>) {
    use DataType as T;
    match field.data_type() {
        T::Binary | T::LargeBinary | T::BinaryView => {
            let lowered = field.metadata().get(keys::LOWERED);
            names.extend(lowered.and_then(|text| text.strip_prefix("recursion:")).map(str::to_owned));
        }
        T::List(item)
        | T::LargeList(item)
        | T::ListView(item)
        | T::LargeListView(item)
        | T::FixedSizeList(item, _)
        | T::Map(item, _) => collect(item, names),
        T::Struct(fields) => fields.iter().for_each(|field| collect(field, names)),
        T::Union(fields, _) => fields.iter().for_each(|(_, field)| collect(field, names)),
        _ => {}
    }
}
