use super::*;
use std::cell::Cell;

/// Runs the sieve over records of which `bad` are bad; whether errors tell the record; the number of records tried.
fn run(
    count: usize,
    bad: &dyn Fn(usize) -> bool,
    tell: &dyn Fn(usize) -> Option<u64>,
) -> (Vec<usize>, Vec<usize>, usize) {
    let tried = Cell::new(0);
    let (mut kept, mut found) = (Vec::new(), Vec::new());
    sieve(
        count,
        |range| {
            tried.set(tried.get() + range.len());
            match range.clone().find(|index| bad(*index)) {
                None => Ok(range),
                Some(index) => {
                    let error = Error::value(Code::Token, "bad");
                    Err(match tell(index - range.start) {
                        Some(record) => error.at_record(record),
                        None => error,
                    })
                }
            }
        },
        |what| {
            match what {
                Found::Good(range) => kept.extend(range),
                Found::Bad(index, error) => {
                    assert_eq!(error.code(), Some(Code::Token));
                    found.push(index);
                }
            }
            Ok(())
        },
    )
    .unwrap();
    (kept, found, tried.get())
}

#[test]
fn what_fails_alone_is_found_in_linear_time_whatever_errors_claim() {
    let tells: [&dyn Fn(usize) -> Option<u64>; 4] =
        [&|at| Some(at as u64), &|_| None, &|_| Some(0), &|at| Some(at as u64 * 7 + 3)];
    for every in [1, 2, 3, 10, 97, 1000, 100_000] {
        for tell in tells {
            let count = 20_000;
            let bad = |index: usize| index % every == every / 2;
            let (kept, found, tried) = run(count, &bad, tell);
            assert_eq!(found, (0..count).filter(|index| bad(*index)).collect::<Vec<_>>());
            assert_eq!(kept, (0..count).filter(|index| !bad(*index)).collect::<Vec<_>>());
            assert!(tried < 12 * count, "every {every}: {tried} records tried of {count}");
        }
    }
}

#[test]
fn an_error_that_is_not_set_aside_ends_the_search() {
    let attempt = |range: std::ops::Range<usize>| if range.contains(&3) { Err(Error::internal("x")) } else { Ok(()) };
    let outcome = sieve(10, attempt, |found| match found {
        Found::Good(()) => Ok(()),
        Found::Bad(_, error) => Err(error),
    });
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Internal);
}

#[test]
fn limits_are_numbers_or_percentages() {
    let parse = |text: &str| text.parse::<RejectLimit>();
    assert_eq!(parse("10").unwrap(), RejectLimit::Records(10));
    assert_eq!(parse("1%").unwrap(), RejectLimit::Millionths(10_000));
    assert_eq!(parse("2.5%").unwrap(), RejectLimit::Millionths(25_000));
    assert_eq!(parse("100%").unwrap(), RejectLimit::Millionths(1_000_000));
    for bad in ["", "%", "-1", "1.5", "101%", "1e2%", "0.00001%", "x%"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    assert_eq!(percent(25_000), "2.5");
    assert_eq!(percent(10_000), "1");
}

#[test]
fn a_reject_file_takes_everything_unless_codes_are_named() {
    let value = Error::value(Code::Token, "x");
    let other = Error::value(Code::Null, "x");
    let malformed = Error::malformed("x");
    let rules = Rules::new(&Policies::default(), true).unwrap().unwrap();
    assert_eq!(rules.verdict(&value, false), Some(Verdict::Reject));
    assert_eq!(rules.verdict(&malformed, true), Some(Verdict::Reject));
    assert_eq!(rules.verdict(&malformed, false), None);
    assert_eq!(rules.verdict(&Error::internal("x"), true), None);

    let mut named = Policies::default();
    named.set("V-TYPE=reject".parse().unwrap());
    assert!(Rules::new(&named, false).is_err());
    let rules = Rules::new(&named, true).unwrap().unwrap();
    assert_eq!(rules.verdict(&value, true), Some(Verdict::Reject));
    assert_eq!(rules.verdict(&other, true), None);
    assert_eq!(rules.verdict(&malformed, true), None);

    let mut skipped = Policies::default();
    skipped.set("V-NULL=skip".parse().unwrap());
    let rules = Rules::new(&skipped, false).unwrap().unwrap();
    assert_eq!(rules.verdict(&other, true), Some(Verdict::Skip));
    assert_eq!(rules.verdict(&value, true), None);
    assert!(Rules::new(&Policies::default(), false).unwrap().is_none());
}
