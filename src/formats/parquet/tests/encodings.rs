//! How columns are encoded: chosen by their values, read back by the crate, told truly in the footer.

use std::sync::Arc;

use arrow_array::types::{Date32Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Decimal128Array, Decimal256Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray,
    PrimitiveArray, RecordBatch, StringArray, StringViewArray, StructArray, UInt32Array, UInt64Array,
};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, Fields, Schema};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;

use crate::code::Code;
use crate::format::{Compression as Codec, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, read, write};
use crate::formats::testing_batches::Random;

const ROWS: usize = 20_000;

fn options(pairs: &[(&str, &str)]) -> WriteOptions {
    let mut options = WriteOptions::default();
    for (name, value) in pairs {
        options.settings.set(*name, *value);
    }
    options
}

/// Writes a column, checks that it comes back, and returns what the footer says about it.
#[track_caller]
fn written(array: ArrayRef, options: &WriteOptions) -> ColumnChunkMetaData {
    let nullable = array.logical_null_count() > 0;
    let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), nullable)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
    // In batches of odd sizes.
    let parts: Vec<RecordBatch> =
        (0..batch.num_rows()).step_by(777).map(|at| batch.slice(at, 777.min(batch.num_rows() - at))).collect();
    let (data, _) = write(&FORMAT, &schema, &parts, options, 2).unwrap();
    let (schema, batches) = read(&FORMAT, bytes(data.clone()), &ReadOptions::default(), 2).unwrap();
    let back = concat(&schema, &batches);
    assert!(back.column(0).to_data() == batch.column(0).to_data(), "{:?}", batch.schema());
    let footer = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(data)).unwrap();
    footer.row_group(0).column(0).clone()
}

fn encodings(column: &ColumnChunkMetaData) -> Vec<Encoding> {
    column.encodings().filter(|encoding| *encoding != Encoding::RLE).collect()
}

fn numbers(random: &mut Random, below: usize) -> Vec<i64> {
    (0..ROWS).map(|_| random.below(below) as i64).collect()
}

#[test]
fn few_values_get_a_dictionary_and_unique_ones_none() {
    let mut random = Random(1);
    let few = numbers(&mut random, 50);
    let dictionary = [Encoding::PLAIN, Encoding::RLE_DICTIONARY];
    let column = written(Arc::new(Int64Array::from(few.clone())), &options(&[]));
    assert_eq!(encodings(&column), dictionary);
    let texts: StringArray = few.iter().map(|number| Some(format!("symbol {number}"))).collect();
    assert_eq!(encodings(&written(Arc::new(texts), &options(&[]))), dictionary);
    let floats: Float64Array = few.iter().map(|number| Some(*number as f64 / 8.0)).collect();
    assert_eq!(encodings(&written(Arc::new(floats), &options(&[]))), dictionary);

    let unique: Vec<i64> = (0..ROWS as i64).map(|row| row.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64)).collect();
    let column = written(Arc::new(Int64Array::from(unique.clone())), &options(&[]));
    assert!(column.dictionary_page_offset().is_none(), "{:?}", encodings(&column));
    let texts: StringArray = unique.iter().map(|number| Some(format!("{number:x}"))).collect();
    assert!(written(Arc::new(texts), &options(&[])).dictionary_page_offset().is_none());
}

#[test]
fn rising_numbers_are_stored_as_differences() {
    let mut random = Random(2);
    let mut at = 1_700_000_000_000_000;
    let rising: Vec<i64> = (0..ROWS)
        .map(|_| {
            at += random.below(1000) as i64;
            at
        })
        .collect();
    let array: ArrayRef = Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from(rising));
    let column = written(array.clone(), &options(&[]));
    assert_eq!(encodings(&column), [Encoding::DELTA_BINARY_PACKED]);
    // 10 bits of difference a value, and 10 bytes for each 128.
    assert!(column.compressed_size() < ROWS as i64 * 3 / 2, "{}", column.compressed_size());
    let plain = written(array, &options(&[("encoding", "plain")]));
    assert_eq!(encodings(&plain), [Encoding::PLAIN]);
}

#[test]
fn every_codec_compresses_what_the_encodings_leave() {
    let rising: Vec<i64> = (0..ROWS as i64).map(|row| row * 1000 + row % 7).collect();
    let array: ArrayRef = Arc::new(Int64Array::from(rising));
    let texts: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..ROWS).map(|row| format!("customer {row} of the house"))));
    for array in [array, texts] {
        let with = |codec: &str, level: Option<i32>| {
            let compression = Some(Codec { codec: codec.to_owned(), level });
            written(array.clone(), &WriteOptions { compression, ..options(&[]) })
        };
        let none = with("none", None);
        for (codec, levels) in [("gzip", [0, 1, 6, 9]), ("brotli", [0, 1, 5, 11]), ("zstd", [1, 3, 9, 19])] {
            for level in levels {
                let column = with(codec, Some(level));
                assert_eq!(encodings(&column), encodings(&none), "{codec}:{level}");
                assert!(column.compressed_size() <= none.compressed_size(), "{codec}:{level}");
            }
        }
        assert!(with("gzip", None).compressed_size() < none.compressed_size());
    }
}

