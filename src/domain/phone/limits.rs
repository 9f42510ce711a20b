//! How long the text of a number may be.

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 64;

/// The longest extension, in digits.
pub const MAX_EXTENSION_DIGITS: usize = 7;
