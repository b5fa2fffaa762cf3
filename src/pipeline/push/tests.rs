use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};

use super::*;
use crate::error::ErrorKind;
use crate::pipeline::stage::Batches;
use crate::pipeline::tests::Lines;

/// A number a line, a batch for each.
struct Numbers;

impl Decode for Numbers {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]))
    }
    fn decode(&self, slice: Slice) -> Result<Batches> {
        let text = String::from_utf8(slice.bytes.to_vec()).unwrap();
        let mut byte = 0;
        let batches = text.lines().enumerate().map(|(line, text)| {
            let start = byte;
            byte += text.len() as u64 + 1;
            let line = line as u64;
            let bad = || Error::malformed("not a number").at_record(line).at_line(line).at_byte(start);
            let number: i64 = text.parse().map_err(|_| bad())?;
            let values = Int64Array::from(vec![number]);
            let mut batch = Batch::new(RecordBatch::try_new(Numbers.schema(), vec![Arc::new(values)])?);
            batch.report.lines = 1;
            Ok(batch)
        });
        Ok(Box::new(batches.collect::<Vec<_>>().into_iter()))
    }
}

fn decoder() -> PushDecoder {
    PushDecoder::new(Box::new(Lines), Arc::new(Numbers), Limits::default())
}

fn taken(decoder: &mut PushDecoder) -> usize {
    let mut taken = 0;
    while let Some(batches) = decoder.next_batches().unwrap() {
        taken += batches.len();
    }
    taken
}

#[test]
fn errors_count_from_the_first_byte_and_come_behind_good_batches() {
    let mut decoder = decoder();
    decoder.feed(b"10\n20\n");
    decoder.feed(b"30\n4");
    assert_eq!(taken(&mut decoder), 3);
    decoder.feed(b"0\n50\nx\n60\n");
    assert_eq!(decoder.next_batches().unwrap().unwrap().len(), 2);
    let error = decoder.next_batches().unwrap_err();
    let origin = error.origin();
    assert_eq!((origin.record, origin.line, origin.byte), (Some(5), Some(5), Some(15)));
    // Nothing behind it is taken for what comes next.
    decoder.feed(b"70\n");
    assert_eq!(decoder.next_batches().unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn what_is_wrong_in_the_first_record_of_a_slice_is_told_at_once() {
    let mut decoder = decoder();
    decoder.feed(b"1\n");
    assert_eq!(taken(&mut decoder), 1);
    decoder.feed(b"x\n");
    assert_eq!(decoder.next_batches().unwrap_err().origin().record, Some(1));
}

#[test]
fn nothing_comes_behind_the_end() {
    let mut decoder = decoder();
    decoder.feed(b"1\n2");
    decoder.end();
    assert_eq!(taken(&mut decoder), 2);
    decoder.feed(b"");
    assert!(decoder.next_batches().unwrap().is_none());
    decoder.feed(b"3\n");
    assert_eq!(decoder.next_batches().unwrap_err().kind(), ErrorKind::Usage);
}
