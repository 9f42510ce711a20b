-- After a restore of the database to an earlier time: which callbacks fire twice, which cancels and reschedules came to
-- nothing, and which commands would be missing without step 3. docs/running.md has the procedure that this is part of:
--
--     psql "$DATABASE" --set since="$T" --file config/postgres/after-restore.sql
--
-- It reads the topics of results and due events from the files results.ndjson and due.ndjson in the folder it is run in,
-- one message a line, and changes nothing. `since` is the time of the backup.
\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
set time zone 'UTC';

create temporary table due (event jsonb);
create temporary table result (event jsonb);
-- A message is a line; these two characters are in none.
\copy due from 'due.ndjson' with (format csv, quote e'\x01', delimiter e'\x02')
\copy result from 'results.ndjson' with (format csv, quote e'\x01', delimiter e'\x02')

\echo 'Scheduled and fired in the lost time: fires again, as another callback, with the same commandId'
select distinct event->>'commandId' as "commandId", event->>'callbackId' as "lost callbackId", event->>'firedAt' as fired
from due
where (event->>'firedAt')::timestamptz >= :'since'
  and not exists (select from callback c where c.callback_id = (event->>'callbackId')::bigint)
order by fired;

\echo 'Was done in the lost time, and found no callback when it was decided again: send it again, by scheduledBy'
select event->>'commandId' as "commandId"
from result
group by 1
having bool_or(event->>'condition' = 'Success') and bool_or(event->'violations' @> '[{"code": "CALLBACK_NOT_FOUND"}]')
order by 1;

\echo 'Was answered Success, and the database does not know the callback: missing if step 3 is left out'
select distinct event->>'commandId' as "commandId", event->>'callbackId' as "lost callbackId",
       event->>'scheduledFor' as "scheduledFor"
from result
-- Older ones may be missing because they have had their time (retention.callbacks).
where event->>'condition' = 'Success' and (event->>'scheduledFor')::timestamptz >= :'since'::timestamptz - interval '5 minutes'
  and not exists (select from callback c where c.callback_id = (event->>'callbackId')::bigint)
order by "scheduledFor", "commandId";
