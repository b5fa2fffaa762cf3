//! Against protox, another compiler, on the schemas of the Protobuf project; places; editions.

use std::path::{Path, PathBuf};

use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::*;
use crate::ErrorKind;
use crate::format::Definition;
use crate::schema::proto::load::load;
use crate::schema::proto::pool::{Kind, Many, Pool, Presence};

fn corpora() -> Option<PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    if root.join("protobuf/src").is_dir() {
        return Some(root.join("protobuf/src"));
    }
    eprintln!("SKIPPED: no corpora at {} (set FMTCONV_CORPORA)", root.display());
    None
}

/// What both compilers must agree on. Options that they keep in different forms are left out.
fn plain(file: &FileDescriptorProto) -> FileDescriptorProto {
    fn field(field: &FieldDescriptorProto) -> FieldDescriptorProto {
        let packed = field.options.as_ref().and_then(|options| options.packed);
        let options = packed.map(|packed| prost_types::FieldOptions { packed: Some(packed), ..Default::default() });
        // 9e9 or 9e+09.
        let number = field.default_value.as_ref().and_then(|text| text.parse::<f64>().ok());
        let float = matches!(
            field.r#type(),
            prost_types::field_descriptor_proto::Type::Double | prost_types::field_descriptor_proto::Type::Float
        );
        let default_value = match number.filter(|_| float) {
            Some(number) => Some(number.to_string()),
            None => field.default_value.clone(),
        };
        FieldDescriptorProto { options, json_name: None, default_value, ..field.clone() }
    }
    fn descriptor(value: &EnumDescriptorProto) -> EnumDescriptorProto {
        let mut value = EnumDescriptorProto { options: None, ..value.clone() };
        value.value.iter_mut().for_each(|value| value.options = None);
        value
    }
    fn message(value: &DescriptorProto) -> DescriptorProto {
        let entry = value.options.as_ref().and_then(|options| options.map_entry);
        let set = value.options.as_ref().and_then(|options| options.message_set_wire_format);
        let mut nested: Vec<DescriptorProto> = value.nested_type.iter().map(message).collect();
        nested.sort_by(|one, two| one.name().cmp(two.name()));
        DescriptorProto {
            name: value.name.clone(),
            field: value.field.iter().map(field).collect(),
            extension: value.extension.iter().map(field).collect(),
            nested_type: nested,
            enum_type: value.enum_type.iter().map(descriptor).collect(),
            oneof_decl: value
                .oneof_decl
                .iter()
                .map(|oneof| prost_types::OneofDescriptorProto { options: None, ..oneof.clone() })
                .collect(),
            options: (entry.is_some() || set.is_some()).then(|| prost_types::MessageOptions {
                map_entry: entry,
                message_set_wire_format: set,
                ..Default::default()
            }),
            reserved_range: value.reserved_range.clone(),
            reserved_name: value.reserved_name.clone(),
            ..Default::default()
        }
    }
    let mut messages: Vec<DescriptorProto> = file.message_type.iter().map(message).collect();
    messages.sort_by(|one, two| one.name().cmp(two.name()));
    FileDescriptorProto {
        name: file.name.clone(),
        package: file.package.clone(),
        dependency: file.dependency.clone(),
        public_dependency: file.public_dependency.clone(),
        message_type: messages,
        enum_type: file.enum_type.iter().map(descriptor).collect(),
        extension: file.extension.iter().map(field).collect(),
        syntax: file.syntax.clone(),
        ..Default::default()
    }
}

#[test]
fn schemas_are_read_as_another_compiler_reads_them() {
    let Some(include) = corpora() else { return };
    let mut compared = 0;
    for entry in std::fs::read_dir(include.join("google/protobuf")).expect("folder").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "proto") {
            continue;
        }
        let name = format!("google/protobuf/{}", entry.file_name().to_string_lossy());
        // What protox does not compile (editions, clashes of names) is none of its answers.
        let Ok(theirs) = protox::compile([&path], [&include]) else { continue };
        let mut symbols = link::Symbols::default();
        theirs.file.iter().for_each(|file| symbols.add(file));
        let text = std::fs::read_to_string(&path).expect("text");
        let mut ours = parse(&name, &text).unwrap_or_else(|error| panic!("{name}: {error}"));
        link::link(&mut ours, &symbols).unwrap_or_else(|error| panic!("{name}: {error}"));
        let theirs = theirs.file.iter().find(|file| file.name() == name).expect("the file itself");
        let (ours, theirs) = (plain(&ours.file), plain(theirs));
        for (ours, theirs) in ours.message_type.iter().zip(&theirs.message_type) {
            assert!(
                ours.field.iter().zip(&theirs.field).all(|(ours, theirs)| ours == theirs),
                "{name}: fields of {}",
                ours.name()
            );
            assert!(ours.nested_type == theirs.nested_type, "{name}: inside {}", ours.name());
            assert!(ours == theirs, "{name}: {}", ours.name());
        }
        assert!(ours.extension == theirs.extension, "{name}: extensions");
        assert!(ours == theirs, "{name}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared} schemas");
}

