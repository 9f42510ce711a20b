-- Fewer bytes for each command (docs/decisions/0020). What was answered is kept without what results repeat, and moves
-- from the table `command` to the table `decision`; `command` becomes a view that has every column it had, and takes rows
-- as the table did: people and programs up to 0.1.0 read and write it as before.

-- A result's data as it was published, of what is stored of it: see src/wire/stored.rs, which reads and writes the same.
-- What was stored before this migration, or by an earlier program after it, is the data itself.
create function result_text(stored text, callback_id bigint) returns text
language plpgsql immutable parallel safe as $$
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
        '","branch":"Default","condition":"Invalid'
    ];
    data text := stored;
    place integer;
begin
    if stored is null or ascii(stored) <> 1 then
        return stored;
    end if;
    -- The character behind U+001F or U+001C is never a token, so these come first.
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
    data := replace(data, chr(2),
        '","branch":"Success","condition":"Success","callbackId":' || coalesce(callback_id::text, '') || ',"revision":1,"caption":"');
    data := replace(data, chr(3), coalesce(callback_id::text, ''));
    for i in 1 .. cardinality(tokens) loop
        data := replace(data, chr(tokens[i]), words[i]);
    end loop;
    return data;
end $$;

-- The memory of decisions keeps its partitions, which keep their names.
alter table command rename to decision;

-- Where nothing is stored yet, digests get the type that has no length beside it, and the index of CallbackIds leaves out
-- fire_at, which only a key of the whole table needs: some 20 bytes a command. Where something is, it would have to be
-- written anew.
do $$
declare
    digest text := 'key';
    stored text := '%s';
begin
    if not exists (select from decision) and not exists (select from callback) and not exists (
        select from pg_depend d join pg_rewrite r on r.oid = d.objid
        where d.refobjid = 'decision'::regclass and r.ev_class <> 'command_decision'::regclass
    ) then
        drop view command_decision;
        alter table decision alter column key type uuid using encode(key, 'hex')::uuid,
            alter column payload type uuid using encode(payload, 'hex')::uuid;
        alter table callback drop constraint callback_pkey;
        create index callback_by_id on callback (callback_id);
        digest := 'uuid_send(key)';
        stored := 'encode(%s, ''hex'')::uuid';
    end if;

    execute format('create view command as
        select %s as key, %s as payload, decided_at, callback_id, schedules, correlation_id,
               result_text(result, callback_id) as result
        from decision', digest, replace(digest, 'key', 'payload'));
    -- Programs up to 0.1.0 write through the view. A row that is there already is refused by the partition's index, as ever.
    execute format('create function write_command() returns trigger language plpgsql security definer as $function$
        begin
            if tg_op = ''DELETE'' then
                delete from decision where key = %s and decided_at = old.decided_at;
                return old;
            end if;
            insert into decision (key, payload, decided_at, callback_id, schedules, correlation_id, result)
            values (%s, %s, new.decided_at, new.callback_id, new.schedules, new.correlation_id, new.result);
            return new;
        end $function$', format(stored, 'old.key'), format(stored, 'new.key'), format(stored, 'new.payload'));
    execute format('alter function write_command() set search_path = %I, pg_temp', current_schema());
end $$;
revoke execute on function write_command() from public;
create trigger write_command instead of insert or delete on command for each row execute function write_command();
comment on view command is 'What was answered to which command, as the table of this name had it up to 0.1.0; with personal data';

create or replace view command_decision as
select encode(d.key, 'hex') as key, d.decided_at, d.data ->> 'commandId' as command_id, d.callback_id, d.schedules,
       d.data ->> 'condition' as condition, d.data ->> 'branch' as branch, (d.data ->> 'revision')::integer as revision,
       (d.data ->> 'scheduledFor')::timestamptz as scheduled_for,
       array(select v ->> 'code' from json_array_elements(d.data -> 'violations') v) as codes,
       array(select json_array_elements_text(d.data -> 'warnings')) as warnings
from (select key, decided_at, callback_id, schedules, replace(result, '\u0000', '\ufffd')::json as data from command) d;
comment on view command_decision is 'What was answered to each remembered command; without personal data';

-- Makes the week of decisions ('command') or the month of `callback` that begins on that day, in UTC; nothing where it is
-- there already, which programs up to 0.1.0 cannot see of weeks. Its columns stand in the order that leaves no gaps
-- between them, whatever that of the whole table is. It becomes a partition under a lock that readers do not mind.
create or replace function make_leaf(parent text, first_day date) returns void
language plpgsql security definer as $$
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

-- Erases as before, in `decision`. What is erased is stored as text; the number is looked for in what is stored first,
-- where it stands in both forms.
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
        update decision d set result = without_person(result_text(d.result, d.callback_id))
        where d.callback_id is not null
          and (d.callback_id = any (erased)
               or strpos(d.result, substr(number, 2)) > 0
                  and strpos(result_text(d.result, d.callback_id), '"phoneNumber":"' || number || '"') > 0
                  and d.callback_id <> all (waiting)
                  and not exists (select from callback b where b.callback_id = d.callback_id and b.tenant <> of_tenant))
          and result_text(d.result, d.callback_id) <> without_person(result_text(d.result, d.callback_id))
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
         'vacuum and analyze of callback and decision'),
        ('write-ahead log, backups', null, 'not touched: after a restore, erase again', 'when they are deleted'),
        ('Kafka: commands, results, due events, amendments, dead letters', null,
         'not touched: single records cannot be erased', 'retention.ms of each topic'),
        ('producers, routers, exports', null, 'not known here', 'theirs to say'),
        ('logs, metrics, the operator''s page', null, 'nothing but the last two digits of a number in the log',
         'when the logs are deleted');
end $$;

-- Names mean what they mean here, and nobody waits long for a lock; see 0003 and 0005.
do $$
begin
    execute format('alter function make_leaf(text, date) set search_path = %I, pg_temp', current_schema());
    execute format('alter function erase_person(text, text) set search_path = %I, pg_temp', current_schema());
    alter function make_leaf(text, date) set lock_timeout = '2s';
end $$;
