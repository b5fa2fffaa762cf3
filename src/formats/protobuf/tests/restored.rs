//! Random batches of every Arrow type through a generated schema with hints: the same types and the same values, or
//! exactly the codes that an independent walk over the values expects.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields};

use super::arrow_types::{Facts, Place, branch, decimal, interval, is_null, items, leaf, nanoseconds, plain};
use super::{definition, read, read_options};
use crate::code::Code;
use crate::column::proto::encode::plan;
use crate::format::{Limits, ReadOptions};
use crate::formats::protobuf::encode::Encoder;
use crate::formats::protobuf::framing::Framing;
use crate::formats::testing_batches::{Random, leaf_types, random_array, random_batch};
use crate::pipeline::{Batch, Encode};
use crate::schema::proto::generate::{Choices, Decimals, Integers, Naive, Syntax, generate};

fn choices(round: u64) -> Choices {
    let usual = Choices::named("Row");
    match round % 4 {
        0 => usual,
        1 => Choices { syntax: Some(Syntax::Edition(1000)), ..usual },
        2 => Choices { wrap_nulls: true, ..usual },
        _ => Choices {
            wrap_nulls: true,
            integers: if round % 8 == 3 { Integers::Zigzag } else { Integers::Fixed },
            decimals: match round % 16 {
                3 => Decimals::Text,
                7 => Decimals::Bytes,
                _ => Decimals::Confluent,
            },
            uuid_bytes: true,
            date_numbers: true,
            naive: if round % 8 == 3 { Naive::Number } else { Naive::DateTime },
            ..usual
        },
    }
}

#[test]
fn every_type_comes_back_as_it_was() {
    let mut counts = Counts::default();
    for round in 0..400 {
        let mut random = Random(0x5eed_0000 + round * 0x9e37_79b9);
        let columns = 1 + random.below(3);
        let batch = random_batch(&mut random, columns, (round % 4) as usize, 12);
        check(&batch, &choices(round / 2), &format!("round {round}"), &mut counts);
    }
    assert!(counts.equal > 1500, "{} rows came back", counts.equal);
    assert!(counts.refused > 300, "{} rows were refused", counts.refused);
}

#[test]
fn every_leaf_type_comes_back_as_it_was() {
    let mut random = Random(4711);
    for data_type in leaf_types() {
        for nullable in [true, false] {
            let nullable = nullable || data_type == DataType::Null;
            for round in [0, 1, 6, 7, 11] {
                let array = random_array(&mut random, &data_type, 24, nullable);
                let schema = Schema::new(vec![Field::new("leaf", data_type.clone(), nullable)]);
                let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).expect("batch");
                let mut counts = Counts::default();
                check(&batch, &choices(round), &data_type.to_string(), &mut counts);
                assert!(counts.equal > 0, "no value of {data_type} came back");
            }
        }
    }
}

#[derive(Default)]
struct Counts {
    equal: usize,
    refused: usize,
}

fn check(batch: &RecordBatch, choices: &Choices, name: &str, counts: &mut Counts) {
    let schema = batch.schema();
    let made = generate(&schema, choices).unwrap_or_else(|error| panic!("{name}: {error}: {schema:?}"));
    assert!(made.retyped.is_empty(), "{name}: {:?} of {schema:#?}\n{}", made.retyped, made.text);
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("row.proto");
    std::fs::write(&path, &made.text).expect("schema file");
    let plan = plan::message(&made.pool, made.message, schema.fields())
        .unwrap_or_else(|error| panic!("{name}: {error}: {schema:?}\n{}", made.text));
    let encoder = Encoder::new(made.pool, made.message, plan, Framing::Delimited, None);
    let encode = |batch: RecordBatch| encoder.encode(&mut std::iter::once(Ok(Batch::new(batch))));
    let (mut good, mut bytes) = (Vec::new(), Vec::new());
    for row in 0..batch.num_rows() {
        let mut facts = Facts::default();
        batch.columns().iter().for_each(|column| facts.walk(column, row, Place::Field));
        let expected = expected(facts.faults, choices);
        match encode(batch.slice(row, 1)) {
            Ok(encoded) => {
                let counted: u64 = encoded.report.losses.values().sum();
                if choices.wrap_nulls {
                    assert_eq!(counted, 0, "{name}, row {row}: {:?}\n{}", encoded.report.losses, made.text);
                } else {
                    assert_eq!(counted, facts.null_lists, "{name}, row {row}");
                }
                if counted == 0 {
                    good.push(row as u32);
                    bytes.extend_from_slice(&encoded.piece);
                }
            }
            Err(error) => {
                let code = error.code().unwrap_or_else(|| panic!("{name}: {error}"));
                assert!(expected.contains(&code), "{name}, row {row}: {error}, expected {expected:?}\n{}", made.text);
                counts.refused += 1;
            }
        }
    }
    let options = read_options(definition(&path, None, &[]), &[]);
    let options = ReadOptions { limits: Limits { depth_max: 200, ..options.limits }, ..options };
    let back = read(bytes, &options).unwrap_or_else(|error| panic!("{name}: {error}\n{}{batch:?}", made.text));
    let Some(first) = back.first() else { return };
    let found = first.schema();
    assert_eq!(bare(found.fields()), bare(schema.fields()), "{name}\n{}", made.text);
    assert_eq!(found.metadata().get("owner"), schema.metadata().get("owner"), "{name}");
    let mut row = 0;
    for back in &back {
        for at in 0..back.num_rows() {
            for (left, right) in batch.columns().iter().zip(back.columns()) {
                let left_row = good[row] as usize;
                assert!(
                    equal(left, left_row, right, at),
                    "{name}, row {left_row}\n{}{:?}\n{:?}",
                    made.text,
                    left.slice(left_row, 1),
                    right.slice(at, 1)
                );
            }
            row += 1;
        }
    }
    assert_eq!(row, good.len(), "{name}");
    counts.equal += row;
}

