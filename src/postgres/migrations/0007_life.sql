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

-- The state records that a decision published, one a line; null while the state topic is off. Like the result, they are
-- published again with the same bytes where nobody knows whether they were.
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

do $$
begin
    execute format('alter function drop_leaf(text, date) set search_path = %I, pg_temp', current_schema());
    alter function drop_leaf(text, date) set lock_timeout = '2s';
end $$;
