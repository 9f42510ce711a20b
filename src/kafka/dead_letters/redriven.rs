//! Which places of the dead-letter topic need no look any more: an offset that is committed, and what stands beside it.
//!
//! An offset alone can only say that everything below it is done. Letters that were passed over must stay for a later
//! run, so the ranges above the offset that are done too are kept as the offset's metadata: `5+3 12+1` says that after
//! 5 offsets 3 are done, and after 12 more another one. It can be read with the broker's own tools.

use std::ops::Range;

use thiserror::Error;

/// The longest metadata, in bytes: a little less than what a broker takes by default (`offset.metadata.max.bytes`, 4,096).
const MAX_METADATA_BYTES: usize = 4_000;

/// What is done in one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Everything below is done.
    below: i64,
    /// Further ranges, in order; none is empty, and none touches another one or `below`.
    beyond: Vec<Range<i64>>,
}

/// Metadata that this module did not write.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the committed offset has the metadata {0:?}, which no redrive has written")]
pub struct ForeignMetadata(String);

/// What is done lies in too many pieces.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0} separate ranges are more than can be remembered")]
pub struct TooScattered(usize);

impl Redriven {
    /// From the offset and its metadata.
    ///
    /// # Errors
    /// `ForeignMetadata`: to guess would publish letters again.
    pub fn parse(offset: i64, metadata: &str) -> Result<Self, ForeignMetadata> {
        let mut redriven = Self { below: offset, beyond: Vec::new() };
        let mut place = offset;
        for piece in metadata.split_ascii_whitespace() {
            let read = || {
                let (gap, length) = piece.split_once('+')?;
                let start = place.checked_add(gap.parse().ok().filter(|&gap: &i64| gap > 0)?)?;
                Some(start..start.checked_add(length.parse().ok().filter(|&length: &i64| length > 0)?)?)
            };
            let range = read().ok_or_else(|| ForeignMetadata(metadata.to_owned()))?;
            place = range.end;
            redriven.beyond.push(range);
        }
        Ok(redriven)
    }

    /// The lowest offset that is not done: where to look from, and what to commit.
    pub fn next(&self) -> i64 {
        self.below
    }

    /// The metadata to commit with it.
    ///
    /// # Errors
    /// `TooScattered` where the broker would not keep all of it.
    pub fn metadata(&self) -> Result<String, TooScattered> {
        let mut place = self.below;
        let mut pieces = Vec::with_capacity(self.beyond.len());
        for range in &self.beyond {
            pieces.push(format!("{}+{}", range.start - place, range.end - range.start));
            place = range.end;
        }
        let metadata = pieces.join(" ");
        if metadata.len() > MAX_METADATA_BYTES { Err(TooScattered(pieces.len())) } else { Ok(metadata) }
    }

    /// Whether that place is done.
    pub fn contains(&self, offset: i64) -> bool {
        offset < self.below || self.beyond.iter().any(|range| range.contains(&offset))
    }

    /// These places are done.
    pub fn add(&mut self, range: Range<i64>) {
        if range.is_empty() {
            return;
        }
        let mut merged = range;
        self.beyond.retain(|other| {
            let is_apart = other.end < merged.start || merged.end < other.start;
            if !is_apart {
                merged = merged.start.min(other.start)..merged.end.max(other.end);
            }
            is_apart
        });
        if merged.start <= self.below {
            self.below = self.below.max(merged.end);
            self.beyond.retain(|other| other.start > merged.end);
        } else {
            let place = self.beyond.partition_point(|other| other.start < merged.start);
            self.beyond.insert(place, merged);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(offset: i64, ranges: &[Range<i64>]) -> Redriven {
        let mut redriven = Redriven { below: offset, beyond: Vec::new() };
        for range in ranges {
            redriven.add(range.clone());
        }
        redriven
    }

    #[test]
    fn ranges_that_touch_become_one_and_the_lowest_becomes_the_offset() {
        let redriven = of(10, &[20..21, 15..18, 18..20]);
        assert_eq!((redriven.next(), redriven.metadata().unwrap().as_str()), (10, "5+6"));
        let redriven = of(10, &[20..21, 15..18, 10..15]);
        assert_eq!((redriven.next(), redriven.metadata().unwrap().as_str()), (18, "2+1"));
        assert_eq!(of(10, &[3..4, 7..7]), of(10, &[]));
    }

    #[test]
    fn foreign_metadata_is_refused() {
        for metadata in ["x", "1", "0+1", "1+0", "-1+2", "1+1 1", "1+9223372036854775807", "1+1,2+2"] {
            assert_eq!(Redriven::parse(7, metadata), Err(ForeignMetadata(metadata.to_owned())));
        }
    }

    #[test]
    fn more_pieces_than_the_broker_keeps_are_an_error() {
        let pieces: Vec<_> = (1..3_000).map(|piece| piece * 2..piece * 2 + 1).collect();
        assert_eq!(of(0, &pieces).metadata(), Err(TooScattered(2_999)));
    }

    proptest! {
        #[test]
        fn it_remembers_what_was_added_and_nothing_else(
            below in 0_i64..20,
            ranges in prop::collection::vec((0_i64..60, 0_i64..8), 0..12),
        ) {
            let ranges: Vec<_> = ranges.into_iter().map(|(start, length)| start..start + length).collect();
            let redriven = of(below, &ranges);
            let added: BTreeSet<i64> = (0..below).chain(ranges.into_iter().flatten()).collect();
            for offset in 0..80 {
                prop_assert_eq!(redriven.contains(offset), added.contains(&offset), "{}", offset);
            }
            let (offset, metadata) = (redriven.next(), redriven.metadata().unwrap());
            prop_assert!(!redriven.contains(offset));
            prop_assert_eq!(Redriven::parse(offset, &metadata), Ok(redriven));
        }
    }
}
