//! Batches in and out: read any format as Arrow record batches, write batches to any format.
//!
//!     cargo run --example batches

use arrow_array::{RecordBatchReader, RecordBatchWriter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let batches = fmtconv::open("testdata/orders.ndjson")?;
    let (output, memory) = fmtconv::Output::memory();
    let mut writer = fmtconv::create(fmtconv::Target::with_format(output, "avro"), batches.schema())?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows();
        writer.write(&batch)?;
    }
    writer.close()?;
    println!("{rows} rows, {} bytes of Avro", memory.take().unwrap_or_default().len());
    Ok(())
}

#[test]
fn runs() {
    main().expect("the example runs");
}
