//! What a user says about the Avro schema that is made from an Arrow schema.

use super::parse::is_legal_name;
use crate::error::{Error, Result};

/// How an Avro schema is made from an Arrow schema.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Name of the root record, if the schema does not carry one; made legal.
    pub name: Option<String>,
    /// Namespace of the root record, if the schema does not carry one.
    pub namespace: Option<String>,
    /// Whether types that Avro lacks are described in an attribute, so that reading gives them back.
    pub hints: bool,
    /// Which Avro types hold what.
    pub types: Types,
}

impl Default for Naming {
    fn default() -> Self {
        Naming { name: None, namespace: None, hints: true, types: Types::default() }
    }
}

impl Naming {
    /// With a name that may have a namespace in front of it. Names of files have none: what is legal decides.
    pub fn named(name: Option<String>) -> Self {
        let split = name.as_deref().and_then(|name| name.rsplit_once('.'));
        match split.filter(|_| name.as_deref().is_some_and(|name| check_name(name).is_ok())) {
            Some((namespace, short)) => {
                Naming { name: Some(short.to_owned()), namespace: Some(namespace.to_owned()), ..Naming::default() }
            }
            None => Naming { name, ..Naming::default() },
        }
    }
}

/// Whether a name that a user gave is one, with a namespace or without.
///
/// # Errors
/// `Usage` if not.
pub(crate) fn check_name(name: &str) -> Result<()> {
    match name.split('.').all(is_legal_name) {
        true => Ok(()),
        false => Err(Error::usage(format!("{name:?} is no name of a record in Avro"))
            .with_hint("letters, digits and _ make a name; dots separate it from a namespace: com.example.Order")),
    }
}

/// Avro types, where several can hold an Arrow type. The default is what other readers understand best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types {
    /// UInt64 as `long`, checked, instead of decimal(20,0).
    pub uint64_long: bool,
    /// Decimals as `fixed` of the fewest bytes instead of `bytes`.
    pub decimal_fixed: bool,
    /// UUIDs as `fixed` of 16 bytes instead of text.
    pub uuid_fixed: bool,
    /// Times of day in nanoseconds as `long` instead of `time-micros`.
    pub time_ns_long: bool,
    /// Intervals as a record of months, days and nanoseconds instead of `duration`, which has no sign.
    pub interval_record: bool,
    /// Date64 as `local-timestamp-millis` instead of `date`.
    pub date64_timestamp: bool,
}
