//! The one-call API: from inputs to an output, planned before a byte moves.

use std::num::NonZeroUsize;

use arrow_schema::SchemaRef;

use crate::code::Code;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Compression, Definition, Format, Limits, Offer, Registry, WriteOptions};
use crate::input::{Input, Resolved, data_extension, open_all, outer_extension};
use crate::output::Output;
use crate::output::compress::OuterCompression;
use crate::pipeline::aside::{Aside, RejectFile, RejectLimit, Rules};
use crate::pipeline::{Exec, Reader, Steps, Transform};
use crate::policy::{Allowance, Policies, with_way_through};
use crate::proof::check::{Verify, Written};
use crate::report::Report;
use crate::schema::load::{SchemaFile, load};
use crate::schema::plan::{Plan, plan};
use crate::schema::project::Selection;
use crate::schema::renamed::Renamed;

/// An output with the name of its format (if it was given) and write options.
#[derive(Debug)]
pub struct Target {
    /// Where the bytes go.
    pub output: Output,
    /// Name of the format; `None`: by extension.
    pub format: Option<String>,
    /// How to write.
    pub options: WriteOptions,
}

impl Target {
    /// An output in the format called `format`.
    pub fn with_format(target: impl Into<Target>, format: &str) -> Self {
        Target { format: Some(format.to_owned()), ..target.into() }
    }
    /// Sets a setting of the format: `option("nested", "flatten")`.
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.options.settings.set(name, value);
        self
    }
    /// Codec and level: `compression("zstd:3".parse()?)`.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.options.compression = Some(compression);
        self
    }
    /// Allows replacing an existing file.
    pub fn overwrite(mut self, allowed: bool) -> Self {
        self.output = self.output.overwrite(allowed);
        self
    }
}

impl From<Output> for Target {
    fn from(output: Output) -> Self {
        Target { output, format: None, options: WriteOptions::default() }
    }
}
impl From<&str> for Target {
    fn from(path: &str) -> Self {
        if path == "-" { Output::stdout().into() } else { Output::path(path).into() }
    }
}
impl From<&std::path::Path> for Target {
    fn from(path: &std::path::Path) -> Self {
        Output::path(path).into()
    }
}
impl From<std::path::PathBuf> for Target {
    fn from(path: std::path::PathBuf) -> Self {
        Output::path(path).into()
    }
}

/// Converts a file into another, formats by extension, every core, losses known from schemas reported, values that
/// do not fit refused.
///
/// # Errors
/// See [`ErrorKind`]. A failed conversion leaves no output, and does not touch one that was there.
pub fn convert(from: impl Into<Input>, to: impl Into<Target>) -> Result<Report> {
    Convert::new(from).to(to).run()
}

