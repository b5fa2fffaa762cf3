use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, Type as Physical};
use parquet::data_type::{Int96, Int96Type};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::super::footer::read_footer;
use super::super::group::{ColumnReader, Stored};
use super::super::options::ReadSettings;
use super::super::plan::{Column, Plan};
use super::values::Dictionary;
use crate::error::{Error, Result};
use crate::format::Settings;
use crate::formats::testing_batches::Random;
use crate::pipeline::spare::Spare;
use crate::source::Blob;

/// Columns of every type that is read here, of values that repeat or do not, with many, few and no nulls.
fn records(random: &mut Random, rows: usize) -> RecordBatch {
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (nulls, different) in [(0, 3), (0, 1 << 40), (2, 40), (7, 1 << 40), (40, 5), (1, 1)] {
        let numbers: Vec<Option<i64>> = (0..rows)
            .map(|row| {
                // Runs, and one by one.
                let number = if row / 100 % 2 == 0 { row / 9 } else { random.below(different) };
                (nulls == 0 || random.below(nulls) > 0).then_some(number as i64 % different as i64)
            })
            .collect();
        let numbers = || numbers.iter().copied();
        let text = |number: i64| match number % 4 {
            0 => String::new(),
            1 => format!("{number} ä€𝄞"),
            2 => "long ".repeat(number as usize % 50),
            _ => number.to_string(),
        };
        let arrays: [ArrayRef; 9] = [
            Arc::new(numbers().collect::<Int64Array>()),
            Arc::new(numbers().map(|number| Some(number? as i32)).collect::<Int32Array>()),
            Arc::new(numbers().map(|number| Some(number? as f32 / 3.0)).collect::<Float32Array>()),
            Arc::new(numbers().map(|number| Some(number? as f64 / 3.0)).collect::<Float64Array>()),
            Arc::new(numbers().map(|number| Some(number? % 3 == 1)).collect::<BooleanArray>()),
            Arc::new(numbers().map(|number| Some(number? as i32 % 100_000)).collect::<Date32Array>()),
            Arc::new(numbers().collect::<TimestampMicrosecondArray>()),
            Arc::new(numbers().map(|number| Some(text(number?))).collect::<StringArray>()),
            Arc::new(numbers().map(|number| Some(number?.to_le_bytes())).collect::<BinaryArray>()),
        ];
        columns.extend(arrays);
    }
    let named = columns.into_iter().enumerate().map(|(index, array)| (format!("c{index}"), array));
    RecordBatch::try_from_iter(named).unwrap()
}

fn file(records: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), records.schema(), Some(properties)).unwrap();
    writer.write(records).unwrap();
    writer.into_inner().unwrap()
}

fn properties(index: usize, compression: Compression) -> WriterProperties {
    let version = [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0][index % 2];
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(compression)
        .set_data_page_row_count_limit([usize::MAX, 37, 500][index / 2 % 3])
        // Dictionaries that are full after some pages, or none.
        .set_dictionary_page_size_limit([1 << 20, 300][index / 3 % 2])
        .set_dictionary_enabled(index % 5 != 4)
        .set_write_batch_size(64);
    if index % 5 == 4 {
        properties = properties.set_encoding(Encoding::PLAIN);
    }
    // The numbers of `records` but for booleans, byte by byte.
    for column in (0..54).filter(|column| index % 5 == 3 && [0, 1, 2, 3, 5, 6].contains(&(column % 9))) {
        let path = ColumnPath::from(format!("c{column}"));
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT);
    }
    properties.build()
}

struct File {
    stored: Stored,
    plan: Plan,
    metadata: Arc<ParquetMetaData>,
}

fn opened(data: Vec<u8>) -> Result<File> {
    let blob = Blob::bytes(data.into());
    let metadata = read_footer(&blob)?;
    let plan = Plan::new(&metadata, &ReadSettings::new(&Settings::default())?, 64)?;
    Ok(File { stored: Stored::new(&blob, &metadata, 0, Arc::new(Spare::new(1 << 20))), plan, metadata })
}

/// All rows that a reader has, and whether it came to their end.
fn rows(reader: &mut ColumnReader, rows: usize) -> (Vec<ArrayRef>, bool) {
    let (arrays, end) = read(reader, rows);
    (arrays, end.is_ok())
}

/// All rows that a reader has, and what is wrong with them.
fn read(reader: &mut ColumnReader, rows: usize) -> (Vec<ArrayRef>, Result<()>) {
    let (mut arrays, mut count) = (Vec::new(), 0);
    // As many as are wanted, whatever the pages say, and the end.
    while count <= rows {
        match reader.next() {
            Ok(Some(decoded)) => {
                count += decoded.values.len();
                arrays.push(decoded.values);
            }
            Ok(None) if count == rows => return (arrays, Ok(())),
            Ok(None) => break,
            Err(error) => return (arrays, Err(error)),
        }
    }
    (arrays, Err(Error::malformed("another number of rows")))
}

fn is_here(file: &File, column: &Column) -> bool {
    let chunk = file.metadata.row_group(0).column(column.leaves.start);
    column.is_plain && super::is_flat(chunk, column.plain.data_type())
}

