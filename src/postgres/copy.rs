//! Rows in the binary format of `COPY`, built by hand: one buffer a batch, no allocation a value.
//!
//! Format: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format".

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use tokio_postgres::{Statement, Transaction};

use super::DatabaseError;
use crate::domain::time::Timestamp;

/// Signature, flags and the length of an empty header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A batch of rows on its way into one table.
#[derive(Clone, Debug)]
pub struct CopyRows {
    buffer: BytesMut,
    /// For a value whose length is known once it is written.
    written: Vec<u8>,
    rows: u64,
}

impl Default for CopyRows {
    fn default() -> Self {
        let mut buffer = BytesMut::with_capacity(1 << 16);
        buffer.put_slice(HEADER);
        Self { buffer, written: Vec::new(), rows: 0 }
    }
}

impl CopyRows {
    /// Begins a row of that many columns.
    pub fn row(&mut self, columns: usize) -> &mut Self {
        self.rows += 1;
        // PostgreSQL has at most 1,600.
        self.buffer.put_i16(i16::try_from(columns).unwrap_or(i16::MAX));
        self
    }

    /// A `smallint`.
    pub fn smallint(&mut self, value: i16) -> &mut Self {
        self.buffer.put_i32(2);
        self.buffer.put_i16(value);
        self
    }

    /// An `integer`.
    pub fn integer(&mut self, value: i32) -> &mut Self {
        self.buffer.put_i32(4);
        self.buffer.put_i32(value);
        self
    }

    /// A `bigint`.
    pub fn bigint(&mut self, value: i64) -> &mut Self {
        self.buffer.put_i32(8);
        self.buffer.put_i64(value);
        self
    }

    /// A `boolean`.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.buffer.put_i32(1);
        self.buffer.put_u8(value.into());
        self
    }

    /// A `timestamptz`.
    pub fn timestamptz(&mut self, value: Timestamp) -> &mut Self {
        self.bigint(value.to_postgres())
    }

    /// A `text` or `bytea`.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        // A column of ours is bounded by limits.command_bytes, far below 2 GiB.
        self.buffer.put_i32(i32::try_from(value.len()).unwrap_or(i32::MAX));
        self.buffer.put_slice(value);
        self
    }

    /// A `text`.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// A `text` that `write` appends.
    pub fn written_text(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        self.written.clear();
        write(&mut self.written);
        let written = std::mem::take(&mut self.written);
        self.bytes(&written);
        self.written = written;
        self
    }

    /// NULL, or what `put` puts.
    pub fn nullable<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T) -> &mut Self) -> &mut Self {
        if let Some(value) = value {
            return put(self, value);
        }
        self.buffer.put_i32(-1);
        self
    }

    /// The whole stream, trailer included.
    fn finish(mut self) -> Bytes {
        self.buffer.put_i16(-1);
        self.buffer.freeze()
    }

    /// Sends the rows through a `COPY … FROM STDIN (FORMAT binary)` statement; nothing where there are none.
    ///
    /// # Errors
    /// What PostgreSQL says; the transaction is then of no more use.
    pub async fn send(self, transaction: &Transaction<'_>, statement: &Statement) -> Result<(), DatabaseError> {
        if self.rows == 0 {
            return Ok(());
        }
        let sink = transaction.copy_in::<_, Bytes>(statement).await?;
        futures_util::pin_mut!(sink);
        sink.send(self.finish()).await?;
        sink.finish().await?;
        Ok(())
    }
}
