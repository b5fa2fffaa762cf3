//! Schemas that files import without shipping them. protox has those of `google/protobuf`; these are the ones of
//! `google/type` and `confluent/type` that have Arrow types of their own (shapes: googleapis `google/type/*.proto`,
//! schema-registry `confluent/type/decimal.proto`), the options of `confluent/meta.proto`, and ours.

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

const DATE_TIME: &str = "syntax = \"proto3\";
package google.type;
import \"google/protobuf/duration.proto\";
message DateTime {
  int32 year = 1;
  int32 month = 2;
  int32 day = 3;
  int32 hours = 4;
  int32 minutes = 5;
  int32 seconds = 6;
  int32 nanos = 7;
  oneof time_offset {
    google.protobuf.Duration utc_offset = 8;
    TimeZone time_zone = 9;
  }
}
message TimeZone {
  string id = 1;
  string version = 2;
}
";

const CONFLUENT_DECIMAL: &str = "syntax = \"proto3\";
package confluent.type;
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
";

const CONFLUENT_META: &str = "syntax = \"proto3\";
package confluent;
import \"google/protobuf/descriptor.proto\";
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
}
extend google.protobuf.FileOptions {
  Meta file_meta = 1088;
}
extend google.protobuf.MessageOptions {
  Meta message_meta = 1088;
}
extend google.protobuf.FieldOptions {
  Meta field_meta = 1088;
}
extend google.protobuf.EnumOptions {
  Meta enum_meta = 1088;
}
extend google.protobuf.EnumValueOptions {
  Meta enum_value_meta = 1088;
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
        "google/type/datetime.proto" => Some(DATE_TIME),
        "confluent/type/decimal.proto" => Some(CONFLUENT_DECIMAL),
        "confluent/meta.proto" => Some(CONFLUENT_META),
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
