//! One input: a source, its format, and how to read it; and many inputs read as one.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::SchemaRef;

use crate::code::Code;
use crate::error::{Error, Origin, Result};
use crate::format::{Format, Offer, ReadOptions, Registry, Settings, Sniff};
use crate::pipeline::ordered::side_by_side;
use crate::pipeline::{Again, Batches, Chunk, Exec, Lookup, Original, Reader, Records, Transform};
use crate::report::Report;
use crate::schema::adapt::Adapt;
use crate::schema::side_car::{self, SideCar};
use crate::schema::unify::unify;
use crate::source::Source;
use crate::source::decompress::OuterCodec;

/// A source with the name of its format (if it was given) and read options.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where the bytes come from.
    pub source: Source,
    /// Name of the format; `None`: by extension, then by content.
    pub format: Option<String>,
    /// How to read.
    pub options: ReadOptions,
}

impl<S: Into<Source>> From<S> for Input {
    fn from(source: S) -> Self {
        Input { source: source.into(), format: None, options: ReadOptions::default() }
    }
}

impl Input {
    /// A source in the format called `format`.
    pub fn with_format(source: impl Into<Source>, format: &str) -> Self {
        Input { format: Some(format.to_owned()), ..Input::from(source.into()) }
    }
    /// Sets a setting of the format: `option("delimiter", ";")`.
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.options.settings.set(name, value);
        self
    }
    /// The schema to read with, for formats that carry none.
    pub fn schema(mut self, schema: SchemaRef) -> Self {
        self.options.schema = Some(schema);
        self
    }
    /// The type of a column, instead of the inferred one.
    pub fn column(mut self, name: &str, data_type: arrow_schema::DataType) -> Self {
        self.options.columns.push((name.to_owned(), data_type));
        self
    }
}

/// An input whose format is known.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Where the bytes come from.
    pub source: Source,
    /// The format.
    pub format: &'static dyn Format,
    /// How to read, with the settings that the name or the extension implies.
    pub options: ReadOptions,
    /// Said to the user when the content decided against the extension.
    pub note: Option<String>,
    /// What stands beside the source and says its types.
    pub side_car: Option<SideCar>,
}

impl Input {
    /// Finds the format: the given name, else the extension, else the content. A name that says one format over
    /// bytes that begin with the magic of another is overruled by the bytes.
    ///
    /// # Errors
    /// `Usage` if no format is found, or the source cannot be read.
    pub fn resolve(self, registry: &Registry) -> Result<Resolved> {
        let Input { source, format, mut options } = self;
        let mut note = None;
        let (format, implied) = match &format {
            Some(name) => registry.by_name(name)?,
            None => {
                let named = source.as_path().and_then(|path| registry.by_extension(&data_extension(path)?));
                let head = source.head()?;
                match (named, registry.by_content(&head)) {
                    (Some((named, _)), Some(found))
                        if found.sniff(&head) == Sniff::Magic
                            && found.info().name != named.info().name
                            && named.sniff(&head) < Sniff::Likely =>
                    {
                        note = Some(format!("{} holds {}, whatever its name says", source.name(), found.info().name));
                        (found, Settings::default())
                    }
                    (Some(named), _) => named,
                    (None, Some(found)) => (found, Settings::default()),
                    (None, None) => {
                        let what =
                            if head.is_empty() { "an empty input has no format" } else { "cannot tell the format" };
                        let names: Vec<_> = registry.iter().map(|format| format.info().name).collect();
                        return Err(Error::usage(what)
                            .in_source(source.name())
                            .with_hint(format!("name it with --from: {}", names.join(", "))));
                    }
                }
            }
        };
        for (name, value) in implied.iter() {
            options.settings.set_default(name, value);
        }
        for (name, value) in options.fixed.iter() {
            options.settings.set(name, value);
        }
        options.settings.check(format.info().name, format.info().read)?;
        let side_car = match takes_side_car(format, &options.settings)? {
            true => SideCar::beside(&source)?,
            false => None,
        };
        Ok(Resolved { source, format, options, note, side_car })
    }
}

