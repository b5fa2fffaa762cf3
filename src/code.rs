//! Loss codes: one short name for every way in which a conversion could change something.
//!
//! * `S-…` is known from schemas alone and reported before the first output byte.
//! * `V-…` is a value that the target cannot hold: the run stops there unless the code was allowed by name.
//! * `N-…` is a note: nothing is lost, but a consumer may stumble.

use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $meaning:literal;)*) => {
        /// A loss code. The text form (`V-INT-RANGE`) is what messages, `--allow` and reports use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the reference.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The text form, as in messages and options.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// What the code means, in one line.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    NullList = "S-NULL-LIST", "null list and empty list become the same";
    NullStruct = "S-NULL-STRUCT", "null struct and struct of nulls become the same";
    Presence = "S-PRESENCE", "null and default value become the same";
    Missing = "S-MISSING", "absent and null become the same";
    UnionTag = "S-UNION-TAG", "which branch of a union was set is lost";
    Zone = "S-TZ", "name of the time zone is lost, the instant is kept";
    Naive = "S-NAIVE", "local time is written as an instant";
    Type = "S-TYPE", "type cannot be restored, values are exact";
    Meta = "S-META", "schema metadata, documentation, defaults or aliases are dropped";
    Name = "S-NAME", "name is changed and there is no place to remember the original";
    MapOrder = "S-MAP-ORDER", "order of map entries may change";
    EnumSet = "S-ENUM", "set of enum symbols is not kept";
    Dropped = "S-DROP", "column that the reader's schema does not have is left out";
    Rows = "S-ROWS", "number of rows cannot be represented";
    IntRange = "V-INT-RANGE", "integer outside the range of the target type";
    FloatRange = "V-FLOAT-RANGE", "number too large for the floating-point type";
    FloatDigits = "V-FLOAT-DIGITS", "number has more digits than the floating-point type holds";
    NonFinite = "V-NONFINITE", "NaN or infinity where the target has none";
    Fraction = "V-FRACTION", "fraction where an integer is expected";
    DecimalPrecision = "V-DEC-PRECISION", "decimal has more digits than the precision allows";
    DecimalScale = "V-DEC-SCALE", "decimal has more fraction digits than the scale allows";
    TimePrecision = "V-TIME-PRECISION", "time has more fraction digits than the unit holds";
    TimestampRange = "V-TS-RANGE", "timestamp outside the range of the target type";
    DateRange = "V-DATE-RANGE", "date or time of day outside the range of the target type";
    DatePartial = "V-DATE-PARTIAL", "date without year, month or day";
    Interval = "V-INTERVAL", "interval that the target type cannot hold";
    Utf8 = "V-UTF8", "text is not valid UTF-8";
    Null = "V-NULL", "null where the target has none";
    NullElement = "V-NULL-ELEM", "null element in a list that has none";
    OneOf = "V-ONEOF", "more than one member of a oneof or union is set";
    DuplicateKey = "V-DUP-KEY", "duplicate key";
    UnknownField = "V-UNKNOWN-FIELD", "field that is not in the schema of the message";
    ExtraKey = "V-EXTRA-KEY", "key that is not in the schema";
    Enum = "V-ENUM", "value that is not a symbol of the enum";
    Length = "V-LENGTH", "wrong length for a type of fixed size";
    Uuid = "V-UUID", "text is not a UUID";
    Token = "V-TYPE", "value of another kind than the type";
    CsvNull = "V-CSV-NULL", "null that the CSV dialect cannot tell from text";
    Depth = "V-DEPTH", "nested deeper than the limit";
    Hint = "N-HINT", "a type hint in the file does not fit its data; what does not fit is ignored";
    BigInteger = "N-BIG-INT", "integers above 2^53 are written with all digits; some consumers round them";
    Renamed = "N-NAME", "names were made legal or unique";
    Spooled = "N-SPOOL", "a stream that cannot be read twice was kept in a temporary file";
    Dialect = "N-DIALECT", "an option of the output was chosen so that nothing is lost";
    NaNPayload = "N-NAN", "payload bits of NaN are not kept";
    Restyled = "N-FORM", "values are kept, but are written in another form than they were read";
    Widened = "N-WIDEN", "columns of several inputs were widened to one type";
}

impl Code {
    /// Whether it is known from schemas alone.
    pub fn is_schema_level(self) -> bool {
        self.as_str().starts_with("S-")
    }
    /// Whether it is a value that the target cannot hold.
    pub fn is_value_level(self) -> bool {
        self.as_str().starts_with("V-")
    }
    /// Whether it is a note: nothing is lost.
    pub fn is_note(self) -> bool {
        self.as_str().starts_with("N-")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = crate::Error;

    fn from_str(text: &str) -> crate::Result<Self> {
        let found = Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| crate::Error::usage(format!("{text:?} is not a code")))
    }
}
