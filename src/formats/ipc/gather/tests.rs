use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, ListArray, StringArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::Field;
use arrow_select::concat::concat_batches;

use super::*;
use crate::formats::ipc::file::Footer;
use crate::formats::testing_batches::{Random, random_batch};
use crate::source::Blob;

/// The message of a batch, as the crate writes it in a file.
fn of_crate(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    let file = writer.into_inner().unwrap();
    let footer = Footer::read(&Blob::bytes(file.clone().into())).unwrap();
    let block = footer.batches[0];
    let length = block.metaDataLength() as usize + block.bodyLength() as usize;
    file[block.offset() as usize..][..length].to_vec()
}

fn bytes(message: &MessageBytes) -> Vec<u8> {
    let bytes = message.bytes.iter().flat_map(|buffer| buffer.iter().copied()).collect::<Vec<u8>>();
    assert_eq!(bytes.len(), message.metadata + message.body);
    bytes
}

fn assert_same(parts: &[RecordBatch]) {
    let whole = concat_batches(parts[0].schema_ref(), parts).unwrap();
    let message = together(parts).unwrap();
    assert!(bytes(&message) == of_crate(&whole), "{:?}", parts[0].schema());
}

#[test]
fn parts_make_the_message_of_the_whole() {
    let mut gathered = 0;
    for seed in 1..400u64 {
        let mut random = Random(seed * 0x9e37_79b9);
        let rows = 1 + random.below(150);
        let batch = random_batch(&mut random, 2, 3, rows);
        if !batch.schema().fields().iter().all(|field| has_parts(field.data_type())) {
            continue;
        }
        gathered += 1;
        let (mut parts, mut first) = (Vec::new(), 0);
        while first < rows {
            let length = 1 + random.below(rows - first);
            parts.push(batch.slice(first, length));
            first += length;
        }
        assert_same(&parts);
        // Arrays of their own, with offsets that begin at zero.
        let own = |part: &RecordBatch| concat_batches(part.schema_ref(), [part]).unwrap();
        assert_same(&parts.iter().map(own).collect::<Vec<_>>());
    }
    assert!(gathered > 50, "{gathered}");
}

#[test]
fn parts_of_their_own_are_put_together() {
    let batch = |texts: &[Option<&str>], lists: Vec<Option<Vec<Option<i32>>>>| {
        let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>(lists));
        RecordBatch::try_from_iter_with_nullable([("t", texts, true), ("l", lists, true)]).unwrap()
    };
    let first = batch(&[Some("a"), Some("bc")], vec![Some(vec![Some(1), None]), Some(vec![])]);
    let second = batch(&[None, Some("")], vec![None, Some(vec![Some(7)])]);
    assert_same(&[first.clone(), second.clone()]);
    assert_same(&[second, first.clone(), first]);
}

#[test]
fn few_rows_are_copied_and_other_layouts_too() {
    let numbers = |rows: i32| {
        let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..rows));
        RecordBatch::try_from_iter([("n", numbers)]).unwrap()
    };
    assert!(gathered(&[numbers(511), numbers(512)]).is_none());
    assert!(gathered(&[numbers(512), numbers(512)]).is_some());
    assert!(gathered(&[]).is_none());
    let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, true)));
    assert!(has_parts(&list(DataType::Decimal256(70, 2))));
    assert!(!has_parts(&list(DataType::Utf8View)));
    assert!(!has_parts(&DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))));
}
