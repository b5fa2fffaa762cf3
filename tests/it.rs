//! Checks through the public interface that hold for every format and every pair of formats. What is checked iterates
//! over the registry, so that a further format is covered without a line here.

mod it {
    #[cfg(feature = "cli")]
    mod alterations;
    #[cfg(all(feature = "avro", feature = "parquet", feature = "ipc", feature = "json"))]
    mod avro_cases;
    pub mod data;
    mod determinism;
    mod embedding;
    mod faults;
    pub mod files;
    mod fuzz_smoke;
    mod golden;
    #[cfg(all(feature = "csv", feature = "json", feature = "avro", feature = "parquet"))]
    mod guess;
    mod matrix;
    mod pairs;
    mod proof;
    #[cfg(all(feature = "csv", feature = "json"))]
    mod several;
    mod verify;

    // The renderer of the conformance checks.
    #[path = "../corpora/render.rs"]
    pub mod render;
    #[allow(dead_code, reason = "the conformance checks use the rest")]
    #[path = "../corpora/text.rs"]
    pub mod text;
}
