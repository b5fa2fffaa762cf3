//! What became of a file, and the table of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::child::Outcome;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Read with the right values, or refused where it must be.
    Pass,
    /// Read, but a value, the number of rows or the message is wrong.
    Wrong(String),
    /// Refused, though it can be read.
    Refused(String),
    /// Read, though it must be refused.
    Accepted(String),
    /// Died, or did not end.
    Crash(String),
    /// Needs a feature that is known not to be there: one of [`UNSUPPORTED`] or [`STRICTER`].
    Known(&'static str),
}

/// Features that are not there, by what an error of kind "unsupported" (exit code 8) says: a word of the message, and
/// the reason. Nothing here is about one file.
pub const UNSUPPORTED: &[(&str, &str)] = &[
    ("encrypt", "Parquet encryption: no keys are taken"),
    ("lzo", "Parquet codec LZO: no free implementation"),
    ("LZO", "Parquet codec LZO: no free implementation"),
    ("Arrow 0.17", "Arrow IPC compression of version 0.17: an experiment that no specification describes"),
];

/// Where other readers take what the container's specification does not allow, by what an error of kind "malformed"
/// (exit code 3) says, and the reason.
pub const DAMAGED: &[(&str, &str)] = &[
    ("CRC checksum mismatch", "Parquet page whose checksum does not match: the reference does not look at it"),
    ("eof decoding byte array", "Parquet page that holds fewer values than its header says"),
    ("Not enough bytes to decode", "Parquet page that holds fewer values than its header says"),
    ("Invalid page header", "Parquet dictionary page whose header is malformed (an old writer's defect)"),
    ("Unexpected ConvertedType", "Parquet converted type that the format does not have"),
    ("Cannot represent FIXED_LEN_BYTE_ARRAY as DECIMAL", "Parquet decimal with more digits than its bytes can hold"),
    ("is unaligned", "Arrow IPC metadata whose numbers are not aligned, as flatbuffers demands"),
    ("Duration type with unit of", "Arrow IPC duration with a unit that the format does not have"),
];

/// Where we refuse on purpose what the format lets pass, by the code in the message (exit code 4), and the reason.
pub const STRICTER: &[(&str, &str)] = &[
    ("V-DUP-KEY", "duplicate keys in a JSON object: no reading of them is safe (RFC 8259, section 4)"),
    ("V-UTF8", "escaped lone surrogate in JSON: it is no Unicode text (RFC 8259, section 8.2)"),
    ("V-FLOAT-RANGE", "number beyond every floating-point type (RFC 8259, section 6)"),
];

/// Reads the feature out of a refusal.
pub fn known(outcome: &Outcome) -> Option<&'static str> {
    use super::child::End;
    let table = match outcome.end {
        End::Exit(8) => UNSUPPORTED,
        End::Exit(3) => DAMAGED,
        End::Exit(4) => STRICTER,
        _ => return None,
    };
    table.iter().find(|(word, _)| outcome.message.contains(word)).map(|(_, reason)| *reason)
}

/// A file to check: the suite it counts for, its name, and how it is judged (in an empty folder of its own).
pub struct Job {
    pub suite: String,
    pub name: String,
    pub judge: Box<dyn Fn(PathBuf) -> Verdict + Send + Sync>,
}

#[derive(Default)]
struct Counts([usize; 6]);

/// Prints the table, and says whether nothing is wrong.
pub fn report(results: &[(String, String, Verdict)]) -> bool {
    let mut suites: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut total = Counts::default();
    let mut features: BTreeMap<&str, usize> = BTreeMap::new();
    for (suite, name, verdict) in results {
        let (at, word, reason) = match verdict {
            Verdict::Pass => (0, "", ""),
            Verdict::Wrong(reason) => (1, "wrong", reason.as_str()),
            Verdict::Refused(reason) => (2, "refused though readable", reason.as_str()),
            Verdict::Accepted(reason) => (3, "accepted though bad", reason.as_str()),
            Verdict::Crash(reason) => (4, "crash", reason.as_str()),
            Verdict::Known(feature) => {
                *features.entry(feature).or_default() += 1;
                (5, "", "")
            }
        };
        suites.entry(suite).or_default().0[at] += 1;
        total.0[at] += 1;
        if !word.is_empty() {
            println!("{word}: {suite}/{name}: {reason}");
        }
    }
    println!();
    let head = ["pass", "wrong", "refused", "accepted", "crash", "known"];
    println!("{:32} {}", "suite", head.map(|word| format!("{word:>9}")).concat());
    for (suite, counts) in suites.iter().map(|(suite, counts)| (*suite, counts)).chain([("total", &total)]) {
        println!("{suite:32} {}", counts.0.map(|count| format!("{count:>9}")).concat());
    }
    println!(
        "refused = refused though readable; accepted = accepted though bad; known = not supported, or stricter on purpose:"
    );
    for (feature, count) in features {
        println!("  {count:>5} {feature}");
    }
    total.0[1..5].iter().all(|count| *count == 0)
}