/// A conversion to be set up.
///
/// ```no_run
/// let report = fmtconv::Convert::new("in.csv").to("out.parquet").threads(2).run()?;
/// println!("{} records", report.records_out);
/// # Ok::<(), fmtconv::Error>(())
/// ```
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
        Self::many([input.into()])
    }
    /// From many inputs, read as one table.
    pub fn many(inputs: impl IntoIterator<Item = Input>) -> Self {
        Convert {
            registry: Registry::builtin(),
            inputs: inputs.into_iter().collect(),
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
    /// From records that are made elsewhere.
    pub fn reader(reader: Box<dyn Reader>) -> Self {
        Convert { reader: Some(reader), ..Self::many([]) }
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
    /// Refuses losses known from schemas, but for the codes allowed.
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
    /// record as it stands in the source ([`RejectFile`]). The file appears together with the output.
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
    pub fn prepare(self) -> Result<Prepared> {
        self.prepare_as(false)
    }

    /// The same, maybe with a schema that is a guess.
    fn prepare_as(self, guess: bool) -> Result<Prepared> {
        let exec = match self.exec {
            Some(exec) => exec,
            None => Exec::new(self.threads)?,
        };
        let target = self.target.ok_or_else(|| Error::usage("there is no output"))?;
        if self.strict {
            refuse_contradiction(&self.policies, self.rejects.is_some())?;
        }
        if self.max_rejects.is_some() && self.rejects.is_none() {
            return Err(Error::usage("a limit for rejects, but there is no reject file")
                .with_hint("name it with --rejects FILE"));
        }
        let rules = Rules::new(&self.policies, self.rejects.is_some())?;
        if let Some(path) = self.rejects.as_ref().and_then(Output::as_path) {
            let inputs = self.inputs.iter().filter_map(|input| input.source.as_path());
            if inputs.chain(target.output.as_path()).any(|other| is_same(other, path)) {
                return Err(Error::usage("the reject file is an input or the output")
                    .in_source(path.to_string_lossy().into_owned()));
            }
        }
        let mut target = ResolvedTarget::new(target, &self.registry)?;
        let mut inputs: Vec<Resolved> =
            self.inputs.into_iter().map(|input| input.resolve(&self.registry)).collect::<Result<_>>()?;
        target.options.policies = self.policies.of_values();
        for input in &mut inputs {
            input.options.policies = self.policies.of_values();
            input.options.guess = guess;
            input.options.set_aside = rules.as_ref().is_some_and(Rules::sets_aside);
        }
        for offer in &self.offers {
            let info = target.format.info();
            let mut taken = offer.apply(info, info.write, &mut target.options.settings);
            for input in &mut inputs {
                taken |= input.offer(offer);
            }
            // Records that come from elsewhere were read by who has the rest of the settings.
            if !taken && self.reader.is_none() {
                return Err(offer.not_taken());
            }
        }
        if target.format.info().write.iter().any(|setting| setting.name == "rename") {
            // A column that is renamed keeps what the target knows of it by its old name.
            let plain = |name: &String| !name.contains([',', '=']);
            let renames = self.selection.rename.iter().filter(|(old, new)| plain(old) && plain(new));
            let renames: Vec<String> = renames.map(|(old, new)| format!("{old}={new}")).collect();
            if !renames.is_empty() {
                target.options.settings.set_default("rename", &renames.join(","));
            }
        }
        for input in &mut inputs {
            input.format.suit(target.format.info().name, &mut input.options.settings);
        }
        let schema = self.schema.map(|definition| load(definition, &self.registry, &exec)).transpose()?;
        let mut notes = Vec::new();
        if let Some(schema) = &schema {
            notes.extend(apply_schema(schema, &mut inputs, &mut target, self.target_schema.is_some())?);
        }
        if let Some(definition) = self.target_schema {
            target.with_schema(load(definition, &self.registry, &exec)?)?;
        }
        if let Some(definition) = self.reader_schema {
            let schema = load(definition, &self.registry, &exec)?.with_renamed(self.renamed)?;
            let schema = std::sync::Arc::new(schema);
            for input in &mut inputs {
                input.reader_schema = Some(schema.clone());
            }
        } else if !self.renamed.is_empty() {
            return Err(Error::usage("fields were renamed, but there is no schema that has their new names")
                .with_hint("name it with --reader-schema FILE"));
        }
        for input in &inputs {
            notes.extend(input.notes()?);
        }
        let (mut again, mut like) = (None, None);
        let mut limits = Limits::default();
        let mut spooled = Vec::new();
        if self.verify {
            for input in &mut inputs {
                limits.depth_max = limits.depth_max.max(input.options.limits.depth_max);
                limits.record_bytes_max = limits.record_bytes_max.max(input.options.limits.record_bytes_max);
                let (source, kept) = input.source.rewindable()?;
                spooled.extend(kept.then(|| input.source.name()));
                input.source = source;
            }
            let same = inputs.iter().find(|input| input.format.info().name == target.format.info().name);
            like = same.map(|input| input.options.settings.clone());
            again = self.reader.is_none().then(|| inputs.clone());
        }
        let reader = match self.reader {
            Some(reader) => reader,
            None => open_all(inputs, &exec)?,
        };
        let mut schema = reader.schema();
        let mut steps: Steps = Vec::new();
        if !self.selection.is_empty() {
            let step = self.selection.step(&schema)?;
            schema = step.schema();
            steps.push(std::sync::Arc::new(step));
        }
        if target.options.definition.is_none() {
            notes.extend(crate::schema::rebuilt::note(target.format.info().name, &schema));
        }
        let plan = plan(&schema, target.format, &target.options);
        let left_out = reader.report().losses.into_keys().filter(|(code, _)| *code == Code::Dropped).collect();
        Ok(Prepared {
            reader,
            left_out,
            steps,
            schema,
            target,
            plan,
            notes,
            exec,
            strict: self.strict,
            policies: self.policies,
            rules,
            rejects: self.rejects,
            max_rejects: self.max_rejects,
            verify: self.verify.then_some(Verify { again, like, limits, spooled }),
        })
    }

    /// What becomes of each column, and every loss known from schemas. Writes nothing.
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
            ..Convert::many([])
        })
    }
}

