-- Which installation of the service this database is of, in one row: two that do not know of each other must not share it.
create table installation (
    only_row       boolean     primary key default true check (only_row),
    database_id    text        not null default gen_random_uuid()::text, -- made once; the consumer group names it, too
    cluster_id     text,                 -- the id that the Kafka cluster gave itself; null where it does not tell
    group_id       text,                 -- kafka.group_id; null before the first start
    commands_topic text,                 -- topics.commands
    bound_at       timestamptz,          -- when the first instance said so
    adopts         boolean     not null default false -- after `migrate --adopt`, until the group names this database
);
insert into installation default values;
