//! Choosing and renaming columns.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};

use super::avsc::keys;
use super::identity::aliases;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Transform};

/// Which columns, in which order, under which names.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these, in this order; empty: all.
    pub select: Vec<String>,
    /// All but these.
    pub exclude: Vec<String>,
    /// `(old, new)`.
    pub rename: Vec<(String, String)>,
}

impl Selection {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty() && self.rename.is_empty()
    }

    /// The step that carries it out on `schema`.
    ///
    /// # Errors
    /// `Usage` if a column does not exist, is not the only one of its name, is selected twice, or would have the name of
    /// another; if none is left.
    pub fn step(&self, schema: &SchemaRef) -> Result<Project> {
        let find = |name: &str| {
            let mut named = (0..schema.fields().len()).filter(|at| schema.field(*at).name() == name);
            let found = named.next().ok_or_else(|| {
                let names: Vec<_> = schema.fields().iter().take(30).map(|field| field.name().as_str()).collect();
                Error::usage(format!("there is no column {name:?}")).with_hint(format!("columns: {}", names.join(", ")))
            })?;
            match named.next() {
                None => Ok(found),
                Some(_) => Err(Error::usage(format!("several columns are called {name:?}"))
                    .with_hint("convert all of them into CSV first, which is read with a name for each")),
            }
        };
        let mut indices: Vec<usize> = if self.select.is_empty() {
            (0..schema.fields().len()).collect()
        } else {
            self.select.iter().map(|name| find(name)).collect::<Result<_>>()?
        };
        for name in &self.exclude {
            let index = find(name)?;
            indices.retain(|kept| *kept != index);
        }
        if let Some(name) = self.select.iter().enumerate().find(|(at, name)| self.select[..*at].contains(name)) {
            return Err(Error::usage(format!("the column {:?} is selected twice", name.1)));
        }
        if indices.is_empty() && !schema.fields().is_empty() {
            return Err(Error::usage("no column is left").with_hint("name in --exclude fewer of them"));
        }
        let mut fields: Vec<Field> = indices.iter().map(|index| schema.field(*index).clone()).collect();
        for (place, (old, new)) in self.rename.iter().enumerate() {
            let index = find(old)?;
            if self.rename[..place].iter().any(|(earlier, _)| earlier == old) {
                return Err(Error::usage(format!("two new names for the column {old:?}")));
            }
            for (field, kept) in fields.iter_mut().zip(&indices) {
                if *kept == index {
                    let former = schema.metadata().contains_key(keys::AVRO_SCHEMA).then_some(old.as_str());
                    *field = renamed(field, new, former);
                }
            }
        }
        // Behind all of them: two columns may exchange their names.
        for (_, new) in &self.rename {
            if fields.iter().filter(|field| field.name() == new).count() > 1 {
                return Err(Error::usage(format!("two columns would be called {new:?}"))
                    .with_hint(format!("leave the other out, --exclude {new}, or choose another name")));
            }
        }
        Ok(Project { schema: Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())), indices })
    }

    /// The same choice among columns of which those are gone that it leaves out: what is named has to be there.
    pub(crate) fn of_those_left(&self) -> Selection {
        let stays =
            |name: &String| (self.select.is_empty() || self.select.contains(name)) && !self.exclude.contains(name);
        Selection {
            select: self.select.iter().filter(|name| stays(name)).cloned().collect(),
            exclude: Vec::new(),
            rename: self.rename.iter().filter(|(old, _)| stays(old)).cloned().collect(),
        }
    }
}

/// The field under another name. `former`: the name by which readers with an older schema know it, which becomes an
/// alias (Avro specification, section Aliases).
fn renamed(field: &Field, name: &str, former: Option<&str>) -> Field {
    let mut field = field.clone().with_name(name);
    let Some(former) = former else { return field };
    let known = field.metadata().get(keys::FORMER).and_then(|text| serde_json::from_str(text).ok());
    let mut names: Vec<String> = known.unwrap_or_default();
    names.retain(|known| known != name && known != former && !aliases(&field).contains(known));
    if former != name {
        names.push(former.to_owned());
    }
    field.metadata_mut().insert(keys::FORMER, serde_json::Value::from(names).to_string());
    field
}

/// Keeps some columns, by position. Costs nothing per row.
#[derive(Clone, Debug)]
pub struct Project {
    schema: SchemaRef,
    indices: Vec<usize>,
}

impl Project {
    /// The names of the columns of `schema`, which it was made for, that it leaves out.
    pub fn left_out(&self, schema: &Schema) -> Vec<String> {
        let fields = schema.fields().iter().enumerate();
        fields.filter(|(at, _)| !self.indices.contains(at)).map(|(_, field)| field.name().clone()).collect()
    }
}

impl Transform for Project {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        let columns = self.indices.iter().map(|index| batch.records.column(*index).clone()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.records.num_rows()));
        let records = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        Ok(Batch { records, report: batch.report })
    }
}
