//! What becomes of a field in a format, known from schemas and options alone.
//!
//! Two questions are kept apart: what comes back ([`Returns`]), and which values do not ([`Fit::codes`]).

use std::collections::HashMap;
use std::fmt;

#[cfg(any(feature = "avro", feature = "protobuf"))]
use arrow_schema::DataType;

use crate::code::Code;

/// What becomes of a field in a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// What reading the output gives, for values that no code speaks of.
    pub returns: Returns,
    /// The type that is written, in the words of the format; for [`Returns::Nothing`]: why nothing can be written.
    pub target: String,
    /// What is lost (`S-`), which values stop the run (`V-`), what is noted (`N-`), in the order of [`Code::ALL`].
    pub codes: Vec<Code>,
    /// Whether fields inside are written as part of this one, in a form that does not show them.
    pub whole: bool,
}

/// What becomes of fields that are written into a given schema: only of those that are here does it decide.
#[derive(Clone, Debug, Default)]
pub struct GivenFits {
    /// Of the schema as a whole.
    pub schema: Option<Fit>,
    /// By place: index of the column, then of the child in it, and so on.
    pub fields: HashMap<Vec<usize>, Fit>,
    /// By place: what to do about a field that cannot be written.
    pub hints: HashMap<Vec<usize>, String>,
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Returns {
    /// The values and the type, without any hint.
    Exact,
    /// The values and the type, the latter through a hint that we write; other tools see the target type.
    Hinted,
    /// The values, in a type that may be wider; the type itself comes back when the schema is given.
    Wider,
    /// Nothing: the field cannot be written.
    Nothing,
}

impl Fit {
    /// Values and type come back. `target` is the type in the words of the format.
    pub fn exact(target: impl Into<String>) -> Fit {
        Fit { returns: Returns::Exact, target: target.into(), codes: Vec::new(), whole: false }
    }
    /// Values and, through a hint, the type come back.
    pub fn hinted(target: impl Into<String>) -> Fit {
        Fit { returns: Returns::Hinted, ..Fit::exact(target) }
    }
    /// Values come back, in the target type.
    pub fn wider(target: impl Into<String>) -> Fit {
        Fit { returns: Returns::Wider, ..Fit::exact(target) }
    }
    /// Cannot be written.
    pub fn refused(why: impl Into<String>) -> Fit {
        Fit { returns: Returns::Nothing, ..Fit::exact(why) }
    }
    /// With codes more.
    pub fn with(mut self, codes: &[Code]) -> Fit {
        self.codes.extend(codes);
        self.codes.sort_unstable();
        self.codes.dedup();
        self
    }
    /// With the fields inside in a form that does not show them.
    pub fn whole(self) -> Fit {
        Fit { whole: true, ..self }
    }
    /// At best what `returns` says.
    pub fn at_best(mut self, returns: Returns) -> Fit {
        self.returns = self.returns.max(returns);
        self
    }
    /// The same where no hints are written: a type that came back through one is lost, as `code` says.
    pub fn without_hints(mut self, code: Code) -> Fit {
        if self.returns != Returns::Hinted {
            return self;
        }
        self.returns = Returns::Wider;
        self.with(&[code])
    }

    /// Losses known from the schema.
    pub fn losses(&self) -> impl Iterator<Item = Code> + '_ {
        self.codes.iter().copied().filter(|code| code.is_schema_level())
    }
    /// What stops the run when a value is outside the range of the target.
    pub fn checks(&self) -> impl Iterator<Item = Code> + '_ {
        self.codes.iter().copied().filter(|code| !code.is_schema_level() && !code.is_note())
    }
    /// What a consumer should know.
    pub fn notes(&self) -> impl Iterator<Item = Code> + '_ {
        self.codes.iter().copied().filter(|code| code.is_note())
    }
    /// Whether it cannot be written.
    pub fn is_refused(&self) -> bool {
        self.returns == Returns::Nothing
    }
    /// One word: `refused`, `lossy`, `checked`, or what comes back: `exact`, `hinted`, `wider`.
    pub fn class(&self) -> &'static str {
        match self.returns {
            Returns::Nothing => "refused",
            _ if self.losses().next().is_some() => "lossy",
            _ if self.checks().next().is_some() => "checked",
            returns => returns.as_str(),
        }
    }
}

impl Returns {
    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Returns::Exact => "exact",
            Returns::Hinted => "hinted",
            Returns::Wider => "wider",
            Returns::Nothing => "refused",
        }
    }
}

impl fmt::Display for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Smallest and largest value of an integer type.
#[cfg(any(feature = "avro", feature = "protobuf"))]
pub(crate) fn integer_range(data_type: &DataType) -> Option<(i128, i128)> {
    use DataType as T;
    Some(match data_type {
        T::Int8 => (i8::MIN.into(), i8::MAX.into()),
        T::Int16 => (i16::MIN.into(), i16::MAX.into()),
        T::Int32 => (i32::MIN.into(), i32::MAX.into()),
        T::Int64 => (i64::MIN.into(), i64::MAX.into()),
        T::UInt8 => (0, u8::MAX.into()),
        T::UInt16 => (0, u16::MAX.into()),
        T::UInt32 => (0, u32::MAX.into()),
        T::UInt64 => (0, u64::MAX.into()),
        _ => return None,
    })
}
