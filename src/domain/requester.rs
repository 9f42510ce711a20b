//! Who asks: the security user, and what every kind of command has beside its own fields.

use super::branch::DefinedBranches;
use super::command::{Given, Requester, Text, Variables};
use super::directory::{Permission, SecurityUser, TenantDirectory};
use super::text::{DEFINED_BRANCHES, SECURITY_USER, VARIABLES};
use super::violation::{SecurityUserFault, Violation};

/// Finds the security user and checks that it may do this.
///
/// Its fault hides all others: an unauthorised caller learns nothing about skills, agents and callbacks (contract §4).
///
/// # Errors
/// The first fault in the order of the table.
pub fn authorise<'d>(
    requester: &Requester<'_>,
    directory: &'d TenantDirectory,
    permission: Permission,
) -> Result<&'d SecurityUser, Violation> {
    let name = resolve(requester)?;
    let user = directory.security_user(name).ok_or(SecurityUserFault::Unknown)?;
    let agent_is_active = directory.agent(user.agent).is_some_and(|agent| agent.is_active);
    if !user.is_active || !agent_is_active {
        return Err(SecurityUserFault::Inactive.into());
    }
    if !user.may(permission) {
        return Err(SecurityUserFault::Forbidden.into());
    }
    SECURITY_USER.allow(name)?;
    Ok(user)
}

/// The security user's name: as it was given, or for `{name}` the variable of that name.
///
/// A value is taken as it is, braces and all. An empty name is a missing one, also when it is a variable's.
fn resolve<'a>(requester: &'a Requester<'_>) -> Result<&'a str, SecurityUserFault> {
    let given = match &requester.security_user {
        Given::Absent => return Err(SecurityUserFault::Missing),
        Given::WrongType => return Err(SecurityUserFault::Unknown),
        Given::Value(text) => text.as_ref(),
    };
    let name = match given.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(variable) => value_of(variable, &requester.variables).ok_or(SecurityUserFault::Unresolved)?,
        None => given,
    };
    if name.is_empty() { Err(SecurityUserFault::Missing) } else { Ok(name) }
}

fn value_of<'a>(variable: &str, variables: &'a Given<Variables<'_>>) -> Option<&'a str> {
    let Given::Value(variables) = variables else { return None };
    match variables.iter().find(|(name, _)| name == variable)? {
        (_, Given::Value(value)) => Some(value),
        _ => None,
    }
}

/// Whether `variables` is an object of plain texts, used or not.
///
/// # Errors
/// The field's first fault in the order of the table.
pub fn judge_variables(variables: &Given<Variables<'_>>) -> Result<(), Violation> {
    let wrong_type = Err(Violation::FieldType(VARIABLES.field));
    let pairs = match variables {
        Given::Absent => return Ok(()),
        Given::WrongType => return wrong_type,
        Given::Value(pairs) => pairs,
    };
    for (name, value) in pairs {
        VARIABLES.allow(name)?;
        if let Given::Value(value) = value {
            VARIABLES.allow(value)?;
        }
    }
    if pairs.iter().any(|(_, value)| *value == Given::WrongType) { wrong_type } else { Ok(()) }
}

/// Whether `definedBranches` is an array of plain texts; unknown names are fine.
///
/// # Errors
/// The field's first fault in the order of the table.
pub fn judge_defined_branches(names: &Given<Vec<Text<'_>>>) -> Result<(), Violation> {
    match names {
        Given::Absent => Ok(()),
        Given::WrongType => Err(Violation::FieldType(DEFINED_BRANCHES.field)),
        Given::Value(names) => names.iter().try_for_each(|name| DEFINED_BRANCHES.allow(name)),
    }
}

/// The branches that the script has: all of them where the field is absent or cannot be read.
pub fn defined_branches(names: &Given<Vec<Text<'_>>>) -> DefinedBranches {
    match names {
        Given::Absent | Given::WrongType => DefinedBranches::default(),
        Given::Value(names) => DefinedBranches::named(names.iter().map(AsRef::as_ref)),
    }
}
