//! The members of an object, as they came last time.
//!
//! Most writers put the keys of all their records in one order. So each member knows which one came behind it last:
//! there its key is only compared, and a plain value is read at once, without a token in between. Where another key
//! stands it is looked up, and expected in that place from then on.

use super::cursor::Cursor;
use super::scan::{Key, behind_blank};
use crate::error::Result;

/// A member that is known.
pub trait Member {
    /// What is known of the object at hand.
    type Object;

    /// Its key.
    fn key(&self) -> &Key;
    /// The member that came behind it last.
    fn next(&self) -> usize;
    /// From now on `next` is expected behind it.
    fn expect(&mut self, next: usize);
    /// Whether the object at hand had it already.
    fn is_there(&self, object: &Self::Object) -> bool;
    /// Reads the value at `at`, if it is a plain one, and says where it ends. `strings`: any string without escapes is.
    fn read_plain(&mut self, object: &mut Self::Object, text: &[u8], at: usize, strings: bool) -> Option<usize>;
}

/// Who reads objects with such members.
pub trait Members {
    /// One of them.
    type Member: Member;
    /// What reading needs besides.
    type Work;

    /// All that are known.
    fn members(&mut self) -> &mut [Self::Member];
    /// The one that came first last time.
    fn first(&mut self) -> &mut usize;
    /// Whether strings without escapes are plain values.
    fn takes_as_is(work: &Self::Work, cursor: &Cursor<'_>) -> bool;
    /// Reads a key and the colon: the member of that name, if there is one.
    ///
    /// # Errors
    /// Text that is no key.
    fn find(&mut self, cursor: &mut Cursor<'_>, work: &mut Self::Work) -> Result<Option<usize>>;
    /// Reads the value at the cursor, whose key stands at `at`, into the member, or where keys go that have none.
    ///
    /// # Errors
    /// A value that is not taken; a key that stands twice.
    fn read(
        &mut self,
        member: Option<usize>,
        object: &mut <Self::Member as Member>::Object,
        at: usize,
        cursor: &mut Cursor<'_>,
        work: &mut Self::Work,
    ) -> Result<()>;
}

/// How far the members of the object at hand are read.
struct Walk {
    /// The member that comes next if all is as it was last time.
    expected: usize,
    /// The member before, if there is one (`Some(None)`: its key has no member).
    last: Option<Option<usize>>,
}

/// Where [`plain_members`] stopped.
enum Stop {
    /// Where a key should stand that takes a closer look, or its value does.
    Key,
    /// Behind a value.
    Value,
    /// Behind the closing brace.
    Close,
}

/// Reads the members of the object whose opening brace is behind the cursor. With `plain`, plain values are read at once;
/// without, every value goes through [`Members::read`].
///
/// # Errors
/// Text that is no object; those of [`Members::find`] and [`Members::read`].
pub fn read<M: Members>(
    members: &mut M,
    plain: bool,
    object: &mut <M::Member as Member>::Object,
    cursor: &mut Cursor<'_>,
    work: &mut M::Work,
) -> Result<()> {
    let mut walk = Walk { expected: *members.first(), last: None };
    loop {
        if plain {
            match plain_members(members, object, cursor, work, &mut walk) {
                Stop::Close => return Ok(()),
                Stop::Value if cursor.comma_or_close(b'}')? => continue,
                Stop::Value => return Ok(()),
                Stop::Key => {}
            }
        }
        let mut at = cursor.position();
        let index = match members.members().get(walk.expected) {
            Some(member) if cursor.eat_key(member.key()) => Some(walk.expected),
            _ => {
                match cursor.peek() {
                    Some(b'}') if walk.last.is_none() => {
                        cursor.step();
                        return Ok(());
                    }
                    Some(b'}') => return Err(cursor.unexpected("a value after the comma")),
                    _ => at = cursor.position(),
                }
                look_up(members, cursor, work, &walk)?
            }
        };
        members.read(index, object, at, cursor, work)?;
        if let Some(member) = index.and_then(|index| members.members().get(index)) {
            walk.expected = member.next();
        }
        walk.last = Some(index);
        if !cursor.comma_or_close(b'}')? {
            return Ok(());
        }
    }
}

/// Reads members that come one behind the other as they did last time, as long as their values are plain. The cursor is
/// moved behind what was read: this loop keeps its place in a register.
#[inline]
fn plain_members<M: Members>(
    members: &mut M,
    object: &mut <M::Member as Member>::Object,
    cursor: &mut Cursor<'_>,
    work: &M::Work,
    walk: &mut Walk,
) -> Stop {
    let strings = M::takes_as_is(work, cursor);
    let text = cursor.ahead();
    let mut at = cursor.position();
    let mut stop = Stop::Key;
    let members = members.members();
    while let Some(member) = members.get_mut(walk.expected) {
        let key = behind_blank(text, at);
        if member.is_there(object) || !member.key().stands_at(text, key) {
            break;
        }
        let value = behind_blank(text, key + member.key().length());
        let Some(end) = member.read_plain(object, text, value, strings) else { break };
        walk.last = Some(Some(walk.expected));
        walk.expected = member.next();
        match text.get(end) {
            Some(b',') => at = end + 1,
            Some(b'}') => {
                at = end + 1;
                stop = Stop::Close;
                break;
            }
            _ => {
                at = end;
                stop = Stop::Value;
                break;
            }
        }
    }
    cursor.jump(at);
    stop
}

/// The member whose key stands here, which is not, or not at once, the one expected; it is expected here from now on.
fn look_up<M: Members>(
    members: &mut M,
    cursor: &mut Cursor<'_>,
    work: &mut M::Work,
    walk: &Walk,
) -> Result<Option<usize>> {
    let stands = |members: &mut M, index: usize, cursor: &mut Cursor<'_>| {
        members.members().get(index).is_some_and(|member| cursor.eat_key(member.key()))
    };
    if stands(members, walk.expected, cursor) {
        return Ok(Some(walk.expected));
    }
    // Where keys come and go, the next of all is as good a guess.
    let behind = walk.last.flatten().map_or(0, |last| last + 1);
    let index = if stands(members, behind, cursor) { Some(behind) } else { members.find(cursor, work)? };
    if let Some(found) = index {
        match walk.last {
            None => *members.first() = found,
            Some(Some(last)) => {
                if let Some(last) = members.members().get_mut(last) {
                    last.expect(found);
                }
            }
            // Behind a key that has no member nothing is learned.
            Some(None) => {}
        }
    }
    Ok(index)
}
