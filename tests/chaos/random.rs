//! Numbers that a seed determines.

#![allow(dead_code, reason = "each program that includes them uses another part of them")]

/// SplitMix64 (Steele, Lea, Flood 2014, figure 17): every seed gives another run, the same seed the same run.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The numbers of that seed.
    pub const fn of(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below the bound, which is positive. The bias of the remainder does not matter here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// A number between these two, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// One of these; `None` where there are none.
    pub fn one_of<'a, T>(&mut self, these: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(these.len()).ok().filter(|count| *count > 0)?;
        these.get(usize::try_from(self.below(count)).ok()?)
    }
}