/// The extension that names the data format: `csv` of `a.csv.gz`.
pub fn data_extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_string_lossy().into_owned();
    match OuterCodec::by_extension(&extension) {
        None => Some(extension),
        Some(_) => Some(Path::new(path.file_stem()?).extension()?.to_string_lossy().into_owned()),
    }
}

/// The outer compression that a name announces.
pub fn outer_extension(path: &Path) -> Option<OuterCodec> {
    OuterCodec::by_extension(&path.extension()?.to_string_lossy())
}

/// Whether a format is read with a side-car, if there is one.
fn takes_side_car(format: &dyn Format, settings: &Settings) -> Result<bool> {
    let name = side_car::READ.name;
    Ok(format.info().read.iter().any(|setting| setting.name == name) && settings.flag(name, true)?)
}

impl Resolved {
    /// What the user should know before it is read.
    pub fn notes(&self) -> Result<Vec<String>> {
        let mut notes: Vec<String> = self.note.iter().cloned().collect();
        if let (Some(car), None) = (self.used_side_car()?, &self.options.schema) {
            notes.push(car.note());
        }
        Ok(notes)
    }

    fn used_side_car(&self) -> Result<Option<&SideCar>> {
        let taken = takes_side_car(self.format, &self.options.settings)?;
        Ok(self.side_car.as_ref().filter(|_| taken))
    }

    /// Sets a setting if the format has it, and says whether it has.
    pub fn offer(&mut self, offer: &Offer) -> bool {
        let info = self.format.info();
        if self.options.fixed.get(&offer.name).is_some() {
            return offer.apply(info, info.read, &mut Settings::default());
        }
        offer.apply(info, info.read, &mut self.options.settings)
    }
    /// Opens it. The schema is known when this returns.
    pub fn open(&self, exec: &Exec) -> Result<Box<dyn Reader>> {
        let name = self.source.name();
        let base = Origin { source: Some(name), ..Origin::default() };
        let Some(car) = self.used_side_car()? else {
            return self.format.open(self.source.clone(), &self.options, exec).map_err(|error| error.locate(&base));
        };
        let mut options = self.options.clone();
        let read = self.format.info().read;
        let known = |name: &str| !car.stale && read.iter().any(|known| known.name == name);
        for (name, value) in car.settings.iter().filter(|(name, _)| known(name)) {
            options.settings.set_default(name, value);
        }
        // Types that were given come first.
        let opened = match options.schema.is_some() || !options.columns.is_empty() {
            true => self.format.open(self.source.clone(), &options, exec),
            false => car.open(self.format, &self.source, &options, exec),
        };
        opened.map_err(|error| error.locate(&base))
    }
}

/// Opens all inputs as one: their schemas are unified (never first-file-wins), their records follow one another.
/// One input is opened as it is.
///
/// # Errors
/// What opening gives; `Schema` if the inputs cannot be one table.
pub fn open_all(inputs: Vec<Resolved>, exec: &Exec) -> Result<Box<dyn Reader>> {
    match <[Resolved; 1]>::try_from(inputs) {
        Ok([one]) => Ok(Box::new(Sized { inner: one.open(exec)?, source: one.source })),
        Err(inputs) => ManyReader::open(inputs, exec).map(|reader| Box::new(reader) as Box<dyn Reader>),
    }
}

/// Adds the size of the source to the report.
struct Sized {
    inner: Box<dyn Reader>,
    source: Source,
}

impl Reader for Sized {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        self.inner.next_chunk()
    }
    fn report(&self) -> Report {
        let mut report = self.inner.report();
        // Some readers tell the bytes of their source themselves.
        if report.bytes_in == 0 {
            report.bytes_in = self.source.size().unwrap_or(0);
        }
        report
    }
}

/// Reads inputs one after the other in a common schema. Holds one open file at a time.
struct ManyReader {
    schema: SchemaRef,
    inputs: std::vec::IntoIter<Resolved>,
    current: Option<Current>,
    exec: Exec,
    report: Report,
}

/// The input that is being read, and the step from its schema to the common one.
struct Current {
    reader: Box<dyn Reader>,
    adapt: Option<Arc<Adapt>>,
}

