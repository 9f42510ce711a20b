//! Who asks: the security user, and what every kind of command has beside its own fields.

use super::text::{DEFINED_BRANCHES, SECURITY_USER, VARIABLES};
use super::{Requester, Variables};
use crate::domain::answer::{DefinedBranches, SecurityUserFault, Violation};
use crate::domain::directory::{Permission, SecurityUser, TenantDirectory};
use crate::domain::given::{Field, Given, Placed, Text};

/// Finds the security user and checks that it may do this.
///
/// Its fault hides all others: an unauthorised caller learns nothing about skills, agents and callbacks
/// (docs/contract.md#branches).
///
/// # Errors
/// The first fault in the order of the table.
pub fn authorise<'d>(
    requester: &Requester<'_>,
    directory: &'d TenantDirectory,
    permission: Permission,
) -> Result<&'d SecurityUser, Violation> {
    let name = resolve(requester)?;
    let user = directory.security_user(name).ok_or_else(|| SecurityUserFault::Unknown(overlooked(name)))?;
    let agent_is_active = directory.agent(user.agent).is_some_and(|agent| agent.is_active);
    if !user.is_active || !agent_is_active {
        return Err(SecurityUserFault::Inactive.into());
    }
    if !user.may(permission) {
        return Err(SecurityUserFault::Forbidden(permission).into());
    }
    SECURITY_USER.allow(name)?;
    Ok(user)
}

/// The security user's name: as it was given, or for `{name}` the variable of that name.
///
/// A value is taken as it is, braces and all. An empty name is a missing one, also when it is a variable's.
fn resolve<'a>(requester: &'a Requester<'_>) -> Result<&'a str, Violation> {
    let given = match &requester.security_user {
        Given::Absent => return Err(SecurityUserFault::Missing.into()),
        Given::Wrong(wrong) => {
            return Err(Violation::wrong_in(Field::SECURITY_USER, *wrong, SecurityUserFault::Wrong));
        }
        Given::Value(text) => text.as_ref(),
    };
    let name = match given.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(variable) => value_of(variable, &requester.variables)?,
        None => given,
    };
    if name.is_empty() { Err(SecurityUserFault::Missing.into()) } else { Ok(name) }
}

fn value_of<'a>(variable: &str, variables: &'a Given<Variables<'_>>) -> Result<&'a str, SecurityUserFault> {
    let variables = match variables {
        Given::Absent => return Err(SecurityUserFault::Unresolved(None)),
        Given::Wrong(wrong) => return Err(SecurityUserFault::Unresolved(Some(*wrong))),
        Given::Value(variables) => variables,
    };
    match variables.iter().find(|(name, _)| name == variable) {
        Some((_, Given::Value(value))) => Ok(value),
        Some((_, Given::Wrong(wrong))) => Err(SecurityUserFault::Unresolved(Some(*wrong))),
        Some((_, Given::Absent)) | None => Err(SecurityUserFault::Unresolved(None)),
    }
}

/// A character of a name that nobody would see: one that looks like another or like nothing, or a blank at either end.
fn overlooked(name: &str) -> Option<Placed> {
    let blank = || {
        let is_at_an_end = name.starts_with(' ') || name.ends_with(' ');
        let position = if name.starts_with(' ') { 1 } else { name.chars().count() };
        is_at_an_end.then_some(Placed { character: ' ', position })
    };
    Placed::first_deceptive(name).or_else(blank)
}

/// Whether `variables` is an object of plain texts, used or not.
///
/// # Errors
/// The field's first fault in the order of the table.
pub fn judge_variables(variables: &Given<Variables<'_>>) -> Result<(), Violation> {
    let pairs = match variables {
        Given::Absent => return Ok(()),
        Given::Wrong(wrong) => return Err(Violation::wrong(VARIABLES.field, *wrong)),
        Given::Value(pairs) => pairs,
    };
    for (name, value) in pairs {
        VARIABLES.allow(name)?;
        if let Given::Value(value) = value {
            VARIABLES.allow(value)?;
        }
    }
    let wrong = pairs.iter().filter_map(|(_, value)| match value {
        Given::Wrong(wrong) => Some(Violation::wrong(VARIABLES.field, wrong.of_a_part())),
        Given::Absent | Given::Value(_) => None,
    });
    wrong.min().map_or(Ok(()), Err)
}

/// Whether `definedBranches` is an array of plain texts; unknown names are fine.
///
/// # Errors
/// The field's first fault in the order of the table.
pub fn judge_defined_branches(names: &Given<Vec<Text<'_>>>) -> Result<(), Violation> {
    match names {
        Given::Absent => Ok(()),
        Given::Wrong(wrong) => Err(Violation::wrong(DEFINED_BRANCHES.field, *wrong)),
        Given::Value(names) => names.iter().try_for_each(|name| DEFINED_BRANCHES.allow(name)),
    }
}

/// The branches that the script has: all of them where the field is absent or cannot be read.
pub fn defined_branches(names: &Given<Vec<Text<'_>>>) -> DefinedBranches {
    match names {
        Given::Absent | Given::Wrong(_) => DefinedBranches::default(),
        Given::Value(names) => DefinedBranches::named(names.iter().map(AsRef::as_ref)),
    }
}
