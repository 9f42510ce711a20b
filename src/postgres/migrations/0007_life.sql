-- What becomes of a callback after it was due (docs/contract.md#life-after-due). All of it is null for a callback that is not
-- tracked and has no `notAfter`, so that it costs nothing.
alter table callback
    add column tries             smallint,    -- how often the person was dialled and not reached; null: not tracked
    -- What happens at the row's place in the order of firing: null: its due event is published; 'again': the same, and before
    -- that the state topic says that it waits again; 'handling': it ends as missed / OUTCOME_UNKNOWN; 'held': nothing, since
    -- somebody has it for as long as it takes; 'ending': the end below is said; 'ended': nothing, that was said.
    add column phase             text,
    add column ended_as          text,        -- 'completed', 'missed' or 'expired'; cancelled ones have cancelled_at alone
    add column reason            text,        -- why it has ended
    add column ended_at          timestamptz,
    add column not_after         timestamptz, -- no due event has this `firedAt` or a later one
    add column not_after_derived boolean,     -- whether that follows from the skill's `expireAfter`
    add column last_outcome      text,        -- what was reported last
    add column reported_agent    bigint,      -- the agent whom that report names
    add column released_from     bigint;      -- the agent that it was for, once it goes to the skill instead

-- The record of Kafka that made the decision, and the state records that it published (src/wire/state.rs); null while the state
-- topic is off. Like the result, they are published again with the same bytes where nobody knows whether they were.
alter table decision add column state text;
-- With the state topic on: offsets of the command topic and of amendments up to which decisions are stored. Whoever takes the
-- shard over fires nothing before what was decided is answered, so that no callback is due before it is pending.
alter table shard
    add column recorded_commands   bigint,
    add column recorded_amendments bigint;
comment on column callback.cancelled_at is
    'When a cancel was accepted; with a phase other than ''again'', since when the row is not presented at its place: programs up to 0.1 look at nothing else';

-- Tracked callbacks that wait or of whose attempt nobody has reported, in the order of firing. Of others it has nothing; and
-- a cancel changes none of its columns.
create index callback_unreported on callback (shard, fire_at, callback_id)
    where tries is not null and (phase is null or phase = 'again');

-- How a callback stands; `fired` says whether the order of firing has certainly come to its place.
create function status_of(phase text, ended_as text, cancelled_at timestamptz, fire_at timestamptz, fired boolean)
returns text language sql stable parallel safe as $$
    select case
        when ended_as is not null then ended_as
        when phase = 'held' then 'accepted'
        when phase = 'handling' then case when fired then 'missed' else 'accepted' end
        when cancelled_at is not null then 'cancelled'
        when fired or fire_at <= now() then 'due'
        else 'pending'
    end
$$;

-- `fired` follows the marker's copy, so it may lag a minute.
create or replace view callback_status as
select c.callback_id, c.tenant, c.shard, c.scheduled_for, c.fire_at, c.revision, c.attempt,
       c.skill_id, c.agent_id, c.requested_by, c.command_source, c.command_id, c.created_at,
       case when c.phase is null or c.phase = 'again' then c.cancelled_at end as cancelled_at,
       status_of(c.phase, c.ended_as, c.cancelled_at, c.fire_at, p.passed) as status,
       c.tries is not null as tracked, c.tries,
       case when c.phase = 'handling' and p.passed then 'OUTCOME_UNKNOWN' else c.reason end as reason,
       case when c.phase = 'handling' and p.passed then c.fire_at else c.ended_at end as ended_at,
       c.not_after, c.last_outcome, c.reported_agent, c.released_from,
       p.passed and (c.phase is null or c.phase = 'again') and c.cancelled_at is null as fired
from callback c
left join shard s on s.shard = c.shard
cross join lateral (
    select coalesce((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id), false) as passed) p;

create or replace view callback_contact as
select c.callback_id, c.tenant, c.phone_number, c.extension, c.first_name, c.last_name, c.notes, c.caption,
       c.scheduled_for, c.skill_id, c.agent_id, c.created_at,
       status_of(c.phase, c.ended_as, c.cancelled_at, c.fire_at, coalesce(
           (c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id), false)) as status
from callback c
left join shard s on s.shard = c.shard;

-- As in 0003; and not while something is still to be said of one of them.
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
            select from %I c left join shard s on s.shard = c.shard
            where (c.cancelled_at is null or c.phase in (''handling'', ''ending''))
              and ((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)) is not true)', leaf)
        into waits;
    end if;
    if not waits then
        execute format('drop table %I', leaf);
    end if;
    return not waits;
end $$;

-- Erases as before, with what is new: a tracked callback is over when it has ended, and not when its due event is published,
-- since it may be presented again; and state records, which may show names and numbers, go with the results. What is not
-- presented at its place has `cancelled_at` without having been cancelled.
create or replace function erase_person(of_tenant text, number text)
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
          and (c.phase = 'ended'
               or (c.phase is null or c.phase = 'again') and c.cancelled_at is not null
               -- The order of firing has come to its place: it was fired once and for all, or time has ended it there.
               or (c.phase is null and c.tries is null or c.phase in ('handling', 'ending')) and exists (
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
        update decision d set result = without_person(result_text(d.result, d.callback_id)), state = null
        where d.callback_id is not null
          and (d.callback_id = any (erased)
               or strpos(d.result, substr(number, 2)) > 0
                  and strpos(result_text(d.result, d.callback_id), '"phoneNumber":"' || number || '"') > 0
                  and d.callback_id <> all (waiting)
                  and not exists (select from callback b where b.callback_id = d.callback_id and b.tenant <> of_tenant))
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
