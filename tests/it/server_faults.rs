//! Servers that fail at the worst moment.
