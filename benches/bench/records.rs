//! Records for the benches, and bytes of every format in memory.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, SchemaRef};
use fmtconv::format::{Compression, Definition, WriteOptions};
use fmtconv::output::Memory;
use fmtconv::pipeline::adapter::{BatchReader, BatchWriter};
use fmtconv::{Exec, Format, Input, Output, Registry, Source, Target};

/// One worker: a bench of the kernels, not of the machine.
pub fn exec() -> Exec {
    static EXEC: OnceLock<Exec> = OnceLock::new();
    EXEC.get_or_init(|| Exec::new(std::num::NonZeroUsize::new(1)).expect("a thread can be started")).clone()
}

/// Every format.
pub fn formats() -> Vec<&'static dyn Format> {
    Registry::builtin().iter().collect()
}

/// Numbers that look random and are the same on each run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

const WORDS: [&str; 8] =
    ["page_view", "add to cart", "checkout, paid", "größe", "a \"word\"", "search", "東京", "login"];

/// Flat records as an event log has them: identifiers, instants, prices, words, some nulls.
pub fn flat(rows: usize) -> RecordBatch {
    let mut numbers = Numbers(1);
    let sometimes = |share: u64, numbers: &mut Numbers| numbers.below(100) < share;
    let id: Int64Array = (0..rows as i64).map(|row| 1_853_070_350_844_166_144 + row * 4099).collect();
    let at: TimestampMicrosecondArray =
        (0..rows as i64).map(|row| 1_767_225_600_000_000 + row * 1_003_007).collect::<Vec<_>>().into();
    let word: StringArray = (0..rows).map(|_| Some(WORDS[numbers.below(8) as usize])).collect();
    let user: StringArray = (0..rows).map(|_| Some(format!("u{:08}", numbers.below(1_000_000)))).collect();
    let amount: Float64Array =
        (0..rows).map(|_| sometimes(90, &mut numbers).then(|| numbers.below(1_000_000) as f64 / 100.0)).collect();
    let quantity: Int32Array = (0..rows).map(|_| Some(numbers.below(50) as i32)).collect();
    let price: Decimal128Array =
        (0..rows).map(|_| sometimes(80, &mut numbers).then(|| i128::from(numbers.below(10_000_000)))).collect();
    let member: BooleanArray = (0..rows).map(|_| sometimes(70, &mut numbers).then(|| numbers.below(2) == 0)).collect();
    let day: Date32Array = (0..rows).map(|row| Some(20_000 + (row / 100) as i32)).collect();
    let url: StringArray = (0..rows)
        .map(|_| Some(format!("https://shop.example.com/c/{}?ref={}", numbers.below(99_999), numbers.below(9999))))
        .collect();
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("id", Arc::new(id), false),
        ("at", Arc::new(at.with_timezone("UTC")), false),
        ("word", Arc::new(word), false),
        ("user", Arc::new(user), false),
        ("amount", Arc::new(amount), true),
        ("quantity", Arc::new(quantity), false),
        ("price", Arc::new(price.with_precision_and_scale(12, 2).expect("12 digits")), true),
        ("member", Arc::new(member), true),
        ("day", Arc::new(day), false),
        ("url", Arc::new(url), false),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns are of one length")
}

