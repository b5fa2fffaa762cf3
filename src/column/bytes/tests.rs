use proptest::prelude::*;

use super::*;

#[test]
fn rfc_4648_vectors() {
    for (value, expected) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")]
    {
        let mut out = Vec::new();
        push_base64(&mut out, value.as_bytes());
        assert_eq!(out, expected.as_bytes());
        for text in [expected, expected.trim_end_matches('=')] {
            let mut back = Vec::new();
            parse_base64(text.as_bytes(), &mut back).unwrap();
            assert_eq!(back, value.as_bytes());
        }
    }
    let mut back = Vec::new();
    parse_base64(b"-_-_", &mut back).unwrap();
    parse_base64(b"+/+/", &mut back).unwrap();
    assert_eq!(back[..3], back[3..]);
}

#[test]
fn faults_leave_the_output_alone() {
    for text in ["Z", "Zg=a", "Zm9v!", "Zm 9v", "-/==", "Zh"] {
        let mut out = vec![7];
        assert_eq!(parse_base64(text.as_bytes(), &mut out), Err(BytesFault::Syntax), "{text}");
        assert_eq!(out, [7]);
    }
    for text in ["a", "0g", "abc"] {
        let mut out = vec![7];
        assert_eq!(parse_hex(text.as_bytes(), &mut out), Err(BytesFault::Syntax), "{text}");
        assert_eq!(out, [7]);
    }
    for text in [
        "",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
        "f81d4fae07dec-11d0-a765-00a0c91e6bf6",
        "é81d4fae-7dec-11d0-a765-00a0c91e6bf",
    ] {
        assert_eq!(parse_uuid(text.as_bytes()), Err(BytesFault::Uuid));
    }
}

proptest! {
    #[test]
    fn bytes_read_back(value: Vec<u8>, id: [u8; 16]) {
        let (mut base64, mut hex, mut back) = (Vec::new(), Vec::new(), Vec::new());
        push_base64(&mut base64, &value);
        parse_base64(&base64, &mut back).unwrap();
        prop_assert_eq!(&back, &value);
        push_hex(&mut hex, &value);
        back.clear();
        parse_hex(&hex, &mut back).unwrap();
        prop_assert_eq!(&back, &value);
        parse_hex(&hex.to_ascii_uppercase(), &mut back).unwrap();

        let mut uuid = Vec::new();
        push_uuid(&mut uuid, &id);
        prop_assert_eq!(parse_uuid(&uuid), Ok(id));
        prop_assert_eq!(parse_uuid(&uuid.to_ascii_uppercase()), Ok(id));
        let plain: Vec<u8> = uuid.iter().copied().filter(|byte| *byte != b'-').collect();
        let expected: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        prop_assert_eq!(plain, expected.into_bytes());
        prop_assert_eq!(uuid.len(), 36);
    }
}
