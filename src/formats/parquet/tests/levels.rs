//! Pages with levels that their column does not have.

use std::sync::Arc;

use parquet::basic::Encoding;
use parquet::data_type::Int32Type;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::error::ErrorKind;
use crate::format::ReadOptions;
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, read, rows};

/// A file of one column, in pages of these levels.
fn file(schema: &str, version: WriterVersion, pages: usize, definition: &[i16], repetition: Option<&[i16]>) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::PLAIN)
        .set_data_page_row_count_limit(1)
        .set_write_batch_size(definition.len())
        .build();
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    for _ in 0..pages {
        column.typed::<Int32Type>().write_batch(&[7; 100], Some(definition), repetition).unwrap();
    }
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    data
}

/// What the file says with its last `from` as `to`.
#[track_caller]
fn damaged(mut data: Vec<u8>, from: &[u8], to: &[u8]) -> String {
    let all = read(&FORMAT, bytes(data.clone()), &ReadOptions::default(), 1).unwrap().1;
    assert!(rows(&all) > 0);
    let place = data.windows(from.len()).rposition(|found| found == from).unwrap();
    data[place..place + to.len()].copy_from_slice(to);
    let error = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error:?}");
    error.to_string()
}

const VERSIONS: [WriterVersion; 2] = [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];
/// What a run of 16 ones, twos or zeros is, and then a value.
const RUN: u8 = 32;

#[test]
fn above_the_highest_they_are_refused() {
    for version in VERSIONS {
        let flat = file("message m { optional int32 n; }", version, 3, &[1; 16], None);
        let told = damaged(flat, &[RUN, 1, 7, 0], &[RUN, 3]);
        assert!(told.contains("data page 3: a definition level of 3, the highest is 1"), "{told}");

        let group = "message m { optional group s { optional int32 n; } }";
        let told = damaged(file(group, version, 2, &[2; 16], None), &[RUN, 2, 7, 0], &[RUN, 3]);
        assert!(told.contains("data page 2: a definition level of 3, the highest is 2"), "{told}");

        // 2 1 2 1 2 1 2 1, packed.
        let mixed = file(group, version, 1, &[2, 1, 2, 1, 2, 1, 2, 1], None);
        let told = damaged(mixed, &[3, 0b0110_0110, 0b0110_0110], &[3, 0b0110_0110, 0b0111_0110]);
        assert!(told.contains("data page 1: a definition level of 3, the highest is 2"), "{told}");

        let lists = "message m { repeated group l { repeated int32 n; } }";
        let nested = file(lists, version, 1, &[2; 16], Some(&[0; 16]));
        let from: &[u8] = if version == VERSIONS[0] { &[RUN, 0, 2, 0, 0, 0, RUN, 2] } else { &[RUN, 0, RUN, 2] };
        let told = damaged(nested, from, &[RUN, 3]);
        assert!(told.contains("data page 1: a repetition level of 3, the highest is 2"), "{told}");
    }
}
