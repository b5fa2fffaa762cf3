//! One call: a CSV file becomes Parquet, every core, types inferred over all rows, nothing changed silently.
//!
//!     cargo run --example one_call

fn main() -> Result<(), fmtconv::Error> {
    let folder = tempfile::tempdir().map_err(|error| fmtconv::Error::io("cannot make a folder", error))?;
    let report = fmtconv::convert("testdata/events.csv", folder.path().join("events.parquet"))?;
    println!("{} records in, {} out, {} bytes", report.records_in, report.records_out, report.bytes_out);
    assert_eq!(report.records_in, report.records_out);
    Ok(())
}

#[test]
fn runs() {
    main().expect("the example runs");
}
