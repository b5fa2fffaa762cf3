//! What every fuzz target checks: bytes are read or refused, never with a panic; and where the cuts between chunks
//! fall changes neither the records nor whether there is an error.

use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use fmtconv::format::Definition;
use fmtconv::pipeline::adapter::BatchReader;
use fmtconv::{ErrorKind, Exec, Input, Registry, Result, Source};

/// How a target reads its bytes.
pub struct Target {
    /// Name of the format.
    pub format: &'static str,
    /// A schema given instead of an inferred one.
    pub schema: Option<Schema>,
    /// A `.proto` file.
    pub definition: Option<PathBuf>,
}

impl Target {
    /// Reads with what the bytes say.
    pub fn of(format: &'static str) -> Self {
        Target { format, schema: None, definition: None }
    }

    /// Checks one input. Its first byte says how large the chunks are.
    pub fn check(&self, exec: &Exec, data: &[u8]) {
        let Some((size, bytes)) = data.split_first() else { return };
        let whole = self.read(exec, bytes, 1 << 20);
        let cut = self.read(exec, bytes, usize::from(*size) + 1);
        for outcome in [&whole, &cut] {
            if let Err(error) = outcome {
                assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
            }
        }
        if let (Ok(whole), Ok(cut)) = (&whole, &cut) {
            let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
            assert_eq!(rows(whole), rows(cut), "the number of records depends on the cuts");
        }
        assert_eq!(whole.is_ok(), cut.is_ok(), "whether it can be read depends on the cuts: {whole:?} {cut:?}");
    }

    fn read(&self, exec: &Exec, bytes: &[u8], chunk_bytes: usize) -> Result<Vec<RecordBatch>> {
        let mut input = Input::with_format(Source::bytes("fuzz", bytes.to_vec()), self.format);
        input.options.schema = self.schema.clone().map(std::sync::Arc::new);
        input.options.limits.chunk_bytes = chunk_bytes;
        input.options.limits.record_bytes_max = 1 << 20;
        input.options.definition =
            self.definition.clone().map(|path| Definition { path, message: None, includes: Vec::new(), content: None });
        let mut reader = input.resolve(&Registry::builtin())?.open(exec)?;
        if chunk_bytes < 1 << 20 {
            reader.keep_dictionaries();
        }
        let mut reader = BatchReader::new(reader, exec);
        let mut batches = Vec::new();
        while let Some(batch) = reader.next_batch() {
            batches.push(batch?.records);
        }
        Ok(batches)
    }
}

/// One thread: what happens is the same each time.
///
/// Panics of dependencies on damaged input are caught and become errors, and those of our own code errors of kind
/// `Internal`, so the hook that ends the fuzzer at any panic is taken away; what a check here says is printed, and still ends
/// it.
pub fn exec() -> Exec {
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_some_and(|at| at.file() == file!()) {
            eprintln!("{panic}");
        }
    }));
    Exec::new(std::num::NonZeroUsize::new(1)).expect("a thread can be started")
}

/// A schema with a column of each scalar kind and nested ones, named `a` to `j`.
pub fn schema() -> Schema {
    let item = Field::new("item", DataType::Int64, true);
    let kinds = [
        DataType::Int64,
        DataType::UInt64,
        DataType::Float64,
        DataType::Decimal128(20, 4),
        DataType::Utf8,
        DataType::Boolean,
        DataType::Date32,
        DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, Some("UTC".into())),
        DataType::List(item.clone().into()),
        DataType::Struct(vec![item.with_name("n")].into()),
    ];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    Schema::new(names.iter().zip(kinds).map(|(name, kind)| Field::new(*name, kind, true)).collect::<Vec<_>>())
}
