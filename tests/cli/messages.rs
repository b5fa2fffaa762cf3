//! Messages that are read as another version of themselves, or as a record of another language.

use super::Folder;

fn message(body: &str) -> String {
    format!("syntax = \"proto3\"; {body}")
}

#[test]
fn unknown_fields_go_from_one_version_to_another() {
    let folder = Folder::new(&[
        ("u.proto", &message("message M { int32 a = 1; }")),
        ("u2.proto", &message("message M { int64 a = 1; }")),
        ("other.proto", &message("message Other { int64 a = 1; string text = 99; }")),
    ]);
    // Field 99, 5, is in neither schema.
    std::fs::write(folder.path("u.pb"), b"\x05\x08\x01\x98\x06\x05\x02\x08\x02").unwrap();
    std::fs::write(folder.path("known.pb"), b"\x02\x08\x01").unwrap();
    let to = |from: &'static str, reader: &'static str, out: &'static str| {
        let files = ["--schema", "u.proto", "--reader-schema", reader, "--to-schema", reader];
        [&["convert", from, "-o", out, "--overwrite"][..], &files].concat()
    };
    let ran = folder.run(&to("u.pb", "u2.proto", "out.pb")).ends(0);
    assert!(!ran.err.contains("S-DROP"), "{}", ran.err);
    assert_eq!(std::fs::read(folder.path("out.pb")).unwrap(), std::fs::read(folder.path("u.pb")).unwrap());
    folder.run(&[&to("known.pb", "u2.proto", "out.pb")[..], &["--strict"]].concat()).ends(0);
    // In another message their numbers are those of other fields.
    let ran = folder.run(&to("u.pb", "other.proto", "no.pb")).ends(4);
    assert!(ran.err.contains("record 1") && ran.err.contains("V-UNKNOWN-FIELD"), "{}", ran.err);
    assert!(ran.err.contains("hint: leave such fields out: --from-opt unknown=drop"), "{}", ran.err);
    folder.run(&to("known.pb", "other.proto", "out.pb")).ends(0);
    let ran = folder.run(&[&to("u.pb", "u2.proto", "out.pb")[..], &["--from-opt", "unknown=drop"]].concat()).ends(0);
    assert!(ran.err.contains("V-UNKNOWN-FIELD"), "{}", ran.err);
    assert_eq!(std::fs::read(folder.path("out.pb")).unwrap(), b"\x02\x08\x01\x02\x08\x02");
}

#[test]
fn messages_that_contain_themselves_go_from_one_version_to_another() {
    let folder = Folder::new(&[
        ("n.proto", &message("message N { int32 v = 1; N next = 2; }")),
        ("n2.proto", &message("message N { sint64 v = 1; N next = 2; }")),
    ]);
    let rows = "{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3}}}\n";
    folder.write("n.ndjson", rows);
    folder.run(&["convert", "n.ndjson", "--from", "protojson", "-o", "n.pb", "--schema", "n.proto"]).ends(0);
    folder.run(&["convert", "n.pb", "-o", "same.pb", "--schema", "n.proto", "--reader-schema", "n.proto"]).ends(0);
    assert_eq!(std::fs::read(folder.path("same.pb")).unwrap(), std::fs::read(folder.path("n.pb")).unwrap());
    // Bytes of the old version would be other numbers in the new one.
    let to = ["--schema", "n.proto", "--reader-schema", "n2.proto", "--to-schema", "n2.proto"];
    folder.run(&[&["convert", "n.pb", "-o", "new.pb"][..], &to].concat()).ends(0);
    let ran = folder.run(&["convert", "new.pb", "-o", "-", "--to", "protojson", "--schema", "n2.proto"]).ends(0);
    assert_eq!(ran.out, "{\"v\":\"1\",\"next\":{\"v\":\"2\",\"next\":{\"v\":\"3\"}}}\n");
}