fn expected(mut faults: HashSet<Code>, choices: &Choices) -> HashSet<Code> {
    if choices.wrap_nulls {
        faults.remove(&Code::NullElement);
    }
    faults
}

/// Fields without what Protobuf itself says of them.
pub(super) fn bare(fields: &Fields) -> Fields {
    fields.iter().map(|field| bare_field(field)).collect()
}

fn bare_field(field: &Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.retain(|key, _| !key.starts_with("proto."));
    let one = |item: &Field| Arc::new(bare_field(item));
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(bare(fields)),
        DataType::List(item) => DataType::List(one(item)),
        DataType::LargeList(item) => DataType::LargeList(one(item)),
        DataType::ListView(item) => DataType::ListView(one(item)),
        DataType::LargeListView(item) => DataType::LargeListView(one(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(one(item), *size),
        DataType::Map(entries, sorted) => DataType::Map(one(entries), *sorted),
        DataType::RunEndEncoded(ends, values) => DataType::RunEndEncoded(ends.clone(), one(values)),
        DataType::Union(branches, mode) => {
            let (ids, fields): (Vec<i8>, Vec<Field>) =
                branches.iter().map(|(id, branch)| (id, bare_field(branch))).unzip();
            DataType::Union(UnionFields::try_new(ids, fields).expect("union"), *mode)
        }
        other => other.clone(),
    };
    Field::new(field.name(), data_type, field.is_nullable()).with_metadata(metadata)
}

/// Whether two values of one type are equal; entries of maps in any order.
pub(super) fn equal(left: &ArrayRef, row: usize, right: &ArrayRef, back: usize) -> bool {
    let (left, row) = &plain(left, row);
    let (right, back) = &plain(right, back);
    let (row, back) = (*row, *back);
    if let DataType::Union(..) = left.data_type() {
        let (one, other) = (left.as_union(), right.as_union());
        let (child, slot) = branch(one, row);
        let (found, at) = branch(other, back);
        return one.type_id(row) == other.type_id(back) && equal(&child, slot, &found, at);
    }
    match (is_null(left, row), is_null(right, back)) {
        (true, true) => return true,
        (false, false) => {}
        _ => return false,
    }
    if let (Some((values, start, end)), Some((found, first, last))) = (items(left, row), items(right, back)) {
        let mut pairs = (start..end).zip(first..last);
        return end - start == last - first && pairs.all(|(item, back)| equal(&values, item, &found, back));
    }
    match left.data_type() {
        DataType::Struct(_) => {
            let pairs = left.as_struct().columns().iter().zip(right.as_struct().columns());
            pairs.into_iter().all(|(left, right)| equal(left, row, right, back))
        }
        DataType::Map(..) => {
            let (one, other) = (left.as_map(), right.as_map());
            let range = |offsets: &[i32], row: usize| offsets[row] as usize..offsets[row + 1] as usize;
            let (entries, found) = (range(one.value_offsets(), row), range(other.value_offsets(), back));
            let mut free: Vec<usize> = found.clone().collect();
            entries.len() == found.len()
                && entries.into_iter().all(|entry| {
                    let hit = free.iter().position(|at| {
                        equal(one.keys(), entry, other.keys(), *at) && equal(one.values(), entry, other.values(), *at)
                    });
                    hit.map(|hit| free.remove(hit)).is_some()
                })
        }
        DataType::Timestamp(..) => nanoseconds(left, row) == nanoseconds(right, back),
        DataType::Interval(_) => interval(left, row) == interval(right, back),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            decimal(left, row) == decimal(right, back)
        }
        _ => leaf(left, row) == leaf(right, back),
    }
}
