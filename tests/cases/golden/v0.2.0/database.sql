--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: drop_leaf(text, date); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.drop_leaf(parent text, first_day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
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


--
-- Name: erase_person(text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.erase_person(of_tenant text, number text) RETURNS TABLE(place text, found bigint, outcome text, gone text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
end $_$;


--
-- Name: leaf_end(text, date); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.leaf_end(parent text, first_day date) RETURNS date
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
    if parent = 'command' and extract(isodow from first_day) = 1 then
        return first_day + 7;
    elsif parent = 'callback' and extract(day from first_day) = 1 then
        return (first_day + interval '1 month')::date;
    end if;
    raise exception 'no partition of % begins on %', parent, first_day;
end $$;


--
-- Name: make_leaf(text, date); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.make_leaf(parent text, first_day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
declare
    leaf text := parent || '_' || to_char(first_day, 'YYYYMMDD');
    until date := leaf_end(parent, first_day);
    whole regclass := case parent when 'command' then 'decision' else parent end::regclass;
    columns text;
begin
    if to_regclass(quote_ident(leaf)) is not null then
        return;
    end if;
    select string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             case when a.attnotnull then ' not null' end),
                      ', ' order by a.attlen < 0, strpos('disc', t.typalign::text), not a.attnotnull, a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = whole and a.attnum > 0 and not a.attisdropped
    into columns;
    execute format('create table %I (%s)', leaf, columns);
    execute format('alter table %s attach partition %I for values from (%L) to (%L)', whole, leaf,
                   first_day::timestamp at time zone 'UTC', until::timestamp at time zone 'UTC');
    if parent = 'command' then
        -- Unique within its week: a parent's unique index would have to contain decided_at.
        execute format('create unique index %I on %I (key)', leaf || '_key', leaf);
    end if;
end $$;


--
-- Name: result_text(text, bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.result_text(stored text, callback_id bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
declare
    tokens constant integer[] := array[1, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
    words constant text[] := array[
        '{"commandId":"',
        '","branch":"',
        '","condition":"',
        '","callbackId":',
        ',"revision":',
        ',"caption":"',
        '","scheduledFor":"',
        '","target":{"type":"skill","skillId":"',
        '","target":{"type":"agent","agentId":"',
        '","skillId":"',
        '"},"phoneNumber":"+',
        '","extension":null,"violations":[],"warnings":[]}',
        '","extension":"',
        '","extension":null,"violations":[],"warnings":["',
        '","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[',
        ',{"field":"',
        '","code":"',
        '","message":"',
        '"}],"warnings":[]}',
        ',"revision":null,"caption":"',
        'null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[',
        ',"caption":null,"scheduledFor":"'
    ];
    phrases constant text[] := array[
        '","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":"',
        '","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":"',
        '","branch":"InvalidTargetAgentId","condition":"InvalidTargetAgentId","callbackId":null,"revision":null,"caption":"',
        '","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":"',
        '","branch":"InvalidPhoneNumber","condition":"InvalidPhoneNumber","callbackId":null,"revision":null,"caption":"',
        '","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":"',
        '{"field":"securityUser","code":"SECURITY_USER_UNKNOWN","message":"The directory has no such security user; expected the name of an existing one.',
        '{"field":"securityUser","code":"SECURITY_USER_INACTIVE","message":"The security user is inactive, or its agent is inactive or missing.',
        '{"field":"securityUser","code":"SECURITY_USER_FORBIDDEN","message":"The security user lacks the permission for this: `commitments:create` to schedule a callback, `commitments:manage` to cancel or reschedule one.',
        '{"field":"skillId","code":"SKILL_UNKNOWN","message":"The directory has no skill with this id.',
        '{"field":"skillId","code":"SKILL_INACTIVE","message":"The skill is inactive; expected an active skill.',
        '{"field":"skillId","code":"SKILL_NOT_OUTBOUND_PHONE","message":"The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`.',
        '{"field":"targetAgentId","code":"TARGET_AGENT_UNKNOWN","message":"The directory has no agent with this id.',
        '{"field":"targetAgentId","code":"TARGET_AGENT_INACTIVE","message":"The target agent is inactive; expected an active agent.',
        '{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read: it ',
        '{"field":"scheduleDate","code":"SCHEDULE_DATE_IN_PAST","message":"The schedule date lies before the time of the command, ',
        '{"field":"scheduleDate","code":"SCHEDULE_DATE_TOO_FAR","message":"The date lies further ahead than callbacks to this skill may be scheduled; it must be at most ',
        '{"field":"phoneNumber","code":"PHONE_NUMBER_',
        ',"message":"The phone number ',
        'has none of the forms of a date',
        '; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z.',
        ', where no date has one',
        ': it was read as ',
        ' by the time zone ',
        ' (the command''s `timeZone`).',
        '{"field":null,"code":"CALLBACK_ALREADY_DUE","message":"The callback is already due and can no longer be changed or cancelled.',
        '{"field":null,"code":"CALLBACK_CANCELLED","message":"The callback was cancelled before and can no longer be changed.',
        '{"field":"commandId","code":"COMMAND_ID_REUSED","message":"This command id was used before by the same source for a command with other content; every command needs an id of its own.',
        '; name one of your own tenant by `callbackId`, or by `scheduledBy` with the source and id of the command that scheduled it, and where both are given they must name the same one.',
        ',"code":"CALLBACK_NOT_FOUND","message":"There is no such callback',
        '{"field":"securityUser","code":"SECURITY_USER_',
        '{"field":"skillId","code":"SKILL_',
        '{"field":"targetAgentId","code":"TARGET_AGENT_',
        '{"field":"scheduleDate","code":"SCHEDULE_DATE_',
        '","branch":"Success","condition":"Success","callbackId":',
        '","branch":"Default","condition":"Invalid',
        '","extension":null,"violations":[],"warnings":[],"attempt":',
        ',"tries":',
        ',"status":"pending","nextAt":"',
        'Z","reason":null}',
        '","reason":null}',
        ',"status":"accepted","nextAt":null,"reason":null}',
        ',"status":"completed","nextAt":null,"reason":"CONNECTED"}',
        ',"status":"completed","nextAt":null,"reason":"',
        ',"status":"missed","nextAt":null,"reason":"',
        ',"status":"expired","nextAt":null,"reason":"NOT_AFTER"}',
        'TRIES_EXHAUSTED"}',
        'PRESENTATIONS_EXHAUSTED"}',
        'HANDLED_ELSEWHERE"}',
        'REFUSED_BY_CONTACT"}',
        'DO_NOT_CALL"}',
        'WRONG_NUMBER"}',
        '"}],"warnings":[],"attempt":null,"tries":null,"status":null,"nextAt":null,"reason":null}',
        '{"field":"attempt","code":"ATTEMPT_OVER","message":"This attempt is over: what came of it was reported before, or the callback has been presented again since; expected the `attempt` of the last due event.',
        '{"field":"attempt","code":"ATTEMPT_NOT_FIRED","message":"This attempt has not been fired: it is still ahead, or there is none of this number; expected the `attempt` of a due event.',
        '{"field":null,"code":"CALLBACK_NOT_TRACKED","message":"Nothing is reported of this callback, since its skill had no `lifecycle` in the directory when it was scheduled.',
        '{"field":null,"code":"CALLBACK_ENDED","message":"The callback has ended as ',
        ') and can no longer be changed.'
    ];
    data text := stored;
    place integer;
begin
    if stored is null or ascii(stored) not in (1, 2) then
        return stored;
    end if;
    -- What begins with U+0002 only has more of the phrases, and instants with a fraction.
    data := chr(1) || substr(stored, 2);
    -- The character behind U+001F, U+001C or U+001D is never a token, so these come first.
    place := strpos(data, chr(31));
    while place > 0 loop
        data := overlay(data placing phrases[ascii(substr(data, place + 1, 1)) - 47] from place for 2);
        place := strpos(data, chr(31));
    end loop;
    place := strpos(data, chr(28));
    while place > 0 loop
        data := overlay(data placing format('20%s-%s-%sT%s:%s:%sZ',
            lpad((ascii(substr(data, place + 1, 1)) - 40)::text, 2, '0'), lpad((ascii(substr(data, place + 2, 1)) - 40)::text, 2, '0'),
            lpad((ascii(substr(data, place + 3, 1)) - 40)::text, 2, '0'), lpad((ascii(substr(data, place + 4, 1)) - 40)::text, 2, '0'),
            lpad((ascii(substr(data, place + 5, 1)) - 40)::text, 2, '0'), lpad((ascii(substr(data, place + 6, 1)) - 40)::text, 2, '0')) from place for 7);
        place := strpos(data, chr(28));
    end loop;
    place := strpos(data, chr(29));
    while place > 0 loop
        data := overlay(data placing format('20%s-%s-%sT%s:%s:%s.',
            lpad((ascii(substr(data, place + 1, 1)) - 40)::text, 2, '0'), lpad((ascii(substr(data, place + 2, 1)) - 40)::text, 2, '0'),
            lpad((ascii(substr(data, place + 3, 1)) - 40)::text, 2, '0'), lpad((ascii(substr(data, place + 4, 1)) - 40)::text, 2, '0'),
            lpad((ascii(substr(data, place + 5, 1)) - 40)::text, 2, '0'), lpad((ascii(substr(data, place + 6, 1)) - 40)::text, 2, '0')) from place for 7);
        place := strpos(data, chr(29));
    end loop;
    data := replace(data, chr(2),
        '","branch":"Success","condition":"Success","callbackId":' || coalesce(callback_id::text, '') || ',"revision":1,"caption":"');
    data := replace(data, chr(3), coalesce(callback_id::text, ''));
    for i in 1 .. cardinality(tokens) loop
        data := replace(data, chr(tokens[i]), words[i]);
    end loop;
    return data;
end $$;


--
-- Name: status_of(text, text, timestamp with time zone, timestamp with time zone, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.status_of(phase text, ended_as text, cancelled_at timestamp with time zone, fire_at timestamp with time zone, fired boolean) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case
        when ended_as is not null then ended_as
        when phase = 'held' then 'accepted'
        when phase = 'handling' then case when fired then 'missed' else 'accepted' end
        when cancelled_at is not null then 'cancelled'
        when fired or fire_at <= now() then 'due'
        else 'pending'
    end
$$;


--
-- Name: without_person(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.without_person(result text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select regexp_replace(regexp_replace(regexp_replace(result,
        '"caption":"([^"\\]|\\.)*"', '"caption":null'),
        '"phoneNumber":"([^"\\]|\\.)*"', '"phoneNumber":null'),
        '"extension":"([^"\\]|\\.)*"', '"extension":null')
$$;


--
-- Name: write_command(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.write_command() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
        begin
            if tg_op = 'DELETE' then
                delete from decision where key = encode(old.key, 'hex')::uuid and decided_at = old.decided_at;
                return old;
            end if;
            insert into decision (key, payload, decided_at, callback_id, schedules, correlation_id, result)
            values (encode(new.key, 'hex')::uuid, encode(new.payload, 'hex')::uuid, new.decided_at, new.callback_id, new.schedules, new.correlation_id, new.result);
            return new;
        end $$;


SET default_tablespace = '';

--
-- Name: callback; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback (
    callback_id bigint NOT NULL,
    shard smallint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    tenant text NOT NULL,
    skill_id bigint NOT NULL,
    agent_id bigint,
    phone_number text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    requested_by bigint NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    correlation_id text,
    traceparent text,
    tracestate text,
    created_at timestamp with time zone NOT NULL,
    cancelled_at timestamp with time zone,
    tries smallint,
    phase text,
    ended_as text,
    reason text,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    not_after_derived boolean,
    last_outcome text,
    reported_agent bigint,
    released_from bigint
)
PARTITION BY RANGE (fire_at);


SET default_table_access_method = heap;

--
-- Name: callback_20261101; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20261101 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20261201; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20261201 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270101; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270101 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270201; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270201 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270301; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270301 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270401; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270401 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270501; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270501 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270601; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270601 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270701; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270701 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270801; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270801 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20270901; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270901 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20271001; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20271001 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20271101; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20271101 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: callback_20271201; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20271201 (
    callback_id bigint NOT NULL,
    fire_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    skill_id bigint NOT NULL,
    requested_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    agent_id bigint,
    cancelled_at timestamp with time zone,
    ended_at timestamp with time zone,
    not_after timestamp with time zone,
    reported_agent bigint,
    released_from bigint,
    revision integer NOT NULL,
    attempt integer NOT NULL,
    shard smallint NOT NULL,
    tries smallint,
    not_after_derived boolean,
    tenant text NOT NULL,
    phone_number text NOT NULL,
    command_source text NOT NULL,
    command_id text NOT NULL,
    revised_by text NOT NULL,
    extension text,
    first_name text,
    last_name text,
    notes text,
    caption text,
    correlation_id text,
    traceparent text,
    tracestate text,
    phase text,
    ended_as text,
    reason text,
    last_outcome text
);


--
-- Name: shard; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shard (
    shard smallint NOT NULL,
    epoch bigint NOT NULL,
    owner text,
    previous_owners text[] DEFAULT '{}'::text[] NOT NULL,
    confirmed_fire_at timestamp with time zone,
    confirmed_callback_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    recorded_commands bigint,
    recorded_amendments bigint
);


--
-- Name: callback_contact; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.callback_contact AS
 SELECT c.callback_id,
    c.tenant,
    c.phone_number,
    c.extension,
    c.first_name,
    c.last_name,
    c.notes,
    c.caption,
    c.scheduled_for,
    c.skill_id,
    c.agent_id,
    c.created_at,
    public.status_of(c.phase, c.ended_as, c.cancelled_at, c.fire_at, COALESCE((ROW(c.fire_at, c.callback_id) <= ROW(s.confirmed_fire_at, s.confirmed_callback_id)), false)) AS status
   FROM (public.callback c
     LEFT JOIN public.shard s ON ((s.shard = c.shard)));


--
-- Name: callback_sequence; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.callback_sequence
    START WITH 1
    INCREMENT BY 1000
    NO MINVALUE
    MAXVALUE 8796093021208
    CACHE 1;


--
-- Name: callback_status; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.callback_status AS
 SELECT c.callback_id,
    c.tenant,
    c.shard,
    c.scheduled_for,
    c.fire_at,
    c.revision,
    c.attempt,
    c.skill_id,
    c.agent_id,
    c.requested_by,
    c.command_source,
    c.command_id,
    c.created_at,
        CASE
            WHEN ((c.phase IS NULL) OR (c.phase = 'again'::text)) THEN c.cancelled_at
            ELSE NULL::timestamp with time zone
        END AS cancelled_at,
    public.status_of(c.phase, c.ended_as, c.cancelled_at, c.fire_at, p.passed) AS status,
    (c.tries IS NOT NULL) AS tracked,
    c.tries,
        CASE
            WHEN ((c.phase = 'handling'::text) AND p.passed) THEN 'OUTCOME_UNKNOWN'::text
            ELSE c.reason
        END AS reason,
        CASE
            WHEN ((c.phase = 'handling'::text) AND p.passed) THEN c.fire_at
            ELSE c.ended_at
        END AS ended_at,
    c.not_after,
    c.last_outcome,
    c.reported_agent,
    c.released_from,
    (p.passed AND ((c.phase IS NULL) OR (c.phase = 'again'::text)) AND (c.cancelled_at IS NULL)) AS fired
   FROM ((public.callback c
     LEFT JOIN public.shard s ON ((s.shard = c.shard)))
     CROSS JOIN LATERAL ( SELECT COALESCE((ROW(c.fire_at, c.callback_id) <= ROW(s.confirmed_fire_at, s.confirmed_callback_id)), false) AS passed) p);


--
-- Name: callback_waiting; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.callback_waiting AS
 SELECT c.callback_id,
    c.tenant,
    c.shard,
    c.scheduled_for,
    c.fire_at,
    (c.fire_at <= now()) AS due,
    c.revision,
    c.attempt,
    c.skill_id,
    c.agent_id,
    c.requested_by,
    c.command_source,
    c.command_id,
    c.created_at
   FROM (public.callback c
     LEFT JOIN public.shard s ON ((s.shard = c.shard)))
  WHERE ((c.cancelled_at IS NULL) AND (c.fire_at >= ( SELECT COALESCE(min(COALESCE(shard.confirmed_fire_at, '-infinity'::timestamp with time zone)), '-infinity'::timestamp with time zone) AS "coalesce"
           FROM public.shard)) AND ((ROW(c.fire_at, c.callback_id) <= ROW(s.confirmed_fire_at, s.confirmed_callback_id)) IS NOT TRUE));


--
-- Name: decision; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decision (
    key uuid NOT NULL,
    payload uuid NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    schedules boolean NOT NULL,
    correlation_id text,
    result text NOT NULL,
    state text
)
PARTITION BY RANGE (decided_at);


--
-- Name: command; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.command AS
 SELECT uuid_send(decision.key) AS key,
    uuid_send(decision.payload) AS payload,
    decision.decided_at,
    decision.callback_id,
    decision.schedules,
    decision.correlation_id,
    public.result_text(decision.result, decision.callback_id) AS result
   FROM public.decision;


--
-- Name: command_20261123; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command_20261123 (
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    key uuid NOT NULL,
    payload uuid NOT NULL,
    schedules boolean NOT NULL,
    result text NOT NULL,
    correlation_id text,
    state text
);


--
-- Name: command_20261130; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command_20261130 (
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    key uuid NOT NULL,
    payload uuid NOT NULL,
    schedules boolean NOT NULL,
    result text NOT NULL,
    correlation_id text,
    state text
);


--
-- Name: command_20261207; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command_20261207 (
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    key uuid NOT NULL,
    payload uuid NOT NULL,
    schedules boolean NOT NULL,
    result text NOT NULL,
    correlation_id text,
    state text
);


--
-- Name: command_decision; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.command_decision AS
 SELECT encode(d.key, 'hex'::text) AS key,
    d.decided_at,
    (d.data ->> 'commandId'::text) AS command_id,
    d.callback_id,
    d.schedules,
    (d.data ->> 'condition'::text) AS condition,
    (d.data ->> 'branch'::text) AS branch,
    ((d.data ->> 'revision'::text))::integer AS revision,
    ((d.data ->> 'scheduledFor'::text))::timestamp with time zone AS scheduled_for,
    ARRAY( SELECT (v.value ->> 'code'::text)
           FROM json_array_elements((d.data -> 'violations'::text)) v(value)) AS codes,
    ARRAY( SELECT json_array_elements_text((d.data -> 'warnings'::text)) AS json_array_elements_text) AS warnings
   FROM ( SELECT command.key,
            command.decided_at,
            command.callback_id,
            command.schedules,
            (replace(command.result, '\u0000'::text, '\ufffd'::text))::json AS data
           FROM public.command) d;


--
-- Name: installation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.installation (
    only_row boolean DEFAULT true NOT NULL,
    database_id text DEFAULT (gen_random_uuid())::text NOT NULL,
    cluster_id text,
    group_id text,
    commands_topic text,
    bound_at timestamp with time zone,
    adopts boolean DEFAULT false NOT NULL,
    CONSTRAINT installation_only_row_check CHECK (only_row)
);


--
-- Name: scheduled; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.scheduled (
    key bytea NOT NULL,
    callback_id bigint NOT NULL,
    decided_at timestamp with time zone NOT NULL
);


--
-- Name: schema_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    compatible_from integer
);


--
-- Name: callback_20261101; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20261101 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');


--
-- Name: callback_20261201; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20261201 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');


--
-- Name: callback_20270101; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270101 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');


--
-- Name: callback_20270201; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270201 FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00');


--
-- Name: callback_20270301; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270301 FOR VALUES FROM ('2027-03-01 00:00:00+00') TO ('2027-04-01 00:00:00+00');


--
-- Name: callback_20270401; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270401 FOR VALUES FROM ('2027-04-01 00:00:00+00') TO ('2027-05-01 00:00:00+00');


--
-- Name: callback_20270501; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270501 FOR VALUES FROM ('2027-05-01 00:00:00+00') TO ('2027-06-01 00:00:00+00');


--
-- Name: callback_20270601; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270601 FOR VALUES FROM ('2027-06-01 00:00:00+00') TO ('2027-07-01 00:00:00+00');


--
-- Name: callback_20270701; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270701 FOR VALUES FROM ('2027-07-01 00:00:00+00') TO ('2027-08-01 00:00:00+00');


--
-- Name: callback_20270801; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270801 FOR VALUES FROM ('2027-08-01 00:00:00+00') TO ('2027-09-01 00:00:00+00');


--
-- Name: callback_20270901; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20270901 FOR VALUES FROM ('2027-09-01 00:00:00+00') TO ('2027-10-01 00:00:00+00');


--
-- Name: callback_20271001; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20271001 FOR VALUES FROM ('2027-10-01 00:00:00+00') TO ('2027-11-01 00:00:00+00');


--
-- Name: callback_20271101; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20271101 FOR VALUES FROM ('2027-11-01 00:00:00+00') TO ('2027-12-01 00:00:00+00');


--
-- Name: callback_20271201; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback ATTACH PARTITION public.callback_20271201 FOR VALUES FROM ('2027-12-01 00:00:00+00') TO ('2028-01-01 00:00:00+00');


--
-- Name: command_20261123; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision ATTACH PARTITION public.command_20261123 FOR VALUES FROM ('2026-11-23 00:00:00+00') TO ('2026-11-30 00:00:00+00');


--
-- Name: command_20261130; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision ATTACH PARTITION public.command_20261130 FOR VALUES FROM ('2026-11-30 00:00:00+00') TO ('2026-12-07 00:00:00+00');


--
-- Name: command_20261207; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision ATTACH PARTITION public.command_20261207 FOR VALUES FROM ('2026-12-07 00:00:00+00') TO ('2026-12-14 00:00:00+00');


--
-- Data for Name: callback_20261101; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.callback_20261101 VALUES (10240, '2026-11-23 15:00:00.000001+00', '2026-11-23 14:59:59.5+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'late-binary', 'late-binary', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (11264, '2026-11-23 15:00:00.000001+00', '2026-11-23 14:59:59.5+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'late-structured', 'late-structured', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (12288, '2026-11-23 15:00:00.000001+00', '2026-11-23 14:59:59.5+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'late-plain', 'late-plain', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (1024, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'simple-binary', 'simple-binary', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (2048, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'simple-structured', 'simple-structured', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (3072, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'simple-plain', 'simple-plain', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (19456, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'to-cancel-binary', 'to-cancel-binary', NULL, 'Ana', 'García', 'to be cancelled', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (20480, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'to-cancel-structured', 'to-cancel-structured', NULL, 'Ana', 'García', 'to be cancelled', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (21504, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+14155552671', '/studio', 'to-cancel-plain', 'to-cancel-plain', NULL, 'Ana', 'García', 'to be cancelled', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (13312, '2026-11-24 14:30:00+00', '2026-11-24 14:30:00+00', 4711, 77, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'acme', '+14155552671', '/studio', 'national-binary', 'national-binary', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (14336, '2026-11-24 14:30:00+00', '2026-11-24 14:30:00+00', 4711, 77, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'acme', '+14155552671', '/studio', 'national-structured', 'national-structured', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (15360, '2026-11-24 14:30:00+00', '2026-11-24 14:30:00+00', 4711, 77, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'acme', '+14155552671', '/studio', 'national-plain', 'national-plain', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (16384, '2026-11-25 07:00:00+00', '2026-11-25 07:00:00+00', 4712, 1234, '2026-11-23 15:00:00+00', 1234, NULL, NULL, NULL, NULL, NULL, 2, 1, 0, NULL, NULL, 'default', '+4930123456', '/studio', 'to-move-binary', 'move-binary', NULL, 'Ana', 'García', 'moved', 'to be moved', 'first', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (17408, '2026-11-25 07:00:00+00', '2026-11-25 07:00:00+00', 4712, 1234, '2026-11-23 15:00:00+00', 1234, NULL, NULL, NULL, NULL, NULL, 2, 1, 0, NULL, NULL, 'default', '+4930123456', '/studio', 'to-move-structured', 'move-structured', NULL, 'Ana', 'García', 'moved', 'to be moved', 'first', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (18432, '2026-11-25 07:00:00+00', '2026-11-25 07:00:00+00', 4712, 1234, '2026-11-23 15:00:00+00', 1234, NULL, NULL, NULL, NULL, NULL, 2, 1, 0, NULL, NULL, 'default', '+4930123456', '/studio', 'to-move-plain', 'move-plain', NULL, 'Ana', 'García', 'moved', 'to be moved', 'first', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (26624, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, '2026-11-24 11:00:00+00', NULL, NULL, 1, 1, 0, NULL, false, 'default', '+14155552671', '/studio', 'untracked-not-after', 'untracked-not-after', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (66560, '2026-11-28 10:00:00+00', '2026-11-28 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'ahead', 'ahead', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (67584, '2026-11-28 10:00:00+00', '2026-11-28 10:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, '2026-11-29 10:00:00+00', NULL, NULL, 1, 1, 0, 0, true, 'default', '+14155552671', '/studio', 'ahead-expires', 'ahead-expires', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (69632, '2026-11-28 10:00:00+00', '2026-11-28 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'ahead-cancelled', 'ahead-cancelled', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (68608, '2026-11-28 11:30:00+00', '2026-11-28 11:30:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, '2026-11-28 12:30:00+00', NULL, NULL, 3, 1, 0, 0, false, 'default', '+14155552671', '/studio', 'ahead-moved', 'move-tracked-not-after', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (22528, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'tracked-plain', 'tracked-plain', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'again', NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (23552, '2026-11-26 15:05:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'tracked-traced', 'r-traced', NULL, 'Ana', 'García', 'after six', 'Call Ana', 'contact-7', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'a=1', NULL, NULL, NULL, 'busy');
INSERT INTO public.callback_20261101 VALUES (24576, '2026-11-26 15:10:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', 1237, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'tracked-agent', 'r-structured', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'agentUnavailable');
INSERT INTO public.callback_20261101 VALUES (25600, '2026-11-26 15:02:00+00', '2026-11-24 10:00:00.25+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'tracked-fraction', 'r-fraction', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'abandoned');
INSERT INTO public.callback_20261101 VALUES (27648, '2026-11-26 16:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 16:00:00+00', NULL, NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-accepted', 'r-accepted', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'handling', NULL, NULL, 'accepted');
INSERT INTO public.callback_20261101 VALUES (28672, '2026-11-26 16:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 16:00:00+00', NULL, NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-inProgress', 'r-inProgress', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'handling', NULL, NULL, 'inProgress');
INSERT INTO public.callback_20261101 VALUES (29696, '2026-11-26 15:30:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1237, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'for-noAnswer', 'r-noAnswer', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'noAnswer');
INSERT INTO public.callback_20261101 VALUES (30720, '2026-11-26 15:05:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1237, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'for-busy', 'r-busy', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'busy');
INSERT INTO public.callback_20261101 VALUES (31744, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, 1237, NULL, 1, 1, 0, 1, NULL, 'default', '+14155552671', '/studio', 'for-voicemail', 'r-voicemail', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'missed', 'TRIES_EXHAUSTED', 'voicemail');
INSERT INTO public.callback_20261101 VALUES (32768, '2026-11-26 15:02:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1237, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'for-abandoned', 'r-abandoned', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'abandoned');
INSERT INTO public.callback_20261101 VALUES (33792, '2026-11-26 15:01:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1237, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-dialFailed', 'r-dialFailed', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'dialFailed');
INSERT INTO public.callback_20261101 VALUES (34816, '2026-11-26 15:10:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', 1237, NULL, NULL, NULL, 1237, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-agentUnavailable', 'r-agentUnavailable', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'agentUnavailable');
INSERT INTO public.callback_20261101 VALUES (35840, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, 1237, 1237, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-refusedByAgent', 'r-refusedByAgent', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'refusedByAgent');
INSERT INTO public.callback_20261101 VALUES (36864, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-connected', 'r-connected', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'completed', 'CONNECTED', 'connected');
INSERT INTO public.callback_20261101 VALUES (37888, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-handledElsewhere', 'r-handledElsewhere', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'completed', 'HANDLED_ELSEWHERE', 'handledElsewhere');
INSERT INTO public.callback_20261101 VALUES (38912, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-refusedByContact', 'r-refusedByContact', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'completed', 'REFUSED_BY_CONTACT', 'refusedByContact');
INSERT INTO public.callback_20261101 VALUES (58368, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'unreported', 'unreported', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'again', NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (39936, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-doNotCall', 'r-doNotCall', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'completed', 'DO_NOT_CALL', 'doNotCall');
INSERT INTO public.callback_20261101 VALUES (40960, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, 1237, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'for-wrongNumber', 'r-wrongNumber', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'missed', 'WRONG_NUMBER', 'wrongNumber');
INSERT INTO public.callback_20261101 VALUES (41984, '2026-11-26 13:00:00+00', '2026-11-26 13:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', 1237, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-27 13:00:00+00', NULL, NULL, 1, 1, 0, 1, true, 'default', '+14155552671', '/studio', 'strict-noAnswer', 'r-strict-noAnswer', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'missed', 'TRIES_EXHAUSTED', 'noAnswer');
INSERT INTO public.callback_20261101 VALUES (43008, '2026-11-26 13:00:00+00', '2026-11-26 13:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', 1237, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-27 13:00:00+00', NULL, NULL, 1, 1, 0, 1, true, 'default', '+14155552671', '/studio', 'strict-busy', 'r-strict-busy', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'missed', 'TRIES_EXHAUSTED', 'busy');
INSERT INTO public.callback_20261101 VALUES (44032, '2026-11-26 13:00:00+00', '2026-11-26 13:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', 1237, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-27 13:00:00+00', NULL, NULL, 1, 1, 0, 1, true, 'default', '+14155552671', '/studio', 'strict-voicemail', 'r-strict-voicemail', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'missed', 'TRIES_EXHAUSTED', 'voicemail');
INSERT INTO public.callback_20261101 VALUES (45056, '2026-11-26 13:00:00+00', '2026-11-26 13:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', 1237, '2026-11-26 13:00:00+00', NULL, '2026-11-27 13:00:00+00', NULL, NULL, 1, 1, 0, 0, true, 'default', '+14155552671', '/studio', 'strict-accepted', 'r-strict-accepted', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'held', NULL, NULL, 'accepted');
INSERT INTO public.callback_20261101 VALUES (46080, '2026-11-26 15:10:00+00', '2026-11-26 13:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', 1237, NULL, NULL, '2026-11-27 13:00:00+00', NULL, NULL, 1, 2, 0, 0, true, 'default', '+14155552671', '/studio', 'strict-refusedByAgent', 'r-strict-refusedByAgent', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'refusedByAgent');
INSERT INTO public.callback_20261101 VALUES (47104, '2026-11-26 15:01:00+00', '2026-11-26 13:00:00+00', 4721, 1234, '2026-11-23 15:00:00+00', 1237, NULL, NULL, '2026-11-27 13:00:00+00', NULL, NULL, 1, 2, 0, 0, true, 'default', '+14155552671', '/studio', 'strict-dialFailed', 'r-strict-dialFailed', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'dialFailed');
INSERT INTO public.callback_20261101 VALUES (48128, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4722, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'once-dialFailed', 'r-once-dialFailed', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'missed', 'PRESENTATIONS_EXHAUSTED', 'dialFailed');
INSERT INTO public.callback_20261101 VALUES (49152, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4722, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'once-unreported', 'once-unreported', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ending', 'missed', 'NOT_ACKNOWLEDGED', NULL);
INSERT INTO public.callback_20261101 VALUES (50176, '2026-11-26 15:05:00+00', '2026-11-24 10:00:00+00', 4722, 1234, '2026-11-23 15:00:00+00', 1237, '2026-11-26 15:05:00+00', NULL, NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'once-accepted', 'r-once-accepted', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'handling', NULL, NULL, 'accepted');
INSERT INTO public.callback_20261101 VALUES (51200, '2026-11-27 09:00:00+00', '2026-11-27 09:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, '2026-11-27 10:00:00+00', NULL, NULL, 2, 1, 0, 0, false, 'default', '+14155552671', '/studio', 'moved', 'r-moved', NULL, 'Ana', 'García', 'at nine', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'rescheduled');
INSERT INTO public.callback_20261101 VALUES (52224, '2026-11-27 09:00:00+00', '2026-11-27 09:00:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 2, 1, 0, NULL, NULL, 'default', '+442079460958', '/studio', 'moved-away', 'r-moved-away', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'rescheduled');
INSERT INTO public.callback_20261101 VALUES (53248, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'moved-badly', 'moved-badly', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'again', NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (54272, '2026-11-26 15:30:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, NULL, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'reached-later', 'r-later-3', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'completed', 'CONNECTED', 'connected');
INSERT INTO public.callback_20261101 VALUES (55296, '2026-11-26 16:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'twice', 'r-twice-3', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'completed', 'CONNECTED', 'connected');
INSERT INTO public.callback_20261101 VALUES (56320, '2026-11-26 15:30:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', NULL, NULL, NULL, NULL, 1, 2, 0, 1, NULL, 'default', '+14155552671', '/studio', 'tried-and-cancelled', 'r-cancel-1', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'noAnswer');
INSERT INTO public.callback_20261101 VALUES (57344, '2026-11-27 09:00:00+00', '2026-11-27 09:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, 2, 1, 0, 1, NULL, 'default', '+14155552671', '/studio', 'tried-and-moved', 'm-move-1', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, 'noAnswer');
INSERT INTO public.callback_20261101 VALUES (59392, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', 1237, NULL, NULL, NULL, NULL, NULL, 1, 2, 0, 0, NULL, 'default', '+14155552671', '/studio', 'unreported-agent', 'unreported-agent', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'again', NULL, NULL, NULL);
INSERT INTO public.callback_20261101 VALUES (60416, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4722, 1234, '2026-11-23 15:00:00+00', 1237, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', NULL, NULL, NULL, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'unreported-released', 'unreported-released', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ending', 'missed', 'NOT_ACKNOWLEDGED', NULL);
INSERT INTO public.callback_20261101 VALUES (61440, '2026-11-26 15:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-26 14:00:00+00', NULL, NULL, 1, 1, 0, 0, false, 'default', '+14155552671', '/studio', 'unreported-too-late', 'unreported-too-late', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ending', 'expired', 'NOT_AFTER', NULL);
INSERT INTO public.callback_20261101 VALUES (62464, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-26 15:20:00+00', NULL, NULL, 1, 1, 0, 1, false, 'default', '+14155552671', '/studio', 'wait-too-long', 'r-too-long', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ended', 'expired', 'NOT_AFTER', 'noAnswer');
INSERT INTO public.callback_20261101 VALUES (63488, '2026-11-26 14:30:00+00', '2026-11-26 14:30:00+00', 4720, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-26 14:40:00+00', NULL, NULL, 1, 1, 0, 0, false, 'default', '+14155552671', '/studio', 'overdue-late', 'overdue-late', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ending', 'expired', 'NOT_AFTER', NULL);
INSERT INTO public.callback_20261101 VALUES (64512, '2026-11-26 14:30:00+00', '2026-11-26 14:30:00+00', 4711, 1234, '2026-11-23 15:00:00+00', NULL, '2026-11-26 15:00:00+00', '2026-11-26 15:00:00+00', '2026-11-26 14:40:00+00', NULL, NULL, 1, 1, 0, NULL, false, 'default', '+14155552671', '/studio', 'overdue-late-untracked', 'overdue-late-untracked', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, 'ending', 'expired', 'NOT_AFTER', NULL);
INSERT INTO public.callback_20261101 VALUES (65536, '2026-11-26 14:30:00+00', '2026-11-26 14:30:00+00', 4722, 1234, '2026-11-23 15:00:00+00', NULL, NULL, NULL, NULL, NULL, 1237, 1, 1, 0, 0, NULL, 'default', '+14155552671', '/studio', 'overdue-released', 'overdue-released', NULL, 'Ana', 'García', 'about "the" invoice', 'Call Ana', NULL, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: callback_20261201; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.callback_20261201 VALUES (4096, '2026-12-01 08:30:00.25+00', '2026-12-01 08:30:00.25+00', 4712, 1234, '2026-11-23 15:00:00+00', 1234, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+442079460958', '/studio', 'full-binary', 'full-binary', '12', 'Ana', 'García', 'line 1
line 2	end', 'Call "Ana" 📞', 'corr-é', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'vendor=1', NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261201 VALUES (5120, '2026-12-01 08:30:00.25+00', '2026-12-01 08:30:00.25+00', 4712, 1234, '2026-11-23 15:00:00+00', 1234, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+442079460958', '/studio', 'full-structured', 'full-structured', '12', 'Ana', 'García', 'line 1
line 2	end', 'Call "Ana" 📞', 'corr-é', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'vendor=1', NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20261201 VALUES (6144, '2026-12-01 08:30:00.25+00', '2026-12-01 08:30:00.25+00', 4712, 1234, '2026-11-23 15:00:00+00', 1234, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+442079460958', '/studio', 'full-plain', 'full-plain', '12', 'Ana', 'García', 'line 1
line 2	end', 'Call "Ana" 📞', 'corr-é', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'vendor=1', NULL, NULL, NULL, NULL);


--
-- Data for Name: callback_20270101; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270201; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270301; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270401; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270501; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270601; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270701; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270801; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20270901; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20271001; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.callback_20271001 VALUES (7168, '2027-10-31 00:30:00+00', '2027-10-31 00:30:00+00', 4711, 1234, '2026-11-23 15:00:00+00', 1235, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+448675309', '/studio', 'warned-binary', 'warned-binary', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20271001 VALUES (8192, '2027-10-31 00:30:00+00', '2027-10-31 00:30:00+00', 4711, 1234, '2026-11-23 15:00:00+00', 1235, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+448675309', '/studio', 'warned-structured', 'warned-structured', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.callback_20271001 VALUES (9216, '2027-10-31 00:30:00+00', '2027-10-31 00:30:00+00', 4711, 1234, '2026-11-23 15:00:00+00', 1235, NULL, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, 'default', '+448675309', '/studio', 'warned-plain', 'warned-plain', NULL, 'Ana', 'García', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: callback_20271101; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20271201; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: command_20261123; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '2417b54b-b3bb-4140-8c08-f66266f52da9', '8147a590-ea8f-10f7-f735-e9513c65ec89', false, 'undefined-branch-binarySSkillIdnullno branch;', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '6d6c6f3e-b362-4352-caed-e0e2a9ed6979', '8147a590-ea8f-10f7-f735-e9513c65ec89', false, 'undefined-branch-structuredSSkillIdnullno branch;', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'c54cafb2-17e0-c32f-a764-4cfcba4bb42d', '8147a590-ea8f-10f7-f735-e9513c65ec89', false, 'undefined-branch-plainSSkillIdnullno branch;', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'b0d562b5-84c9-8a14-2cf5-c5d9fbec8b6c', '3ff55e95-dcbc-76c5-4957-ada5cc4cad1f', false, 'unknown-user-binaryInvalidSecurityUserInvalidSecurityUser6', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '3b3017a6-28db-33b6-9d9d-265d62822e59', '3ff55e95-dcbc-76c5-4957-ada5cc4cad1f', false, 'unknown-user-structuredInvalidSecurityUserInvalidSecurityUser6', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '15876c0d-baa7-8354-df77-de7a7c33d3e2', '3ff55e95-dcbc-76c5-4957-ada5cc4cad1f', false, 'unknown-user-plainInvalidSecurityUserInvalidSecurityUser6', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '20add410-bb10-24df-95d6-38df9f259777', '903f0827-5fe5-851f-1c09-a85384cc2b3e', false, 'forbidden-user-binaryInvalidSecurityUserInvalidSecurityUser7', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'b452102a-8c86-6f97-8e57-36bf8b973e43', '903f0827-5fe5-851f-1c09-a85384cc2b3e', false, 'forbidden-user-structuredInvalidSecurityUserInvalidSecurityUser7', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '9cf1acfa-edbf-3c6e-a994-c2ce673769d2', '903f0827-5fe5-851f-1c09-a85384cc2b3e', false, 'forbidden-user-plainInvalidSecurityUserInvalidSecurityUser7', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '005c213a-a4c7-e72e-b8aa-136d9cc190cd', '79f6d1be-a6c4-fcc8-7f52-ca158e759669', false, 'everything-wrong-binaryInvalidSkillIdInvalidSkillId:"}targetAgentIdTARGET_AGENT_UNKNOWNThe directory has no agent with this id."}scheduleDateSCHEDULE_DATE_SYNTAXThe schedule date cannot be read: it has a space at position 11ED"}phoneNumberPHONE_NUMBER_PREMIUM_RATEThe phone number is a premium-rate number of +1; those are not called back."}notesFIELD_TOO_LONGThe text in `notes` is too long: it has 4001 characters; it may have at most 4000 characters."}firstNameFIELD_CONTROL_CHARACTERThe text in `firstName` contains a control character: a bell (U+0007) at position 2; only `notes` may have tabs and line breaks, and no text any other."}definedBranchesFIELD_TYPE`definedBranches` has the wrong JSON type: it has an element or member that is a JSON number; expected an array of texts."}scriptTypeSCRIPT_TYPE_UNSUPPORTEDThis script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem or SMS.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '61707978-1f5c-bc45-faba-e372bed8071d', '79f6d1be-a6c4-fcc8-7f52-ca158e759669', false, 'everything-wrong-structuredInvalidSkillIdInvalidSkillId:"}targetAgentIdTARGET_AGENT_UNKNOWNThe directory has no agent with this id."}scheduleDateSCHEDULE_DATE_SYNTAXThe schedule date cannot be read: it has a space at position 11ED"}phoneNumberPHONE_NUMBER_PREMIUM_RATEThe phone number is a premium-rate number of +1; those are not called back."}notesFIELD_TOO_LONGThe text in `notes` is too long: it has 4001 characters; it may have at most 4000 characters."}firstNameFIELD_CONTROL_CHARACTERThe text in `firstName` contains a control character: a bell (U+0007) at position 2; only `notes` may have tabs and line breaks, and no text any other."}definedBranchesFIELD_TYPE`definedBranches` has the wrong JSON type: it has an element or member that is a JSON number; expected an array of texts."}scriptTypeSCRIPT_TYPE_UNSUPPORTEDThis script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem or SMS.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'a86a9985-1ed6-dad7-3ad2-fbf882fc08c8', '79f6d1be-a6c4-fcc8-7f52-ca158e759669', false, 'everything-wrong-plainInvalidSkillIdInvalidSkillId:"}targetAgentIdTARGET_AGENT_UNKNOWNThe directory has no agent with this id."}scheduleDateSCHEDULE_DATE_SYNTAXThe schedule date cannot be read: it has a space at position 11ED"}phoneNumberPHONE_NUMBER_PREMIUM_RATEThe phone number is a premium-rate number of +1; those are not called back."}notesFIELD_TOO_LONGThe text in `notes` is too long: it has 4001 characters; it may have at most 4000 characters."}firstNameFIELD_CONTROL_CHARACTERThe text in `firstName` contains a control character: a bell (U+0007) at position 2; only `notes` may have tabs and line breaks, and no text any other."}definedBranchesFIELD_TYPE`definedBranches` has the wrong JSON type: it has an element or member that is a JSON number; expected an array of texts."}scriptTypeSCRIPT_TYPE_UNSUPPORTEDThis script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem or SMS.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'ca952f26-8291-44b2-f398-4bdcae14acff', '76456111-4df3-db3e-2e19-dbdb73003307', false, 'wrong-types-binaryInvalidSkillIdInvalidSkillIdOID_MALFORMEDThe skill id cannot be read: it is not a whole number; expected a positive whole number, or a text of digits without leading zeros."}targetAgentIdTARGET_AGENT_ID_MALFORMEDThe target agent id cannot be read: it is a JSON boolean; expected a positive whole number or a text of digits without leading zeros (the agent''s id, not the user name), or an empty text to queue the callback to the skill."}scheduleDateSCHEDULE_DATE_SYNTAXThe schedule date cannot be read: it is a JSON numberD"}phoneNumberPHONE_NUMBER_SYNTAXThe phone number is a JSON array; expected a text, with + and the country calling code in front."}captionFIELD_TYPE`caption` has the wrong JSON type: it is a JSON object; expected a text.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '801b9238-4bcb-044f-46fc-1e5747de062c', '76456111-4df3-db3e-2e19-dbdb73003307', false, 'wrong-types-structuredInvalidSkillIdInvalidSkillIdOID_MALFORMEDThe skill id cannot be read: it is not a whole number; expected a positive whole number, or a text of digits without leading zeros."}targetAgentIdTARGET_AGENT_ID_MALFORMEDThe target agent id cannot be read: it is a JSON boolean; expected a positive whole number or a text of digits without leading zeros (the agent''s id, not the user name), or an empty text to queue the callback to the skill."}scheduleDateSCHEDULE_DATE_SYNTAXThe schedule date cannot be read: it is a JSON numberD"}phoneNumberPHONE_NUMBER_SYNTAXThe phone number is a JSON array; expected a text, with + and the country calling code in front."}captionFIELD_TYPE`caption` has the wrong JSON type: it is a JSON object; expected a text.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'ee015c7b-fb9e-4496-8259-8bed5fee3314', '76456111-4df3-db3e-2e19-dbdb73003307', false, 'wrong-types-plainInvalidSkillIdInvalidSkillIdOID_MALFORMEDThe skill id cannot be read: it is not a whole number; expected a positive whole number, or a text of digits without leading zeros."}targetAgentIdTARGET_AGENT_ID_MALFORMEDThe target agent id cannot be read: it is a JSON boolean; expected a positive whole number or a text of digits without leading zeros (the agent''s id, not the user name), or an empty text to queue the callback to the skill."}scheduleDateSCHEDULE_DATE_SYNTAXThe schedule date cannot be read: it is a JSON numberD"}phoneNumberPHONE_NUMBER_SYNTAXThe phone number is a JSON array; expected a text, with + and the country calling code in front."}captionFIELD_TYPE`caption` has the wrong JSON type: it is a JSON object; expected a text.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '3b11005a-d8fa-a308-ea92-1e6faad984c7', '5447cf97-1e97-dd96-b3c2-2d3bc789b9bd', false, 'in-past-binaryInvalidScheduleDateInvalidScheduleDate?B3?7((FB3?6bc.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '089b877f-f7d0-7bcd-68ba-a4970ec59127', '5447cf97-1e97-dd96-b3c2-2d3bc789b9bd', false, 'in-past-structuredInvalidScheduleDateInvalidScheduleDate?B3?7((FB3?6bc.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'ff606003-04de-34f2-f755-200f541437b7', '5447cf97-1e97-dd96-b3c2-2d3bc789b9bd', false, 'in-past-plainInvalidScheduleDateInvalidScheduleDate?B3?7((FB3?6bc.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '64911672-7906-61fe-2667-3a1f4015e079', '3ba2a3d4-b57a-892b-7791-4a526ba71a7a', false, 'too-far-binaryInvalidScheduleDateInvalidScheduleDate@30 days after the time of the command, and was read as C)@2((.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '7c817df6-e3cc-ee72-9534-9f36835b1d91', '3ba2a3d4-b57a-892b-7791-4a526ba71a7a', false, 'too-far-structuredInvalidScheduleDateInvalidScheduleDate@30 days after the time of the command, and was read as C)@2((.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '15ed9d20-f646-9288-ccf0-831298d2f225', '3ba2a3d4-b57a-892b-7791-4a526ba71a7a', false, 'too-far-plainInvalidScheduleDateInvalidScheduleDate@30 days after the time of the command, and was read as C)@2((.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '78e6fb01-fb88-4fda-f052-27a9120f9fa7', '7fdfb362-bd9f-9e6a-c678-c2a02ce19824', false, 'unsupported-binaryDefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is unknown; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '2b7a73b8-cf11-2358-bae9-ed865fab000b', '7fdfb362-bd9f-9e6a-c678-c2a02ce19824', false, 'unsupported-structuredDefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is unknown; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '74d11b7b-a4e2-8cc3-914b-1c2a019328a0', '7fdfb362-bd9f-9e6a-c678-c2a02ce19824', false, 'unsupported-plainDefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is unknown; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '58a5a4ae-f715-002f-609b-1aa2ce2fe3fd', '6cf19d6b-d16e-cc5d-5a4a-468f6daa7159', false, 'no-type-binaryDefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is missing; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '26f70c23-a3e1-8aec-de23-b7f9a9a5b87b', '6cf19d6b-d16e-cc5d-5a4a-468f6daa7159', false, 'no-type-structuredDefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is missing; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'd54e91bc-cf4d-82de-80b0-1032e81c762a', '6cf19d6b-d16e-cc5d-5a4a-468f6daa7159', false, 'no-type-plainDefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is missing; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'dc116189-93f4-c84e-73e8-1740fb642c72', '8c2ca648-228b-fc6b-48ba-a8d0a8b9f608', false, 'cancel-again-binaryDefaultDefaultJ', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'd6c7093a-e9a5-5e96-edea-47684e0d4771', 'bd0ea3b0-3b9c-3cdc-64d6-28fbcdd4c64d', false, 'cancel-again-structuredDefaultDefaultJ', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '0722ad08-b840-499e-ac1b-35d3095ed151', '43ee108b-816b-ba99-e8c6-095c32c64247', false, 'cancel-again-plainDefaultDefaultJ', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'ce41a148-c12d-adec-6013-4cf77d6e60c2', '7b98b25f-adf8-edeb-c1dc-983a7c7d06ac', false, 'move-nothing-binaryDefaultDefault{"field":"callbackIdCALLBACK_NOT_FOUNDThere is no such callback, since its `callbackId` is a number that no result hasL', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'fe03c1eb-ec09-bbc0-9807-8d366ea19fe1', '7b98b25f-adf8-edeb-c1dc-983a7c7d06ac', false, 'move-nothing-structuredDefaultDefault{"field":"callbackIdCALLBACK_NOT_FOUNDThere is no such callback, since its `callbackId` is a number that no result hasL', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'b21f092a-f493-7b33-9cd8-d98b293ce160', '7b98b25f-adf8-edeb-c1dc-983a7c7d06ac', false, 'move-nothing-plainDefaultDefault{"field":"callbackIdCALLBACK_NOT_FOUNDThere is no such callback, since its `callbackId` is a number that no result hasL', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'fdaafa58-5812-c73c-3f8c-22d377291acc', '01f3721a-d515-1967-ecf9-f0896f02ccc9', false, 'full-binary5Call \"Ana\" 📞K', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, 'df87a95d-dbaa-47d6-c42a-6c0fd7eb7624', '01f3721a-d515-1967-ecf9-f0896f02ccc9', false, 'full-structured5Call \"Ana\" 📞K', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '746c9027-538a-3202-f24d-e4bc4e264ee4', '01f3721a-d515-1967-ecf9-f0896f02ccc9', false, 'full-plain5Call \"Ana\" 📞K', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '88a99273-65d4-087d-4533-5867bcfc139f', 'ace9c806-797d-2bde-d1f7-7fcbeaaf291a', false, '5DefaultDefault{"field":"typeCOMMAND_TYPE_UNSUPPORTEDThe command''s type is missing; expected callback.schedule.v1, callback.cancel.v1, callback.reschedule.v1 or callback.report.v1.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '61e1cc34-92ab-57da-7a2d-60f285f146ee', '4fc92729-9d7c-9b9f-4e12-49e7737814ac', false, 'not-after-invalid5Call Ana{"field":"notAfterNOT_AFTER_INVALIDThe `notAfter` cannot be read: it has `s` at position 1ED', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '155cd1e9-be52-7ad8-77fe-c00278f6c874', 'c680eb49-238f-e9d0-418d-a3df3124a4af', false, 'not-after-too-early5Call Ana{"field":"notAfterNOT_AFTER_TOO_EARLYThe `notAfter`, B3@2((, is not behind the schedule date, B3@2((; expected a later one.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', NULL, '200f415a-7f01-d1dc-787e-8e1e6829fc74', '61ab580a-5810-9e59-f7e2-3e0b854e1438', false, 'move-ahead-too-farDefaultDefault{"field":"notAfterNOT_AFTER_TOO_EARLYThe `notAfter` that the callback has, B3D3((, is not behind the schedule date, B3D3F(; expected a later one.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 1024, '181baf15-939a-4d37-2fd1-0ddd85215650', '1d7c85a1-71ff-e924-9fc7-0be04c620e33', true, 'simple-binaryR10241B3@2((471114155552671', NULL, '@0/0/0
["default/1024","ce_specversion","1.0","ce_id","1024.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","1024","ce_tenantid","default","ce_causationid","simple-binary","content-type","application/json"]
{"callbackId":1024,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"simple-binary","causedBy":"simple-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 2048, '6deb42ff-34ea-cbee-b998-c9e104efde51', '1d7c85a1-71ff-e924-9fc7-0be04c620e33', true, 'simple-structuredR20481B3@2((471114155552671', NULL, '@0/0/1
["default/2048","ce_specversion","1.0","ce_id","2048.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","2048","ce_tenantid","default","ce_causationid","simple-structured","content-type","application/json"]
{"callbackId":2048,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"simple-structured","causedBy":"simple-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 3072, '52eb813e-267a-a4e9-c92f-d3ae86867e5f', '1d7c85a1-71ff-e924-9fc7-0be04c620e33', true, 'simple-plainR30721B3@2((471114155552671', NULL, '@0/0/2
["default/3072","ce_specversion","1.0","ce_id","3072.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","3072","ce_tenantid","default","ce_causationid","simple-plain","content-type","application/json"]
{"callbackId":3072,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"simple-plain","causedBy":"simple-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 4096, '519cd9ea-f127-aa35-41c1-b102030bb06e', 'eb664105-9b95-e35d-25ae-4ed2ab774ab5', true, 'full-binaryCall \"Ana\" 📞2026-12-01T08:30:00.250000Z1234471244207946095812","violations":[],"warnings":[]}', 'corr-é', '@0/0/3
["default/4096","ce_specversion","1.0","ce_id","4096.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","4096","ce_tenantid","default","ce_correlationid","corr-é","ce_causationid","full-binary","content-type","application/json","traceparent","00-0af7651916cd43dd8448eb211c80319c-ad9268586a78c1df-01"]
{"callbackId":4096,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-12-01T08:30:00.250000Z","nextAt":"2026-12-01T08:30:00.250000Z","notAfter":null,"target":{"type":"agent","agentId":"1234","skillId":"4712"},"caption":"Call \"Ana\" 📞","phoneNumber":"+**********58","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"full-binary","causedBy":"full-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 5120, '530aaa93-ced5-91bb-a66e-dc50b4a85f7f', 'eb664105-9b95-e35d-25ae-4ed2ab774ab5', true, 'full-structuredCall \"Ana\" 📞2026-12-01T08:30:00.250000Z1234471244207946095812","violations":[],"warnings":[]}', 'corr-é', '@0/0/4
["default/5120","ce_specversion","1.0","ce_id","5120.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","5120","ce_tenantid","default","ce_correlationid","corr-é","ce_causationid","full-structured","content-type","application/json","traceparent","00-0af7651916cd43dd8448eb211c80319c-5b76663628e26a8c-01"]
{"callbackId":5120,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-12-01T08:30:00.250000Z","nextAt":"2026-12-01T08:30:00.250000Z","notAfter":null,"target":{"type":"agent","agentId":"1234","skillId":"4712"},"caption":"Call \"Ana\" 📞","phoneNumber":"+**********58","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"full-structured","causedBy":"full-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 6144, '9a489911-8f80-5a60-41f5-d8df51015bd5', 'eb664105-9b95-e35d-25ae-4ed2ab774ab5', true, 'full-plainCall \"Ana\" 📞2026-12-01T08:30:00.250000Z1234471244207946095812","violations":[],"warnings":[]}', 'corr-é', '@0/0/5
["default/6144","ce_specversion","1.0","ce_id","6144.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","6144","ce_tenantid","default","ce_correlationid","corr-é","ce_causationid","full-plain","content-type","application/json","traceparent","00-0af7651916cd43dd8448eb211c80319c-c89bad9cc75f2249-01"]
{"callbackId":6144,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-12-01T08:30:00.250000Z","nextAt":"2026-12-01T08:30:00.250000Z","notAfter":null,"target":{"type":"agent","agentId":"1234","skillId":"4712"},"caption":"Call \"Ana\" 📞","phoneNumber":"+**********58","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"full-plain","causedBy":"full-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 7168, '9f19453e-9537-adc5-5362-8ae4c14cc380', 'aea2543b-a750-5772-9a75-cc823bf19807', true, 'warned-binaryR71681C2G(F(12354711448675309AGENT_WITHOUT_SKILL","PHONE_NUMBER_NOT_ASSIGNED","LOCAL_TIME_AMBIGUOUS"]}', NULL, '@0/0/6
["default/7168","ce_specversion","1.0","ce_id","7168.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","7168","ce_tenantid","default","ce_causationid","warned-binary","content-type","application/json"]
{"callbackId":7168,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2027-10-31T00:30:00Z","nextAt":"2027-10-31T00:30:00Z","notAfter":null,"target":{"type":"agent","agentId":"1235","skillId":"4711"},"caption":null,"phoneNumber":"+*******09","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"warned-binary","causedBy":"warned-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 8192, '81322ee8-e541-7d2b-40d7-05098e263f40', 'aea2543b-a750-5772-9a75-cc823bf19807', true, 'warned-structuredR81921C2G(F(12354711448675309AGENT_WITHOUT_SKILL","PHONE_NUMBER_NOT_ASSIGNED","LOCAL_TIME_AMBIGUOUS"]}', NULL, '@0/0/7
["default/8192","ce_specversion","1.0","ce_id","8192.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","8192","ce_tenantid","default","ce_causationid","warned-structured","content-type","application/json"]
{"callbackId":8192,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2027-10-31T00:30:00Z","nextAt":"2027-10-31T00:30:00Z","notAfter":null,"target":{"type":"agent","agentId":"1235","skillId":"4711"},"caption":null,"phoneNumber":"+*******09","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"warned-structured","causedBy":"warned-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 9216, 'cfb5a4e2-142d-cf66-c34f-396ace3a5e72', 'aea2543b-a750-5772-9a75-cc823bf19807', true, 'warned-plainR92161C2G(F(12354711448675309AGENT_WITHOUT_SKILL","PHONE_NUMBER_NOT_ASSIGNED","LOCAL_TIME_AMBIGUOUS"]}', NULL, '@0/0/8
["default/9216","ce_specversion","1.0","ce_id","9216.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","9216","ce_tenantid","default","ce_causationid","warned-plain","content-type","application/json"]
{"callbackId":9216,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2027-10-31T00:30:00Z","nextAt":"2027-10-31T00:30:00Z","notAfter":null,"target":{"type":"agent","agentId":"1235","skillId":"4711"},"caption":null,"phoneNumber":"+*******09","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"warned-plain","causedBy":"warned-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 10240, '3304b10b-6713-feb8-110a-2e3f82859c57', '2bf9d34d-94ec-7878-0b62-b31489a30a7b', true, 'late-binaryR1024012026-11-23T14:59:59.500000Z471114155552671LATE"]}', NULL, '@0/0/9
["default/10240","ce_specversion","1.0","ce_id","10240.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","10240","ce_tenantid","default","ce_causationid","late-binary","content-type","application/json"]
{"callbackId":10240,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-23T14:59:59.500000Z","nextAt":"2026-11-23T15:00:00.000001Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"late-binary","causedBy":"late-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 11264, '20cd75fb-2a23-3572-83f2-6e01bde6f887', '2bf9d34d-94ec-7878-0b62-b31489a30a7b', true, 'late-structuredR1126412026-11-23T14:59:59.500000Z471114155552671LATE"]}', NULL, '@0/0/10
["default/11264","ce_specversion","1.0","ce_id","11264.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","11264","ce_tenantid","default","ce_causationid","late-structured","content-type","application/json"]
{"callbackId":11264,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-23T14:59:59.500000Z","nextAt":"2026-11-23T15:00:00.000001Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"late-structured","causedBy":"late-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 12288, 'ae0ae704-dc4e-cead-4f15-625d68a5f8e9', '2bf9d34d-94ec-7878-0b62-b31489a30a7b', true, 'late-plainR1228812026-11-23T14:59:59.500000Z471114155552671LATE"]}', NULL, '@0/0/11
["default/12288","ce_specversion","1.0","ce_id","12288.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","12288","ce_tenantid","default","ce_causationid","late-plain","content-type","application/json"]
{"callbackId":12288,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-23T14:59:59.500000Z","nextAt":"2026-11-23T15:00:00.000001Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"late-plain","causedBy":"late-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 13312, 'f02a0d37-07b3-dd36-9e30-e1d307d59934', 'a3d734cd-0d48-e6a7-9bbc-5e25dcf249de', true, 'national-binaryR133121B3@6F(471114155552671TIME_ZONE_ASSUMED"]}', NULL, '@0/0/12
["acme/13312","ce_specversion","1.0","ce_id","13312.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","13312","ce_tenantid","acme","ce_causationid","national-binary","content-type","application/json"]
{"callbackId":13312,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T14:30:00Z","nextAt":"2026-11-24T14:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"77","commandId":"national-binary","causedBy":"national-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 14336, '1fef1074-4894-b580-9c25-472c9cdc6daf', 'a3d734cd-0d48-e6a7-9bbc-5e25dcf249de', true, 'national-structuredR143361B3@6F(471114155552671TIME_ZONE_ASSUMED"]}', NULL, '@0/0/13
["acme/14336","ce_specversion","1.0","ce_id","14336.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","14336","ce_tenantid","acme","ce_causationid","national-structured","content-type","application/json"]
{"callbackId":14336,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T14:30:00Z","nextAt":"2026-11-24T14:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"77","commandId":"national-structured","causedBy":"national-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 15360, '0b935a19-3dd4-da27-9286-4d62cd576c1e', 'a3d734cd-0d48-e6a7-9bbc-5e25dcf249de', true, 'national-plainR153601B3@6F(471114155552671TIME_ZONE_ASSUMED"]}', NULL, '@0/0/14
["acme/15360","ce_specversion","1.0","ce_id","15360.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","15360","ce_tenantid","acme","ce_causationid","national-plain","content-type","application/json"]
{"callbackId":15360,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T14:30:00Z","nextAt":"2026-11-24T14:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"77","commandId":"national-plain","causedBy":"national-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 16384, '994e4599-9578-5c1a-c500-09df765f05f4', '6364cfd6-b764-2dfe-1862-d4fa5bae1261', true, 'to-move-binaryto be movedB3@2((471114155552671', 'first', '@0/0/42
["default/16384","ce_specversion","1.0","ce_id","16384.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","16384","ce_tenantid","default","ce_correlationid","first","ce_causationid","to-move-binary","content-type","application/json"]
{"callbackId":16384,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":"to be moved","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-move-binary","causedBy":"to-move-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 17408, '695a6c9a-649a-343b-f3c5-9e724508fa2e', '6364cfd6-b764-2dfe-1862-d4fa5bae1261', true, 'to-move-structuredto be movedB3@2((471114155552671', 'first', '@0/0/43
["default/17408","ce_specversion","1.0","ce_id","17408.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","17408","ce_tenantid","default","ce_correlationid","first","ce_causationid","to-move-structured","content-type","application/json"]
{"callbackId":17408,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":"to be moved","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-move-structured","causedBy":"to-move-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 18432, 'e8d2286e-48fb-f1fd-d3e4-31eb34842dd2', '6364cfd6-b764-2dfe-1862-d4fa5bae1261', true, 'to-move-plainto be movedB3@2((471114155552671', 'first', '@0/0/44
["default/18432","ce_specversion","1.0","ce_id","18432.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","18432","ce_tenantid","default","ce_correlationid","first","ce_causationid","to-move-plain","content-type","application/json"]
{"callbackId":18432,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":"to be moved","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-move-plain","causedBy":"to-move-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 19456, '2091e3d8-48ce-de90-1ce6-a9fc51944e1b', '08cbaa3d-8e40-1994-4739-70e8752ba4b5', true, 'to-cancel-binaryR194561B3@2((471114155552671', NULL, '@0/0/45
["default/19456","ce_specversion","1.0","ce_id","19456.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","19456","ce_tenantid","default","ce_causationid","to-cancel-binary","content-type","application/json"]
{"callbackId":19456,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-cancel-binary","causedBy":"to-cancel-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 20480, 'a7b0a444-0aed-02c5-16f0-dae50d3bfaa5', '08cbaa3d-8e40-1994-4739-70e8752ba4b5', true, 'to-cancel-structuredR204801B3@2((471114155552671', NULL, '@0/0/46
["default/20480","ce_specversion","1.0","ce_id","20480.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","20480","ce_tenantid","default","ce_causationid","to-cancel-structured","content-type","application/json"]
{"callbackId":20480,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-cancel-structured","causedBy":"to-cancel-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 21504, '8d246b54-5902-5c07-f8c6-c45d7ac736a8', '08cbaa3d-8e40-1994-4739-70e8752ba4b5', true, 'to-cancel-plainR215041B3@2((471114155552671', NULL, '@0/0/47
["default/21504","ce_specversion","1.0","ce_id","21504.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","21504","ce_tenantid","default","ce_causationid","to-cancel-plain","content-type","application/json"]
{"callbackId":21504,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-cancel-plain","causedBy":"to-cancel-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 16384, 'b6bd07cf-161a-2b60-4654-ced29ab9fd47', '8921e250-871f-8229-add8-b8023d36941c', false, 'move-binaryR163842to be movedB3A/((123447124930123456', 'second', '@0/0/48
["default/16384","ce_specversion","1.0","ce_id","16384.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","16384","ce_tenantid","default","ce_correlationid","first","ce_causationid","move-binary","content-type","application/json"]
{"callbackId":16384,"revision":2,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-25T07:00:00Z","nextAt":"2026-11-25T07:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1234","skillId":"4712"},"caption":"to be moved","phoneNumber":"+********56","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-move-binary","causedBy":"move-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 17408, '943f2ba7-19dc-031e-d19c-453df50cc72d', '05492c9a-341d-ee7c-6037-4e06de758835', false, 'move-structuredR174082to be movedB3A/((123447124930123456', 'second', '@0/0/49
["default/17408","ce_specversion","1.0","ce_id","17408.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","17408","ce_tenantid","default","ce_correlationid","first","ce_causationid","move-structured","content-type","application/json"]
{"callbackId":17408,"revision":2,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-25T07:00:00Z","nextAt":"2026-11-25T07:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1234","skillId":"4712"},"caption":"to be moved","phoneNumber":"+********56","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-move-structured","causedBy":"move-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 18432, '1d4ac074-c6ec-c2c3-0b92-fdca6605c580', 'f9a10fe3-3254-d1c4-de72-a4e1a80b29b3', false, 'move-plainR184322to be movedB3A/((123447124930123456', 'second', '@0/0/50
["default/18432","ce_specversion","1.0","ce_id","18432.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","18432","ce_tenantid","default","ce_correlationid","first","ce_causationid","move-plain","content-type","application/json"]
{"callbackId":18432,"revision":2,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-25T07:00:00Z","nextAt":"2026-11-25T07:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1234","skillId":"4712"},"caption":"to be moved","phoneNumber":"+********56","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-move-plain","causedBy":"move-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 19456, 'fd4c1627-9e65-9c58-8bec-05975ca46e73', '04056967-bb04-36ba-9c2a-5d8394f9efc8', false, 'cancel-binaryR194561B3@2((471114155552671', NULL, '@0/0/51
["default/19456","ce_specversion","1.0","ce_id","19456.1.1.cancelled","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","19456","ce_tenantid","default","ce_causationid","cancel-binary","content-type","application/json"]
{"callbackId":19456,"revision":1,"attempt":1,"tries":0,"status":"cancelled","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-cancel-binary","causedBy":"cancel-binary","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 20480, '3e3c10aa-9c54-ec96-f283-86c3a35a95a0', 'eb115fec-ea23-db14-cb46-536e71ecf5ee', false, 'cancel-structuredR204801B3@2((471114155552671', NULL, '@0/0/52
["default/20480","ce_specversion","1.0","ce_id","20480.1.1.cancelled","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","20480","ce_tenantid","default","ce_causationid","cancel-structured","content-type","application/json"]
{"callbackId":20480,"revision":1,"attempt":1,"tries":0,"status":"cancelled","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-cancel-structured","causedBy":"cancel-structured","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 21504, 'c02415e2-3d61-3381-5820-cf48525fa579', '76a12ea8-3910-d9bd-c50c-c22ab4e5d466', false, 'cancel-plainR215041B3@2((471114155552671', NULL, '@0/0/53
["default/21504","ce_specversion","1.0","ce_id","21504.1.1.cancelled","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","21504","ce_tenantid","default","ce_causationid","cancel-plain","content-type","application/json"]
{"callbackId":21504,"revision":1,"attempt":1,"tries":0,"status":"cancelled","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":null,"phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"to-cancel-plain","causedBy":"cancel-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 22528, 'cd63509f-6609-7c39-3b83-aeefea4366bf', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'tracked-plainCall AnaB3@2((472014155552671', NULL, '@0/0/83
["default/22528","ce_specversion","1.0","ce_id","22528.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","22528","ce_tenantid","default","ce_causationid","tracked-plain","content-type","application/json"]
{"callbackId":22528,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"tracked-plain","causedBy":"tracked-plain","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 23552, '8bfa9b6b-7be6-39a7-6822-d4093cecb7fd', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'tracked-tracedCall AnaB3@2((472014155552671', 'contact-7', '@0/0/84
["default/23552","ce_specversion","1.0","ce_id","23552.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","23552","ce_tenantid","default","ce_correlationid","contact-7","ce_causationid","tracked-traced","content-type","application/json","traceparent","00-4bf92f3577b34da6a3ce929d0e0e4736-678cec330adbf2e2-01"]
{"callbackId":23552,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"tracked-traced","causedBy":"tracked-traced","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 24576, '1ea37d85-f996-367e-e6ed-cc87f12dff45', '3c5c1718-0b2c-43e7-2f87-7aec4abd7b8c', true, 'tracked-agentCall AnaB3@2((1237472014155552671', NULL, '@0/0/85
["default/24576","ce_specversion","1.0","ce_id","24576.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","24576","ce_tenantid","default","ce_causationid","tracked-agent","content-type","application/json"]
{"callbackId":24576,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"tracked-agent","causedBy":"tracked-agent","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 25600, '5bb03243-839f-076f-2f61-c7650f728abd', 'e0fa4bde-2281-60bc-2eda-d49247cedd80', true, 'tracked-fractionCall Ana2026-11-24T10:00:00.250000Z472014155552671', NULL, '@0/0/86
["default/25600","ce_specversion","1.0","ce_id","25600.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","25600","ce_tenantid","default","ce_causationid","tracked-fraction","content-type","application/json"]
{"callbackId":25600,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00.250000Z","nextAt":"2026-11-24T10:00:00.250000Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"tracked-fraction","causedBy":"tracked-fraction","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 26624, 'e7ced4fb-2fc8-2c86-c479-d396f87d7486', '0286ff3f-fb54-221b-686d-586acc8b625e', true, 'untracked-not-afterCall AnaB3@2((471114155552671', NULL, '@0/0/87
["default/26624","ce_specversion","1.0","ce_id","26624.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","26624","ce_tenantid","default","ce_causationid","untracked-not-after","content-type","application/json"]
{"callbackId":26624,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":"2026-11-24T11:00:00Z","target":{"type":"skill","skillId":"4711"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"untracked-not-after","causedBy":"untracked-not-after","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 27648, '1767b0ab-9cc5-47bd-16e6-10c8bd268d1b', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-acceptedCall AnaB3@2((472014155552671', NULL, '@0/0/90
["default/27648","ce_specversion","1.0","ce_id","27648.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","27648","ce_tenantid","default","ce_causationid","for-accepted","content-type","application/json"]
{"callbackId":27648,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-accepted","causedBy":"for-accepted","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 28672, '0ff7c42e-0be3-d229-0edb-5fc8bb4ed552', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-inProgressCall AnaB3@2((472014155552671', NULL, '@0/0/91
["default/28672","ce_specversion","1.0","ce_id","28672.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","28672","ce_tenantid","default","ce_causationid","for-inProgress","content-type","application/json"]
{"callbackId":28672,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-inProgress","causedBy":"for-inProgress","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 29696, '0cff0675-4878-ca13-54d9-67ff3e546cc9', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-noAnswerCall AnaB3@2((472014155552671', NULL, '@0/0/92
["default/29696","ce_specversion","1.0","ce_id","29696.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","29696","ce_tenantid","default","ce_causationid","for-noAnswer","content-type","application/json"]
{"callbackId":29696,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-noAnswer","causedBy":"for-noAnswer","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 30720, 'ae7ad8e9-c1fb-d4a8-c641-5fc2705f32b7', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-busyCall AnaB3@2((472014155552671', NULL, '@0/0/93
["default/30720","ce_specversion","1.0","ce_id","30720.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","30720","ce_tenantid","default","ce_causationid","for-busy","content-type","application/json"]
{"callbackId":30720,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-busy","causedBy":"for-busy","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 31744, 'bc98c9e4-09a9-6029-3f6c-3641124b0669', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-voicemailCall AnaB3@2((472014155552671', NULL, '@0/0/94
["default/31744","ce_specversion","1.0","ce_id","31744.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","31744","ce_tenantid","default","ce_causationid","for-voicemail","content-type","application/json"]
{"callbackId":31744,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-voicemail","causedBy":"for-voicemail","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 32768, '4211f29a-0ad7-d195-edfc-299257ddbfc5', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-abandonedCall AnaB3@2((472014155552671', NULL, '@0/0/95
["default/32768","ce_specversion","1.0","ce_id","32768.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","32768","ce_tenantid","default","ce_causationid","for-abandoned","content-type","application/json"]
{"callbackId":32768,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-abandoned","causedBy":"for-abandoned","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 33792, 'dab54e60-fcef-8238-3a5a-04974e84af59', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-dialFailedCall AnaB3@2((472014155552671', NULL, '@0/0/96
["default/33792","ce_specversion","1.0","ce_id","33792.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","33792","ce_tenantid","default","ce_causationid","for-dialFailed","content-type","application/json"]
{"callbackId":33792,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-dialFailed","causedBy":"for-dialFailed","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 34816, '929cd4f1-2a6a-7e9e-6890-322eb762d46e', '3c5c1718-0b2c-43e7-2f87-7aec4abd7b8c', true, 'for-agentUnavailableCall AnaB3@2((1237472014155552671', NULL, '@0/0/97
["default/34816","ce_specversion","1.0","ce_id","34816.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","34816","ce_tenantid","default","ce_causationid","for-agentUnavailable","content-type","application/json"]
{"callbackId":34816,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-agentUnavailable","causedBy":"for-agentUnavailable","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 35840, 'ad833223-841a-f504-7297-8ec5baf8c645', '3c5c1718-0b2c-43e7-2f87-7aec4abd7b8c', true, 'for-refusedByAgentCall AnaB3@2((1237472014155552671', NULL, '@0/0/98
["default/35840","ce_specversion","1.0","ce_id","35840.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","35840","ce_tenantid","default","ce_causationid","for-refusedByAgent","content-type","application/json"]
{"callbackId":35840,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-refusedByAgent","causedBy":"for-refusedByAgent","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 36864, '5668284e-fd09-0d32-c239-cbb60106790e', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-connectedCall AnaB3@2((472014155552671', NULL, '@0/0/99
["default/36864","ce_specversion","1.0","ce_id","36864.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","36864","ce_tenantid","default","ce_causationid","for-connected","content-type","application/json"]
{"callbackId":36864,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-connected","causedBy":"for-connected","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 37888, '24addb11-6740-ff15-9fc4-a82044b733be', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-handledElsewhereCall AnaB3@2((472014155552671', NULL, '@0/0/100
["default/37888","ce_specversion","1.0","ce_id","37888.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","37888","ce_tenantid","default","ce_causationid","for-handledElsewhere","content-type","application/json"]
{"callbackId":37888,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-handledElsewhere","causedBy":"for-handledElsewhere","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 38912, '4f4f2f1e-c05c-8c8d-b43f-d9d6da06d2de', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-refusedByContactCall AnaB3@2((472014155552671', NULL, '@0/0/101
["default/38912","ce_specversion","1.0","ce_id","38912.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","38912","ce_tenantid","default","ce_causationid","for-refusedByContact","content-type","application/json"]
{"callbackId":38912,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-refusedByContact","causedBy":"for-refusedByContact","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 39936, 'fa8ee8bf-d404-0285-3a7f-093d6033dd27', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-doNotCallCall AnaB3@2((472014155552671', NULL, '@0/0/102
["default/39936","ce_specversion","1.0","ce_id","39936.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","39936","ce_tenantid","default","ce_causationid","for-doNotCall","content-type","application/json"]
{"callbackId":39936,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-doNotCall","causedBy":"for-doNotCall","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 40960, 'ba27cbaa-0e56-89ba-dd4b-752e0987eeed', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'for-wrongNumberCall AnaB3@2((472014155552671', NULL, '@0/0/103
["default/40960","ce_specversion","1.0","ce_id","40960.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","40960","ce_tenantid","default","ce_causationid","for-wrongNumber","content-type","application/json"]
{"callbackId":40960,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"for-wrongNumber","causedBy":"for-wrongNumber","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 41984, '38b050cd-804c-75ae-4611-349caad041d7', 'f81bd1a7-1031-38e8-0b99-d105369a72bf', true, 'strict-noAnswerCall AnaB3B5((1237472114155552671', NULL, '@0/0/104
["default/41984","ce_specversion","1.0","ce_id","41984.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","41984","ce_tenantid","default","ce_causationid","strict-noAnswer","content-type","application/json"]
{"callbackId":41984,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T13:00:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"strict-noAnswer","causedBy":"strict-noAnswer","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 43008, '5d758459-cd84-39d7-36f5-81a40ae5f9bb', 'f81bd1a7-1031-38e8-0b99-d105369a72bf', true, 'strict-busyCall AnaB3B5((1237472114155552671', NULL, '@0/0/105
["default/43008","ce_specversion","1.0","ce_id","43008.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","43008","ce_tenantid","default","ce_causationid","strict-busy","content-type","application/json"]
{"callbackId":43008,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T13:00:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"strict-busy","causedBy":"strict-busy","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 44032, 'e05a5262-bb74-cbf9-db79-cdaac56f5c4c', 'f81bd1a7-1031-38e8-0b99-d105369a72bf', true, 'strict-voicemailCall AnaB3B5((1237472114155552671', NULL, '@0/0/106
["default/44032","ce_specversion","1.0","ce_id","44032.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","44032","ce_tenantid","default","ce_causationid","strict-voicemail","content-type","application/json"]
{"callbackId":44032,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T13:00:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"strict-voicemail","causedBy":"strict-voicemail","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 45056, 'ecdbe685-57b4-9fb1-8e5c-c4171cad378f', 'f81bd1a7-1031-38e8-0b99-d105369a72bf', true, 'strict-acceptedCall AnaB3B5((1237472114155552671', NULL, '@0/0/107
["default/45056","ce_specversion","1.0","ce_id","45056.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","45056","ce_tenantid","default","ce_causationid","strict-accepted","content-type","application/json"]
{"callbackId":45056,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T13:00:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"strict-accepted","causedBy":"strict-accepted","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 46080, '647356e7-d1c5-95d1-7c5a-90f03b981702', 'f81bd1a7-1031-38e8-0b99-d105369a72bf', true, 'strict-refusedByAgentCall AnaB3B5((1237472114155552671', NULL, '@0/0/108
["default/46080","ce_specversion","1.0","ce_id","46080.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","46080","ce_tenantid","default","ce_causationid","strict-refusedByAgent","content-type","application/json"]
{"callbackId":46080,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T13:00:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"strict-refusedByAgent","causedBy":"strict-refusedByAgent","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 47104, '034df2e4-f8dc-d943-1467-7f1108af65e8', 'f81bd1a7-1031-38e8-0b99-d105369a72bf', true, 'strict-dialFailedCall AnaB3B5((1237472114155552671', NULL, '@0/0/109
["default/47104","ce_specversion","1.0","ce_id","47104.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","47104","ce_tenantid","default","ce_causationid","strict-dialFailed","content-type","application/json"]
{"callbackId":47104,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T13:00:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"strict-dialFailed","causedBy":"strict-dialFailed","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 48128, 'df756f3d-947c-485d-be6a-d2fe7cc6ac47', '68b666eb-68f5-034e-4d4d-2191122bfe78', true, 'once-dialFailedCall AnaB3@2((472214155552671', NULL, '@0/0/110
["default/48128","ce_specversion","1.0","ce_id","48128.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","48128","ce_tenantid","default","ce_causationid","once-dialFailed","content-type","application/json"]
{"callbackId":48128,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"once-dialFailed","causedBy":"once-dialFailed","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 49152, 'b1b4909c-5046-9a07-83c1-339098dce730', '68b666eb-68f5-034e-4d4d-2191122bfe78', true, 'once-unreportedCall AnaB3@2((472214155552671', NULL, '@0/0/111
["default/49152","ce_specversion","1.0","ce_id","49152.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","49152","ce_tenantid","default","ce_causationid","once-unreported","content-type","application/json"]
{"callbackId":49152,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"once-unreported","causedBy":"once-unreported","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 50176, 'bffc52e5-ab7b-841c-d152-87ead62a8c3b', 'f557cf39-3a28-af26-bbfa-f92c0477c81f', true, 'once-acceptedCall AnaB3@2((1237472214155552671', NULL, '@0/0/112
["default/50176","ce_specversion","1.0","ce_id","50176.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","50176","ce_tenantid","default","ce_causationid","once-accepted","content-type","application/json"]
{"callbackId":50176,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"once-accepted","causedBy":"once-accepted","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 51200, 'e511f626-c36f-53d9-1a06-a01586d79db6', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'movedCall AnaB3@2((472014155552671', NULL, '@0/0/113
["default/51200","ce_specversion","1.0","ce_id","51200.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","51200","ce_tenantid","default","ce_causationid","moved","content-type","application/json"]
{"callbackId":51200,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"moved","causedBy":"moved","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 52224, '4eae5f32-9d7d-c721-569b-55b609c8341a', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'moved-awayCall AnaB3@2((472014155552671', NULL, '@0/0/114
["default/52224","ce_specversion","1.0","ce_id","52224.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","52224","ce_tenantid","default","ce_causationid","moved-away","content-type","application/json"]
{"callbackId":52224,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"moved-away","causedBy":"moved-away","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 53248, '805aab22-4aa5-1e33-1185-86b12fd96492', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'moved-badlyCall AnaB3@2((472014155552671', NULL, '@0/0/115
["default/53248","ce_specversion","1.0","ce_id","53248.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","53248","ce_tenantid","default","ce_causationid","moved-badly","content-type","application/json"]
{"callbackId":53248,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"moved-badly","causedBy":"moved-badly","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 54272, 'ed5754a1-27a8-08cb-b5bb-f101c24269b3', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'reached-laterCall AnaB3@2((472014155552671', NULL, '@0/0/116
["default/54272","ce_specversion","1.0","ce_id","54272.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","54272","ce_tenantid","default","ce_causationid","reached-later","content-type","application/json"]
{"callbackId":54272,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"reached-later","causedBy":"reached-later","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 55296, '9303b7f1-c461-5ca0-000a-ebb935cb3fcd', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'twiceCall AnaB3@2((472014155552671', NULL, '@0/0/117
["default/55296","ce_specversion","1.0","ce_id","55296.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","55296","ce_tenantid","default","ce_causationid","twice","content-type","application/json"]
{"callbackId":55296,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"twice","causedBy":"twice","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 56320, 'e70e00c9-7908-3bcf-ad03-fda532c0bba0', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'tried-and-cancelledCall AnaB3@2((472014155552671', NULL, '@0/0/118
["default/56320","ce_specversion","1.0","ce_id","56320.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","56320","ce_tenantid","default","ce_causationid","tried-and-cancelled","content-type","application/json"]
{"callbackId":56320,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"tried-and-cancelled","causedBy":"tried-and-cancelled","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 57344, '4830225d-a090-f21f-716c-19ee4bf81301', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'tried-and-movedCall AnaB3@2((472014155552671', NULL, '@0/0/119
["default/57344","ce_specversion","1.0","ce_id","57344.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","57344","ce_tenantid","default","ce_causationid","tried-and-moved","content-type","application/json"]
{"callbackId":57344,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"tried-and-moved","causedBy":"tried-and-moved","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 58368, 'a78f6abc-7048-c6a7-ad52-f6d8fa191dc1', '7f0da50f-8464-c04c-6558-ce12bae0e1d8', true, 'unreportedCall AnaB3@2((472014155552671', NULL, '@0/0/120
["default/58368","ce_specversion","1.0","ce_id","58368.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","58368","ce_tenantid","default","ce_causationid","unreported","content-type","application/json"]
{"callbackId":58368,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"unreported","causedBy":"unreported","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 59392, 'f1d39cfc-6ac0-35d8-115a-96a98d0d7ed5', '3c5c1718-0b2c-43e7-2f87-7aec4abd7b8c', true, 'unreported-agentCall AnaB3@2((1237472014155552671', NULL, '@0/0/121
["default/59392","ce_specversion","1.0","ce_id","59392.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","59392","ce_tenantid","default","ce_causationid","unreported-agent","content-type","application/json"]
{"callbackId":59392,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"unreported-agent","causedBy":"unreported-agent","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 60416, 'c371bfca-b489-90be-c631-69d135b8c5c1', 'f557cf39-3a28-af26-bbfa-f92c0477c81f', true, 'unreported-releasedCall AnaB3@2((1237472214155552671', NULL, '@0/0/122
["default/60416","ce_specversion","1.0","ce_id","60416.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","60416","ce_tenantid","default","ce_causationid","unreported-released","content-type","application/json"]
{"callbackId":60416,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"unreported-released","causedBy":"unreported-released","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 61440, '53474259-d63f-ccfd-fa41-c9afc10b5754', '72e5d4b2-3208-4245-5bb2-21680a910342', true, 'unreported-too-lateCall AnaB3@2((472014155552671', NULL, '@0/0/123
["default/61440","ce_specversion","1.0","ce_id","61440.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","61440","ce_tenantid","default","ce_causationid","unreported-too-late","content-type","application/json"]
{"callbackId":61440,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":"2026-11-26T14:00:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"unreported-too-late","causedBy":"unreported-too-late","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 62464, '9ac30b95-1c07-50a0-47b7-c730f6c4712c', 'b90c0dbd-c572-5f68-3a49-44f49574abe9', true, 'wait-too-longCall AnaB3@2((472014155552671', NULL, '@0/0/124
["default/62464","ce_specversion","1.0","ce_id","62464.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","62464","ce_tenantid","default","ce_causationid","wait-too-long","content-type","application/json"]
{"callbackId":62464,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-24T10:00:00Z","notAfter":"2026-11-26T15:20:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"wait-too-long","causedBy":"wait-too-long","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 63488, 'd7029130-034d-cb6d-719a-509408ce2d88', '06bbaf63-12d9-188a-c810-f85ac924aa3e', true, 'overdue-lateCall AnaB3B6F(472014155552671', NULL, '@0/0/125
["default/63488","ce_specversion","1.0","ce_id","63488.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","63488","ce_tenantid","default","ce_causationid","overdue-late","content-type","application/json"]
{"callbackId":63488,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T14:30:00Z","nextAt":"2026-11-26T14:30:00Z","notAfter":"2026-11-26T14:40:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"overdue-late","causedBy":"overdue-late","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 64512, 'eebcb68c-91eb-1051-93fd-266662820ac2', '04ea6a55-8ac1-5136-d924-07d38259b89c', true, 'overdue-late-untrackedCall AnaB3B6F(471114155552671', NULL, '@0/0/126
["default/64512","ce_specversion","1.0","ce_id","64512.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","64512","ce_tenantid","default","ce_causationid","overdue-late-untracked","content-type","application/json"]
{"callbackId":64512,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-26T14:30:00Z","nextAt":"2026-11-26T14:30:00Z","notAfter":"2026-11-26T14:40:00Z","target":{"type":"skill","skillId":"4711"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"overdue-late-untracked","causedBy":"overdue-late-untracked","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 65536, '63c4f7dc-8295-381c-9c00-c7d048088df2', 'd89e446b-2a9d-1080-1160-f2486ccfd0e0', true, 'overdue-releasedCall AnaB3B6F(1237472214155552671', NULL, '@0/0/127
["default/65536","ce_specversion","1.0","ce_id","65536.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","65536","ce_tenantid","default","ce_causationid","overdue-released","content-type","application/json"]
{"callbackId":65536,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T14:30:00Z","nextAt":"2026-11-26T14:30:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"overdue-released","causedBy":"overdue-released","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 66560, '4fe326d8-4b79-a565-55d9-fbaabc9e8def', '6d0b53ca-28fe-a7d7-d47f-1939cf2ed06b', true, 'aheadCall AnaB3D2((472014155552671', NULL, '@0/0/128
["default/66560","ce_specversion","1.0","ce_id","66560.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","66560","ce_tenantid","default","ce_causationid","ahead","content-type","application/json"]
{"callbackId":66560,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-28T10:00:00Z","nextAt":"2026-11-28T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead","causedBy":"ahead","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 67584, '35e5fcbc-d21e-a379-1ca2-2b8014dc98b0', '9f6da9b9-d654-718e-9344-f3e1e4d2ff5a', true, 'ahead-expiresCall AnaB3D2((472114155552671', NULL, '@0/0/129
["default/67584","ce_specversion","1.0","ce_id","67584.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","67584","ce_tenantid","default","ce_causationid","ahead-expires","content-type","application/json"]
{"callbackId":67584,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-28T10:00:00Z","nextAt":"2026-11-28T10:00:00Z","notAfter":"2026-11-29T10:00:00Z","target":{"type":"skill","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead-expires","causedBy":"ahead-expires","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 68608, 'd734bcb9-deff-bc16-4916-37bd6185eff6', '36dfb974-652d-8e26-588c-622acd944c47', true, 'ahead-movedCall AnaB3D2((472014155552671', NULL, '@0/0/130
["default/68608","ce_specversion","1.0","ce_id","68608.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","68608","ce_tenantid","default","ce_causationid","ahead-moved","content-type","application/json"]
{"callbackId":68608,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-28T10:00:00Z","nextAt":"2026-11-28T10:00:00Z","notAfter":"2026-11-28T11:00:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead-moved","causedBy":"ahead-moved","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 69632, 'b7af681f-e621-0134-005d-63f014c08da4', '6d0b53ca-28fe-a7d7-d47f-1939cf2ed06b', true, 'ahead-cancelledCall AnaB3D2((472014155552671', NULL, '@0/0/131
["default/69632","ce_specversion","1.0","ce_id","69632.1.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","69632","ce_tenantid","default","ce_causationid","ahead-cancelled","content-type","application/json"]
{"callbackId":69632,"revision":1,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-28T10:00:00Z","nextAt":"2026-11-28T10:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead-cancelled","causedBy":"ahead-cancelled","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 68608, '0c486132-9ee4-6871-9cc9-138b1e39986d', 'f2de412d-add8-1a83-5ff1-edb1d67b9cc4', false, 'move-aheadR686082Call AnaB3D2F(472014155552671', NULL, '@0/0/132
["default/68608","ce_specversion","1.0","ce_id","68608.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","68608","ce_tenantid","default","ce_causationid","move-ahead","content-type","application/json"]
{"callbackId":68608,"revision":2,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-28T10:30:00Z","nextAt":"2026-11-28T10:30:00Z","notAfter":"2026-11-28T11:00:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead-moved","causedBy":"move-ahead","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 68608, '28684dcc-3110-19af-4962-0e341c8dfa79', 'db67572d-95e7-52dc-c30a-3f7a6f7141a1', false, 'move-tracked-not-afterR686083Call AnaB3D3F(472014155552671', NULL, '@0/0/134
["default/68608","ce_specversion","1.0","ce_id","68608.3.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","68608","ce_tenantid","default","ce_causationid","move-tracked-not-after","content-type","application/json"]
{"callbackId":68608,"revision":3,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-28T11:30:00Z","nextAt":"2026-11-28T11:30:00Z","notAfter":"2026-11-28T12:30:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead-moved","causedBy":"move-tracked-not-after","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-23 15:00:00+00', 69632, 'ab1a3893-4d04-2814-2ae3-101b22a15828', '9457746b-717c-227e-e0e2-31620ee40cc1', false, 'cancel-aheadCall AnaB3D2((472014155552671', NULL, '@0/0/135
["default/69632","ce_specversion","1.0","ce_id","69632.1.1.cancelled","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-23T15:00:00Z","ce_subject","69632","ce_tenantid","default","ce_causationid","cancel-ahead","content-type","application/json"]
{"callbackId":69632,"revision":1,"attempt":1,"tries":0,"status":"cancelled","reason":null,"tracked":true,"scheduledFor":"2026-11-28T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":null,"agentId":null,"requestedBy":"1234","commandId":"ahead-cancelled","causedBy":"cancel-ahead","updatedAt":"2026-11-23T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'e4858b7a-d7f8-a0b1-2afe-18f0508ff703', 'd8f19424-59ea-f386-f419-7d4900d3502b', false, 'r-moved-badlySScheduleDate?B3B7((F<))(((."}phoneNumberPHONE_NUMBER_COUNTRY_CODE_MISSINGThe phone number has no country calling code and the tenant has no default region; begin it with + and the country calling code.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'd52d2242-ed56-fa1c-1c04-dce50aeb4d74', '8d03afcd-da72-bb1a-2eb7-2e4d3bbff9d0', false, 'r-later-2DefaultDefaulted', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 55296, 'd61f88ef-5dd2-79af-5527-ef8319329429', '0224631f-bd44-8d33-6993-97e23217d65e', false, 'r-twice-2Call AnaB3@2((472014155552671T1U0Y', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'ff9299ea-7dda-1db8-44ce-84d011c58d56', '0e4c8478-d678-f755-7871-322b5d16892d', false, 'r-twice-4DefaultDefaulthcompleted (CONNECTEDid', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'a1dceaa2-1e84-351b-08b7-df08ae1f44cd', 'bab4b067-577d-96da-1f84-66d14b4ee022', false, 'r-cancel-2DefaultDefaultJd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'bfb07d9d-e70a-27b7-f0ea-5fb13605948a', '170898ef-8112-a17a-522c-37b770bcb5e6', false, 'r-move-2DefaultDefaultfd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'e679c68d-4fb7-0789-2590-f6d6a8ebe93a', '124b865d-5dc1-5ce0-0354-6fe50b5efc0b', false, 'r-not-foundDefaultDefault{"field":"scheduledByCALLBACK_NOT_FOUNDThere is no such callback by its `scheduledBy`Ld', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '9a68e294-d97a-3939-e682-f55b452d1b09', 'b258bcb1-d808-adc2-c0e7-a5730d05a42e', false, 'r-not-trackedDefaultDefaultgd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '384458a0-d7a3-45c2-8471-94f1b773606a', '0297760e-faa9-ac18-f106-6d34824a2598', false, 'r-cancelledDefaultDefaultJd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '8db6e821-f6a6-2566-cbee-ab63b181da87', '8d65c3ec-8e0a-7fb4-8a09-a7a20c128d17', false, 'r-aheadDefaultDefaultfd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '5f1e0c50-a326-a8d5-4624-776eaeea32f2', '6c879afb-cca3-c9d0-a131-26534625e066', false, 'r-nextDefaultDefaultfd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'fc23e0b4-838b-cd7a-b0a7-5748eadfb0ad', '45333cad-96d3-7b86-3d79-dc7d796f1944', false, 'r-missingDefaultDefault{"field":"outcomeOUTCOME_MISSINGThe report does not say what came of the attempt; expected an `outcome`: accepted, inProgress, noAnswer, busy, voicemail, abandoned, dialFailed, agentUnavailable, refusedByAgent, rescheduled, connected, handledElsewhere, refusedByContact, doNotCall, wrongNumber.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '3bcc0179-429a-20a2-437c-b2029ea4323f', '645da1e2-246b-e928-da3a-1fc651884a95', false, 'r-no-attemptDefaultDefault{"field":"attemptATTEMPT_MISSINGThe report does not say which attempt it is about; expected the `attempt` of the due event.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '5c9fe409-c53d-38e1-70cd-0b938100dddd', '9bc7c60e-19a6-ce5d-3c9e-2de98a156ec0', false, 'r-oddDefaultDefault{"field":"outcomeOUTCOME_UNSUPPORTEDThere is no such outcome; expected one of accepted, inProgress, noAnswer, busy, voicemail, abandoned, dialFailed, agentUnavailable, refusedByAgent, rescheduled, connected, handledElsewhere, refusedByContact, doNotCall, wrongNumber."}detailFIELD_TOO_LONGThe text in `detail` is too long: it has 201 characters; it may have at most 200 characters.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'fa2d2863-8627-8897-0e1f-a166f04e7065', '60d01180-36e2-1733-1362-df68990d74ee', false, 'r-odd-caseDefaultDefault{"field":"outcomeOUTCOME_UNSUPPORTEDNo outcome is written so; the nearest one is noAnswer, and capital letters count.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'f42cd7f0-ce73-a205-1f73-09a17431f667', 'b1a3b455-366d-6e12-02b5-f50244d88b7b', false, 'r-odd-attemptDefaultDefault{"field":"attemptFIELD_TYPE`attempt` has the wrong JSON type: it is a JSON string; expected a whole number.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '2eec4e6a-5572-e31c-ee52-8948a1a7d9ba', '98c1f67d-6cb6-26b9-f77d-b8fb62599cdd', false, 'r-may-notInvalidSecurityUserInvalidSecurityUser7d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '9fd1c0c3-b3a7-b32e-1694-5a0b6ee56655', '71d6c4a0-64e3-f81e-75d0-09574c611cb4', false, 'r-may-not-reportInvalidSecurityUserInvalidSecurityUserNFORBIDDENThe security user lacks the permission for this: `commitments:report` to report what came of a due event.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '80302639-5bb0-920b-108c-8e30f07368b5', 'cf8ee94f-f962-17e2-4326-1fd8408887b5', false, 'x-dueDefaultDefaultI', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '5380a38b-20ee-73a6-fff6-5de969d9e43f', '7bb5e4d7-dff5-18b5-7895-6be51ebaa93b', false, 'x-endedDefaultDefault{"field":null,"code":"CALLBACK_ENDEDThe callback has ended as completed (CONNECTED) and can no longer be changed.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '5a1b4802-abd4-f79f-1a01-36d56101ed22', '273c2e9e-5dee-f515-f26f-dc55aa9c283f', false, 'm-endedDefaultDefault{"field":null,"code":"CALLBACK_ENDEDThe callback has ended as missed (WRONG_NUMBER) and can no longer be changed.', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, 'c909d512-fd46-7a39-ae21-d05030fc685f', '8a4a07cc-d1ad-c5e1-1e69-2b739c8155c5', false, 'r-plainDefaultDefault{"field":"attemptFIELD_TYPE`attempt` has the wrong JSON type: it is a JSON string; expected a whole number.d', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', NULL, '46cd78ac-e0ca-7055-920d-02a5824560bf', 'd738a294-c00c-4101-a87e-e0ebda59731d', false, 'r-fractionDefaultDefaultKd', NULL, NULL);
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 27648, 'f857aa20-c563-42e6-6615-84695ec42595', '2e6661cc-dada-1a33-cd59-1169f2645aa8', false, 'r-acceptedCall AnaB3@2((472014155552671T1U0Y', NULL, '@0/0/0
["default/27648","ce_specversion","1.0","ce_id","27648.1.1.accepted","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","27648","ce_tenantid","default","ce_causationid","r-accepted","content-type","application/json"]
{"callbackId":27648,"revision":1,"attempt":1,"tries":0,"status":"accepted","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"accepted","agentId":"1237","requestedBy":"1234","commandId":"for-accepted","causedBy":"r-accepted","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 28672, 'e26e06b1-d3e8-e51b-598f-2fa433edafac', 'f07a30f0-726e-d6c9-fd7e-e0dd5b643042', false, 'r-inProgressCall AnaB3@2((472014155552671T1U0Y', NULL, '@0/0/1
["default/28672","ce_specversion","1.0","ce_id","28672.1.1.accepted","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","28672","ce_tenantid","default","ce_causationid","r-inProgress","content-type","application/json"]
{"callbackId":28672,"revision":1,"attempt":1,"tries":0,"status":"accepted","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"inProgress","agentId":"1237","requestedBy":"1234","commandId":"for-inProgress","causedBy":"r-inProgress","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 29696, '4021555e-abfd-081c-f68c-83bd43b8868a', '135e1401-abde-d598-25ac-2b29902475ee', false, 'r-noAnswerCall AnaB3@2((472014155552671T2U1VB3B7F(X', NULL, '@0/0/2
["default/29696","ce_specversion","1.0","ce_id","29696.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","29696","ce_tenantid","default","ce_causationid","r-noAnswer","content-type","application/json"]
{"callbackId":29696,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":"1237","requestedBy":"1234","commandId":"for-noAnswer","causedBy":"r-noAnswer","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 30720, '859f238f-a9f3-23ac-e24f-397500968cc8', '1990f634-72b5-9687-5910-3868fc22d0b5', false, 'r-busyCall AnaB3@2((472014155552671T2U1VB3B7-(X', NULL, '@0/0/3
["default/30720","ce_specversion","1.0","ce_id","30720.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","30720","ce_tenantid","default","ce_causationid","r-busy","content-type","application/json"]
{"callbackId":30720,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:05:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"busy","agentId":"1237","requestedBy":"1234","commandId":"for-busy","causedBy":"r-busy","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 31744, 'cb7ab620-2852-e240-ae0b-8ff98b7bf245', '77b2809f-1f29-86ed-8797-fc271641f4d9', false, 'r-voicemailCall AnaB3@2((472014155552671T1U1\^', NULL, '@0/0/4
["default/31744","ce_specversion","1.0","ce_id","31744.1.1.missed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","31744","ce_tenantid","default","ce_causationid","r-voicemail","content-type","application/json"]
{"callbackId":31744,"revision":1,"attempt":1,"tries":1,"status":"missed","reason":"TRIES_EXHAUSTED","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"voicemail","agentId":"1237","requestedBy":"1234","commandId":"for-voicemail","causedBy":"r-voicemail","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 32768, '77d1884e-c10b-b9ac-943d-c6fdec9d22ee', 'b99496a1-d12d-2d14-8c34-614f86cb2bb9', false, 'r-abandonedCall AnaB3@2((472014155552671T2U1VB3B7*(X', NULL, '@0/0/5
["default/32768","ce_specversion","1.0","ce_id","32768.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","32768","ce_tenantid","default","ce_causationid","r-abandoned","content-type","application/json"]
{"callbackId":32768,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:02:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"abandoned","agentId":"1237","requestedBy":"1234","commandId":"for-abandoned","causedBy":"r-abandoned","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 33792, 'ac222a60-183b-fb57-a5ae-0dd5e4e45a54', '9bca8254-1d6c-7f1f-797a-8abd0d12495e', false, 'r-dialFailedCall AnaB3@2((472014155552671T2U0VB3B7)(X', NULL, '@0/0/6
["default/33792","ce_specversion","1.0","ce_id","33792.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","33792","ce_tenantid","default","ce_causationid","r-dialFailed","content-type","application/json"]
{"callbackId":33792,"revision":1,"attempt":2,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:01:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"dialFailed","agentId":"1237","requestedBy":"1234","commandId":"for-dialFailed","causedBy":"r-dialFailed","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 34816, '04a97d0f-b8e7-e0e5-d3d8-ee4b734f357b', '19912e44-5f35-c7ca-9bd1-257656df7557', false, 'r-agentUnavailableCall AnaB3@2((1237472014155552671T2U0VB3B72(X', NULL, '@0/0/7
["default/34816","ce_specversion","1.0","ce_id","34816.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","34816","ce_tenantid","default","ce_causationid","r-agentUnavailable","content-type","application/json"]
{"callbackId":34816,"revision":1,"attempt":2,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:10:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"agentUnavailable","agentId":"1237","requestedBy":"1234","commandId":"for-agentUnavailable","causedBy":"r-agentUnavailable","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 35840, '82da720a-afcd-09f2-1257-90db0c5881b1', 'af5e7fdc-c851-4347-b68d-84d1fc3d292d', false, 'r-refusedByAgentCall AnaB3@2((472014155552671T2U0VB3B7((X', NULL, '@0/0/8
["default/35840","ce_specversion","1.0","ce_id","35840.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","35840","ce_tenantid","default","ce_causationid","r-refusedByAgent","content-type","application/json"]
{"callbackId":35840,"revision":1,"attempt":2,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"releasedFrom":"1237","caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"refusedByAgent","agentId":"1237","requestedBy":"1234","commandId":"for-refusedByAgent","causedBy":"r-refusedByAgent","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 36864, '5a531ad6-5aa7-8a99-dc32-78c7146170dc', '5aeb0ef3-cbe5-4711-eedb-a03b94f801bb', false, 'r-connectedCall AnaB3@2((472014155552671T1U0Z', NULL, '@0/0/9
["default/36864","ce_specversion","1.0","ce_id","36864.1.1.completed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","36864","ce_tenantid","default","ce_causationid","r-connected","content-type","application/json"]
{"callbackId":36864,"revision":1,"attempt":1,"tries":0,"status":"completed","reason":"CONNECTED","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"connected","agentId":"1237","requestedBy":"1234","commandId":"for-connected","causedBy":"r-connected","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 37888, '6f62865c-2607-40cb-c812-0403219a233d', 'ede13a8b-b2d3-7866-55de-89d31d84c962', false, 'r-handledElsewhereCall AnaB3@2((472014155552671T1U0[`', NULL, '@0/0/10
["default/37888","ce_specversion","1.0","ce_id","37888.1.1.completed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","37888","ce_tenantid","default","ce_causationid","r-handledElsewhere","content-type","application/json"]
{"callbackId":37888,"revision":1,"attempt":1,"tries":0,"status":"completed","reason":"HANDLED_ELSEWHERE","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"handledElsewhere","agentId":"1237","requestedBy":"1234","commandId":"for-handledElsewhere","causedBy":"r-handledElsewhere","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 38912, '1bfdf3c1-25b6-2322-bf78-3c7b1ca1f66b', 'd6c0ff9f-d45d-e665-53aa-071ec6f79464', false, 'r-refusedByContactCall AnaB3@2((472014155552671T1U0[a', NULL, '@0/0/11
["default/38912","ce_specversion","1.0","ce_id","38912.1.1.completed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","38912","ce_tenantid","default","ce_causationid","r-refusedByContact","content-type","application/json"]
{"callbackId":38912,"revision":1,"attempt":1,"tries":0,"status":"completed","reason":"REFUSED_BY_CONTACT","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"refusedByContact","agentId":"1237","requestedBy":"1234","commandId":"for-refusedByContact","causedBy":"r-refusedByContact","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 39936, '2264e4e6-a1dc-5c59-9fb0-7392bd5bc96e', '61e124f6-c9fb-69d6-2512-16377c9bb5dc', false, 'r-doNotCallCall AnaB3@2((472014155552671T1U0[b', NULL, '@0/0/12
["default/39936","ce_specversion","1.0","ce_id","39936.1.1.completed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","39936","ce_tenantid","default","ce_causationid","r-doNotCall","content-type","application/json"]
{"callbackId":39936,"revision":1,"attempt":1,"tries":0,"status":"completed","reason":"DO_NOT_CALL","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"doNotCall","agentId":"1237","requestedBy":"1234","commandId":"for-doNotCall","causedBy":"r-doNotCall","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 40960, 'a48e2ffa-ea5b-cf48-4d7b-083d45479539', 'f1a72c61-870c-7ea4-290d-6f4d5326f785', false, 'r-wrongNumberCall AnaB3@2((472014155552671T1U0\c', NULL, '@0/0/13
["default/40960","ce_specversion","1.0","ce_id","40960.1.1.missed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","40960","ce_tenantid","default","ce_causationid","r-wrongNumber","content-type","application/json"]
{"callbackId":40960,"revision":1,"attempt":1,"tries":0,"status":"missed","reason":"WRONG_NUMBER","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"wrongNumber","agentId":"1237","requestedBy":"1234","commandId":"for-wrongNumber","causedBy":"r-wrongNumber","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 41984, 'eef43501-a3a2-120c-781a-b2703e9ea781', 'b873ef9a-3a23-5f07-29a5-e49e4687e645', false, 'r-strict-noAnswerCall AnaB3B5((1237472114155552671T1U1\^', NULL, '@0/0/14
["default/41984","ce_specversion","1.0","ce_id","41984.1.1.missed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","41984","ce_tenantid","default","ce_causationid","r-strict-noAnswer","content-type","application/json"]
{"callbackId":41984,"revision":1,"attempt":1,"tries":1,"status":"missed","reason":"TRIES_EXHAUSTED","tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":null,"notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"strict-noAnswer","causedBy":"r-strict-noAnswer","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 43008, 'c13a58d7-3970-eb20-b087-ad520f716bfd', '28e601c1-30ae-a450-c8d0-c344525de010', false, 'r-strict-busyCall AnaB3B5((1237472114155552671T1U1\^', NULL, '@0/0/15
["default/43008","ce_specversion","1.0","ce_id","43008.1.1.missed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","43008","ce_tenantid","default","ce_causationid","r-strict-busy","content-type","application/json"]
{"callbackId":43008,"revision":1,"attempt":1,"tries":1,"status":"missed","reason":"TRIES_EXHAUSTED","tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":null,"notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"busy","agentId":null,"requestedBy":"1234","commandId":"strict-busy","causedBy":"r-strict-busy","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 44032, '757972b0-f3b1-d2b2-9baf-1b0d3f7c77cd', 'b2da35e0-db93-7ee6-ef6d-874e521b1fb4', false, 'r-strict-voicemailCall AnaB3B5((1237472114155552671T1U1\^', NULL, '@0/0/16
["default/44032","ce_specversion","1.0","ce_id","44032.1.1.missed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","44032","ce_tenantid","default","ce_causationid","r-strict-voicemail","content-type","application/json"]
{"callbackId":44032,"revision":1,"attempt":1,"tries":1,"status":"missed","reason":"TRIES_EXHAUSTED","tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":null,"notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"voicemail","agentId":null,"requestedBy":"1234","commandId":"strict-voicemail","causedBy":"r-strict-voicemail","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 45056, '95f2571f-ec37-3909-5cf2-386687d47622', '3a0dae95-e301-b059-5075-8e6ae9939368', false, 'r-strict-acceptedCall AnaB3B5((1237472114155552671T1U0Y', NULL, '@0/0/17
["default/45056","ce_specversion","1.0","ce_id","45056.1.1.accepted","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","45056","ce_tenantid","default","ce_causationid","r-strict-accepted","content-type","application/json"]
{"callbackId":45056,"revision":1,"attempt":1,"tries":0,"status":"accepted","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":null,"notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"accepted","agentId":null,"requestedBy":"1234","commandId":"strict-accepted","causedBy":"r-strict-accepted","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 46080, '02140fe8-6ca1-9099-f52a-466dc4228576', 'aa63e6f2-2b1f-7318-f979-5a09532c9ed6', false, 'r-strict-refusedByAgentCall AnaB3B5((1237472114155552671T2U0VB3B72(X', NULL, '@0/0/18
["default/46080","ce_specversion","1.0","ce_id","46080.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","46080","ce_tenantid","default","ce_causationid","r-strict-refusedByAgent","content-type","application/json"]
{"callbackId":46080,"revision":1,"attempt":2,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T15:10:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"refusedByAgent","agentId":null,"requestedBy":"1234","commandId":"strict-refusedByAgent","causedBy":"r-strict-refusedByAgent","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 47104, 'd128aadb-fba9-ccc5-0626-159c6bf9253d', 'fe4a3e48-76f0-c35e-fe08-d0c09a3aa28a', false, 'r-strict-dialFailedCall AnaB3B5((1237472114155552671T2U0VB3B7)(X', NULL, '@0/0/19
["default/47104","ce_specversion","1.0","ce_id","47104.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","47104","ce_tenantid","default","ce_causationid","r-strict-dialFailed","content-type","application/json"]
{"callbackId":47104,"revision":1,"attempt":2,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-26T13:00:00Z","nextAt":"2026-11-26T15:01:00Z","notAfter":"2026-11-27T13:00:00Z","target":{"type":"agent","agentId":"1237","skillId":"4721"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"dialFailed","agentId":null,"requestedBy":"1234","commandId":"strict-dialFailed","causedBy":"r-strict-dialFailed","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 48128, 'de1186ad-3662-e4e8-c7fa-9430fbd11744', '14b3de75-8447-97dd-a9fc-7dab9c97a3d4', false, 'r-once-dialFailedCall AnaB3@2((472214155552671T1U0\_', NULL, '@0/0/20
["default/48128","ce_specversion","1.0","ce_id","48128.1.1.missed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","48128","ce_tenantid","default","ce_causationid","r-once-dialFailed","content-type","application/json"]
{"callbackId":48128,"revision":1,"attempt":1,"tries":0,"status":"missed","reason":"PRESENTATIONS_EXHAUSTED","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"dialFailed","agentId":null,"requestedBy":"1234","commandId":"once-dialFailed","causedBy":"r-once-dialFailed","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 50176, '21d6ae0c-a042-98d8-302c-3125f0a647d7', '890ad8b0-3161-f3c2-3ef6-7da27c390d42', false, 'r-once-acceptedCall AnaB3@2((1237472214155552671T1U0Y', NULL, '@0/0/21
["default/50176","ce_specversion","1.0","ce_id","50176.1.1.accepted","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","50176","ce_tenantid","default","ce_causationid","r-once-accepted","content-type","application/json"]
{"callbackId":50176,"revision":1,"attempt":1,"tries":0,"status":"accepted","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4722"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"accepted","agentId":null,"requestedBy":"1234","commandId":"once-accepted","causedBy":"r-once-accepted","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 23552, '5759144e-80f2-ef28-37e2-e463cd7f6c4a', '0b4fece0-8ca4-bd9e-dacd-96b52ad288d0', false, 'r-tracedCall AnaB3@2((472014155552671T2U1VB3B7-(X', 'contact-7', '@0/0/22
["default/23552","ce_specversion","1.0","ce_id","23552.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","23552","ce_tenantid","default","ce_correlationid","contact-7","ce_causationid","r-traced","content-type","application/json","traceparent","00-4bf92f3577b34da6a3ce929d0e0e4736-c8df43c93e82a61b-01"]
{"callbackId":23552,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:05:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"busy","agentId":null,"requestedBy":"1234","commandId":"tracked-traced","causedBy":"r-traced","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 51200, '3464a2d2-f3d6-8e15-eafe-451828b6d993', '3fefc15f-8940-f392-4a1c-a55df30881d3', false, 'r-movedR512002Call AnaB3C1((472014155552671T1U0VB3C1((X', NULL, '@0/0/23
["default/51200","ce_specversion","1.0","ce_id","51200.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","51200","ce_tenantid","default","ce_causationid","r-moved","content-type","application/json"]
{"callbackId":51200,"revision":2,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-27T09:00:00Z","nextAt":"2026-11-27T09:00:00Z","notAfter":"2026-11-27T10:00:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"rescheduled","agentId":null,"requestedBy":"1234","commandId":"moved","causedBy":"r-moved","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 52224, 'decf2e0f-97c3-52f8-d8b3-fd572bb7e446', '2630db9d-04af-d9c6-6d98-0d3f753bc684', false, 'r-moved-awayR522242Call AnaB3C1((4711442079460958T1UnullVB3C1((X', NULL, '@0/0/24
["default/52224","ce_specversion","1.0","ce_id","52224.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","52224","ce_tenantid","default","ce_causationid","r-moved-away","content-type","application/json"]
{"callbackId":52224,"revision":2,"attempt":1,"tries":0,"status":"pending","reason":null,"tracked":false,"scheduledFor":"2026-11-27T09:00:00Z","nextAt":"2026-11-27T09:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4711"},"caption":"Call Ana","phoneNumber":"+**********58","lastOutcome":"rescheduled","agentId":null,"requestedBy":"1234","commandId":"moved-away","causedBy":"r-moved-away","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 54272, '5717e1a7-b3aa-7881-4603-094172dfe132', '1f9adb05-7970-755c-6f54-499167a79fa8', false, 'r-later-1Call AnaB3@2((472014155552671T2U1VB3B7F(X', NULL, '@0/0/26
["default/54272","ce_specversion","1.0","ce_id","54272.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","54272","ce_tenantid","default","ce_causationid","r-later-1","content-type","application/json"]
{"callbackId":54272,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"reached-later","causedBy":"r-later-1","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 54272, '6b816dcf-af9f-df25-5116-8e2a5092cac4', '39d532c7-dec9-67ad-4a40-c91a146d30af', false, 'r-later-3Call AnaB3@2((472014155552671T2U1Z', NULL, '@0/0/28
["default/54272","ce_specversion","1.0","ce_id","54272.1.2.completed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","54272","ce_tenantid","default","ce_causationid","r-later-3","content-type","application/json"]
{"callbackId":54272,"revision":1,"attempt":2,"tries":1,"status":"completed","reason":"CONNECTED","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"connected","agentId":null,"requestedBy":"1234","commandId":"reached-later","causedBy":"r-later-3","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 55296, 'f60cacc5-db0a-bd88-b2ec-9a43c0d80a09', '0224631f-bd44-8d33-6993-97e23217d65e', false, 'r-twice-1Call AnaB3@2((472014155552671T1U0Y', NULL, '@0/0/29
["default/55296","ce_specversion","1.0","ce_id","55296.1.1.accepted","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","55296","ce_tenantid","default","ce_causationid","r-twice-1","content-type","application/json"]
{"callbackId":55296,"revision":1,"attempt":1,"tries":0,"status":"accepted","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"accepted","agentId":null,"requestedBy":"1234","commandId":"twice","causedBy":"r-twice-1","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 55296, '7d7df902-9303-739b-5835-6951439a6c8c', 'bc360c79-3697-8fa3-d544-a0ff4b190c33', false, 'r-twice-3Call AnaB3@2((472014155552671T1U0Z', NULL, '@0/0/31
["default/55296","ce_specversion","1.0","ce_id","55296.1.1.completed","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","55296","ce_tenantid","default","ce_causationid","r-twice-3","content-type","application/json"]
{"callbackId":55296,"revision":1,"attempt":1,"tries":0,"status":"completed","reason":"CONNECTED","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"connected","agentId":null,"requestedBy":"1234","commandId":"twice","causedBy":"r-twice-3","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 56320, 'd0837125-2a3c-c275-08c4-1a2e80f113d8', '13735986-c09e-2ba2-f5fe-1e55996723e8', false, 'r-cancel-1Call AnaB3@2((472014155552671T2U1VB3B7F(X', NULL, '@0/0/33
["default/56320","ce_specversion","1.0","ce_id","56320.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","56320","ce_tenantid","default","ce_causationid","r-cancel-1","content-type","application/json"]
{"callbackId":56320,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"tried-and-cancelled","causedBy":"r-cancel-1","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 56320, '7c4942fe-a705-e791-e275-877e14f6a325', 'add9e821-396f-b673-753e-90ddf317ff2b', false, 'x-cancel-1Call AnaB3@2((472014155552671', NULL, '@0/0/34
["default/56320","ce_specversion","1.0","ce_id","56320.1.2.cancelled","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","56320","ce_tenantid","default","ce_causationid","x-cancel-1","content-type","application/json"]
{"callbackId":56320,"revision":1,"attempt":2,"tries":1,"status":"cancelled","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"tried-and-cancelled","causedBy":"x-cancel-1","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 57344, '570aeae3-5ecb-04e0-c16c-78b1165346d9', '39d6bb41-78cb-db20-308c-24932854bff4', false, 'r-move-1Call AnaB3@2((472014155552671T2U1VB3B7F(X', NULL, '@0/0/36
["default/57344","ce_specversion","1.0","ce_id","57344.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","57344","ce_tenantid","default","ce_causationid","r-move-1","content-type","application/json"]
{"callbackId":57344,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:30:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"tried-and-moved","causedBy":"r-move-1","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 57344, 'c6827216-3ca0-8915-73b0-e7229bed6efd', '97bf3d0a-0b6a-e03b-9c4f-87ac2458cc57', false, 'm-move-1R573442Call AnaB3C1((472014155552671', NULL, '@0/0/37
["default/57344","ce_specversion","1.0","ce_id","57344.2.1.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","57344","ce_tenantid","default","ce_causationid","m-move-1","content-type","application/json"]
{"callbackId":57344,"revision":2,"attempt":1,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-27T09:00:00Z","nextAt":"2026-11-27T09:00:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"tried-and-moved","causedBy":"m-move-1","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 62464, '0c07641f-43f9-f7aa-ce9f-7396d5581bae', '7a2b0727-5545-972d-14ad-8d1005656bd3', false, 'r-too-longCall AnaB3@2((472014155552671T1U1]', NULL, '@0/0/39
["default/62464","ce_specversion","1.0","ce_id","62464.1.1.expired","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","62464","ce_tenantid","default","ce_causationid","r-too-long","content-type","application/json"]
{"callbackId":62464,"revision":1,"attempt":1,"tries":1,"status":"expired","reason":"NOT_AFTER","tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":null,"notAfter":"2026-11-26T15:20:00Z","target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"noAnswer","agentId":null,"requestedBy":"1234","commandId":"wait-too-long","causedBy":"r-too-long","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 24576, '45f1381d-f479-0ce2-f7f3-51443544a9e6', '9bf7b580-69d5-e32a-6563-0db29a9d6ebf', false, 'r-structuredCall AnaB3@2((1237472014155552671T2U0VB3B72(X', NULL, '@0/0/56
["default/24576","ce_specversion","1.0","ce_id","24576.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","24576","ce_tenantid","default","ce_causationid","r-structured","content-type","application/json"]
{"callbackId":24576,"revision":1,"attempt":2,"tries":0,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00Z","nextAt":"2026-11-26T15:10:00Z","notAfter":null,"target":{"type":"agent","agentId":"1237","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"agentUnavailable","agentId":null,"requestedBy":"1234","commandId":"tracked-agent","causedBy":"r-structured","updatedAt":"2026-11-26T15:00:00Z"}
');
INSERT INTO public.command_20261123 VALUES ('2026-11-26 15:00:00+00', 25600, '724bce35-8cf3-3f4d-26b4-cb543afb68ad', '0a5a4710-57d0-5e80-040b-9dda5b732f07', false, 'r-fractionCall AnaB3@2((250000Z472014155552671T2U1VB3B7*(X', NULL, '@0/0/57
["default/25600","ce_specversion","1.0","ce_id","25600.1.2.pending","ce_source","/schedule-callback","ce_type","callback.state.v1","ce_time","2026-11-26T15:00:00Z","ce_subject","25600","ce_tenantid","default","ce_causationid","r-fraction","content-type","application/json"]
{"callbackId":25600,"revision":1,"attempt":2,"tries":1,"status":"pending","reason":null,"tracked":true,"scheduledFor":"2026-11-24T10:00:00.250000Z","nextAt":"2026-11-26T15:02:00Z","notAfter":null,"target":{"type":"skill","skillId":"4720"},"caption":"Call Ana","phoneNumber":"+*********71","lastOutcome":"abandoned","agentId":null,"requestedBy":"1234","commandId":"tracked-fraction","causedBy":"r-fraction","updatedAt":"2026-11-26T15:00:00Z"}
');


--
-- Data for Name: command_20261130; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: command_20261207; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: installation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.installation VALUES (true, '7b606bd9-f124-47a9-870e-a91a094a629b', NULL, NULL, NULL, NULL, false);


--
-- Data for Name: scheduled; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: schema_migration; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_migration VALUES (1, 'foundation', '\xbee2e5a5fd56ca76b70dd3c00a71343d06ff83ffd45c962da47076da585a2e06', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (2, 'scheduled', '\xe6b44c0b055083aeee84d7f5269ef95dc2671bbf6d89ede4ad783279ff6f154e', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (3, 'leaves', '\xe10b46e06a57439f891bbb8801cb9e7631ebbd5bcfabaa26f199e483a7fda093', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (4, 'installation', '\x614c171a432a28d92c727a4661894e963bbce3648d978fc501770149bb6b8428', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (5, 'people', '\xb7dd04249b83db3502594593011dbda361bfc64cd124024ccd7fde171a71b63a', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (6, 'bytes', '\x2d869b6a7f8a7d585071b0b316b616e6869db4ccf4c20b85575ad54d25d4936c', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (7, 'life', '\x29a3e1d3ba7eea72058342bad91d89f44d4f2a1e0597887f2e2a3c78257e9901', '2026-11-29 16:29:11.937605+00', 1);
INSERT INTO public.schema_migration VALUES (8, 'reports', '\x19e9b4879f760b91872ae5d9a883ad3e788a90bdd7e05103ff7e2df1e667da7c', '2026-11-29 16:29:11.937605+00', 1);


--
-- Data for Name: shard; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: callback_sequence; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.callback_sequence', 1, false);


--
-- Name: installation installation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (only_row);


--
-- Name: scheduled scheduled_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.scheduled
    ADD CONSTRAINT scheduled_pkey PRIMARY KEY (key);


--
-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);


--
-- Name: shard shard_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shard
    ADD CONSTRAINT shard_pkey PRIMARY KEY (shard);


--
-- Name: callback_by_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_by_id ON ONLY public.callback USING btree (callback_id);


--
-- Name: callback_20261101_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261101_callback_id_idx ON public.callback_20261101 USING btree (callback_id);


--
-- Name: callback_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_order ON ONLY public.callback USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20261101_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261101_shard_fire_at_callback_id_idx ON public.callback_20261101 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_unreported; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_unreported ON ONLY public.callback USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20261101_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261101_shard_fire_at_callback_id_idx1 ON public.callback_20261101 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20261201_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261201_callback_id_idx ON public.callback_20261201 USING btree (callback_id);


--
-- Name: callback_20261201_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261201_shard_fire_at_callback_id_idx ON public.callback_20261201 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20261201_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261201_shard_fire_at_callback_id_idx1 ON public.callback_20261201 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270101_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270101_callback_id_idx ON public.callback_20270101 USING btree (callback_id);


--
-- Name: callback_20270101_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270101_shard_fire_at_callback_id_idx ON public.callback_20270101 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270101_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270101_shard_fire_at_callback_id_idx1 ON public.callback_20270101 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270201_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270201_callback_id_idx ON public.callback_20270201 USING btree (callback_id);


--
-- Name: callback_20270201_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270201_shard_fire_at_callback_id_idx ON public.callback_20270201 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270201_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270201_shard_fire_at_callback_id_idx1 ON public.callback_20270201 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270301_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270301_callback_id_idx ON public.callback_20270301 USING btree (callback_id);


--
-- Name: callback_20270301_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270301_shard_fire_at_callback_id_idx ON public.callback_20270301 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270301_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270301_shard_fire_at_callback_id_idx1 ON public.callback_20270301 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270401_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270401_callback_id_idx ON public.callback_20270401 USING btree (callback_id);


--
-- Name: callback_20270401_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270401_shard_fire_at_callback_id_idx ON public.callback_20270401 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270401_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270401_shard_fire_at_callback_id_idx1 ON public.callback_20270401 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270501_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270501_callback_id_idx ON public.callback_20270501 USING btree (callback_id);


--
-- Name: callback_20270501_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270501_shard_fire_at_callback_id_idx ON public.callback_20270501 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270501_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270501_shard_fire_at_callback_id_idx1 ON public.callback_20270501 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270601_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270601_callback_id_idx ON public.callback_20270601 USING btree (callback_id);


--
-- Name: callback_20270601_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270601_shard_fire_at_callback_id_idx ON public.callback_20270601 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270601_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270601_shard_fire_at_callback_id_idx1 ON public.callback_20270601 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270701_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270701_callback_id_idx ON public.callback_20270701 USING btree (callback_id);


--
-- Name: callback_20270701_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270701_shard_fire_at_callback_id_idx ON public.callback_20270701 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270701_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270701_shard_fire_at_callback_id_idx1 ON public.callback_20270701 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270801_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270801_callback_id_idx ON public.callback_20270801 USING btree (callback_id);


--
-- Name: callback_20270801_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270801_shard_fire_at_callback_id_idx ON public.callback_20270801 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270801_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270801_shard_fire_at_callback_id_idx1 ON public.callback_20270801 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20270901_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270901_callback_id_idx ON public.callback_20270901 USING btree (callback_id);


--
-- Name: callback_20270901_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270901_shard_fire_at_callback_id_idx ON public.callback_20270901 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270901_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270901_shard_fire_at_callback_id_idx1 ON public.callback_20270901 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20271001_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271001_callback_id_idx ON public.callback_20271001 USING btree (callback_id);


--
-- Name: callback_20271001_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271001_shard_fire_at_callback_id_idx ON public.callback_20271001 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20271001_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271001_shard_fire_at_callback_id_idx1 ON public.callback_20271001 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20271101_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271101_callback_id_idx ON public.callback_20271101 USING btree (callback_id);


--
-- Name: callback_20271101_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271101_shard_fire_at_callback_id_idx ON public.callback_20271101 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20271101_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271101_shard_fire_at_callback_id_idx1 ON public.callback_20271101 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: callback_20271201_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271201_callback_id_idx ON public.callback_20271201 USING btree (callback_id);


--
-- Name: callback_20271201_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271201_shard_fire_at_callback_id_idx ON public.callback_20271201 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20271201_shard_fire_at_callback_id_idx1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271201_shard_fire_at_callback_id_idx1 ON public.callback_20271201 USING btree (shard, fire_at, callback_id) WHERE ((tries IS NOT NULL) AND ((phase IS NULL) OR (phase = 'again'::text)));


--
-- Name: command_20261123_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX command_20261123_key ON public.command_20261123 USING btree (key);


--
-- Name: command_20261130_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX command_20261130_key ON public.command_20261130 USING btree (key);


--
-- Name: command_20261207_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX command_20261207_key ON public.command_20261207 USING btree (key);


--
-- Name: callback_20261101_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20261101_callback_id_idx;


--
-- Name: callback_20261101_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20261101_shard_fire_at_callback_id_idx;


--
-- Name: callback_20261101_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20261101_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20261201_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20261201_callback_id_idx;


--
-- Name: callback_20261201_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20261201_shard_fire_at_callback_id_idx;


--
-- Name: callback_20261201_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20261201_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270101_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270101_callback_id_idx;


--
-- Name: callback_20270101_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270101_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270101_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270101_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270201_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270201_callback_id_idx;


--
-- Name: callback_20270201_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270201_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270201_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270201_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270301_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270301_callback_id_idx;


--
-- Name: callback_20270301_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270301_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270301_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270301_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270401_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270401_callback_id_idx;


--
-- Name: callback_20270401_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270401_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270401_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270401_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270501_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270501_callback_id_idx;


--
-- Name: callback_20270501_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270501_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270501_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270501_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270601_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270601_callback_id_idx;


--
-- Name: callback_20270601_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270601_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270601_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270601_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270701_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270701_callback_id_idx;


--
-- Name: callback_20270701_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270701_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270701_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270701_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270801_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270801_callback_id_idx;


--
-- Name: callback_20270801_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270801_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270801_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270801_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20270901_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20270901_callback_id_idx;


--
-- Name: callback_20270901_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270901_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270901_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20270901_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20271001_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20271001_callback_id_idx;


--
-- Name: callback_20271001_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20271001_shard_fire_at_callback_id_idx;


--
-- Name: callback_20271001_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20271001_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20271101_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20271101_callback_id_idx;


--
-- Name: callback_20271101_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20271101_shard_fire_at_callback_id_idx;


--
-- Name: callback_20271101_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20271101_shard_fire_at_callback_id_idx1;


--
-- Name: callback_20271201_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_by_id ATTACH PARTITION public.callback_20271201_callback_id_idx;


--
-- Name: callback_20271201_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20271201_shard_fire_at_callback_id_idx;


--
-- Name: callback_20271201_shard_fire_at_callback_id_idx1; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_unreported ATTACH PARTITION public.callback_20271201_shard_fire_at_callback_id_idx1;


--
-- Name: command write_command; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER write_command INSTEAD OF INSERT OR DELETE ON public.command FOR EACH ROW EXECUTE FUNCTION public.write_command();


--
-- PostgreSQL database dump complete
--


