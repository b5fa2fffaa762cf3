//! Outputs that are read back where a schema was given to write to.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::{ArrayRef, DurationNanosecondArray, Float32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema, SchemaRef};

use crate::code::Code;
use crate::convert::{Convert, Target};
use crate::error::{ErrorKind, Result};
use crate::fit::{Fit, GivenFits};
use crate::format::{Definition, Format, Info, ReadOptions, Registry, Sniff, WriteOptions};
use crate::formats::avro::FORMAT;
use crate::output::Output;
use crate::pipeline::adapter::Memory;
use crate::pipeline::{Exec, Reader, Sink};
use crate::report::Verified;
use crate::source::Source;

/// Avro on a disk that alters some bytes.
#[derive(Debug)]
struct Faulty {
    from: Vec<u8>,
    to: Vec<u8>,
}

impl Format for Faulty {
    fn info(&self) -> &'static Info {
        static INFO: Info = Info {
            name: "faulty",
            aliases: &[],
            extensions: &[],
            about: "Avro with a fault",
            outer_compression: false,
            read: &[],
            write: &[],
            codecs: &[],
        };
        &INFO
    }

    fn sniff(&self, _: &[u8]) -> Sniff {
        Sniff::No
    }

    fn open(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut source.open()?, &mut bytes).expect("bytes in memory");
        for at in 0..bytes.len() {
            if bytes[at..].starts_with(&self.from) {
                bytes[at..at + self.to.len()].copy_from_slice(&self.to);
            }
        }
        FORMAT.open(Source::bytes("faulty", bytes), options, exec)
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        FORMAT.create(output, schema, options)
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        FORMAT.fit(field, parents, options)
    }

    fn fit_given(&self, schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
        FORMAT.fit_given(schema, options)
    }
}

const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[
    {"name":"t","type":["null","bytes"]},{"name":"f","type":["null","double"]},
    {"name":"n","type":["null","long"]},{"name":"d","type":["null","long"]}]}"#;

/// A conversion of two records into the schema, with bytes that come back as others.
fn verified(from: &[u8], to: &[u8]) -> Result<Verified> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.avsc");
    std::fs::write(&path, SCHEMA).unwrap();
    let columns: [(&str, ArrayRef); 4] = [
        ("t", Arc::new(StringArray::from(vec![Some("fox"), None]))),
        ("f", Arc::new(Float32Array::from(vec![Some(0.1), None]))),
        ("n", Arc::new(Int64Array::from(vec![Some(77), None]))),
        ("d", Arc::new(DurationNanosecondArray::from(vec![Some(1_000_000_000), None]))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
    let reader = Memory::new(batch.schema(), std::iter::once(Ok(batch)));
    let (output, memory) = Output::memory();
    let mut target = Target::with_format(output, "faulty");
    target.options.compression = Some("none".parse().unwrap());
    target.options.definition = Some(Definition { path, message: None, includes: Vec::new(), content: None });
    let faulty: &'static Faulty = Box::leak(Box::new(Faulty { from: from.to_vec(), to: to.to_vec() }));
    let exec = Exec::new(NonZeroUsize::new(1)).unwrap();
    let convert = Convert::reader(Box::new(reader)).to(target).registry(Registry::builtin().with(faulty));
    let ran = convert.exec(exec).verify(true).run();
    assert_eq!(memory.take().is_some_and(|bytes| !bytes.is_empty()), ran.is_ok());
    ran.map(|report| report.verified.unwrap())
}

#[test]
fn other_types_are_compared_where_they_can_be_and_told_where_not() {
    let verified = verified(b"fox", b"fox").unwrap();
    assert_eq!(verified.records, 2);
    let not_compared: Vec<_> = verified.not_compared.into_iter().collect();
    assert_eq!(not_compared, [(Code::Type, "d".to_owned())]);
}

#[test]
fn values_that_come_back_altered_are_found_in_columns_of_another_type() {
    let double = f64::from(0.1_f32);
    let next = f64::from_bits(double.to_bits() + 1);
    let other = f64::from(0.2_f32);
    let faults: [(&[u8], &[u8]); 5] = [
        (b"fox", b"box"),
        (b"fox", b"f\xffx"),
        (&double.to_le_bytes(), &other.to_le_bytes()),
        // No float of 32 bits is that.
        (&double.to_le_bytes(), &next.to_le_bytes()),
        (&[2, 154, 1], &[2, 156, 1]),
    ];
    for (from, to) in faults {
        let error = verified(from, to).expect_err("a fault");
        assert_eq!(error.kind(), ErrorKind::Differs, "{error}");
    }
}
