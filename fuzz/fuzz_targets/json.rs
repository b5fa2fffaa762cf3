#![no_main]
//! Splits, infers and decodes JSON, without and with a schema.

use std::sync::LazyLock;

use fmtconv::Exec;
use fmtconv_fuzz::{Target, exec, schema};
use libfuzzer_sys::fuzz_target;

static EXEC: LazyLock<Exec> = LazyLock::new(exec);

fuzz_target!(|data: &[u8]| {
    Target::of("json").check(&EXEC, data);
    Target { schema: Some(schema()), ..Target::of("json") }.check(&EXEC, data);
});
