use super::*;

#[test]
fn a_folder_knows_how_its_outputs_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.csv", "b.csv"].map(|name| folder.path().join(name));
    std::fs::write(&a, "x\n").unwrap();
    std::fs::write(&b, "x\n").unwrap();
    let open = |options: &str| Made::open(folder.path(), options).unwrap();
    assert_eq!(open("one").options_of(&a), Options::Unknown);
    open("one").add(&a).unwrap();
    assert_eq!((open("one").options_of(&a), open("two").options_of(&a)), (Options::Same, Options::Other));
    assert_eq!(open("one").options_of(&b), Options::Unknown);
    // The last line counts.
    open("two").add(&a).unwrap();
    assert_eq!((open("one").options_of(&a), open("two").options_of(&a)), (Options::Other, Options::Same));
    // A file that was changed since is another one.
    std::fs::write(&a, "xy\n").unwrap();
    assert_eq!(open("two").options_of(&a), Options::Unknown);
}

#[test]
fn what_was_broken_off_spoils_no_other_line() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("a.csv"), folder.path().join(FILE));
    std::fs::write(&path, "x\n").unwrap();
    let open = || Made::open(folder.path(), "one").unwrap();
    open().add(&path).unwrap();
    File::options().append(true).open(&file).unwrap().write_all(b"{\"output\":\"b.c").unwrap();
    assert_eq!(open().options_of(&path), Options::Same);
    open().add(&path).unwrap();
    assert_eq!(open().options_of(&path), Options::Same);
    // Lines that are out of date do not add up.
    for _ in 0..=IDLE_MAX {
        open().add(&path).unwrap();
    }
    assert_eq!(open().options_of(&path), Options::Same);
    assert!(std::fs::read_to_string(&file).unwrap().lines().count() <= IDLE_MAX + 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn only_who_began_the_notes_takes_them_away() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("a.csv"), folder.path().join(FILE));
    std::fs::write(&path, "x\n").unwrap();
    let open = || Made::open(folder.path(), "one").unwrap();
    open().forget().unwrap();
    let made = open();
    made.add(&path).unwrap();
    made.forget().unwrap();
    assert!(!file.exists());
    open().add(&path).unwrap();
    let made = open();
    made.add(&path).unwrap();
    made.forget().unwrap();
    assert_eq!(open().options_of(&path), Options::Same);
}
