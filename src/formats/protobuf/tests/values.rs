//! Messages that are one value, on bytes written by hand after the definitions of their types.

use super::cases::Schema;
use crate::code::Code;

fn schema() -> Schema {
    Schema::proto3(
        "import \"confluent/type/decimal.proto\"; import \"google/type/datetime.proto\";
         message M { confluent.type.Decimal d = 1; google.type.DateTime t = 2; }",
    )
}

#[test]
fn decimals_of_confluent_are_their_digits() {
    let schema = schema();
    // 12.30, -0.05, 0 and -123456789012345678901234567890 as `DecimalUtils` of the schema registry writes them.
    let lines = "0a080a0204ce10041802\n0a070a01fb10011802\n0a050a01001001\n\
                 0a110a0dfe7116f0093c8c1f11b1c0f52e101e\n";
    assert_eq!(
        schema.json(lines, &[]),
        "{\"d\":\"12.30\",\"t\":null}\n{\"d\":\"-0.05\",\"t\":null}\n{\"d\":\"0\",\"t\":null}\n\
         {\"d\":\"-123456789012345678901234567890\",\"t\":null}\n"
    );
    assert_eq!(schema.again(lines, &[]), lines);
    assert_eq!(schema.again(lines, &[("decimal", "struct")]), lines);
    let struct_json = schema.json("0a080a0204ce10041802\n", &[("decimal", "struct")]);
    assert_eq!(struct_json, "{\"d\":{\"value\":\"BM4=\",\"precision\":4,\"scale\":2},\"t\":null}\n");
}

#[test]
fn what_a_decimal_says_of_itself_is_checked_and_told() {
    let schema = schema();
    // Another precision than its digits, no bytes at all, a needless first byte, a scale below zero: told, each.
    for (line, text) in [
        ("0a080a0204ce100a1802\n", "12.30"),
        ("0a00\n", "0"),
        ("0a070a03000c0e1004\n", "3086"),
        ("0a100a010c100218feffffffffffffffff01\n", "1200"),
    ] {
        let (json, report) = schema.run("protobuf", line, &[], "ndjson", &[]).expect("read");
        assert_eq!(json, format!("{{\"d\":\"{text}\",\"t\":null}}\n"));
        assert_eq!(report.losses.get(&(Code::Restyled, "d".to_owned())), Some(&1), "{line}");
        assert_eq!(schema.again(line, &[("decimal", "struct")]), line);
    }
    assert_eq!(schema.code("0a080a0204ce10021802\n", &[]), Some(Code::DecimalPrecision));
    // 10 to the power of minus two thousand million has too many digits to print.
    let error = schema.run("protobuf", "0a0b0a010c100218ffffffff07\n", &[], "ndjson", &[]).expect_err("too long");
    assert!(error.hint().is_some_and(|hint| hint.contains("decimal=struct")), "{error}");
}

#[test]
fn decimals_are_numbers_where_their_digits_are_known() {
    let schema = schema();
    assert_eq!(
        schema.json("0a080a0204ce10041802\n0a050a01071001\n", &[("decimal", "decimal(10,2)")]),
        "{\"d\":12.30,\"t\":null}\n{\"d\":7.00,\"t\":null}\n"
    );
    assert_eq!(schema.code("0a080a02303910051803\n", &[("decimal", "decimal(10,2)")]), Some(Code::DecimalScale));
    assert_eq!(schema.code("0a080a0204ce10041802\n", &[("decimal", "decimal(3,2)")]), Some(Code::DecimalPrecision));
    let described = Schema::proto3(
        "import \"confluent/type/decimal.proto\"; import \"confluent/meta.proto\"; import \"google/type/decimal.proto\";
         message M {
           confluent.type.Decimal d = 1 [(confluent.field_meta) = {
             params: [{key: \"precision\", value: \"10\"}, {key: \"scale\", value: \"2\"}] }];
           repeated google.type.Decimal g = 2 [(confluent.field_meta) = { params: {key: \"precision\", value: \"5\"} }];
         }",
    );
    let line = "0a080a0204ce1004180212050a033132331200\n";
    assert_eq!(described.code(line, &[]), Some(Code::Token), "an empty text is no number");
    let line = "0a080a0204ce1004180212050a03313233\n";
    assert_eq!(described.json(line, &[]), "{\"d\":12.30,\"g\":[123]}\n");
    assert_eq!(described.json(line, &[("hints", "false")]), "{\"d\":\"12.30\",\"g\":[\"123\"]}\n");
    assert_eq!(described.again(line, &[]), line);
    // A number that is written with a sign or an exponent is another text then.
    let line = "12040a022b3712050a0337653012030a0137\n";
    let (json, report) = described.run("protobuf", line, &[], "ndjson", &[]).expect("read");
    assert_eq!(json, "{\"d\":null,\"g\":[7,7,7]}\n");
    assert_eq!(report.losses.get(&(Code::Restyled, "g[]".to_owned())), Some(&2));
}

#[test]
fn dates_with_times_are_local_timestamps_when_asked() {
    let schema = schema();
    // 2024-02-29T12:30:00.5, and the first second of the year 1.
    let lines = "121108e80f1002181d200c281e3880cab5ee01\n1206080110011801\n";
    assert_eq!(
        schema.json(lines, &[("datetime", "us")]),
        "{\"d\":null,\"t\":\"2024-02-29T12:30:00.500\"}\n{\"d\":null,\"t\":\"0001-01-01T00:00:00\"}\n"
    );
    assert_eq!(schema.again(lines, &[("datetime", "us")]), lines);
    assert_eq!(schema.again(lines, &[]), lines);
    let struct_json = schema.json("1206080110011801\n", &[]);
    assert!(struct_json.contains("\"year\":1,\"month\":1,\"day\":1,\"hours\":0"), "{struct_json}");
    for (line, setting, code) in [
        ("1206080110011801\n", "ns", Code::TimestampRange),
        ("120410011801\n", "us", Code::DatePartial),
        ("1206080110021820\n", "us", Code::DateRange),
        ("1208080110011801203c\n", "us", Code::DateRange),
        ("1208080110011801381f\n", "us", Code::TimePrecision),
        ("120b0801100118014203089c1c\n", "us", Code::Token),
    ] {
        let error = schema.run("protobuf", line, &[("datetime", setting)], "ndjson", &[]).expect_err(line);
        assert_eq!(error.code(), Some(code), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("datetime=")), "{error}");
        assert_eq!(schema.again(line, &[]), line);
    }
}