#[test]
fn dictionaries_as_they_were_asked_for() {
    let few = numbers(&mut Random(3), 50);
    let column = written(Arc::new(Int64Array::from(few)), &options(&[("dictionary", "false")]));
    assert!(column.dictionary_page_offset().is_none());
    let unique: Vec<i64> = (0..ROWS as i64).map(|row| row * row).collect();
    let column = written(Arc::new(Int64Array::from(unique.clone())), &options(&[("dictionary", "true")]));
    assert!(column.dictionary_page_offset().is_some());
    // One that does not fit is none at all.
    let small = options(&[("dictionary", "true"), ("dictionary-page-size", "1000")]);
    assert!(written(Arc::new(Int64Array::from(unique)), &small).dictionary_page_offset().is_none());
}

#[test]
fn noise_is_not_compressed() {
    let mut random = Random(4);
    let noise: StringArray = (0..ROWS)
        .map(|_| Some((0..20).map(|_| char::from(b' ' + random.below(64) as u8)).collect::<String>()))
        .collect();
    // Six bits of every eight are noise: this one pays.
    assert_ne!(written(Arc::new(noise), &options(&[])).compression(), Compression::UNCOMPRESSED);
    let mut state = 88_172_645_463_325_252_u64;
    let noise: Int64Array = (0..ROWS)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Some(state as i64)
        })
        .collect();
    assert_eq!(written(Arc::new(noise), &options(&[])).compression(), Compression::UNCOMPRESSED);
}

/// Every kind of column with edges of its type, runs, nulls, in pages of many sizes and by every codec.
#[test]
fn all_values_of_all_types_come_back() {
    let mut random = Random(5);
    for rows in [1usize, 7, 8, 9, 31, 32, 33, 128, 129, 130, 1000, 5000] {
        let null = |random: &mut Random, kind: usize| match kind {
            0 => false,
            1 => random.below(10) == 0,
            2 => random.below(10) != 0,
            _ => true,
        };
        for kind in 0..4 {
            let wild = |random: &mut Random| -> Option<i64> {
                if null(random, kind) {
                    return None;
                }
                Some(match random.below(6) {
                    0 => i64::MIN,
                    1 => i64::MAX,
                    2 => -1,
                    3 => random.below(1000) as i64,
                    _ => 7,
                })
            };
            let wild: Vec<Option<i64>> = (0..rows).map(|_| wild(&mut random)).collect();
            let texts: Vec<Option<String>> = (wild.iter())
                .map(|value| value.map(|value| "é".repeat(value.rem_euclid(9) as usize) + &value.to_string()))
                .collect();
            let few: DictionaryArray<Int32Type> =
                texts.iter().map(|text| text.as_ref().map(|text| ["even", "odd"][text.len() % 2])).collect();
            let arrays: Vec<ArrayRef> = vec![
                Arc::new(Int64Array::from(wild.clone())),
                Arc::new(wild.iter().map(|value| value.map(|value| value as u64)).collect::<UInt64Array>()),
                Arc::new(wild.iter().map(|value| value.map(|value| value as i32)).collect::<Int32Array>()),
                Arc::new(wild.iter().map(|value| value.map(|value| value as u32)).collect::<UInt32Array>()),
                Arc::new(wild.iter().map(|value| value.map(|value| value as i8)).collect::<Int8Array>()),
                Arc::new(
                    (wild.iter().map(|value| value.map(|value| value as i32))).collect::<PrimitiveArray<Date32Type>>(),
                ),
                Arc::new(wild.iter().map(|value| value.map(|value| value as f32)).collect::<Float32Array>()),
                Arc::new(
                    (wild.iter().map(|value| value.map(|value| f64::from_bits(value as u64))))
                        .collect::<Float64Array>(),
                ),
                Arc::new(wild.iter().map(|value| value.map(|value| value & 1 == 0)).collect::<BooleanArray>()),
                Arc::new(
                    (wild.iter().map(|value| value.map(|value| i128::from(value) << 40)))
                        .collect::<Decimal128Array>()
                        .with_precision_and_scale(37, 2)
                        .unwrap(),
                ),
                Arc::new(
                    (wild.iter().map(|value| value.map(|value| i256::from_parts(7, i128::from(value)))))
                        .collect::<Decimal256Array>()
                        .with_precision_and_scale(76, 0)
                        .unwrap(),
                ),
                Arc::new(
                    FixedSizeBinaryArray::try_from_sparse_iter_with_size(
                        wild.iter().map(|value| value.map(i64::to_be_bytes)),
                        8,
                    )
                    .unwrap(),
                ),
                Arc::new(
                    (wild.iter().map(|value| value.map(|value| i128::from(value >> 8))))
                        .collect::<Decimal128Array>()
                        .with_precision_and_scale(18, 2)
                        .unwrap(),
                ),
                Arc::new(texts.iter().collect::<StringArray>()),
                Arc::new(texts.iter().collect::<LargeStringArray>()),
                Arc::new(texts.iter().collect::<StringViewArray>()),
                Arc::new(
                    texts.iter().map(|text| text.as_ref().map(|text| text.as_bytes())).collect::<BinaryViewArray>(),
                ),
            ];
            let settings: [&[(&str, &str)]; 4] = [
                &[],
                &[("data-page-size", "64")],
                &[("dictionary", "true"), ("data-page-size", "100")],
                &[("dictionary", "false"), ("encoding", "plain"), ("statistics", "none")],
            ];
            for (index, array) in arrays.iter().enumerate() {
                let mut options = options(settings[(index + rows + kind) % settings.len()]);
                let codec = ["zstd", "snappy", "lz4", "none", "gzip", "brotli"][(index + rows) % 6];
                options.compression = Some(Codec { codec: codec.into(), level: None });
                written(array.clone(), &options);
            }
            let few: ArrayRef = Arc::new(few);
            written(few, &options(&[]));
        }
    }
}

