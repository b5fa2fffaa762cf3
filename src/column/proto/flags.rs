//! Fields of a message that were seen.

/// Which fields were seen: without allocation where there are few.
pub(super) enum Flags {
    Few(u128),
    Many(Vec<bool>),
}

impl Flags {
    /// For `count` fields, none of them seen.
    pub fn new(count: usize) -> Flags {
        if count <= 128 { Flags::Few(0) } else { Flags::Many(vec![false; count]) }
    }

    /// Sets one; says whether it was set before.
    pub fn set(&mut self, index: usize) -> bool {
        match self {
            Flags::Few(bits) => {
                let bit = 1 << index;
                let before = *bits & bit != 0;
                *bits |= bit;
                before
            }
            Flags::Many(flags) => std::mem::replace(&mut flags[index], true),
        }
    }
}