/// Nested records: an order with its customer and a list of items.
#[allow(dead_code, reason = "not every bench has nested records")]
pub fn nested(rows: usize) -> RecordBatch {
    let mut numbers = Numbers(2);
    let lengths: Vec<usize> = (0..rows).map(|_| numbers.below(5) as usize).collect();
    let total: usize = lengths.iter().sum();
    let customer_fields =
        Fields::from(vec![Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8, true)]);
    let customer_id: Int64Array = (0..rows).map(|_| Some(numbers.below(1 << 40) as i64)).collect();
    let name: StringArray = (0..rows).map(|row| (row % 5 != 0).then(|| WORDS[row % 8])).collect();
    let present: NullBuffer = (0..rows).map(|row| row % 11 != 0).collect();
    let customer = StructArray::new(customer_fields, vec![Arc::new(customer_id), Arc::new(name)], Some(present));
    let item_fields = Fields::from(vec![
        Field::new("sku", DataType::Utf8, false),
        Field::new("quantity", DataType::Int32, false),
        Field::new("price", DataType::Float64, true),
    ]);
    let sku: StringArray = (0..total).map(|_| Some(format!("SKU{:06}", numbers.below(100_000)))).collect();
    let quantity: Int32Array = (0..total).map(|_| Some(numbers.below(9) as i32)).collect();
    let price: Float64Array = (0..total).map(|_| Some(numbers.below(100_000) as f64 / 100.0)).collect();
    let item = StructArray::new(item_fields.clone(), vec![Arc::new(sku), Arc::new(quantity), Arc::new(price)], None);
    let items = ListArray::new(
        Arc::new(Field::new("item", DataType::Struct(item_fields), false)),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(item),
        None,
    );
    let id: Int64Array = (0..rows as i64).collect();
    let columns: Vec<(&str, ArrayRef, bool)> =
        vec![("id", Arc::new(id), false), ("customer", Arc::new(customer), true), ("items", Arc::new(items), false)];
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns are of one length")
}

/// Bytes of a format, with what is needed to read them.
pub struct Written {
    pub format: &'static dyn Format,
    pub bytes: bytes::Bytes,
    schema: SchemaRef,
    definition: Option<(tempfile::TempDir, PathBuf)>,
}

impl Written {
    /// As the input of a conversion.
    pub fn input(&self) -> Input {
        let mut input = Input::with_format(Source::bytes("bench", self.bytes.clone()), self.format.info().name);
        if matches!(self.format.info().name, "csv" | "json") {
            input.options.schema = Some(self.schema.clone());
        }
        input.options.definition = self.definition.as_ref().map(|(_, path)| Definition {
            path: path.clone(),
            message: None,
            includes: Vec::new(),
            content: None,
        });
        input
    }
}

/// Writes a batch; `None` if the format cannot hold it.
#[allow(dead_code, reason = "the sizes are those of a codec")]
pub fn write(format: &'static dyn Format, batch: &RecordBatch) -> Option<Written> {
    write_compressed(format, batch, None)
}

/// Writes a batch with a codec of the format.
pub fn write_compressed(
    format: &'static dyn Format,
    batch: &RecordBatch,
    compression: Option<Compression>,
) -> Option<Written> {
    let definition = (format.info().name == "protobuf").then(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("schema.proto");
        (folder, path)
    });
    let options = WriteOptions {
        name: Some("record".into()),
        emit_schema: definition.as_ref().map(|(_, path)| path.clone()),
        compression,
        ..WriteOptions::default()
    };
    let (output, memory) = Output::memory();
    let sink = format.create(output, batch.schema(), &options).ok()?;
    let mut writer = BatchWriter::new(sink, batch.schema(), &exec());
    writer.write(batch).ok()?;
    writer.close_report().ok()?;
    let bytes = memory.take()?.into();
    Some(Written { format, bytes, schema: batch.schema(), definition })
}

/// Reads all records; returns how many.
#[allow(dead_code, reason = "not every bench reads")]
pub fn read(written: &Written, exec: &Exec) -> usize {
    let resolved = written.input().resolve(&Registry::builtin()).expect("the format is known");
    let mut reader = BatchReader::new(resolved.open(exec).expect("it can be opened"), exec);
    let mut rows = 0;
    while let Some(batch) = reader.next_batch() {
        rows += batch.expect("it can be read").records.num_rows();
    }
    rows
}

/// A target in memory.
#[allow(dead_code, reason = "not every bench converts")]
pub fn target(format: &'static dyn Format) -> (Target, Memory) {
    let (output, memory) = Output::memory();
    let mut target = Target::with_format(output, format.info().name);
    target.options.name = Some("record".into());
    (target, memory)
}