#[test]
fn symbols_are_found_without_the_prefix_of_the_style_guide() {
    let state =
        "State state = 1; repeated State more = 2; } enum State { STATE_UNSPECIFIED = 0; STATE_A = 1; STATE_B = 2; }";
    let avro = r#"{"type": "record", "name": "R", "fields": [
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["A", "B"]}},
        {"name": "more", "type": {"type": "array", "items": "State"}}]}"#;
    let folder = Folder::new(&[
        ("r.proto", &message(&format!("message R {{ {state}"))),
        ("r.avsc", avro),
        ("r.ndjson", "{\"state\":\"B\",\"more\":[\"A\",\"B\"]}\n"),
    ]);
    folder.run(&["convert", "r.ndjson", "-o", "r.avro", "--schema", "r.avsc"]).ends(0);
    folder.run(&["schema", "check", "r.avsc", "r.proto"]).ends(0);
    for option in ["--reader-schema", "--to-schema"] {
        let ran = folder.run(&["convert", "r.avro", "-o", "r.pb", "--overwrite", option, "r.proto"]).ends(0);
        assert_eq!(ran.err.contains("S-NAME (state"), option == "--to-schema", "{option}: {}", ran.err);
        assert_eq!(std::fs::read(folder.path("r.pb")).unwrap(), b"\x06\x08\x02\x12\x02\x01\x02", "{option}");
    }
    let back = ["convert", "r.pb", "--schema", "r.proto", "-o", "-", "--to", "ndjson", "--reader-schema", "r.avsc"];
    assert_eq!(folder.run(&back).ends(0).out, "{\"state\":\"B\",\"more\":[\"A\",\"B\"]}\n");
}

#[test]
fn open_enums_keep_their_numbers() {
    let fields = "message M { E e = 1; repeated E more = 2; }";
    let folder = Folder::new(&[
        ("e.proto", &message(&format!("{fields} enum E {{ NONE = 0; B = 1; C = 2; }}"))),
        ("e2.proto", &message(&format!("{fields} enum E {{ NONE = 0; B2 = 1; D = 3; }}"))),
    ]);
    // B, and with more of them C and one that the schema does not have.
    let bytes = b"\x07\x08\x01\x12\x03\x01\x02\x03";
    std::fs::write(folder.path("e.pb"), bytes).unwrap();
    for more in [&["--to-schema", "e2.proto"][..], &[]] {
        let reader =
            ["convert", "e.pb", "-o", "e2.pb", "--overwrite", "--schema", "e.proto", "--reader-schema", "e2.proto"];
        folder.run(&[&reader[..], more].concat()).ends(0);
        assert_eq!(std::fs::read(folder.path("e2.pb")).unwrap(), bytes);
    }
    let shown = ["convert", "e.pb", "-o", "-", "--to", "ndjson", "--schema", "e.proto", "--reader-schema", "e2.proto"];
    assert_eq!(folder.run(&shown).ends(0).out, "{\"e\":\"B2\",\"more\":[\"B2\",\"2\",\"D\"]}\n");
    folder.run(&["convert", "e.pb", "-o", "w.pb", "--schema", "e.proto", "--to-schema", "e2.proto"]).ends(0);
    assert_eq!(std::fs::read(folder.path("w.pb")).unwrap(), bytes);
}

#[test]
fn entries_of_messages_become_a_map_also_in_protobuf() {
    let folder = Folder::new(&[
        (
            "list.proto",
            &message("message M { repeated Pair m = 1; } message Pair { string key = 1; int32 value = 2; }"),
        ),
        ("map.proto", &message("message M { map<string, int32> m = 1; }")),
    ]);
    let bytes = b"\x07\x0a\x05\x0a\x01a\x10\x01";
    std::fs::write(folder.path("in.pb"), bytes).unwrap();
    let to = |from: &'static str, reader: &'static str| {
        let files = ["--schema", from, "--reader-schema", reader, "--to-schema", reader];
        [&["convert", "in.pb", "-o", "out.pb", "--overwrite"][..], &files].concat()
    };
    for (from, reader) in [("list.proto", "map.proto"), ("map.proto", "list.proto")] {
        folder.run(&to(from, reader)).ends(0);
        assert_eq!(std::fs::read(folder.path("out.pb")).unwrap(), bytes, "{from}");
    }
    // What a map has no place for is not dropped.
    std::fs::write(folder.path("in.pb"), b"\x09\x0a\x07\x0a\x01a\x10\x01\x18\x05").unwrap();
    let ran = folder.run(&to("list.proto", "map.proto")).ends(4);
    assert!(ran.err.contains("V-UNKNOWN-FIELD") && ran.err.contains("\"m"), "{}", ran.err);
}

#[test]
fn nullable_enums_come_back_from_what_wraps_them() {
    let avro = r#"{"type": "record", "name": "R", "fields": [
        {"name": "a", "type": {"type": "array", "items": ["null", {"type": "enum", "name": "E", "symbols": ["A", "B"]}]}},
        {"name": "m", "type": {"type": "map", "values": ["null", "E"]}}]}"#;
    let rows = "{\"a\":[\"A\",null],\"m\":{\"x\":null,\"y\":\"B\"}}\n";
    let folder = Folder::new(&[("r.avsc", avro), ("r.ndjson", rows)]);
    folder.run(&["convert", "r.ndjson", "-o", "r.avro", "--schema", "r.avsc"]).ends(0);
    folder.run(&["convert", "r.avro", "-o", "r.pb", "--proto-nulls=wrap", "--emit-schema", "r.proto"]).ends(0);
    let back = ["convert", "r.pb", "--schema", "r.proto", "-o", "-", "--to", "ndjson"];
    assert_eq!(folder.run(&back).ends(0).out, rows);
}

