//! Files checked end to end: nothing is found in good ones, all damage in others.

use fmtconv::proof::damage::{Examined, examine};
use fmtconv::{Input, Registry, Source};

use super::data::sample;
use super::files::{Bytes, exec, kinds, write};

fn examined(bytes: &Bytes, content: Vec<u8>) -> Examined {
    let input = bytes.input_from(Source::bytes("file", content), Some(400));
    let input = input.resolve(&Registry::builtin()).expect("the format is named");
    examine(&input, &exec(2)).expect("the file is what it says, or damaged")
}

#[test]
fn good_files_have_no_faults() {
    let batch = sample(60);
    for kind in kinds() {
        let bytes = write(kind, &batch).expect("the sample can be written");
        let found = examined(&bytes, bytes.bytes.clone());
        assert!(found.faults.is_empty(), "{kind}: {:?}", found.faults);
        assert_eq!(found.records, 60, "{kind}");
        assert!(!found.more);
    }
}

#[test]
fn files_that_are_cut_off_are_damaged() {
    let batch = sample(60);
    for kind in kinds() {
        // A cut between two records of these cannot be seen.
        if matches!(kind.format.info().name, "csv" | "json" | "protobuf") || kind.layout == Some("stream") {
            continue;
        }
        let bytes = write(kind, &batch).expect("the sample can be written");
        for cut in [1, 17, bytes.bytes.len() / 2] {
            let found = examined(&bytes, bytes.bytes[..bytes.bytes.len() - cut].to_vec());
            assert!(!found.faults.is_empty(), "{kind} without its last {cut} bytes");
        }
    }
}

#[test]
fn every_bad_line_is_found() {
    let mut text = String::new();
    for row in 0..300 {
        text.push_str(if row % 100 == 50 { "{\"a\":}\n" } else { "{\"a\":1}\n" });
    }
    let mut input = Input::with_format(Source::bytes("lines", text), "ndjson");
    input.options.limits.chunk_bytes = 256;
    input.options.schema =
        Some(std::sync::Arc::new(arrow::datatypes::Schema::new(vec![arrow::datatypes::Field::new(
            "a",
            arrow::datatypes::DataType::Int64,
            true,
        )])));
    let input = input.resolve(&Registry::builtin()).expect("the format is named");
    let found = examine(&input, &exec(2)).expect("text");
    let lines: Vec<_> = found.faults.iter().map(|fault| fault.origin().line).collect();
    assert_eq!(lines, [Some(50), Some(150), Some(250)], "{:?}", found.faults);
    assert!(!found.more);
}

/// An Avro file of many blocks.
fn avro_blocks() -> (Bytes, Vec<usize>) {
    let kind = kinds().into_iter().find(|kind| kind.name == "avro").expect("this build has Avro");
    let mut options = fmtconv::format::WriteOptions { name: Some("record".into()), ..Default::default() };
    options.settings.set("block-bytes", "200");
    let batch = sample(60);
    let (output, memory) = fmtconv::Output::memory();
    let sink = kind.format.create(output, batch.schema(), &options).expect("Avro");
    let mut writer = fmtconv::pipeline::adapter::BatchWriter::new(sink, batch.schema(), &exec(1));
    arrow::array::RecordBatchWriter::write(&mut writer, &batch).expect("Avro");
    writer.close_report().expect("Avro");
    let bytes = memory.take().expect("bytes");
    let sync = bytes[bytes.len() - 16..].to_vec();
    let ends = (0..bytes.len() - 15).filter(|at| bytes[*at..*at + 16] == sync[..]).map(|at| at + 16).collect();
    (Bytes { kind, bytes, schema: batch.schema(), definition: None }, ends)
}

#[test]
fn damage_in_one_avro_block_does_not_hide_damage_in_another() {
    let (bytes, ends) = avro_blocks();
    assert!(ends.len() > 6, "{} blocks", ends.len());
    let whole = examined(&bytes, bytes.bytes.clone());
    assert_eq!((whole.records, whole.faults.len()), (60, 0), "{:?}", whole.faults);
    let mut content = bytes.bytes.clone();
    // The marker of one block, and the size of another.
    content[ends[2] - 3] ^= 0xff;
    content[ends[5] + 1] ^= 0x04;
    let found = examined(&bytes, content);
    let places: Vec<_> = found.faults.iter().map(|fault| fault.origin().byte.expect("a place") as usize).collect();
    assert!(places.iter().any(|place| *place <= ends[2] && *place > ends[1]), "{places:?} {ends:?}");
    assert!(places.iter().any(|place| *place >= ends[5] && *place <= ends[7]), "{places:?} {ends:?}");
    assert!(found.records > 30, "{} records", found.records);
}

#[test]
fn each_damaged_parquet_column_is_named() {
    let kind = kinds().into_iter().find(|kind| kind.name == "parquet").expect("this build has Parquet");
    let bytes = write(kind, &sample(60)).expect("the sample can be written");
    let file = bytes::Bytes::from(bytes.bytes.clone());
    let metadata = parquet::file::metadata::ParquetMetaDataReader::new().parse_and_finish(&file).expect("a footer");
    let mut content = bytes.bytes.clone();
    content[1] = b'X';
    let damaged = [1, 4];
    for column in damaged {
        // The head of the first page.
        let (start, _) = metadata.row_group(0).column(column).byte_range();
        content[start as usize] = 0xff;
    }
    let found = examined(&bytes, content);
    assert!(found.faults.iter().any(|fault| fault.message().contains("at the start")), "{:?}", found.faults);
    for column in damaged {
        let name = metadata.row_group(0).column(column).column_path().string();
        let named = found.faults.iter().any(|fault| fault.origin().column.as_deref() == Some(&*name));
        assert!(named, "{name} is not named: {:?}", found.faults);
    }
}
