//! What becomes of a value that was refused: what the user let through stands in for it, or the error says what would do.

use super::super::super::cursor::Cursor;
use super::super::super::string::push_string;
use super::super::super::text::skip_value;
use super::super::Work;
use super::{Kind, Node};
use crate::code::Code;
use crate::column::settle::{Settled, settle_counted, ways};
use crate::error::{Error, Result};
use crate::policy::Policy;

impl Node {
    /// Puts what the user let through in the place of the value at `start`, which was refused with `error`. Says
    /// whether that is null.
    ///
    /// # Errors
    /// `error`, if nothing was let through; what stands in for the value may be refused too.
    #[cold]
    pub(super) fn settle<'t>(
        &mut self,
        start: Cursor<'t>,
        cursor: &mut Cursor<'t>,
        work: &mut Work,
        error: Error,
    ) -> Result<bool> {
        match self.settled(&start, work, &error)? {
            Some((code, settled)) => self.stand_in(start, cursor, work, code, settled),
            None if work.exact || work.trying => Err(error),
            None => Err(match error.code() {
                Some(code) => {
                    let ways = ways(code, |policy| self.helps(policy, code, &start, work, &error));
                    error.with_ways(ways)
                }
                None => error,
            }),
        }
    }

    /// Whether `error` is of the value at `start`, and not of one inside, which had its own chance.
    fn is_own(&self, start: &Cursor<'_>, error: &Error) -> bool {
        // Of nested values only those are replaced of which nothing was read yet.
        let untouched = || error.origin().byte == Some(start.position() as u64);
        error.origin().column.is_none() && (!self.data_type.is_nested() || untouched())
    }

    /// What the user let through in the place of the value at `start`; `None` if that is nothing.
    fn settled(&mut self, start: &Cursor<'_>, work: &mut Work, error: &Error) -> Result<Option<(Code, Settled)>> {
        let own = error.code().filter(|_| self.is_own(start, error));
        let Some((code, policy)) = own.and_then(|code| Some((code, work.policy(code)?))) else { return Ok(None) };
        self.kind.roll_back();
        let mut cursor = *start;
        let token = match (policy, cursor.byte()) {
            (Policy::Null, _) => Vec::new(),
            (_, Some(b'"')) => cursor.string(&mut work.scratch)?.to_vec(),
            (_, Some(b'-' | b'0'..=b'9')) => cursor.number()?.to_vec(),
            _ => return Ok(None),
        };
        let settled = settle_counted(policy, code, &token, &self.data_type, work.rules.epoch);
        Ok(settled.filter(|settled| *settled != Settled::Null || self.takes_null()).map(|settled| (code, settled)))
    }

    /// Whether the value at `start`, refused with `error`, is read if `code` is let through by `policy`.
    fn helps(&self, policy: Policy, code: Code, start: &Cursor<'_>, work: &Work, error: &Error) -> bool {
        if !self.is_own(start, error) {
            return false;
        }
        if self.data_type.is_nested() {
            return policy == Policy::Null && self.takes_null();
        }
        let mut work = work.trial(code, policy);
        Node::new(&self.field, "").is_ok_and(|mut node| node.append_settled(&mut start.clone(), &mut work).is_ok())
    }

    /// Appends `settled` in the place of the value at `start`, and says whether that is null.
    fn stand_in<'t>(
        &mut self,
        start: Cursor<'t>,
        cursor: &mut Cursor<'t>,
        work: &mut Work,
        code: Code,
        settled: Settled,
    ) -> Result<bool> {
        *cursor = start;
        skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
        work.count(code, &self.path);
        let at = start.position();
        match settled {
            Settled::Null => {
                self.append_missing(at)?;
                Ok(true)
            }
            Settled::Text(text) => {
                let mut quoted = Vec::with_capacity(text.len() + 2);
                match self.data_type.is_numeric() {
                    true => quoted.extend_from_slice(&text),
                    false => push_string(&mut quoted, &text),
                }
                self.append_settled(&mut Cursor::new(&quoted), work).map_err(|error| error.at_byte(at as u64))
            }
        }
    }
}

impl Kind {
    /// Drops what a value that was refused left behind.
    fn roll_back(&mut self) {
        match self {
            Kind::Text(column) | Kind::Binary(column) | Kind::Json(column) | Kind::Raw(column) => column.roll_back(),
            Kind::FixedBinary(column) | Kind::Uuid(column) => column.roll_back(),
            Kind::Variant(column) => column.roll_back(),
            _ => {}
        }
    }
}
