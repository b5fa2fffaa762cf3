//! Damaged files: a seeded generator changes, cuts, repeats and splices small valid files of each format. Nothing may
//! panic or run without end, and what is refused leaves no output. The fuzz targets do the same without an end.

use std::time::{Duration, Instant};

use fmtconv::{Convert, ErrorKind, Output, Source};

use super::data::sample;
use super::files::{Bytes, Kind, exec, kinds, target, write};

/// A small generator of numbers (SplitMix64): the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Bytes that mean something to one format or another.
const TELLING: &[&[u8]] = &[
    b"\"",
    b"\n",
    b"\r",
    b",",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\xFF",
    b"\x7F",
    b"\x80",
    b"\xFF\xFF\xFF\xFF\x0F",
    b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
    b"1e999999999",
    b"-",
    b"ARROW1",
    b"PAR1",
    b"Obj\x01",
    b"\xEF\xBB\xBF",
    b"99999999999999999999999999999999999999999999",
    b"[[[[[[[[[[[[[[[[[[[[[[[[",
];

fn damaged(valid: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1).min(bytes.len());
        match numbers.below(7) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            2 if at < bytes.len() => bytes[at] = numbers.next() as u8,
            3 => {
                let telling = TELLING[numbers.below(TELLING.len())];
                bytes.splice(at..at, telling.iter().copied());
            }
            4 => {
                let end = (at + numbers.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + numbers.below(40)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let end = (at + 4).min(bytes.len());
                let value = [0, 0xFF, 0x7F, 0x80][numbers.below(4)];
                bytes[at..end].fill(value);
            }
        }
    }
    bytes
}

fn survives(from: &Bytes, to: Kind, bytes: Vec<u8>, seed: u64) {
    let (output, memory) = Output::memory();
    let shown: String = bytes.iter().take(4000).map(|byte| format!("{byte:02x}")).collect();
    let input = from.input_from(Source::bytes("damaged", bytes), Some(128));
    let started = Instant::now();
    let outcome = Convert::new(input).to(target(to, output, None)).exec(exec(1)).run();
    let took = started.elapsed();
    let name = from.kind.name;
    assert!(took < Duration::from_secs(20), "{name}, seed {seed}: {took:?} for {shown}");
    if let Err(error) = outcome {
        assert_ne!(error.kind(), ErrorKind::Internal, "{name}, seed {seed}: {error}\n{shown}");
        assert!(memory.take().is_none(), "{name}, seed {seed}: refused, but an output was committed");
    }
}

#[test]
fn damaged_files_are_refused_or_read() {
    let all = kinds();
    let to = all.iter().find(|kind| kind.format.info().name == "json").copied().unwrap_or(all[0]);
    for from in all {
        let source = write(from, &sample(4)).expect("the sample can be written");
        for seed in 0..400 {
            let bytes = damaged(&source.bytes, &mut Numbers(seed));
            survives(&source, to, bytes, seed);
        }
    }
}

#[test]
fn damaged_text_without_a_schema_is_refused_or_read() {
    let all = kinds();
    let to = all.iter().find(|kind| kind.format.info().name == "json").copied().unwrap_or(all[0]);
    for from in all.into_iter().filter(|kind| kind.needs_schema()) {
        let source = write(from, &sample(4)).expect("the sample can be written");
        for seed in 1000..1400 {
            let bytes = damaged(&source.bytes, &mut Numbers(seed));
            let (output, _memory) = Output::memory();
            let input = fmtconv::Input::with_format(Source::bytes("damaged", bytes.clone()), from.name);
            if let Err(error) = Convert::new(input).to(target(to, output, None)).exec(exec(1)).run() {
                assert_ne!(error.kind(), ErrorKind::Internal, "{}, seed {seed}: {error}\n{bytes:?}", from.name);
            }
        }
    }
}
