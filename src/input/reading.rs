//! Reading with the schema of the reader, whatever schema the data was written with.
//!
//! Avro with an Avro schema goes by the rules of schema resolution; all else through [`Adapt`]. Text is parsed into the
//! types that are wanted, so that no value takes a way through an inferred type.

mod declared;
#[cfg(feature = "protobuf")]
mod messages;
mod names;

use std::ops::Range;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

pub(super) use self::declared::open as open_declared;
use super::Resolved;
use crate::code::Code;
use crate::error::{Error, ErrorKind, Origin, Result};
use crate::pipeline::adapter::BatchReader;
use crate::pipeline::{Again, Batches, Chunk, Exec, Lookup, Original, Reader, Records, Transform};
use crate::report::Report;
use crate::schema::adapt::{Adapt, record_names};
use crate::schema::identity::{By, partners};
use crate::schema::load::{Language, SchemaFile, has_field};
use crate::schema::renamed::{Renamed, source_of};

/// Opens an input, and brings its records to the reader's schema.
///
/// # Errors
/// What opening gives; `Schema` if the data cannot be read so.
pub(super) fn open(input: &Resolved, wanted: &SchemaFile, exec: &Exec) -> Result<Box<dyn Reader>> {
    // Avro knows aliases only: what was renamed besides is no matter of its rules.
    if input.format.info().name == "avro" && wanted.language == Language::Avro && wanted.renamed.is_empty() {
        return resolved(input, wanted, exec);
    }
    let mut report = Report::default();
    let mut input = input.clone();
    if is_text(&input) {
        let (source, spooled) = input.source.rewindable()?;
        if spooled {
            report.note(Code::Spooled, &*source.name());
        }
        input.source = source;
        let own = match &input.options.schema {
            Some(schema) => schema.clone(),
            None => match names::known(&input, wanted)? {
                Some(names) => {
                    for name in &names.left_out {
                        report.note(Code::Dropped, name.clone());
                    }
                    if input.format.info().name == "csv" {
                        input.options.settings.set_default("extra-columns", "ignore");
                    }
                    Arc::new(Schema::new(names.fields))
                }
                None => input.open_as_written(exec)?.schema(),
            },
        };
        // Whether it can be read so is found out before its values are looked at.
        let adapt = Adapt::renaming(&own, &wanted.schema, &wanted.renamed);
        let record = record_names(wanted.schema.metadata());
        let fields = typed(own.fields(), wanted.schema.fields(), &record, &wanted.renamed);
        let typed = Schema::new_with_metadata(fields, own.metadata().clone());
        // Types that were found, or stand for none so far, are no reason: those that text is parsed into are.
        if adapt.is_err()
            && let Err(error) = Adapt::renaming(&typed, &wanted.schema, &wanted.renamed)
        {
            return Err(refused(error, &input, wanted));
        }
        input.options.schema = Some(Arc::new(typed));
        input.options.columns.clear();
    }
    #[cfg(feature = "protobuf")]
    let alike = messages::alike(&mut input, wanted)?;
    #[cfg(feature = "protobuf")]
    let wanted = alike.as_ref().unwrap_or(wanted);
    let reader = input.open_as_written(exec)?;
    adapted(reader, wanted, &input, report)
}

/// A refusal names both sides: the data, and the file with the reader's schema.
fn refused(error: Error, input: &Resolved, wanted: &SchemaFile) -> Error {
    let told = format!("{} (reader's schema: {})", error.message(), wanted.definition.path.display());
    let mut made = Error::schema(told).in_source(input.source.name());
    if let Some(column) = &error.origin().column {
        made = made.in_column(column);
    }
    match error.hint() {
        Some(hint) => made.with_hint(hint),
        None => made,
    }
}

/// Whether types are inferred from text, and can be given instead.
fn is_text(input: &Resolved) -> bool {
    let format = input.format.info().name;
    let own_rules =
        input.options.settings.get("dialect").is_some_and(|dialect| matches!(dialect, "avro" | "protojson"));
    matches!(format, "csv" | "json") && !own_rules
}

/// The records of a reader, in another schema.
fn adapted(
    reader: Box<dyn Reader>,
    wanted: &SchemaFile,
    input: &Resolved,
    mut report: Report,
) -> Result<Box<dyn Reader>> {
    let own = reader.schema();
    let known = |name: &str| has_field(own.fields(), name);
    if let Some(unknown) = wanted.renamed.iter().find(|one| !known(&one.old) && !known(&one.new)) {
        return Err(Error::usage(format!("no field of the data is called {:?} or {:?}", unknown.old, unknown.new))
            .in_source(input.source.name())
            .with_hint("--map OLD=NEW: the name in the data, the name in the schema of --reader-schema"));
    }
    let adapt = Adapt::renaming(&own, &wanted.schema, &wanted.renamed);
    let adapt = adapt.map_err(|error| refused(error, input, wanted))?;
    for (code, path) in adapt.losses() {
        report.note(*code, path.clone());
    }
    let adapt = Arc::new(adapt.with_policies(input.options.policies.clone()));
    Ok(Box::new(AdaptedReader { reader, adapt, report }))
}

