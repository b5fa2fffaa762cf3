//! How a file is read: compiled once from its footer, shared by all chunks.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, FieldLevels, ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::{ConvertedType, Repetition};
use parquet::column::page::{PageIterator, PageReader};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::change::{Change, EMPTY, Intervals, same_layout};
use super::footer::{failed, guarded};
use super::group::Decoded;
use super::hint::{Shape, Shapes, decode_schema};
use super::logical::{Kind, Step};
use super::lower_schema::{FIELD_KEY, LOWERED_KEY, NO_COLUMNS};
use super::nested::retyped;
use super::options::ReadSettings;
use super::raise::raise;
use super::schema::{Rule, Text, physicals};
use crate::code::Code;
use crate::column::{keys as dictionary_keys, raw};
use crate::error::{Error, Result};
use crate::report::Report;
use crate::schema::avsc::keys;

/// Key under which parquet-avro (Java) keeps the Avro schema of the records.
const PARQUET_AVRO: &str = "parquet.avro.schema";

/// How a file is read.
pub(super) struct Plan {
    /// The schema of the batches as they are decoded: dictionaries have wide keys.
    pub schema: SchemaRef,
    /// The schema of the batches.
    pub announced: SchemaRef,
    /// What is decoded.
    pub columns: Vec<Column>,
    /// Hints and annotations that were ignored.
    pub notes: Report,
    /// Whether the columns only say how many rows there are.
    no_columns: bool,
    depth_max: usize,
}

/// How a column is read.
#[derive(Clone)]
pub(super) struct Column {
    /// What the crate decodes.
    pub levels: FieldLevels,
    /// The same with INT96 as seconds, if it has any.
    pub seconds: Option<FieldLevels>,
    /// Other layouts, if it is text that batches may have so.
    pub text: Option<TextLevels>,
    /// Its columns of the file.
    pub leaves: Range<usize>,
    /// What the crate is asked for.
    pub plain: Field,
    /// Whether that is one column of the file, as the crate reads it without being asked.
    pub is_plain: bool,
    step: Step,
    raise: Option<Change>,
    field: FieldRef,
}

/// Layouts of text other than the one in the schema.
#[derive(Clone)]
pub(super) struct TextLevels {
    /// As a dictionary.
    pub dictionary: FieldLevels,
    /// As views of the pages.
    pub views: FieldLevels,
}

impl Plan {
    /// Compiles the plan.
    pub fn new(metadata: &Arc<ParquetMetaData>, settings: &ReadSettings, depth_max: usize) -> Result<Plan> {
        let plan = Plan::of(metadata, settings, depth_max, FieldRef::clone)?;
        match dictionary_keys::widened(&plan.schema) {
            None => Ok(plan),
            Some(_) => {
                let wide = Plan::of(metadata, settings, depth_max, dictionary_keys::wide)?;
                Ok(Plan { announced: plan.schema, ..wide })
            }
        }
    }

