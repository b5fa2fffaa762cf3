use std::sync::Arc;

use bytes::Bytes;
use parquet::data_type::{DataType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;

use super::*;

/// The data page of a column that the crate wrote.
fn written<T: DataType>(column: &str, encoding: Encoding, values: &[T::T], levels: [Option<&[i16]>; 2]) -> Page {
    let schema = Arc::new(parse_message_type(&format!("message m {{ {column} }}")).unwrap());
    let properties = match encoding {
        Encoding::RLE_DICTIONARY => WriterProperties::builder(),
        other => WriterProperties::builder().set_dictionary_enabled(false).set_encoding(other),
    };
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(properties.build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels[0], levels[1]).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let file = SerializedFileReader::new(Bytes::from(data)).unwrap();
    let pages = file.get_row_group(0).unwrap().get_column_page_reader(0).unwrap();
    let page = pages.map(Result::unwrap).find(Page::is_data_page).unwrap();
    assert_eq!(page.encoding(), encoding);
    page
}

fn checked(page: &Page, column: &str) -> Result<(), String> {
    let schema = parse_message_type(&format!("message m {{ {column} }}")).unwrap();
    check(page, &SchemaDescriptor::new(Arc::new(schema)).column(0), page.num_values() as usize)
}

/// The same page with other bytes.
fn with(page: &Page, change: impl FnOnce(&mut Vec<u8>)) -> Page {
    let Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } = page else {
        panic!("a data page of version 1");
    };
    let mut bytes = buf.to_vec();
    change(&mut bytes);
    Page::DataPage {
        buf: bytes.into(),
        num_values: *num_values,
        encoding: *encoding,
        def_level_encoding: *def_level_encoding,
        rep_level_encoding: *rep_level_encoding,
        statistics: None,
    }
}

const ENCODINGS: [Encoding; 4] =
    [Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED, Encoding::BYTE_STREAM_SPLIT, Encoding::RLE_DICTIONARY];

#[test]
fn pages_as_they_are_written() {
    let values: Vec<i32> = (0..90).map(|n| n % 13).collect();
    for encoding in ENCODINGS {
        let page = written::<Int32Type>("required int32 a;", encoding, &values, [None, None]);
        assert_eq!(checked(&page, "required int32 a;"), Ok(()), "{encoding}");
        let defined: Vec<i16> = (0..100).map(|n| i16::from(n % 10 != 3)).collect();
        let page = written::<Int32Type>("optional int32 a;", encoding, &values, [Some(&defined), None]);
        assert_eq!(checked(&page, "optional int32 a;"), Ok(()), "{encoding}");
        // Lists of three, one of which is null, and its last item too.
        let list = "optional group l (LIST) { repeated group list { optional int32 element; } }";
        let defined: Vec<i16> = (0..120).map(|n| [3, 3, 2, 0][n % 4]).collect();
        let repeated: Vec<i16> = (0..120).map(|n| [0, 1, 1, 0][n % 4]).collect();
        let page = written::<Int32Type>(list, encoding, &values[..60], [Some(&defined), Some(&repeated)]);
        assert_eq!(checked(&page, list), Ok(()), "{encoding}");
    }
}

#[test]
fn values_that_are_left_over_or_missing() {
    let column = "optional int32 a;";
    for encoding in ENCODINGS {
        // One run of levels: eight that are there.
        let page = written::<Int32Type>(column, encoding, &[5, 6, 7, 5, 6, 7, 5, 6], [Some(&[1; 8]), None]);
        assert_eq!(page.buffer()[..6], [2, 0, 0, 0, 16, 1], "{encoding}");
        let packed = |bits: u8| with(&page, |bytes| bytes[4..6].copy_from_slice(&[3, bits]));
        assert_eq!(checked(&packed(0xff), column), Ok(()), "{encoding}");
        let counts = encoding != Encoding::RLE_DICTIONARY;
        for bits in [0x1f, 0] {
            assert_eq!(checked(&packed(bits), column).is_err(), counts, "{encoding} {bits}");
        }
        let short = with(&page, |bytes| bytes[4] = 6);
        assert_eq!(checked(&short, column).unwrap_err(), "definition levels that end too early", "{encoding}");
        let cut = with(&page, |bytes| bytes.truncate(bytes.len() - 1));
        let by_bytes = matches!(encoding, Encoding::PLAIN | Encoding::BYTE_STREAM_SPLIT);
        assert!(checked(&cut, column).is_err() || !by_bytes, "{encoding}");
        let padded = with(&page, |bytes| bytes.extend([0; 8]));
        assert_eq!(checked(&padded, column), Ok(()), "{encoding}: some writers do");
    }
    // Items of lists are never all missing while there are some.
    let list = "optional group l (LIST) { repeated group list { optional int32 element; } }";
    let page = written::<Int32Type>(list, Encoding::PLAIN, &[1, 2], [Some(&[3, 3]), Some(&[0, 1])]);
    let Some(at) = page.buffer().windows(2).position(|pair| pair == [4, 3]) else { panic!("a run of two levels") };
    assert!(checked(&with(&page, |bytes| bytes[at + 1] = 1), list).is_err());
}

#[test]
fn a_page_that_claims_more_than_is_read_is_not_looked_at() {
    let column = "required int32 a;";
    let schema = parse_message_type(&format!("message m {{ {column} }}")).unwrap();
    let descriptor = SchemaDescriptor::new(Arc::new(schema)).column(0);
    let page = written::<Int32Type>(column, Encoding::PLAIN, &[1, 2, 3], [None, None]);
    let short = with(&page, |bytes| bytes.truncate(8));
    assert!(check(&short, &descriptor, 3).is_err());
    assert_eq!(check(&short, &descriptor, 2), Ok(()));
}

#[test]
fn places_in_a_dictionary() {
    // Two bits wide: six times 1; a group of eight.
    assert_eq!(places(&[2, 12, 1], 6), Ok(()));
    assert_eq!(places(&[2, 3, 0, 0], 8), Ok(()));
    assert_eq!(places(&[2, 3, 0], 4), Ok(()), "what nobody reads may be missing");
    assert_eq!(places(&[0], 9), Ok(()));
    assert_eq!(places(&[], 9), Ok(()));
    assert!(places(&[2, 3, 0], 5).is_err());
    assert!(places(&[2, 12, 1], 7).is_err());
    assert!(places(&[2, 12], 6).is_err());
    assert_eq!(places(&[2, 0, 0x24, 0], 3).unwrap_err(), "a run of no places in the dictionary");
    assert!(places(&[2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 3).is_err());
}
