//! How many bytes the same records take in every format, with every codec of it: prints a table.
//!
//! ```text
//! cargo bench --bench sizes
//! ```

use fmtconv::format::Compression;

#[path = "bench/records.rs"]
mod records;

fn main() {
    // `cargo test --benches` runs this too: a small table then.
    let rows = if std::env::args().any(|argument| argument == "--bench") { 50_000 } else { 200 };
    for (table, batch) in [("flat", records::flat(rows)), ("nested", records::nested(rows))] {
        println!("{table}, {rows} records, {} bytes in memory", batch.get_array_memory_size());
        println!("  {:10} {:10} {:>12} {:>14}", "format", "codec", "bytes", "bytes/record");
        for format in records::formats() {
            let codecs = format.info().codecs.iter().copied().filter(|codec| *codec != "none");
            for codec in std::iter::once("none").chain(codecs) {
                let compression = Compression { codec: codec.to_owned(), level: None };
                let compression = (!format.info().codecs.is_empty()).then_some(compression);
                match records::write_compressed(format, &batch, compression) {
                    Some(written) => {
                        let bytes = written.bytes.len();
                        let each = bytes as f64 / rows as f64;
                        println!("  {:10} {codec:10} {bytes:>12} {each:>14.1}", format.info().name);
                    }
                    None => println!("  {:10} {codec:10} {:>12}", format.info().name, "-"),
                }
            }
        }
    }
}
