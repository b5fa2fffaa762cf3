//! The output: a header, then blocks; and the schema file beside it, if one is wanted.

use std::io::Write;
use std::sync::Arc;

use super::encode::BlockEncode;
use crate::error::Result;
use crate::output::{Output, OutputFile};
use crate::pipeline::Writer;
use crate::pipeline::stream::StreamWriter;

/// Writes a container file.
pub(super) struct FileWriter {
    blocks: StreamWriter<BlockEncode>,
    /// A file that appears together with the output.
    schema: Option<OutputFile>,
}

impl FileWriter {
    pub(super) fn new(
        output: Output,
        encoder: BlockEncode,
        header: Vec<u8>,
        schema: Option<(Output, String)>,
    ) -> Result<Self> {
        let schema = match schema {
            None => None,
            Some((output, text)) => {
                let mut file = output.open()?;
                file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(|e| file.error(e))?;
                Some(file)
            }
        };
        Ok(FileWriter { blocks: StreamWriter::new(output, encoder, header)?, schema })
    }
}

impl Writer for FileWriter {
    type Encoder = <StreamWriter<BlockEncode> as Writer>::Encoder;

    fn encoder(&self) -> Arc<Self::Encoder> {
        self.blocks.encoder()
    }

    fn append(&mut self, piece: Vec<u8>) -> Result<()> {
        self.blocks.append(piece)
    }

    fn finish(&mut self) -> Result<u64> {
        let bytes = self.blocks.finish()?;
        if let Some(mut schema) = self.schema.take() {
            schema.commit()?;
        }
        Ok(bytes)
    }
}
