//! Words, numbers and strings of the text format.

use crate::code::Code;
use crate::column::number;
use crate::error::{Error, Result};
use crate::schema::proto::pool::Scalar;

/// A place in a text.
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

/// A literal that is no string.
pub(super) struct Literal<'a> {
    pub negative: bool,
    pub text: &'a str,
    pub start: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        // A byte order mark, as of any UTF-8 text.
        Tokens { text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), at: 0 }
    }

    /// Bytes before the next token.
    pub fn position(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// The first byte of the next token; blanks and comments are passed over.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'#' => {
                    let rest = &self.text[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                byte => return Some(*byte),
            }
        }
    }

    pub fn eat(&mut self, sign: u8) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, sign: u8, what: &str) -> Result<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(what)) }
    }

    #[cold]
    pub fn unexpected(&mut self, what: &str) -> Error {
        let found = match self.peek() {
            None => "the end of the text".to_owned(),
            Some(byte) if byte.is_ascii_graphic() => format!("{:?}", char::from(byte)),
            Some(byte) => format!("byte 0x{byte:02x}"),
        };
        Error::malformed(format!("found {found}, expected {what}")).at_byte(self.at as u64)
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        self.at += end;
        // Only ASCII is wanted.
        std::str::from_utf8(&rest[..end]).unwrap_or_default()
    }

    /// A name: letters, digits and underscores.
    pub fn word(&mut self) -> Option<&'a str> {
        self.peek().filter(|byte| byte.is_ascii_alphabetic() || *byte == b'_')?;
        Some(self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
    }

    /// The number of a field.
    pub fn number(&mut self) -> Option<&'a str> {
        self.peek().filter(u8::is_ascii_digit)?;
        Some(self.take_while(|byte| byte.is_ascii_digit()))
    }

    /// What stands in brackets, up to the one that closes, without blanks.
    pub fn bracketed(&mut self) -> Result<String> {
        let mut name = String::new();
        while let Some(byte) = self.peek() {
            if byte == b']' {
                self.at += 1;
                return Ok(name);
            }
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b'%');
            let part = self.take_while(legal);
            if part.is_empty() {
                break;
            }
            name.push_str(part);
        }
        Err(self.unexpected("the name of an extension or a type, and ']'"))
    }

    /// A literal that is no string.
    pub fn literal(&mut self) -> Result<Literal<'a>> {
        let start = self.position();
        let negative = self.eat(b'-');
        self.peek();
        let from = self.at;
        while let Some(byte) = self.text.get(self.at) {
            let before = self.text.get(self.at.wrapping_sub(1)).filter(|_| self.at > from);
            let hex = self.text[from..].starts_with(b"0x") || self.text[from..].starts_with(b"0X");
            let sign = matches!(byte, b'+' | b'-') && matches!(before, Some(b'e' | b'E')) && !hex;
            let number = self.text[from].is_ascii_digit() || self.text[from] == b'.';
            if !(byte.is_ascii_alphanumeric() || *byte == b'_' || number && (*byte == b'.' || sign)) {
                break;
            }
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.text[from..self.at]).unwrap_or_default();
        if text.is_empty() {
            return Err(self.unexpected("a value"));
        }
        Ok(Literal { negative, text, start })
    }

    /// Strings one after the other are one.
    pub fn string(&mut self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut found = false;
        while let Some(quote @ (b'"' | b'\'')) = self.peek() {
            self.at += 1;
            self.rest_of_string(quote, &mut out)?;
            found = true;
        }
        if found { Ok(out) } else { Err(self.unexpected("a string")) }
    }

    fn rest_of_string(&mut self, quote: u8, out: &mut Vec<u8>) -> Result<()> {
        let start = self.at as u64;
        loop {
            match self.text.get(self.at) {
                None | Some(b'\n') => return Err(Error::malformed("the string has no end").at_byte(start - 1)),
                Some(byte) if *byte == quote => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(out)?,
                Some(byte) => {
                    out.push(*byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let at = self.at as u64;
        let bad = || Error::malformed("an escape in a string that is not legal").at_byte(at);
        let kind = *self.text.get(self.at + 1).ok_or_else(bad)?;
        self.at += 2;
        out.push(match kind {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'?' => kind,
            b'0'..=b'7' => {
                self.at -= 1;
                u8::try_from(self.digits(8, 1, 3).ok_or_else(bad)?).map_err(|_| bad())?
            }
            b'x' | b'X' => self.digits(16, 1, 2).ok_or_else(bad)? as u8,
            b'u' | b'U' => {
                let count = if kind == b'u' { 4 } else { 8 };
                let code = self.digits(16, count, count).and_then(char::from_u32).ok_or_else(bad)?;
                out.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(bad()),
        });
        Ok(())
    }

    fn digits(&mut self, radix: u32, least: usize, most: usize) -> Option<u32> {
        let rest = &self.text[self.at..];
        let count = rest.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count();
        self.at += count;
        let text = std::str::from_utf8(&rest[..count]).ok().filter(|text| text.len() >= least)?;
        u32::from_str_radix(text, radix).ok()
    }
}

impl Literal<'_> {
    /// An error of the value.
    #[cold]
    pub fn refused(&self, code: Code, what: &str) -> Error {
        let sign = if self.negative { "-" } else { "" };
        let shown: String = self.text.chars().take(60).collect();
        let why = match code {
            Code::IntRange | Code::FloatRange => "is outside the range of",
            Code::FloatDigits => "has more digits than are exact in",
            _ => "is not",
        };
        Error::value(code, format!("{sign}{shown} {why} {what}")).at_byte(self.start as u64)
    }

    /// A decimal, octal or hexadecimal integer. `None` if it is none; an error if it has more than 64 bits.
    pub fn integer(&self, what: &str) -> Result<Option<i128>> {
        let text = self.text;
        let (digits, radix) = match text.as_bytes() {
            [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (&text[2..], 16),
            [b'0', _, ..] => (&text[1..], 8),
            _ => (text, 10),
        };
        if !digits.chars().all(|letter| letter.is_digit(radix)) {
            return Ok(None);
        }
        let value = u64::from_str_radix(digits, radix).map_err(|_| self.refused(Code::IntRange, what))?;
        Ok(Some(if self.negative { -i128::from(value) } else { i128::from(value) }))
    }

    /// A floating-point number: the nearest one, if its shortest form says the same as the text, or it does when it is
    /// printed with as many digits.
    pub fn float(&self, scalar: Scalar) -> Result<f64> {
        let what = scalar.name();
        let sign = if self.negative { -1.0 } else { 1.0 };
        if ["inf", "infinity"].iter().any(|word| self.text.eq_ignore_ascii_case(word)) {
            return Ok(sign * f64::INFINITY);
        }
        if self.text.eq_ignore_ascii_case("nan") {
            return Ok(f64::NAN);
        }
        let text = self.text.strip_suffix(['f', 'F']).filter(|text| !text.starts_with("0x")).unwrap_or(self.text);
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // Octal and hexadecimal numbers are integers only.
        if whole.len() > 1 && whole.starts_with('0') || mantissa == "." {
            return Err(self.refused(Code::Token, what));
        }
        let whole = if whole.is_empty() { "0" } else { whole };
        let fraction = if fraction.is_empty() { "0" } else { fraction };
        let minus = if self.negative { "-" } else { "" };
        let plain = format!("{minus}{whole}.{fraction}{exponent}");
        let plain = plain.as_bytes();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let power = exponent.get(1..).unwrap_or("0");
        if !digits(whole) || !digits(fraction) || power.trim_start_matches(['+', '-']).is_empty() {
            return Err(self.refused(Code::Token, what));
        }
        let refuse = |fault: number::NumberFault| self.refused(fault.code(), what);
        let parsed = match scalar {
            Scalar::Float => match number::parse_f32(plain) {
                // Many print a float with the digits of a double.
                Err(number::NumberFault::Digits) => match number::parse_f64(plain) {
                    Ok(double) if f64::from(double as f32) == double => Ok(double),
                    _ => Err(number::NumberFault::Digits),
                },
                parsed => parsed.map(f64::from),
            },
            _ => number::parse_f64(plain),
        };
        match parsed {
            Err(number::NumberFault::Digits) => {
                let rounded = match scalar {
                    Scalar::Float => number::printed_f32(plain).map(f64::from),
                    _ => number::printed_f64(plain),
                };
                let all = || printed_alike(scalar, self.negative, whole, fraction);
                let printed = if exponent.is_empty() { rounded.or_else(all) } else { rounded };
                printed.ok_or_else(|| refuse(number::NumberFault::Digits))
            }
            parsed => parsed.map_err(refuse),
        }
    }
}

/// The nearest number, if it has these digits when that many of it are printed: some writers print all that there are.
fn printed_alike(scalar: Scalar, negative: bool, whole: &str, fraction: &str) -> Option<f64> {
    // No double has more.
    if whole.len() > 310 || fraction.len() > 1080 {
        return None;
    }
    let text = format!("{whole}.{fraction}");
    let value = match scalar {
        Scalar::Float => f64::from(text.parse::<f32>().ok()?),
        _ => text.parse::<f64>().ok()?,
    };
    let alike = format!("{value:.digits$}", digits = fraction.len()) == text;
    alike.then_some(if negative { -value } else { value })
}
