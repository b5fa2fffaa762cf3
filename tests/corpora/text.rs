//! A strict JSON reader that keeps number tokens, member order and duplicate keys: what the reference files and the
//! JSON suites are compared with. Slow and plain on purpose; it shares no code with the product.

/// A JSON value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// The token.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    /// Members in order, duplicates kept.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Json::Number(token) => token.parse().ok(),
            _ => None,
        }
    }
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }
    pub fn items(&self) -> &[Json] {
        match self {
            Json::Array(items) => items,
            _ => &[],
        }
    }
    pub fn members(&self) -> &[(String, Json)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }
}

/// One value that fills all of `bytes`, but for blanks.
pub fn parse(bytes: &[u8]) -> Result<Json, String> {
    match parse_sequence(bytes)?.as_slice() {
        [one] => Ok(one.clone()),
        values => Err(format!("{} values instead of one", values.len())),
    }
}

/// Values one after the other, separated by blanks or by nothing where that is not ambiguous.
pub fn parse_sequence(bytes: &[u8]) -> Result<Vec<Json>, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut parser = Parser { bytes, at: 0 };
    let mut values = Vec::new();
    loop {
        parser.blanks();
        if parser.at == bytes.len() {
            return Ok(values);
        }
        values.push(parser.value(0)?);
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn fail<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("byte {}: {what}", self.at))
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.peek() != Some(byte) {
            return self.fail(&format!("expected {:?}", byte as char));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, String> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.fail("unknown word");
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > 2_000 {
            return self.fail("nested too deep");
        }
        self.blanks();
        match self.peek() {
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                self.blanks();
                if self.peek() == Some(b']') {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                loop {
                    items.push(self.value(depth + 1)?);
                    self.blanks();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        _ => break,
                    }
                }
                self.expect(b']')?;
                Ok(Json::Array(items))
            }
            Some(b'{') => {
                self.at += 1;
                let mut members = Vec::new();
                self.blanks();
                if self.peek() == Some(b'}') {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                loop {
                    self.blanks();
                    let name = self.string()?;
                    self.blanks();
                    self.expect(b':')?;
                    members.push((name, self.value(depth + 1)?));
                    self.blanks();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        _ => break,
                    }
                }
                self.expect(b'}')?;
                Ok(Json::Object(members))
            }
            _ => self.fail("expected a value"),
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if start == self.at { self.fail("expected a digit") } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        // `01`, `1x` and `1"a"` are not two values.
        if let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'+' | b'"' | b'_') = self.peek() {
            return self.fail("a number goes on where it should end");
        }
        Ok(Json::Number(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()))
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let Some(digits) = self.bytes.get(self.at..self.at + 4) else { return self.fail("an escape is cut off") };
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return self.fail("bad hexadecimal digits");
        }
        self.at += 4;
        u32::from_str_radix(&String::from_utf8_lossy(digits), 16).map_err(|error| error.to_string())
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect(b'"')?;
        let mut out = Vec::new();
        loop {
            let Some(byte) = self.peek() else { return self.fail("a string is cut off") };
            self.at += 1;
            match byte {
                b'"' => break,
                0..=0x1F => return self.fail("control character in a string"),
                b'\\' => {
                    let Some(escape) = self.peek() else { return self.fail("an escape is cut off") };
                    self.at += 1;
                    let char = match escape {
                        b'"' | b'\\' | b'/' => escape as char,
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => {
                            let mut unit = self.hex4()?;
                            if (0xD800..0xDC00).contains(&unit) && self.bytes[self.at..].starts_with(b"\\u") {
                                self.at += 2;
                                let low = self.hex4()?;
                                if !(0xDC00..0xE000).contains(&low) {
                                    return self.fail("lone surrogate");
                                }
                                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                            }
                            match char::from_u32(unit) {
                                Some(char) => char,
                                None => return self.fail("lone surrogate"),
                            }
                        }
                        _ => return self.fail("unknown escape"),
                    };
                    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => out.push(byte),
            }
        }
        String::from_utf8(out).or_else(|_| self.fail("not UTF-8"))
    }
}

/// Sign, digits without outer zeros, and the power of ten of the last digit: two tokens are equal exactly if these are.
/// A zero keeps its sign. `None` if the text is not a number.
pub fn decimal(token: &str) -> Option<(bool, String, i64)> {
    let (negative, rest) = match token.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, token),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].trim_start_matches('+').parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut digits = format!("{whole}{fraction}").trim_start_matches('0').to_owned();
    let mut power = exponent.checked_sub(fraction.len() as i64)?;
    while digits.ends_with('0') {
        digits.pop();
        power += 1;
    }
    if digits.is_empty() {
        power = 0;
    }
    Some((negative, digits, power))
}

/// Whether two number tokens are the same number. The sign of zero counts where both are floating-point.
pub fn same_number(one: &str, other: &str) -> bool {
    let floating = |token: &str| token.contains(['.', 'e', 'E']);
    match (decimal(one), decimal(other)) {
        (Some(a), Some(b)) if a.1.is_empty() && b.1.is_empty() => a.0 == b.0 || !(floating(one) && floating(other)),
        (Some(a), Some(b)) => a == b,
        _ => one == other,
    }
}
