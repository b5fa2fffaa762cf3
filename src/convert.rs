//! The one-call API: from inputs to an output, planned before a byte moves.

mod prepare;
mod prepared;
mod target;

use std::num::NonZeroUsize;

use arrow_schema::SchemaRef;

pub use self::prepared::Prepared;
use self::target::ResolvedTarget;
pub use self::target::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Definition, Offer, Registry};
use crate::input::{Input, open_all, refuse_columns};
use crate::output::Output;
use crate::pipeline::aside::RejectLimit;
use crate::pipeline::{Exec, Reader};
use crate::policy::{Allowance, Policies, with_way_through};
use crate::report::Report;
use crate::schema::plan::{Plan, plan};
use crate::schema::project::Selection;
use crate::schema::renamed::Renamed;
use crate::source::Source;

/// Converts a file into another, formats by extension, every core, losses known from schemas reported, values that
/// do not fit refused. What was lost, and how much was read and written, is in the report.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let (csv, json) = (folder.path().join("in.csv"), folder.path().join("out.ndjson"));
/// std::fs::write(&csv, "id,price\n1,9.90\n")?;
/// # #[cfg(all(feature = "csv", feature = "json"))] {
/// let report = fmtconv::convert(&*csv, &*json)?;
/// assert_eq!((report.records_in, report.records_out), (1, 1));
/// assert!(report.losses.is_empty());
/// assert_eq!(std::fs::read_to_string(&json)?, "{\"id\":1,\"price\":9.90}\n");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`ErrorKind`]. A failed conversion leaves no output, and does not touch one that was there.
pub fn convert(from: impl Into<Input>, to: impl Into<Target>) -> Result<Report> {
    Convert::new(from).to(to).run()
}

/// A conversion to be set up.
///
/// ```
/// use arrow_schema::DataType;
/// use fmtconv::{Convert, Output, Source};
/// # #[cfg(all(feature = "csv", feature = "parquet"))] {
/// use fmtconv::formats::{csv, parquet};
///
/// let input = csv::read(Source::bytes("in.csv", "id,at\n1,2024-02-29\n2,soon\n")).column("id", DataType::Int16);
/// let (output, memory) = Output::memory();
/// let report = Convert::new(input).to(parquet::write(output)).threads(2).run()?;
/// assert_eq!(report.records_out, 2);
/// assert!(memory.take().unwrap().starts_with(b"PAR1"));
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
#[must_use = "nothing is converted before it is run"]
pub struct Convert {
    registry: Registry,
    inputs: Vec<Input>,
    reader: Option<Box<dyn Reader>>,
    target: Option<Target>,
    schema: Option<Definition>,
    target_schema: Option<Definition>,
    reader_schema: Option<Definition>,
    renamed: Vec<Renamed>,
    selection: Selection,
    exec: Option<Exec>,
    threads: Option<NonZeroUsize>,
    strict: bool,
    policies: Policies,
    offers: Vec<Offer>,
    rejects: Option<Output>,
    max_rejects: Option<RejectLimit>,
    verify: bool,
    guess: bool,
}

impl std::fmt::Debug for Convert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Convert").field("inputs", &self.inputs).field("target", &self.target).finish_non_exhaustive()
    }
}

