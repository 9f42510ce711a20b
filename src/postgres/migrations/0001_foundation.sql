-- The memory of decisions: what was answered to which command (contract §3, idempotency).
-- Partitioned by week of decided_at; each leaf has a unique index on key (see postgres/leaves.rs).
create table command (
    key            bytea       not null, -- 16 bytes: digest of tenant, source and command id
    payload        bytea       not null, -- 16 bytes: digest of type and fields, tells a repeat from a reuse
    decided_at     timestamptz not null, -- ce_time of the result
    callback_id    bigint,               -- ce_subject of the result
    schedules      boolean     not null, -- whether this command made that callback
    correlation_id text,                 -- ce_correlationid of the result
    result         text        not null  -- the result's data, byte for byte
) partition by range (decided_at);

-- The commitments, one row a callback. Partitioned by month of fire_at.
create table callback (
    callback_id    bigint      not null, -- sequence << 10 | shard
    shard          smallint    not null, -- partition of the command topic that it was scheduled through
    fire_at        timestamptz not null, -- scheduled_for, or later where that was behind the marker
    scheduled_for  timestamptz not null,
    revision       integer     not null, -- 1, one more for each reschedule
    attempt        integer     not null,
    tenant         text        not null,
    skill_id       bigint      not null,
    agent_id       bigint,
    phone_number   text        not null, -- E.164
    extension      text,
    first_name     text,
    last_name      text,
    notes          text,
    caption        text,
    requested_by   bigint      not null, -- agent id of the security user who scheduled it
    command_source text        not null, -- of the schedule command
    command_id     text        not null, -- of the schedule command
    revised_by     text        not null, -- id of the command that made this revision
    correlation_id text,
    traceparent    text,
    tracestate     text,
    created_at     timestamptz not null,
    cancelled_at   timestamptz,
    primary key (callback_id, fire_at)
) partition by range (fire_at);

-- The order of firing.
create index callback_order on callback (shard, fire_at, callback_id);

-- Who owns which shard, under which epoch, and how far it has certainly fired.
create table shard (
    shard                 smallint    primary key,
    epoch                 bigint      not null, -- grows by one at each takeover
    owner                 text,                 -- the instance; null after an orderly stop
    previous_owners       text[]      not null default '{}', -- whose transactions may linger
    confirmed_fire_at     timestamptz,          -- a copy of the marker, at most a minute old
    confirmed_callback_id bigint,
    updated_at            timestamptz not null default now()
);

-- Callback ids are made from this in blocks of 1,000; gaps are fine.
create sequence callback_sequence as bigint increment by 1000 minvalue 1 maxvalue 8796093021208 no cycle;

-- The state of a callback is derived, never stored. `fired` follows the marker's copy, so it may lag a minute.
create view callback_status as
select c.callback_id, c.tenant, c.shard, c.scheduled_for, c.fire_at, c.revision, c.attempt,
       c.skill_id, c.agent_id, c.requested_by, c.command_source, c.command_id, c.created_at, c.cancelled_at,
       case
           when c.cancelled_at is not null then 'cancelled'
           when (c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id) then 'fired'
           when c.fire_at <= now() then 'due'
           else 'pending'
       end as status
from callback c
left join shard s on s.shard = c.shard;
