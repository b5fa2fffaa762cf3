//! Protobuf from the command line: texts, syntaxes, and settings that reading and writing both have.

use super::Folder;

const SCHEMA: &str = "syntax = \"proto3\"; import \"google/type/decimal.proto\";
message M { int32 a = 1; google.type.Decimal d = 2; }";

#[test]
fn messages_in_the_text_format_are_files_and_lines() {
    let folder =
        Folder::new(&[("m.proto", SCHEMA), ("one.txtpb", "# proto-message: M\na: 1\nd { value: \"2.50\" }\n")]);
    let run = folder.run(&["cat", "one.txtpb", "--schema", "m.proto"]).ends(0);
    assert_eq!(run.out, "{\"a\":1,\"d\":\"2.50\"}\n");
    folder.run(&["convert", "one.txtpb", "-o", "two.textproto", "--schema", "m.proto"]).ends(0);
    assert_eq!(folder.read("two.textproto"), "a: 1\nd {\n  value: \"2.50\"\n}\n");
    let lines = folder.run(&[
        "convert",
        "one.txtpb",
        "one.txtpb",
        "-o",
        "-",
        "--to",
        "protobuf",
        "--to-opt",
        "framing=text-lines",
        "--schema",
        "m.proto",
    ]);
    assert_eq!(lines.ends(0).out, "a: 1 d { value: \"2.50\" }\na: 1 d { value: \"2.50\" }\n");
    folder
        .run(&["convert", "one.txtpb", "one.txtpb", "-o", "three.txtpb", "--schema", "m.proto"])
        .ends(2)
        .says(&["framing=text holds one record", "text-lines"]);
}

#[test]
fn schemas_are_shown_in_the_syntax_that_is_asked_for() {
    let folder = Folder::new(&[("m.proto", SCHEMA), ("a.ndjson", "{\"x\":1}\n")]);
    let shown = folder.run(&["schema", "show", "a.ndjson", "--as", "proto", "--proto-syntax=2023"]).ends(0).out;
    assert!(shown.starts_with("edition = \"2023\";\n"), "{shown}");
    let shown = folder.run(&["schema", "show", "m.proto", "--as", "proto", "--proto-syntax", "editions"]).ends(0).out;
    assert!(shown.starts_with("edition = \"2023\";\n") && shown.contains(" a = 1;"), "{shown}");
    assert_eq!(folder.run(&["schema", "show", "m.proto", "--as", "proto"]).ends(0).out, SCHEMA);
    folder.run(&["schema", "show", "a.ndjson", "--as", "proto", "--proto-syntax=1999"]).ends(2).says(&["syntax=1999"]);
    folder.run(&["schema", "show", "m.proto", "--proto-syntax=2023"]).ends(2).says(&["no effect"]);
}

#[test]
fn a_setting_of_both_sides_goes_where_its_value_belongs() {
    let folder = Folder::new(&[("m.proto", SCHEMA), ("one.txtpb", "a: 1 d { value: \"2.50\" }")]);
    let json = |arguments: &[&str]| {
        let all = [&["convert", "one.txtpb", "-o", "-", "--to", "ndjson", "--schema", "m.proto"], arguments].concat();
        folder.run(&all).ends(0).out
    };
    assert_eq!(json(&["--proto-decimal=decimal(10,2)"]), "{\"a\":1,\"d\":2.50}\n");
    assert_eq!(json(&["--proto-decimal=decimal(10,2)", "--json-decimal", "string"]), "{\"a\":1,\"d\":\"2.50\"}\n");
    assert_eq!(json(&["--decimal", "string"]), "{\"a\":1,\"d\":\"2.50\"}\n");
    assert_eq!(json(&["--proto-decimal", "struct"]), "{\"a\":1,\"d\":{\"value\":\"2.50\"}}\n");
    folder.run(&["cat", "one.txtpb", "--schema", "m.proto", "--proto-decimal=nonsense"]).ends(2).says(&["decimal="]);
}

