//! Gathering what is wrong with a command, in the order in which it is told.

use super::{Branch, Violation};

/// At least one violation, in the order of the branches and, within a branch, of the contract's table
/// (docs/contract.md#codes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// The branch of the first one: what the command failed of.
    pub fn condition(&self) -> Branch {
        self.0.first().map_or(Branch::Default, Violation::branch)
    }

    /// All of them, in order; never empty.
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

/// What has been found wrong so far, while a command is judged field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Violation>);

impl Findings {
    /// Takes what a field was judged to be; its fault is kept and told in the end.
    ///
    /// Each field is handed over once, so that there is one violation a field.
    pub fn take<T>(&mut self, judged: Result<T, impl Into<Violation>>) -> Option<T> {
        judged.map_err(|fault| self.0.push(fault.into())).ok()
    }

    /// What was found of a command that is refused in any case.
    pub fn into_violations(mut self) -> Violations {
        // The variants of `Violation` are declared in the order of the branches and of the table.
        self.0.sort_unstable();
        Violations(self.0)
    }

    /// What comes of the fields where nothing was found, else everything found.
    ///
    /// `complete` puts together what `take` returned; it may give up at what is lacking, since where something is
    /// lacking something was found.
    ///
    /// # Errors
    /// The violations, in order.
    pub fn conclude<T>(self, complete: impl FnOnce() -> Option<T>) -> Result<T, Violations> {
        if self.0.is_empty()
            && let Some(complete) = complete()
        {
            return Ok(complete);
        }
        Err(self.into_violations())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer::SkillFault;
    use crate::domain::given::Field;
    use crate::domain::phone::{PhoneNumberFault, Unreadable};

    #[test]
    fn violations_are_told_in_the_order_of_the_branches_and_then_of_the_table() {
        let mut findings = Findings::default();
        let faults = [
            Violation::ScriptTypeUnsupported { nearest: None },
            Violation::FieldTooLong { field: Field("caption"), limit: 200, length: 201 },
            PhoneNumberFault::Syntax(Unreadable::NoDigits).into(),
            SkillFault::Unknown.into(),
        ];
        for fault in faults.clone() {
            assert_eq!(findings.take(Err::<(), _>(fault)), None);
        }
        let violations = findings.conclude(|| Some(())).unwrap_err();
        assert_eq!(violations.condition(), Branch::InvalidSkillId);
        assert!(violations.as_slice().iter().eq(faults.iter().rev()), "{violations:?}");
    }

    #[test]
    fn a_fault_that_is_not_found_leaves_nothing_to_tell() {
        let mut findings = Findings::default();
        let seven = findings.take(Ok::<_, Violation>(7));
        assert_eq!(findings.conclude(|| seven), Ok(7));
    }
}
