//! What security users may do (docs/contract.md#permissions).

/// What a security user may be allowed to do; the names are the contract's (docs/contract.md#permissions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `commitments:create`: schedule.
    Create,
    /// `commitments:manage`: cancel and reschedule.
    Manage,
    /// `commitments:report`: say what came of a due event.
    Report,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Manage, Self::Report];

    /// As it stands in `permissions` of a directory record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "commitments:create",
            Self::Manage => "commitments:manage",
            Self::Report => "commitments:report",
        }
    }
}

/// Some of the permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u8);

impl Permissions {
    /// Whether this one is among them.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u8 != 0
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u8))
    }
}
