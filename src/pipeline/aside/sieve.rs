//! The search for bad records: in linear time, whether one in a million is bad or all are.

use std::ops::Range;

use crate::error::{Error, Result};

/// Records tried together at first.
const FIRST: usize = 64;

/// What a search found.
pub(crate) enum Found<T> {
    /// A run of records that pass.
    Good(T),
    /// A record that fails alone.
    Bad(usize, Error),
}

/// Goes over `0..count` in order: in runs that `attempt` takes, and single ones that it refuses. Each goes to `found`. Only what fails alone is bad, whatever an error claims; where it says which record of the
/// run it is about, the search is shorter.
///
/// Runs double in length while all is well, and shrink to the length of the last good one behind a bad record: what is
/// tried in vain is in proportion to what went well before.
///
/// # Errors
/// What `found` returns.
pub(crate) fn sieve<T>(
    count: usize,
    mut attempt: impl FnMut(Range<usize>) -> Result<T>,
    mut found: impl FnMut(Found<T>) -> Result<()>,
) -> Result<()> {
    let mut at = 0;
    let mut width = FIRST;
    // Good records since the last bad one.
    let mut run = 0;
    // Whether the next record alone is what an error was about, or the one behind the next run.
    let (mut suspect, mut pointed) = (false, false);
    while at < count {
        let end = count.min(at + if suspect { 1 } else { width });
        match attempt(at..end) {
            Ok(taken) => {
                found(Found::Good(taken))?;
                run += end - at;
                // A suspect that is good: the error pointed at the wrong record.
                width = if suspect { (width / 2).max(1) } else { (end - at) * 2 };
                suspect = std::mem::take(&mut pointed);
                at = end;
            }
            Err(error) if end - at == 1 => {
                found(Found::Bad(at, error))?;
                width = run.max(1);
                run = 0;
                (suspect, pointed) = (false, false);
                at = end;
            }
            Err(error) => {
                let told = error.origin().record.and_then(|record| usize::try_from(record).ok());
                (suspect, pointed) = (false, false);
                match told {
                    Some(0) => suspect = true,
                    Some(record) if record < end - at => (width, pointed) = (record, true),
                    _ => width = (end - at) / 2,
                }
            }
        }
    }
    Ok(())
}
