//! Digests, as parameters and columns.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::DatabaseError;
use crate::domain::ids::Fingerprint;

/// A digest as a column has it: `uuid` where migration 6 found no rows, else `bytea`. Both are these 16 bytes to a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digest(pub Fingerprint);

/// The parameter for these keys.
pub(super) fn digests(keys: &[Fingerprint]) -> Vec<Digest> {
    keys.iter().copied().map(Digest).collect()
}

impl ToSql for Digest {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0.0);
        Ok(IsNull::No)
    }

    accepts!(BYTEA, UUID);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Digest {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let bytes = <[u8; 16]>::try_from(raw).map_err(|_| format!("a digest of {} bytes", raw.len()))?;
        Ok(Self(Fingerprint(bytes)))
    }

    accepts!(BYTEA, UUID);
}

/// The digest that stands in that column.
pub(super) fn digest(row: &Row, column: usize) -> Result<Fingerprint, DatabaseError> {
    let digest: Digest = row.try_get(column).map_err(|error| DatabaseError::Row(format!("decision: {error}")))?;
    Ok(digest.0)
}
