//! Sans-IO: bytes are pushed as they arrive (a socket, an event loop), batches come out when records are whole.
//!
//!     cargo run --example push

use std::sync::Arc;

use fmtconv::Format;
use fmtconv::format::ReadOptions;
use fmtconv::formats::json;
use fmtconv::schema::type_text::parse_field;

fn main() -> Result<(), fmtconv::Error> {
    let fields = vec![parse_field("id", "int64")?, parse_field("tags", "list<utf8>")?];
    let schema = Arc::new(arrow_schema::Schema::new(fields));
    let mut decoder = json::FORMAT.push(&ReadOptions { schema: Some(schema), ..ReadOptions::default() })?;

    // Records end where they end, not where the network cut them.
    let arriving = ["{\"id\":1,\"ta", "gs\":[\"a\"]}\n{\"id\":9007199254740", "993,\"tags\":null}\n"];
    let mut rows = 0;
    for bytes in arriving {
        decoder.feed(bytes.as_bytes());
        while let Some(batches) = decoder.next_batches()? {
            rows += batches.iter().map(|batch| batch.records.num_rows()).sum::<usize>();
        }
    }
    decoder.end();
    while let Some(batches) = decoder.next_batches()? {
        rows += batches.iter().map(|batch| batch.records.num_rows()).sum::<usize>();
    }
    println!("{rows} records");
    assert_eq!(rows, 2);
    Ok(())
}

#[test]
fn runs() {
    main().expect("the example runs");
}
