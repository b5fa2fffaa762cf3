//! Arrow schemas as SQL: one `CREATE TABLE` in the types of DuckDB, which has a column type for nearly all of Arrow's.
//!
//! [`to_arrow`] reads such statements, also as other databases write them.
//!
//! What SQL cannot say is listed, never dropped in silence: types that only come near (`S-TYPE`), zone names (`S-TZ`),
//! documentation and other metadata (`S-META`), sets of symbols (`S-ENUM`).

mod sql;
mod token;

use std::fmt::Write;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};

use super::annotations::lost_in_text;
use crate::code::Code;
use crate::error::{Error, Result};
pub use sql::to_arrow;

/// A `CREATE TABLE` statement for records of `schema`, and what it cannot say, with the column of each.
///
/// # Errors
/// `Unsupported` if there are no columns: most databases refuse such a table.
pub fn from_arrow(schema: &Schema, table: &str) -> Result<(String, Vec<(Code, String)>)> {
    if schema.fields().is_empty() {
        return Err(Error::unsupported("a schema without columns is no table of SQL"));
    }
    let mut ddl = Ddl { losses: Vec::new() };
    let mut text = format!("CREATE TABLE {} (", name(table));
    for (index, field) in schema.fields().iter().enumerate() {
        let separator = if index == 0 { "\n  " } else { ",\n  " };
        let required = if field.is_nullable() { "" } else { " NOT NULL" };
        let _ = write!(text, "{separator}{} {}{required}", name(field.name()), ddl.field(field, field.name()));
    }
    text.push_str("\n);\n");
    Ok((text, ddl.losses))
}

struct Ddl {
    losses: Vec<(Code, String)>,
}

impl Ddl {
    /// The type of a field, and its losses noted.
    fn field(&mut self, field: &Field, path: &str) -> String {
        self.losses.extend(lost_in_text(field).into_iter().map(|code| (code, path.to_owned())));
        match field.extension_type_name() {
            Some("arrow.json") => "JSON".to_owned(),
            Some("arrow.uuid") => "UUID".to_owned(),
            _ => self.data_type(field.data_type(), path),
        }
    }

    /// A child, whose NOT NULL has no place inside a type.
    fn child(&mut self, field: &Field, path: &str) -> String {
        if !field.is_nullable() {
            self.near(path);
        }
        self.field(field, path)
    }

    /// The type is not told exactly.
    fn near(&mut self, path: &str) {
        self.losses.push((Code::Type, path.to_owned()));
    }