#[test]
fn the_values_are_those_of_the_crate() {
    let mut random = Random(7);
    let mut here = 0;
    for index in 0..30 {
        let count = [1, 13, 3000][index % 3];
        let records = records(&mut random, count);
        let codecs = [Compression::UNCOMPRESSED, Compression::ZSTD(Default::default()), Compression::SNAPPY];
        let file = opened(file(&records, properties(index, codecs[index % 3]))).unwrap();
        for (column, expected) in file.plan.columns.iter().zip(records.columns()) {
            if !is_here(&file, column) {
                continue;
            }
            here += 1;
            for batch_rows in [1, 7, 500, count, count * 2] {
                let mut reader = file.stored.open(column, batch_rows).unwrap();
                let (arrays, is_whole) = rows(&mut reader, count);
                assert!(is_whole && !reader.is_left(), "{index} {}", column.name());
                assert!(arrays[..arrays.len() - 1].iter().all(|array| array.len() == batch_rows));
                let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
                let array = arrow_select::concat::concat(&arrays).unwrap();
                assert!(array.to_data() == expected.to_data(), "{index} {}: {array:?}", column.name());
                let (theirs, _) = rows(&mut file.stored.by_crate(column, batch_rows).unwrap(), count);
                assert!(theirs.iter().zip(&arrays).all(|(theirs, ours)| theirs.to_data() == ours.to_data()));
            }
        }
    }
    assert!(here > 30 * 54 / 2, "{here}");
}

/// Times of INT96, some of which do not fit into nanoseconds, with nulls and without.
#[test]
fn times_are_those_of_the_crate() {
    let mut random = Random(5);
    for index in 0..12 {
        let mut time = || {
            let mut time = Int96::new();
            let day = if index % 2 == 0 { 2_440_000 + random.below(9) } else { random.below(1 << 32) };
            time.set_data(random.below(1 << 32) as u32, random.below(1 << (index + 4)) as u32, day as u32);
            time
        };
        let times: Vec<Int96> = (0..1000).map(|_| time()).collect();
        let levels: Vec<i16> = (0..1000).map(|_| i16::from(random.below(3) > 0)).collect();
        let (kind, levels) = if index % 3 == 0 { ("required", None) } else { ("optional", Some(levels.as_slice())) };
        let schema = Arc::new(parse_message_type(&format!("message m {{ {kind} int96 t; }}")).unwrap());
        let mut data = Vec::new();
        let properties = Arc::new(properties(index, Compression::UNCOMPRESSED));
        let mut writer = SerializedFileWriter::new(&mut data, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let set = levels.map_or(1000, |levels| levels.iter().filter(|level| **level == 1).count());
        column.typed::<Int96Type>().write_batch(&times[..set], levels, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let file = opened(data).unwrap();
        let column = &file.plan.columns[0];
        assert!(is_here(&file, column));
        for batch_rows in [7, 1000] {
            let mut ours = file.stored.open(column, batch_rows).unwrap();
            let mut theirs = file.stored.by_crate(column, batch_rows).unwrap();
            while let Some(theirs) = theirs.next().unwrap() {
                let ours = ours.next().unwrap().unwrap();
                let (ours, theirs) = ([ours.values, ours.seconds.unwrap()], [theirs.values, theirs.seconds.unwrap()]);
                assert!(ours.iter().zip(&theirs).all(|(ours, theirs)| ours.to_data() == theirs.to_data()), "{index}");
            }
            assert!(ours.next().unwrap().is_none());
        }
    }
}

#[test]
fn what_the_crate_refuses_is_left_to_it() {
    let (mut left, mut taken) = (0, 0);
    for seed in 1..500_u64 {
        let mut random = Random(seed * 0x9e37_79b9);
        let count = 1 + random.below(300);
        let mut data = file(&records(&mut random, count), properties(seed as usize, Compression::UNCOMPRESSED));
        let footer = data.len() - 8 - u32::from_le_bytes(*data[data.len() - 8..].first_chunk().unwrap()) as usize;
        for _ in 0..60 {
            let at = 4 + random.below(footer - 4);
            data[at] = random.below(256) as u8;
        }
        let file = opened(data).unwrap();
        for column in file.plan.columns.iter().filter(|column| is_here(&file, column)) {
            let mut ours = file.stored.open(column, 100).unwrap();
            let (arrays, is_whole) = rows(&mut ours, count);
            let (theirs, end) = read(&mut file.stored.by_crate(column, 100).unwrap(), count);
            // Arrays before the damage are the same; behind it there are none of ours. Surplus rows are only theirs.
            for (ours, theirs) in arrays.iter().zip(&theirs) {
                let theirs = theirs.slice(0, ours.len().min(theirs.len()));
                assert!(ours.to_data() == theirs.to_data(), "{seed} {}: {ours:?} {theirs:?}", column.name());
            }
            match is_whole {
                true => {
                    assert!(end.is_ok() && arrays.len() == theirs.len(), "{seed} {}: {end:?}", column.name());
                    taken += 1;
                }
                false => {
                    assert!(ours.is_left());
                    left += 1;
                }
            }
        }
    }
    assert!(left > 500 && taken > 500, "{left} {taken}");
}

/// Where texts meet, half a character and the other half are none.
#[test]
fn each_text_of_a_dictionary_is_utf_8() {
    let page = |texts: &[&[u8]]| -> Bytes {
        texts.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes(), *text].concat()).collect::<Vec<u8>>().into()
    };
    let dictionary = |page: &Bytes, is_text| Dictionary::new(page, 2, Physical::BYTE_ARRAY, is_text);
    assert!(dictionary(&page(&["ä".as_bytes(), b"b"]), true).is_some());
    let halves = page(&[b"a\xc3", b"\xa4"]);
    assert!(dictionary(&halves, true).is_none());
    assert!(dictionary(&halves, false).is_some());
    assert!(dictionary(&page(&[b"a"]), false).is_none());
    assert!(dictionary(&page(&[b"a", b"b"]).slice(..9), false).is_none());
}