/// Avro data by Avro's own rules.
fn resolved(input: &Resolved, wanted: &SchemaFile, exec: &Exec) -> Result<Box<dyn Reader>> {
    let mut input = input.clone();
    let (source, spooled) = input.source.rewindable()?;
    input.source = source;
    let own = input.open_as_written(exec).map(|reader| reader.schema());
    input.options.reader = Some(wanted.definition.clone());
    let reader = input.open_as_written(exec).map_err(|error| match error.kind() {
        ErrorKind::Schema => refused(error, &input, wanted),
        _ => error,
    })?;
    let mut report = Report::default();
    if spooled {
        report.note(Code::Spooled, &*input.source.name());
    }
    if let Ok(own) = own {
        // Files tell it themselves, messages do not.
        let told = reader.report().losses;
        for path in dropped(own.fields(), reader.schema().fields(), "") {
            let lost = (Code::Dropped, path);
            if !told.contains_key(&lost) {
                report.losses.insert(lost, 1);
            }
        }
    }
    Ok(Box::new(Told { reader, report }))
}

/// Paths of fields that `target` does not have.
fn dropped(source: &Fields, target: &Fields, path: &str) -> Vec<String> {
    let below = |field: &Field| if path.is_empty() { field.name().clone() } else { format!("{path}.{}", field.name()) };
    let partners = partners(source, target, By::NAME, &|_| None);
    let mut out = Vec::new();
    for (at, field) in source.iter().enumerate() {
        match partners.iter().position(|partner| *partner == Some(at)) {
            None => out.push(below(field)),
            Some(wanted) => {
                let nested = |one: &DataType, other: &DataType, path: String| match (one, other) {
                    (DataType::Struct(one), DataType::Struct(other)) => dropped(one, other, &path),
                    _ => Vec::new(),
                };
                let path = below(&target[wanted]);
                out.extend(match (field.data_type(), target[wanted].data_type()) {
                    (DataType::List(one), DataType::List(other)) => {
                        nested(one.data_type(), other.data_type(), format!("{path}[]"))
                    }
                    (one, other) => nested(one, other, path),
                });
            }
        }
    }
    out
}

/// The fields of the data, with the types that the reader wants for them: text is parsed into those.
fn typed(own: &Fields, wanted: &Fields, record: &[String], renamed: &[Renamed]) -> Fields {
    let partners = partners(own, wanted, By::ID, &|name| source_of(renamed, record, name));
    let fields =
        own.iter().enumerate().map(|(at, field)| match partners.iter().position(|partner| *partner == Some(at)) {
            None => field.clone(),
            Some(index) => Arc::new(typed_field(field, &wanted[index], renamed)),
        });
    fields.collect()
}

fn typed_field(own: &Field, wanted: &Field, renamed: &[Renamed]) -> Field {
    let item = |own: &FieldRef, wanted: &FieldRef| Arc::new(typed_field(own, wanted, renamed));
    match (own.data_type(), wanted.data_type()) {
        (DataType::Null, _) => own.clone().with_nullable(true),
        (DataType::Struct(fields), DataType::Struct(others)) => {
            let mut record = record_names(wanted.metadata());
            record.push(wanted.name().clone());
            own.clone().with_data_type(DataType::Struct(typed(fields, others, &record, renamed))).with_nullable(true)
        }
        (
            DataType::List(one),
            DataType::List(other) | DataType::LargeList(other) | DataType::FixedSizeList(other, _),
        ) => own.clone().with_data_type(DataType::List(item(one, other))).with_nullable(true),
        // Its symbols are looked at afterwards.
        (_, DataType::Dictionary(_, values)) if !values.is_nested() => {
            Field::new(own.name(), values.as_ref().clone(), true)
        }
        _ => wanted.clone().with_name(own.name()).with_nullable(true),
    }
}

/// A reader with more to tell.
struct Told {
    reader: Box<dyn Reader>,
    report: Report,
}

impl Reader for Told {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
    fn keep_dictionaries(&mut self) {
        self.reader.keep_dictionaries();
    }
    fn keep_views(&mut self) {
        self.reader.keep_views();
    }
    fn keep_runs(&mut self) {
        self.reader.keep_runs();
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        self.reader.next_chunk()
    }
    fn resumes(&self) -> bool {
        self.reader.resumes()
    }
    fn report(&self) -> Report {
        let mut report = self.reader.report();
        report.merge(&self.report);
        report
    }
}

