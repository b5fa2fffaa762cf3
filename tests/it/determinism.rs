//! Equal input and options give equal bytes, for any number of threads and however `read()` returns.

use std::io::Read;

use fmtconv::Source;

use super::data::sample;
use super::files::{compare, convert, convert_input, kinds, read, write};

/// Returns one to seven bytes at a time, in a pattern that no block size divides, and is interrupted now and then.
struct Trickle {
    bytes: Vec<u8>,
    at: usize,
    turn: usize,
}

impl Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(13) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let n = (self.turn * 5 % 7 + 1).min(out.len()).min(self.bytes.len() - self.at);
        out[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[test]
fn threads_and_reads_do_not_change_a_byte() {
    let batch = sample(150);
    let mut failures = Vec::new();
    for from in kinds() {
        let source = write(from, &batch).expect("the sample can be written");
        for to in kinds() {
            for chunk_bytes in [None, Some(1), Some(113), Some(1024)] {
                let place = |what: &str| format!("{from} to {to}, chunks of {chunk_bytes:?}: {what}");
                let mut first: Option<Vec<u8>> = None;
                for threads in [1, 2, 8] {
                    for trickle in [false, true] {
                        let input = if trickle {
                            let reader = Trickle { bytes: source.bytes.clone(), at: 0, turn: threads };
                            Source::reader("trickle", reader)
                        } else {
                            Source::bytes("memory", source.bytes.clone())
                        };
                        let made = convert_input(source.input_from(input, chunk_bytes), &source, to, threads);
                        let made = match made {
                            Ok(made) => made,
                            Err(error) => {
                                failures.push(place(&error.to_string()));
                                continue;
                            }
                        };
                        match &first {
                            Some(first) if *first != made.bytes => {
                                failures.push(place(&format!("{threads} threads, trickle {trickle}: other bytes")));
                            }
                            Some(_) => {}
                            None => {
                                let back = read(&made, None).map_err(|error| error.to_string());
                                if let Err(error) = back.and_then(|back| compare(&batch, &back)) {
                                    failures.push(place(&error));
                                }
                                first = Some(made.bytes);
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn case_100_the_same_conversion_twice_gives_the_same_bytes() {
    let batch = sample(40);
    for from in kinds() {
        let bytes = |_| write(from, &batch).expect("the sample can be written");
        let [source, other] = [0, 1].map(bytes);
        assert!(source.bytes == other.bytes, "{from} differs from run to run");
        for to in kinds() {
            let [one, other] = [0, 1].map(|_| convert(&source, to, 2, Some(500)).expect("a pair").bytes);
            assert!(one == other, "{from} to {to} differs from run to run");
        }
    }
}
