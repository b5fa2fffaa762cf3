use std::sync::Arc;

use bytes::Bytes;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;

use super::*;
use crate::formats::parquet::page_levels::varint;

/// The bytes of a page of values that the crate wrote.
fn written<T: DataType>(column: &str, encoding: Encoding, values: &[T::T]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message m {{ {column} }}")).unwrap());
    let properties = WriterProperties::builder().set_dictionary_enabled(false).set_encoding(encoding).build();
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let file = SerializedFileReader::new(Bytes::from(data)).unwrap();
    let mut pages = file.get_row_group(0).unwrap().get_column_page_reader(0).unwrap();
    let page = pages.get_next_page().unwrap().unwrap();
    assert_eq!((page.encoding(), page.num_values() as usize), (encoding, values.len()));
    page.buffer().to_vec()
}

fn dictionary(values: u32, bytes: usize) -> Page {
    Page::DictionaryPage {
        buf: Bytes::from(vec![0; bytes]),
        num_values: values,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    }
}

fn checked(page: &Page, column: &str) -> Result<(), String> {
    let schema = parse_message_type(&format!("message m {{ {column} }}")).unwrap();
    check(page, &SchemaDescriptor::new(Arc::new(schema)).column(0))
}

#[test]
fn a_dictionary_has_no_more_values_than_its_bytes_hold() {
    for (column, width) in [
        ("required int32 a;", 4),
        ("required int64 a;", 8),
        ("required int96 a;", 12),
        ("optional float a;", 4),
        ("repeated double a;", 8),
        ("required binary a;", 4),
        ("required fixed_len_byte_array(5) a;", 5),
    ] {
        assert_eq!(checked(&dictionary(3, 3 * width), column), Ok(()), "{column}");
        let told = checked(&dictionary(4, 4 * width - 1), column).unwrap_err();
        assert_eq!(told, format!("4 values in {} bytes of a dictionary", 4 * width - 1), "{column}");
        assert!(checked(&dictionary(u32::MAX, 3 * width), column).is_err(), "{column}");
    }
    assert_eq!(checked(&dictionary(8, 1), "required boolean a;"), Ok(()));
    assert!(checked(&dictionary(9, 1), "required boolean a;").is_err());
}

fn data(values: u32, encoding: Encoding, bytes: &[u8], levels: bool) -> Page {
    let levels = if levels { &[2, 0, 0, 0, 2, 1][..] } else { &[] };
    Page::DataPage {
        buf: Bytes::from([levels, bytes].concat()),
        num_values: values,
        encoding,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    }
}

#[test]
fn differences_are_no_more_than_values() {
    let values: Vec<i64> = (0..1000).map(|n| n * n).collect();
    let bytes = written::<Int64Type>("required int64 a;", Encoding::DELTA_BINARY_PACKED, &values);
    for (levels, column) in [(false, "required int64 a;"), (true, "optional int64 a;")] {
        let page = |values| data(values, Encoding::DELTA_BINARY_PACKED, &bytes, levels);
        assert_eq!(checked(&page(1000), column), Ok(()));
        assert_eq!(checked(&page(1001), column), Ok(()), "some are null");
        assert_eq!(checked(&page(999), column).unwrap_err(), "1000 differences for 999 values");
    }
    // 2^31 differences of nothing.
    let mut short = vec![0x80, 1, 4, 0x80, 0x80, 0x80, 0x80, 8, 0];
    let told = checked(&data(1 << 31, Encoding::DELTA_BINARY_PACKED, &short, false), "required int64 a;").unwrap_err();
    assert_eq!(told, "2147483648 differences in 1 bytes");
    short.truncate(4);
    assert_eq!(checked(&data(1 << 31, Encoding::DELTA_BINARY_PACKED, &short, false), "required int64 a;"), Ok(()));
}

#[test]
fn both_lengths_of_prefixed_texts_are_looked_at() {
    let texts: Vec<String> = (0..1000).map(|n| format!("{}{n}", "a".repeat(n % 7))).collect();
    let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_str().into()).collect();
    let bytes = written::<ByteArrayType>("required binary a;", Encoding::DELTA_BYTE_ARRAY, &texts);
    let page = |values, bytes: &[u8]| data(values, Encoding::DELTA_BYTE_ARRAY, bytes, false);
    let column = "required binary a;";
    assert_eq!(checked(&page(1000, &bytes), column), Ok(()));
    let behind = Integers::new(&bytes).and_then(Integers::behind).unwrap();
    assert_eq!(header(behind).unwrap().0[2], 1000);
    // The second count, made larger.
    let second = bytes.len() - behind.len();
    let (block, rest) = varint(&bytes[second..]).unwrap();
    let count = bytes.len() - varint(rest).unwrap().1.len();
    assert_eq!((block, &bytes[count..count + 2]), (128, &[0xe8, 7][..]));
    let mut more = bytes.clone();
    more[count + 1] = 0x7f;
    assert_eq!(checked(&page(1000, &more), column).unwrap_err(), "16360 differences for 1000 values");
    for cut in 0..second {
        let told = checked(&page(1000, &bytes[..cut]), column);
        assert!(told.is_err() || cut == 0, "{cut}");
    }
}

#[test]
fn texts_share_what_the_one_before_has() {
    let text = |prefixes: &[i32], suffixes: &[i32], bytes: &[u8]| {
        let lengths = |values: &[i32]| written::<Int32Type>("required int32 a;", Encoding::DELTA_BINARY_PACKED, values);
        let bytes = [&lengths(prefixes)[..], &lengths(suffixes), bytes].concat();
        checked(&data(prefixes.len() as u32, Encoding::DELTA_BYTE_ARRAY, &bytes, false), "required binary a;")
    };
    assert_eq!(text(&[0, 2, 1], &[2, 1, 0], b"abc"), Ok(()));
    let told = |text: Result<(), String>| text.unwrap_err();
    assert_eq!(told(text(&[1, 2], &[2, 1], b"abc")), "text 0 shares 1 bytes with the one before, which has 0");
    assert_eq!(told(text(&[0, 3], &[2, 1], b"abc")), "text 1 shares 3 bytes with the one before, which has 2");
    assert_eq!(told(text(&[0, -1], &[2, 1], b"abc")), "text 1 shares -1 bytes with the one before, which has 2");
    assert_eq!(told(text(&[0, 0], &[4, -1], b"abc")), "text 1 has a length of -1");
    assert_eq!(told(text(&[0, 0], &[2, 2], b"abc")), "3 bytes of texts, their lengths say 4");
    assert_eq!(told(text(&[0, 0], &[1, 1], b"abc")), "3 bytes of texts, their lengths say 2");
}