#[test]
fn every_declaration_has_its_place() {
    let text =
        "syntax = \"proto3\";\npackage p;\n// Doc.\nmessage M {\n  oneof o { int32 a = 1; }\n  enum E { Z = 0; }\n}\n";
    let parsed = parse("m.proto", text).expect("legal");
    let places: Vec<(&str, u32, u32)> =
        parsed.places.iter().map(|(name, place)| (name.as_str(), place.line, place.column)).collect();
    let expected = [("p.M", 4, 9), ("p.M.o", 5, 9), ("p.M.a", 5, 19), ("p.M.E", 6, 8), ("p.M.Z", 6, 12)];
    assert_eq!(places, expected);
}

#[test]
fn errors_name_line_and_column() {
    for (text, place, word) in [
        ("syntax = \"proto3\";\nmessage M {\n  int32 a = 0;\n}", "line 3, column 13", "field number"),
        ("edition = \"2023\";\nmessage M { optional int32 a = 1; }", "line 2, column 13", "field_presence"),
        ("edition = \"2023\";\nmessage M { int32 a = 1 [features.field_presence = MAYBE]; }", "line 2", "EXPLICIT"),
        ("syntax = \"proto2\";\nmessage M { int32 a = 1; }", "line 2, column 13", "label"),
        ("message M { optional int32 a = 1", "line 1, column 33", "';'"),
        ("message M { /* ", "line 1, column 13", "no end"),
    ] {
        let error = parse("m.proto", text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Schema, "{text}");
        assert!(error.message().contains(place) && error.message().contains(word), "{text}: {error}");
    }
    let deep = "message M {".repeat(100);
    assert_eq!(parse("m.proto", &deep).expect_err("deep").kind(), ErrorKind::Schema);
    let error = parse("m.proto", "edition = \"1999\";").expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

fn pool_of(text: &str) -> Pool {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.proto");
    std::fs::write(&path, text).expect("written");
    load(&Definition { path, message: Some("p.M".into()), includes: Vec::new(), content: None }).expect("loads").pool
}

const EDITION: &str = r#"edition = "2023";
package p;
option features.field_presence = IMPLICIT;
option features.repeated_field_encoding = EXPANDED;
message M {
  int32 implicit = 1;
  int32 explicit = 2 [features.field_presence = EXPLICIT];
  int32 needed = 3 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 expanded = 4;
  repeated int32 packed = 5 [features.repeated_field_encoding = PACKED];
  Inner plain = 6;
  Inner between = 7 [features = { message_encoding: DELIMITED }];
  Open open = 8;
  Closed closed = 9 [features.field_presence = EXPLICIT];
  map<string, Inner> map = 10;
  oneof choice { int32 member = 11; }
}
message Inner { int32 x = 1; }
enum Open { ZERO = 0; }
enum Closed { option features.enum_type = CLOSED; ONE = 1; }
"#;

/// What the features of [`EDITION`] must come to.
fn check(pool: &Pool) {
    let message = &pool.messages[pool.message("p.M").expect("message")];
    let field = |name: &str| message.fields.iter().find(|field| field.name == name).expect("field");
    assert_eq!(field("implicit").presence, Presence::Implicit);
    assert_eq!(field("explicit").presence, Presence::Explicit);
    assert_eq!(field("needed").presence, Presence::Required);
    assert_eq!(field("member").presence, Presence::Explicit);
    assert_eq!(field("plain").presence, Presence::Explicit);
    assert!(!field("expanded").packed && field("packed").packed);
    assert!(matches!(field("plain").kind, Kind::Message(_)));
    assert!(matches!(field("between").kind, Kind::Group(_)));
    assert!(field("map").many == Many::Map && matches!(field("map").kind, Kind::Message(_)));
    let closed = |name: &str| pool.enums.iter().find(|known| known.name == name).expect("enum").closed;
    assert!(!closed("p.Open") && closed("p.Closed"));
}

#[test]
fn case_75_features_of_editions_are_honoured_in_text_and_in_descriptor_sets() {
    let pool = pool_of(EDITION);
    check(&pool);
    // The descriptor set keeps edition and features.
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.protoset");
    std::fs::write(&path, pool.encoded()).expect("written");
    let again = load(&Definition { path, message: Some("p.M".into()), includes: Vec::new(), content: None })
        .expect("loads")
        .pool;
    check(&again);
    assert_eq!(again.encoded(), pool.encoded());
    assert_eq!(again.edition(0).expect("an edition").number, 1000);
}

#[test]
fn defaults_of_bytes_are_escaped_in_descriptors() {
    let text = "edition = \"2023\"; message M { bytes b = 1 [default = \"a\\\\b\\001\\3771\"]; string s = 2 [default = \"a\\\\b\"]; }";
    let parsed = parse("m.proto", text).expect("legal");
    let fields = &parsed.file.message_type[0].field;
    assert_eq!(fields[0].default_value(), "a\\\\b\\001\\3771");
    assert_eq!(unescaped(fields[0].default_value()).as_deref(), Some(&b"a\\b\x01\xff1"[..]));
    assert_eq!(fields[1].default_value(), "a\\b");
}

/// A file that was read, with the types of its set.
fn reread(pool: &Pool, index: usize) -> Parsed {
    let file = &pool.set.file[index];
    let text = crate::schema::proto::text::file(file, pool.edition(index));
    let mut symbols = link::Symbols::default();
    pool.set.file.iter().for_each(|file| symbols.add(file));
    let mut parsed = parse(file.name(), &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    link::link(&mut parsed, &symbols).unwrap_or_else(|error| panic!("{error}\n{text}"));
    parsed
}

#[test]
fn compiled_schemas_of_editions_are_written_as_they_were() {
    let pool = pool_of(EDITION);
    let parsed = reread(&pool, 0);
    assert_eq!(parsed.file, pool.set.file[0]);
    assert_eq!(parsed.edition.as_ref(), pool.edition(0));
    let text = crate::schema::proto::text::file(&pool.set.file[0], pool.edition(0));
    check(&pool_of(&text));
    assert!(text.starts_with("edition = \"2023\";\n\npackage p;\n\noption features.field_presence = IMPLICIT;\n"));
    assert!(text.contains("  int32 needed = 3 [features.field_presence = LEGACY_REQUIRED];\n"), "{text}");
    assert!(text.contains("  .p.Inner between = 7 [features.message_encoding = DELIMITED];\n"), "{text}");
    // What a compiler may have put into the descriptor in the words of proto2.
    let mut file = pool.set.file[0].clone();
    let fields = &mut file.message_type[0].field;
    fields[2].set_label(prost_types::field_descriptor_proto::Label::Required);
    fields[6].set_type(prost_types::field_descriptor_proto::Type::Group);
    let again = crate::schema::proto::text::file(&file, pool.edition(0));
    assert_eq!(again, text);
}

#[test]
fn schemas_of_the_protobuf_project_come_back_from_their_descriptors() {
    let Some(include) = corpora() else { return };
    let suite = include.parent().expect("the suite");
    let (mut editions, mut all) = (0, 0);
    let mut walk = vec![suite.to_owned()];
    while let Some(folder) = walk.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                walk.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "proto") {
                continue;
            }
            let Ok(pool) = crate::schema::proto::load::pool(&path, &[include.clone(), suite.to_owned()]) else {
                continue;
            };
            for index in crate::schema::proto::load::main_files(&pool.set) {
                let text = crate::schema::proto::text::file(&pool.set.file[index], pool.edition(index));
                let parsed = reread(&pool, index);
                assert_eq!(plain(&parsed.file), plain(&pool.set.file[index]), "{}", path.display());
                // Entries of maps come behind other types now: features are compared by what is said of each type.
                let again = crate::schema::proto::text::file(&parsed.file, parsed.edition.as_ref());
                assert!(again == text, "{}", path.display());
                editions += usize::from(parsed.edition.is_some());
                all += 1;
            }
        }
    }
    assert!(editions >= 5 && all >= 30, "{editions} of {all}");
}

