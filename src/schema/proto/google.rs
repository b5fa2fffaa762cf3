//! Schemas that files import without shipping them. protox has those of `google/protobuf`; these are the three of
//! `google/type` that have Arrow types of their own (shapes: googleapis `google/type/*.proto`), and our options.

use protox::file::{File, FileResolver};

const DATE: &str = "syntax = \"proto3\";
package google.type;
message Date {
  int32 year = 1;
  int32 month = 2;
  int32 day = 3;
}
";

const TIME_OF_DAY: &str = "syntax = \"proto3\";
package google.type;
message TimeOfDay {
  int32 hours = 1;
  int32 minutes = 2;
  int32 seconds = 3;
  int32 nanos = 4;
}
";

const DECIMAL: &str = "syntax = \"proto3\";
package google.type;
message Decimal {
  string value = 1;
}
";

/// Whether an import is built in, so that no file of that name need exist.
pub(super) fn is_built_in(name: &str) -> bool {
    name.starts_with("google/protobuf/") || source(name).is_some()
}

pub(crate) fn source(name: &str) -> Option<&'static str> {
    match name {
        "google/type/date.proto" => Some(DATE),
        "google/type/timeofday.proto" => Some(TIME_OF_DAY),
        "google/type/decimal.proto" => Some(DECIMAL),
        super::hint::FILE => Some(super::hint::SOURCE),
        _ => None,
    }
}

/// Finds them.
pub(super) struct GoogleTypes;

impl FileResolver for GoogleTypes {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match source(name) {
            Some(text) => File::from_source(name, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}
