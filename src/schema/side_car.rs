//! The file beside a CSV or JSON file that says what its text does not: `OUT.schema.json` holds the Arrow schema with
//! all metadata, and the settings that undo those the file was written with.
//!
//! It is a hint and never wins over data: a column whose values do not fit is read as if there were no such file.

mod text;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::code::Code;
use crate::column::json::{UnionStyle, WriteRules, ambiguous_unions};
use crate::error::{Error, ErrorKind, Result};
use crate::fit::{Fit, Returns};
use crate::format::{Format, ReadOptions, Setting, Settings};
use crate::output::{Output, hex};
use crate::pipeline::ordered::ordered_map;
use crate::pipeline::{Exec, Reader};
use crate::report::{Report, is_in_column};
use crate::source::{Source, read_error};

/// Behind the name of the data file.
const SUFFIX: &str = ".schema.json";
/// No schema is longer.
const BYTES_MAX: u64 = 64 << 20;
/// The version of the text.
const VERSION: u64 = 1;

/// The setting for reading.
pub const READ: Setting = Setting {
    name: "side-car",
    values: "true|false",
    default: "true",
    about: "read FILE with the types in FILE.schema.json, if that is there",
};

/// The setting for writing.
pub const WRITE: Setting = Setting {
    name: "side-car",
    values: "true|false",
    default: "false",
    about: "write OUT.schema.json as well: with it every type and all metadata come back",
};

/// What a side-car says.
#[derive(Clone, Debug)]
pub struct SideCar {
    /// Where it is.
    pub path: PathBuf,
    /// The schema that was written.
    pub schema: SchemaRef,
    /// Settings to read the file with.
    pub settings: Settings,
    /// Whether the file is not the one that was written with it: it has other bytes.
    pub stale: bool,
}

/// Whether a side-car is wanted for an output.
///
/// # Errors
/// `Usage`: neither `true` nor `false`.
pub fn wanted(settings: &Settings) -> Result<bool> {
    settings.flag(WRITE.name, false)
}

/// What becomes of a field if a side-car is written: the type and everything that is said about it comes back, unless
/// the text does not show what the value is made of.
pub fn fit(fit: Fit, settings: &Settings) -> Fit {
    if fit.whole || fit.returns != Returns::Wider || !wanted(settings).unwrap_or(false) {
        return fit;
    }
    let kept = |code: &Code| !code.is_schema_level() || matches!(code, Code::Missing | Code::NullStruct);
    Fit { returns: Returns::Hinted, codes: fit.codes.iter().copied().filter(kept).collect(), ..fit }
}

/// If a side-car is wanted, has unions whose branches look alike tagged, in `rules` and `settings`, unless the settings say
/// how unions are written. Their paths.
///
/// # Errors
/// As [`wanted`].
pub fn tag_unions(schema: &Schema, settings: &mut Settings, rules: &mut WriteRules) -> Result<Vec<String>> {
    if !wanted(settings)? || settings.get("union").is_some() {
        return Ok(Vec::new());
    }
    let mixed = ambiguous_unions(schema.fields(), rules);
    if !mixed.is_empty() {
        rules.union = UnionStyle::Tagged;
        settings.set("union", "tagged");
    }
    Ok(mixed)
}

/// The settings that an output is written with, of which `settings` are given: as [`tag_unions`] has them. What is wrong
/// with them was told when the output was made.
pub fn written(schema: &Schema, settings: &Settings, rules: Result<WriteRules>) -> Settings {
    let mut written = settings.clone();
    if let Ok(mut rules) = rules {
        let _ = tag_unions(schema, &mut written, &mut rules);
    }
    written
}

/// Whether a path is that of a side-car whose data file is there too.
pub fn is_side_car(path: &Path) -> bool {
    path.to_str().and_then(|text| text.strip_suffix(SUFFIX)).is_some_and(|data| Path::new(data).is_file())
}

