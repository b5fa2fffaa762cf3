//! The objects at one path: their members, told apart until there are too many.

use hashbrown::HashMap;

use super::{PATHS_MAX, Pass, Shape, too_many_paths};
use crate::code::Code;
use crate::column::json::Cursor;
use crate::column::json::build::duplicate_key;
use crate::column::json::members::{self, Members};
use crate::column::json::scan::Key;
use crate::column::json::text::skip_value;
use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::policy::Policy;

/// Keys of one object that are told apart at all; more make a map in any case.
const KEYS_MAX: usize = 16_384;

/// The objects at one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// In the order in which keys were first seen. Empty if there are too many to tell apart.
    pub(super) members: Vec<Member>,
    by_name: HashMap<Box<[u8]>, usize>,
    /// The values of all keys together, once there are too many keys.
    pub(super) any: Option<Box<Shape>>,
    /// Objects seen: a member that saw the current one has the same number.
    pub(super) seen: u64,
    /// The member that came first last time.
    first: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Box<[u8]>,
    key: Key,
    /// The member that came behind it last.
    next: usize,
    pub(super) shape: Shape,
    /// Number of the last object that has it.
    seen: u64,
    /// Objects that have it.
    pub(super) count: u64,
}

/// The object at hand.
pub(super) struct Current {
    /// Its number.
    number: u64,
    depth: usize,
    /// Where the values of keys stand, if the last one of each is the one that counts.
    last: Option<Vec<(usize, usize)>>,
}

impl Object {
    pub(super) fn observe(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize) -> Result<()> {
        cursor.step();
        self.seen += 1;
        if self.any.is_some() {
            let more = !cursor.eat(b'}');
            return self.observe_any(cursor, pass, depth, more);
        }
        let last = (pass.duplicates == Some(Policy::Last)).then(Vec::new);
        let mut object = Current { number: self.seen, depth, last };
        members::read(self, object.last.is_none(), &mut object, cursor, pass)?;
        for (index, at) in last_of_each(object.last.unwrap_or_default()) {
            if let Some(member) = self.members.get_mut(index) {
                let observed = member.shape.observe(&mut cursor.moved(at), pass, depth);
                observed.map_err(|error| error.in_column(&String::from_utf8_lossy(&member.name)))?;
            }
        }
        if self.members.len() > KEYS_MAX {
            self.collapse();
        }
        Ok(())
    }

    /// The same once keys are not told apart. Duplicate keys are left to the decoder.
    fn observe_any(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize, more: bool) -> Result<()> {
        let any = self.any.get_or_insert_default();
        let mut more = more;
        while more {
            if cursor.peek() != Some(b'"') {
                return Err(cursor.unexpected("a key in double quotes"));
            }
            cursor.string(&mut pass.scratch)?;
            cursor.expect(b':', "':' after the key")?;
            any.observe(cursor, pass, depth)?;
            more = cursor.comma_or(b'}')?;
        }
        Ok(())
    }

    pub(super) fn insert(&mut self, name: Box<[u8]>, shape: Shape) -> usize {
        let index = self.members.len();
        self.by_name.insert(name.clone(), index);
        let key = Key::new(&name);
        self.members.push(Member { name, key, next: index + 1, shape, seen: 0, count: 0 });
        index
    }

    fn collapse(&mut self) {
        let mut any = self.any.take().unwrap_or_default();
        for member in std::mem::take(&mut self.members) {
            any.merge(member.shape);
        }
        self.by_name.clear();
        self.any = Some(any);
    }

