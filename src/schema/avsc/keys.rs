//! Metadata keys that carry what Arrow has no place for.

/// Documentation of a field.
pub const DOC: &str = "fmtconv.doc";
/// Former names of a field, a JSON array.
pub const ALIASES: &str = "fmtconv.aliases";
/// Names that a field had before it was renamed on its way, a JSON array: aliases where it is written as Avro.
pub const FORMER: &str = "fmtconv.former";
/// Default of a field, JSON.
pub const DEFAULT: &str = "fmtconv.default";
/// Default of a field that is no value, but an expression of another language.
pub const DEFAULT_EXPRESSION: &str = "fmtconv.default.expression";
/// Name, symbols and default of an enum, JSON.
pub const ENUM: &str = "fmtconv.enum";
/// Meaning of a text column that stands for a type which Arrow lacks: `decimal(100,5)`, `big-decimal`.
pub const LOGICAL: &str = "fmtconv.logical";
/// How a type was rewritten: `recursion:ns.Name`.
pub const LOWERED: &str = "fmtconv.lowered";
/// `value` when the data is not records: there is one column, `value`.
pub const ROOT: &str = "fmtconv.root";
/// The format that the schema came from.
pub const SOURCE: &str = "fmtconv.source";
/// Prefix of all keys of this crate.
pub const PREFIX: &str = "fmtconv.";
/// The attribute of an Avro schema that holds hints.
pub const HINT: &str = "fmtconv";

/// The schema of the file, byte for byte.
pub const AVRO_SCHEMA: &str = "avro.schema";
/// The schema that Java's parquet-avro wrote a Parquet file with.
pub const PARQUET_AVRO_SCHEMA: &str = "parquet.avro.schema";
/// Prefix of all keys about Avro.
pub const AVRO_PREFIX: &str = "avro.";
/// Name of a named type.
pub const AVRO_NAME: &str = "avro.name";
/// Namespace of a named type.
pub const AVRO_NAMESPACE: &str = "avro.namespace";
/// Documentation of a named type.
pub const AVRO_TYPE_DOC: &str = "avro.type.doc";
/// Aliases of a named type, a JSON array of full names.
pub const AVRO_TYPE_ALIASES: &str = "avro.type.aliases";
/// Sort order of a field.
pub const AVRO_ORDER: &str = "avro.order";
/// `1` where null is the second branch of an optional type.
pub const AVRO_NULL_INDEX: &str = "avro.null_index";
/// The Avro type behind a logical type where it is not the usual one: `fixed:16`.
pub const AVRO_PHYSICAL: &str = "avro.physical";
/// `union1`: the type stands in a union of one branch.
pub const AVRO_PHYSICAL_UNION: &str = "avro.physical.union";
/// A logical type that was ignored.
pub const AVRO_LOGICAL: &str = "avro.logical";
/// Other attributes of a type, JSON.
pub const AVRO_PROPS: &str = "avro.props";
/// Other attributes of a field, JSON.
pub const AVRO_FIELD_PROPS: &str = "avro.field.props";
/// `error`: a record declared as `error`.
pub const AVRO_KIND: &str = "avro.kind";

/// Arrow's name of an extension type.
pub const EXTENSION_NAME: &str = "ARROW:extension:name";
/// Arrow's parameters of an extension type.
pub const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
