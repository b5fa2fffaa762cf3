//! The columns of the records of a file.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{Field, FieldRef, Fields};

use super::super::cursor::Cursor;
use super::{Column, Context, Kind, Repairs};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::schema::avsc::model::Document;

/// The columns of the records of a file.
pub(crate) struct Root {
    columns: Vec<Column>,
    names: Vec<String>,
}

impl Root {
    pub(crate) fn new(document: &Document, sizes: &[usize], fields: &Fields) -> Result<Root> {
        let located = |target: &FieldRef, column: Result<Column>| column.map_err(|e| e.in_column(target.name()));
        let columns = match document.fields(&document.root) {
            Some(avro) if avro.len() == fields.len() => {
                let pairs = avro.iter().zip(fields);
                pairs.map(|(a, t)| located(t, Column::new(document, sizes, &a.node, t))).collect::<Result<_>>()?
            }
            Some(_) => return Err(Error::internal("the schema of the file has other fields")),
            None => {
                let value = fields.first().ok_or_else(|| Error::internal("no column for the value"))?;
                vec![located(value, Column::new(document, sizes, &document.root, value))?]
            }
        };
        Ok(Root { columns, names: fields.iter().map(|field: &Arc<Field>| field.name().clone()).collect() })
    }

    /// From now on, values are repaired and counted instead of refused.
    pub(crate) fn repair(&mut self, repairs: Repairs) {
        for column in &mut self.columns {
            column.visit("", &mut |column, _| {
                column.replaced = repairs.replace_text.then_some(0);
                column.nulled = repairs.null_uuids.then_some(0);
            });
        }
    }

    /// How many values were altered, or get another form, since this was asked, by code and column path.
    pub(crate) fn take_altered(&mut self, mut f: impl FnMut(Code, &str, u64)) {
        for (column, name) in self.columns.iter_mut().zip(&self.names) {
            column.visit(name, &mut |column, path| {
                for (code, count) in [(Code::Utf8, &mut column.replaced), (Code::Uuid, &mut column.nulled)] {
                    if let Some(count) = count.as_mut().filter(|count| **count > 0) {
                        f(code, path, std::mem::take(count));
                    }
                }
                if let Kind::UuidText(_, restyled @ 1..) = &mut column.kind {
                    f(Code::Restyled, path, std::mem::take(restyled));
                }
                if let Kind::Json(_, _, payloads @ 1..) = &mut column.kind {
                    f(Code::NaNPayload, path, std::mem::take(payloads));
                }
            });
        }
    }

    /// Makes room for about `times` as many records as were read since the last batch.
    pub(crate) fn expect(&mut self, times: usize) {
        self.columns.iter_mut().for_each(|column| column.expect(times));
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|column| column.reserve(rows));
    }

    /// Reads one record.
    pub(crate) fn read(&mut self, cursor: &mut Cursor<'_>, context: &Context<'_>) -> Result<()> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            if let Err(error) = column.read(cursor, context) {
                return Err(error.in_column(self.names.get(index).map(String::as_str).unwrap_or_default()));
            }
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        let columns = self.columns.iter_mut().zip(&self.names);
        columns.map(|(column, name)| column.finish().map_err(|error| error.in_column(name))).collect()
    }
}
