//! CSV and TSV: RFC 4180 with a stated dialect.
