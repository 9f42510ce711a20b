-- What people ask of the database (docs/howto.md): views of what waits, of whom to call and of what was decided, and one
-- function that erases a person.

-- What waits: neither cancelled nor certainly fired. No names, numbers and notes. The bound on fire_at is the oldest
-- marker's copy; it lets PostgreSQL leave out the months that are over.
create view callback_waiting as
select c.callback_id, c.tenant, c.shard, c.scheduled_for, c.fire_at, c.fire_at <= now() as due, c.revision, c.attempt,
       c.skill_id, c.agent_id, c.requested_by, c.command_source, c.command_id, c.created_at
from callback c
left join shard s on s.shard = c.shard
where c.cancelled_at is null
  and c.fire_at >= (select coalesce(min(coalesce(confirmed_fire_at, '-infinity')), '-infinity') from shard)
  and ((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)) is not true;
comment on view callback_waiting is 'Callbacks that wait to be fired; without personal data';

-- Whom to call: the personal data of every callback, with its state as in callback_status.
create view callback_contact as
select c.callback_id, c.tenant, c.phone_number, c.extension, c.first_name, c.last_name, c.notes, c.caption,
       c.scheduled_for, c.skill_id, c.agent_id, c.created_at,
       case
           when c.cancelled_at is not null then 'cancelled'
           when (c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id) then 'fired'
           when c.fire_at <= now() then 'due'
           else 'pending'
       end as status
from callback c
left join shard s on s.shard = c.shard;
comment on view callback_contact is 'Names, numbers and notes of callbacks: personal data';

-- What was decided, as long as it is remembered. Only what names nobody is taken out of the result's JSON. The text type
-- has no NUL, which JSON can write.
create view command_decision as
select encode(d.key, 'hex') as key, d.decided_at, d.data ->> 'commandId' as command_id, d.callback_id, d.schedules,
       d.data ->> 'condition' as condition, d.data ->> 'branch' as branch, (d.data ->> 'revision')::integer as revision,
       (d.data ->> 'scheduledFor')::timestamptz as scheduled_for,
       array(select v ->> 'code' from json_array_elements(d.data -> 'violations') v) as codes,
       array(select json_array_elements_text(d.data -> 'warnings')) as warnings
from (select key, decided_at, callback_id, schedules, replace(result, '\u0000', '\ufffd')::json as data from command) d;
comment on view command_decision is 'What was answered to each remembered command; without personal data';

-- A result's data without the person. A quotation mark inside a JSON string has a backslash before it, so none of these
-- patterns can begin inside one.
create function without_person(result text) returns text
language sql immutable as $$
    select regexp_replace(regexp_replace(regexp_replace(result,
        '"caption":"([^"\\]|\\.)*"', '"caption":null'),
        '"phoneNumber":"([^"\\]|\\.)*"', '"phoneNumber":null'),
        '"extension":"([^"\\]|\\.)*"', '"extension":null')
$$;

-- Erases the person with that number (E.164) from what has been fired or cancelled, and from the remembered results, and
-- reports what is left where, and until when. Callbacks that still wait are left alone, since the instance that owns their
-- shard may have them in memory: cancel them by a command first. May be called again.
create function erase_person(of_tenant text, number text)
returns table (place text, found bigint, outcome text, gone text)
language plpgsql security definer as $$
declare
    erased      bigint[];
    erased_last timestamptz;
    waiting     bigint[];
    results     bigint;
    last_result timestamptz;
begin
    if number !~ '^\+[1-9][0-9]{1,14}$' then
        raise exception 'this is no number in E.164 form: a plus sign and 2 to 15 digits' using errcode = '22023';
    end if;
    with done as (
        -- No number begins with +0, and the column takes no null.
        update callback c set phone_number = '+0', extension = null, first_name = null, last_name = null, notes = null,
            caption = null, correlation_id = null, traceparent = null, tracestate = null
        where c.tenant = of_tenant and c.phone_number = number
          and (c.cancelled_at is not null or exists (
              select from shard s where s.shard = c.shard
                and (c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)))
        returning c.callback_id, c.fire_at)
    select coalesce(array_agg(callback_id order by callback_id), '{}'), max(fire_at) from done
    into erased, erased_last;

    select coalesce(array_agg(c.callback_id order by c.callback_id), '{}') from callback c
    where c.tenant = of_tenant and c.phone_number = number
    into waiting;

    -- The results of these callbacks, and those of others that had this number before a reschedule.
    with done as (
        update command d set result = without_person(d.result)
        where d.callback_id is not null
          and (d.callback_id = any (erased)
               or strpos(d.result, '"phoneNumber":"' || number || '"') > 0
                  and d.callback_id <> all (waiting)
                  and not exists (select from callback b where b.callback_id = d.callback_id and b.tenant <> of_tenant))
          and d.result <> without_person(d.result)
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
             else 'NOT erased: cancel them, then call this again: ' || array_to_string(waiting, ', ') end,
         case cardinality(waiting) when 0 then 'nothing is left' else 'when you have done so' end),
        ('command', results,
         'erased: number, extension and caption are null in the stored results, with which a repeated command is still answered. Digests of the commands stay',
         coalesce('retention.commands after '
             || (date_trunc('week', last_result at time zone 'UTC') + interval '7 days')::date, 'nothing is left')),
        ('command, refused', null::bigint, 'not looked at: captions of refused commands, which name no number',
         'retention.commands after their week has ended'),
        ('row versions, statistics', null, 'not touched: what stood there before, in tables, indexes and pg_statistic',
         'vacuum and analyze of callback and command'),
        ('write-ahead log, backups', null, 'not touched: after a restore, erase again', 'when they are deleted'),
        ('Kafka: commands, results, due events, amendments, dead letters', null,
         'not touched: single records cannot be erased', 'retention.ms of each topic'),
        ('producers, routers, exports', null, 'not known here', 'theirs to say'),
        ('logs, metrics, the operator''s page', null, 'nothing but the last two digits of a number in the log',
         'when the logs are deleted');
end $$;

-- Names mean what they mean here, whoever calls; see 0003. A partition is made or dropped under a lock for which a long
-- reader (a backup, an export) has to end first, and every command that comes meanwhile queues behind whoever waits for it:
-- so nobody waits long. The service tries again.
do $$
begin
    execute format('alter function erase_person(text, text) set search_path = %I, pg_temp', current_schema());
    alter function make_leaf(text, date) set lock_timeout = '2s';
    alter function drop_leaf(text, date) set lock_timeout = '2s';
end $$;
revoke execute on function erase_person(text, text) from public;