/// A reader whose batches are brought to another schema.
struct AdaptedReader {
    reader: Box<dyn Reader>,
    adapt: Arc<Adapt>,
    report: Report,
}

impl Reader for AdaptedReader {
    fn schema(&self) -> SchemaRef {
        self.adapt.schema()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        let chunk = self.reader.next_chunk()?;
        Ok(chunk.map(|chunk| match self.adapt.is_identity() {
            true if chunk_schema_is(&self.reader.schema(), &self.adapt.schema()) => chunk,
            _ => Box::new(Adapted { chunk, adapt: self.adapt.clone() }) as Box<dyn Chunk>,
        }))
    }
    fn resumes(&self) -> bool {
        self.reader.resumes()
    }
    fn report(&self) -> Report {
        let mut report = self.reader.report();
        report.merge(&self.report);
        report
    }
}

fn chunk_schema_is(own: &SchemaRef, wanted: &SchemaRef) -> bool {
    own == wanted
}

/// A chunk whose batches are brought to another schema.
pub(super) struct Adapted {
    pub chunk: Box<dyn Chunk>,
    pub adapt: Arc<Adapt>,
}

impl Chunk for Adapted {
    fn size(&self) -> usize {
        self.chunk.size()
    }
    fn origin(&self) -> Origin {
        self.chunk.origin()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        Ok(each(self.chunk.decode()?, self.adapt))
    }
    fn is_indexed(&self) -> bool {
        self.chunk.is_indexed()
    }
    fn records(&self) -> Option<Lookup> {
        let (inner, adapt) = (self.chunk.records()?, self.adapt.clone());
        Some(Box::new(move || Ok(Box::new(AdaptedRecords { inner: inner()?, adapt }) as Box<dyn Records>)))
    }
}

fn each(batches: Batches, adapt: Arc<Adapt>) -> Batches {
    let mut records = 0;
    Box::new(batches.map(move |batch| {
        let batch = batch?;
        let read = batch.report.records_in;
        let adapted = adapt.apply(batch).map_err(|error| error.shifted(records, 0, 0));
        records += read;
        adapted
    }))
}

/// Records whose batches are brought to another schema.
struct AdaptedRecords {
    inner: Box<dyn Records>,
    adapt: Arc<Adapt>,
}

impl Records for AdaptedRecords {
    fn schema(&self) -> SchemaRef {
        self.adapt.schema()
    }
    fn count(&self) -> usize {
        self.inner.count()
    }
    fn lines(&self) -> u64 {
        self.inner.lines()
    }
    fn decode(&self, records: Range<usize>) -> Result<Batches> {
        Ok(each(self.inner.decode(records)?, self.adapt.clone()))
    }
    fn get(&self, record: usize) -> Original {
        self.inner.get(record)
    }
    fn malformed_ends(&self) -> bool {
        self.inner.malformed_ends()
    }
    fn again(&self) -> Again {
        self.inner.again()
    }
}

/// Makes the column with a path JSON text in all schemas. False if it is that already.
pub(super) fn make_json(schemas: &mut [(Arc<str>, SchemaRef)], path: &str) -> bool {
    let mut changed = false;
    for (_, schema) in schemas {
        let fields: Fields = schema
            .fields()
            .iter()
            .map(|field| {
                let rest = path.strip_prefix(field.name().as_str());
                let meant = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
                if !meant || field.extension_type_name() == Some("arrow.json") {
                    return field.clone();
                }
                changed = true;
                let json = Field::new(field.name(), DataType::Utf8, field.is_nullable());
                Arc::new(json.with_extension_type(arrow_schema::extension::Json::default()))
            })
            .collect();
        *schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    }
    changed
}

/// Adds to a conflict of types in many inputs where the first value stands that does not fit.
pub(super) fn misfit(input: &Resolved, field: &Field, path: &str, exec: &Exec) -> Option<Error> {
    if !is_text(input) || path.contains(['.', '[']) {
        return None;
    }
    let mut input = input.clone();
    let own = input.open_as_written(exec).ok()?.schema();
    let fields: Fields = own
        .fields()
        .iter()
        .map(|own| if own.name() == path { Arc::new(field.clone().with_nullable(true)) } else { own.clone() })
        .collect();
    input.options.schema = Some(Arc::new(Schema::new_with_metadata(fields, own.metadata().clone())));
    let reader = input.open_as_written(exec).ok()?;
    let mut batches = BatchReader::new(reader, exec);
    std::iter::from_fn(|| batches.next_batch()).find_map(Result::err)
}
