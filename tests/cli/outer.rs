//! Compression around a file: frames that are skipped, and names that say something else than the bytes.

use super::{Folder, NDJSON, ROWS};

/// A frame that readers of zstd and LZ4 skip.
fn skipped(magic: u8, bytes: usize) -> Vec<u8> {
    [&[magic, 0x2a, 0x4d, 0x18][..], &u32::try_from(bytes).unwrap().to_le_bytes(), &vec![b'x'; bytes]].concat()
}

fn folder() -> Folder {
    let folder = Folder::new(&[("a.csv", ROWS), ("empty.csv", "")]);
    for codec in ["zst", "lz4"] {
        folder.run(&["convert", "a.csv", "-o", &format!("a.csv.{codec}"), "-q"]).ends(0);
    }
    folder
}

#[test]
fn frames_that_are_skipped_may_stand_anywhere() {
    let folder = folder();
    for codec in ["zst", "lz4"] {
        let frame = std::fs::read(folder.path(&format!("a.csv.{codec}"))).unwrap();
        // One as pzstd writes it, one that is longer than what is looked at to tell a format, several.
        let long = skipped(0x5f, 100_000);
        let leads = [vec![], skipped(0x50, 4), long.clone(), [skipped(0x51, 0), long, skipped(0x50, 40_000)].concat()];
        for lead in leads {
            for tail in [vec![], skipped(0x50, 9)] {
                let bytes = [&lead[..], &frame, &tail].concat();
                let name = format!("b.csv.{codec}");
                std::fs::write(folder.path(&name), &bytes).unwrap();
                let ran = folder.run(&["cat", &name]).ends(0);
                assert_eq!((ran.out.as_str(), ran.err.as_str()), (NDJSON, ""), "{codec} {}", lead.len());
                // Through a pipe, where the format is told by the content, and where it is named.
                assert_eq!(folder.pipe(&["cat", "-"], &bytes).ends(0).out, NDJSON, "{codec} {}", lead.len());
                assert_eq!(folder.pipe(&["cat", "-", "--from", "csv"], &bytes).ends(0).out, NDJSON);
                assert_eq!(folder.run(&["count", &name]).ends(0).out.split_whitespace().next(), Some("3"));
            }
        }
        // Nothing but such frames.
        let name = format!("n.csv.{codec}");
        std::fs::write(folder.path(&name), [skipped(0x50, 3), skipped(0x55, 0)].concat()).unwrap();
        let ran = folder.run(&["cat", &name]);
        let empty = folder.run(&["cat", "empty.csv"]);
        assert_eq!((ran.code, ran.out), (empty.code, empty.out), "{}", ran.err);
        assert!(!ran.err.contains("whatever its name says"), "{}", ran.err);
    }
}

#[test]
fn frames_that_are_skipped_stand_between_others() {
    let folder = folder();
    for codec in ["zst", "lz4"] {
        let whole = std::fs::read(folder.path(&format!("a.csv.{codec}"))).unwrap();
        // The same records twice, with a header in the middle that is a record of text.
        let bytes = [&whole[..], &skipped(0x52, 70_000), &whole].concat();
        std::fs::write(folder.path(&format!("two.csv.{codec}")), bytes).unwrap();
        folder.write("two.csv", &[ROWS, ROWS].concat());
        let expected = folder.run(&["cat", "two.csv"]).ends(0).out;
        assert_eq!(folder.run(&["cat", &format!("two.csv.{codec}")]).ends(0).out, expected);
    }
}

#[test]
fn a_frame_that_is_skipped_and_cut_is_no_text() {
    let folder = folder();
    for codec in ["zst", "lz4"] {
        let frame = std::fs::read(folder.path(&format!("a.csv.{codec}"))).unwrap();
        let name = format!("b.csv.{codec}");
        let whole = [skipped(0x50, 12), frame].concat();
        for cut in [1, 3, 4, 7, 8, 19, 22, 26, whole.len() - 1] {
            std::fs::write(folder.path(&name), &whole[..cut]).unwrap();
            let ran = folder.run(&["convert", &name, "-o", "o.parquet"]);
            assert_eq!(ran.code, Some(3), "{codec} {cut}: {}", ran.err);
        }
        // One that says to be longer than the file.
        let mut longer = whole.clone();
        longer[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        std::fs::write(folder.path(&name), longer).unwrap();
        folder.run(&["cat", &name]).ends(3).says(&[&format!("this is no {codec} data")]);
    }
}

#[test]
fn the_legacy_format_of_lz4_is_called_by_its_name() {
    let folder = folder();
    // What `lz4 -l` makes of "a,b\n1,2\n".
    let legacy = b"\x02\x21\x4c\x18\x09\0\0\0\x80a,b\n1,2\n";
    std::fs::write(folder.path("l.csv.lz4"), legacy).unwrap();
    folder.run(&["cat", "l.csv.lz4"]).ends(8).says(&["l.csv.lz4: lz4 data in the legacy format", "lz4 -dc"]);
    folder.pipe(&["cat", "-", "--from", "csv"], legacy).ends(8).says(&["legacy format"]);
}

#[test]
fn a_name_that_says_another_compression_is_told() {
    let folder = folder();
    for codec in ["gz", "zst", "bz2", "xz", "lz4"] {
        let name = format!("t.csv.{codec}");
        folder.write(&name, ROWS);
        let ran = folder.run(&["cat", &name]).ends(0);
        assert_eq!(ran.out, NDJSON);
        ran.says(&[&format!("{name} is not compressed, whatever its name says")]);
        // Neither text nor of that codec: as an archive whose first byte was changed.
        std::fs::write(folder.path(&name), b"\x1e\x8b\x08\0\0\0\0\0\0\x03\xe2\xe5\x02\x01").unwrap();
        folder.run(&["cat", &name]).ends(3).says(&[&format!("{name}: this is no {codec} data")]);
        folder.run(&["count", &name, "--from", "csv"]).ends(3).says(&["this is no"]);
    }
    std::fs::copy(folder.path("a.csv.zst"), folder.path("z.csv.gz")).unwrap();
    let ran = folder.run(&["cat", "z.csv.gz"]).ends(0).says(&["z.csv.gz holds zst data, whatever its name says"]);
    assert_eq!(ran.out, NDJSON);
    // Avro is known by its magic.
    folder.run(&["convert", "a.csv", "-o", "a.avro"]).ends(0);
    std::fs::rename(folder.path("a.avro"), folder.path("a.avro.gz")).unwrap();
    assert_eq!(folder.run(&["cat", "a.avro.gz"]).ends(0).says(&["is not compressed"]).out, NDJSON);
}
