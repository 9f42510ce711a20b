//! The columns of a table in one list, from which follow the texts of its statements, the order of its rows in a `COPY` and
//! the places in an answer. In the program a column has its name everywhere, so no two of the same type can be mistaken for
//! each other, and the compiler names each place that lacks a new one.

use super::copy::CopyRows;
use crate::domain::time::Timestamp;

/// A value that a column takes in a row of a `COPY`.
pub(super) trait Put {
    /// Its type, as PostgreSQL calls it.
    const TYPE: &'static str;
    /// Appends it to the row.
    fn put(self, row: &mut CopyRows);
}

impl Put for i16 {
    const TYPE: &'static str = "smallint";

    fn put(self, row: &mut CopyRows) {
        row.smallint(self);
    }
}

impl Put for i32 {
    const TYPE: &'static str = "integer";

    fn put(self, row: &mut CopyRows) {
        row.integer(self);
    }
}

impl Put for i64 {
    const TYPE: &'static str = "bigint";

    fn put(self, row: &mut CopyRows) {
        row.bigint(self);
    }
}

impl Put for bool {
    const TYPE: &'static str = "boolean";

    fn put(self, row: &mut CopyRows) {
        row.boolean(self);
    }
}

impl Put for &str {
    const TYPE: &'static str = "text";

    fn put(self, row: &mut CopyRows) {
        row.text(self);
    }
}

impl Put for Timestamp {
    const TYPE: &'static str = "timestamptz";

    fn put(self, row: &mut CopyRows) {
        row.timestamptz(self);
    }
}

impl<T: Put> Put for Option<T> {
    const TYPE: &'static str = T::TYPE;

    fn put(self, row: &mut CopyRows) {
        row.nullable(self, |row, value| {
            value.put(row);
            row
        });
    }
}

/// Makes three structs of a list of columns: `$written`, a row as it is written, `$read`, a row as it is read, and `$rows`, many
/// rows as they are written, column by column; a column has its type as it is written and as it is read. Those that are
/// `mostly null` can be left out of a row that is inserted. Those in `only written` are given when a row is inserted, and nobody
/// reads them. Those in `changed` are set by an `update`.
macro_rules! columns {
    (
        $(#[$written_doc:meta])* written: $written:ident,
        $(#[$read_doc:meta])* read: $read:ident,
        $(#[$rows_doc:meta])* rows: $rows:ident,
        { $($name:ident: $put:ty => $got:ty,)+ }
        mostly null { $($rare:ident: $rare_put:ty => $rare_got:ty,)* }
        only written { $($only:ident: $only_put:ty,)* }
        changed { $($changed:ident,)+ }
    ) => {
        $(#[$written_doc])*
        pub struct $written<'a> {
            $(pub $name: $put,)+
            $(pub $rare: $rare_put,)*
        }

        $(#[$read_doc])*
        pub struct $read<'a> {
            $(pub $name: $got,)+
            $(pub $rare: $rare_got,)*
        }

        $(#[$rows_doc])*
        #[derive(Default)]
        pub struct $rows<'a> {
            $(pub $name: Vec<$put>,)+
            $(pub $rare: Vec<$rare_put>,)*
        }

        impl<'a> $rows<'a> {
            /// The columns and their types.
            pub const TYPES: &'static [(&'static str, &'static str)] =
                &[$((stringify!($name), <$put as Put>::TYPE),)+ $((stringify!($rare), <$rare_put as Put>::TYPE),)*];

            /// Appends a row.
            pub fn push(&mut self, row: $written<'a>) {
                $(self.$name.push(row.$name);)+
                $(self.$rare.push(row.$rare);)*
            }

            /// What an update sets, column by column.
            pub fn changed(&self) -> [&(dyn ToSql + Sync); const { [$(stringify!($changed)),+].len() }] {
                [$(&self.$changed),+]
            }
        }

        impl $written<'_> {
            /// The columns, in the order of `push`.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($name),)+ $(stringify!($only),)*];
            /// Those and what is mostly null, in the order of `push_all`.
            pub const ALL_COLUMNS: &'static [&'static str] =
                &[$(stringify!($name),)+ $(stringify!($only),)* $(stringify!($rare),)*];
            /// The columns that an update sets, in the order of `changed`.
            pub const CHANGED: &'static [&'static str] = &[$(stringify!($changed)),+];

            /// Appends the row to a `COPY`, without what is mostly null.
            pub fn push(self, rows: &mut CopyRows, $($only: $only_put,)*) {
                rows.row(Self::COLUMNS.len());
                $(Put::put(self.$name, rows);)+
                $(Put::put($only, rows);)*
            }

            /// The same with what is mostly null.
            pub fn push_all(self, rows: &mut CopyRows, $($only: $only_put,)*) {
                rows.row(Self::ALL_COLUMNS.len());
                $(Put::put(self.$name, rows);)+
                $(Put::put($only, rows);)*
                $(Put::put(self.$rare, rows);)*
            }

            /// What an update sets.
            pub fn changed(&self) -> [&(dyn ToSql + Sync); const { [$(stringify!($changed)),+].len() }] {
                [$(&self.$changed),+]
            }
        }

        impl<'a> $read<'a> {
            /// The columns that it is read from, in this order.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($name),)+ $(stringify!($rare),)*];

            /// Takes an answer apart that has these columns.
            pub fn of(row: &'a Row) -> Self {
                #[expect(non_camel_case_types, reason = "columns are called so")]
                enum Index {
                    $($name,)+
                    $($rare,)*
                }
                Self {
                    $($name: row.get(Index::$name as usize),)+
                    $($rare: row.get(Index::$rare as usize),)*
                }
            }
        }
    };
}

pub(super) use columns;
