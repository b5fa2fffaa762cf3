//! What becomes of a single value that is read as another type.

use super::logical::{Type, Unknown, whole_digits};

/// From harmless to wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The same value.
    Same,
    /// The same value in a wider type.
    Widened,
    /// Some values do not fit: a conversion refuses them.
    Checked,
    /// Values would be reinterpreted.
    Reinterpreted,
}

/// Whole digits that an integer of this many bits can have.
fn digits_of(bits: u8, signed: bool) -> u32 {
    match (bits, signed) {
        (..=8, _) => 3,
        (9..=16, _) => 5,
        (17..=32, _) => 10,
        (_, true) => 19,
        (_, false) => 20,
    }
}

/// Types without parts; `None`: one of them has parts.
pub(super) fn leaf(reader: &Type, writer: &Type) -> Option<Fit> {
    use Fit::{Checked, Reinterpreted, Same, Widened};
    let has_parts = |kind: &Type| {
        matches!(kind, Type::List(_) | Type::Tuple(..) | Type::Map(..) | Type::Union(_) | Type::Struct(_) | Type::Open)
    };
    if matches!(reader, Type::Json) {
        return Some(if matches!(writer, Type::Json) { Same } else { Widened });
    }
    if has_parts(reader) || has_parts(writer) {
        return None;
    }
    let held = |fits: bool| if fits { Widened } else { Checked };
    Some(match (writer, reader) {
        (w, r) if w == r => Same,
        (Type::Int { bits, signed }, Type::Int { bits: wider, signed: with_sign }) => held(match (signed, with_sign) {
            (false, true) => bits < wider,
            (true, false) => false,
            _ => bits <= wider,
        }),
        (Type::Int { bits, signed }, Type::Decimal { digits, scale }) => {
            held(*scale >= 0 && i64::from(digits_of(*bits, *signed)) <= whole_digits(*digits, *scale))
        }
        (Type::Int { bits, .. }, Type::Float { bits: 64 }) => held(*bits <= 32),
        (Type::Int { bits, .. }, Type::Float { bits: 32 }) => held(*bits <= 16),
        (Type::Int { bits, .. }, Type::Float { .. }) => held(*bits <= 8),
        (Type::Float { bits }, Type::Float { bits: wider }) => held(bits <= wider),
        (Type::Decimal { digits, scale }, Type::Decimal { digits: more, scale: finer }) => {
            held(scale <= finer && whole_digits(*digits, *scale) <= whole_digits(*more, *finer))
        }
        (Type::Decimal { .. } | Type::Float { .. }, Type::Int { .. }) | (Type::Float { .. }, Type::Decimal { .. }) => {
            Checked
        }
        (Type::Text, Type::Bytes) | (Type::Enum { .. }, Type::Text) | (Type::Uuid, Type::Text) => Widened,
        (Type::Fixed(_), Type::Bytes) => Widened,
        (Type::Bytes, Type::Text | Type::Fixed(_)) | (Type::Text, Type::Uuid | Type::Enum { .. }) => Checked,
        (Type::Uuid, Type::Fixed(16)) | (Type::Fixed(16), Type::Uuid) => Widened,
        (Type::Enum { symbols, .. }, Type::Enum { symbols: known, unknown }) => {
            let all = symbols.iter().all(|symbol| known.contains(symbol));
            match unknown {
                Unknown::Refused if !all => Reinterpreted,
                Unknown::Checked if !all => Checked,
                _ => Widened,
            }
        }
        // Finer units have a smaller range, coarser ones fewer digits.
        (Type::Time { digits }, Type::Time { digits: finer }) => held(digits <= finer),
        (Type::Duration { .. }, Type::Duration { .. }) => Checked,
        (Type::Timestamp { instant, .. }, Type::Timestamp { instant: other, .. }) if instant == other => Checked,
        _ => Reinterpreted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_110_unsigned_integers_fit_where_they_fit() {
        let long = Type::Int { bits: 64, signed: true };
        let decimal = Type::Decimal { digits: 20, scale: 0 };
        assert_eq!(leaf(&long, &Type::Int { bits: 32, signed: false }), Some(Fit::Widened));
        assert_eq!(leaf(&long, &Type::Int { bits: 64, signed: false }), Some(Fit::Checked));
        assert_eq!(leaf(&decimal, &Type::Int { bits: 64, signed: false }), Some(Fit::Widened));
    }

    #[test]
    fn units_and_scales_count_on_both_sides() {
        let duration = |digits| Type::Duration { digits };
        assert_eq!(leaf(&duration(0), &duration(9)), Some(Fit::Checked));
        assert_eq!(leaf(&duration(9), &duration(0)), Some(Fit::Checked));
        assert_eq!(leaf(&duration(3), &duration(3)), Some(Fit::Same));
        let decimal = |digits, scale| Type::Decimal { digits, scale };
        let int = |bits| Type::Int { bits, signed: true };
        assert_eq!(leaf(&decimal(10, -3), &int(32)), Some(Fit::Checked));
        assert_eq!(leaf(&decimal(13, 0), &decimal(10, -3)), Some(Fit::Widened));
        assert_eq!(leaf(&decimal(12, 0), &decimal(10, -3)), Some(Fit::Checked));
        assert_eq!(leaf(&decimal(10, -3), &decimal(9, -3)), Some(Fit::Widened));
        let half = Type::Float { bits: 16 };
        assert_eq!(leaf(&half, &int(8)), Some(Fit::Widened));
        assert_eq!(leaf(&half, &int(16)), Some(Fit::Checked));
    }

    #[test]
    fn numbers_are_never_rounded_in_silence() {
        let float = |bits| Type::Float { bits };
        let int = |bits| Type::Int { bits, signed: true };
        assert_eq!(leaf(&float(64), &int(32)), Some(Fit::Widened));
        assert_eq!(leaf(&float(64), &int(64)), Some(Fit::Checked));
        assert_eq!(leaf(&float(32), &int(32)), Some(Fit::Checked));
        let decimal = |digits, scale| Type::Decimal { digits, scale };
        assert_eq!(leaf(&decimal(12, 4), &decimal(10, 2)), Some(Fit::Widened));
        assert_eq!(leaf(&decimal(10, 4), &decimal(10, 2)), Some(Fit::Checked));
        assert_eq!(leaf(&float(64), &decimal(10, 2)), Some(Fit::Reinterpreted));
    }
}
