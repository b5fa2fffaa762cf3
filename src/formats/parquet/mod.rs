//! Parquet, on the `parquet` crate, with fences where it would change values.
