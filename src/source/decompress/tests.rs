use std::io::{BufReader, Cursor, Write};

use super::*;
use crate::output::compress::OuterCompression;

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

#[test]
fn every_cut_of_lz4_frames_is_an_error() {
    let text: Vec<u8> = (0..200_000_u32).flat_map(|n| n.to_le_bytes()).collect();
    let frame = |text: &[u8]| {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let read = |bytes: Vec<u8>| {
        let mut out = Vec::new();
        let mut reader = decompressed(OuterCodec::Lz4, Box::new(Cursor::new(bytes))).unwrap();
        reader.read_to_end(&mut out).map(|_| out)
    };
    let (whole, one) = (frame(&text), frame(b"a\n1\n"));
    assert_eq!(read([&whole[..], &one, &frame(b"")].concat()).unwrap(), [&text[..], b"a\n1\n"].concat());
    // Between blocks too, where the decoder sees nothing amiss, and in what follows a whole frame.
    for cut in (1..whole.len()).filter(|cut| cut % 997 == 1 || whole.len() - cut < 40 || *cut < 40) {
        assert!(read(whole[..cut].to_vec()).is_err(), "{cut}");
    }
    let mut at = 7;
    while let Some(length) = whole.get(at..at + 4).map(|length| u32::from_le_bytes(length.try_into().unwrap())) {
        assert!(read(whole[..at].to_vec()).is_err(), "{at}");
        at += 4 + (length & 0x7fff_ffff) as usize;
    }
    for cut in 1..one.len() {
        assert!(read([&whole[..], &one[..cut]].concat()).is_err(), "{cut}");
    }
    assert!(read([&one[..], b"junk"].concat()).is_err());
}

/// Gives a byte at a time, and an interruption before each.
struct Interrupted(Cursor<Vec<u8>>, bool);

impl Read for Interrupted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let one = into.len().min(1);
        self.0.read(&mut into[..one])
    }
}

#[test]
fn interruptions_change_nothing() {
    let texts = [&b"a\n1\n"[..], b"2\n"];
    for (codec, _) in OuterCodec::ALL {
        let members = texts.map(|text| OuterCompression::new(*codec).compress(text).unwrap());
        let mut raw = decompressed(*codec, Box::new(Interrupted(Cursor::new(members.concat()), false))).unwrap();
        let mut out = Vec::new();
        let mut byte = [0];
        // Not `read_to_end`, which would try again itself.
        while raw.read(&mut byte).unwrap() == 1 {
            out.push(byte[0]);
        }
        assert_eq!(out, texts.concat(), "{codec:?}");
    }
}
