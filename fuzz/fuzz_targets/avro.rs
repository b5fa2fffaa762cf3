#![no_main]
//! Reads Avro object container files: header, schema, blocks, codecs, records.

use std::sync::LazyLock;

use fmtconv::Exec;
use fmtconv_fuzz::{Target, exec};
use libfuzzer_sys::fuzz_target;

static EXEC: LazyLock<Exec> = LazyLock::new(exec);

fuzz_target!(|data: &[u8]| Target::of("avro").check(&EXEC, data));