    pub(super) fn merge(&mut self, mut other: Object) {
        if self.any.is_some() || other.any.is_some() {
            self.collapse();
            other.collapse();
            if let (Some(mine), Some(theirs)) = (&mut self.any, other.any) {
                mine.merge(*theirs);
            }
            return;
        }
        for member in other.members {
            match self.by_name.get(&member.name).and_then(|index| self.members.get_mut(*index)) {
                Some(mine) => {
                    mine.shape.merge(member.shape);
                    mine.count += member.count;
                }
                None => {
                    let index = self.insert(member.name, member.shape);
                    self.members[index].count = member.count;
                }
            }
        }
        // Objects of both parts; from here on none of them is the current one.
        self.seen += other.seen;
        self.members.iter_mut().for_each(|member| member.seen = 0);
        if self.members.len() > KEYS_MAX {
            self.collapse();
        }
    }

    pub(super) fn paths(&self) -> usize {
        let members = self.members.iter().map(|member| member.shape.paths());
        self.any.as_ref().map_or(0, |any| any.paths()) + members.sum::<usize>()
    }
}

impl members::Member for Member {
    type Object = Current;

    #[inline]
    fn key(&self) -> &Key {
        &self.key
    }

    #[inline]
    fn next(&self) -> usize {
        self.next
    }

    fn expect(&mut self, next: usize) {
        self.next = next;
    }

    #[inline]
    fn is_there(&self, object: &Current) -> bool {
        self.seen == object.number
    }

    #[inline]
    fn read_plain(&mut self, object: &mut Current, text: &[u8], at: usize, strings: bool) -> Option<usize> {
        let end = self.shape.observe_plain(text, at, strings)?;
        self.seen = object.number;
        self.count += 1;
        Some(end)
    }
}

impl Members for Object {
    type Member = Member;
    type Work = Pass;

    #[inline]
    fn members(&mut self) -> &mut [Member] {
        &mut self.members
    }

    #[inline]
    fn first(&mut self) -> &mut usize {
        &mut self.first
    }

    #[inline]
    fn takes_as_is(pass: &Pass, cursor: &Cursor<'_>) -> bool {
        pass.takes_as_is(cursor)
    }

    /// The member is made if it is new.
    fn find(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass) -> Result<Option<usize>> {
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let at = cursor.position();
        let before = cursor.repaired();
        let name = cursor.string(&mut pass.scratch)?;
        if cursor.repaired() != before && cursor.leniency().repair == Some(Repair::Keep) {
            return Err(Error::value(Code::Utf8, "the key is not valid UTF-8").at_byte(at as u64));
        }
        let index = match self.by_name.get(name) {
            Some(index) => *index,
            None => {
                pass.paths += 1;
                if pass.paths > PATHS_MAX {
                    return Err(too_many_paths().at_byte(at as u64));
                }
                self.insert(name.into(), Shape::default())
            }
        };
        cursor.expect(b':', "':' after the key")?;
        Ok(Some(index))
    }

    fn read(
        &mut self,
        member: Option<usize>,
        object: &mut Current,
        at: usize,
        cursor: &mut Cursor<'_>,
        pass: &mut Pass,
    ) -> Result<()> {
        let Some((index, member)) = member.and_then(|index| Some((index, self.members.get_mut(index)?))) else {
            return Ok(());
        };
        let again = std::mem::replace(&mut member.seen, object.number) == object.number;
        member.count += u64::from(!again);
        if let Some(last) = &mut object.last {
            cursor.peek();
            last.push((index, cursor.position()));
            skip_value(cursor, pass.rules.depth_max, &mut pass.scratch)?;
        } else if !again {
            let observed = member.shape.observe(cursor, pass, object.depth);
            observed.map_err(|error| error.in_column(&String::from_utf8_lossy(&member.name)))?;
        } else if pass.duplicates == Some(Policy::First) {
            skip_value(cursor, pass.rules.depth_max, &mut pass.scratch)?;
        } else {
            return Err(duplicate_key(&String::from_utf8_lossy(&member.name), at));
        }
        Ok(())
    }
}

/// The last entry of each index, ordered by index.
fn last_of_each(mut entries: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    entries.sort_unstable();
    entries.reverse();
    entries.dedup_by_key(|(index, _)| *index);
    entries.reverse();
    entries
}