    fn data_type(&mut self, data_type: &DataType, path: &str) -> String {
        use DataType as T;
        let (text, exact) = match data_type {
            T::Boolean => ("BOOLEAN", true),
            T::Int8 => ("TINYINT", true),
            T::Int16 => ("SMALLINT", true),
            T::Int32 => ("INTEGER", true),
            T::Int64 => ("BIGINT", true),
            T::UInt8 => ("UTINYINT", true),
            T::UInt16 => ("USMALLINT", true),
            T::UInt32 => ("UINTEGER", true),
            T::UInt64 => ("UBIGINT", true),
            T::Float32 => ("FLOAT", true),
            T::Float64 => ("DOUBLE", true),
            T::Utf8 => ("VARCHAR", true),
            T::Binary => ("BLOB", true),
            T::Date32 => ("DATE", true),
            T::Time64(TimeUnit::Microsecond) => ("TIME", true),
            T::Timestamp(TimeUnit::Second, None) => ("TIMESTAMP_S", true),
            T::Timestamp(TimeUnit::Millisecond, None) => ("TIMESTAMP_MS", true),
            T::Timestamp(TimeUnit::Microsecond, None) => ("TIMESTAMP", true),
            T::Timestamp(TimeUnit::Nanosecond, None) => ("TIMESTAMP_NS", true),
            T::Timestamp(unit, Some(zone)) => {
                if &**zone != "UTC" {
                    self.losses.push((Code::Zone, path.to_owned()));
                }
                ("TIMESTAMP WITH TIME ZONE", *unit == TimeUnit::Microsecond)
            }
            T::Interval(arrow_schema::IntervalUnit::MonthDayNano) => ("INTERVAL", true),
            T::Null => ("\"NULL\"", true),
            T::Float16 => ("FLOAT", false),
            T::LargeUtf8 | T::Utf8View => ("VARCHAR", false),
            T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => ("BLOB", false),
            T::Date64 => ("DATE", false),
            T::Time32(_) => ("TIME", false),
            T::Time64(_) => ("TIME_NS", true),
            T::Duration(_) | T::Interval(_) => ("INTERVAL", false),
            T::Decimal32(p, s) | T::Decimal64(p, s) | T::Decimal128(p, s) | T::Decimal256(p, s) => {
                let digits = u32::from(*p) + if *s < 0 { u32::from(s.unsigned_abs()) } else { 0 };
                if digits > 38 || i16::from(*s) > i16::from(*p) {
                    self.near(path);
                    return "VARCHAR".to_owned();
                }
                if !matches!(data_type, T::Decimal128(..)) || *s < 0 {
                    self.near(path);
                }
                return format!("DECIMAL({digits},{})", (*s).max(0));
            }
            T::List(item) => return self.child(item, &format!("{path}[]")) + "[]",
            T::FixedSizeList(item, size) if *size > 0 => {
                return format!("{}[{size}]", self.child(item, &format!("{path}[]")));
            }
            T::LargeList(item) | T::ListView(item) | T::LargeListView(item) | T::FixedSizeList(item, _) => {
                self.near(path);
                return self.child(item, &format!("{path}[]")) + "[]";
            }
            T::Struct(fields) if fields.is_empty() => ("VARCHAR", false),
            T::Struct(fields) => return format!("STRUCT({})", self.members(fields, path)),
            T::Map(entries, _) => match entries.data_type() {
                T::Struct(pair) if pair.len() == 2 => {
                    let key = self.field(&pair[0], &format!("{path}.{}", pair[0].name()));
                    return format!("MAP({key}, {})", self.child(&pair[1], &format!("{path}.{}", pair[1].name())));
                }
                _ => ("VARCHAR", false),
            },
            T::Union(fields, _) => {
                let fields: Fields = fields.iter().map(|(_, field)| field.clone()).collect();
                return format!("UNION({})", self.members(&fields, path));
            }
            T::Dictionary(_, value) => {
                self.near(path);
                return self.data_type(value, path);
            }
            T::RunEndEncoded(_, values) => {
                self.near(path);
                return self.data_type(values.data_type(), path);
            }
        };
        if !exact {
            self.near(path);
        }
        text.to_owned()
    }

    fn members(&mut self, fields: &Fields, path: &str) -> String {
        let members = fields.iter().map(|field| {
            let inside = format!("{path}.{}", field.name());
            format!("{} {}", name(field.name()), self.child(field, &inside))
        });
        members.collect::<Vec<_>>().join(", ")
    }
}

/// A name as SQL takes it: always in quotes, so that no word of the language and no case is special.
fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_table_says_what_sql_can_say() {
        let item = Arc::new(Field::new("item", DataType::Utf8, true));
        let inner =
            Fields::from(vec![Field::new("x y", DataType::Int32, true), Field::new("z", DataType::Date32, false)]);
        let schema = Schema::new(vec![
            Field::new("id", DataType::UInt64, false),
            Field::new("say \"hi\"", DataType::Decimal128(12, 2), true),
            Field::new("tags", DataType::List(item), true),
            Field::new("s", DataType::Struct(inner), true),
            Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Paris".into())), true),
            Field::new("half", DataType::Float16, true),
            Field::new("noted", DataType::Int64, true).with_metadata([("fmtconv.doc", "why")]),
        ]);
        let (text, losses) = from_arrow(&schema, "t").expect("a table");
        let expected = "CREATE TABLE \"t\" (\n  \"id\" UBIGINT NOT NULL,\n  \"say \"\"hi\"\"\" DECIMAL(12,2),\n  \
                        \"tags\" VARCHAR[],\n  \"s\" STRUCT(\"x y\" INTEGER, \"z\" DATE),\n  \
                        \"at\" TIMESTAMP WITH TIME ZONE,\n  \"half\" FLOAT,\n  \"noted\" BIGINT\n);\n";
        assert_eq!(text, expected);
        let losses: Vec<(Code, &str)> = losses.iter().map(|(code, path)| (*code, path.as_str())).collect();
        let told = [(Code::Type, "s.z"), (Code::Zone, "at"), (Code::Type, "half"), (Code::Meta, "noted")];
        assert_eq!(losses, told);
    }

    #[test]
    fn no_columns_are_no_table() {
        let error = from_arrow(&Schema::empty(), "t").expect_err("refused");
        assert_eq!(error.message(), "a schema without columns is no table of SQL");
    }
}
