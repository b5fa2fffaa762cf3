//! Commands that only look at records say what was lost in reading, as `convert` does.

use super::Folder;

#[test]
fn values_that_are_not_as_they_stand_are_told() {
    let folder = Folder::new(&[]);
    std::fs::write(folder.path("a.csv"), b"id,t\n1,a\xffb\n2,c\n").unwrap();
    std::fs::write(folder.path("b.csv"), b"id,t\n1,a\xfeb\n2,c\n").unwrap();
    let replace = ["--invalid-utf8", "replace"];
    for command in ["cat", "head", "digest", "verify", "sizes"] {
        let ran = folder.run(&[&[command, "a.csv"], &replace[..]].concat()).ends(0);
        let ran = ran.says(&["losses: V-UTF8: 1 in t"]);
        assert!(!ran.out.contains("losses: "), "{command}");
    }
    let diff = ["diff", "a.csv", "b.csv", "--invalid-utf8", "replace"];
    folder.run(&diff).ends(0).says(&["a.csv: losses: V-UTF8: 1 in t", "b.csv: losses: V-UTF8: 1 in t", "2 equal"]);
    folder.run(&[&diff[..], &["--key", "id"]].concat()).ends(0).says(&["a.csv: losses: V-UTF8: 1 in t"]);
    let json = folder.run(&["verify", "a.csv", "--json", "--invalid-utf8", "replace"]).ends(0);
    assert!(json.out.contains("\"losses\":[{\"code\":\"V-UTF8\",\"column\":\"t\",\"count\":1}]"), "{}", json.out);
    assert_eq!(folder.run(&["digest", "a.csv", "-q", "--invalid-utf8", "replace"]).ends(0).err, "");
}

#[test]
fn fields_that_are_cut_off_are_told() {
    let folder = Folder::new(&[("a.csv", "a,b\n1,2,3\n"), ("b.csv", "a,b\n1,2,4\n")]);
    let ragged = ["--ragged", "truncate"];
    let ran = folder.run(&[&["diff", "a.csv", "b.csv"], &ragged[..]].concat()).ends(0);
    ran.says(&["a.csv: losses: V-EXTRA-KEY: 1 in column_3", "b.csv: losses: ", "1 equal"]);
    folder.run(&[&["digest", "--any-order", "a.csv"], &ragged[..]].concat()).ends(0).says(&["V-EXTRA-KEY: 1"]);
    // What one batch behind another lost is counted, too.
    let many: String = (0..30_000).map(|id| format!("{id},x,y\n")).collect();
    folder.write("m.csv", &format!("a,b\n{many}"));
    folder.run(&[&["digest", "m.csv"], &ragged[..]].concat()).ends(0).says(&["V-EXTRA-KEY: 30,000 in column_3"]);
}

#[test]
fn fields_of_messages_that_are_dropped_are_told() {
    let folder = Folder::new(&[
        ("a.ndjson", "{\"a\":1,\"b\":2}\n"),
        ("m.proto", "syntax = \"proto3\";\nmessage M { int64 a = 1; int64 b = 2; }\n"),
        ("n.proto", "syntax = \"proto3\";\nmessage M { int64 a = 1; }\n"),
    ]);
    folder.run(&["convert", "a.ndjson", "-o", "a.binpb", "--to-schema", "m.proto"]).ends(0);
    for command in [&["diff", "a.binpb", "a.binpb"][..], &["digest", "a.binpb"], &["head", "a.binpb"]] {
        let words = [command, &["--schema", "n.proto", "--unknown", "drop"]].concat();
        folder.run(&words).ends(0).says(&["V-UNKNOWN-FIELD: 1"]);
    }
}

#[test]
fn columns_that_are_left_out_are_told() {
    let folder = Folder::new(&[
        ("a.csv", "id,price\n1,2.5\n"),
        ("r.avsc", r#"{"type":"record","name":"a","fields":[{"name":"id","type":"long"}]}"#),
    ]);
    folder.run(&["convert", "a.csv", "-o", "a.avro"]).ends(0);
    for name in ["a.csv", "a.avro"] {
        for command in [&["diff", name, name][..], &["digest", name], &["cat", name], &["head", name], &["sizes", name]]
        {
            let ran = folder.run(&[command, &["--reader-schema", "r.avsc"]].concat()).ends(0);
            ran.says(&["note: losses known from the schemas: S-DROP (price)"]);
        }
    }
}

#[test]
fn columns_that_are_called_otherwise_are_told() {
    let folder = Folder::new(&[("a.csv", "a,a\n1,2\n")]);
    for command in [&["diff", "a.csv", "a.csv"][..], &["digest", "a.csv"], &["cat", "a.csv"], &["head", "a.csv"]] {
        folder.run(command).ends(0).says(&["N-NAME (a_2)"]);
    }
}

#[test]
fn files_behind_one_another_are_told() {
    let folder = Folder::new(&[("a.csv", "id,t\n1,a\n2,b\n"), ("b.csv", "id,t\n3,c\n4,d\n"), ("c.csv", "id,t\n")]);
    let read = |name: &str| std::fs::read(folder.path(name)).unwrap();
    for (format, more) in [("arrow", &[][..]), ("parquet", &[]), ("parquet", &["--bloom"])] {
        for name in ["a", "b", "c"] {
            let (from, to) = (format!("{name}.csv"), format!("{name}.{format}"));
            let convert = ["convert", &from, "-o", &to, "--columns", "id=int64,t=utf8", "--overwrite"];
            folder.run(&[&convert[..], more].concat()).ends(0);
            folder.run(&["verify", &to]).ends(0);
        }
        let named = |name: &str| read(&format!("{name}.{format}"));
        for (first, second) in [("a", "b"), ("a", "a"), ("a", "c"), ("c", "a")] {
            let joined = format!("joined.{format}");
            std::fs::write(folder.path(&joined), [named(first), named(second)].concat()).unwrap();
            let begin = format!("the second begins at byte {}", named(first).len());
            for command in ["cat", "count", "inspect", "digest"] {
                folder.run(&[command, &joined]).ends(3).says(&["one behind the other", &begin]);
            }
            folder.run(&["convert", &joined, "-o", "out.csv"]).ends(3).says(&["one behind the other", &begin]);
            let out = folder.run(&["verify", &joined]).ends(1).out;
            assert!(out.contains("damaged") && out.contains(&begin), "{out}");
        }
    }
}

#[test]
fn a_side_car_says_how_a_file_is_cut() {
    let folder = Folder::new(&[("a.csv", "p,q\n\"x,y\",1\n\"a,,,\",2\n")]);
    folder.run(&["convert", "a.csv", "-o", "b.csv", "--side-car", "--to-opt", "delimiter=^"]).ends(0);
    let out = folder.run(&["verify", "b.csv"]).ends(0).out;
    assert_eq!(out, "b.csv: ok, 2 records\n");
    assert_eq!(folder.run(&["count", "b.csv"]).ends(0).out, "2\n");
    assert!(folder.run(&["inspect", "b.csv"]).ends(0).out.contains('q'));
    folder.run(&["verify", "b.csv", "--no-side-car"]).ends(1);
}
