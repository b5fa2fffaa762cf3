//! Messages that are kept encoded, as below the cut of a message that holds itself: they are checked as if they were
//! decoded, and their JSON text says all that they hold.

use super::cases::Schema;
use crate::code::Code;

#[test]
fn zero_bytes_are_no_absence_of_bytes() {
    let fields = "bytes h = 1; string s = 2; int32 k = 3; double d = 4; fixed32 f = 5; bool b = 6;";
    let schema = Schema::proto3(&format!("message M {{ {fields} M m = 7; }}"));
    // Bytes of one zero, text of one NUL; then what is of no account: empty bytes, numbers that are zero.
    for (inner, text) in [
        ("0a0200001201001805", "{\"h\":\"AAA=\",\"s\":\"\\u0000\",\"k\":5}"),
        ("0a001200188080002100000000000000002d000000003000", "{}"),
    ] {
        let protojson = |hex: &str| schema.run("protobuf", hex, &[], "protojson", &[]).expect("converted").0;
        assert_eq!(protojson(&format!("{inner}\n")), format!("{text}\n"));
        let length = inner.len() / 2;
        let nested = format!("3a{:02x}3a{length:02x}{inner}\n", length + 2);
        let (json, _) = schema.run("protobuf", &nested, &[], "ndjson", &[]).expect("converted");
        assert!(json.ends_with(&format!("\"m\":{{\"m\":{text}}}}}\n")), "{json}");
    }
}

#[test]
fn packed_numbers_are_checked_whatever_their_kind() {
    let schema = Schema::proto3(
        "enum E { A = 0; B = 1; } message M { M n = 1; repeated E e = 2; repeated int32 i = 3; repeated fixed32 f = 4; }",
    );
    // The last byte of a varint is missing; a number of four bytes is short of one.
    for bad in ["0a050a03120180\n", "0a050a031a0180\n", "0a070a05220300 0000\n"] {
        let bad = bad.replace(' ', "");
        for to in ["protobuf", "ndjson"] {
            let error = schema.run("protobuf", &bad, &[], to, &[]).expect_err(&bad);
            assert_eq!(error.kind(), crate::error::ErrorKind::Malformed, "{bad}: {error}");
        }
    }
    assert_eq!(schema.again("0a060a0412028001\n", &[]), "0a060a0412028001\n");
}

#[test]
fn closed_enums_are_closed_below_the_cut_too() {
    let schema = Schema::proto2(
        "enum E { A = 0; B = 1; }
        message M {
          optional E e = 1; optional M n = 2; repeated E l = 3; repeated E p = 4 [packed = true]; map<int32, E> m = 5;
        }",
    );
    let spec = |unknown| [("closed-enum", "spec"), ("unknown", unknown)];
    for (inner, text, count) in [
        ("0807", "{}", 1),
        ("08070801", "{\"e\":\"B\"}", 1),
        ("1801180718001809", "{\"l\":[\"B\",\"A\"]}", 2),
        ("220401070008", "{\"p\":[\"B\",\"A\"]}", 2),
        ("220107", "{}", 1),
        ("2a04080110072a0408021001", "{\"m\":{\"2\":\"B\"}}", 1),
    ] {
        let length = inner.len() / 2;
        let nested = format!("12{:02x}12{length:02x}{inner}\n", length + 2);
        let (json, report) = schema.run("protobuf", &nested, &spec("drop"), "ndjson", &[]).expect("converted");
        assert!(json.contains(&format!("\"n\":{{\"n\":{text}}}")), "{json}");
        let counted: u64 =
            report.losses.iter().filter(|((code, _), _)| *code == Code::UnknownField).map(|(_, count)| count).sum();
        assert_eq!(counted, count, "{json}");
        assert_eq!(schema.code(&nested, &spec("error")), Some(Code::UnknownField));
        // Without the setting all stay in their place.
        let kept = schema.json(&nested, &[("unknown", "drop")]);
        assert_eq!(kept.contains('7'), inner != "08070801", "{kept}");
    }
}

