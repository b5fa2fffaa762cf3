//! Apache Parquet, on the crate `parquet`, with fences around what it converts without looking.
//!
//! Reading: `footer` → plan (`schema` rules for leaves, hints of `ARROW:schema`, undoing of what we
//! lowered) → row groups in chunks → physical values, of columns without lists and groups
//! in `flat`, of all others by the crate → checked conversion to logical types.
//! Writing: types that Parquet does not have are lowered in front of the crate, with a hint that restores them; row
//! groups are encoded in parallel, and their columns too.
//!
//! Not supported: encryption, LZO, columns stored in other files. Source: parquet-format (`README.md`,
//! `LogicalTypes.md`, `Encodings.md`).

mod apart;
mod bounds;
mod bytes_decimal;
mod change;
mod chunk;
mod columns;
mod decompress;
mod differences;
mod examine;
mod fit;
mod flat;
mod footer;
mod geo;
mod group;
mod hint;
mod inspect;
mod interval;
mod joined;
mod json;
mod logical;
mod lower;
mod lower_schema;
mod message;
mod nested;
mod options;
mod page_counts;
mod page_levels;
mod page_values;
mod plan;
mod pread;
mod raise;
mod read;
mod schema;
mod shown;
mod slots;
mod thrift;
mod write;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::format::{Fit, Format, Info, ReadOptions, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::{Exec, Reader, Sink};
use crate::source::Source;

/// The format.
pub static FORMAT: Parquet = Parquet;

/// Apache Parquet.
#[derive(Debug)]
pub struct Parquet;

static INFO: Info = Info {
    name: "parquet",
    aliases: &[("pq", &[])],
    extensions: &[("parquet", &[]), ("pq", &[]), ("parq", &[])],
    about: "Apache Parquet: columns in row groups, compressed, with statistics",
    outer_compression: false,
    read: options::READ,
    write: options::WRITE,
    codecs: options::CODECS,
};

/// Parquet to read, for [`Convert`](crate::Convert), [`open`](crate::open()) and whatever takes an input.
///
/// ```
/// use fmtconv::formats::parquet;
/// use fmtconv::{Convert, Output, Source};
///
/// # #[cfg(feature = "csv")] {
/// use fmtconv::formats::csv;
///
/// let (output, memory) = Output::memory();
/// Convert::new(csv::read(Source::bytes("a.csv", "id,name\n1,Ann\n"))).to(parquet::write(output).compression("zstd:9".parse()?)).run()?;
/// let bytes = memory.take().unwrap();
/// assert!(bytes.starts_with(b"PAR1"));
///
/// let (output, memory) = Output::memory();
/// Convert::new(parquet::read(Source::bytes("a.parquet", bytes))).to(csv::write(output)).run()?;
/// assert_eq!(memory.take().unwrap(), b"id,name\n1,Ann\n");
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// Parquet to write, for [`Convert`](crate::Convert), [`create`](crate::create()) and whatever takes a target. See [`read`].
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

/// The Parquet message type of a file with these columns, called `name`.
///
/// # Errors
/// `Unsupported`, with the column, for a type that Parquet cannot hold in any form.
pub fn message_type(schema: &Schema, name: &str) -> Result<String> {
    fit::message_type(schema, name)
}

/// The columns of a file with this message type.
///
/// # Errors
/// `Malformed` if the text is no message type; `Limit` if it is nested too deep.
pub fn message_columns(text: &str) -> Result<SchemaRef> {
    message::columns(text)
}

impl Format for Parquet {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        if head.starts_with(b"PAR1") || head.starts_with(b"PARE") { Sniff::Magic } else { Sniff::No }
    }

    fn takes_columns(&self, _: &Settings) -> bool {
        false
    }

    fn open(&self, source: Source, options: &ReadOptions, _: &Exec) -> Result<Box<dyn Reader>> {
        Ok(Box::new(read::ParquetReader::open(&source, options)?))
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        if output.compression().is_some() {
            return Err(
                Error::usage("a Parquet file is compressed inside, not as a whole").with_hint("use --compression")
            );
        }
        Ok(Box::new(write::ParquetWriter::create(output, &schema, options)?))
    }

    fn check_ends(&self, source: &Source, _: &WriteOptions) -> Result<()> {
        footer::read_footer(&source.blob()?).map(drop).map_err(|error| error.in_source(source.name()))
    }

    fn fit(&self, field: &Field, _: &[&Field], options: &WriteOptions) -> Fit {
        fit::fit(field, &options.settings)
    }

    fn fit_schema(&self, schema: &Schema, options: &WriteOptions) -> Fit {
        match options::hints(&options.settings) {
            Ok(false) if schema.fields().is_empty() => Fit::hinted("one column of nulls").without_hints(Code::Type),
            _ => Fit::exact("row groups"),
        }
    }

    fn examine(&self, source: &Source, _: &ReadOptions, exec: &Exec) -> Result<Vec<Error>> {
        examine::examine(&source.blob()?, exec)
    }

    fn inspect(&self, source: &Source, _: &ReadOptions) -> Result<serde_json::Value> {
        let blob = source.blob()?;
        let metadata = footer::read_footer(&blob).map_err(|error| error.in_source(source.name()))?;
        Ok(inspect::inspect(&metadata, blob.len()))
    }

    fn count(&self, source: &Source, _: &ReadOptions) -> Result<Option<u64>> {
        let metadata = footer::read_footer(&source.blob()?).map_err(|error| error.in_source(source.name()))?;
        Ok(u64::try_from(footer::rows(&metadata)).ok())
    }
}

#[cfg(all(test, feature = "parquet", feature = "ipc"))]
mod tests;
