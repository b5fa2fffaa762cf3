//! What the user let through by name: `--allow CODE` for a loss known from schemas, `--allow CODE=POLICY` for values.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::code::Code;
use crate::error::{Error, ErrorKind, Result};

/// How a run goes on at a value that does not fit. Every value that is altered so is counted in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// Nothing is altered; a loss known from schemas is not refused by `--strict`.
    Pass,
    /// The value becomes null.
    Null,
    /// The value becomes the nearest that fits.
    Clamp,
    /// Digits that do not fit are rounded, half to even.
    Round,
    /// Digits that do not fit are cut off.
    Truncate,
    /// The column is kept as text.
    Text,
    /// The record is left out.
    Skip,
    /// The record goes to the reject file.
    Reject,
    /// The first of several is taken.
    First,
    /// The last of several is taken.
    Last,
    /// What is not expected is left out.
    Ignore,
    /// What is not valid is replaced by U+FFFD.
    Replace,
    /// The default of the type is taken.
    Default,
}

impl Policy {
    const NAMES: &'static [(&'static str, Policy)] = &[
        ("pass", Policy::Pass),
        ("null", Policy::Null),
        ("clamp", Policy::Clamp),
        ("round", Policy::Round),
        ("truncate", Policy::Truncate),
        ("text", Policy::Text),
        ("skip", Policy::Skip),
        ("reject", Policy::Reject),
        ("first", Policy::First),
        ("last", Policy::Last),
        ("ignore", Policy::Ignore),
        ("replace", Policy::Replace),
        ("default", Policy::Default),
    ];

    /// The policies that a code takes: what is not listed is refused as a usage error, never ignored. Records whose
    /// values do not fit can be skipped and rejected whatever the code: see [`Policy::takes`].
    pub fn of(code: Code) -> &'static [Policy] {
        match code {
            // A line of CSV without a field is no record.
            Code::Rows => &[],
            code if code.is_schema_level() => &[Policy::Pass],
            Code::Fraction | Code::DecimalScale | Code::TimePrecision => {
                &[Policy::Round, Policy::Truncate, Policy::Null]
            }
            Code::IntRange | Code::FloatRange | Code::DecimalPrecision => &[Policy::Clamp, Policy::Null],
            Code::FloatDigits => &[Policy::Round, Policy::Null],
            Code::TimestampRange | Code::DateRange => &[Policy::Clamp, Policy::Null],
            // Of the members that are set the last one stays, as on the wire of Protobuf.
            Code::OneOf => &[Policy::Null],
            Code::Interval | Code::Token | Code::Length | Code::NonFinite => &[Policy::Null],
            Code::CsvNull | Code::DatePartial => &[Policy::Null],
            Code::Uuid => &[Policy::Text, Policy::Null],
            Code::Utf8 => &[Policy::Replace],
            Code::Enum => &[Policy::Default, Policy::Null],
            Code::Null => &[Policy::Default],
            Code::NullElement => &[Policy::Default, Policy::Ignore],
            Code::DuplicateKey => &[Policy::First, Policy::Last],
            Code::ExtraKey => &[Policy::Ignore],
            _ => &[],
        }
    }

    /// Whether `code` can be let through like this.
    pub fn takes(self, code: Code) -> bool {
        Policy::of(code).contains(&self) || (code.is_value_level() && self.sets_aside())
    }

    /// Whether it concerns the record, not the value.
    pub fn sets_aside(self) -> bool {
        matches!(self, Policy::Skip | Policy::Reject)
    }

    /// All that `code` takes, as text.
    fn names(code: Code) -> Vec<&'static str> {
        Policy::NAMES.iter().filter(|(_, policy)| policy.takes(code)).map(|(name, _)| *name).collect()
    }
}

