//! Fields that were renamed, as the user says it: `price=cost`.

use std::str::FromStr;

use crate::error::{Error, Result};

/// A field that has another name in the new schema: `price=cost`, or `Order.price=cost` for the field of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Name of the record, if it matters.
    pub record: Option<String>,
    /// The name in the old schema.
    pub old: String,
    /// The name in the new schema.
    pub new: String,
}

impl FromStr for Renamed {
    type Err = Error;

    fn from_str(text: &str) -> Result<Renamed> {
        let wrong = || {
            Error::usage(format!("{text:?} does not say which field was renamed"))
                .with_hint("--map OLD=NEW, or RECORD.OLD=NEW")
        };
        let (old, new) = text.split_once('=').ok_or_else(wrong)?;
        let (record, old) = match old.rsplit_once('.') {
            Some((record, old)) => (Some(record.rsplit('.').next().unwrap_or(record).to_owned()), old),
            None => (None, old),
        };
        let new = new.rsplit('.').next().unwrap_or(new);
        if old.is_empty() || new.is_empty() {
            return Err(wrong());
        }
        Ok(Renamed { record, old: old.to_owned(), new: new.to_owned() })
    }
}

/// What the source calls the field `new` of a record with one of these names, if that was said.
pub(crate) fn source_of<'a>(renamed: &'a [Renamed], record: &[String], new: &str) -> Option<&'a str> {
    let meant = |one: &&Renamed| one.new == new && one.record.as_ref().is_none_or(|name| record.contains(name));
    renamed.iter().find(meant).map(|one| one.old.as_str())
}
