//! One input: a source, its format, and how to read it; and many inputs read as one.

mod chosen;
mod outer;
mod reading;
mod table;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use arrow_schema::SchemaRef;

use crate::code::Code;
use crate::error::{Error, Origin, Result};
use crate::format::{Format, Offer, ReadOptions, Registry, Settings, Sniff, feature_of, not_in_this_build};
use crate::pipeline::ordered::side_by_side;
use crate::pipeline::{Chunk, Exec, Reader};
use crate::report::Report;
use crate::schema::adapt::Adapt;
use crate::schema::infer::evidence::Evidence;
use crate::schema::load::SchemaFile;
use crate::schema::project::Selection;
use crate::schema::side_car::{self, SideCar};
use crate::source::Source;
use crate::source::decompress::OuterCodec;
use chosen::LeftOut;
pub(crate) use chosen::{Opened, chosen_of, open_chosen};

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
        self.options.columns.push(arrow_schema::Field::new(name, data_type, true));
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
    /// Said to the user where the content decided against the name.
    pub told: Vec<String>,
    /// What stands beside the source and says its types, once that was looked at.
    pub side_car: OnceLock<Option<SideCar>>,
    /// The schema that records are brought to, whatever schema they were written with.
    pub reader_schema: Option<Arc<SchemaFile>>,
}