impl ManyReader {
    fn open(inputs: Vec<Resolved>, exec: &Exec) -> Result<Self> {
        if inputs.is_empty() {
            return Err(Error::usage("there is no input"));
        }
        // First pass: every schema. Formats that infer read their file here; the second pass reads with the result.
        let opened = side_by_side(exec, &inputs, |_, input| -> Result<(SchemaRef, Source, Report)> {
            let (source, spooled) = input.source.rewindable()?;
            let reader = Resolved { source: source.clone(), ..input.clone() }.open(exec)?;
            let mut report = Report::default();
            if spooled {
                report.note(Code::Spooled, &*input.source.name());
            }
            // Which hints fit is found out here; the second pass reads with what came of it.
            report.losses.extend(reader.report().losses.into_iter().filter(|((code, _), _)| *code == Code::Hint));
            Ok((reader.schema(), source, report))
        });
        let mut schemas = Vec::new();
        let mut report = Report::default();
        let mut inputs = inputs;
        for (input, opened) in inputs.iter_mut().zip(opened) {
            let (schema, source, notes) = opened??;
            schemas.push((input.source.name(), schema));
            report.bytes_in += source.size().unwrap_or(0);
            report.merge(&notes);
            input.source = source;
        }
        let schema = unify(&schemas)?;
        for (input, (_, own)) in inputs.iter_mut().zip(schemas) {
            let wanted = own.fields().iter().map(|field| match schema.field_with_name(field.name()) {
                Ok(common) => field.as_ref().clone().with_data_type(common.data_type().clone()).with_nullable(true),
                Err(_) => field.as_ref().clone(),
            });
            let fields: Vec<_> = wanted.collect();
            let typed = arrow_schema::Schema::new_with_metadata(fields, own.metadata().clone());
            input.options.schema = Some(Arc::new(typed));
            input.options.columns.clear();
        }
        Ok(ManyReader { schema, inputs: inputs.into_iter(), current: None, exec: exec.clone(), report })
    }
}

impl Reader for ManyReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        loop {
            if let Some(Current { reader, adapt }) = &mut self.current {
                if let Some(chunk) = reader.next_chunk()? {
                    return Ok(Some(match adapt {
                        None => chunk,
                        Some(adapt) => Box::new(Adapted { chunk, adapt: adapt.clone() }),
                    }));
                }
                // The bytes of all sources were counted when they were opened first.
                let report = Report { bytes_in: 0, ..reader.report() };
                self.report.merge(&report);
                self.current = None;
            }
            let Some(input) = self.inputs.next() else { return Ok(None) };
            let reader = input.open(&self.exec)?;
            let adapt = Adapt::new(&reader.schema(), &self.schema).map(Arc::new);
            self.current = Some(Current { reader, adapt });
        }
    }

    fn report(&self) -> Report {
        self.report.clone()
    }
}

/// A chunk whose batches are brought to the common schema.
struct Adapted {
    chunk: Box<dyn Chunk>,
    adapt: Arc<Adapt>,
}

impl Chunk for Adapted {
    fn size(&self) -> usize {
        self.chunk.size()
    }
    fn origin(&self) -> Origin {
        self.chunk.origin()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        Ok(adapted(self.chunk.decode()?, self.adapt))
    }
    fn records(&self) -> Option<Lookup> {
        let (inner, adapt) = (self.chunk.records()?, self.adapt.clone());
        Some(Box::new(move || Ok(Box::new(AdaptedRecords { inner: inner()?, adapt }) as Box<dyn Records>)))
    }
}

fn adapted(batches: Batches, adapt: Arc<Adapt>) -> Batches {
    let mut records = 0;
    Box::new(batches.map(move |batch| {
        let batch = batch?;
        let read = batch.report.records_in;
        let adapted = adapt.apply(batch).map_err(|error| error.shifted(records, 0, 0));
        records += read;
        adapted
    }))
}

/// Records whose batches are brought to the common schema.
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
        Ok(adapted(self.inner.decode(records)?, self.adapt.clone()))
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