#[test]
fn statistics_are_true() {
    let column = written(Arc::new(Int32Array::from(vec![Some(5), None, Some(-3)])), &options(&[]));
    let Some(Statistics::Int32(found)) = column.statistics() else { panic!("{column:?}") };
    assert_eq!((found.min_opt(), found.max_opt(), found.null_count_opt()), (Some(&-3), Some(&5), Some(1)));
    // Unsigned order.
    let column = written(Arc::new(UInt32Array::from(vec![1, u32::MAX])), &options(&[]));
    let Some(Statistics::Int32(found)) = column.statistics() else { panic!("{column:?}") };
    assert_eq!((found.min_opt(), found.max_opt()), (Some(&1), Some(&-1)));
    // NaN is no bound, and zeros have both signs.
    let column = written(Arc::new(Float64Array::from(vec![f64::NAN, 0.0, -2.5, -0.0])), &options(&[]));
    let Some(Statistics::Double(found)) = column.statistics() else { panic!("{column:?}") };
    assert_eq!((found.min_opt(), found.max_opt().map(|max| max.to_bits())), (Some(&-2.5), Some(0)));
    let column = written(Arc::new(Float64Array::from(vec![f64::NAN])), &options(&[]));
    let Some(Statistics::Double(found)) = column.statistics() else { panic!("{column:?}") };
    assert_eq!((found.min_opt(), found.max_opt()), (None, None));
    // Long texts are bounded by short ones, on whole characters.
    let long = ["é".repeat(50), "z".repeat(100)];
    let column = written(Arc::new(StringArray::from_iter_values(&long)), &options(&[]));
    let Some(Statistics::ByteArray(found)) = column.statistics() else { panic!("{column:?}") };
    let (least, most) = (found.min_bytes_opt().unwrap(), found.max_bytes_opt().unwrap());
    let (least, most) = (std::str::from_utf8(least).unwrap(), std::str::from_utf8(most).unwrap());
    assert!(least <= long[1].as_str() && most >= long[0].as_str(), "{least} {most}");
    assert!(least.len() <= 64 && most.len() <= 64 && !found.min_is_exact() && !found.max_is_exact());
}

#[test]
fn decimals_of_many_digits_are_bounded_as_numbers() {
    let large = 10_i128.pow(25);
    let bound = |value: i128| value.to_be_bytes()[3..].to_vec();
    let decimals = |values: Vec<Option<i128>>| -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(30, 2).unwrap())
    };
    for settings in [&[][..], &[("dictionary", "true")], &[("dictionary", "false")], &[("version", "2")]] {
        let column = written(decimals(vec![Some(3), Some(-large), None, Some(-1), Some(large)]), &options(settings));
        let Some(Statistics::FixedLenByteArray(found)) = column.statistics() else { panic!("{column:?}") };
        let bounds = (found.min_bytes_opt().map(<[u8]>::to_vec), found.max_bytes_opt().map(<[u8]>::to_vec));
        assert_eq!(bounds, (Some(bound(-large)), Some(bound(large))), "{settings:?}");
        assert_eq!((found.null_count_opt(), found.min_is_exact(), found.max_is_exact()), (Some(1), true, true));
    }
    let few = numbers(&mut Random(9), 50).into_iter().map(|value| Some(large + i128::from(value)));
    let column = written(decimals(few.collect()), &options(&[]));
    assert_eq!(encodings(&column), [Encoding::PLAIN, Encoding::RLE_DICTIONARY]);
    let many = (0..ROWS).map(|row| Some(large.wrapping_mul(row as i128) / 7));
    assert_eq!(encodings(&written(decimals(many.collect()), &options(&[]))), [Encoding::PLAIN]);
    let none = written(decimals(vec![None; 100]), &options(&[]));
    let Some(Statistics::FixedLenByteArray(found)) = none.statistics() else { panic!("{none:?}") };
    assert_eq!((found.min_bytes_opt(), found.null_count_opt()), (None, Some(100)));
}