#[test]
fn an_absent_field_mask_is_no_empty_one() {
    let proto = message("import \"google/protobuf/field_mask.proto\"; message M { google.protobuf.FieldMask fm = 1; }");
    let folder = Folder::new(&[("m.proto", &proto)]);
    // With one path, empty, and absent.
    let bytes = b"\x05\x0a\x03\x0a\x01a\x02\x0a\x00\x00";
    std::fs::write(folder.path("m.pb"), bytes).unwrap();
    for between in ["m.parquet", "m.arrow", "m.avro"] {
        folder.run(&["convert", "m.pb", "-o", between]).ends(0);
        let ran = folder.run(&["convert", between, "-o", "back.pb", "--overwrite"]).ends(0);
        assert!(!ran.err.contains("S-NULL-LIST"), "{between}: {}", ran.err);
        assert_eq!(std::fs::read(folder.path("back.pb")).unwrap(), bytes, "{between}");
    }
}

#[test]
fn what_may_be_read_may_be_written_as_json() {
    const LEVELS: usize = 300;
    let avro = r#"{"type": "record", "name": "N", "fields": [{"name": "next", "type": ["null", "N"]}]}"#;
    let folder = Folder::new(&[("n.proto", &message("message N { N next = 1; }")), ("n.avsc", avro)]);
    let nested =
        |inner: &str, open: &str, close: &str| format!("{}{inner}{}\n", open.repeat(LEVELS), close.repeat(LEVELS));
    folder.write("proto.ndjson", &nested("{}", "{\"next\":", "}"));
    folder.write("avro.ndjson", &nested("{\"next\":null}", "{\"next\":{\"N\":", "}}"));
    for (from, schema, dialect) in [("proto.ndjson", "n.proto", "protojson"), ("avro.ndjson", "n.avsc", "avro-json")] {
        let run = |levels: &str| {
            let typed = ["convert", from, "--from", dialect, "-o", "-", "--to", dialect, "--schema", schema];
            folder.run(&[&typed[..], &["--max-depth", levels]].concat())
        };
        assert_eq!(run("700").ends(0).out, folder.read(from), "{dialect}");
        run("200").ends(7);
    }
}

#[test]
fn floats_in_messages_of_json_are_read_back() {
    let values = "import \"google/protobuf/struct.proto\"; message In { float f = 1; google.protobuf.Struct s = 2; }
        message M { google.protobuf.Value v = 1; In in = 2; repeated google.protobuf.Value r = 3; float f = 4; }";
    let folder = Folder::new(&[("v.proto", &message(values))]);
    folder.write("in.ndjson", "{\"v\":0.1,\"in\":{\"f\":0.1,\"s\":{\"a\":0.1}},\"r\":[0.1],\"f\":0.1}\n");
    let types = "v=float32,in=struct<f: float32, s: struct<a: float32>>,r=list<float32>,f=float32";
    folder.run(&["convert", "in.ndjson", "-o", "in.arrow", "--columns", types]).ends(0);
    folder
        .run(&["convert", "in.arrow", "-o", "out.pb", "--to-schema", "v.proto", "--message", "M", "--verify"])
        .ends(0);
    let ran = folder.run(&["cat", "out.pb", "--schema", "v.proto", "--message", "M"]).ends(0);
    let double = "0.10000000149011612";
    let row = format!("\"v\":{double},\"in\":{{\"f\":0.1,\"s\":{{\"a\":{double}}}}},\"r\":[{double}],\"f\":0.1");
    assert_eq!(ran.out, format!("{{{row}}}\n"));
}