/// Fails if the values showed a loss that the schemas did not, for `strict`.
fn refuse_found(report: &Report, policies: &Policies) -> Result<()> {
    let found = report.losses.keys().find(|(code, _)| code.is_schema_level() && !policies.allows(*code));
    match found {
        None => Ok(()),
        Some((code, path)) => Err(Error::new(ErrorKind::Loss, code.meaning())
            .with_code(*code)
            .in_column(path)
            .with_hint(format!("allow it: --allow {code}"))),
    }
}

/// Fails where something is let through that `strict` forbids.
fn refuse_contradiction(policies: &Policies, rejects: bool) -> Result<()> {
    let contradiction = match policies.iter().find(|allowance| allowance.code.is_value_level()) {
        Some(Allowance { code, policy }) => format!("--allow {code}={policy}"),
        None if rejects => "--rejects".to_owned(),
        None => return Ok(()),
    };
    Err(Error::usage(format!("--strict lets no value through, but {contradiction} does"))
        .with_hint(format!("leave out --strict or {contradiction}")))
}

/// Whether two paths name the same file, there or not.
fn is_same(one: &std::path::Path, other: &std::path::Path) -> bool {
    one == other
        || match (std::fs::canonicalize(one), std::fs::canonicalize(other)) {
            (Ok(one), Ok(other)) => one == other && one.is_file(),
            _ => false,
        }
}

/// Lets a schema file act on the inputs and, unless that has its own, on the target. Says what it does not act on.
fn apply_schema(
    schema: &SchemaFile,
    inputs: &mut [Resolved],
    target: &mut ResolvedTarget,
    target_has_own: bool,
) -> Result<Option<String>> {
    let mut self_describing = None;
    for input in inputs {
        if !schema.apply_to_source(input)? {
            self_describing = Some(input.format.info().name);
        }
    }
    let written = !target_has_own && schema.apply_to_target(target.format, &mut target.options);
    Ok(self_describing.map(|format| {
        let path = schema.definition.path.display();
        match written {
            true => format!("{format} carries its own schema: {path} is for the target only"),
            false => format!("{format} carries its own schema: {path} has no effect on it"),
        }
    }))
}

/// A target whose format is known.
struct ResolvedTarget {
    output: Output,
    format: &'static dyn Format,
    options: WriteOptions,
}

impl ResolvedTarget {
    fn new(target: Target, registry: &Registry) -> Result<Self> {
        let Target { mut output, format, mut options } = target;
        let extension = output.as_path().and_then(data_extension);
        let (format, implied) = match (&format, &extension) {
            (Some(name), _) => registry.by_name(name)?,
            (None, Some(extension)) => registry.by_extension(extension).ok_or_else(|| {
                Error::usage(format!("no format has the extension {extension:?}"))
                    .in_source(output.name())
                    .with_hint("name the format with --to")
            })?,
            (None, None) => {
                return Err(Error::usage("the output has no extension that names a format")
                    .in_source(output.name())
                    .with_hint("name the format with --to"));
            }
        };
        let info = format.info();
        for (name, value) in implied.iter() {
            options.settings.set_default(name, value);
        }
        options.settings.check(info.name, info.write)?;
        if let Some(codec) = output.as_path().and_then(outer_extension) {
            if !info.outer_compression {
                return Err(Error::usage(format!("{} files are not compressed as a whole", info.name))
                    .in_source(output.name())
                    .with_hint(format!("use --compression with one of: {}", info.codecs.join(", "))));
            }
            output = output.compressed(Some(OuterCompression::new(codec)));
        }
        if let Some(compression) = &options.compression {
            output = outer_level(output, compression, info.codecs, info.name)?;
        }
        if options.name.is_none() {
            options.name = output.as_path().and_then(|path| {
                let stem = path.file_stem()?.to_string_lossy().into_owned();
                Some(stem.split('.').next().unwrap_or_default().to_owned())
            });
        }
        Ok(ResolvedTarget { output, format, options })
    }
}

