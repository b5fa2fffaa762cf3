//! Text as decimals of a type that was asked for: what does not fit is altered as the user allowed. And what of text is
//! not kept where a type holds the value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::{Misfit, Step};
use crate::code::Code;
use crate::column::decimal;
use crate::column::number::NumberFault;
use crate::column::settle::{Settled, settle, ways};
use crate::policy::{Policies, Policy};

/// What is let through, and what was.
pub struct Altering<'a> {
    policies: &'a Policies,
    /// Values that were altered, or are the same in another form, by code and column.
    pub altered: BTreeMap<(Code, String), u64>,
    /// Names of the columns above.
    path: Vec<String>,
}

impl<'a> Altering<'a> {
    /// By these policies.
    pub fn new(policies: &'a Policies) -> Self {
        Altering { policies, altered: BTreeMap::new(), path: Vec::new() }
    }

    /// What is done inside a column.
    pub(super) fn within<T>(&mut self, name: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_owned());
        let done = act(self);
        self.path.pop();
        done
    }

    fn count(&mut self, code: Code) {
        self.add(code, 1);
    }

    fn add(&mut self, code: Code, count: u64) {
        let path = self.path.join(".").replace(".[]", "[]");
        *self.altered.entry((code, path)).or_default() += count;
    }

    /// Counts values of text that are written in another form than they have: UUIDs with upper-case letters, decimals
    /// with `+` or an exponent. Other columns have none.
    pub(super) fn restyled(&mut self, array: &ArrayRef, live: Option<&NullBuffer>, is_restyled: fn(&[u8]) -> bool) {
        let Some(texts) = array.as_string_opt::<i32>() else { return };
        let is_set = |row: &usize| texts.is_valid(*row) && live.is_none_or(|live| live.is_valid(*row));
        let is_other = |row: &usize| is_restyled(texts.value(*row).as_bytes());
        let restyled = (0..texts.len()).filter(is_set).filter(is_other).count();
        if restyled > 0 {
            self.add(Code::Restyled, restyled as u64);
        }
    }

    /// The texts of `array` that the decimals of `step` hold, once those that they do not are altered. Only rows that
    /// are live are looked at.
    pub(super) fn texts(&mut self, array: &ArrayRef, step: &Step, live: Option<&NullBuffer>) -> Option<ArrayRef> {
        let (texts, target) = (array.as_string_opt::<i32>()?, decimals_of(step)?);
        let mut out = StringBuilder::new();
        for row in 0..texts.len() {
            if texts.is_null(row) || live.is_some_and(|live| live.is_null(row)) {
                out.append_option((!texts.is_null(row)).then(|| texts.value(row)));
                continue;
            }
            out.append_option(self.text(texts.value(row), target));
        }
        Some(Arc::new(out.finish()))
    }

    /// A text that fits, or the one that nothing lets through.
    fn text<'t>(&mut self, given: &'t str, target: &DataType) -> Option<Cow<'t, str>> {
        let mut text = Cow::Borrowed(given);
        let mut altered = Vec::new();
        // Rounding can leave the range, once.
        while let Some(fault) = fault(text.as_bytes(), target).filter(|_| altered.len() < 2) {
            let code = fault.code();
            let settled = self.policies.get(code).and_then(|policy| settle(policy, code, text.as_bytes(), target));
            altered.push(code);
            match settled {
                None => return Some(Cow::Borrowed(given)),
                Some(Settled::Null) => {
                    altered.into_iter().for_each(|code| self.count(code));
                    return None;
                }
                Some(Settled::Text(other)) => text = Cow::Owned(String::from_utf8_lossy(&other).into_owned()),
            }
        }
        altered.into_iter().for_each(|code| self.count(code));
        Some(text)
    }
}

/// The refusal that remains, with what would let the value through.
pub(super) fn refused(misfit: Misfit, array: &ArrayRef, step: &Step) -> Misfit {
    let (Some(texts), Some(target), Some(code)) =
        (array.as_string_opt::<i32>(), decimals_of(step), misfit.error.code())
    else {
        return misfit;
    };
    let helps = |policy: Policy| {
        texts.len() > misfit.row && settle(policy, code, texts.value(misfit.row).as_bytes(), target).is_some()
    };
    Misfit { error: misfit.error.with_ways(ways(code, helps)), ..misfit }
}

/// The type in which the values end, behind their encodings.
fn decimals_of(step: &Step) -> Option<&DataType> {
    match step {
        Step::Leaf(target) => Some(target).filter(|target| target.is_decimal()),
        Step::Dictionary(inner, _) | Step::RunEnds(inner, _) => decimals_of(inner),
        _ => None,
    }
}

fn fault(text: &[u8], target: &DataType) -> Option<NumberFault> {
    match target {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => decimal::parse_i128(text, *precision, *scale).err(),
        DataType::Decimal256(precision, scale) => decimal::parse_i256(text, *precision, *scale).err(),
        _ => None,
    }
}
