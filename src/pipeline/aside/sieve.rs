//! The search for bad records: in linear time, whether one in a million is bad or all are.

use std::ops::Range;

use crate::error::{Error, Result};

/// Records tried together at first.
const FIRST: usize = 64;

/// Goes over `0..count` in runs that `attempt` takes, which go to `good`, and single ones that it refuses, which go to
/// `bad` with their error. Only what fails alone is bad, whatever an error claims; where it says which record of the
/// run it is about, the search is shorter.
///
/// Runs double in length while all is well, and shrink to the length of the last good one behind a bad record: what is
/// tried in vain is in proportion to what went well before.
///
/// # Errors
/// What `bad` returns.
pub(crate) fn sieve<T>(
    count: usize,
    mut attempt: impl FnMut(Range<usize>) -> Result<T>,
    mut good: impl FnMut(T),
    mut bad: impl FnMut(usize, Error) -> Result<()>,
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
                good(taken);
                run += end - at;
                // A suspect that is good: the error pointed at the wrong record.
                width = if suspect { (width / 2).max(1) } else { (end - at) * 2 };
                suspect = std::mem::take(&mut pointed);
                at = end;
            }
            Err(error) if end - at == 1 => {
                bad(at, error)?;
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
