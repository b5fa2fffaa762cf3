//! Speed of every decoder, every encoder and every pair of formats, on generated records held in memory.
//!
//! ```text
//! cargo bench --bench formats                       # all
//! cargo bench --bench formats -- decode             # or encode, or pair
//! cargo bench --bench formats -- 'pair/csv>parquet'
//! ```
//!
//! Throughput is in bytes of the source (decode, pair) or of Arrow memory (encode), so ratios between formats say
//! little; compare a line with itself.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fmtconv::Convert;

#[path = "bench/records.rs"]
mod records;

use records::{Written, exec, flat, formats, nested, read, target, write};

fn tables() -> [(&'static str, arrow::array::RecordBatch); 2] {
    [("flat", flat(20_000)), ("nested", nested(5_000))]
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(10);
    for (table, batch) in tables() {
        for format in formats() {
            let Some(written) = write(format, &batch) else { continue };
            group.throughput(Throughput::Bytes(written.bytes.len() as u64));
            group.bench_function(format!("{table}/{}", format.info().name), |bencher| {
                bencher.iter(|| read(&written, &exec()));
            });
        }
    }
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10);
    for (table, batch) in tables() {
        for format in formats() {
            if write(format, &batch).is_none() {
                continue;
            }
            group.throughput(Throughput::Bytes(batch.get_array_memory_size() as u64));
            group.bench_function(format!("{table}/{}", format.info().name), |bencher| {
                bencher.iter(|| write(format, &batch));
            });
        }
    }
    group.finish();
}

fn pair(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pair");
    group.sample_size(10);
    let exec = exec();
    let batch = flat(20_000);
    let sources: Vec<Written> = formats().into_iter().filter_map(|format| write(format, &batch)).collect();
    for source in &sources {
        for to in formats() {
            let run = || {
                let (target, memory) = target(to);
                Convert::new(source.input()).to(target).exec(exec.clone()).run().map(|_| memory.take())
            };
            if run().is_err() {
                continue;
            }
            group.throughput(Throughput::Bytes(source.bytes.len() as u64));
            group.bench_function(format!("{}>{}", source.format.info().name, to.info().name), |bencher| {
                bencher.iter(run)
            });
        }
    }
    group.finish();
}

criterion_group!(benches, decode, encode, pair);
criterion_main!(benches);
