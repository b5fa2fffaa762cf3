//! A conversion that is read back: what was written is compared with what was read, before the output appears.
//!
//! While the conversion runs, each record is hashed as it is given to the encoder ([`Watch`]). The complete output,
//! which has not appeared yet, is read back and hashed too. Only if the digests differ is anything read again: to say
//! where.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;

use super::back::{Back, InDoubles};
use super::canon::Relaxed;
use super::diff::{Difference, Side, Value, first_difference, left_out};
use super::digest::{Digest, Hasher, Order, Sum};
use super::records::Records;
use crate::code::Code;
use crate::error::{Error, ErrorKind, Origin, Result};
use crate::format::{Format, Limits, Settings, SourceName, WriteOptions};
use crate::input::{Opened, Resolved, open_chosen};
use crate::output::{Held, Output};
use crate::pipeline::adapter::Memory;
use crate::pipeline::aside::Aside;
use crate::pipeline::watch::Watch;
use crate::pipeline::{Exec, Reader, Sink, Steps, Transform};
use crate::report::{Report, Verified};
use crate::schema::plan::Plan;
use crate::schema::project::Selection;
use crate::source::Source;

/// What it takes to read an output back.
pub(crate) struct Verify {
    /// The inputs, to be opened once more if something differs; `None` if they can be read only once.
    pub again: Option<Vec<Resolved>>,
    /// The columns that are read of them.
    pub selection: Selection,
    /// Settings of an input of the target's format.
    pub like: Option<Settings>,
    /// No narrower than those of the inputs.
    pub limits: Limits,
    /// Inputs that were kept in temporary files for it.
    pub spooled: Vec<SourceName>,
}

/// An output that is held until it was looked at, and how it was written.
pub(crate) struct Written<'a> {
    /// Its format.
    pub format: &'static dyn Format,
    /// The schema of the records that were to be written.
    pub schema: &'a SchemaRef,
    /// How they were to be written.
    pub options: &'a WriteOptions,
    /// What the schemas said of it.
    pub plan: &'a Plan,
    /// The output.
    pub held: &'a Held,
}

impl Written<'_> {
    /// Opens it as anyone would who knows how it was written.
    fn open(&self, verify: &Verify, exec: &Exec) -> Result<Box<dyn Reader>> {
        self.open_source(self.held.source()?, verify, exec)
    }

    fn open_source(&self, source: Source, verify: &Verify, exec: &Exec) -> Result<Box<dyn Reader>> {
        let companion = self.held.companion();
        let mut read = self.format.read_back(self.schema, self.options, companion.as_deref(), verify.like.as_ref());
        read.limits = verify.limits;
        let base = Origin { source: Some(source.name()), ..Origin::default() };
        self.format.open(source, &read, exec).map_err(|error| error.locate(&base))
    }

    /// What reading gives where a schema was given to write to, found out with an output of no records. `None` if none
    /// was given, or such an output cannot be read: types come back as the format says.
    fn read_schema(&self, verify: &Verify, exec: &Exec) -> Option<SchemaRef> {
        self.options.definition.as_ref()?;
        // A framing that holds one record always has no head either.
        let bytes = self.empty(exec).ok().flatten().unwrap_or_default();
        Some(self.open_source(Source::bytes("no records", bytes), verify, exec).ok()?.schema())
    }

    fn empty(&self, exec: &Exec) -> Result<Option<Vec<u8>>> {
        let options = WriteOptions { emit_schema: None, ..self.options.clone() };
        let (output, memory) = Output::memory();
        let sink = self.format.create(output, self.schema.clone(), &options)?;
        let none = Memory::new(self.schema.clone(), std::iter::empty());
        sink.drain(Box::new(none), Vec::new(), exec)?;
        Ok(memory.take())
    }
}

