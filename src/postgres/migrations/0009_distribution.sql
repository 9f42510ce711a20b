-- So that `callback` and `decision` can be spread over several nodes, as Citus does (docs/scaling.md, docs/decisions/0024): a
-- unique index of a spread table has the column by which it is spread, and no change joins two tables that are spread by
-- different ones. On one server everything is as it was.

-- Since migration 6 a database that had no rows then has no key of the whole table, but an index of CallbackIds alone. One that
-- has no rows now gets the same; in one that has, an operator does it, while the service runs (docs/scaling.md): the index is
-- built month by month without a lock, which no migration can do.
do $$
begin
    if not exists (select 1 from pg_constraint where conrelid = 'callback'::regclass and conname = 'callback_pkey')
        or to_regclass('callback_by_id') is not null
    then
        return;
    end if;
    if not exists (select 1 from callback) then
        alter table callback drop constraint callback_pkey;
        create index callback_by_id on callback (callback_id);
    end if;
exception when dependent_objects_still_exist then
    raise notice 'the key of callback stays, since a view of somebody''s own rests on it';
end $$;

-- As in 0007. Citus plans no sub-query without a column.
create or replace function drop_leaf(parent text, first_day date) returns boolean
language plpgsql security definer as $$
declare
    leaf text := parent || '_' || to_char(first_day, 'YYYYMMDD');
    until date := leaf_end(parent, first_day);
    waits boolean := false;
begin
    if parent = 'callback' then
        if until::timestamp at time zone 'UTC' > now() then
            raise exception '% has not ended yet', leaf;
        end if;
        execute format('select exists (
            select 1 from %I c left join shard s on s.shard = c.shard
            where (c.cancelled_at is null or c.phase in (''handling'', ''ending''))
              and ((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)) is not true)', leaf)
        into waits;
    end if;
    if not waits then
        execute format('drop table %I', leaf);
    end if;
    return not waits;
end $$;

-- Erases as in 0007. What is over is found first, and then changed by shard and id; and callbacks of other tenants are looked up
-- before the results are changed: Citus joins in a change only what is spread alike. What is moved in between counts as waiting.
create or replace function erase_person(of_tenant text, number text)
returns table (place text, found bigint, outcome text, gone text)
language plpgsql security definer as $$
declare
    over_ids    bigint[];
    over_shards smallint[];
    over_times  timestamptz[];
    erased      bigint[];
    erased_last timestamptz;
    waiting     bigint[];
    named       bigint[];
    of_others   bigint[];
    results     bigint;
    last_result timestamptz;
begin
    if number !~ '^\+[1-9][0-9]{1,14}$' then
        raise exception 'this is no number in E.164 form: a plus sign and 2 to 15 digits' using errcode = '22023';
    end if;
    select array_agg(c.callback_id order by c.callback_id), array_agg(c.shard order by c.callback_id),
           array_agg(c.fire_at order by c.callback_id)
    from callback c left join shard s on s.shard = c.shard
    where c.tenant = of_tenant and c.phone_number = number
      and (c.phase = 'ended'
           or (c.phase is null or c.phase = 'again') and c.cancelled_at is not null
           -- The order of firing has come to its place: it was fired once and for all, or time has ended it there.
           or (c.phase is null and c.tries is null or c.phase in ('handling', 'ending'))
              and (c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id))
    into over_ids, over_shards, over_times;
    with done as (
        -- No number begins with +0, and the column takes no null.
        update callback c set phone_number = '+0', extension = null, first_name = null, last_name = null, notes = null,
            caption = null, correlation_id = null, traceparent = null, tracestate = null
        from unnest(over_ids, over_shards, over_times) as past (callback_id, shard, fire_at)
        where c.shard = past.shard and c.callback_id = past.callback_id and c.fire_at = past.fire_at
          and c.tenant = of_tenant and c.phone_number = number
        returning c.callback_id, c.fire_at)
    select coalesce(array_agg(callback_id order by callback_id), '{}'), max(fire_at) from done
    into erased, erased_last;

    select coalesce(array_agg(c.callback_id order by c.callback_id), '{}') from callback c
    where c.tenant = of_tenant and c.phone_number = number
    into waiting;

    -- Whose results have this number: these callbacks, and others that had it before a reschedule.
    select coalesce(array_agg(distinct d.callback_id), '{}') from decision d
    where d.callback_id is not null and strpos(d.result, substr(number, 2)) > 0 and d.callback_id <> all (waiting)
      and strpos(result_text(d.result, d.callback_id), '"phoneNumber":"' || number || '"') > 0
    into named;
    select coalesce(array_agg(b.callback_id), '{}') from callback b
    where b.callback_id = any (named) and b.tenant <> of_tenant
    into of_others;
    with done as (
        update decision d set result = without_person(result_text(d.result, d.callback_id)), state = null
        where d.callback_id is not null
          and (d.callback_id = any (erased)
               or d.callback_id = any (named) and d.callback_id <> all (of_others)
                  and strpos(result_text(d.result, d.callback_id), '"phoneNumber":"' || number || '"') > 0)
          and (d.state is not null
               or result_text(d.result, d.callback_id) <> without_person(result_text(d.result, d.callback_id)))
        returning d.decided_at)
    select count(*), max(decided_at) from done
    into results, last_result;

    return query values
        ('callback', cardinality(erased)::bigint,
         'erased: number is +0; names, notes, caption, extension, correlation and trace are null. Ids, times, skill, agent, and source and id of the command stay',
         coalesce('retention.callbacks after '
             || (date_trunc('month', erased_last at time zone 'UTC') + interval '1 month')::date, 'nothing is left')),
        ('callback, still waiting', cardinality(waiting)::bigint,
         case cardinality(waiting) when 0 then 'none'
             else 'NOT erased: cancel them, or report handledElsewhere where they are due or accepted, then call this again: '
                 || array_to_string(waiting, ', ') end,
         case cardinality(waiting) when 0 then 'nothing is left' else 'when you have done so' end),
        ('command', results,
         'erased: number, extension and caption are null in the stored results, with which a repeated command is still answered; state records are null. Digests of the commands stay',
         coalesce('retention.commands after '
             || (date_trunc('week', last_result at time zone 'UTC') + interval '7 days')::date, 'nothing is left')),
        ('command, refused', null::bigint, 'not looked at: captions of refused commands, which name no number',
         'retention.commands after their week has ended'),
        ('row versions, statistics', null, 'not touched: what stood there before, in tables, indexes and pg_statistic',
         'vacuum and analyze of callback and decision'),
        ('write-ahead log, backups', null, 'not touched: after a restore, erase again', 'when they are deleted'),
        ('Kafka: commands, results, due events, states, amendments, dead letters', null,
         'not touched: single records cannot be erased', 'retention.ms of each topic'),
        ('producers, routers, exports', null, 'not known here', 'theirs to say'),
        ('logs, metrics, the operator''s page', null, 'nothing but the last two digits of a number in the log',
         'when the logs are deleted');
end $$;

do $$
begin
    execute format('alter function drop_leaf(text, date) set search_path = %I, pg_temp', current_schema());
    execute format('alter function erase_person(text, text) set search_path = %I, pg_temp', current_schema());
    alter function drop_leaf(text, date) set lock_timeout = '2s';
end $$;