/// The digits of a decimal in Confluent's options, in every syntax, as one message or a parameter at a time.
#[test]
fn confluent_digits_are_read_and_written_in_every_syntax() {
    let options = [
        "(confluent.field_meta) = { params: [ { key: \"precision\" value: \"10\" }, { key: \"scale\", value: \"2\" } ] }",
        "(confluent.field_meta) = { doc: \"a \\\"price\\\"\" params { key: 'precision' value: '1' '0' }; params: < key: 'scale' value: '2' > }",
        "(confluent.field_meta).params = { key: \"precision\" value: \"10\" }, (confluent.field_meta).params = { key: \"scale\" value: \"2\" }",
    ];
    for (syntax, option) in ["syntax = \"proto3\"", "edition = \"2023\""].iter().flat_map(|s| options.map(|o| (s, o))) {
        let schema = format!(
            "{syntax};\npackage p;\nimport \"confluent/meta.proto\";\nimport \"confluent/type/decimal.proto\";\n\
             message M {{ confluent.type.Decimal d = 1 [{option}]; repeated confluent.type.Decimal l = 2 [{option}]; }}\n"
        );
        let folder = Folder::new(&[("m.proto", &schema), ("a.ndjson", "{\"d\":1.50,\"l\":[0.25]}\n")]);
        let shown = folder.run(&["schema", "show", "m.proto", "--as", "arrow"]).ends(0).out;
        assert!(shown.contains("d       decimal128(10,2)"), "{syntax} {option}: {shown}");
        assert!(shown.contains("list<decimal128(10,2)"), "{syntax} {option}: {shown}");
        folder.run(&["convert", "a.ndjson", "-o", "a.pb", "--schema", "m.proto"]).ends(0);
        assert_eq!(folder.run(&["cat", "a.pb", "--schema", "m.proto"]).ends(0).out, "{\"d\":1.50,\"l\":[0.25]}\n");
    }
    // What is made for others says so in their words, with our own hints or without.
    let folder = Folder::new(&[("a.ndjson", "{\"d\":1.50,\"l\":[0.25]}\n")]);
    for (index, (syntax, more)) in
        [("proto3", &[][..]), ("2023", &[]), ("proto3", &["--no-hints"]), ("2023", &["--no-hints"])].iter().enumerate()
    {
        let output = format!("o{index}.pb");
        let columns = ["--columns", "d=decimal128(10,2),l=list<decimal128(5,2)>"];
        let choices = ["--proto-syntax", syntax, "--to-opt", "decimal=confluent"];
        folder.run(&[&["convert", "a.ndjson", "-o", &output], &columns[..], &choices, more].concat()).ends(0);
        let text = folder.read(&format!("o{index}.proto"));
        for digits in ["10", "5"] {
            let wanted =
                format!("params: [{{ key: \"precision\", value: \"{digits}\" }}, {{ key: \"scale\", value: \"2\" }}]");
            assert!(text.contains(&wanted), "{text}");
        }
        assert_eq!(text.contains("fmtconv.field"), more.is_empty(), "{text}");
        let shown = folder.run(&["schema", "show", &output, "--as", "arrow"]).ends(0).out;
        assert!(shown.contains("decimal128(10,2)") && shown.contains("decimal128(5,2)"), "{shown}");
    }
}

/// The file has no hint that could be left out.
#[test]
fn decimals_that_a_setting_asks_for_are_told_as_its_own() {
    let schema =
        "syntax = \"proto3\";\nimport \"google/type/decimal.proto\";\nmessage M { google.type.Decimal v = 1; }\n";
    let folder = Folder::new(&[("m.proto", schema), ("m.pb", "\u{8}\u{a}\u{6}\u{a}\u{4}1.50")]);
    let read = |decimal: &str| folder.run(&["cat", "m.pb", "--schema", "m.proto", "--from-opt", decimal]);
    assert_eq!(read("decimal=decimal(10,2)").ends(0).out, "{\"v\":1.50}\n");
    let ran = read("decimal=decimal(10,0)").ends(4);
    assert!(!ran.err.contains("no-hints"), "{}", ran.err);
    ran.says(&["V-DEC-SCALE", "--from-opt 'decimal=decimal(P,S)'", "decimal=text"]);
    assert_eq!(read("decimal=text").ends(0).out, "{\"v\":\"1.50\"}\n");
}