impl ResolvedTarget {
    fn with_schema(&mut self, schema: SchemaFile) -> Result<()> {
        if schema.apply_to_target(self.format, &mut self.options) {
            return Ok(());
        }
        let name = self.format.info().name;
        Err(Error::usage(format!("{name} is not written with this kind of schema"))
            .in_source(schema.definition.path.to_string_lossy())
            .with_hint("avro is written with an .avsc file, protobuf with a .proto file or a descriptor set"))
    }
}

/// `--compression` names a codec of the container, or the level of the outer compression.
fn outer_level(output: Output, compression: &Compression, codecs: &[&str], format: &str) -> Result<Output> {
    use crate::source::decompress::OuterCodec;
    if codecs.contains(&compression.codec.as_str()) {
        return Ok(output);
    }
    let outer = match compression.codec.as_str() {
        "none" => return Ok(output),
        "gzip" => OuterCodec::Gzip,
        "zstd" => OuterCodec::Zstd,
        "bzip2" => OuterCodec::Bzip2,
        "xz" => OuterCodec::Xz,
        "lz4" => OuterCodec::Lz4,
        other => return Err(Error::usage(format!("unknown compression {other:?} for {format}"))),
    };
    if !codecs.is_empty() {
        return Err(Error::usage(format!("{format} has no compression {:?}", compression.codec))
            .with_hint(format!("compressions of {format}: {}", codecs.join(", "))));
    }
    match output.compression() {
        Some(current) if current.codec != outer => Err(Error::usage(format!(
            "the output is named .{} but --compression says {}",
            current.codec.extension(),
            compression.codec
        ))),
        _ => Ok(output.compressed(Some(OuterCompression { codec: outer, level: compression.level }))),
    }
}

/// A conversion that is planned: inputs are open, nothing is written.
pub struct Prepared {
    reader: Box<dyn Reader>,
    left_out: Vec<(Code, String)>,
    steps: Steps,
    schema: SchemaRef,
    target: ResolvedTarget,
    plan: Plan,
    notes: Vec<String>,
    exec: Exec,
    strict: bool,
    policies: Policies,
    rules: Option<Rules>,
    rejects: Option<Output>,
    max_rejects: Option<RejectLimit>,
    verify: Option<Verify>,
}

impl Prepared {
    /// The schema of the records to be written.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
    /// What becomes of each column.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
    /// Whether its types are a guess from the first records ([`Convert::guess`]).
    pub fn is_guess(&self) -> bool {
        self.reader.is_guess()
    }
    /// Columns of the inputs that the reader's schema does not have.
    pub fn left_out(&self) -> &[(Code, String)] {
        &self.left_out
    }
    /// All losses that are known before a byte is written: of writing, and of reading.
    pub fn losses(&self) -> Vec<(Code, String)> {
        let losses = self.plan.losses().map(|(code, path)| (code, path.to_owned()));
        losses.chain(self.left_out.iter().cloned()).collect()
    }
    /// Fails if anything would be lost, for `--strict`: in reading or in writing.
    ///
    /// # Errors
    /// `Loss` (exit 6), with the first column that is concerned.
    pub fn refuse_losses(&self) -> Result<()> {
        match self.left_out.first().filter(|_| !self.policies.allows(Code::Dropped)) {
            None => self.plan.refuse_losses(&self.policies),
            Some((code, path)) => Err(Error::new(ErrorKind::Loss, code.meaning())
                .with_code(*code)
                .in_column(path)
                .with_hint(format!("allow it: --allow {code}"))),
        }
    }
    /// What the user let through.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }
    /// What the user should know before the run.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
    /// Adds a step after those planned; the plan is made again.
    pub fn with_step(mut self, step: std::sync::Arc<dyn Transform>) -> Self {
        self.schema = step.schema();
        self.plan = plan(&self.schema, self.target.format, &self.target.options);
        self.steps.push(step);
        self
    }
    /// Runs it.
    pub fn run(self) -> Result<Report> {
        let (policies, rejects) = (self.policies.clone(), self.rejects.is_some());
        self.run_whole().map_err(|error| with_way_through(error, &policies, rejects))
    }

