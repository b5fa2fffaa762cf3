//! Of the members of a oneof the last one counts: which parts of a message that is read from front to back are left.

/// The oneofs of a message.
pub struct Oneofs {
    /// By oneof: the member that was set last, and the part with which it took the place of another.
    last: Vec<Option<(usize, usize)>>,
    /// Whether one took the place of another.
    switched: bool,
}

impl Oneofs {
    /// None is set.
    pub fn new(count: usize) -> Self {
        Oneofs { last: vec![None; count], switched: false }
    }

    /// A field is set by the part `at`.
    pub fn set(&mut self, oneof: Option<u32>, field: usize, at: usize) {
        let Some(last) = oneof.and_then(|oneof| self.last.get_mut(oneof as usize)) else { return };
        match last {
            Some((member, _)) if *member == field => {}
            _ => self.switched |= last.replace((field, at)).is_some(),
        }
    }

    /// Leaves of each oneof the parts of its last member, from where it was set; `of` tells oneof and field of a part.
    /// All at once, at the end: members may take turns many times.
    pub fn keep_last<T>(&self, parts: &mut Vec<T>, of: impl Fn(&T) -> (Option<u32>, usize)) {
        if !self.switched {
            return;
        }
        let mut at = 0;
        parts.retain(|part| {
            let place = at;
            at += 1;
            let (oneof, field) = of(part);
            let last = oneof.and_then(|oneof| self.last.get(oneof as usize).copied().flatten());
            last.is_none_or(|(member, start)| member == field && place >= start)
        });
    }
}