impl Convert {
    /// From one input.
    pub fn new(input: impl Into<Input>) -> Self {
        Self::many([input])
    }
    /// From many inputs, read as one table.
    pub fn many(inputs: impl IntoIterator<Item = impl Into<Input>>) -> Self {
        Convert {
            registry: Registry::builtin(),
            inputs: inputs.into_iter().map(Into::into).collect(),
            reader: None,
            target: None,
            schema: None,
            target_schema: None,
            reader_schema: None,
            renamed: Vec::new(),
            selection: Selection::default(),
            exec: None,
            threads: None,
            strict: false,
            policies: Policies::default(),
            offers: Vec::new(),
            rejects: None,
            max_rejects: None,
            verify: false,
            guess: true,
        }
    }
    /// From records that are made elsewhere: a reader of another format, or batches through
    /// [`Memory`](crate::pipeline::adapter::Memory). Settings and schemas of inputs do not reach them.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use fmtconv::pipeline::adapter::Memory;
    /// use fmtconv::{Convert, Output, Target};
    ///
    /// # #[cfg(feature = "csv")] {
    /// let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![1, 2])) as _)])?;
    /// let reader = Memory::new(batch.schema(), [Ok(batch)].into_iter());
    /// let (output, memory) = Output::memory();
    /// Convert::reader(Box::new(reader)).to(Target::with_format(output, "csv")).run()?;
    /// assert_eq!(memory.take().unwrap(), b"id\n1\n2\n");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reader(reader: Box<dyn Reader>) -> Self {
        Convert { reader: Some(reader), ..Self::many([] as [Input; 0]) }
    }
    /// Where to.
    pub fn to(mut self, target: impl Into<Target>) -> Self {
        self.target = Some(target.into());
        self
    }
    /// Formats to choose from.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }
    /// A schema file. CSV, JSON and Protobuf are read with it; a Protobuf or Avro target is written with it, unless
    /// [`Convert::target_schema`] says otherwise.
    pub fn schema(mut self, definition: Definition) -> Self {
        self.schema = Some(definition);
        self
    }
    /// The schema file that a Protobuf or Avro target is written with.
    pub fn target_schema(mut self, definition: Definition) -> Self {
        self.target_schema = Some(definition);
        self
    }
    /// The schema file that all records are brought to, whatever schema they were written with: fields by name and
    /// alias, defaults for those that are missing, every value checked that may not fit. Avro data goes by the rules of
    /// schema resolution if the file is an Avro schema.
    pub fn reader_schema(mut self, definition: Definition) -> Self {
        self.reader_schema = Some(definition);
        self
    }
    /// Fields that have another name in the data than in [`Convert::reader_schema`]: `renamed("price=cost".parse()?)`.
    pub fn renamed(mut self, renamed: Renamed) -> Self {
        self.renamed.push(renamed);
        self
    }
    /// Columns to keep and their names.
    pub fn selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }
    /// Number of workers; the default is one for each core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = NonZeroUsize::new(threads);
        self
    }
    /// Workers, progress and cancellation shared with other runs.
    pub fn exec(mut self, exec: Exec) -> Self {
        self.exec = Some(exec);
        self
    }
    /// Refuses losses known from schemas, but for the codes allowed; and the output does not appear if the values show
    /// others, or if a setting of a format let a value through that is not as it was.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
    /// Lets a loss through: `allow("V-DEC-SCALE=round".parse()?)`.
    pub fn allow(mut self, allowance: Allowance) -> Self {
        self.policies.set(allowance);
        self
    }
    /// Sets records aside that do not fit, and goes on: a line of JSON for each, with the place, the reason and the
    /// record as it stands in the source ([`RejectFile`](crate::pipeline::aside::RejectFile)). The file appears together with the output.
    ///
    /// All values that do not fit are meant, unless some are named: `allow("V-TYPE=reject".parse()?)`.
    ///
    /// ```no_run
    /// use fmtconv::{Convert, Output};
    /// let convert = Convert::new("in.csv").to("out.parquet").rejects(Output::path("rejects.ndjson"));
    /// let report = convert.max_rejects("1%".parse()?).run()?;
    /// assert_eq!(report.records_in, report.records_out + report.rejected);
    /// # Ok::<(), fmtconv::Error>(())
    /// ```
    pub fn rejects(mut self, file: Output) -> Self {
        self.rejects = Some(file);
        self
    }
    /// Fails if more records are rejected. The reject file is all that is left then.
    pub fn max_rejects(mut self, limit: RejectLimit) -> Self {
        self.max_rejects = Some(limit);
        self
    }
    /// Reads the output back before it appears, and compares the digest of its records with that of the records that
    /// were to be written: [`Report::verified`]. An output that is not equal does not appear. What the plan says is
    /// lost cannot be compared, and is named. Inputs that are streams are kept in temporary files, so that the first
    /// difference can be told; so is an output that is a stream.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }
    /// Whether [`Convert::run`] may take the types of a text file from its first records, convert under them, and begin
    /// again if a later record needs others (the default). What comes out is the same; without, every such file is read
    /// twice.
    pub fn guess(mut self, guess: bool) -> Self {
        self.guess = guess;
        self
    }
    /// Sets a setting of whichever format has it, on either side.
    pub fn offer(mut self, offer: Offer) -> Self {
        self.offers.push(offer);
        self
    }

    /// Opens the inputs and plans; nothing is written yet.
    ///
    /// # Errors
    /// `Usage` for options that contradict each other, unknown formats and settings; what opening the inputs and the
    /// schema files gives.
    pub fn prepare(self) -> Result<Prepared> {
        self.prepare_as(false)
    }

    /// What becomes of each column, and every loss known from schemas. Writes nothing.
    ///
    /// ```
    /// use fmtconv::{Convert, Output, Source};
    /// # #[cfg(all(feature = "csv", feature = "parquet"))] {
    /// use fmtconv::formats::{csv, parquet};
    ///
    /// let input = csv::read(Source::bytes("in.csv", "id,zip\n1,00501\n"));
    /// let plan = Convert::new(input).to(parquet::write(Output::memory().0)).plan()?;
    /// let paths: Vec<&str> = plan.columns.iter().map(|column| column.path.as_str()).collect();
    /// assert_eq!(paths, ["id", "zip"]);
    /// assert_eq!(plan.columns[1].source, "utf8");
    /// assert_eq!(plan.losses().count(), 0);
    /// # }
    /// # Ok::<(), fmtconv::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Convert::prepare`].
    pub fn plan(self) -> Result<Plan> {
        Ok(self.prepare()?.plan)
    }

    /// Runs it.
    ///
    /// # Errors
    /// The first error in input order, with source, record, line, byte and column. The output path is left as it was.
    pub fn run(self) -> Result<Report> {
        self.run_telling(|_| ())
    }

    /// Runs it, and shows the plan before the first byte is written. If that was made for types that were guessed
    /// ([`Convert::guess`]) and turn out to be wrong, the one that holds is shown after it.
    ///
    /// # Errors
    /// As [`Convert::run`].
    pub fn run_telling(mut self, mut tell: impl FnMut(&Prepared)) -> Result<Report> {
        if let Some(target) = &self.target {
            target.output.check()?;
        }
        self.rejects.as_ref().map_or(Ok(()), Output::check)?;
        let (policies, rejects) = (self.policies.clone(), self.rejects.is_some());
        let named = |error| with_way_through(error, &policies, rejects);
        if self.exec.is_none() {
            self.exec = Some(Exec::new(self.threads)?);
        }
        if let Some(first) = self.guessing() {
            match first.prepare_as(true) {
                Ok(prepared) if prepared.is_guess() => {
                    tell(&prepared);
                    match prepared.run() {
                        // Whatever else is wrong, only the types that hold say how it is to be told.
                        Err(error) if error.kind() != ErrorKind::Io => {}
                        done => return done,
                    }
                }
                Ok(prepared) => {
                    tell(&prepared);
                    return prepared.run();
                }
                Err(_) => {}
            }
        }
        let prepared = self.prepare().map_err(named)?;
        tell(&prepared);
        prepared.run()
    }

    /// Fails if the file at the output is cut off or is something else, as far as its ends tell.
    pub(crate) fn check_output(&self) -> Result<()> {
        let Some(Target { output, format, options }) = &self.target else { return Ok(()) };
        let (Some(path), Some(name)) = (output.as_path(), format) else { return Ok(()) };
        let (format, implied) = self.registry.by_name(name)?;
        let mut options = options.clone();
        for (name, value) in implied.iter() {
            options.settings.set_default(name, value);
        }
        for offer in &self.offers {
            offer.apply(format.info(), format.info().write, &mut options.settings);
        }
        format.check_ends(&Source::path(path), &options)
    }

    /// The same conversion, to be tried with types that are a guess; `None` if it could not be begun again, or if what
    /// is let through would hide that the guess is wrong.
    fn guessing(&self) -> Option<Convert> {
        let again = self.guess && !self.verify && self.reader.is_none() && self.reader_schema.is_none();
        let strict = self.rejects.is_none() && !self.policies.reach_values();
        let [input] = &self.inputs[..] else { return None };
        if !again || !strict || input.options.infer_records.is_some() || !input.source.is_file() {
            return None;
        }
        let target = self.target.as_ref()?;
        let Target { output, format, options } = target;
        Some(Convert {
            registry: self.registry.clone(),
            inputs: self.inputs.clone(),
            target: Some(Target { output: output.twin()?, format: format.clone(), options: options.clone() }),
            schema: self.schema.clone(),
            target_schema: self.target_schema.clone(),
            selection: self.selection.clone(),
            exec: self.exec.clone(),
            strict: self.strict,
            policies: self.policies.clone(),
            offers: self.offers.clone(),
            ..Convert::many([] as [Input; 0])
        })
    }
}

