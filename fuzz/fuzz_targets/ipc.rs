#![no_main]
//! Reads Arrow IPC files and streams.

use std::sync::LazyLock;

use fmtconv::Exec;
use fmtconv_fuzz::{Target, exec};
use libfuzzer_sys::fuzz_target;

static EXEC: LazyLock<Exec> = LazyLock::new(exec);

fuzz_target!(|data: &[u8]| Target::of("arrow").check(&EXEC, data));
