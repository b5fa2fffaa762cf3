//! Records by key: both sides sorted, on disk where they are larger than memory, then joined.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::{Blocks, Record, Told, spans};
use crate::error::{Error, Result};

/// Sorted files that are merged into one when there are so many: each takes a file handle and a buffer.
const RUNS_MAX: usize = 64;
/// What a record in memory costs beside its bytes.
const OVERHEAD: usize = 96;

/// A record and the canonical bytes of its key.
#[derive(Debug)]
struct Keyed {
    key: Box<[u8]>,
    record: Record,
}

impl Keyed {
    fn order(&self, other: &Keyed) -> Ordering {
        self.key.cmp(&other.key).then(self.record.number.cmp(&other.record.number))
    }
}

/// Tells how the records of `right` differ from those of `left` with the same key, in the order of the keys.
pub(super) fn join(
    left: Blocks,
    right: Blocks,
    names: &[String],
    key: &[usize],
    bytes: usize,
    told: &mut Told<'_>,
) -> Result<()> {
    // One after the other: only one of them is in memory besides what it has spilled.
    let (mut left, lefts) = sorted(left, key, bytes)?;
    let (mut right, rights) = sorted(right, key, bytes)?;
    told.summary.left = lefts;
    told.summary.right = rights;
    let (mut a, mut b) = (left.next().transpose()?, right.next().transpose()?);
    let mut last: [Option<Box<[u8]>>; 2] = [None, None];
    let mut note = |side: usize, record: &Keyed, told: &mut Told<'_>| {
        if last[side].as_ref() == Some(&record.key) {
            told.summary.repeated_keys += 1;
        } else {
            last[side] = Some(record.key.clone());
        }
    };
    while !told.stopped() {
        match (&a, &b) {
            (None, None) => break,
            (Some(x), y) if y.as_ref().is_none_or(|y| x.key < y.key) => {
                note(0, x, told);
                told.removed(names, &x.record)?;
                a = left.next().transpose()?;
            }
            (x, Some(y)) if x.as_ref().is_none_or(|x| y.key < x.key) => {
                note(1, y, told);
                told.added(names, &y.record)?;
                b = right.next().transpose()?;
            }
            (Some(x), Some(y)) => {
                note(0, x, told);
                note(1, y, told);
                match x.record.bytes == y.record.bytes {
                    true => told.summary.equal += 1,
                    false => told.changed(names, key, &x.record, &y.record)?,
                }
                a = left.next().transpose()?;
                b = right.next().transpose()?;
            }
            // The guards above take every other case.
            _ => break,
        }
    }
    Ok(())
}

type Stream = Box<dyn Iterator<Item = Result<Keyed>>>;

/// The records in the order of their keys, and how many they are.
fn sorted(blocks: Blocks, key: &[usize], bytes_max: usize) -> Result<(Stream, u64)> {
    let mut memory: Vec<Keyed> = Vec::new();
    let mut bytes = 0;
    let mut runs: Vec<File> = Vec::new();
    let mut count = 0;
    for record in blocks.flat() {
        let record = record?;
        count += 1;
        let values = spans(&record.bytes)?;
        let key: Vec<u8> = key.iter().flat_map(|at| values.get(*at).copied().unwrap_or_default()).copied().collect();
        bytes += key.len() + record.bytes.len() + OVERHEAD;
        memory.push(Keyed { key: key.into(), record });
        if bytes > bytes_max {
            memory.sort_unstable_by(Keyed::order);
            runs.push(spill(memory.drain(..).map(Ok))?);
            bytes = 0;
            if runs.len() == RUNS_MAX {
                let merged = spill(Merge::new(std::mem::take(&mut runs))?)?;
                runs.push(merged);
            }
        }
    }
    memory.sort_unstable_by(Keyed::order);
    if runs.is_empty() {
        return Ok((Box::new(memory.into_iter().map(Ok)), count));
    }
    // All of it on disk: the other side gets the memory.
    runs.push(spill(memory.into_iter().map(Ok))?);
    Ok((Box::new(Merge::new(runs)?), count))
}

fn failed(error: std::io::Error) -> Error {
    Error::io("cannot sort in a temporary file", error).with_hint("set TMPDIR to a folder with room")
}

/// Writes sorted records to a file without a name.
fn spill(records: impl Iterator<Item = Result<Keyed>>) -> Result<File> {
    let mut file = BufWriter::with_capacity(1 << 18, tempfile::tempfile().map_err(failed)?);
    for record in records {
        let Keyed { key, record } = record?;
        for number in [record.number, key.len() as u64, record.bytes.len() as u64] {
            file.write_all(&number.to_le_bytes()).map_err(failed)?;
        }
        file.write_all(&key).map_err(failed)?;
        file.write_all(&record.bytes).map_err(failed)?;
    }
    let mut file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(file)
}

/// The next record of a file; `None` at its end.
fn unspill(file: &mut BufReader<File>) -> Result<Option<Keyed>> {
    let mut head = [0; 24];
    let mut filled = 0;
    while filled < head.len() {
        match file.read(&mut head[filled..]).map_err(failed)? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(failed(std::io::ErrorKind::UnexpectedEof.into())),
            n => filled += n,
        }
    }
    let word = |at: usize| head[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    // Written by this process: the lengths are those of records that were in memory.
    let mut key = vec![0; word(8) as usize];
    let mut bytes = vec![0; word(16) as usize];
    file.read_exact(&mut key).map_err(failed)?;
    file.read_exact(&mut bytes).map_err(failed)?;
    Ok(Some(Keyed { key: key.into(), record: Record { number: word(0), bytes: bytes.into() } }))
}

/// Sorted files as one.
struct Merge {
    files: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<Head>>,
}

struct Head {
    keyed: Keyed,
    file: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.keyed.order(&other.keyed)
    }
}
impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Head {}

impl Merge {
    fn new(files: Vec<File>) -> Result<Self> {
        let mut files: Vec<_> = files.into_iter().map(|file| BufReader::with_capacity(1 << 16, file)).collect();
        let mut heads = BinaryHeap::new();
        for (file, reader) in files.iter_mut().enumerate() {
            if let Some(keyed) = unspill(reader)? {
                heads.push(Reverse(Head { keyed, file }));
            }
        }
        Ok(Merge { files, heads })
    }
}

impl Iterator for Merge {
    type Item = Result<Keyed>;

    fn next(&mut self) -> Option<Result<Keyed>> {
        let Reverse(Head { keyed, file }) = self.heads.pop()?;
        match unspill(&mut self.files[file]) {
            Ok(Some(next)) => self.heads.push(Reverse(Head { keyed: next, file })),
            Ok(None) => {}
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(keyed))
    }
}
