use super::*;

fn schema(fields: &[(&str, DataType)]) -> SchemaRef {
    Arc::new(Schema::new(fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), false)).collect::<Vec<_>>()))
}

#[test]
fn integers_widen_and_missing_columns_become_nullable() {
    let one = ("one".into(), schema(&[("a", DataType::Int32), ("b", DataType::Utf8)]));
    let two = ("two".into(), schema(&[("a", DataType::Int64), ("c", DataType::Boolean)]));
    let both = unify(&[one, two]).unwrap();
    assert_eq!(both.field(0), &Field::new("a", DataType::Int64, false));
    assert_eq!(both.field(1), &Field::new("b", DataType::Utf8, true));
    assert_eq!(both.field(2), &Field::new("c", DataType::Boolean, true));
}

#[test]
fn what_would_change_values_is_refused_with_both_names() {
    let one = ("one.csv".into(), schema(&[("a", DataType::Int64)]));
    let two = ("two.csv".into(), schema(&[("a", DataType::Float64)]));
    let error = unify(&[one, two]).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Schema);
    assert!(error.message().contains("one.csv") && error.message().contains("two.csv"), "{error}");
}

#[test]
fn signed_and_unsigned_meet_in_a_type_that_holds_both() {
    assert_eq!(widen(&DataType::UInt32, &DataType::Int32), Some(DataType::Int64));
    assert_eq!(widen(&DataType::UInt64, &DataType::Int8), Some(DataType::Decimal128(20, 0)));
    assert_eq!(widen(&DataType::Decimal128(10, 2), &DataType::Int64), Some(DataType::Decimal128(22, 2)));
    assert_eq!(widen(&DataType::Utf8, &DataType::Int64), None);
}
