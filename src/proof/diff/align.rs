//! Records by position, in step again after insertions and deletions within a window.
//!
//! Equal records in front are passed over. Where they differ, the next records of both sides are aligned with the
//! fewest insertions and deletions (Myers, "An O(ND) Difference Algorithm", 1986); the first half of that is told, and
//! the rest is aligned again with what follows. Records between two equal ones are paired so that the pairs differ in
//! as few columns as possible.

use std::collections::VecDeque;

use super::{Blocks, Flat, Record, Told, spans};
use crate::error::Result;

/// Pairs that are weighed at most to match changed records; beyond, they are matched in order.
const PAIRS_MAX: usize = 1 << 14;

/// One side: what was read ahead, and the rest.
struct Side {
    ahead: VecDeque<Record>,
    rest: Flat,
    read: u64,
}

impl Side {
    fn new(blocks: Blocks) -> Self {
        Side { ahead: VecDeque::new(), rest: blocks.flat(), read: 0 }
    }
    /// Reads ahead until `count` records are there, or the end.
    fn fill(&mut self, count: usize) -> Result<()> {
        while self.ahead.len() < count {
            match self.rest.next() {
                None => break,
                Some(record) => {
                    self.ahead.push_back(record?);
                    self.read += 1;
                }
            }
        }
        Ok(())
    }
}

/// Tells how `right` differs from `left`.
pub(super) fn align(left: Blocks, right: Blocks, names: &[String], window: usize, told: &mut Told<'_>) -> Result<()> {
    let window = window.max(1);
    let (mut left, mut right) = (Side::new(left), Side::new(right));
    while !told.stopped() {
        left.fill(1)?;
        right.fill(1)?;
        match (left.ahead.front(), right.ahead.front()) {
            (None, None) => break,
            (Some(a), Some(b)) if a.bytes == b.bytes => {
                left.ahead.pop_front();
                right.ahead.pop_front();
                told.summary.equal += 1;
                continue;
            }
            _ => {}
        }
        left.fill(window)?;
        right.fill(window)?;
        let whole = left.ahead.len() < window && right.ahead.len() < window;
        let (a, b) = (left.ahead.make_contiguous(), right.ahead.make_contiguous());
        let matches = matches(a, b);
        // Half of a window is settled, unless it is the last; what comes later may fit the other half better.
        let half = if whole { usize::MAX } else { window.div_ceil(2) };
        let (mut x, mut y) = (0, 0);
        let end = (a.len(), b.len());
        for (next_x, next_y) in matches.iter().copied().chain([end]) {
            if (next_x, next_y) == end && !whole && (x, y) != (0, 0) {
                break;
            }
            let (stop_x, stop_y) = if (next_x, next_y) == end && !whole {
                // Nothing in the window is equal: as many records of each side are told.
                let count = a.len().min(b.len()).div_ceil(2);
                if count == 0 { end } else { (count, count) }
            } else {
                (next_x, next_y)
            };
            changed(&a[x..stop_x], &b[y..stop_y], names, told)?;
            (x, y) = (stop_x, stop_y);
            if told.stopped() || (next_x, next_y) == end {
                break;
            }
            told.summary.equal += 1;
            (x, y) = (x + 1, y + 1);
            if x.max(y) >= half {
                break;
            }
        }
        left.ahead.drain(..x);
        right.ahead.drain(..y);
    }
    told.summary.left = left.read;
    told.summary.right = right.read;
    Ok(())
}

/// Pairs of equal records, ascending on both sides, as many as possible.
fn matches(a: &[Record], b: &[Record]) -> Vec<(usize, usize)> {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let max = n + m;
    let offset = max + 1;
    // How far each diagonal reaches, before each number of edits.
    let mut reach = vec![0_isize; (2 * max + 3) as usize];
    let mut trace: Vec<Vec<isize>> = Vec::new();
    for edits in 0..=max {
        // Only the diagonals that so few edits can reach are kept.
        trace.push(reach[(offset - edits - 1) as usize..=(offset + edits + 1) as usize].to_vec());
        for diagonal in (-edits..=edits).step_by(2) {
            let at = (offset + diagonal) as usize;
            let down = diagonal == -edits || (diagonal != edits && reach[at - 1] < reach[at + 1]);
            let mut x = if down { reach[at + 1] } else { reach[at - 1] + 1 };
            let mut y = x - diagonal;
            while x < n && y < m && a[x as usize].bytes == b[y as usize].bytes {
                x += 1;
                y += 1;
            }
            reach[at] = x;
            if x >= n && y >= m {
                return backtrack(&trace, n, m);
            }
        }
    }
    Vec::new()
}