    /// The same, with hints as `hinted` makes them.
    fn of(
        metadata: &Arc<ParquetMetaData>,
        settings: &ReadSettings,
        depth_max: usize,
        hinted: fn(&FieldRef) -> FieldRef,
    ) -> Result<Plan> {
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
        let hints = hint.iter().flat_map(|hint| hint.fields()).map(hinted).collect::<Fields>();
        let roots = schema.root_schema().get_fields();
        if roots.len() != plain.len() {
            return Err(Error::malformed(format!("{} columns, of which {} can be read", roots.len(), plain.len())));
        }
        let mut columns: Vec<Column> = Vec::with_capacity(plain.len());
        for (index, (field, root)) in plain.iter().zip(roots).enumerate() {
            let hint = hint_of(&hints, index, field);
            let original = hint.and_then(original_field).map(|field| hinted(&Arc::new(field)).as_ref().clone());
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
            let is_plain = root.is_primitive() && plain.data_type() == field.data_type();
            // Without the original field, the key says what another format did.
            if logical.metadata_mut().remove(FIELD_KEY).is_some() {
                logical.metadata_mut().remove(LOWERED_KEY);
            }
            let (raise, field) = match raised {
                Some((original, change)) => (Some(change), original),
                None => (None, logical),
            };
            let (levels, leaves) = levels_of(root, &plain)?;
            let seconds = step.has_int96().then(|| levels_of(root, &in_seconds(&plain, &step))).transpose()?;
            let first = columns.last().map_or(0, |column| column.leaves.end);
            let as_stored = raise.is_none() && [plain.data_type(), field.data_type()] == [&DataType::Utf8; 2];
            let may_stay = is_text(root) && as_stored && field.extension_type_name().is_none();
            let text = may_stay.then(|| TextLevels::of(root, &plain)).transpose()?;
            columns.push(Column {
                levels,
                seconds: seconds.map(|(levels, _)| levels),
                text,
                leaves: first..first + leaves,
                plain,
                is_plain,
                step,
                raise,
                field: Arc::new(field),
            });
        }
        for path in &shapes.ignored {
            notes.note(Code::Hint, path.clone());
        }

        let mut key_values = hint.map(|hint| hint.metadata).unwrap_or_default();
        key_values.extend(pairs.into_iter().filter(|(key, _)| key != ARROW_SCHEMA_META_KEY));
        // What parquet-avro leaves in the file; an Avro target takes it where it still fits the columns.
        if let (Some(text), false) = (key_values.get(PARQUET_AVRO), key_values.contains_key(keys::AVRO_SCHEMA)) {
            let text = text.clone();
            key_values.insert(keys::AVRO_SCHEMA, text);
        }
        let no_columns = key_values.remove(LOWERED_KEY).is_some_and(|value| value == NO_COLUMNS)
            && columns.len() == 1
            && columns[0].field.name() == EMPTY;
        let shown = columns.iter().filter(|_| !no_columns);
        let fields: Fields = shown.map(|column| column.field.clone()).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, key_values));
        Ok(Plan { announced: schema.clone(), schema, columns, notes, no_columns, depth_max })
    }

    /// The columns of `metadata`, whose plan this is, with text decoded as bytes, so that the crate does not look at it.
    pub fn columns_of_bytes(&self, metadata: &ParquetMetaData) -> Result<Vec<Column>> {
        let physicals = physicals(metadata.file_metadata().schema_descr(), self.depth_max, Text::Bytes)?;
        let roots = physicals.schema.root_schema().get_fields();
        let columns = self.columns.iter().zip(roots).map(|(column, root)| {
            let plain = raw::bytes_field(&column.plain);
            let (levels, _) = levels_of(root, &plain)?;
            let seconds = column.seconds.is_some().then(|| levels_of(root, &in_seconds(&plain, &column.step)));
            let seconds = seconds.transpose()?.map(|(levels, _)| levels);
            Ok(Column { levels, seconds, text: None, is_plain: false, ..column.clone() })
        });
        columns.collect()
    }

    /// So many rows of columns that are as they are in the schema, or another layout of text where that has text, as a
    /// batch.
    pub fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = match columns.iter().any(|column| is_other_text(column.data_type())) {
            true => self.schema_of(&columns),
            false => self.schema.clone(),
        };
        RecordBatch::try_new_with_options(schema, columns, &options).map_err(super::nested::damaged)
    }

    /// The schema with the layouts of text that columns have.
    fn schema_of(&self, columns: &[ArrayRef]) -> SchemaRef {
        let field = |(field, column): (&FieldRef, &ArrayRef)| match (field.data_type(), column.data_type()) {
            (DataType::Utf8, found) if is_other_text(found) => {
                Arc::new(field.as_ref().clone().with_data_type(found.clone()))
            }
            _ => field.clone(),
        };
        let fields: Fields = self.schema.fields().iter().zip(columns).map(field).collect();
        Arc::new(Schema::new_with_metadata(fields, self.schema.metadata().clone()))
    }

    /// So many decoded rows of all columns as a batch of the schema.
    pub fn finish(&self, decoded: &[Decoded], rows: usize) -> Result<RecordBatch> {
        let mut columns = Vec::with_capacity(self.columns.len());
        for (column, Decoded { values, seconds }) in self.columns.iter().zip(decoded).filter(|_| !self.no_columns) {
            columns.push(column.finish(values, seconds.as_ref())?);
        }
        self.batch(columns, rows)
    }
}

impl Column {
    /// Its name.
    pub fn name(&self) -> &str {
        self.field.name()
    }

    /// A decoded column as it is in the schema.
    pub fn finish(&self, decoded: &ArrayRef, seconds: Option<&ArrayRef>) -> Result<ArrayRef> {
        // Whatever a policy allows, there is nothing here that alters a value.
        self.converted(decoded, seconds).map_err(|error| error.as_it_stands().in_column(self.name()))
    }

    fn converted(&self, decoded: &ArrayRef, seconds: Option<&ArrayRef>) -> Result<ArrayRef> {
        if self.text.is_some() && is_other_text(decoded.data_type()) {
            return Ok(decoded.clone());
        }
        let logical = self.step.apply(decoded, seconds)?;
        let raised = match &self.raise {
            Some(change) => raise(change, &retyped(&logical, &change.stored)?)?,
            None => logical,
        };
        retyped(&raised, self.field.data_type())
    }
}

impl TextLevels {
    /// Of a column of text.
    fn of(root: &TypePtr, field: &Field) -> Result<TextLevels> {
        let layout = |data_type| levels_of(root, &field.clone().with_data_type(data_type)).map(|(levels, _)| levels);
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Ok(TextLevels { dictionary: layout(dictionary)?, views: layout(DataType::Utf8View)? })
    }
}

/// Whether a column of text is in one of the [`TextLevels`].
fn is_other_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8View => true,
        DataType::Dictionary(key, value) => [&**key, &**value] == [&DataType::Int32, &DataType::Utf8],
        _ => false,
    }
}

/// Whether a column is text, not in a list, and the crate knows it by the annotation that it checks UTF-8 by.
fn is_text(root: &TypePtr) -> bool {
    root.is_primitive()
        && root.get_basic_info().converted_type() == ConvertedType::UTF8
        && !(root.get_basic_info().has_repetition() && root.get_basic_info().repetition() == Repetition::REPEATED)
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

/// What the crate decodes for a column as `field`, and of how many columns of the file.
fn levels_of(root: &TypePtr, field: &Field) -> Result<(FieldLevels, usize)> {
    let bad = |error| failed(error, "schema");
    guarded(|| {
        let schema = Type::group_type_builder("schema").with_fields(vec![root.clone()]).build().map_err(bad)?;
        let schema = SchemaDescriptor::new(Arc::new(schema));
        let wanted = Fields::from(vec![field.clone()]);
        let levels = parquet_to_arrow_field_levels(&schema, ProjectionMask::all(), Some(&wanted)).map_err(bad)?;
        Ok((levels, schema.num_columns()))
    })
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

/// Fails if there are not as many rows as the footer says.
pub(super) fn check_rows(read: u64, expected: u64) -> Result<()> {
    if read == expected {
        return Ok(());
    }
    Err(Error::malformed(format!("the footer says {expected} rows, but the pages hold {read}")))
}