/// The side-car of an output and its text, to which [`text_end`] belongs. `written` are the settings that the output is written with; those that
/// `read` lists too are what it is to be read with.
///
/// # Errors
/// `Usage`: the output is no file.
pub fn create(output: &Output, schema: &Schema, written: &Settings, read: &[Setting]) -> Result<(Output, Vec<u8>)> {
    let companion = output.companion(SUFFIX).ok_or_else(|| {
        Error::usage("side-car=true needs an output with a name")
            .in_source(output.name())
            .with_hint("name a file with -o")
    })?;
    let undo = written.iter().filter(|(name, _)| {
        *name != READ.name && *name != "layout" && *name != "line-end" && read.iter().any(|known| known.name == *name)
    });
    let settings: serde_json::Map<String, Value> = undo.map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let value = json!({ "fmtconv": VERSION, "settings": settings, "schema": text::of_schema(schema) });
    let text = format!("{value:#}");
    let open = text.strip_suffix("\n}").unwrap_or(&text);
    Ok((companion, open.as_bytes().to_vec()))
}

/// The end of the text of a side-car: how large the file is that it belongs to, and its SHA-256.
pub fn text_end(bytes: u64, hash: &str) -> Vec<u8> {
    format!(",\n  \"bytes\": {bytes},\n  \"sha256\": \"{hash}\"\n}}\n").into_bytes()
}

