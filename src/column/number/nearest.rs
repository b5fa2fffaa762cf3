//! The double nearest to a number of few digits, by one exact division; and, from what the division leaves, whether that
//! double prints with the same digits. Printing it, to see, takes longer than to read it.

/// Most digits behind the dot (those of an exponent counted in): 5^27 is the largest power that a word holds.
pub(super) const SCALE_MAX: u32 = 27;

/// A double holds every number of so many digits, and prints it again.
const DIGITS_15: u64 = 1_000_000_000_000_000;
/// No double takes more digits to print than this number's.
const DIGITS_17: u64 = 100_000_000_000_000_000;

/// Half the way from a double to its neighbours, in units of the quotient: every number nearer than that reads as this
/// double.
const HALF: i64 = 1 << 10;

/// A double, and what is known of its shortest text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    /// The number correctly rounded, ties to even.
    pub(super) value: f64,
    /// Its shortest text is the number that was read. False: maybe it is not.
    pub(super) printed: bool,
}

/// A power of five to divide by.
#[derive(Clone, Copy)]
struct Divisor {
    /// Shifted up, so that its highest bit is set.
    word: u64,
    /// How far.
    shift: u32,
    /// (2^128 - 1) / `word` - 2^64.
    reciprocal: u64,
}

const POWERS: [Divisor; SCALE_MAX as usize + 1] = {
    let mut powers = [Divisor { word: 0, shift: 0, reciprocal: 0 }; SCALE_MAX as usize + 1];
    let (mut power, mut index) = (1_u64, 0);
    while index < powers.len() {
        let shift = power.leading_zeros();
        let word = power << shift;
        // The difference has 64 bits, because the highest bit of the word is set.
        powers[index] = Divisor { word, shift, reciprocal: (u128::MAX / word as u128 - (1 << 64)) as u64 };
        power = power.wrapping_mul(5);
        index += 1;
    }
    powers
};

impl Divisor {
    /// Divides `high` × 2^64 + `low`, where `high` is less than the word: quotient and remainder. N. Möller, T. Granlund,
    /// "Improved division by invariant integers", algorithm 4: no division at all.
    #[inline(always)]
    fn divide(self, high: u64, low: u64) -> (u64, u64) {
        // Less than 2^128, because `high` is less than the word.
        let estimate = u128::from(self.reciprocal) * u128::from(high) + (u128::from(high) << 64 | u128::from(low));
        let mut quotient = ((estimate >> 64) as u64).wrapping_add(1);
        let mut rest = low.wrapping_sub(quotient.wrapping_mul(self.word));
        if rest > estimate as u64 {
            quotient = quotient.wrapping_sub(1);
            rest = rest.wrapping_add(self.word);
        }
        if rest >= self.word {
            quotient = quotient.wrapping_add(1);
            rest -= self.word;
        }
        (quotient, rest)
    }
}

/// `mantissa` × 10^-`scale` as a double. `None` for zero and for a scale above [`SCALE_MAX`].
#[inline]
pub(super) fn nearest(mantissa: u64, scale: u32) -> Option<Nearest> {
    let divisor = *POWERS.get(scale as usize)?;
    if mantissa == 0 {
        return None;
    }
    // Mantissa and power of five with their highest bits set; halved once if need be, the quotient has just 64 bits.
    let shift = mantissa.leading_zeros();
    let high = mantissa << shift;
    let halved = u32::from(high >= divisor.word);
    let (quotient, rest) = divisor.divide(high >> halved, if halved == 1 { high << 63 } else { 0 });
    let low = quotient % 2048;
    let even = (quotient >> 11).is_multiple_of(2);
    // No branch: half of all numbers are rounded up.
    let up = (low > 1024) | ((low == 1024) & ((rest > 0) | !even));
    let significand = (quotient >> 11) + u64::from(up);
    // mantissa / 10^scale = quotient × 2^exponent.
    let exponent = divisor.shift as i32 + halved as i32 - shift as i32 - 64 - scale as i32;
    // Both factors and the product are doubles: at most 2^53, and powers from 2^-153 to 2^11.
    let value = significand as f64 * f64::from_bits(((1023 + 11 + exponent) as u64) << 52);
    let printed = mantissa < DIGITS_15
        || (mantissa < DIGITS_17 && significand != 1 << 52 && {
            // In units of the quotient: how far the double is above the number, but for what the rest is of the word; and one
            // in the last digit of the mantissa, rounded down.
            let above = (i64::from(up) << 11) - low as i64;
            let digit = shift - halved;
            let unit = (1 << digit) + (divisor.reciprocal >> (64 - digit)) as i64;
            let last = (mantissa % 10) as i64;
            let surely = last * unit + above > HALF && (10 - last) * unit - above > HALF && 2 * above.abs() + 2 < unit;
            last > 0 && (surely || is_printed(above, rest, last, digit, divisor.word))
        });
    Some(Nearest { value, printed })
}

/// Whether no number of fewer digits reads as the double, and none of as many is nearer to it. Exactly, in units of the
/// quotient / the word.
#[cold]
fn is_printed(above: i64, rest: u64, last: i64, digit: u32, word: u64) -> bool {
    let above = i128::from(above) * i128::from(word) - i128::from(rest);
    let half = i128::from(HALF) * i128::from(word);
    let unit = 1_i128 << (digit + 64);
    let last = i128::from(last);
    last * unit + above > half && (10 - last) * unit - above > half && 2 * above.abs() < unit
}

#[cfg(test)]
mod tests;