/// Opens an input for reading in this program: an iterator of record batches, decoded in parallel.
///
/// ```
/// use fmtconv::{Input, Source};
///
/// # #[cfg(feature = "csv")] {
/// let input = Input::with_format(Source::bytes("in.csv", "id,name\n1,Ann\n2,Bob\n"), "csv");
/// let mut rows = 0;
/// for batch in fmtconv::open(input)? {
///     rows += batch?.num_rows();
/// }
/// assert_eq!(rows, 2);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// CSV and JSON without a schema are read once to the end for their types first; a stream is copied to a temporary file
/// for that. What was renamed, ignored or altered is in
/// [`BatchReader::report`](crate::pipeline::adapter::BatchReader::report). Each call has workers of its own.
///
/// # Errors
/// `Usage` if the format cannot be told, or if records are to be left out, which takes a [`Convert`]; and what opening gives.
pub fn open(input: impl Into<Input>) -> Result<crate::pipeline::adapter::BatchReader> {
    let exec = Exec::new(None)?;
    let inputs = vec![input.into().resolve(&Registry::builtin())?];
    refuse_columns(&inputs)?;
    inputs.iter().try_for_each(|input| refuse_aside(&input.options.policies))?;
    let reader = open_all(inputs, &exec)?;
    Ok(crate::pipeline::adapter::BatchReader::new(reader, &exec))
}