impl Verify {
    /// Runs the conversion into `sink`, reads back what it wrote and compares. The run's own failure is the outer error;
    /// the inner one says that the output is not what was read, and must not appear.
    pub fn drain(
        self,
        sink: Box<dyn Sink>,
        reader: Box<dyn Reader>,
        steps: Steps,
        aside: Option<Aside>,
        written: &Written<'_>,
        exec: &Exec,
    ) -> Result<(Report, Result<Verified>)> {
        let mut terms = Terms::new(written.plan, written.schema, written.read_schema(&self, exec));
        if written.format.has_one_null() {
            terms.relaxed.allow_one_null();
        }
        let (watching, watch) = Watching::new(written.schema, &terms);
        let mut report = sink.drain_watched(reader, steps, aside, watch, exec)?;
        let (inputs, selection) = (self.again.clone(), self.selection.clone());
        let again = inputs.map(|inputs| {
            move || {
                let Opened { reader, steps, .. } = open_chosen(inputs.clone(), &selection, exec)?;
                Ok(Side { reader, steps })
            }
        });
        let again = again.as_ref().map(|again| again as &dyn Fn() -> Result<Side>);
        let verified = check(&watching, terms, &report, &|| written.open(&self, exec), again, exec);
        for source in self.spooled {
            // The reader may have said so itself.
            report.losses.entry((Code::Spooled, source.to_string())).or_insert(1);
        }
        Ok((report, verified))
    }
}

/// What the losses known from schemas leave of a comparison.
struct Terms {
    relaxed: Relaxed,
    /// Columns that cannot be compared at all.
    without: Vec<String>,
    not_compared: BTreeSet<(Code, String)>,
    /// How the types that come back are brought to those that were written.
    back: Back,
}

impl Terms {
    /// For a conversion of records of `schema` with this plan; `read`: what reading its output gives, if that is known.
    fn new(plan: &Plan, schema: &SchemaRef, read: Option<SchemaRef>) -> Self {
        let mut terms = Terms {
            relaxed: Relaxed::default(),
            without: Vec::new(),
            not_compared: BTreeSet::new(),
            back: Back::of_same(schema),
        };
        terms.relaxed.keep_text(schema.fields(), "");
        if plan.columns.iter().any(|column| column.fit.codes.contains(&Code::NaNPayload)) {
            terms.relaxed.allow_any_nan();
        }
        for column in plan.columns.iter().filter(|column| column.fit.whole) {
            // Its form does not tell all that it is made of.
            terms.without.push(top(&column.path).to_owned());
            terms.not_compared.extend(column.fit.losses().map(|code| (code, column.path.clone())));
        }
        for (code, path) in plan.losses() {
            if !terms.relaxed.allow(code, path) {
                terms.without.push(top(path).to_owned());
            }
            // The others lose nothing that is part of a value.
            let no_value = [Code::Zone, Code::Type, Code::Meta, Code::Missing, Code::MapOrder, Code::EnumSet];
            if !no_value.contains(&code) {
                terms.not_compared.insert((code, path.to_owned()));
            }
        }
        if let Some(read) = read {
            terms.back = Back::new(schema, read, terms.relaxed.by_position());
            for name in &terms.back.lost {
                terms.without.push(name.clone());
                terms.not_compared.insert((Code::Type, name.clone()));
            }
        }
        terms
    }

    fn hasher(&self, schema: &SchemaRef) -> Hasher {
        Hasher::new(schema, Arc::new(self.relaxed.clone()), &left_out(schema, &self.without))
    }
}

/// The column that a path begins with.
fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// The digest of the records that are written, while they are.
struct Watching(Arc<Mutex<Sum>>);

impl Watching {
    /// For records of `schema`.
    fn new(schema: &SchemaRef, terms: &Terms) -> (Self, Watch) {
        let hasher = terms.hasher(schema);
        let sum = Arc::new(Mutex::new(Sum::new(Order::Kept)));
        let shared = sum.clone();
        let shown = terms.back.shown.clone().map(InDoubles);
        let look = move |batch: &arrow_array::RecordBatch| match &shown {
            None => Ok(hasher.hash(batch)?.into_flattened()),
            Some(shown) => Ok(hasher.hash(&shown.of(batch)?)?.into_flattened()),
        };
        let watch = Watch::new(look, move |hashes| {
            // Whole hashes went in.
            let (hashes, _) = hashes.as_chunks();
            shared.lock().unwrap_or_else(PoisonError::into_inner).add(hashes);
        });
        (Watching(sum), watch)
    }

