//! Code of other crates that panics on some damaged input: each such panic becomes an error of the input, so nobody
//! needs to see its trace.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// How many guards are around what this thread runs.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Whether a panic of this thread is one that becomes an error of the input.
#[cfg(any(feature = "cli", test))]
pub(crate) fn is_guarded() -> bool {
    DEPTH.get() > 0
}

/// Runs code that may panic.
///
/// # Errors
/// What the panic says.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    DEPTH.set(DEPTH.get() - 1);
    outcome.map_err(|panic| text(panic.as_ref()))
}

fn text(panic: &(dyn Any + Send)) -> String {
    let fixed = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    fixed.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_text_and_the_guard_ends_with_it() {
        assert!(!is_guarded());
        assert_eq!(guarded(is_guarded), Ok(true));
        let inner = || -> bool { panic!("offset {} is beyond the end", 7) };
        assert_eq!(guarded(inner), Err("offset 7 is beyond the end".to_owned()));
        assert!(!is_guarded());
    }
}