#[test]
fn json_of_messages_and_of_avro_is_read_back_as_what_it_was_written_to() {
    let values = "import \"google/protobuf/struct.proto\"; import \"google/type/decimal.proto\"; message M { int32 a_b = 1;
        optional string t = 2; double f = 3; google.protobuf.Value v = 4; repeated int64 r = 5; google.type.Decimal d = 6; }";
    let avro = r#"{"type": "record", "name": "R", "fields": [
        {"name": "a_b", "type": "int"}, {"name": "t", "type": ["null", "string"]}, {"name": "f", "type": "double"},
        {"name": "v", "type": ["null", "float"]}, {"name": "r", "type": {"type": "array", "items": ["null", "long"]}},
        {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}}]}"#;
    let folder = Folder::new(&[("m.proto", &message(values)), ("m.avsc", avro)]);
    folder.write("in.ndjson", "{\"a_b\":1,\"t\":\"x\",\"f\":0.1,\"v\":0.1,\"r\":[1,2],\"d\":1.50}\n");
    let types = "f=float32,v=float32,d=decimal(6,2)";
    folder.run(&["convert", "in.ndjson", "-o", "in.arrow", "--columns", types]).ends(0);
    for (name, schema, format) in [("pj.json", "m.proto", "protojson"), ("aj.json", "m.avsc", "avro-json")] {
        folder
            .run(&["convert", "in.arrow", "-o", name, "--to", format, "--to-schema", schema, "--verify"])
            .ends(0)
            .says(&["verified: 1 record, 0 differences"]);
    }
}

/// A message that contains itself, in levels, with a oneof.
fn nodes() -> Folder {
    let fields = "int32 v = 1; Node next = 2; repeated Node more = 3; map<string, Node> by = 4; \
                  oneof kind { string a = 5; int64 b = 6; }";
    let rows = "{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3}},\"more\":[{\"v\":4,\"more\":[{}]}],\"b\":\"5\"}\n\
                {\"v\":6,\"by\":{\"x\":{\"a\":\"\"}},\"a\":\"7\"}\n{}\n";
    let folder = Folder::new(&[("n.proto", &message(&format!("message Node {{ {fields} }}"))), ("n.ndjson", rows)]);
    folder.run(&["convert", "n.ndjson", "--from", "protojson", "--schema", "n.proto", "-o", "n.pb"]).ends(0);
    folder
}

#[test]
fn messages_that_contain_themselves_are_verified_from_every_format() {
    let folder = nodes();
    let bytes = std::fs::read(folder.path("n.pb")).unwrap();
    let readings = [
        &[][..],
        &["--recursion=bytes"],
        &["--recursion=unroll:1"],
        &["--from-opt", "oneof=union"],
        &["--from-opt", "unknown=keep"],
        &["--from-opt", "oneof=union", "--recursion=unroll:2", "--from-opt", "unknown=keep"],
    ];
    for (reading, extension) in readings.iter().flat_map(|reading| ["arrow", "parquet"].map(|to| (reading, to))) {
        let between = format!("n.{extension}");
        let read = ["convert", "n.pb", "-o", &between, "--schema", "n.proto", "--overwrite"];
        folder.run(&[&read[..], reading].concat()).ends(0);
        for schema in [&["--to-schema", "n.proto"][..], &["--emit-schema", "again.proto"]] {
            let write = ["convert", &between, "-o", "again.pb", "--verify", "--overwrite"];
            folder.run(&[&write[..], schema].concat()).ends(0).says(&["verified: 3 records, 0 differences"]);
            assert_eq!(std::fs::read(folder.path("again.pb")).unwrap(), bytes, "{reading:?} {extension}");
        }
    }
    // Text that anyone may have written says the same in more than one way.
    folder.write("by_hand.ndjson", "{\"v\":1,\"next\":{\"v\":2,\"a\":null},\"more\":[{\"v\":0}]}\n");
    let write = ["convert", "by_hand.ndjson", "-o", "hand.pb", "--verify", "--to-schema", "n.proto"];
    folder.run(&write).ends(0).says(&["verified: 1 record, 0 differences"]);
    let shown = folder.run(&["cat", "hand.pb", "--schema", "n.proto", "--to", "protojson"]).ends(0).out;
    assert_eq!(shown, "{\"v\":1,\"next\":{\"v\":2},\"more\":[{}]}\n");
}

#[test]
fn messages_that_contain_themselves_are_the_same_in_every_format() {
    let folder = nodes();
    let digest = |file: &str| {
        let told = folder.run(&["digest", file, "--schema", "n.proto"]).ends(0).out;
        told.split_whitespace().next().unwrap_or_default().to_owned()
    };
    for extension in ["arrow", "parquet", "avro"] {
        let other = format!("n.{extension}");
        folder.run(&["convert", "n.pb", "-o", &other, "--schema", "n.proto"]).ends(0);
        assert_eq!(folder.run(&["diff", "n.pb", &other, "--schema", "n.proto"]).ends(0).out, "", "{extension}");
        assert_eq!(digest("n.pb"), digest(&other), "{extension}");
    }
    assert_eq!(folder.run(&["diff", "n.pb", "n.pb", "--schema", "n.proto"]).ends(0).out, "");
}