#[test]
fn the_end_of_a_group_may_be_longer_than_need_be() {
    let schema = Schema::proto2(
        "message M { optional M m = 1; optional group G = 2 { optional int32 a = 1; optional fixed32 f = 2; } }",
    );
    // Tags of one byte and of three; a value before it whose last bytes look like parts of a varint.
    for (group, text) in [
        ("13080514", "{\"a\":5}"),
        ("130805948000", "{\"a\":5}"),
        ("1315ffffffff948000", "{\"f\":4294967295}"),
        ("13948000", "{}"),
    ] {
        let length = group.len() / 2;
        let nested = format!("0a{:02x}0a{length:02x}{group}\n", length + 2);
        let json = schema.json(&nested, &[]);
        assert!(json.starts_with(&format!("{{\"m\":{{\"m\":{{\"g\":{text}}}")), "{json}");
        let (lines, _) =
            schema.run("protobuf", &nested, &[], "protobuf", &[("framing", "text-lines")]).expect("converted");
        assert!(lines.starts_with("m { m { G {"), "{lines}");
    }
}

#[test]
fn bits_of_nan_that_text_does_not_tell_are_noted() {
    let schema = Schema::proto3("message M { double d = 1; float f = 2; M m = 3; }");
    let noted = |inner: &str| {
        let length = inner.len() / 2;
        let nested = format!("1a{:02x}1a{length:02x}{inner}\n", length + 2);
        let (_, report) = schema.run("protobuf", &nested, &[], "ndjson", &[]).expect("converted");
        report.losses.iter().filter(|((code, _), _)| *code == Code::NaNPayload).map(|(_, count)| *count).sum::<u64>()
    };
    assert_eq!(noted("09000000000000f87f150000c07f"), 0);
    assert_eq!(noted("09010000000000f87f150100c07f"), 2);
}

#[test]
fn a_null_of_another_number_has_no_json_form() {
    let schema = Schema::proto3("import \"google/protobuf/struct.proto\"; message M { google.protobuf.Value v = 1; }");
    assert_eq!(schema.json("0a020800\n", &[]), "{\"v\":null}\n");
    assert_eq!(schema.code("0a020801\n", &[]), Some(Code::Enum));
    assert_eq!(schema.again("0a020801\n", &[]), "0a020801\n");
}

#[test]
fn a_null_that_is_a_value_and_none_are_one_in_plain_json() {
    let schema = Schema::proto3("import \"google/protobuf/struct.proto\"; message M { google.protobuf.Value v = 1; }");
    let told = |to: &str, write: &[(&str, &str)]| {
        let (text, report) = schema.run("protobuf", "0a020800\n\n", &[], to, write).expect("converted");
        (text, report.losses.contains_key(&(Code::Missing, "v".to_owned())))
    };
    assert_eq!(told("ndjson", &[]), ("{\"v\":null}\n{\"v\":null}\n".to_owned(), true));
    assert_eq!(told("ndjson", &[("nulls", "omit")]), ("{}\n{}\n".to_owned(), true));
    assert_eq!(told("protojson", &[]), ("{\"v\":null}\n{}\n".to_owned(), false));
}

#[test]
fn members_of_a_oneof_that_take_turns_cost_no_more_than_others() {
    let schema = Schema::proto3("message M { oneof o { int32 a = 1; int32 b = 2; } int32 c = 3; M m = 4; }");
    let turns = "0801100218051002".repeat(60_000);
    let length = |hex: &str| {
        let mut out = Vec::new();
        crate::column::proto::wire::push_varint(&mut out, hex.len() as u64 / 2);
        out.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let inner = format!("22{}{turns}", length(&turns));
    let nested = format!("22{}{inner}\n", length(&inner));
    let json = schema.json(&nested, &[]);
    assert!(json.contains("\"m\":{\"m\":{\"b\":2,\"c\":5}}"), "{json}");
    let (lines, _) = schema.run("protobuf", &nested, &[], "protobuf", &[("framing", "text-lines")]).expect("converted");
    assert_eq!(lines, "m { m { b: 2 c: 5 } }\n");
}
