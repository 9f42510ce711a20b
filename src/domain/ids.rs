//! Identifiers: types that cannot hold a wrong value.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;

/// A value that is not an identifier of the kind asked for.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a valid {what}")]
pub struct InvalidId {
    what: &'static str,
}

/// The platform's business unit: `[A-Za-z0-9._-]{1,64}` (docs/contract.md#repeated-commands). Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// The longest tenant, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// # Errors
    /// `InvalidId` where the text is empty, too long or has another character.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > Self::MAX_BYTES || !text.bytes().all(allowed) {
            return Err(InvalidId { what: "tenant" });
        }
        Ok(Self(text.into()))
    }

    /// The tenant's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Tenant {
    /// The tenant of a command that names none: `default`.
    fn default() -> Self {
        Self("default".into())
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! positive_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// # Errors
            /// `InvalidId` unless the number is positive.
            pub const fn new(number: i64) -> Result<Self, InvalidId> {
                if number > 0 { Ok(Self(number)) } else { Err(InvalidId { what: $what }) }
            }

            /// Reads a string of digits without leading zeros (docs/contract.md#the-schedule-command).
            ///
            /// # Errors
            /// `InvalidId` for anything else, zero and numbers over 2^63−1 included.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(InvalidId { what: $what });
                }
                text.parse().map_err(|_| InvalidId { what: $what }).and_then(Self::new)
            }

            /// The number, always positive.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

positive_id!(
    /// An outbound phone skill of the directory.
    SkillId,
    "skill id"
);
positive_id!(
    /// An agent of the directory.
    AgentId,
    "agent id"
);
positive_id!(
    /// What a caller names a callback by. Those that the service makes are `sequence << 10 | shard` and
    /// at most 2^53−1, so that they survive a double (docs/contract.md#results); a caller may send any positive number.
    CallbackId,
    "callback id"
);

/// A partition of the command topic, and all the callbacks that were scheduled through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u16);

impl Shard {
    /// How many shards a `CallbackId` can tell apart.
    pub const COUNT: u16 = 1 << CallbackId::SHARD_BITS;

    /// # Errors
    /// `InvalidId` for a partition outside 0..1,024.
    pub fn from_partition(partition: i32) -> Result<Self, InvalidId> {
        u16::try_from(partition)
            .ok()
            .filter(|&number| number < Self::COUNT)
            .map(Self)
            .ok_or(InvalidId { what: "shard" })
    }

    /// The partition of the same number.
    pub const fn partition(self) -> i32 {
        self.0 as i32
    }

    /// The shard as PostgreSQL stores it.
    pub const fn column(self) -> i16 {
        // Below 1,024, so it fits.
        self.0.cast_signed()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl CallbackId {
    const SHARD_BITS: u32 = 10;
    /// The highest id the service makes: 2^53−1.
    pub const MAX: i64 = (1 << 53) - 1;
    /// The highest sequence number that still makes an id.
    pub const MAX_SEQUENCE: i64 = Self::MAX >> Self::SHARD_BITS;

    /// Makes the id of a new callback.
    ///
    /// # Errors
    /// `InvalidId` where the sequence number is not in 1..=2^43−1.
    pub fn compose(sequence: i64, shard: Shard) -> Result<Self, InvalidId> {
        if !(1..=Self::MAX_SEQUENCE).contains(&sequence) {
            return Err(InvalidId { what: "callback id" });
        }
        Ok(Self(sequence << Self::SHARD_BITS | i64::from(shard.0)))
    }

    /// The highest id that can be made from a sequence number, in whatever shard.
    pub const fn highest_of(sequence: i64) -> i64 {
        sequence << Self::SHARD_BITS | (Shard::COUNT as i64 - 1)
    }

    /// The shard that an id of ours carries; `None` for a number the service cannot have made.
    pub fn shard(self) -> Option<Shard> {
        if self.0 > Self::MAX || self.0 >> Self::SHARD_BITS == 0 {
            return None;
        }
        u16::try_from(self.0 & i64::from(Shard::COUNT - 1)).ok().map(Shard)
    }
}

/// What makes a command the same command: tenant, CloudEvents source, command id (docs/contract.md#repeated-commands).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommandKey {
    /// The tenant it was sent for.
    pub tenant: Tenant,
    /// `ce_source` of the producer.
    pub source: String,
    /// `ce_id`, 1–128 bytes.
    pub command_id: String,
}

/// The first 16 bytes of SHA-256: names a command or a payload in 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

impl Hash for Fingerprint {
    /// By half of it, which is as good as random already: each command is looked up several times in a batch.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.first_chunk().map_or(0, |half| u64::from_le_bytes(*half)));
    }
}

impl Fingerprint {
    /// The digest of these parts; each part's length goes in too, so no two lists of parts run together.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut first = [0; 16];
        first.copy_from_slice(&hasher.finalize()[..16]);
        Self(first)
    }
}

impl CommandKey {
    /// The key under which the decision is remembered.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of([self.tenant.as_str().as_bytes(), self.source.as_bytes(), self.command_id.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_id_carries_its_shard_and_stays_below_two_to_the_53() {
        let shard = Shard::from_partition(1023).unwrap();
        let id = CallbackId::compose(CallbackId::MAX_SEQUENCE, shard).unwrap();
        assert_eq!((id.get(), id.shard()), (CallbackId::MAX, Some(shard)));
        assert!(CallbackId::compose(CallbackId::MAX_SEQUENCE + 1, shard).is_err());
        assert_eq!(CallbackId::new(7).unwrap().shard(), None);
    }

    #[test]
    fn ids_are_digits_without_leading_zeros() {
        assert_eq!(SkillId::parse("9223372036854775807").map(SkillId::get), Ok(i64::MAX));
        for wrong in ["", "0", "01", "+1", "-1", " 1", "9223372036854775808", "١"] {
            assert!(SkillId::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
