//! Records read some at a time.

use std::fs::File;

use csv::{ByteRecord, Reader};

/// How many records there are at a time: few enough to stay in the nearest cache.
const RECORDS: usize = 128;

/// Records, whose memory is used again.
///
/// Names are looked up for all of a batch at once: the processor then waits for several of them at a time, which it can't
/// while the parsing of another record follows each.
#[derive(Debug)]
pub(crate) struct Batch(Vec<ByteRecord>);

impl Batch {
    pub(crate) fn new() -> Self {
        Self(vec![ByteRecord::new(); RECORDS])
    }

    /// The next records; nothing after the last.
    pub(crate) fn read(&mut self, reader: &mut Reader<File>) -> csv::Result<Option<&[ByteRecord]>> {
        let mut count = 0;
        while count < RECORDS && reader.read_byte_record(&mut self.0[count])? {
            count += 1;
        }
        Ok((count > 0).then(|| &self.0[..count]))
    }
}
