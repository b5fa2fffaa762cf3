use std::fs;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field};
use arrow_select::concat::concat_batches;

use super::*;
use arrow_array::RecordBatchReader;

use crate::convert::{Convert, Target};
use crate::formats::testing_batches::{Random, leaf_types, random_batch, random_type};
use crate::pipeline::adapter::Memory;

/// Writes records with a side-car and reads them again.
fn there_and_back(records: &RecordBatch, name: &str, settings: &[(&str, &str)]) -> Result<RecordBatch> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let target = settings.iter().fold(Target::from(path.as_path()), |target, (name, value)| target.option(name, value));
    let reader = Memory::new(records.schema(), [Ok(records.clone())].into_iter());
    Convert::reader(Box::new(reader)).to(target.option("side-car", "true")).run()?;
    // What did not fit, if the side-car is not used, is worth more than what was inferred instead.
    let exec = Exec::new(None)?;
    let input = crate::Input::from(path.as_path()).resolve(&crate::Registry::builtin())?;
    let car = input.used_side_car()?.ok_or_else(|| Error::internal("there is no side-car"))?;
    let options = ReadOptions { schema: Some(car.schema.clone()), ..input.options.clone() };
    let settings = car.settings.iter().fold(options.settings.clone(), |mut settings, (name, value)| {
        settings.set_default(name, value);
        settings
    });
    let reader = input.format.open(input.source.clone(), &ReadOptions { settings, ..options }, &exec)?;
    if let Some(misfit) = first_misfit(reader, &exec)? {
        return Err(misfit);
    }
    let mut batches = Vec::new();
    let reader = crate::open(path.as_path())?;
    let schema = reader.schema();
    for batch in reader {
        batches.push(batch.map_err(Error::from)?);
    }
    Ok(concat_batches(&schema, &batches)?)
}

/// Values as another library shows them: NaN has payload bits that text does not have, and runs may be cut elsewhere.
fn shown(records: &RecordBatch) -> String {
    let options = arrow::util::display::FormatOptions::default().with_null("∅");
    let mut out = String::new();
    for column in records.columns() {
        let shown = arrow::util::display::ArrayFormatter::try_new(column, &options).unwrap();
        (0..records.num_rows()).for_each(|row| out.push_str(&format!("{} | ", shown.value(row))));
        out.push('\n');
    }
    out
}

#[test]
fn every_type_and_all_metadata_come_back() {
    for seed in 1..60 {
        let mut random = Random(seed * 7919);
        let records = random_batch(&mut random, 4, 3, 9);
        let metadata = std::collections::HashMap::from([("avro.schema".to_owned(), "{\"x\": [1]}".to_owned())]);
        let schema = records.schema().as_ref().clone().with_metadata(metadata);
        let records = RecordBatch::try_new(Arc::new(schema), records.columns().to_vec()).unwrap();
        for name in ["a.csv", "a.json", "a.ndjson", "a.tsv"] {
            let again = there_and_back(&records, name, &[]);
            // Maps with a key twice are refused: no object holds them.
            if again.as_ref().is_err_and(|error| error.code() == Some(Code::DuplicateKey)) {
                continue;
            }
            let again = again.unwrap_or_else(|error| panic!("seed {seed}, {name}: {error:?}\n{:?}", records.schema()));
            assert_eq!(again.schema(), records.schema(), "seed {seed}, {name}");
            assert_eq!(shown(&again), shown(&records), "seed {seed}, {name}");
        }
    }
}

