//! Floats that went into messages of JSON, whose numbers are doubles.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::with_element;
use crate::column::doubles::{doubled, in_doubles};
use crate::column::json::is_json_text;
use crate::column::nesting::element;
use crate::error::Result;
use crate::pipeline::{Batch, Transform};

/// The field with doubles where its floats went into messages of JSON, whose numbers are doubles. A list says for its
/// elements that it was read from such: `of_json`.
pub(super) fn shown(written: &FieldRef, read: &Field, of_json: bool, by_position: bool) -> FieldRef {
    let of_json = of_json || read.metadata().contains_key("proto.wkt");
    let data_type = match (written.data_type(), read.data_type()) {
        _ if is_json_text(written) => return written.clone(),
        (own, _) if of_json && is_json_text(read) => doubled(own),
        (DataType::Struct(columns), DataType::Struct(fields)) => {
            let find = |(index, column): (usize, &FieldRef)| match by_position {
                true => fields.get(index),
                false => fields.iter().find(|field| field.name() == column.name()),
            };
            let each = columns.iter().enumerate().map(|(index, column)| match find((index, column)) {
                Some(field) => shown(column, field, false, by_position),
                None => column.clone(),
            });
            DataType::Struct(each.collect())
        }
        (DataType::Map(columns, sorted), DataType::Map(entries, _)) => {
            // Keys and values are what they are by their places.
            DataType::Map(shown(columns, entries, of_json, true), *sorted)
        }
        (list, other) => match (element(list), element(other)) {
            (Some(column), Some(item)) => with_element(list, shown(column, item, of_json, by_position)),
            _ => return written.clone(),
        },
    };
    if data_type == *written.data_type() {
        return written.clone();
    }
    Arc::new(written.as_ref().clone().with_data_type(data_type))
}

/// Shows records in a schema that has doubles where theirs has floats.
pub(in crate::proof) struct InDoubles(pub SchemaRef);

impl InDoubles {
    /// The records, so shown.
    pub fn of(&self, records: &RecordBatch) -> Result<RecordBatch> {
        let columns = records.columns().iter().zip(self.0.fields());
        let columns = columns.map(|(column, field)| match (column.data_type(), field.data_type()) {
            // A column may be runs whatever it was said to be.
            (DataType::RunEndEncoded(ends, values), single) if !matches!(single, DataType::RunEndEncoded(..)) => {
                let values = values.as_ref().clone().with_data_type(single.clone());
                in_doubles(column, &DataType::RunEndEncoded(ends.clone(), Arc::new(values)))
            }
            // Text may be in another layout, and has no floats.
            (_, DataType::Utf8) => Ok(column.clone()),
            (_, shown) => in_doubles(column, shown),
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let fields = self.0.fields().iter().zip(&columns);
        let fields = fields.map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()));
        let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), self.0.metadata().clone());
        let options = RecordBatchOptions::new().with_row_count(Some(records.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)?)
    }
}

impl Transform for InDoubles {
    fn schema(&self) -> SchemaRef {
        self.0.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        let records = self.of(&batch.records)?;
        Ok(batch.with_records(records))
    }
}
