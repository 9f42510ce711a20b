//! Which rules of the protocol the stages keep: all of them. With the feature `mutants`, all but the one that a run of the
//! chaos has the program break, to show that its judge notices.

#[cfg(feature = "mutants")]
pub(super) use chosen::Kept;

/// Every rule.
#[cfg(not(feature = "mutants"))]
pub(super) type Kept = crate::protocol::keeping::EveryRule;

#[cfg(feature = "mutants")]
mod chosen {
    use crate::mutant;
    use crate::protocol::keeping::Keeps;
    use crate::protocol::{publishing, recording};

    /// Every rule but the one that the environment names.
    #[derive(Clone, Copy, Debug, Default)]
    pub(in crate::ingest) struct Kept;

    impl Keeps<recording::Rule> for Kept {
        fn keeps(&self, rule: recording::Rule) -> bool {
            match rule {
                recording::Rule::EpochsCount => !mutant::breaks("epoch-check"),
                recording::Rule::RecordsFirst => !mutant::breaks("store-first"),
                _ => true,
            }
        }
    }

    impl Keeps<publishing::Rule> for Kept {
        fn keeps(&self, _: publishing::Rule) -> bool {
            true
        }
    }
}