#[test]
fn decimals_that_do_not_fit_the_type_that_was_asked_for_are_altered_as_allowed() {
    let text = "syntax = \"proto3\"; import \"google/type/decimal.proto\";
        message M { google.type.Decimal v = 1; repeated google.type.Decimal r = 2; }";
    let folder = Folder::new(&[("d.proto", text)]);
    folder.write("d.ndjson", "{\"v\":\"1.239\",\"r\":[\"1.5\",\"12345\"]}\n{\"v\":\"9.999\",\"r\":[]}\n{\"r\":[]}\n");
    folder.run(&["convert", "d.ndjson", "-o", "d.pb", "--to-schema", "d.proto"]).ends(0);
    let read = |more: &[&str]| {
        let words =
            ["convert", "d.pb", "--schema", "d.proto", "--pb-decimal", "decimal(3,2)", "--to", "json", "-o", "-"];
        folder.run(&[&words[..], more].concat())
    };
    read(&[]).ends(4).says(&["record 1, column \"v\"", "V-DEC-SCALE", "--allow V-DEC-SCALE=round (or truncate, null)"]);
    read(&["--allow", "V-DEC-SCALE=round"]).ends(4).says(&["V-DEC-PRECISION"]);
    let both = ["--allow", "V-DEC-SCALE=truncate", "--allow", "V-DEC-PRECISION=clamp"];
    let ran = read(&both).ends(0);
    assert_eq!(ran.out, "{\"v\":1.23,\"r\":[1.50,9.99]}\n{\"v\":9.99,\"r\":[]}\n{\"v\":null,\"r\":[]}\n");
    ran.says(&["V-DEC-SCALE: 2", "V-DEC-PRECISION: 1"]);
    let ran = read(&["--allow", "V-DEC-SCALE=round", "--allow", "V-DEC-PRECISION=clamp"]).ends(0);
    assert_eq!(ran.out, "{\"v\":1.24,\"r\":[1.50,9.99]}\n{\"v\":9.99,\"r\":[]}\n{\"v\":null,\"r\":[]}\n");
}

#[test]
fn uuids_of_hinted_strings_are_told_where_their_letters_become_small() {
    let folder =
        Folder::new(&[("u.csv", "u\n00112233-4455-6677-8899-aabbccddeeff\n00112233-4455-6677-8899-001122334455\n")]);
    folder.run(&["convert", "u.csv", "-o", "u.pb", "--columns", "u=uuid", "--emit-schema", "u.proto"]).ends(0);
    let read = || folder.run(&["convert", "u.pb", "--schema", "u.proto", "--to", "json", "-o", "-"]).ends(0);
    assert!(!read().err.contains("N-FORM"));
    let bytes = std::fs::read(folder.path("u.pb")).unwrap();
    std::fs::write(folder.path("u.pb"), bytes.to_ascii_uppercase()).unwrap();
    let ran = read();
    assert!(ran.out.contains("aabbccddeeff"), "{}", ran.out);
    ran.says(&["N-FORM"]);
}

/// Fields that the records lack are compared where they stand: null, or zero.
#[test]
fn members_that_records_lack_are_verified() {
    let proto = "syntax = \"proto3\"; message S { int64 a = 1; int32 z = 2; optional string o = 3; }
        message M { int64 id = 1; S s = 2; repeated S l = 3; map<string, S> m = 4; S w = 5; }";
    let rows = "{\"id\":1,\"s\":{\"a\":1},\"l\":[{\"a\":1},{\"a\":2}]}\n{\"id\":2,\"s\":null,\"l\":[]}\n";
    let folder = Folder::new(&[("a.ndjson", rows), ("m.proto", proto)]);
    let ran =
        folder.run(&["convert", "a.ndjson", "-o", "a.pb", "--to-schema", "m.proto", "--message", "M", "--verify"]);
    ran.ends(0).says(&["verified: 2 records, 0 differences"]);
}

