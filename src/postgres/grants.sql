-- The rights of the roles that config/postgres/roles.sql makes, where they exist; run by the tables' owner after every
-- change of the tables. Partitions need no mention: they are reached through their parents.
do $$
begin
    if exists (select from pg_roles where rolname = 'schedule_callback_writer') then
        grant select on schema_migration, callback_status, callback_waiting, callback_contact, command_decision
            to schedule_callback_writer;
        grant select, insert, delete on decision to schedule_callback_writer; -- delete: an id that is new again
        grant select, insert, delete on command to schedule_callback_writer; -- for programs up to 0.1.0
        grant select, insert, update on callback, shard to schedule_callback_writer;
        grant select, insert, update, delete on scheduled to schedule_callback_writer;
        grant select, update (cluster_id, group_id, commands_topic, bound_at, adopts) on installation
            to schedule_callback_writer;
        grant usage on sequence callback_sequence to schedule_callback_writer;
        grant execute on function make_leaf(text, date), drop_leaf(text, date) to schedule_callback_writer;
    end if;
    -- People's requests: sees names, numbers and notes, and erases them.
    if exists (select from pg_roles where rolname = 'schedule_callback_privacy') then
        grant select on callback_status, callback_waiting, callback_contact, command_decision to schedule_callback_privacy;
        grant execute on function erase_person(text, text) to schedule_callback_privacy;
    end if;
    -- Reports: what was asked for by and for which ids, when, and what became of it. No names, numbers and notes.
    if exists (select from pg_roles where rolname = 'schedule_callback_reader') then
        grant select on schema_migration, callback_status, shard, installation to schedule_callback_reader;
        grant select on callback_waiting, command_decision to schedule_callback_reader;
    end if;
end $$;
