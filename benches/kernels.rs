//! Speed of each stage and each type by itself.
//!
//! ```text
//! cargo bench --bench kernels                     # times, all of them
//! cargo bench --bench kernels -- decode/csv       # some
//! benches/instructions.sh                         # instruction counts, compared with the recorded ones
//! ```
//!
//! For the script: `--list` prints the names, `--run NAME TIMES` runs one so many times and measures nothing.

use criterion::{Criterion, Throughput};

#[path = "bench/kernels.rs"]
mod kernels;
#[path = "bench/records.rs"]
mod records;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, "--list"] => kernels::kernels(&|_| true).iter().for_each(|kernel| println!("{}", kernel.name)),
        [_, "--run", name, times] => {
            let found = kernels::kernels(&|known| known == *name);
            let kernel = found.first().expect("a known kernel");
            for _ in 0..times.parse().expect("a number") {
                (kernel.run)();
            }
        }
        _ => {
            let mut criterion = Criterion::default().configure_from_args();
            let mut group = criterion.benchmark_group("kernel");
            group.sample_size(10);
            for kernel in kernels::kernels(&|_| true) {
                group.throughput(Throughput::Bytes(kernel.bytes));
                group.bench_function(&kernel.name, |bencher| bencher.iter(&kernel.run));
            }
            group.finish();
            criterion.final_summary();
        }
    }
}
