use super::*;

#[test]
fn a_file_that_becomes_shorter_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "a\n1\n23\n").unwrap();
    let blob = Blob::file(File::open(&path).unwrap()).unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4).unwrap();
    let mut out = String::new();
    let error = blob.reader().read_to_string(&mut out).unwrap_err();
    assert!(error.to_string().contains("shorter"), "{error}");
    assert_eq!(out, "a\n1\n");
    assert!(blob.slice(2, 4).is_err());
    // The end of the file as it was is an end, and so is that of bytes in memory.
    assert_eq!(blob.reader_at(7).read(&mut [0; 9]).unwrap(), 0);
    assert_eq!(Blob::bytes(Bytes::from_static(b"ab")).reader().read_to_end(&mut Vec::new()).unwrap(), 2);
}
