-- Makes an index of `callback` that the service does not need, and people may (docs/howto.md), while the service runs:
--
--     psql "$OWNER" --set name=callback_by_agent \
--         --set definition='(tenant, agent_id, fire_at) where agent_id is not null and cancelled_at is null' \
--         --file config/postgres/index.sql
--
-- as the owner of the tables. PostgreSQL builds no index of a partitioned table concurrently, so each month gets its own
-- first, and then they become parts of one. Months that are made later get it by themselves. Run it again if it was
-- interrupted: what is there is left alone.

\set ON_ERROR_STOP 1
set client_min_messages = warning;
create index if not exists :name on only callback :definition;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
where not i.indisvalid and t.relispartition and c.relname = t.relname || replace(:'name', 'callback', '') \gexec

select format('create index concurrently if not exists %I on %s %s',
              t.relname || replace(:'name', 'callback', ''), t.oid::regclass, :'definition')
from pg_inherits l join pg_class t on t.oid = l.inhrelid
where l.inhparent = 'callback'::regclass and not exists (
    select from pg_inherits a join pg_index i on i.indexrelid = a.inhrelid
    where a.inhparent = :'name'::regclass and i.indrelid = t.oid) \gexec

select format('alter index %I attach partition %I', :'name', t.relname || replace(:'name', 'callback', ''))
from pg_inherits l join pg_class t on t.oid = l.inhrelid
where l.inhparent = 'callback'::regclass and not exists (
    select from pg_inherits a join pg_index i on i.indexrelid = a.inhrelid
    where a.inhparent = :'name'::regclass and i.indrelid = t.oid) \gexec
