//! How a file is read: compiled once from its footer, shared by all chunks.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, FieldLevels, ProjectionMask, parquet_to_arrow_field_levels};
use parquet::column::page::{PageIterator, PageReader};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::change::{Change, EMPTY, Intervals, same_layout};
use super::footer::{failed, guarded};
use super::hint::{Shape, Shapes, decode_schema};
use super::logical::{Kind, Step};
use super::lower_schema::{FIELD_KEY, LOWERED_KEY, NO_COLUMNS};
use super::nested::retyped;
use super::options::ReadSettings;
use super::raise::raise;
use super::schema::{Rule, Text, physicals};
use crate::code::Code;
use crate::column::raw;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::schema::avsc::keys;

/// Key under which parquet-avro (Java) keeps the Avro schema of the records.
const PARQUET_AVRO: &str = "parquet.avro.schema";

/// How a file is read.
pub(super) struct Plan {
    /// The schema of the batches.
    pub schema: SchemaRef,
    /// What the crate decodes.
    pub levels: FieldLevels,
    /// The columns with INT96 once more, as seconds, and where each of the columns stands there.
    pub seconds: Option<(FieldLevels, Vec<Option<usize>>)>,
    /// Hints and annotations that were ignored.
    pub notes: Report,
    columns: Vec<Column>,
    /// What the crate is asked for.
    pub wanted: Fields,
    depth_max: usize,
}

struct Column {
    step: Step,
    raise: Option<Change>,
    field: FieldRef,
}