#[test]
fn schemas_that_protoc_accepts_load() {
    let Some(include) = corpora() else { return };
    let suite = include.parent().expect("the suite");
    let outcomes = std::fs::read_to_string(suite.join("protoc-outcomes.json")).expect("outcomes");
    let outcomes: serde_json::Value = serde_json::from_str(&outcomes).expect("JSON");
    let (mut editions, mut failed) = (0, Vec::new());
    let mut walk = vec![suite.to_owned()];
    while let Some(folder) = walk.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                walk.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if path.extension().is_none_or(|extension| extension != "proto") {
                continue;
            }
            let name = path.strip_prefix(suite).expect("inside").to_string_lossy().into_owned();
            let accepted = outcome(&outcomes, &name);
            let loaded = crate::schema::proto::load::pool(&path, &[include.clone(), suite.to_owned()]);
            match loaded {
                Ok(_) => editions += usize::from(text.contains("\nedition = ")),
                Err(error) if accepted == Some(true) => failed.push(format!("{name}: {error}")),
                // What protoc refuses, or does not know yet.
                Err(_) => {}
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(editions >= 5, "{editions} schemas");
}

/// Whether protoc accepts a file.
fn outcome(outcomes: &serde_json::Value, name: &str) -> Option<bool> {
    outcomes["files"][name]["accepts"].as_bool()
}

#[test]
fn damaged_text_is_refused_or_read() {
    for bit in 0..EDITION.len() * 8 {
        let mut bytes = EDITION.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let text = String::from_utf8_lossy(&bytes);
        let mut symbols = link::Symbols::default();
        if let Ok(mut parsed) = parse("m.proto", &text) {
            symbols.add(&parsed.file);
            let _ = link::link(&mut parsed, &symbols);
        }
    }
    for end in 0..EDITION.len() {
        let _ = parse("m.proto", &EDITION[..end]);
    }
}
