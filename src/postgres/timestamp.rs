//! `timestamptz` ↔ `Timestamp`, in binary: microseconds since 2000-01-01 (PostgreSQL's documented wire format).

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use crate::domain::time::Timestamp;

/// 2000-01-01T00:00:00Z in microseconds since 1970.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl Timestamp {
    /// The value as `timestamptz` carries it.
    pub(super) const fn to_postgres(self) -> i64 {
        self.micros().saturating_sub(POSTGRES_EPOCH_MICROS)
    }
}

impl ToSql for Timestamp {
    accepts!(TIMESTAMPTZ);
    to_sql_checked!();

    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i64(self.to_postgres());
        Ok(IsNull::No)
    }
}

impl<'a> FromSql<'a> for Timestamp {
    accepts!(TIMESTAMPTZ);

    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let bytes: [u8; 8] = raw.try_into()?;
        Ok(Self::from_micros(i64::from_be_bytes(bytes).saturating_add(POSTGRES_EPOCH_MICROS)))
    }
}
