use std::io::{BufReader, Cursor, Write};

use super::*;

fn member(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn read(bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    decompressed(OuterCodec::Gzip, Box::new(Cursor::new(bytes))).unwrap().read_to_end(&mut out)?;
    Ok(out)
}

#[test]
fn zeros_behind_the_last_member_are_padding() {
    let (one, two) = (member(b"a\n1\n"), member(b"2\n"));
    for zeros in [0, 1, 511, 1 << 20] {
        let padded = [&one[..], &two, &vec![0; zeros]].concat();
        assert_eq!(read(padded).unwrap(), b"a\n1\n2\n");
    }
    // However the bytes come.
    let padded = [&one[..], &two, &[0; 40]].concat();
    for capacity in [1, 2, 7] {
        let mut out = Vec::new();
        let raw = BufReader::with_capacity(capacity, &padded[..]);
        gzip::Members::new(raw).read_to_end(&mut out).unwrap();
        assert_eq!(out, b"a\n1\n2\n");
    }
}

#[test]
fn anything_else_behind_a_member_is_an_error() {
    let (one, two) = (member(b"a\n1\n"), member(b"2\n"));
    for behind in
        [&b"x"[..], b"\0x", &[0, 0, 0, 1], &[&[0; 5][..], &two].concat(), &two[..5], &[&[0][..], &one].concat()]
    {
        let error = read([&one[..], behind].concat()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("damaged") || text.contains("ends too early"), "{text}");
    }
    assert!(read(one[..one.len() - 1].to_vec()).is_err());
    assert!(read(Vec::new()).is_err());
}
