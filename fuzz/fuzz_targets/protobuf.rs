#![no_main]
//! Splits and decodes length-delimited Protobuf messages with every kind of field.

use std::path::PathBuf;
use std::sync::LazyLock;

use fmtconv::Exec;
use fmtconv_fuzz::{Target, exec};
use libfuzzer_sys::fuzz_target;

static EXEC: LazyLock<Exec> = LazyLock::new(exec);
static PROTO: LazyLock<PathBuf> =
    LazyLock::new(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/every_kind.proto")));

fuzz_target!(|data: &[u8]| {
    Target { definition: Some(PROTO.clone()), ..Target::of("protobuf") }.check(&EXEC, data);
});
