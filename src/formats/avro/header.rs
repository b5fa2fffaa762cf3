//! The head of a file: magic, metadata, sync marker (specification, section Object Container Files).

use std::io::Read;

use crate::error::{Error, Result};
use crate::source::read_error;

/// What a file begins with.
pub(super) const MAGIC: &[u8; 4] = b"Obj\x01";

/// Bytes of metadata at most: schemas of a few hundred megabytes are not schemas.
const METADATA_BYTES_MAX: usize = 256 << 20;

/// The head of a file.
#[derive(Debug)]
pub(super) struct Header {
    /// Keys and values in the order of the file.
    pub(super) metadata: Vec<(String, Vec<u8>)>,
    /// What stands behind every block.
    pub(super) sync: [u8; 16],
    /// Bytes it takes.
    pub(super) len: u64,
}

impl Header {
    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        // The last one counts, as in the maps of every reader.
        self.metadata.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_slice())
    }

    /// The schema as text.
    pub(super) fn schema(&self) -> Result<&str> {
        let schema = self.get("avro.schema").ok_or_else(|| Error::malformed("the file header has no avro.schema"))?;
        std::str::from_utf8(schema).map_err(|error| Error::malformed("avro.schema is not UTF-8").with_cause(error))
    }

    /// Reads the head of a file.
    ///
    /// # Errors
    /// `Malformed` with the byte: not an Avro file, cut off, or lengths that lie.
    pub(super) fn read(input: &mut dyn Read) -> Result<Header> {
        let mut input = Input { input, byte: 0 };
        let mut magic = [0; 4];
        input.fill(&mut magic)?;
        if &magic != MAGIC {
            let message = "not an Avro object container file: it does not begin with \"Obj\" and 1";
            return Err(Error::malformed(message)
                .at_byte(0)
                .with_hint("if it holds another format, name that with --from"));
        }
        let mut metadata = Vec::new();
        let mut size = 0;
        loop {
            let mut count = input.long()?;
            if count == 0 {
                break;
            }
            if count < 0 {
                count = count.checked_neg().ok_or_else(|| input.bad("a count of entries that is out of range"))?;
                input.long()?;
            }
            for _ in 0..count {
                let key = input.bytes(&mut size)?;
                let value = input.bytes(&mut size)?;
                let key = String::from_utf8(key).map_err(|_| input.bad("a metadata key that is not UTF-8"))?;
                metadata.push((key, value));
            }
        }
        let mut sync = [0; 16];
        input.fill(&mut sync)?;
        Ok(Header { metadata, sync, len: input.byte })
    }

    /// The bytes of a head.
    pub(super) fn write(metadata: &[(String, Vec<u8>)], sync: &[u8; 16]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        if !metadata.is_empty() {
            crate::column::avro::put::long(&mut out, metadata.len() as i64);
            for (key, value) in metadata {
                crate::column::avro::put::bytes(&mut out, key.as_bytes());
                crate::column::avro::put::bytes(&mut out, value);
            }
        }
        out.push(0);
        out.extend_from_slice(sync);
        out
    }
}

struct Input<'a> {
    input: &'a mut dyn Read,
    byte: u64,
}

impl Input<'_> {
    fn bad(&self, message: &str) -> Error {
        Error::malformed(format!("the file header has {message}")).at_byte(self.byte)
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<()> {
        self.input.read_exact(into).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Error::malformed("the file ends inside its header")
                .at_byte(self.byte)
                .with_hint("the file may be cut off, or not be Avro"),
            _ => read_error(error, self.byte),
        })?;
        self.byte += into.len() as u64;
        Ok(())
    }

    fn long(&mut self) -> Result<i64> {
        let mut bytes = Vec::with_capacity(10);
        while bytes.len() < 10 {
            let mut byte = [0];
            self.fill(&mut byte)?;
            bytes.push(byte[0]);
            if byte[0] < 0x80 {
                break;
            }
        }
        let found = crate::column::avro::cursor::long_at(&bytes).map_err(|error| error.at_byte(self.byte))?;
        found.map(|(value, _)| value).ok_or_else(|| self.bad("a number of more than 64 bits"))
    }

    fn bytes(&mut self, size: &mut usize) -> Result<Vec<u8>> {
        let claimed = self.long()?;
        let len = usize::try_from(claimed).ok().filter(|len| *len <= METADATA_BYTES_MAX - *size);
        let len = len.ok_or_else(|| self.bad(&format!("a value that claims {claimed} bytes")))?;
        *size += len;
        let mut bytes = Vec::new();
        // Read in steps: a length that lies must not take memory that the file does not fill.
        while bytes.len() < len {
            let start = bytes.len();
            bytes.resize(len.min(start + (1 << 16)), 0);
            self.fill(&mut bytes[start..])?;
        }
        Ok(bytes)
    }
}
