//! The table of rules.

use super::super::model::*;
use super::super::resolve::In;
use super::deleted::{self, Unless};
use super::{Context, bodies};

/// What a rule looks at.
pub(super) enum Check {
    /// A rule that other rules replace.
    Nothing,
    /// Both schemas as a whole.
    Whole(fn(&mut Context<'_>)),
    /// Files of the same name.
    Files(fn(&mut Context<'_>, &File, &File)),
    /// An option of files of the same name, with its default.
    FileOption(&'static str, &'static str),
    /// Messages of the same full name.
    Messages(fn(&mut Context<'_>, In<'_, Message>, In<'_, Message>)),
    /// Fields of the same number.
    Fields(fn(&mut Context<'_>, In<'_, Field>, In<'_, Field>)),
    /// Enums of the same full name.
    Enums(fn(&mut Context<'_>, In<'_, Enum>, In<'_, Enum>)),
    /// Methods of the same name.
    Methods(fn(&mut Context<'_>, In<'_, Method>, In<'_, Method>)),
}

/// A rule.
pub(super) struct Rule {
    pub name: &'static str,
    pub categories: &'static [&'static str],
    pub check: Check,
}

const F: &[&str] = &["FILE"];
const P: &[&str] = &["PACKAGE"];
const CF: &[&str] = &["CSR", "FILE"];
const FP: &[&str] = &["FILE", "PACKAGE"];
const CFP: &[&str] = &["CSR", "FILE", "PACKAGE"];
const CFPJ: &[&str] = &["CSR", "FILE", "PACKAGE", "WIRE_JSON"];
const ALL: &[&str] = &["CSR", "FILE", "PACKAGE", "WIRE_JSON", "WIRE"];
const CJ: &[&str] = &["CSR", "WIRE_JSON"];
const CJW: &[&str] = &["CSR", "WIRE_JSON", "WIRE"];
const W: &[&str] = &["WIRE"];

const fn rule(name: &'static str, categories: &'static [&'static str], check: Check) -> Rule {
    Rule { name, categories, check }
}

const fn file_option(name: &'static str, option: &'static str, default: &'static str) -> Rule {
    Rule { name, categories: FP, check: Check::FileOption(option, default) }
}

pub(super) const RULES: &[Rule] = &[
    rule("ENUM_NO_DELETE", CF, Check::Files(deleted::enums)),
    rule("ENUM_SAME_JSON_FORMAT", CFPJ, Check::Enums(bodies::enum_json_format)),
    rule("ENUM_SAME_TYPE", FP, Check::Enums(bodies::enum_type)),
    rule("ENUM_VALUE_NO_DELETE", CFP, Check::Enums(|c, new, old| deleted::values(c, new, old, Unless::Never))),
    rule(
        "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
        CJ,
        Check::Enums(|c, new, old| deleted::values(c, new, old, Unless::NameReserved)),
    ),
    rule(
        "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
        CJW,
        Check::Enums(|c, new, old| deleted::values(c, new, old, Unless::NumberReserved)),
    ),
    rule("ENUM_VALUE_SAME_NAME", CFPJ, Check::Enums(bodies::enum_value_names)),
    rule("EXTENSION_MESSAGE_NO_DELETE", CFP, Check::Messages(bodies::extension_ranges)),
    rule("EXTENSION_NO_DELETE", F, Check::Files(deleted::extensions)),
    rule("FIELD_NO_DELETE", CFP, Check::Messages(|c, new, old| deleted::fields(c, new, old, Unless::Never))),
    rule(
        "FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
        CJ,
        Check::Messages(|c, new, old| deleted::fields(c, new, old, Unless::NameReserved)),
    ),
    rule(
        "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
        CJW,
        Check::Messages(|c, new, old| deleted::fields(c, new, old, Unless::NumberReserved)),
    ),
    rule(
        "FIELD_SAME_CARDINALITY",
        FP,
        Check::Fields(|c, new, old| bodies::cardinality(c, new, old, |kind| kind as u8)),
    ),
    rule("FIELD_SAME_CPP_STRING_TYPE", FP, Check::Fields(bodies::cpp_string_type)),
    rule("FIELD_SAME_DEFAULT", ALL, Check::Fields(bodies::default_value)),
    rule("FIELD_SAME_JAVA_UTF8_VALIDATION", FP, Check::Fields(bodies::java_utf8_validation)),
    rule("FIELD_SAME_JSON_NAME", CFPJ, Check::Fields(bodies::json_names)),
    rule("FIELD_SAME_JSTYPE", FP, Check::Fields(bodies::jstype)),
    rule("FIELD_SAME_NAME", CFPJ, Check::Fields(bodies::field_names)),
    rule("FIELD_SAME_ONEOF", ALL, Check::Fields(bodies::oneof)),
    rule("FIELD_SAME_TYPE", CFP, Check::Fields(bodies::same_type)),
    rule("FIELD_SAME_UTF8_VALIDATION", FP, Check::Fields(bodies::utf8_validation)),
    rule(
        "FIELD_WIRE_COMPATIBLE_CARDINALITY",
        W,
        Check::Fields(|c, new, old| bodies::cardinality(c, new, old, bodies::on_wire)),
    ),
    rule("FIELD_WIRE_COMPATIBLE_TYPE", W, Check::Fields(bodies::wire_type)),
    rule(
        "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY",
        CJ,
        Check::Fields(|c, new, old| bodies::cardinality(c, new, old, bodies::in_json)),
    ),
    rule("FIELD_WIRE_JSON_COMPATIBLE_TYPE", CJ, Check::Fields(bodies::wire_json_type)),
    rule("FILE_NO_DELETE", CF, Check::Whole(deleted::files)),
    file_option("FILE_SAME_CC_ENABLE_ARENAS", "cc_enable_arenas", "true"),
    file_option("FILE_SAME_CC_GENERIC_SERVICES", "cc_generic_services", "false"),
    file_option("FILE_SAME_CSHARP_NAMESPACE", "csharp_namespace", ""),
    file_option("FILE_SAME_GO_PACKAGE", "go_package", ""),
    file_option("FILE_SAME_JAVA_GENERIC_SERVICES", "java_generic_services", "false"),
    file_option("FILE_SAME_JAVA_MULTIPLE_FILES", "java_multiple_files", "false"),
    file_option("FILE_SAME_JAVA_OUTER_CLASSNAME", "java_outer_classname", ""),
    file_option("FILE_SAME_JAVA_PACKAGE", "java_package", ""),
    file_option("FILE_SAME_OBJC_CLASS_PREFIX", "objc_class_prefix", ""),
    file_option("FILE_SAME_OPTIMIZE_FOR", "optimize_for", "SPEED"),
    rule("FILE_SAME_PACKAGE", ALL, Check::Files(bodies::package)),
    file_option("FILE_SAME_PHP_CLASS_PREFIX", "php_class_prefix", ""),
    file_option("FILE_SAME_PHP_METADATA_NAMESPACE", "php_metadata_namespace", ""),
    file_option("FILE_SAME_PHP_NAMESPACE", "php_namespace", ""),
    file_option("FILE_SAME_PY_GENERIC_SERVICES", "py_generic_services", "false"),
    file_option("FILE_SAME_RUBY_PACKAGE", "ruby_package", ""),
    file_option("FILE_SAME_SWIFT_PREFIX", "swift_prefix", ""),
    rule("FILE_SAME_SYNTAX", CFP, Check::Files(bodies::syntax)),
    rule("FILE_SAME_PHP_GENERIC_SERVICES", &[], Check::Nothing),
    rule("MESSAGE_NO_DELETE", CF, Check::Files(deleted::messages)),
    rule("MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR", CFP, Check::Messages(bodies::descriptor_accessor)),
    rule("MESSAGE_SAME_JSON_FORMAT", CFPJ, Check::Messages(bodies::message_json_format)),
    rule("MESSAGE_SAME_MESSAGE_SET_WIRE_FORMAT", &[], Check::Nothing),
    rule("MESSAGE_SAME_REQUIRED_FIELDS", ALL, Check::Messages(bodies::required_fields)),
    rule("ONEOF_NO_DELETE", CFP, Check::Messages(deleted::oneofs)),
    rule("PACKAGE_ENUM_NO_DELETE", P, Check::Whole(deleted::package_enums)),
    rule("PACKAGE_EXTENSION_NO_DELETE", P, Check::Whole(deleted::package_extensions)),
    rule("PACKAGE_MESSAGE_NO_DELETE", P, Check::Whole(deleted::package_messages)),
    rule("PACKAGE_NO_DELETE", P, Check::Whole(deleted::packages)),
    rule("PACKAGE_SERVICE_NO_DELETE", P, Check::Whole(deleted::package_services)),
    rule("RESERVED_ENUM_NO_DELETE", ALL, Check::Enums(bodies::reserved_in_enum)),
    rule("RESERVED_MESSAGE_NO_DELETE", ALL, Check::Messages(bodies::reserved_in_message)),
    rule("RPC_NO_DELETE", FP, Check::Whole(deleted::methods)),
    rule("RPC_SAME_CLIENT_STREAMING", ALL, Check::Methods(bodies::client_streaming)),
    rule("RPC_SAME_IDEMPOTENCY_LEVEL", ALL, Check::Methods(bodies::idempotency)),
    rule("RPC_SAME_REQUEST_TYPE", ALL, Check::Methods(bodies::request_type)),
    rule("RPC_SAME_RESPONSE_TYPE", ALL, Check::Methods(bodies::response_type)),
    rule("RPC_SAME_SERVER_STREAMING", ALL, Check::Methods(bodies::server_streaming)),
    rule("SERVICE_NO_DELETE", F, Check::Files(deleted::services)),
];

/// Rules of earlier versions, and those that took their place.
pub(super) const REPLACED: &[(&str, &[&str])] = &[
    ("FIELD_SAME_CTYPE", &["FIELD_SAME_CPP_STRING_TYPE"]),
    (
        "FIELD_SAME_LABEL",
        &["FIELD_SAME_CARDINALITY", "FIELD_WIRE_COMPATIBLE_CARDINALITY", "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"],
    ),
    ("FILE_SAME_JAVA_STRING_CHECK_UTF8", &["FIELD_SAME_JAVA_UTF8_VALIDATION"]),
];