#[test]
fn unions_that_are_tagged_for_it_are_verified() {
    let branch = |id, kind| (id, Arc::new(Field::new(format!("b{id}"), kind, true)));
    let fields = [branch(0, DataType::Float64), branch(1, DataType::UInt32)].into_iter().collect();
    let children: Vec<arrow_array::ArrayRef> = vec![
        Arc::new(arrow_array::Float64Array::from(vec![1.0, 2.5])),
        Arc::new(arrow_array::UInt32Array::from(vec![7, 1])),
    ];
    let union = arrow_array::UnionArray::try_new(fields, vec![0_i8, 1].into(), None, children).unwrap();
    let schema = Arc::new(Schema::new(vec![Field::new("u", arrow_array::Array::data_type(&union).clone(), true)]));
    let records = RecordBatch::try_new(schema.clone(), vec![Arc::new(union)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "a.ndjson"] {
        let reader = Memory::new(schema.clone(), [Ok(records.clone())].into_iter());
        let target = Target::from(folder.path().join(name).as_path()).option("side-car", "true");
        let report = Convert::reader(Box::new(reader)).to(target).verify(true).run().unwrap();
        assert_eq!(report.verified.unwrap().records, 2, "{name}");
    }
}

#[test]
fn schemas_come_back_from_their_text() {
    let mut random = Random(11);
    let mut kinds = leaf_types();
    kinds.extend((0..300).map(|_| random_type(&mut random, 4)));
    let fields: Vec<Field> =
        kinds.into_iter().enumerate().map(|(n, kind)| Field::new(format!("c{n}"), kind, n % 2 == 0)).collect();
    let schema = Schema::new(fields);
    let text = text::of_schema(&schema).to_string();
    assert_eq!(text::to_schema(&serde_json::from_str(&text).unwrap()).unwrap(), schema);
}

#[test]
fn settings_that_change_the_text_come_along() {
    let mut random = Random(5);
    let records = random_batch(&mut random, 3, 2, 9);
    let csv = [("delimiter", ";"), ("null-token", "NA"), ("bytes", "hex"), ("header-types", "false")];
    assert_eq!(there_and_back(&records, "a.csv", &csv).unwrap().schema(), records.schema());
    let json = [("bytes", "array"), ("rows", "arrays"), ("int64", "string"), ("decimal", "string")];
    let again = there_and_back(&records, "a.json", &json).unwrap();
    assert_eq!((again.schema(), shown(&again)), (records.schema(), shown(&records)));
}

/// A folder with a file and the side-car that says that its columns are `kinds`.
fn beside(data: &str, columns: &[(&str, DataType)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect();
    let schema = text::of_schema(&Schema::new(fields));
    let value = json!({ "fmtconv": 1, "settings": {}, "schema": schema, "bytes": data.len() });
    fs::write(folder.path().join("a.csv"), data).unwrap();
    fs::write(folder.path().join("a.csv.schema.json"), value.to_string()).unwrap();
    folder
}

fn opened(folder: &tempfile::TempDir, settings: &[(&str, &str)]) -> Result<(SchemaRef, Report)> {
    let exec = Exec::new(None)?;
    let input =
        settings.iter().fold(crate::Input::from(folder.path().join("a.csv").as_path()), |input, (name, value)| {
            input.option(name, value)
        });
    let reader = input.resolve(&crate::Registry::builtin())?.open(&exec)?;
    Ok((reader.schema(), reader.report()))
}

#[test]
fn a_column_that_does_not_fit_is_inferred_and_noted() {
    let folder = beside("a,b\n1,2\n300,3\n", &[("a", DataType::Int8), ("b", DataType::Int8)]);
    let (schema, report) = opened(&folder, &[]).unwrap();
    assert_eq!(schema.field(0).data_type(), &DataType::Int64);
    assert_eq!(schema.field(1).data_type(), &DataType::Int8);
    assert_eq!(report.losses.get(&(Code::Hint, "a".to_owned())), Some(&1));
    assert_eq!(report.losses.get(&(Code::Hint, "b".to_owned())), None);
}

#[test]
fn a_side_car_of_another_file_is_ignored_and_noted() {
    let folder = beside("x,y\n1,2\n", &[("a", DataType::Int8), ("b", DataType::Int8)]);
    let (schema, report) = opened(&folder, &[]).unwrap();
    assert_eq!(schema.field(0).data_type(), &DataType::Int64);
    assert!(report.losses.keys().any(|(code, path)| *code == Code::Hint && path.ends_with(".schema.json")));
}

#[test]
fn a_file_that_was_changed_has_no_side_car() {
    let folder = beside("a\n1\n", &[("a", DataType::Int8)]);
    fs::write(folder.path().join("a.csv"), "a\n00123\n").unwrap();
    let (schema, report) = opened(&folder, &[]).unwrap();
    assert_eq!(schema.field(0).data_type(), &DataType::Utf8);
    assert!(report.losses.keys().any(|(code, _)| *code == Code::Hint));
}

#[test]
fn it_can_be_ignored_and_a_broken_one_is_an_error() {
    let folder = beside("a\n1\n", &[("a", DataType::Int8)]);
    assert_eq!(opened(&folder, &[]).unwrap().0.field(0).data_type(), &DataType::Int8);
    assert_eq!(opened(&folder, &[("side-car", "false")]).unwrap().0.field(0).data_type(), &DataType::Int64);
    for broken in ["", "[]", "{\"fmtconv\":1}", "{\"fmtconv\":2,\"schema\":{\"fields\":[]}}"] {
        fs::write(folder.path().join("a.csv.schema.json"), broken).unwrap();
        let error = opened(&folder, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{broken}: {error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("--no-side-car")), "{error:?}");
    }
}

#[test]
fn output_and_side_car_appear_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let date = arrow_array::Date64Array::from(vec![1]);
    let field = Field::new("d", DataType::Date64, true);
    let records = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::new(date)]).unwrap();
    let reader = Memory::new(records.schema(), [Ok(records.clone())].into_iter());
    let target = Target::from(path.as_path()).option("side-car", "true");
    assert!(Convert::reader(Box::new(reader)).to(target).run().is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
