-- Four roles for a database of schedule-callback, each with the least that it needs:
--
--     schedule_callback_owner    for `migrate`: owns the tables
--     schedule_callback_writer   for `run`: reads and writes rows, makes and drops partitions through two functions
--     schedule_callback_reader   for reports: sees what happened and what waits, but no names, numbers and notes
--     schedule_callback_privacy  for people's requests: sees names, numbers and notes, and erases a person
--
-- Run it as a superuser, connected to that database and no other, which may be empty or in use:
--
--     createdb schedule_callback
--     psql --dbname schedule_callback --file config/postgres/roles.sql
--     psql --dbname schedule_callback --command '\password schedule_callback_owner'    # and so for the others
--     schedule-callback migrate     # as the owner; gives the others their rights, after each upgrade anew
--     schedule-callback run         # as the writer
--
-- It can be run again. The names are fixed, since `migrate` gives rights to them; roles of people and programs may be
-- members of these. A database that is in use must have no open connections of `run` meanwhile.

do $$
declare
    role text;
begin
    foreach role in array array['schedule_callback_owner', 'schedule_callback_writer', 'schedule_callback_reader',
                                'schedule_callback_privacy'] loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I login', role);
        end if;
    end loop;
    execute format('alter database %I owner to schedule_callback_owner', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to schedule_callback_writer, schedule_callback_reader, '
                   'schedule_callback_privacy', current_database());
end $$;

-- From PostgreSQL 15 on that is so by itself.
revoke create on schema public from public;
grant usage, create on schema public to schedule_callback_owner;
grant usage on schema public to schedule_callback_writer, schedule_callback_reader, schedule_callback_privacy;

-- What an earlier `migrate` or `run` made under another name becomes the owner's: tables and partitions, the view, the
-- sequence, the functions. This database is the service's, so it is all that is in the schema but for extensions.
do $$
declare
    made record;
begin
    for made in
        select c.oid::regclass as name from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
          and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    loop
        execute format('alter table %s owner to schedule_callback_owner', made.name);
    end loop;
    for made in
        select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('alter function %s owner to schedule_callback_owner', made.name);
    end loop;
end $$;