impl Plan {
    /// Compiles the plan.
    pub fn new(metadata: &Arc<ParquetMetaData>, settings: &ReadSettings, depth_max: usize) -> Result<Plan> {
        let file = metadata.file_metadata();
        let physicals = physicals(file.schema_descr(), depth_max, Text::Checked)?;
        let schema = &physicals.schema;
        let bad = |error| failed(error, "schema");
        let plain = guarded(|| {
            let levels = parquet_to_arrow_field_levels(schema, ProjectionMask::all(), None).map_err(bad)?;
            fields_of(&levels, metadata)
        })?;

        let pairs: Vec<(String, String)> = (file.key_value_metadata().into_iter().flatten())
            .filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)))
            .collect();
        let hint = (pairs.iter().find(|(key, _)| key == ARROW_SCHEMA_META_KEY))
            .filter(|_| settings.hints)
            .map(|(_, text)| decode_schema(text));
        let mut notes = Report::default();
        if let Some(None) = hint {
            notes.note(Code::Hint, ARROW_SCHEMA_META_KEY);
        }
        let hint = hint.flatten();
        for path in &physicals.empty {
            notes.note(Code::Type, path.clone());
        }
        for path in &physicals.ignored {
            notes.note(Code::Hint, path.clone());
        }

        let mut shapes = Shapes {
            rules: &physicals.rules,
            next: 0,
            variants: &physicals.variants,
            named: &physicals.named,
            int96: settings.int96,
            ignored: Vec::new(),
        };
        let hints = hint.as_ref().map(|hint| hint.fields().clone()).unwrap_or_default();
        let mut columns = Vec::with_capacity(plain.len());
        let mut wanted: Vec<FieldRef> = Vec::with_capacity(plain.len());
        for (index, field) in plain.iter().enumerate() {
            let hint = hint_of(&hints, index, field);
            let original = hint.and_then(original_field);
            let first = shapes.next;
            let mut shape = shapes.of(field, hint, field.name());
            let mut raised = None;
            if let Some(original) = original {
                // What was written by the change has the shape of the change; otherwise the hint is of another file.
                let known = shapes.ignored.len();
                for intervals in [Intervals::Group, Intervals::Native] {
                    let Ok((change, stored)) = Change::of(&original, intervals) else { continue };
                    shapes.next = first;
                    let as_stored = shapes.of(field, Some(&stored), field.name());
                    shapes.ignored.truncate(known);
                    if raised.is_none() && same_layout(as_stored.logical.data_type(), &change.stored) {
                        shape = as_stored;
                        raised = Some((original.clone(), change));
                    }
                }
                if raised.is_none() {
                    shapes.ignored.push(field.name().clone());
                }
            }
            let Shape { plain, mut logical, step } = shape;
            // Without the original field, the key says what another format did.
            if logical.metadata_mut().remove(FIELD_KEY).is_some() {
                logical.metadata_mut().remove(LOWERED_KEY);
            }
            wanted.push(Arc::new(plain));
            columns.push(match raised {
                Some((original, change)) => Column { step, raise: Some(change), field: Arc::new(original) },
                None => Column { step, raise: None, field: Arc::new(logical) },
            });
        }
        for path in &shapes.ignored {
            notes.note(Code::Hint, path.clone());
        }

        let wanted: Fields = wanted.into();
        let levels =
            guarded(|| parquet_to_arrow_field_levels(schema, ProjectionMask::all(), Some(&wanted)).map_err(bad))?;
        let seconds = guarded(|| {
            let places = places(&columns);
            if places.iter().all(Option::is_none) {
                return Ok(None);
            }
            let roots = places.iter().enumerate().filter(|(_, place)| place.is_some()).map(|(root, _)| root);
            let fields: Fields =
                wanted.iter().zip(&columns).map(|(field, column)| Arc::new(in_seconds(field, &column.step))).collect();
            let mask = ProjectionMask::roots(schema, roots);
            let levels = parquet_to_arrow_field_levels(schema, mask, Some(&fields)).map_err(bad)?;
            Ok(Some((levels, places)))
        })?;

        let mut key_values = hint.map(|hint| hint.metadata).unwrap_or_default();
        key_values.extend(pairs.into_iter().filter(|(key, _)| key != ARROW_SCHEMA_META_KEY));
        // What parquet-avro leaves in the file; an Avro target takes it where it still fits the columns.
        if let (Some(text), false) = (key_values.get(PARQUET_AVRO), key_values.contains_key(keys::AVRO_SCHEMA)) {
            let text = text.clone();
            key_values.insert(keys::AVRO_SCHEMA, text);
        }
        let nothing = key_values.remove(LOWERED_KEY).is_some_and(|value| value == NO_COLUMNS)
            && columns.len() == 1
            && columns[0].field.name() == EMPTY;
        if nothing {
            columns.clear();
        }
        let fields: Fields = columns.iter().map(|column| column.field.clone()).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, key_values));
        Ok(Plan { schema, levels, seconds, notes, columns, wanted, depth_max })
    }

    /// The levels with which the crate decodes text of `metadata`, whose plan this is, as bytes, without looking at it.
    pub fn levels_of_bytes(&self, metadata: &ParquetMetaData) -> Result<FieldLevels> {
        let physicals = physicals(metadata.file_metadata().schema_descr(), self.depth_max, Text::Bytes)?;
        let wanted: Fields = self.wanted.iter().map(|field| Arc::new(raw::bytes_field(field))).collect();
        let bad = |error| failed(error, "schema");
        let mask = ProjectionMask::all();
        guarded(|| parquet_to_arrow_field_levels(&physicals.schema, mask, Some(&wanted)).map_err(bad))
    }

    /// A decoded column as it is in the schema. `seconds`: those of its batch.
    pub fn column(&self, index: usize, decoded: &ArrayRef, seconds: Option<&RecordBatch>) -> Result<ArrayRef> {
        let Some(column) = self.columns.get(index) else {
            return Err(Error::internal("a column more than in the plan"));
        };
        let places = self.seconds.as_ref().map(|(_, places)| places);
        let place = places.and_then(|places| places.get(index).copied().flatten());
        let seconds = seconds.zip(place).map(|(seconds, place)| seconds.column(place));
        column.finish(decoded, seconds).map_err(|error| error.in_column(column.field.name()))
    }

    /// A batch of so many rows of columns that are as they are in the schema.
    pub fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(super::nested::damaged)
    }

    /// A decoded batch as a batch of the schema.
    pub fn finish(&self, decoded: &RecordBatch, seconds: Option<&RecordBatch>) -> Result<RecordBatch> {
        let columns = (0..self.columns.len()).map(|index| self.column(index, decoded.column(index), seconds));
        self.batch(columns.collect::<Result<Vec<_>>>()?, decoded.num_rows())
    }
}

impl Column {
    fn finish(&self, decoded: &ArrayRef, seconds: Option<&ArrayRef>) -> Result<ArrayRef> {
        let logical = self.step.apply(decoded, seconds)?;
        let raised = match &self.raise {
            Some(change) => raise(change, &retyped(&logical, &change.stored)?)?,
            None => logical,
        };
        retyped(&raised, self.field.data_type())
    }
}