/// Adds to the error of a value that does not fit what would let it through, beside `given`. With [`value_way`] the one
/// place that says so. `rejects`: whether there is a reject file, to which the record did not go all the same.
pub fn with_way_through(error: Error, given: &Policies, rejects: bool) -> Error {
    if !error.code().is_some_and(Code::is_value_level) {
        return error;
    }
    // What was let through and is refused all the same needs no way through.
    if matches!(error.kind(), ErrorKind::Usage | ErrorKind::Loss) {
        return error;
    }
    let named = given.iter().any(|allowance| allowance.policy == Policy::Reject);
    let aside = match (rejects, error.code().filter(|code| named && given.get(*code).is_none())) {
        (false, _) => "set such records aside: --rejects FILE".to_owned(),
        // Codes that are named are the only ones.
        (true, Some(code)) => format!("set such records aside, too: --allow {code}=reject"),
        (true, None) => {
            "leave it to --rejects where records can be told apart: not in this source, or not by this code".to_owned()
        }
    };
    let hints = [error.hint().map(str::to_owned), value_way(&error, given), Some(aside)];
    let hint = hints.into_iter().flatten().collect::<Vec<_>>().join("; or ");
    error.with_hint(hint)
}

/// What would let a value through that was refused with `error`, beside `given`; `None` if nothing does.
pub fn value_way(error: &Error, given: &Policies) -> Option<String> {
    let code = error.code().filter(|code| code.is_value_level())?;
    let taken = error.ways().unwrap_or_else(|| Policy::of(code));
    let values: Vec<_> = taken.iter().map(Policy::to_string).collect();
    let way = match values.as_slice() {
        [] => None,
        [one] => Some(format!("let it through: --allow {code}={one}")),
        [first, others @ ..] => Some(format!("let it through: --allow {code}={first} (or {})", others.join(", "))),
    };
    match given.get(code).filter(|policy| !policy.sets_aside()) {
        None => way,
        // What was given is among all that the code takes, unless it is known what helps here.
        Some(policy) => {
            let others = way.filter(|_| error.ways().is_some()).map_or_else(String::new, |way| format!("; {way}"));
            Some(format!("{code}={policy} does not help here{others}"))
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Policy::NAMES.iter().find(|(_, policy)| policy == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// One code with its policy: `V-DEC-SCALE=round`, `S-META`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// What is let through.
    pub code: Code,
    /// How.
    pub policy: Policy,
}

impl FromStr for Allowance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (code, policy) = match text.split_once('=') {
            None => (text, None),
            Some((code, policy)) => (code, Some(policy)),
        };
        let code: Code = code.trim().parse().map_err(|_| {
            let known: Vec<_> =
                Code::ALL.iter().map(|code| code.as_str()).filter(|code| !code.starts_with("N-")).collect();
            Error::usage(format!("{code:?} is no loss code")).with_hint(format!("codes: {}", known.join(", ")))
        })?;
        let taken = Policy::names(code);
        let names = || taken.join(", ");
        if taken.is_empty() {
            return Err(Error::usage(format!("{code} cannot be let through: {}", code.meaning())));
        }
        let policy = match policy.map(str::trim) {
            None if Policy::Pass.takes(code) => Policy::Pass,
            None => {
                return Err(Error::usage(format!("{code}: how is it to be let through?"))
                    .with_hint(format!("--allow {code}=POLICY with one of: {}", names())));
            }
            Some(name) => {
                let found = Policy::NAMES.iter().find(|(known, policy)| *known == name && policy.takes(code));
                found.map(|(_, policy)| *policy).ok_or_else(|| {
                    Error::usage(format!("{code} has no policy {name:?}"))
                        .with_hint(format!("policies of {code}: {}", names()))
                })?
            }
        };
        Ok(Allowance { code, policy })
    }
}

/// All that was let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies(BTreeMap<Code, Policy>);

impl Policies {
    /// Lets a code through; the last call for a code wins.
    pub fn set(&mut self, allowance: Allowance) -> &mut Self {
        self.0.insert(allowance.code, allowance.policy);
        self
    }
    /// How a code is let through; `None`: it stops the run.
    pub fn get(&self, code: Code) -> Option<Policy> {
        self.0.get(&code).copied()
    }
    /// These, and `code` let through by `policy`.
    pub fn with(&self, code: Code, policy: Policy) -> Self {
        let mut more = self.clone();
        more.set(Allowance { code, policy });
        more
    }
    /// These, and those of `others` for all other codes.
    pub fn over(&self, others: &Policies) -> Policies {
        Policies(others.0.iter().chain(&self.0).map(|(code, policy)| (*code, *policy)).collect())
    }
    /// Whether a code is let through at all.
    pub fn allows(&self, code: Code) -> bool {
        self.0.contains_key(&code)
    }
    /// Only what alters values: what formats are asked to do.
    pub fn of_values(&self) -> Policies {
        Policies(
            self.0.iter().filter(|(_, policy)| !policy.sets_aside()).map(|(code, policy)| (*code, *policy)).collect(),
        )
    }
    /// Whether a value may be altered, or a record set aside.
    pub fn reach_values(&self) -> bool {
        self.0.values().any(|policy| *policy != Policy::Pass)
    }
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// All, by code.
    pub fn iter(&self) -> impl Iterator<Item = Allowance> + '_ {
        self.0.iter().map(|(code, policy)| Allowance { code: *code, policy: *policy })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_known_from_schemas_need_no_policy() {
        let allowance: Allowance = "S-META".parse().unwrap();
        assert_eq!(allowance, Allowance { code: Code::Meta, policy: Policy::Pass });
        assert_eq!("s-meta=pass".parse::<Allowance>().unwrap(), allowance);
    }

    #[test]
    fn records_are_set_aside_whatever_the_value_code() {
        for code in Code::ALL.iter().filter(|code| code.is_value_level()) {
            for policy in ["skip", "reject"] {
                assert!(format!("{code}={policy}").parse::<Allowance>().is_ok(), "{code}");
            }
            assert!(code.as_str().parse::<Allowance>().is_err(), "{code} alone says nothing");
        }
        assert!("S-META=skip".parse::<Allowance>().is_err());
        assert!("N-HINT=skip".parse::<Allowance>().is_err());
    }

    #[test]
    fn hints_name_what_would_let_a_value_through() {
        let error = with_way_through(Error::value(Code::Depth, "x").with_hint("do this"), &Policies::default(), false);
        let hint = error.hint().unwrap();
        assert!(hint.starts_with("do this; or ") && hint.ends_with("--rejects FILE"), "{hint}");
        assert_eq!(with_way_through(Error::malformed("x"), &Policies::default(), false).hint(), None);
        for code in Code::ALL.iter().filter(|code| code.is_value_level()) {
            let error = with_way_through(Error::value(*code, "x"), &Policies::default(), false);
            let hint = error.hint().unwrap();
            if let Some((_, rest)) = hint.split_once("--allow ") {
                let flag = rest.split([' ', ';']).next().unwrap();
                assert!(flag.parse::<Allowance>().is_ok(), "{flag}");
            }
        }
    }

    #[test]
    fn where_codes_are_named_the_way_to_set_aside_another_is_to_name_it() {
        let hint = |given: &[&str], rejects: bool| {
            let mut policies = Policies::default();
            for one in given {
                policies.set(one.parse().unwrap());
            }
            with_way_through(Error::value(Code::IntRange, "x"), &policies, rejects).hint().unwrap().to_owned()
        };
        assert!(
            hint(&["V-TYPE=reject"], true).ends_with("; or set such records aside, too: --allow V-INT-RANGE=reject")
        );
        for (given, rejects) in [(&["V-INT-RANGE=reject"][..], true), (&[], true)] {
            assert!(hint(given, rejects).contains("where records can be told apart"));
        }
        assert!(hint(&[], false).ends_with("set such records aside: --rejects FILE"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in ["S-NOPE", "S-META=null", "V-UTF8=nonsense", ""] {
            assert!(bad.parse::<Allowance>().is_err(), "{bad}");
        }
    }
}