/// Other readers take bounds of the whole width, or none.
#[test]
fn bounds_of_a_fixed_length_are_whole_or_absent() {
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(["é".repeat(50), "z".repeat(100)]));
    for settings in [&[][..], &[("page-index", "true")], &[("version", "2")], &[("statistics", "page")]] {
        for width in [1, 63, 64, 65, 80, 300] {
            let rows = [Some(vec![0xff; width]), None, Some(vec![0; width]), Some(vec![7; width])];
            let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(rows.into_iter(), width as i32).unwrap();
            let column = written(Arc::new(array), &options(settings));
            let Some(Statistics::FixedLenByteArray(found)) = column.statistics() else { panic!("{column:?}") };
            let bounds = (found.min_bytes_opt().map(<[u8]>::len), found.max_bytes_opt().map(<[u8]>::len));
            assert_eq!(bounds, if width <= 64 { (Some(width), Some(width)) } else { (None, None) });
            assert_eq!(found.null_count_opt(), Some(1));
            let indexed = column.column_index_offset().is_some();
            assert!(!indexed || width <= 64);
            assert!(indexed || width > 64 || settings != [("page-index", "true")]);
        }
        // Texts may be bounded by shorter ones.
        let column = written(texts.clone(), &options(settings));
        let Some(Statistics::ByteArray(found)) = column.statistics() else { panic!("{column:?}") };
        let (least, most) = (found.min_bytes_opt().unwrap(), found.max_bytes_opt().unwrap());
        assert!(least <= "z".repeat(100).as_bytes() && most >= "é".repeat(50).as_bytes());
        assert!(std::str::from_utf8(least).is_ok() && std::str::from_utf8(most).is_ok());
        assert!(!found.min_is_exact() && !found.max_is_exact());
    }
}

#[test]
fn dictionaries_of_the_schema_are_stored_as_others_read_them() {
    // Three values are no dictionary, and lengths apart would be shorter.
    let few: ArrayRef = Arc::new(["aaa", "bbb", "ccc"].into_iter().collect::<DictionaryArray<Int32Type>>());
    let names: Vec<String> = (0..ROWS).map(|row| format!("customer {row} of the house")).collect();
    let many: ArrayRef = Arc::new(names.iter().map(String::as_str).collect::<DictionaryArray<Int32Type>>());
    let hinted = |encodings: &[Encoding]| {
        encodings.iter().all(|encoding| [Encoding::PLAIN, Encoding::RLE_DICTIONARY].contains(encoding))
    };
    for array in [few, many] {
        for settings in [&[][..], &[("dictionary", "false")], &[("version", "2")], &[("dictionary-page-size", "100")]] {
            let found = encodings(&written(array.clone(), &options(settings)));
            assert!(hinted(&found), "{settings:?}: {found:?}");
        }
        let group = Fields::from(vec![Field::new("d", array.data_type().clone(), true)]);
        let group: ArrayRef = Arc::new(StructArray::new(group, vec![array.clone()], None));
        assert!(hinted(&encodings(&written(group, &options(&[])))));
        // Where nothing says that they are dictionaries, and for texts, there are shorter ones.
        let texts = arrow::compute::cast(&array, &DataType::Utf8).unwrap();
        assert!(!hinted(&encodings(&written(texts, &options(&[])))));
        let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), true)]));
        let batch = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
        let (data, _) = write(&FORMAT, &schema, &[batch], &options(&[("hints", "false")]), 1).unwrap();
        let footer = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(data)).unwrap();
        assert!(!hinted(&encodings(footer.row_group(0).column(0))));
    }
}

#[test]
fn a_decimal_wider_than_its_type_is_refused() {
    let array = Decimal128Array::from(vec![1, 1 << 80]).with_precision_and_scale(12, 2).unwrap();
    let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), false)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(array)]).unwrap();
    let error = write(&FORMAT, &schema, &[batch], &options(&[]), 1).unwrap_err();
    assert_eq!(error.code(), Some(Code::DecimalPrecision));
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(1), Some("c")));
}