/// Creates an output that takes record batches. It appears when the writer is closed.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::{Int64Array, RecordBatch, RecordBatchWriter};
/// use arrow_schema::{DataType, Field, Schema};
/// use fmtconv::{Output, Target};
///
/// # #[cfg(feature = "json")] {
/// let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
/// let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from(vec![1, 2]))])?;
/// let (output, memory) = Output::memory();
/// let mut writer = fmtconv::create(Target::with_format(output, "ndjson"), schema)?;
/// writer.write(&batch)?;
/// assert_eq!(writer.close_report()?.records_out, 2);
/// assert_eq!(memory.take().unwrap(), b"{\"id\":1}\n{\"id\":2}\n");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What the target cannot hold of the types is part of the report of the writer, as it is of a [`Convert`].
///
/// # Errors
/// `Usage` if the format cannot be told, or if records are to be left out, which takes a [`Convert`]; `Unsupported` if a
/// column cannot be written.
pub fn create(target: impl Into<Target>, schema: SchemaRef) -> Result<crate::pipeline::adapter::BatchWriter> {
    let exec = Exec::new(None)?;
    let target = ResolvedTarget::new(target.into(), &Registry::builtin())?;
    refuse_aside(&target.options.policies)?;
    target.format.check_settings(&target.options)?;
    let plan = plan(&schema, target.format, &target.options);
    plan.check()?;
    let losses: Vec<_> = plan.losses().map(|(code, path)| (code, path.to_owned())).collect();
    let sink = target.format.create(target.output, schema.clone(), &target.options)?;
    Ok(crate::pipeline::adapter::BatchWriter::new(sink, schema, &exec).with_known(losses))
}

/// Fails if records are to be set aside where there is nobody who counts them.
fn refuse_aside(policies: &Policies) -> Result<()> {
    match policies.iter().find(|allowance| allowance.policy.sets_aside()) {
        Some(Allowance { code, policy }) => {
            Err(Error::usage(format!("{code}={policy} leaves records out, which open and create do not do"))
                .with_hint("convert with Convert, or choose another policy"))
        }
        None => Ok(()),
    }
}
