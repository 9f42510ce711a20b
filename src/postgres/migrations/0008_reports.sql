-- Fewer bytes for each report: what their results repeat stands in the dictionary too (src/wire/stored.rs). What was stored
-- before is read as before.

create or replace function result_text(stored text, callback_id bigint) returns text
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
