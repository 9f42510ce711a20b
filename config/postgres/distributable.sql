-- Takes the last key out of `callback` that keeps the table from being spread over several nodes by `shard`, while the service
-- runs (docs/scaling.md, "Several nodes"):
--
--     psql "$OWNER" --file config/postgres/distributable.sql
--
-- as the owner of the tables. Only a database needs it that had rows when migration 6 came: there `callback` has a primary key
-- without `shard`. An index of CallbackIds is built in its place, month by month and without a lock, then the key is dropped,
-- which takes a lock for a moment and reads nothing. If a long query keeps that lock away for two seconds, or anything else
-- interrupts the script, run it again: what is done is left alone.

\set ON_ERROR_STOP 1
\set name callback_by_id
\set definition '(callback_id)'
\ir index.sql

select indisvalid as is_whole from pg_index where indexrelid = 'callback_by_id'::regclass \gset
\if :is_whole
    set lock_timeout = '2s';
    alter table callback drop constraint if exists callback_pkey;
\endif

-- What would still be refused, of which the service has made nothing.
do $$
declare
    kept text;
begin
    select string_agg(i.indexrelid::regclass::text, ', ' order by i.indexrelid::regclass::text)
    from (values ('callback', 'shard'), ('decision', 'key')) spread (parent, by_column)
    cross join lateral pg_partition_tree(spread.parent::regclass) t
    join pg_index i on i.indrelid = t.relid and (i.indisunique or i.indisexclusion)
    join pg_attribute a on a.attrelid = t.relid and a.attname = spread.by_column
    where not exists (select from unnest(i.indkey) with ordinality k (number, place)
                      where k.number = a.attnum and k.place <= i.indnkeyatts)
    into kept;
    if kept is not null then
        raise exception 'these unique indexes lack the column by which their table would be spread: %', kept;
    end if;
end $$;
