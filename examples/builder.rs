//! The builder: which types, which columns, which settings; the plan before the run.
//!
//!     cargo run --example builder

use fmtconv::formats::{csv, parquet};
use fmtconv::schema::project::Selection;
use fmtconv::{Convert, Output};

fn main() -> Result<(), fmtconv::Error> {
    let (output, memory) = Output::memory();
    let conversion = Convert::new(csv::read("testdata/events.csv").option("ragged", "error"))
        .to(parquet::write(output).compression("zstd:9".parse()?))
        .selection(Selection { exclude: vec!["note".into()], ..Selection::default() })
        .threads(2)
        .prepare()?;
    for column in &conversion.plan().columns {
        println!("{:<16} {:<28} {:?}", column.path, column.source, column.fit);
    }
    let report = conversion.run()?;
    let bytes = memory.take().unwrap_or_default();
    println!("{} records in {} bytes", report.records_out, bytes.len());
    assert!(bytes.starts_with(b"PAR1"));
    Ok(())
}

#[test]
fn runs() {
    main().expect("the example runs");
}
