use proptest::prelude::*;

use super::*;

/// The readable twin.
fn expected(token: &str) -> Option<Plain> {
    let (negative, text) = match token.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, token),
    };
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let all = [whole, fraction].concat();
    if whole.is_empty() || all.len() > DIGITS_MAX || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Plain { negative, mantissa: all.parse().unwrap(), scale: fraction.len() as u32 })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn plain_numbers_are_read(token in "-?[0-9]{0,21}(\\.[0-9]{0,20})?") {
        prop_assert_eq!(plain(token.as_bytes()), expected(&token), "{}", token);
    }

    /// What stands before and behind a token is no part of it.
    #[test]
    fn plain_numbers_are_read_where_they_stand(
        before in "[-0-9.,]{0,30}", token in "-?[0-9]{0,21}([.][0-9]{0,20})?|[-+.0-9e ]{0,24}", behind in "[-0-9.,]{0,3}",
    ) {
        let text = [&before[..], &token, &behind].concat();
        let found = Token::new(text.as_bytes(), before.len(), before.len() + token.len()).unwrap();
        prop_assert_eq!(found.bytes(), token.as_bytes());
        prop_assert_eq!(found.plain(), expected(&token), "{}", text);
        // Numbers that most do not come to: the usual ones must not take the long way.
        let usual = expected(&token).is_some_and(|number| number.scale >= 8 || token.len() <= 16 || number.scale == 0);
        prop_assert!(found.at_once().is_some() || !usual || before.len() + token.len() < 24);
    }

    #[test]
    fn integers_are_read_where_they_stand(
        before in "[-0-9.,]{0,30}", token in "-?(0|[1-9]?[0-9]{0,20})|[-+.0-9e ]{0,24}", behind in "[-0-9.,]{0,3}",
    ) {
        let text = [&before[..], &token, &behind].concat();
        let found = Token::new(text.as_bytes(), before.len(), before.len() + token.len()).unwrap().integer();
        let digits = token.strip_prefix('-').unwrap_or(&token);
        let zeros = digits.starts_with('0') && token != "0";
        let wanted = expected(&token)
            .filter(|number| number.scale == 0 && !zeros)
            .map(|number| (number.negative, digits.len() as u32, number.mantissa));
        if before.len() + token.len() < 24 {
            prop_assert!(found.is_none() || found == wanted, "{}", text);
        } else {
            prop_assert_eq!(found, wanted, "{}", text);
        }
    }

    #[test]
    fn nothing_else_is_a_plain_number(token in "[-+.0-9:/e \\x00\\x80-\\xff]{0,24}") {
        prop_assert_eq!(plain(token.as_bytes()), expected(&token), "{}", token);
    }

    #[test]
    fn digits_are_read(token in "[0-9]{0,22}", at: usize, byte: u8) {
        let value = Some(token.len()).filter(|len| (1..=DIGITS_MAX).contains(len)).map(|_| token.parse().unwrap());
        prop_assert_eq!(digits(token.as_bytes()), value);
        let mut broken = token.into_bytes();
        if !broken.is_empty() && !byte.is_ascii_digit() {
            let at = at % broken.len();
            broken[at] = byte;
            prop_assert_eq!(digits(&broken), None, "{:?}", broken);
        }
    }

    #[test]
    fn shapes_are_checked(text: [u8; 8], seed in "[0-9]{4}-[0-9]{2}-", at in 0_usize..8, byte: u8) {
        let twin = |text: &[u8; 8]| {
            let fits = text.iter().zip(b"0000-00-").all(|(byte, like)| if *like == b'0' { byte.is_ascii_digit() } else { byte == like });
            fits.then(|| std::array::from_fn(|at| text[at] ^ b"0000-00-"[at]))
        };
        prop_assert_eq!(shaped(&text, b"0000-00-"), twin(&text));
        let mut text: [u8; 8] = seed.as_bytes().try_into().unwrap();
        prop_assert_eq!(shaped(&text, b"0000-00-"), twin(&text));
        text[at] = byte;
        prop_assert_eq!(shaped(&text, b"0000-00-"), twin(&text));
    }
}

#[test]
fn the_ends_of_the_range_are_read() {
    for token in ["0", "9", "99999999", "100000000", "9999999999999999", "9999999999999999999", "0000000000000000001"] {
        assert_eq!(digits(token.as_bytes()), Some(token.parse().unwrap()));
    }
    for token in ["", "99999999999999999999", "1 ", " 1", "+1", "-1", "1.0"] {
        assert_eq!(digits(token.as_bytes()), None, "{token}");
    }
}
