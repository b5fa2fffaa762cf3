use parquet::basic::Encoding;

use super::*;

const TEXT: &[u8] = b"levels, and behind them many, many, many values";

fn compressed(bytes: &[u8]) -> Bytes {
    zstd::bulk::compress(bytes, 3).unwrap().into()
}

fn version_1(buf: Bytes) -> Page {
    let rle = Encoding::RLE;
    Page::DataPage {
        buf,
        num_values: 9,
        encoding: Encoding::PLAIN,
        def_level_encoding: rle,
        rep_level_encoding: rle,
        statistics: None,
    }
}

fn version_2(buf: Bytes, levels: [u32; 2], is_compressed: bool) -> Page {
    Page::DataPageV2 {
        buf,
        num_values: 9,
        encoding: Encoding::PLAIN,
        num_nulls: 0,
        num_rows: 9,
        def_levels_byte_len: levels[0],
        rep_levels_byte_len: levels[1],
        is_compressed,
        statistics: None,
    }
}

fn spare() -> Arc<Spare> {
    Arc::new(Spare::new(1 << 10))
}

fn found(stored: Page, size: usize) -> Result<Vec<u8>, String> {
    page(stored, Some(size as u64), &spare()).map(|page| page.buffer().to_vec())
}

#[test]
fn values_come_back_and_levels_stay_as_they_are() {
    assert_eq!(found(version_1(compressed(TEXT)), TEXT.len()).unwrap(), TEXT);
    let dictionary =
        Page::DictionaryPage { buf: compressed(TEXT), num_values: 2, encoding: Encoding::PLAIN, is_sorted: false };
    assert_eq!(found(dictionary, TEXT.len()).unwrap(), TEXT);
    let apart: Bytes = [&TEXT[..8], &compressed(&TEXT[8..])].concat().into();
    assert_eq!(found(version_2(apart, [6, 2], true), TEXT.len()).unwrap(), TEXT);
    let plain = Bytes::from_static(TEXT);
    assert_eq!(found(version_2(plain.clone(), [6, 2], false), TEXT.len()).unwrap(), TEXT);
    // Only levels: no value is set.
    assert_eq!(found(version_2(plain, [40, TEXT.len() as u32 - 40], true), TEXT.len()).unwrap(), TEXT);
    // Two frames, and a frame that does not say how long it is.
    let frames: Bytes = [compressed(&TEXT[..5]), compressed(&TEXT[5..])].concat().into();
    assert_eq!(found(version_1(frames), TEXT.len()).unwrap(), TEXT);
    let streamed = zstd::stream::encode_all(TEXT, 1).unwrap();
    assert_eq!(found(version_1(streamed.into()), TEXT.len()).unwrap(), TEXT);
}

#[test]
fn pages_of_another_size_are_refused() {
    let refused = |stored: Page, size: u64, what: &str| {
        let message = page(stored, Some(size), &spare()).map(drop).unwrap_err();
        assert!(message.contains(what), "{message}");
    };
    let length = TEXT.len() as u64;
    refused(version_1(compressed(TEXT)), length + 1, "its header says 48");
    refused(version_1(compressed(TEXT)), length - 1, "too small");
    refused(version_1(compressed(TEXT)), 1 << 31, "a header without the size");
    refused(version_1(Bytes::from_static(TEXT)), length, "Unknown frame");
    refused(version_1(compressed(TEXT).slice(..20)), length, "");
    refused(version_2(compressed(TEXT), [900, 0], true), length, "levels beyond the page");
    refused(version_2(compressed(TEXT), [u32::MAX; 2], true), length, "levels beyond the page");
    let message = page(version_1(compressed(TEXT)), None, &spare()).map(drop).unwrap_err();
    assert_eq!(message, "a header without the size of its page");
}