/// The options of a schema come out of a compiler that keeps maps in an order of its own.
#[test]
fn the_bytes_of_an_output_are_the_same_in_every_run() {
    let params: Vec<String> = [("precision", "10"), ("scale", "2"), ("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]
        .iter()
        .map(|(key, value)| format!("{{ key: \"{key}\", value: \"{value}\" }}"))
        .collect();
    let schema = format!(
        "syntax = \"proto3\";\nimport \"confluent/meta.proto\";\nimport \"confluent/type/decimal.proto\";\nmessage M \
         {{ confluent.type.Decimal d = 1 [(confluent.field_meta) = {{ params: [{}] }}]; }}\n",
        params.join(", ")
    );
    let folder = Folder::new(&[("m.proto", &schema), ("m.pb", "\0")]);
    let write = |output: &str| {
        folder.run(&["convert", "m.pb", "-o", output, "--schema", "m.proto", "--overwrite"]).ends(0);
        std::fs::read(folder.path(output)).unwrap()
    };
    for output in ["o.arrow", "o.parquet"] {
        let first = write(output);
        for _ in 0..5 {
            assert!(write(output) == first, "{output}");
        }
        let shown = folder.run(&["schema", "show", output, "--as", "arrow"]).ends(0).out;
        assert!(shown.contains("decimal128(10,2)"), "{shown}");
    }
}

/// Empty messages in front of others look like the first bytes of frames with longer lengths.
#[test]
fn messages_behind_empty_ones_are_not_taken_for_frames() {
    let schema = "syntax = \"proto3\"; message M { string s = 1; }";
    let folder = Folder::new(&[("m.proto", schema)]);
    let rows = |texts: &[&str]| {
        let rows: Vec<String> = texts.iter().map(|text| format!("{{\"s\":\"{text}\"}}\n")).collect();
        rows.concat()
    };
    // Were it a frame, the second one would begin with the third empty message behind "a", and go on for megabytes.
    let few = rows(&["", "", "", "", "a", "", "", "bcdef", "g"]);
    let many = format!("{few}{}", rows(&["0123456789"; 50]).repeat(200));
    for text in [&few, &many] {
        folder.write("in.ndjson", text);
        folder.run(&["convert", "in.ndjson", "-o", "m.pb", "--schema", "m.proto", "--overwrite"]).ends(0);
        let read = ["convert", "m.pb", "-o", "-", "--to", "ndjson", "--schema", "m.proto"];
        assert!(folder.run(&read).ends(0).out == *text);
        let bytes = std::fs::read(folder.path("m.pb")).unwrap();
        let read = ["convert", "-", "--from", "protobuf", "-o", "-", "--to", "ndjson", "--schema", "m.proto"];
        assert!(folder.pipe(&read, &bytes).ends(0).out == *text);
        let count = text.lines().count().to_string();
        assert_eq!(folder.run(&["count", "m.pb"]).ends(0).out.trim(), count);
        // Frames are seen as before, long ones too.
        folder.write("in.ndjson", &rows(&[&*"0".repeat(50_000); 3]));
        let frames = ["convert", "in.ndjson", "-o", "f.pb", "--schema", "m.proto", "--to-opt", "framing=grpc"];
        folder.run(&[&frames[..], &["--overwrite"]].concat()).ends(0);
        folder.run(&["cat", "f.pb", "--schema", "m.proto"]).ends(2).says(&["framing=grpc"]);
        folder.run(&["count", "f.pb"]).ends(2).says(&["framing=grpc"]);
    }
}

/// Not every writer looks for the fewest digits: Python prints six at least, C++ nine.
#[test]
fn floats_are_read_from_the_digits_that_others_print() {
    let schema = "syntax = \"proto3\"; message M { float f = 1; double d = 2; }";
    let folder = Folder::new(&[("m.proto", schema)]);
    let read = |from: &[&str], text: &str| {
        let arguments = ["convert", "-", "-o", "-", "--to", "protojson", "--schema", "m.proto"];
        folder.pipe(&[&arguments[..], from].concat(), text.as_bytes())
    };
    let json = |text: &str| read(&["--from", "protojson"], text);
    let lines = |text: &str| read(&["--from", "protobuf", "--from-opt", "framing=text-lines"], text);
    for (digits, shortest) in [("1.4013e-45", "1e-45"), ("0.333333343", "0.33333334"), ("0.100000001", "0.1")] {
        let expected = format!("{{\"f\":{shortest}}}\n");
        assert_eq!(json(&format!("{{\"f\":{digits}}}")).ends(0).out, expected);
        assert_eq!(json(&format!("{{\"f\":\"{digits}\"}}")).ends(0).out, expected);
        assert_eq!(lines(&format!("f: {digits}\n")).ends(0).out, expected);
    }
    for (digits, shortest) in [("4.94065645841247e-324", "5e-324"), ("0.12345678901234559", "0.1234567890123456")] {
        assert_eq!(json(&format!("{{\"d\":{digits}}}")).ends(0).out, format!("{{\"d\":{shortest}}}\n"));
        assert_eq!(lines(&format!("d: {digits}\n")).ends(0).out, format!("{{\"d\":{shortest}}}\n"));
    }
    // No float prints so.
    for digits in ["0.100000002", "16777217", "1.4014e-45", "1e-46", "0.33333334326"] {
        json(&format!("{{\"f\":{digits}}}")).ends(4).says(&["V-FLOAT-DIGITS"]);
        lines(&format!("f: {digits}\n")).ends(4).says(&["V-FLOAT-DIGITS"]);
    }
    json("{\"d\":0.30000000000000002}").ends(4).says(&["V-FLOAT-DIGITS"]);
}