    fn finish(&self) -> Digest {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finish()
    }
}

/// Compares what was read with what was written. `written` opens the output, `again` the inputs (`None` if they can be
/// read only once).
///
/// # Errors
/// `Differs`, with the first record and column that is not what was read; and what reading the output gives.
fn check(
    watching: &Watching,
    terms: Terms,
    report: &Report,
    written: &dyn Fn() -> Result<Box<dyn Reader>>,
    again: Option<&dyn Fn() -> Result<Side>>,
    exec: &Exec,
) -> Result<Verified> {
    let expected = watching.finish();
    let altered: Vec<_> = report.losses.keys().filter(|(code, _)| is_altering(*code)).cloned().collect();
    let output = || -> Result<Side> {
        let reader = written()?;
        let names: Vec<&str> = altered.iter().map(|(_, path)| top(path)).collect();
        let steps = terms.back.steps(&reader.schema(), &names);
        Ok(Side { reader, steps })
    };
    let found = digest_of(output()?, &terms, exec)?;
    let mut verified = Verified { records: found.records, not_compared: terms.not_compared.clone() };
    if found == expected {
        return Ok(verified);
    }
    let mut without = terms.without.clone();
    without.extend(altered.iter().map(|(_, path)| top(path).to_owned()));
    // Records that were set aside are in the inputs, but were not to be written.
    let Some(again) = again.filter(|_| report.rejected + report.skipped == 0) else {
        let message = format!(
            "{} records were to be written, {} come back, and they are not the same",
            expected.records, found.records
        );
        return Err(differs(message));
    };
    let mut read = again()?;
    read.steps.extend(terms.back.shown.clone().map(|shown| Arc::new(InDoubles(shown)) as Arc<dyn Transform>));
    match first_difference(read, output()?, &terms.relaxed, &without, exec)? {
        None if altered.is_empty() => Err(differs("the inputs changed while they were read".to_owned())),
        None => {
            verified.not_compared.extend(altered);
            Ok(verified)
        }
        Some(difference) => Err(told(difference)),
    }
}

/// Whether values of the column were altered, as the user allowed.
fn is_altering(code: Code) -> bool {
    code.as_str().starts_with("V-")
}

fn digest_of(side: Side, terms: &Terms, exec: &Exec) -> Result<Digest> {
    let hasher = terms.hasher(&side.schema());
    let mut sum = Sum::new(Order::Kept);
    for hashes in Records::new(side.reader, side.steps, exec, move |batch| hasher.hash(batch)) {
        sum.add(&hashes?);
    }
    Ok(sum.finish())
}

pub(super) fn differs(message: String) -> Error {
    Error::new(ErrorKind::Differs, format!("the output does not hold what was read: {message}"))
        .with_hint("no output was written; this is a bug in fmtconv, or a fault of memory or disk: please report it")
}

fn told(difference: Difference) -> Error {
    match difference {
        Difference::Changed { right, changes, .. } => match changes.first() {
            None => differs("a record differs".to_owned()).at_record(right),
            Some(change) => {
                let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), shortened);
                let message = format!("{} was read, {} comes back", shown(&change.left), shown(&change.right));
                differs(message).at_record(right).in_column(&change.path)
            }
        },
        Difference::Removed { left, .. } => differs("it ends before this record".to_owned()).at_record(left),
        Difference::Added { right, .. } => differs("it has more records".to_owned()).at_record(right),
        Difference::Column { left, right, .. } => {
            let list = |names: Option<String>| names.unwrap_or_default();
            differs(format!("columns {} were read, {} come back", list(left), list(right)))
        }
        Difference::Type { name, left, right } => {
            differs(format!("{left} was read, {right} comes back")).in_column(&name)
        }
    }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
