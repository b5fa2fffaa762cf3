use super::*;

/// What `\u` escapes, all behind one another, say.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn unescaped(bytes: &[u8]) -> Result<(Vec<u8>, usize)> {
    let mut out = b"before".to_vec();
    let next = unescape(bytes, 0, &mut out)?;
    Ok((out.split_off(6), next))
}

#[test]
fn every_character_by_itself_and_among_its_neighbours() {
    let all: Vec<char> = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
    for neighbours in all.chunks(977) {
        let text: String = neighbours.iter().collect();
        let bytes = escaped(&text);
        let (out, next) = unescaped(bytes.as_bytes()).unwrap();
        assert_eq!((String::from_utf8(out).unwrap(), next), (text, bytes.len()));
    }
    for character in all.into_iter().step_by(331) {
        let text = character.to_string();
        let upper = escaped(&text).replace("\\u", "\\U").to_uppercase().replace("\\U", "\\u");
        for bytes in [escaped(&text), upper] {
            let (out, next) = unescaped(format!("{bytes}u0041").as_bytes()).unwrap();
            assert_eq!((String::from_utf8(out).unwrap(), next), (text.clone(), bytes.len()));
        }
    }
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let bad = [
        "\\u12",
        "\\u12g4",
        "\\u12é4",
        "\\ud800",
        "\\ud800\\u0041",
        "\\ud800\\n",
        "\\udc00",
        "\\ud800\\u12",
        "\\u",
        "\\x",
    ];
    for bad in bad {
        assert!(unescaped(bad.as_bytes()).unwrap_err().origin().byte.is_some(), "{bad}");
        // What stands before it is taken, and it is where the text goes on.
        let (out, next) = unescaped(format!("\\u00e9\\u4e2d{bad}").as_bytes()).unwrap();
        assert_eq!((out.as_slice(), next), ("é中".as_bytes(), 12), "{bad}");
    }
}
