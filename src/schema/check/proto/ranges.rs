//! Ranges of numbers, both ends included.

/// The first and the last number of each.
pub(in super::super) type Ranges = Vec<(i64, i64)>;

/// Whether a number is in one of them.
pub(super) fn is_reserved(ranges: &[(i64, i64)], number: i64) -> bool {
    ranges.iter().any(|(start, end)| (*start..=*end).contains(&number))
}

/// Whether ranges together cover one.
pub(super) fn covers((start, end): (i64, i64), ranges: &[(i64, i64)]) -> bool {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut next = start;
    for (from, to) in sorted {
        if from > next {
            break;
        }
        if to >= end {
            return true;
        }
        next = next.max(to + 1);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_what_they_cover_together() {
        assert!(covers((2, 9), &[(6, 9), (1, 3), (4, 5)]));
        assert!(!covers((2, 9), &[(6, 9), (1, 3), (5, 5)]));
        assert!(!covers((2, 9), &[]));
        assert!(covers((-4, i64::MAX), &[(-5, i64::MAX)]));
    }
}