/// The hint for a column: the one at its place if it has its name, otherwise the only one of its name.
fn hint_of<'a>(hints: &'a Fields, index: usize, field: &Field) -> Option<&'a Field> {
    let named = |hint: &&FieldRef| hint.name() == field.name();
    let mut same = hints.iter().filter(named);
    let hint = hints.get(index).filter(|hint| named(hint)).or_else(|| same.next().filter(|_| same.next().is_none()));
    hint.map(|hint| hint.as_ref())
}

/// The field that a column of ours had before it was lowered.
fn original_field(hint: &Field) -> Option<Field> {
    let schema = decode_schema(hint.metadata().get(FIELD_KEY)?)?;
    let [field] = schema.fields().as_ref() else { return None };
    (field.name() == hint.name()).then(|| field.as_ref().clone())
}

/// Where each column with INT96 stands among those.
fn places(columns: &[Column]) -> Vec<Option<usize>> {
    let mut next = 0;
    let place = |column: &Column| {
        column.step.has_int96().then(|| {
            next += 1;
            next - 1
        })
    };
    columns.iter().map(place).collect()
}

/// A field with INT96 leaves as seconds.
fn in_seconds(field: &Field, step: &Step) -> Field {
    let data_type = match (&step.kind, field.data_type()) {
        (Kind::Leaf(Rule::Int96), _) => DataType::Timestamp(TimeUnit::Second, None),
        (Kind::Nested(steps) | Kind::Map(steps), nested) => {
            let child = |field: &FieldRef, index: usize| match steps.get(index) {
                Some(step) => Arc::new(in_seconds(field, step)),
                None => field.clone(),
            };
            match nested {
                DataType::Struct(fields) => {
                    DataType::Struct(fields.iter().enumerate().map(|(index, field)| child(field, index)).collect())
                }
                DataType::List(item) => DataType::List(child(item, 0)),
                DataType::LargeList(item) => DataType::LargeList(child(item, 0)),
                DataType::ListView(item) => DataType::ListView(child(item, 0)),
                DataType::LargeListView(item) => DataType::LargeListView(child(item, 0)),
                DataType::FixedSizeList(item, size) => DataType::FixedSizeList(child(item, 0), *size),
                DataType::Map(entries, sorted) => match entries.data_type() {
                    DataType::Struct(pair) => {
                        let pair: Fields = pair.iter().enumerate().map(|(index, field)| child(field, index)).collect();
                        let entries = entries.as_ref().clone().with_data_type(DataType::Struct(pair));
                        DataType::Map(Arc::new(entries), *sorted)
                    }
                    _ => nested.clone(),
                },
                other => other.clone(),
            }
        }
        (_, kept) => kept.clone(),
    };
    field.clone().with_data_type(data_type)
}

/// The Arrow fields of levels, which the crate tells only through a reader.
fn fields_of(levels: &FieldLevels, metadata: &Arc<ParquetMetaData>) -> Result<Fields> {
    let reader = ParquetRecordBatchReader::try_new_with_row_groups(levels, &NoPages(metadata.clone()), 1, None)
        .map_err(|error| failed(error, "schema"))?;
    Ok(arrow_array::RecordBatchReader::schema(&reader).fields().clone())
}

/// Row groups without pages.
struct NoPages(Arc<ParquetMetaData>);

struct NoPage;

impl Iterator for NoPage {
    type Item = Result<Box<dyn PageReader>, parquet::errors::ParquetError>;
    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
impl PageIterator for NoPage {}

impl RowGroups for NoPages {
    fn num_rows(&self) -> usize {
        0
    }
    fn column_chunks(&self, _: usize) -> Result<Box<dyn PageIterator>, parquet::errors::ParquetError> {
        Ok(Box::new(NoPage))
    }
    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::empty())
    }
    fn metadata(&self) -> &ParquetMetaData {
        &self.0
    }
}

/// Fails if the batches of a row range are not what the footer says.
pub(super) fn check_rows(read: u64, expected: u64) -> Result<()> {
    if read == expected {
        return Ok(());
    }
    Err(Error::malformed(format!("the footer says {expected} rows, but the pages hold {read}")))
}