    fn run_whole(self) -> Result<Report> {
        self.plan.check()?;
        if self.strict {
            self.refuse_losses()?;
        }
        let losses: Vec<_> = self.plan.losses().map(|(code, path)| (code, path.to_owned())).collect();
        let ResolvedTarget { mut output, format, options } = self.target;
        // What only values show is known when all are written: until then nothing appears.
        let held = (self.verify.is_some() || self.strict).then(|| {
            let (held_output, held) = std::mem::replace(&mut output, Output::memory().0).hold();
            output = held_output;
            held
        });
        let rejects = self.rejects.as_ref().and_then(Output::as_path).map(std::path::Path::to_path_buf);
        let sink = format.create(output, self.schema.clone(), &options)?;
        let aside = match self.rules {
            None => None,
            Some(rules) => {
                let file = self.rejects.map(RejectFile::open).transpose()?;
                Some(Aside::new(rules, file, self.max_rejects))
            }
        };
        let (mut report, verified) = match (self.verify, &held) {
            (Some(verify), Some(held)) => {
                let written = Written { format, schema: &self.schema, options: &options, plan: &self.plan, held };
                let (report, verified) = verify.drain(sink, self.reader, self.steps, aside, &written, &self.exec)?;
                (report, verified.map(Some))
            }
            _ => (sink.drain_aside(self.reader, self.steps, aside, &self.exec)?, Ok(None)),
        };
        let shown = verified.and_then(|verified| {
            if self.strict {
                refuse_found(&report, &self.policies)?;
            }
            held.map_or(Ok(()), |held| held.publish())?;
            Ok(verified)
        });
        report.verified = shown.inspect_err(|_| {
            // An output that lacks records never stands without its rejects, nor they without it.
            if let Some(path) = rejects.filter(|path| path.is_file()) {
                let _ = std::fs::remove_file(path);
            }
        })?;
        for key in losses {
            // Once for each column, also where the writer said it too.
            report.losses.entry(key).or_insert(1);
        }
        Ok(report)
    }
}

/// Opens an input for reading in this program: an iterator of record batches, decoded in parallel.
///
/// ```no_run
/// for batch in fmtconv::open("in.avro")? {
///     println!("{} rows", batch?.num_rows());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `Usage` if the format cannot be told, and what opening gives.
pub fn open(input: impl Into<Input>) -> Result<crate::pipeline::adapter::BatchReader> {
    let exec = Exec::new(None)?;
    let input = input.into().resolve(&Registry::builtin())?;
    let reader = open_all(vec![input], &exec)?;
    Ok(crate::pipeline::adapter::BatchReader::new(reader, &exec))
}

/// Creates an output that takes record batches.
///
/// # Errors
/// `Usage` if the format cannot be told; `Unsupported` if a column cannot be written.
pub fn create(target: impl Into<Target>, schema: SchemaRef) -> Result<crate::pipeline::adapter::BatchWriter> {
    let exec = Exec::new(None)?;
    let target = ResolvedTarget::new(target.into(), &Registry::builtin())?;
    plan(&schema, target.format, &target.options).check()?;
    let sink = target.format.create(target.output, schema.clone(), &target.options)?;
    Ok(crate::pipeline::adapter::BatchWriter::new(sink, schema, &exec))
}
