use super::*;

fn job(input: &str, output: &str) -> Job {
    Job { input: crate::source::Source::path(input).into(), output: output.into() }
}

#[test]
fn output_paths_keep_folders_and_replace_both_extensions() {
    let path = |relative: &str, extension| output_path(Path::new("out"), Path::new(relative), extension);
    assert_eq!(path("a/b.csv", "parquet"), Path::new("out/a/b.parquet"));
    assert_eq!(path("a.b/c.d.csv.gz", "avro"), Path::new("out/a.b/c.d.avro"));
    assert_eq!(path("plain", "csv.zst"), Path::new("out/plain.csv.zst"));
    assert_eq!(path("../../x.csv", "avro"), Path::new("out/x.avro"));
    assert_eq!(path("/etc/x.csv", "avro"), Path::new("out/etc/x.avro"));
}

#[test]
fn two_inputs_of_one_name_collide() {
    assert!(refuse_collisions(&[job("a.csv", "o/a.avro"), job("b.csv", "o/b.avro")]).is_ok());
    let error = refuse_collisions(&[job("a.csv", "o/a.avro"), job("a.json", "o/a.avro")]).unwrap_err();
    assert!(error.to_string().contains("a.csv and a.json"), "{error}");
    assert!(refuse_collisions(&[job("a.csv", "o/b.csv"), job("o/b.csv", "o/c.csv")]).is_err());
}
