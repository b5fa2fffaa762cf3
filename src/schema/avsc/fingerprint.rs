//! Fingerprints of schemas (specification, section Schema Fingerprints): of the Parsing Canonical Form, with the three
//! algorithms that the specification recommends.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::canonical::canonical_form;
use super::md5::md5;
use super::model::Document;

/// The fingerprints of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints {
    /// The Parsing Canonical Form that they are of.
    pub canonical: String,
    /// CRC-64-AVRO (Rabin). Single-object encoding holds its bytes lowest first; so do Avro's own tools when they print it.
    pub crc64: u64,
    /// MD5.
    pub md5: [u8; 16],
    /// SHA-256.
    pub sha256: [u8; 32],
}

impl Fingerprints {
    /// Of a document.
    pub fn of(document: &Document) -> Self {
        let canonical = canonical_form(document);
        let bytes = canonical.as_bytes();
        let (crc64, md5, sha256) = (crc64_avro(bytes), md5(bytes), Sha256::digest(bytes).into());
        Fingerprints { canonical, crc64, md5, sha256 }
    }
}

/// The fingerprint of empty text, which is also the polynomial.
const EMPTY: u64 = 0xc15d_213a_a4d7_a795;

const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u64;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (EMPTY & (value & 1).wrapping_neg());
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

/// CRC-64-AVRO.
pub fn crc64_avro(bytes: &[u8]) -> u64 {
    bytes.iter().fold(EMPTY, |value, byte| (value >> 8) ^ TABLE[usize::from(value as u8 ^ byte)])
}

/// Bytes as hexadecimal digits, lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
