//! The numbered cases of the type mapping, on bytes written by hand: hex lines in, hex lines out.

use prost::Message as _;

use crate::code::Code;
use crate::column::proto::ROOT;
use crate::convert::{Convert, Target};
use crate::error::{Error, Result};
use crate::format::Definition;
use crate::input::Input;
use crate::output::Output;
use crate::pipeline::Exec;
use crate::report::Report;
use crate::source::Source;

/// A schema, and where it lies; what is let through.
pub(super) struct Schema(pub(super) tempfile::TempDir, Vec<&'static str>);

impl Schema {
    fn new(text: &str) -> Schema {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("m.proto"), text).expect("schema file");
        Schema(folder, Vec::new())
    }

    pub(super) fn allowing(mut self, allowance: &'static str) -> Schema {
        self.1.push(allowance);
        self
    }

    pub(super) fn proto2(text: &str) -> Schema {
        Schema::new(&format!("syntax = \"proto2\";\n{text}"))
    }

    pub(super) fn proto3(text: &str) -> Schema {
        Schema::new(&format!("syntax = \"proto3\";\n{text}"))
    }

    fn convert(&self, input: Input, target: Target) -> Result<Report> {
        let definition = Definition {
            path: self.0.path().join("m.proto"),
            message: Some("M".into()),
            includes: Vec::new(),
            content: None,
        };
        let exec = Exec::new(std::num::NonZeroUsize::new(1)).expect("threads");
        let convert = Convert::new(input).to(target).schema(definition).exec(exec);
        self.1.iter().fold(convert, |convert, text| convert.allow(text.parse().expect("allowance"))).run()
    }

    /// From hex lines, or text of another format.
    pub(super) fn run(
        &self,
        from: &str,
        text: &str,
        read: &[(&str, &str)],
        to: &str,
        write: &[(&str, &str)],
    ) -> Result<(String, Report)> {
        let mut input = Input::with_format(Source::bytes("input", text.as_bytes().to_vec()), from);
        if from == "protobuf" {
            input = input.option("framing", "hex");
        }
        for (name, value) in read {
            input = input.option(name, value);
        }
        let (output, memory) = Output::memory();
        let mut target = Target::with_format(output, to);
        if to == "protobuf" {
            target = target.option("framing", "hex");
        }
        for (name, value) in write {
            target = target.option(name, value);
        }
        let report = self.convert(input, target)?;
        let bytes = memory.take().ok_or_else(|| Error::internal("nothing was written"))?;
        Ok((String::from_utf8(bytes).expect("text"), report))
    }

    /// Hex lines to plain JSON.
    pub(super) fn json(&self, text: &str, read: &[(&str, &str)]) -> String {
        self.run("protobuf", text, read, "ndjson", &[]).expect("converted").0
    }

    /// Hex lines to hex lines.
    pub(super) fn again(&self, text: &str, read: &[(&str, &str)]) -> String {
        self.run("protobuf", text, read, "protobuf", &[]).expect("converted").0
    }

    /// ProtoJSON lines to ProtoJSON lines.
    fn protojson(&self, text: &str) -> Result<String> {
        self.run("protojson", text, &[], "protojson", &[]).map(|(text, _)| text)
    }

    pub(super) fn code(&self, text: &str, read: &[(&str, &str)]) -> Option<Code> {
        self.run("protobuf", text, read, "ndjson", &[]).expect_err("it was read").code()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Field 1, holding an encoded message.
fn field_1(message: &impl prost::Message) -> String {
    let bytes = message.encode_to_vec();
    format!("0a{:02x}{}\n", bytes.len(), hex(&bytes))
}

#[test]
fn case_57_unknown_enum_numbers_are_kept() {
    let schema = Schema::proto3(
        "enum Color { NONE = 0; RED = 1; GREEN = 2; } message M { Color c = 1; repeated Color cs = 2; }",
    );
    let bytes = "08071203010702\n";
    assert_eq!(schema.json(bytes, &[]), "{\"c\":\"7\",\"cs\":[\"RED\",\"7\",\"GREEN\"]}\n");
    assert_eq!(schema.again(bytes, &[]), bytes);
    let (text, _) = schema.run("protobuf", bytes, &[], "protojson", &[]).expect("converted");
    assert_eq!(text, "{\"c\":7,\"cs\":[\"RED\",7,\"GREEN\"]}\n");
    let (back, _) = schema.run("protojson", &text, &[], "protobuf", &[]).expect("converted");
    assert_eq!(back, bytes);
}

#[test]
fn case_58_closed_enums_keep_their_place() {
    let schema = Schema::proto2("enum E { A = 0; B = 1; } message M { repeated E e = 1; }");
    let bytes = "0800080208010802\n";
    assert_eq!(schema.again(bytes, &[]), bytes);
    assert_eq!(schema.json(bytes, &[]), "{\"e\":[\"A\",\"2\",\"B\",\"2\"]}\n");
    // To the letter they are unknown fields, which are written last.
    let schema = Schema::proto2(
        "enum E { A = 0; B = 1; } message M { repeated E e = 1; optional E o = 2; repeated E p = 3 [packed = true]; map<int32, E> m = 4; }",
    );
    let spec = [("closed-enum", "spec")];
    assert_eq!(schema.again("080008020801\n", &[]), "080008020801\n");
    assert_eq!(schema.again("080008020801\n", &spec), "080008010802\n");
    assert_eq!(schema.again("100110021a03000201\n", &spec), "10011a02000110021802\n");
    assert_eq!(
        schema.again("2204080110022204080210010800\n", &spec),
        "080022040802100122040801 1002\n".replace(' ', "")
    );
    assert_eq!(schema.code("0802\n", &spec), Some(Code::UnknownField));
    let counted = schema.run("protobuf", "08000802\n", &[("closed-enum", "spec"), ("unknown", "drop")], "ndjson", &[]);
    let (text, report) = counted.expect("read");
    assert!(text.starts_with("{\"e\":[\"A\"],"), "{text}");
    assert_eq!(report.losses.get(&(Code::UnknownField, ROOT.to_owned())), Some(&1));
}

const TIMESTAMP: &str = "import \"google/protobuf/timestamp.proto\"; message M { google.protobuf.Timestamp ts = 1; }";

#[test]
fn case_59_the_zero_time_of_go_is_no_other_time() {
    let schema = Schema::proto3(TIMESTAMP);
    let bytes = field_1(&prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 });
    let error = schema.run("protobuf", &bytes, &[], "ndjson", &[]).expect_err("out of range");
    assert_eq!(error.code(), Some(Code::TimestampRange));
    assert!(error.hint().is_some_and(|hint| hint.contains("timestamp=us")), "{error:?}");
    assert_eq!(schema.json(&bytes, &[("timestamp", "us")]), "{\"ts\":\"0001-01-01T00:00:00Z\"}\n");
    let parts = schema.json(&bytes, &[("timestamp", "struct")]);
    assert_eq!(parts, "{\"ts\":{\"seconds\":-62135596800,\"nanos\":0}}\n");
    for unit in ["us", "struct"] {
        assert_eq!(schema.again(&bytes, &[("timestamp", unit)]), bytes, "{unit}");
        let (text, _) = schema.run("protobuf", &bytes, &[("timestamp", unit)], "protojson", &[]).expect("converted");
        assert_eq!(text, "{\"ts\":\"0001-01-01T00:00:00Z\"}\n");
    }
}

#[test]
fn case_60_nanoseconds_are_not_cut() {
    let schema = Schema::proto3(TIMESTAMP);
    let bytes = field_1(&prost_types::Timestamp { seconds: 0, nanos: 1 });
    assert_eq!(schema.code(&bytes, &[("timestamp", "us")]), Some(Code::TimePrecision));
    assert_eq!(schema.again(&bytes, &[]), bytes);
}

#[test]
fn case_61_unknown_fields_stop_are_kept_or_counted() {
    let schema = Schema::proto3("message M { int32 a = 1; Inner inner = 2; } message Inner { int32 b = 1; }");
    let error = schema.run("protobuf", "0801980607\n", &[], "ndjson", &[]).expect_err("unknown");
    assert_eq!(error.code(), Some(Code::UnknownField));
    assert!(error.message().contains("99") && error.message().contains("varint"), "{error}");
    for read in [&[("unknown", "keep")][..], &[]] {
        assert_eq!(schema.again("0801980607\n", read), "0801980607\n");
    }
    // Field 99 as a varint, and inside field 2 as a group with text in it.
    let nested = "0801120908029b060a01789c06980607\n";
    assert_eq!(schema.again(nested, &[]), nested);
    let (text, report) = schema.run("protobuf", "0801980607\n", &[("unknown", "drop")], "ndjson", &[]).expect("read");
    assert_eq!(text, "{\"a\":1,\"inner\":null}\n");
    let counts: Vec<_> = report.losses.iter().filter(|((code, _), _)| *code == Code::UnknownField).collect();
    assert_eq!(counts.len(), 1);
    assert_eq!(*counts[0].1, 1);
}

#[test]
fn case_62_a_message_in_parts_is_one() {
    let schema = Schema::proto3("message M { I m = 1; } message I { optional int32 a = 1; optional int32 b = 2; }");
    assert_eq!(schema.json("0a0208010a021002\n", &[]), "{\"m\":{\"a\":1,\"b\":2}}\n");
    assert_eq!(schema.again("0a0208010a021002\n", &[]), "0a0408011002\n");
}

#[test]
fn case_63_the_last_entry_of_a_key_counts() {
    let schema = Schema::proto3("message M { map<string, int32> m = 1; }");
    let (text, report) =
        schema.run("protobuf", "0a050a016b10010a050a016b1002\n", &[], "ndjson", &[]).expect("converted");
    assert_eq!(text, "{\"m\":{\"k\":2}}\n");
    assert_eq!(report.losses.get(&(Code::DuplicateKey, "m".to_owned())), Some(&1));
}

#[test]
fn case_64_the_last_member_of_a_oneof_counts() {
    let schema = Schema::proto3("message M { oneof o { int32 oi = 1; string os = 2; } }");
    assert_eq!(schema.json("0801120178\n", &[]), "{\"oi\":null,\"os\":\"x\"}\n");
    assert_eq!(schema.json("1201780801\n", &[]), "{\"oi\":1,\"os\":null}\n");
    for from in ["ndjson", "protojson"] {
        let error = schema.run(from, "{\"oi\":1,\"os\":\"x\"}\n", &[], "protobuf", &[]).expect_err("two members");
        assert_eq!(error.code(), Some(Code::OneOf), "{from}");
    }
    // Let through, the last one stays, as on the wire.
    let schema =
        Schema::proto3("message M { oneof o { int32 oi = 1; string os = 2; bool ob = 3; } }").allowing("V-ONEOF=null");
    let rows = "{\"oi\":1,\"os\":\"x\",\"ob\":null}\n{\"oi\":1,\"os\":\"x\",\"ob\":true}\n{\"oi\":5}\n";
    let (text, report) = schema.run("ndjson", rows, &[], "protobuf", &[]).expect("written");
    assert_eq!(text, "120178\n1801\n0805\n");
    let altered: u64 = report.losses.iter().filter(|((code, _), _)| *code == Code::OneOf).map(|(_, count)| count).sum();
    assert_eq!(altered, 3);
}

#[test]
fn case_65_presence_is_what_the_schema_says() {
    let schema = Schema::proto3("message M { int32 a = 1; optional int32 b = 2; }");
    assert_eq!(schema.json("0801\n1000\n", &[]), "{\"a\":1,\"b\":null}\n{\"a\":0,\"b\":0}\n");
    assert_eq!(schema.again("0801\n1000\n0800\n", &[]), "0801\n1000\n\n");
}

#[test]
fn case_66_negative_zero_is_written() {
    let schema = Schema::proto3("message M { double d = 1; }");
    let bytes = "090000000000000080\n";
    assert_eq!(schema.again(bytes, &[]), bytes);
    assert_eq!(schema.again("090000000000000000\n", &[]), "\n");
    assert_eq!(schema.protojson("{\"d\":-0.0}\n").expect("read"), "{\"d\":-0.0}\n");
}

#[test]
fn case_67_packed_and_expanded_are_both_read() {
    let mixed = "08010a0202030a0104\n";
    let packed = Schema::proto3("message M { repeated int32 n = 1; }");
    assert_eq!(packed.again(mixed, &[]), "0a0401020304\n");
    let expanded = Schema::proto3("message M { repeated int32 n = 1 [packed = false]; }");
    assert_eq!(expanded.again(mixed, &[]), "0801080208030804\n");
    assert_eq!(expanded.json(mixed, &[]), "{\"n\":[1,2,3,4]}\n");
}

#[test]
fn case_68_wire_kinds_come_back() {
    let schema = Schema::proto3("message M { sint32 a = 1; sfixed64 b = 2; fixed32 c = 3; }");
    let rows =
        "0801110000000000000080 1dffffffff\n08ffffffff0f11ffffffffffffff7f\n08feffffff0f11ffffffffffffffff1d01000000\n"
            .replace(' ', "");
    assert_eq!(schema.again(&rows, &[]), rows);
    let expected = "{\"a\":-1,\"b\":-9223372036854775808,\"c\":4294967295}\n\
                    {\"a\":-2147483648,\"b\":9223372036854775807,\"c\":0}\n\
                    {\"a\":2147483647,\"b\":-1,\"c\":1}\n";
    assert_eq!(schema.json(&rows, &[]), expected);
}

#[test]
fn case_69_recursion_is_bytes_or_text_and_loses_nothing() {
    let schema = Schema::proto3("message M { int32 v = 1; M next = 2; }");
    let bytes = "080112080802120408031200\n";
    assert_eq!(schema.again(bytes, &[]), bytes);
    let nested = "{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3,\"next\":{}}}}\n";
    assert_eq!(schema.json(bytes, &[]), nested);
    let (text, _) = schema.run("protobuf", bytes, &[], "protojson", &[]).expect("converted");
    assert_eq!(text, nested);
    // Levels may be columns; nothing is cut off behind them.
    for levels in ["unroll:1", "unroll:2", "unroll:5"] {
        let read = [("recursion", levels)];
        let (text, _) = schema.run("protobuf", bytes, &read, "protojson", &[]).expect(levels);
        assert_eq!(text, nested, "{levels}");
        assert_eq!(schema.again(bytes, &read), bytes, "{levels}");
    }
    assert_eq!(
        schema.json(bytes, &[("recursion", "unroll:1")]),
        "{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3,\"next\":{}}}}\n"
    );
    for from in ["ndjson", "protojson"] {
        let (back, _) = schema.run(from, nested, &[], "protobuf", &[]).expect("converted");
        assert_eq!(back, bytes, "{from}");
    }
}

#[test]
fn case_70_struct_is_json() {
    let schema = Schema::proto3(
        "import \"google/protobuf/struct.proto\"; message M { google.protobuf.Struct s = 1; google.protobuf.Value v = 2; }",
    );
    let text = "{\"s\":{\"a\":[1,null,{\"b\":true}]},\"v\":\"x\"}\n";
    let (bytes, _) = schema.run("protojson", text, &[], "protobuf", &[]).expect("converted");
    #[derive(Clone, PartialEq, prost::Message)]
    struct M {
        #[prost(message, optional, tag = "1")]
        s: Option<prost_types::Struct>,
    }
    let raw: Vec<u8> = (0..bytes.trim().len() / 2)
        .map(|at| u8::from_str_radix(&bytes[at * 2..at * 2 + 2], 16).expect("hex"))
        .collect();
    let decoded = M::decode(&raw[..]).expect("legal").s.expect("there");
    let list = decoded.fields["a"].kind.clone().expect("a list");
    assert!(matches!(list, prost_types::value::Kind::ListValue(list) if list.values.len() == 3));
    assert_eq!(schema.run("protobuf", &bytes, &[], "protojson", &[]).expect("converted").0, text);
    assert_eq!(schema.json(&bytes, &[]), text);
    let error = schema.protojson("{\"v\":9007199254740993}\n").expect_err("not a double");
    assert_eq!(error.code(), Some(Code::FloatDigits));
}

#[test]
fn case_71_any_of_an_unknown_type_stays_as_it_is() {
    let schema = Schema::proto3("import \"google/protobuf/any.proto\"; message M { google.protobuf.Any a = 1; }");
    let any = prost_types::Any { type_url: "x/unknown.Type".into(), value: vec![0xff, 0, 1] };
    let bytes = field_1(&any);
    assert_eq!(schema.again(&bytes, &[]), bytes);
    assert_eq!(schema.json(&bytes, &[]), "{\"a\":{\"type_url\":\"x/unknown.Type\",\"value\":\"/wAB\"}}\n");
    // ProtoJSON needs to know the type.
    assert!(schema.run("protobuf", &bytes, &[], "protojson", &[]).is_err());
    let known = field_1(&prost_types::Any { type_url: "x/M".into(), value: Vec::new() });
    assert_eq!(schema.json(&known, &[("any", "json")]), "{\"a\":{\"@type\":\"x/M\"}}\n");
    assert_eq!(schema.again(&known, &[("any", "json")]), known);
}

#[test]
fn case_72_wrappers_are_null_zero_or_a_value() {
    let schema =
        Schema::proto3("import \"google/protobuf/wrappers.proto\"; message M { google.protobuf.Int32Value w = 1; }");
    let rows = "\n0a00\n0a020805\n";
    let json = "{\"w\":null}\n{\"w\":0}\n{\"w\":5}\n";
    assert_eq!(schema.json(rows, &[]), json);
    assert_eq!(schema.again(rows, &[]), rows);
    let (text, _) = schema.run("protobuf", rows, &[], "protojson", &[]).expect("converted");
    assert_eq!(text, "{}\n{\"w\":0}\n{\"w\":5}\n");
    assert_eq!(schema.run("protojson", &text, &[], "protobuf", &[]).expect("converted").0, rows);
}

#[test]
fn case_73_partial_dates_are_not_made_up() {
    let schema = Schema::proto3("import \"google/type/date.proto\"; message M { google.type.Date d = 1; }");
    let bytes = "0a041002181d\n";
    assert_eq!(schema.code(bytes, &[]), Some(Code::DatePartial));
    assert_eq!(schema.json(bytes, &[("date", "struct")]), "{\"d\":{\"year\":0,\"month\":2,\"day\":29}}\n");
    assert_eq!(schema.again(bytes, &[("date", "struct")]), bytes);
    assert_eq!(
        schema.protojson("{\"d\":{\"year\":2024,\"month\":2,\"day\":29}}\n").expect("read"),
        "{\"d\":{\"year\":2024,\"month\":2,\"day\":29}}\n"
    );
}

#[test]
fn case_74_groups_stand_between_their_tags() {
    let proto2 = Schema::proto2("message M { optional group G = 1 { optional int32 x = 2; } }");
    let edition = Schema::new(
        "edition = \"2023\"; message M { G g = 1 [features.message_encoding = DELIMITED]; } message G { int32 x = 2; }",
    );
    for schema in [proto2, edition] {
        assert_eq!(schema.again("0b10050c\n", &[]), "0b10050c\n");
        assert_eq!(schema.json("0b10050c\n", &[]), "{\"g\":{\"x\":5}}\n");
        let (text, _) = schema.run("protobuf", "0b10050c\n", &[], "protojson", &[]).expect("converted");
        assert_eq!(text, "{\"g\":{\"x\":5}}\n");
        assert_eq!(schema.run("protojson", &text, &[], "protobuf", &[]).expect("converted").0, "0b10050c\n");
    }
}

#[test]
fn case_75_features_change_what_is_written() {
    let schema = Schema::new(
        "edition = \"2023\"; option features.field_presence = IMPLICIT; option features.repeated_field_encoding = EXPANDED;
         message M { int32 a = 1; int32 b = 2 [features.field_presence = EXPLICIT]; repeated int32 n = 3; }",
    );
    assert_eq!(schema.again("080010001a020102\n", &[]), "100018011802\n");
    assert_eq!(schema.json("1a020102\n", &[]), "{\"a\":0,\"b\":null,\"n\":[1,2]}\n");
}

#[test]
fn case_87_64_bit_integers_are_exact_in_protojson() {
    let schema = Schema::proto3("message M { uint64 u = 1; int64 i = 2; }");
    let text = "{\"u\":\"18446744073709551615\",\"i\":\"-9223372036854775808\"}\n";
    assert_eq!(schema.protojson(text).expect("read"), text);
    let bare = schema.protojson("{\"u\":9007199254740993,\"i\":9007199254740993}\n").expect("read");
    assert_eq!(bare, "{\"u\":\"9007199254740993\",\"i\":\"9007199254740993\"}\n");
    let error = schema.protojson("{\"u\":18446744073709551616}\n").expect_err("too large");
    assert_eq!(error.code(), Some(Code::IntRange));
    let error = schema.protojson("{\"u\":1.5}\n").expect_err("a fraction");
    assert_eq!(error.code(), Some(Code::Fraction));
    assert_eq!(schema.protojson("{\"u\":1e3,\"i\":\"2\"}\n").expect("read"), "{\"u\":\"1000\",\"i\":\"2\"}\n");
}

#[test]
fn protojson_of_well_known_types() {
    let schema = Schema::proto3(
        "import \"google/protobuf/any.proto\"; import \"google/protobuf/empty.proto\"; import \"google/protobuf/duration.proto\";
         import \"google/protobuf/field_mask.proto\"; import \"google/protobuf/struct.proto\"; import \"google/protobuf/timestamp.proto\";
         message M {
           google.protobuf.Any a = 1; google.protobuf.Empty e = 2; google.protobuf.Duration d = 3; google.protobuf.FieldMask m = 4;
           google.protobuf.NullValue n = 5; google.protobuf.Value v = 6; google.protobuf.Timestamp t = 7; float f = 8; bytes b = 9;
           repeated google.protobuf.Value vs = 10; oneof o { google.protobuf.NullValue on = 11; string os = 12; }
         }",
    );
    // What comes out as it went in.
    for text in [
        "{\"a\":{\"@type\":\"x/google.protobuf.Any\",\"value\":{\"@type\":\"x/M\",\"f\":1.5}}}\n",
        "{\"a\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"1.500s\"}}\n",
        "{\"a\":{\"@type\":\"x/google.protobuf.Value\",\"value\":null}}\n",
        "{\"a\":{\"@type\":\"x/google.protobuf.Empty\"}}\n",
        "{\"e\":{},\"d\":\"-0.000000001s\",\"m\":\"fooBar,baz.quxQuux\"}\n",
        "{\"v\":null,\"vs\":[null,1,\"x\",[],{}]}\n",
        "{\"on\":null}\n",
        "{\"t\":\"1969-12-31T23:59:59.999999999Z\",\"f\":\"-Infinity\",\"b\":\"+/8=\"}\n",
    ] {
        assert_eq!(schema.protojson(text).unwrap_or_else(|error| panic!("{text}{error:?}")), text);
    }
    // What is written in another form.
    for (given, written) in [
        (
            "{\"a\":{\"value\":{},\"@type\":\"x/google.protobuf.Empty\"}}\n",
            "{\"a\":{\"@type\":\"x/google.protobuf.Empty\"}}\n",
        ),
        (
            "{\"t\":\"1970-01-01T01:00:00.5+01:00\",\"b\":\"-_8\"}\n",
            "{\"t\":\"1970-01-01T00:00:00.500Z\",\"b\":\"+/8=\"}\n",
        ),
        ("{\"f\":0.10000000149011612}\n", "{\"f\":0.1}\n"),
        ("{\"n\":null,\"a\":null,\"e\":null,\"os\":null}\n", "{}\n"),
    ] {
        assert_eq!(schema.protojson(given).unwrap_or_else(|error| panic!("{given}{error:?}")), written);
    }
    for (bad, code) in [
        ("{\"f\":0.12345678901}\n", Code::FloatDigits),
        ("{\"f\":1e39}\n", Code::FloatRange),
        ("{\"d\":\"1\"}\n", Code::TimestampRange),
        ("{\"m\":\"foo_bar\"}\n", Code::Token),
        ("{\"a\":{\"@type\":\"x/none\"}}\n", Code::Token),
        ("{\"a\":{\"f\":1}}\n", Code::Token),
        ("{\"a\":{\"@type\":\"x/M\",\"@type\":\"x/M\"}}\n", Code::DuplicateKey),
        ("{\"on\":null,\"os\":\"\"}\n", Code::OneOf),
        ("{\"b\":\"*\"}\n", Code::Token),
    ] {
        assert_eq!(schema.protojson(bad).expect_err(bad).code(), Some(code), "{bad}");
    }
}

#[test]
fn text_that_is_not_utf8_stops_is_replaced_or_bytes() {
    let schema = Schema::proto2("message M { optional string s = 1; repeated string t = 2; }");
    let bytes = "0a0161120162\n0a02ff621201c3\n";
    let error = schema.run("protobuf", bytes, &[], "ndjson", &[]).expect_err("not UTF-8");
    assert_eq!((error.code(), error.origin().record), (Some(Code::Utf8), Some(1)));
    let replace = [("invalid-utf8", "replace")];
    let (text, report) = schema.run("protobuf", bytes, &replace, "ndjson", &[]).expect("replaced");
    assert_eq!(text, "{\"s\":\"a\",\"t\":[\"b\"]}\n{\"s\":\"\u{fffd}b\",\"t\":[\"\u{fffd}\"]}\n");
    let count = |column: &str| report.losses.get(&(Code::Utf8, column.to_owned())).copied();
    assert_eq!((count("s"), count("t[]")), (Some(1), Some(1)));
    let latin1 = [("invalid-utf8", "latin1")];
    assert_eq!(schema.json(bytes, &latin1), "{\"s\":\"a\",\"t\":[\"b\"]}\n{\"s\":\"\u{ff}b\",\"t\":[\"\u{c3}\"]}\n");
    let binary = [("invalid-utf8", "binary")];
    assert_eq!(schema.json(bytes, &binary), "{\"s\":\"YQ==\",\"t\":[\"Yg==\"]}\n{\"s\":\"/2I=\",\"t\":[\"ww==\"]}\n");
    assert_eq!(schema.again("0a0161120162\n", &binary), "0a0161120162\n");
    let error = schema.run("protobuf", bytes, &binary, "protobuf", &[]).expect_err("a string field");
    assert_eq!(error.code(), Some(Code::Utf8));
}

#[test]
fn nesting_is_as_deep_as_allowed() {
    let schema = Schema::proto3("message M { int32 v = 1; M next = 2; }");
    let nested = |levels: usize| format!("{}{}{}\n", "{\"next\":".repeat(levels), "{}", "}".repeat(levels));
    for levels in [0, 1, 90, 250] {
        let text = nested(levels);
        assert_eq!(schema.protojson(&text).expect("within the limit"), text);
    }
    for levels in [256, 400, 100_000] {
        assert_eq!(schema.protojson(&nested(levels)).expect_err("too deep").code(), Some(Code::Depth), "{levels}");
    }
}

#[test]
fn protojson_refuses_what_it_would_lose() {
    let schema = Schema::proto3("message M { int32 a = 1 [json_name = \"A\"]; M next = 2; map<int32, string> m = 3; }");
    let code = |text: &str| schema.protojson(text).expect_err(text).code();
    assert_eq!(code("{\"b\":1}\n"), Some(Code::ExtraKey));
    assert_eq!(code("{\"a\":1,\"A\":1}\n"), Some(Code::DuplicateKey));
    assert_eq!(code("{\"m\":{\"1\":\"\",\"1\":\"\"}}\n"), Some(Code::DuplicateKey));
    assert_eq!(code("{\"m\":{\"1\":null}}\n"), Some(Code::Null));
    assert_eq!(schema.protojson("{\"a\":1}\n").expect("either name"), "{\"A\":1}\n");
    let error = schema.protojson("{\"A\":1}\n{\"next\":{\"m\":{\"x\":\"\"}}}\n").expect_err("a bad key");
    assert_eq!(error.origin().line, Some(1));
    assert_eq!(error.origin().column.as_deref(), Some("next.m"));
    let (text, report) = schema
        .run("protojson", "{\"A\":1,\"b\":{\"c\":2}}\n", &[("extra-keys", "ignore")], "protojson", &[])
        .expect("read");
    assert_eq!(text, "{\"A\":1}\n");
    assert_eq!(report.losses.iter().filter(|((code, _), count)| *code == Code::ExtraKey && **count == 1).count(), 1);
    let deep = format!("{}{}\n", "{\"next\":".repeat(400), "{}".to_owned() + &"}".repeat(400));
    assert_eq!(code(&deep), Some(Code::Depth));
}

#[test]
fn unknown_fields_have_no_place_in_protojson() {
    let schema = Schema::proto3("message M { int32 a = 1; M next = 2; }");
    let bytes = "08011203980607\n";
    let error = schema.run("protobuf", bytes, &[], "protojson", &[]).expect_err("unknown");
    assert_eq!(error.code(), Some(Code::UnknownField));
    let (text, report) = schema.run("protobuf", bytes, &[("unknown", "drop")], "protojson", &[]).expect("read");
    assert_eq!(text, "{\"a\":1,\"next\":{}}\n");
    assert!(report.losses.keys().any(|(code, _)| *code == Code::UnknownField));
}

#[test]
fn extensions_are_columns_with_brackets() {
    let schema =
        Schema::proto2("message M { optional int32 a = 1; extensions 10 to 20; } extend M { optional string x = 10; }");
    let bytes = "0801520179\n";
    assert_eq!(schema.json(bytes, &[]), "{\"a\":1,\"[x]\":\"y\"}\n");
    assert_eq!(schema.again(bytes, &[]), bytes);
    let (text, _) = schema.run("protobuf", bytes, &[], "protojson", &[]).expect("converted");
    assert_eq!(text, "{\"a\":1,\"[x]\":\"y\"}\n");
    assert_eq!(schema.run("protojson", &text, &[], "protobuf", &[]).expect("converted").0, bytes);
}
