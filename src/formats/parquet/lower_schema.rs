//! The schema that is written in place of one with types that Parquet does not have, and the hints that restore it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema};
use parquet::arrow::encode_arrow_schema;

use super::change::{Change, ChangeKind, EMPTY, Intervals};
use crate::error::Result;

/// Field metadata: how a column was rewritten.
pub(super) const LOWERED_KEY: &str = "fmtconv.lowered";
/// Field metadata: the original field, as a schema of one field in the form of `ARROW:schema`.
pub(super) const FIELD_KEY: &str = "fmtconv.field";
/// Value of [`LOWERED_KEY`] in the schema metadata of a schema without columns.
pub(super) const NO_COLUMNS: &str = "no-columns";

/// A schema, lowered.
pub(super) struct LoweredSchema {
    /// One for each original column.
    pub changes: Vec<Change>,
    /// What is written.
    pub schema: Schema,
    /// Whether the original has no columns: one column of nulls keeps the count of rows.
    pub no_columns: bool,
}

/// Lowers a schema.
pub(super) fn lower_schema(schema: &Schema, intervals: Intervals) -> Result<LoweredSchema> {
    let mut changes = Vec::with_capacity(schema.fields().len());
    let mut fields: Vec<FieldRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let (change, mut stored) = Change::of(field, intervals)?;
        if stored != **field {
            stored.metadata_mut().insert(LOWERED_KEY, name_of(&change));
            stored.metadata_mut().insert(FIELD_KEY, encode_arrow_schema(&Schema::new(vec![field.clone()])));
        }
        changes.push(change);
        fields.push(Arc::new(stored));
    }
    let mut metadata = schema.metadata.clone();
    metadata.remove(LOWERED_KEY);
    let no_columns = fields.is_empty();
    if no_columns {
        fields.push(Arc::new(Field::new(EMPTY, DataType::Null, true)));
        metadata.insert(LOWERED_KEY, NO_COLUMNS);
    }
    Ok(LoweredSchema { changes, schema: Schema::new_with_metadata(fields, metadata), no_columns })
}

/// What `fmtconv.lowered` says: for people; reading goes by the original field.
pub(super) fn name_of(change: &Change) -> &'static str {
    match &change.kind {
        ChangeKind::Keep => "nullable",
        ChangeKind::Children(_) => "children",
        ChangeKind::TimestampSeconds => "timestamp[s]",
        ChangeKind::TimeSeconds => "time32[s]",
        ChangeKind::Date64 => "date64",
        ChangeKind::NegativeScale | ChangeKind::NegativeScaleText => "negative-scale",
        ChangeKind::Interval(_) | ChangeKind::NativeInterval(_) => "interval",
        ChangeKind::Union(_) => "union",
        ChangeKind::EmptyStruct => "empty-struct",
        ChangeKind::EmptyList => "empty-list",
        ChangeKind::EmptyBytes => "empty-bytes",
        ChangeKind::DictionaryKeys | ChangeKind::DictionaryValues(_) => "dictionary",
        ChangeKind::RunEnds(_) => "run-ends",
    }
}