impl Input {
    /// Finds the format: the given name, else the extension, else the content. A name that says one format over
    /// bytes that begin with the magic of another is overruled by the bytes.
    ///
    /// # Errors
    /// `Usage` if no format is found, or the source cannot be read.
    pub fn resolve(self, registry: &Registry) -> Result<Resolved> {
        let Input { source, format, mut options } = self;
        let source = source.anew();
        if let Some(codec) = source.as_path().and_then(outer_extension)
            && codec.is_cut_in(&source.magic()?)
        {
            let extension = codec.extension();
            return Err(Error::malformed(format!("the file was cut: it ends within the first bytes of .{extension}"))
                .in_source(source.name()));
        }
        let mut told = Vec::new();
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
                        told.push(format!("{} holds {}, whatever its name says", source.name(), found.info().name));
                        (found, Settings::default())
                    }
                    (Some(named), _) => named,
                    (None, Some(found)) => (found, Settings::default()),
                    (None, None) => {
                        let extension = source.as_path().and_then(data_extension).unwrap_or_default();
                        if let Some(feature) = feature_of(&extension).filter(|_| !head.is_empty()) {
                            return Err(not_in_this_build(&extension, feature).in_source(source.name()));
                        }
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
        told.extend(outer::told(&source, format)?);
        Ok(Resolved { source, format, options, told, side_car: OnceLock::new(), reader_schema: None })
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
    ///
    /// # Errors
    /// `Usage` for a setting; what reading a side-car gives.
    pub fn notes(&self) -> Result<Vec<String>> {
        let mut notes = self.told.clone();
        if let (Some(car), None) = (self.used_side_car()?, &self.options.schema) {
            notes.push(car.note());
        }
        Ok(notes)
    }

    /// Why no types are inferred from the records of this input; `None`: they may be.
    pub fn types_known(&self) -> Option<String> {
        let name = self.format.info().name;
        match name {
            "csv" | "json" if self.options.schema.is_none() => None,
            "csv" | "json" => Some("the schema that is given has the types".to_owned()),
            "protobuf" => Some(format!("{name} is read with a schema")),
            _ => Some(format!("{name} carries its own types")),
        }
    }

    /// The side-car, if there is one and the settings do not say that it is of no account: then it may be damaged.
    pub(crate) fn used_side_car(&self) -> Result<Option<&SideCar>> {
        if !takes_side_car(self.format, &self.options.settings)? {
            return Ok(None);
        }
        if let Some(known) = self.side_car.get() {
            return Ok(known.as_ref());
        }
        let found = SideCar::beside(&self.source)?;
        Ok(self.side_car.get_or_init(|| found).as_ref())
    }

    /// Sets a setting if the format has it, and says whether it has.
    pub fn offer(&mut self, offer: &Offer) -> bool {
        let info = self.format.info();
        if self.options.fixed.get(&offer.name).is_some() {
            return offer.apply(info, info.read, &mut Settings::default());
        }
        offer.apply(info, info.read, &mut self.options.settings)
    }
    /// Whether columns can be given other types than those that are found.
    pub(crate) fn takes_columns(&self) -> bool {
        self.format.takes_columns(&self.options.settings)
    }

    /// Opens it. The schema is known when this returns.
    ///
    /// # Errors
    /// Those of [`Format::open`]; `Schema` if the data cannot be read with the reader's schema.
    pub fn open(&self, exec: &Exec) -> Result<Box<dyn Reader>> {
        match &self.reader_schema {
            None => self.open_as_written(exec),
            Some(wanted) => reading::open(self, wanted, exec),
        }
    }

    /// How to read, with the settings that the side-car says it was written with.
    ///
    /// # Errors
    /// As [`Resolved::notes`].
    pub(crate) fn options_as_written(&self) -> Result<ReadOptions> {
        let mut options = self.options.clone();
        let read = self.format.info().read;
        let Some(car) = self.used_side_car()?.filter(|car| !car.stale) else { return Ok(options) };
        let known = |name: &str| read.iter().any(|known| known.name == name);
        for (name, value) in car.settings.iter().filter(|(name, _)| known(name)) {
            options.settings.set_default(name, value);
        }
        Ok(options)
    }

    /// Opens it with the schema that it was written with.
    fn open_as_written(&self, exec: &Exec) -> Result<Box<dyn Reader>> {
        let name = self.source.name();
        let base = Origin { source: Some(name), ..Origin::default() };
        let Some(car) = self.used_side_car()? else {
            return reading::open_declared(self, &self.options, exec).map_err(|error| error.locate(&base));
        };
        let options = ReadOptions { guess: false, ..self.options_as_written()? };
        // Types that were given come first.
        let opened = match options.schema.is_some() || !options.columns.is_empty() {
            true => reading::open_declared(self, &options, exec),
            false => car.open(self.format, &self.source, &options, exec),
        };
        opened.map_err(|error| error.locate(&base))
    }
}

/// Fails if columns were given types, and no input is of a format that infers them.
///
/// # Errors
/// `Usage`.
pub(crate) fn refuse_columns(inputs: &[Resolved]) -> Result<()> {
    let given = inputs.iter().find(|input| !input.options.columns.is_empty());
    let (Some(first), false) = (given, inputs.iter().any(Resolved::takes_columns)) else { return Ok(()) };
    let names: Vec<_> = first.options.columns.iter().map(|field| field.name().as_str()).collect();
    let (format, named) = (first.format.info().name, names.join(", "));
    Err(Error::usage(format!("--columns has no effect here: {format} data carries the types of its columns ({named})"))
        .in_source(first.source.name())
        .with_hint("bring the records to other types with --reader-schema FILE: SQL, .avsc, .proto, a data file"))
}

/// Opens all inputs as one: their schemas are unified (never first-file-wins), their records follow one another.
/// One input is opened as it is.
///
/// # Errors
/// What opening gives; `Schema` if the inputs cannot be one table.
pub fn open_all(inputs: Vec<Resolved>, exec: &Exec) -> Result<Box<dyn Reader>> {
    Ok(open_chosen(inputs, &Selection::default(), exec)?.reader)
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
    fn keep_dictionaries(&mut self) {
        self.inner.keep_dictionaries();
    }
    fn keep_views(&mut self) {
        self.inner.keep_views();
    }
    fn keep_runs(&mut self) {
        self.inner.keep_runs();
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
    fn is_guess(&self) -> bool {
        self.inner.is_guess()
    }
}

/// Reads inputs one after the other in a common schema. Holds one open file at a time.
struct ManyReader {
    schema: SchemaRef,
    inputs: std::vec::IntoIter<Resolved>,
    current: Option<Current>,
    exec: Exec,
    left_out: LeftOut,
    report: Report,
}

/// What the first look at an input showed.
struct First {
    schema: SchemaRef,
    evidence: Option<Box<dyn Evidence>>,
    source: Source,
    report: Report,
}

/// The input that is being read, and the step from its schema to the common one.
struct Current {
    reader: Box<dyn Reader>,
    adapt: Option<Arc<Adapt>>,
}

impl ManyReader {
    fn open(inputs: Vec<Resolved>, selection: &Selection, exec: &Exec) -> Result<Self> {
        if inputs.is_empty() {
            return Err(Error::usage("there is no input"));
        }
        // First pass: every schema. Formats that infer read their file here; the second pass reads with the result.
        let opened = side_by_side(exec, &inputs, |_, input| -> Result<First> {
            let (source, spooled) = input.source.rewindable()?;
            let mut part = Resolved { source: source.clone(), ..input.clone() };
            part.options.is_part = true;
            let mut reader = part.open(exec)?;
            let mut report = Report::default();
            if spooled {
                report.note(Code::Spooled, &*input.source.name());
            }
            // Which hints fit is found out here; the second pass reads with what came of it.
            let known = |code: Code| matches!(code, Code::Hint | Code::Dropped);
            report.losses.extend(reader.report().losses.into_iter().filter(|((code, _), _)| known(*code)));
            Ok(First { schema: reader.schema(), evidence: reader.take_evidence(), source, report })
        });
        let (mut schemas, mut evidence) = (Vec::new(), Vec::new());
        let mut report = Report::default();
        let mut inputs = inputs;
        for (input, opened) in inputs.iter_mut().zip(opened) {
            let opened = opened??;
            schemas.push((input.source.name(), opened.schema));
            evidence.push(opened.evidence);
            report.bytes_in += opened.source.size().unwrap_or(0);
            report.merge(&opened.report);
            input.source = opened.source;
        }
        chosen::refuse_unknown(&inputs, &schemas)?;
        let left_out = LeftOut::new(&schemas, selection)?;
        let own: Vec<SchemaRef> = schemas.iter().map(|(_, own)| left_out.without(own)).collect();
        report.merge(&table::retype(&mut schemas, evidence));
        let mut chosen: Vec<_> = schemas.iter().map(|(name, own)| (name.clone(), left_out.without(own))).collect();
        let typed = chosen.clone();
        let schema = table::common(&mut chosen, &inputs, exec)?;
        report.merge(&table::differences(&inputs, &own, &typed, &schema));
        for ((input, (_, own)), (_, chosen)) in inputs.iter_mut().zip(schemas).zip(chosen) {
            input.options.columns.clear();
            if input.reader_schema.is_some() {
                continue;
            }
            let known = |name: &str| chosen.field_with_name(name).ok().zip(schema.field_with_name(name).ok());
            let wanted = own.fields().iter().map(|field| match known(field.name()) {
                Some((own, common)) => own.clone().with_data_type(common.data_type().clone()).with_nullable(true),
                None => field.as_ref().clone(),
            });
            let fields: Vec<_> = wanted.collect();
            let typed = arrow_schema::Schema::new_with_metadata(fields, own.metadata().clone());
            input.options.schema = Some(Arc::new(typed));
        }
        let inputs = inputs.into_iter();
        Ok(ManyReader { schema, inputs, current: None, exec: exec.clone(), left_out, report })
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
                        Some(adapt) => Box::new(reading::Adapted { chunk, adapt: adapt.clone() }),
                    }));
                }
                // The bytes of all sources were counted when they were opened first.
                let mut report = Report { bytes_in: 0, ..reader.report() };
                // As were the columns that are left out.
                report.losses.retain(|(code, _), _| *code != Code::Dropped);
                self.report.merge(&report);
                self.current = None;
            }
            let Some(input) = self.inputs.next() else { return Ok(None) };
            let reader = input.open(&self.exec)?;
            let own = reader.schema();
            let adapt = match own == self.schema {
                true => None,
                false => {
                    let adapt = Adapt::without_ids(&own, &self.schema);
                    let adapt = adapt.map_err(|error| error.in_source(input.source.name()))?;
                    Some(Arc::new(adapt.forgoing(|at| self.left_out.has(own.field(at)))))
                }
            };
            self.current = Some(Current { reader, adapt });
        }
    }

    fn report(&self) -> Report {
        self.report.clone()
    }
}
