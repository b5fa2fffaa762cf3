//! The footer: read once, and checked before anything in it is trusted.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::joined;
use super::thrift::Footer;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::source::{Blob, blob::BlobReader};

/// A [`Blob`] as the crate reads it.
pub(super) struct FileBytes(pub Blob);

impl Length for FileBytes {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for FileBytes {
    type T = io::BufReader<BlobReader>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(io::BufReader::new(self.0.reader_at(start)))
    }
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.0.slice(start, length).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// Reads and checks the footer.
///
/// # Errors
/// `Malformed` if the file is cut off, is not Parquet, or places of the footer lie outside the file; `Unsupported`
/// for encrypted files and for columns that are stored in other files; `Io`.
pub(super) fn read_footer(blob: &Blob) -> Result<Arc<ParquetMetaData>> {
    let footer = check_magic(blob)?;
    let metadata = guarded(|| {
        ParquetMetaDataReader::new().parse_and_finish(&FileBytes(blob.clone())).map_err(|error| failed(error, "footer"))
    })?;
    check(&metadata, blob.len())?;
    joined::check(blob, &metadata, footer)?;
    Ok(Arc::new(metadata))
}

/// Where the footer begins.
fn check_magic(blob: &Blob) -> Result<u64> {
    let len = blob.len();
    if len == 0 {
        return Err(Error::malformed("an empty file, which no Parquet file is"));
    }
    let at = len.saturating_sub(8);
    let tail = blob.slice(at, (len - at) as usize).map_err(|error| crate::source::read_error(error, at))?;
    let encrypted = |what: &str| Error::unsupported(what).with_hint("decrypt it with the program that wrote it");
    match tail.get(4..) {
        Some(b"PAR1") if len >= 12 => {}
        Some(b"PARE") => return Err(encrypted("the file is encrypted")),
        _ => {
            let head = blob.slice(0, len.min(4) as usize).map_err(|error| crate::source::read_error(error, 0))?;
            return Err(match &head[..] {
                b"PAR1" | b"PARE" => {
                    Error::malformed("no Parquet magic (PAR1) at the end").with_hint("the file may be cut off")
                }
                _ => Error::malformed("not a Parquet file: it neither begins nor ends with PAR1")
                    .with_hint("if it holds another format, name that with --from"),
            });
        }
    }
    let length = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
    let begin = (len - 8).checked_sub(length.into());
    let begin = begin.ok_or_else(|| Error::malformed(format!("a footer of {length} bytes in a file of {len}")))?;
    let footer = blob.slice(begin, length as usize).map_err(|error| crate::source::read_error(error, begin))?;
    let footer = Footer::of(&footer);
    if footer.is_encrypted {
        return Err(encrypted("columns of the file are encrypted"));
    }
    if let Some(children) = footer.excess_children {
        return Err(Error::malformed(format!("bad footer: a group of {children} columns, more than there are")));
    }
    if !footer.is_whole {
        return Err(Error::malformed("bad footer: it is cut off, or is none"));
    }
    Ok(begin)
}

fn check(metadata: &ParquetMetaData, len: u64) -> Result<()> {
    let leaves = metadata.file_metadata().schema_descr().num_columns();
    let mut rows = 0i64;
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let bad = |what: String| Error::malformed(format!("row group {index}: {what}"));
        if group.num_columns() != leaves {
            return Err(bad(format!("{} columns, the schema has {leaves}", group.num_columns())));
        }
        if group.num_rows() < 0 {
            return Err(bad(format!("{} rows", group.num_rows())));
        }
        rows = rows.checked_add(group.num_rows()).ok_or_else(|| bad("too many rows".into()))?;
        for column in group.columns() {
            let bad = |what: String| bad(what).in_column(&column.column_path().string());
            if column.file_path().is_some() {
                return Err(Error::unsupported("the column is stored in another file")
                    .in_column(&column.column_path().string())
                    .with_hint("this is a summary file; convert the data files"));
            }
            let (values, rows) = (column.num_values(), group.num_rows());
            if values < rows || (values > rows && column.column_descr().max_rep_level() == 0) {
                return Err(bad(format!("{values} values in {rows} rows")));
            }
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = start.checked_add(column.compressed_size());
            let inside = start >= 0 && column.compressed_size() >= 0;
            let (true, Some(end)) = (inside, end) else {
                return Err(bad("a negative offset or size".into()));
            };
            if end as u64 > len {
                return Err(bad(format!("bytes {start} to {end} of a file of {len} bytes"))
                    .with_hint("the file may be cut off"));
            }
        }
    }
    Ok(())
}

/// Rows of all row groups: what is stored, whatever the total in the footer says.
pub(super) fn rows(metadata: &ParquetMetaData) -> i64 {
    metadata.row_groups().iter().map(RowGroupMetaData::num_rows).sum()
}

/// Runs code of the crate, which panics on some damaged files: a panic becomes an error.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    let outcome = crate::guard::guarded(run);
    outcome.unwrap_or_else(|text| Err(Error::malformed(format!("the file is damaged: {text}"))))
}

/// An error of the crate: what it says about the input.
pub(super) fn failed(error: ParquetError, what: &str) -> Error {
    match error {
        ParquetError::NYI(text) => Error::unsupported(text),
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => crate::source::read_error(*error, 0),
            Err(cause) => Error::malformed(format!("bad {what}")).with_cause(cause),
        },
        other => failed_text(&other.to_string(), what),
    }
}

/// The same where only the text is left.
pub(super) fn failed_text(text: &str, what: &str) -> Error {
    let text = text.trim_start_matches("Parquet argument error: ");
    if let Some(text) = text.strip_prefix("NYI: ") {
        return Error::unsupported(text.to_owned());
    }
    if text.contains("UTF-8") {
        return Error::value(Code::Utf8, text.trim_start_matches("Parquet error: ").to_owned()).as_it_stands();
    }
    Error::malformed(format!("bad {what}: {}", text.trim_start_matches("Parquet error: ")))
}
