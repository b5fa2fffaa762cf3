//! Looking for damage: what reading the records does not touch, or what it would report for the first column only.

use std::sync::Arc;

use parquet::basic::LogicalType;
use parquet::column::page::PageReader;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::{Statistics, ValueStatistics};

use super::footer::{FileBytes, failed, guarded, read_footer};
use crate::error::{Error, Result};
use crate::pipeline::Exec;
use crate::pipeline::ordered::side_by_side;
use crate::source::Blob;

/// Values read at a time to compare them with the statistics.
const BATCH: usize = 8192;

/// Everything that is wrong with the pages, counts and statistics of a file.
///
/// # Errors
/// If the footer cannot be read.
pub(super) fn examine(blob: &Blob, exec: &Exec) -> Result<Vec<Error>> {
    let metadata = read_footer(blob)?;
    let mut found = Vec::new();
    if !blob.slice(0, 4).is_ok_and(|magic| magic == b"PAR1"[..]) {
        found.push(Error::malformed("no Parquet magic (PAR1) at the start").at_byte(0));
    }
    let (said, stored) = (metadata.file_metadata().num_rows(), super::footer::rows(&metadata));
    if said != stored {
        found.push(Error::malformed(format!("the footer says {said} rows, the row groups have {stored}")));
    }
    let columns = metadata.file_metadata().schema_descr().num_columns();
    let jobs: Vec<(usize, usize)> =
        (0..metadata.num_row_groups()).flat_map(|group| (0..columns).map(move |column| (group, column))).collect();
    for result in side_by_side(exec, &jobs, |_, &(group, column)| {
        exec.check()?;
        guarded(|| Ok(chunk(blob, &metadata, group, column)))
    }) {
        match result? {
            Ok(errors) => found.extend(errors),
            Err(error) => found.push(error),
        }
    }
    Ok(found)
}

/// What is wrong with one column of one row group.
fn chunk(blob: &Blob, metadata: &ParquetMetaData, group: usize, column: usize) -> Vec<Error> {
    let (group_data, place) = (metadata.row_group(group), metadata.row_group(group).column(column));
    let at = |error: Error| {
        let (start, _) = place.byte_range();
        let error = if error.origin().byte.is_some() { error } else { error.at_byte(start) };
        error.in_column(&place.column_path().string())
    };
    let bad = |what: String| at(Error::malformed(format!("row group {group}: {what}")));
    let pages = || {
        let bytes = Arc::new(FileBytes(blob.clone()));
        SerializedPageReader::new(bytes, place, group_data.num_rows() as usize, None)
            .map_err(|error| failed(error, "column"))
    };
    let mut values = 0_u64;
    let mut walk = || -> Result<()> {
        let mut pages = pages()?;
        let mut number = 0;
        // The pages are decompressed, and their checksums compared where they have one.
        while let Some(page) = pages.get_next_page().map_err(|error| failed(error, &format!("page {number}")))? {
            if page.is_data_page() {
                values += u64::from(page.num_values());
            }
            number += 1;
        }
        Ok(())
    };
    if let Err(error) = walk() {
        return vec![at(error)];
    }
    if i64::try_from(values).ok() != Some(place.num_values()) {
        return vec![bad(format!("the footer says {} values, the pages have {values}", place.num_values()))];
    }
    let compared = pages().and_then(|pages| statistics(place, Box::new(pages)));
    match compared {
        // What decoding says is told by whoever decodes the records.
        Ok(None) | Err(_) => Vec::new(),
        Ok(Some(what)) => vec![bad(what)],
    }
}

/// What the statistics of a column say that is not so. Columns of numbers without lists are compared.
fn statistics(column: &ColumnChunkMetaData, pages: Box<dyn PageReader>) -> Result<Option<String>> {
    let descriptor = column.column_descr();
    let signed = match descriptor.logical_type_ref() {
        None => descriptor.converted_type() == parquet::basic::ConvertedType::NONE,
        Some(LogicalType::Integer(integer)) => integer.is_signed,
        Some(
            LogicalType::Date | LogicalType::Time { .. } | LogicalType::Timestamp { .. } | LogicalType::Decimal { .. },
        ) => true,
        Some(_) => false,
    };
    if descriptor.max_rep_level() > 0 || !signed {
        return Ok(None);
    }
    match column.statistics() {
        Some(Statistics::Int32(said)) => compare::<Int32Type>(column, said, pages),
        Some(Statistics::Int64(said)) => compare::<Int64Type>(column, said, pages),
        Some(Statistics::Float(said)) => compare::<FloatType>(column, said, pages),
        Some(Statistics::Double(said)) => compare::<DoubleType>(column, said, pages),
        _ => Ok(None),
    }
}

fn compare<T: DataType>(
    column: &ColumnChunkMetaData,
    said: &ValueStatistics<T::T>,
    pages: Box<dyn PageReader>,
) -> Result<Option<String>>
where
    T::T: PartialOrd,
{
    let descriptor = column.column_descr_ptr();
    let present = descriptor.max_def_level();
    let mut reader = ColumnReaderImpl::<T>::new(descriptor, pages);
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let mut nulls = 0_u64;
    loop {
        levels.clear();
        values.clear();
        let defined = (present > 0).then_some(&mut levels);
        let read = reader.read_records(BATCH, defined, None, &mut values);
        let (records, _, _) = read.map_err(|error| failed(error, "values"))?;
        if records == 0 {
            break;
        }
        nulls += levels.iter().filter(|level| **level < present).count() as u64;
        for value in &values {
            if said.min_opt().is_some_and(|min| value < min) || said.max_opt().is_some_and(|max| value > max) {
                return Ok(Some(format!(
                    "the statistics say {:?} to {:?}, but there is {value:?}",
                    said.min_opt(),
                    said.max_opt()
                )));
            }
        }
    }
    match said.null_count_opt() {
        Some(count) if count != nulls => Ok(Some(format!("the statistics say {count} nulls, but there are {nulls}"))),
        _ => Ok(None),
    }
}