fn backtrack(trace: &[Vec<isize>], mut x: isize, mut y: isize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (edits, reach) in trace.iter().enumerate().rev() {
        let edits = edits as isize;
        let of = |diagonal: isize| reach[(diagonal + edits + 1) as usize];
        let diagonal = x - y;
        let down = diagonal == -edits || (diagonal != edits && of(diagonal - 1) < of(diagonal + 1));
        let from = if down { diagonal + 1 } else { diagonal - 1 };
        let (from_x, from_y) = if edits == 0 { (0, 0) } else { (of(from), of(from) - from) };
        while x > from_x && y > from_y {
            x -= 1;
            y -= 1;
            pairs.push((x as usize, y as usize));
        }
        (x, y) = (from_x, from_y);
    }
    pairs.reverse();
    pairs
}

/// Records between two equal ones: pairs that differ in few columns are changed, the others removed and added.
fn changed(a: &[Record], b: &[Record], names: &[String], told: &mut Told<'_>) -> Result<()> {
    let (mut x, mut y) = (0, 0);
    for (next_x, next_y) in pairs(a, b)?.into_iter().chain([(a.len(), b.len())]) {
        for record in &a[x..next_x] {
            if told.stopped() {
                return Ok(());
            }
            told.removed(names, record)?;
        }
        for record in &b[y..next_y] {
            if told.stopped() {
                return Ok(());
            }
            told.added(names, record)?;
        }
        if let (Some(left), Some(right)) = (a.get(next_x), b.get(next_y)) {
            if told.stopped() {
                return Ok(());
            }
            told.changed(names, &[], left, right)?;
        }
        (x, y) = (next_x + 1, next_y + 1);
        if x > a.len() || y > b.len() {
            break;
        }
    }
    Ok(())
}

/// Which records are the same one, changed: the assignment in order that leaves the fewest columns different.
fn pairs(a: &[Record], b: &[Record]) -> Result<Vec<(usize, usize)>> {
    let count = a.len().min(b.len());
    if a.len() == b.len() || count == 0 || a.len().saturating_mul(b.len()) > PAIRS_MAX {
        return Ok((0..count).map(|at| (at, at)).collect());
    }
    let left = a.iter().map(|record| spans(&record.bytes)).collect::<Result<Vec<_>>>()?;
    let right = b.iter().map(|record| spans(&record.bytes)).collect::<Result<Vec<_>>>()?;
    let differing = |x: usize, y: usize| left[x].iter().zip(&right[y]).filter(|(a, b)| a != b).count();
    // A pair costs two for each column that differs; a record alone, one for each column: a pair is never worse.
    let width = left.first().map_or(0, Vec::len);
    let columns = b.len() + 1;
    let mut cost = vec![0_usize; (a.len() + 1) * columns];
    for x in (0..=a.len()).rev() {
        for y in (0..=b.len()).rev() {
            let skip_a = (x < a.len()).then(|| cost[(x + 1) * columns + y] + width);
            let skip_b = (y < b.len()).then(|| cost[x * columns + y + 1] + width);
            let pair = (x < a.len() && y < b.len()).then(|| cost[(x + 1) * columns + y + 1] + 2 * differing(x, y));
            cost[x * columns + y] = [pair, skip_a, skip_b].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let (mut x, mut y) = (0, 0);
    let mut out = Vec::new();
    while x < a.len() && y < b.len() {
        let here = cost[x * columns + y];
        if here == cost[(x + 1) * columns + y + 1] + 2 * differing(x, y) {
            out.push((x, y));
            (x, y) = (x + 1, y + 1);
        } else if here == cost[(x + 1) * columns + y] + width {
            x += 1;
        } else {
            y += 1;
        }
    }
    Ok(out)
}
