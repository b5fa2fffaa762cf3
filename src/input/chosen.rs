//! Which columns are read of the inputs: several need not agree on those that are left out.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{ManyReader, Resolved, Sized};
use crate::error::{Error, Result};
use crate::pipeline::{Exec, Reader, Steps, Transform};
use crate::schema::project::Selection;

/// Inputs that were opened as one, and the step to the columns that were chosen.
pub(crate) struct Opened {
    pub reader: Box<dyn Reader>,
    pub steps: Steps,
    /// Of the columns that were chosen.
    pub schema: SchemaRef,
    /// Names of the others.
    pub left_out: Vec<String>,
}

/// Opens all inputs as one: their schemas are unified (never first-file-wins), their records follow one another.
/// One input is opened as it is.
///
/// # Errors
/// What opening gives; `Schema` if the inputs cannot be one table; `Usage` for what was chosen.
pub(crate) fn open_chosen(inputs: Vec<Resolved>, selection: &Selection, exec: &Exec) -> Result<Opened> {
    match <[Resolved; 1]>::try_from(inputs) {
        Ok([one]) => chosen_of(Box::new(Sized { inner: one.open(exec)?, source: one.source }), selection),
        Err(inputs) => {
            let reader = ManyReader::open(inputs, selection, exec)?;
            let left_out = reader.left_out.names.iter().cloned().collect();
            let opened = chosen_of(Box::new(reader), &selection.of_those_left())?;
            // They are gone already.
            Ok(Opened { left_out, ..opened })
        }
    }
}

/// The columns that are chosen of a reader.
///
/// # Errors
/// `Usage` for what was chosen.
pub(crate) fn chosen_of(reader: Box<dyn Reader>, selection: &Selection) -> Result<Opened> {
    let schema = reader.schema();
    if selection.is_empty() {
        return Ok(Opened { reader, steps: Vec::new(), schema, left_out: Vec::new() });
    }
    let step = selection.step(&schema)?;
    Ok(Opened { reader, left_out: step.left_out(&schema), schema: step.schema(), steps: vec![Arc::new(step)] })
}

/// Fails if a type was given for a column that is in none of several inputs whose types are found.
///
/// # Errors
/// `Usage`.
pub(super) fn refuse_unknown(inputs: &[Resolved], schemas: &[(Arc<str>, SchemaRef)]) -> Result<()> {
    let found =
        || inputs.iter().zip(schemas).filter(|(input, _)| input.takes_columns() && input.reader_schema.is_none());
    let known: BTreeSet<&str> =
        found().flat_map(|(_, (_, schema))| schema.fields()).map(|field| field.name().as_str()).collect();
    let mut given = found().flat_map(|(input, _)| &input.options.columns);
    match given.find(|field| !known.contains(field.name().as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let names: Vec<&str> = known.into_iter().collect();
            Err(Error::usage(format!("no input has a column {:?}", unknown.name()))
                .with_hint(format!("columns: {}", names.join(", "))))
        }
    }
}

/// The columns that are left out of several inputs.
pub(super) struct LeftOut {
    names: BTreeSet<String>,
}

impl LeftOut {
    /// Of inputs with these schemas.
    ///
    /// # Errors
    /// `Usage` if a column that was named is in none of them, and so on.
    pub fn new(schemas: &[(Arc<str>, SchemaRef)], selection: &Selection) -> Result<Self> {
        if selection.is_empty() {
            return Ok(LeftOut { names: BTreeSet::new() });
        }
        let mut seen = HashSet::new();
        let columns = schemas.iter().flat_map(|(_, schema)| schema.fields()).map(|field| field.name());
        let columns = columns.filter(|name| seen.insert(*name)).map(|name| Field::new(name, DataType::Null, true));
        let all = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        Ok(LeftOut { names: selection.step(&all)?.left_out(&all).into_iter().collect() })
    }

    pub fn has(&self, column: &Field) -> bool {
        self.names.contains(column.name())
    }

    /// The schema without them.
    pub fn without(&self, schema: &SchemaRef) -> SchemaRef {
        if self.names.is_empty() {
            return schema.clone();
        }
        let fields: Vec<_> = schema.fields().iter().filter(|field| !self.has(field)).cloned().collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }
}