/// Whether a file is the one that a side-car was written with. Where that says no hash, the size decides.
fn is_of(value: &Value, source: &Source) -> Result<bool> {
    if value.get("bytes").and_then(Value::as_u64) != source.size() {
        return Ok(false);
    }
    let Some(expected) = value.get("sha256") else { return Ok(true) };
    let mut hash = Sha256::new();
    let mut bytes = source.open_raw()?;
    let mut block = vec![0; 256 << 10];
    loop {
        match bytes.read(&mut block) {
            Ok(0) => break,
            Ok(n) => hash.update(&block[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(error, 0).in_source(source.name())),
        }
    }
    Ok(expected.as_str() == Some(&hex(&hash.finalize())))
}

/// Where the side-car of a file stands, if it has one.
pub(crate) fn path_beside(data: &Path) -> PathBuf {
    let mut path = data.as_os_str().to_owned();
    path.push(SUFFIX);
    PathBuf::from(path)
}

impl SideCar {
    /// The side-car beside a file; `None` if there is none.
    ///
    /// # Errors
    /// `Io`; `Malformed` if it cannot be understood.
    pub fn beside(source: &Source) -> Result<Option<SideCar>> {
        let Some(data) = source.as_path().filter(|_| source.is_file()) else { return Ok(None) };
        let path = path_beside(data);
        if !path.is_file() {
            return Ok(None);
        }
        let car = Self::read(&path, source);
        car.map(Some).map_err(|error| {
            error
                .in_source(path.to_string_lossy())
                .with_hint("--no-side-car reads the data without it; or remove the file")
        })
    }

    fn read(path: &Path, source: &Source) -> Result<SideCar> {
        let failed = |error| Error::io("cannot read the side-car", error);
        if std::fs::metadata(path).map_err(failed)?.len() > BYTES_MAX {
            return Err(Error::limit(format!("a side-car is longer than {BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| Error::malformed("the side-car is not JSON").with_cause(error))?;
        if value.get("fmtconv").and_then(Value::as_u64) != Some(VERSION) {
            return Err(Error::malformed(format!("the side-car is not of version {VERSION} of fmtconv")));
        }
        let mut settings = Settings::default();
        for (name, value) in value.get("settings").and_then(Value::as_object).into_iter().flatten() {
            let value = value.as_str().ok_or_else(|| Error::malformed(format!("the setting {name:?} is no text")))?;
            settings.set(name, value);
        }
        let schema = text::to_schema(value.get("schema").unwrap_or(&Value::Null))?;
        let stale = !is_of(&value, source)?;
        Ok(SideCar { path: path.to_owned(), schema: Arc::new(schema), settings, stale })
    }

    /// What is told about it.
    pub fn note(&self) -> String {
        let path = self.path.display();
        match self.stale {
            true => format!("{path} was written with another version of the file and is ignored"),
            false => format!("types come from {path}; --no-side-car ignores it"),
        }
    }

    /// Opens `source` with the types of the side-car, as far as all its values fit; other columns are inferred, and
    /// noted.
    ///
    /// # Errors
    /// As [`Format::open`].
    pub fn open(
        &self,
        format: &'static dyn Format,
        source: &Source,
        options: &ReadOptions,
        exec: &Exec,
    ) -> Result<Box<dyn Reader>> {
        let with = |schema: &SchemaRef| ReadOptions { schema: Some(schema.clone()), ..options.clone() };
        let mut schema = self.schema.clone();
        let mut inferred: Option<SchemaRef> = None;
        let mut report = Report::default();
        // Each round gives up one column.
        let rounds = if self.stale { 0 } else { self.schema.fields().len() + 1 };
        for _ in 0..rounds {
            let reader = format.open(source.clone(), &with(&schema), exec);
            let misfit = match reader.and_then(|reader| first_misfit(reader, exec)) {
                Ok(None) => {
                    let reader = format.open(source.clone(), &with(&schema), exec)?;
                    return Ok(Box::new(Noted { reader, report }));
                }
                Ok(Some(error)) | Err(error) => error,
            };
            let Some(column) = column_of(&misfit, &schema) else { break };
            let own = match &inferred {
                Some(own) => own.clone(),
                None => inferred.insert(format.open(source.clone(), options, exec)?.schema()).clone(),
            };
            let Ok(field) = own.field_with_name(schema.field(column).name()) else { break };
            if field == schema.field(column) {
                break;
            }
            report.note(Code::Hint, field.name().clone());
            let mut fields = schema.fields().to_vec();
            fields[column] = Arc::new(field.clone());
            schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        }
        // The file is another one, or has other columns, or something is wrong with it that has nothing to do with types.
        report = Report::default();
        report.note(Code::Hint, self.path.to_string_lossy());
        let reader = format.open(source.clone(), options, exec)?;
        Ok(Box::new(Noted { reader, report }))
    }
}

/// Reads everything, and says which value did not fit first.
fn first_misfit(reader: Box<dyn Reader>, exec: &Exec) -> Result<Option<Error>> {
    let mut reader = Some(reader);
    let chunks = std::iter::from_fn(move || {
        let chunk = reader.as_mut()?.next_chunk().transpose();
        if !matches!(chunk, Some(Ok(_))) {
            reader = None;
        }
        chunk
    });
    let read = ordered_map(exec, exec.window(), chunks, |chunk| -> Result<()> {
        for batch in chunk?.decode()? {
            batch?;
        }
        Ok(())
    });
    for outcome in read {
        if let Err(error) = outcome? {
            return Ok(Some(error));
        }
    }
    Ok(None)
}

/// The top-level column that an error is about.
fn column_of(error: &Error, schema: &Schema) -> Option<usize> {
    if !matches!(error.kind(), ErrorKind::Value | ErrorKind::Schema | ErrorKind::Malformed) {
        return None;
    }
    let path = error.origin().column.as_deref()?;
    let names = schema.fields().iter().enumerate().filter(|(_, field)| is_in_column(path, field.name()));
    names.max_by_key(|(_, field)| field.name().len()).map(|(index, _)| index)
}

/// A reader with more notes.
struct Noted {
    reader: Box<dyn Reader>,
    report: Report,
}

impl Reader for Noted {
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
    fn next_chunk(&mut self) -> Result<Option<Box<dyn crate::pipeline::Chunk>>> {
        self.reader.next_chunk()
    }
    fn report(&self) -> Report {
        let mut report = self.reader.report();
        report.merge(&self.report);
        report
    }
}

#[cfg(all(test, feature = "csv", feature = "json", feature = "parquet", feature = "ipc"))]
mod tests;
