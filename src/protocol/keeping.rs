//! Which rules of the protocol a machine keeps: all of them, in every program.
//!
//! A search that finds nothing proves something only where it can find something. So each rule has a name, and a machine
//! asks for it where it keeps it. What it asks is a type parameter, and [`EveryRule`] is the only such type that this
//! library has: a rule can be left out by the tests alone, which bring a type of their own.

/// Says whether a machine keeps a rule; `R` names the rules of that machine.
pub trait Keeps<R> {
    /// Whether this rule is kept.
    fn keeps(&self, rule: R) -> bool;
}

/// Keeps every rule of every machine. Costs nothing: the compiler knows the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EveryRule;

impl<R> Keeps<R> for EveryRule {
    #[inline]
    fn keeps(&self, _: R) -> bool {
        true
    }
}
