//! Values of options.

/// `4096`, `64k`, `512M`, `2G`, `2GiB`: multiples of 1024.
pub(super) fn parse_bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err("expected a number of bytes such as 4096, 64k, 512M, 2G".to_owned()),
    };
    let number: usize = digits.parse().map_err(|_| "expected a number of bytes such as 64k, 512M, 2G".to_owned())?;
    match number.checked_mul(1 << shift) {
        Some(0) => Err("must be more than 0".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("is too large".to_owned()),
    }
}

/// A value of the library, as its own text form: an error keeps its hint.
pub(super) fn parse_with_hint<T: std::str::FromStr<Err = crate::Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: crate::Error| match error.hint() {
        None => error.message().to_owned(),
        Some(hint) => format!("{}; {hint}", error.message()),
    })
}
