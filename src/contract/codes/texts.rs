//! Causes and remedies of the codes, by branch, in the order in which violations are told.

/// Code, cause, remedy.
pub(super) type Texts = &'static [[&'static str; 3]];

pub(super) const SECURITY_USER: Texts = &[
    [
        "SECURITY_USER_MISSING",
        "`securityUser` is absent, `null` or empty.",
        "Send the name of a security user, or the name of a script variable in braces.",
    ],
    [
        "SECURITY_USER_UNKNOWN",
        "The directory of the command's tenant has no security user of this name; a value that is no text is none either.",
        "Compare the name with the directory letter by letter, capital letters and invisible characters included. Check \
         the command's tenant too: each tenant has security users of its own.",
    ],
    [
        "SECURITY_USER_INACTIVE",
        "The security user is not active, or its agent is not active or not in the directory.",
        "Activate both in the directory, or send another security user.",
    ],
    [
        "SECURITY_USER_FORBIDDEN",
        "The security user lacks the permission that the command needs.",
        "Grant `commitments:create` to schedule, `commitments:manage` to cancel and reschedule, `commitments:report` to \
         report.",
    ],
    [
        "SECURITY_USER_UNRESOLVED",
        "`securityUser` is a name in braces, and `variables` has no text under that name.",
        "Send the variable in `variables`, under exactly this name and with a text as its value.",
    ],
];

pub(super) const SKILL: Texts = &[
    [
        "SKILL_ID_MISSING",
        "`skillId` is absent, `null` or empty. It is required also where there is a target agent.",
        "Send the id of an outbound phone skill.",
    ],
    [
        "SKILL_ID_MALFORMED",
        "`skillId` is no id: not a positive whole number up to 9223372036854775807, or a text with anything but digits \
         or with a leading zero.",
        "Send the id as the directory has it, as a number or as a text of digits.",
    ],
    [
        "SKILL_UNKNOWN",
        "The directory of the command's tenant has no skill with this id.",
        "Send the id of a skill that exists, and check the command's tenant.",
    ],
    ["SKILL_INACTIVE", "The skill is in the directory and not active.", "Activate the skill, or send another one."],
    [
        "SKILL_NOT_OUTBOUND_PHONE",
        "The skill's `mediaType` is not `phone`, or its `direction` is not `outbound`.",
        "Send a skill for outbound phone calls.",
    ],
];

pub(super) const TARGET_AGENT: Texts = &[
    [
        "TARGET_AGENT_ID_MISSING",
        "`targetAgentId` is absent or `null`.",
        "Send the empty text `\"\"` to queue the callback to the skill, or the id of an agent.",
    ],
    [
        "TARGET_AGENT_ID_MALFORMED",
        "`targetAgentId` is no id, and not the empty text.",
        "Send the agent's id and not the user name, as a number or as a text of digits.",
    ],
    [
        "TARGET_AGENT_UNKNOWN",
        "The directory of the command's tenant has no agent with this id.",
        "Send the id of an agent that exists, and check the command's tenant.",
    ],
    [
        "TARGET_AGENT_INACTIVE",
        "The agent is in the directory and not active.",
        "Send another agent, or the empty text to queue the callback to the skill.",
    ],
];

pub(super) const SCHEDULE_DATE: Texts = &[
    [
        "SCHEDULE_DATE_MISSING",
        "`scheduleDate` is absent, `null` or empty. A reschedule needs it too.",
        "Send a date and time such as `2026-11-23T15:00:00Z`.",
    ],
    [
        "SCHEDULE_DATE_SYNTAX",
        "The text has none of the forms of ISO 8601 that are read, or the value is no text.",
        "Write date, capital `T`, time and offset, without blanks. The tables of dates show what is read and what is not.",
    ],
    [
        "SCHEDULE_DATE_MIXED_FORMAT",
        "Of date and time one has separators and the other has none.",
        "Write both with separators (`2026-11-23T15:00`) or both without (`20261123T1500`).",
    ],
    [
        "SCHEDULE_DATE_OUT_OF_RANGE",
        "A month, day, hour, minute, second or offset does not exist, or the instant lies outside the years 0001 to 9999.",
        "Send a date, a time and an offset that exist.",
    ],
    [
        "SCHEDULE_DATE_TIME_MISSING",
        "The text is a date, a week or a month without a time of day.",
        "Add `T` and the time.",
    ],
    [
        "SCHEDULE_DATE_OFFSET_MISSING",
        "The text has no offset, and neither the command nor the security user nor the tenant has a time zone.",
        "End the date with `Z` or an offset, send `timeZone`, or give the security user or the tenant a time zone.",
    ],
    [
        "SCHEDULE_DATE_NONEXISTENT_LOCAL_TIME",
        "The clocks of the time zone skip this local time, usually when summer time begins.",
        "Send a local time that the clocks show, or a date with an offset.",
    ],
    [
        "SCHEDULE_DATE_TIME_ZONE_UNKNOWN",
        "The date has no offset, and `timeZone` is not the name of a time zone.",
        "Send an IANA name such as `Europe/Madrid`; capital letters count.",
    ],
    [
        "SCHEDULE_DATE_IN_PAST",
        "The instant lies before the command's own time by more than `rules.past_grace`.",
        "Send a later date. If the date looks right, check the time zone that the message names and the command's `ce_time`.",
    ],
    [
        "SCHEDULE_DATE_TOO_FAR",
        "The instant lies further behind the command's time than `rules.horizon`, or than the skill's `horizonDays`.",
        "Send an earlier date, or have the horizon of the skill or of the service raised.",
    ],
];

pub(super) const PHONE_NUMBER: Texts = &[
    ["PHONE_NUMBER_MISSING", "`phoneNumber` is absent, `null` or empty.", "Send a number such as `+44 20 7946 0958`."],
    [
        "PHONE_NUMBER_SYNTAX",
        "The text has a character or an order of characters that no number has, it has more than 64 bytes, or the value \
         is no text.",
        "Send digits with at most one `+` in front, with spaces and `- . ( ) /` between, and an extension as `x123`.",
    ],
    [
        "PHONE_NUMBER_COUNTRY_CODE",
        "What stands behind the `+` is no country calling code.",
        "Send `+` and the country calling code, without an international prefix such as `00`.",
    ],
    [
        "PHONE_NUMBER_COUNTRY_CODE_MISSING",
        "The number has no `+`, and the tenant has no default region.",
        "Send the number with `+` and the country calling code, or set the tenant's `default_region`.",
    ],
    [
        "PHONE_NUMBER_TOO_SHORT",
        "The number has fewer digits than any number of its country.",
        "Send all of its digits.",
    ],
    [
        "PHONE_NUMBER_TOO_LONG",
        "The number has more digits than any number of its country.",
        "Send the number alone; write an extension as `x123`.",
    ],
    [
        "PHONE_NUMBER_NOT_POSSIBLE",
        "The number cannot be dialled from abroad: it works within an area or a country only, no number of its country \
         has as many digits, or it was written without `+` and is in no range that is assigned.",
        "Send the whole number, with `+`, country calling code and area code.",
    ],
    [
        "PHONE_NUMBER_PREMIUM_RATE",
        "Whoever calls this number pays its owner.",
        "Ask for another number. `rules.premium_rate = \"accept\"` lets such numbers pass.",
    ],
];

pub(super) const DEFAULT: Texts = &[
    [
        "OUTCOME_MISSING",
        "`outcome` of a report is absent, `null` or empty.",
        "Send what came of the attempt, in one of the words of the table of outcomes.",
    ],
    [
        "OUTCOME_UNSUPPORTED",
        "`outcome` is none of the words of the table of outcomes. Capital letters count.",
        "Send one of those words, and what else there is to say in `detail`.",
    ],
    [
        "FIELD_TOO_LONG",
        "A text has more characters (Unicode code points) than its field may have.",
        "Shorten the text; nothing is ever cut.",
    ],
    [
        "FIELD_CONTROL_CHARACTER",
        "A text has a control character (Unicode category Cc). Only `notes` may have tabs and line breaks.",
        "Remove the character; the message says which it is and where it stands.",
    ],
    [
        "FIELD_TYPE",
        "A field, or an element or member of it, has another JSON type than it should have, or is no such number, id or \
         instant as it should be.",
        "Send what the message says was expected.",
    ],
    [
        "FIELD_NAME",
        "A known field is absent while another one has nearly its name: other capital letters, `-` or `_`, or the name \
         of an attribute in another form.",
        "Write the name exactly as `field` has it.",
    ],
    [
        "FIELD_NOT_UNICODE",
        "A text has half of a surrogate pair, such as `\\ud83d` alone, and is therefore no Unicode text.",
        "Cut texts between characters and not between the halves of one.",
    ],
    [
        "SCRIPT_TYPE_UNSUPPORTED",
        "`scriptType` is none of the types of scripts that have the action.",
        "Send one of `Generic`, `Email`, `Chat`, `Phone`, `Voicemail`, `WorkItem`, `SMS`, or leave the field out.",
    ],
    [
        "NOT_AFTER_INVALID",
        "`notAfter` cannot be read as a `scheduleDate` can, or lacks an offset where there is no time zone to take one from.",
        "Send a date and time such as `2026-11-24T00:00:00Z`.",
    ],
    [
        "NOT_AFTER_TOO_EARLY",
        "`notAfter` is not behind `scheduleDate`. It may be one that the callback has had since before a reschedule.",
        "Send a later `notAfter`, with a reschedule too where the callback's own is too early for the new date.",
    ],
    [
        "COMMAND_ID_REUSED",
        "The same source of the same tenant has used this command id for a command with other content.",
        "Give every command an id of its own, and repeat a command only unchanged.",
    ],
    [
        "COMMAND_TYPE_UNSUPPORTED",
        "The type is missing, or none of the four types of commands.",
        "Send `callback.schedule.v1`, `callback.cancel.v1`, `callback.reschedule.v1` or `callback.report.v1`.",
    ],
    [
        "CALLBACK_NOT_FOUND",
        "The command names no callback, one that the tenant does not have, or two different ones.",
        "Send the `callbackId` of the result, or `scheduledBy` with source and id of the schedule command. After \
         `retention.callbacks` a fired callback is forgotten.",
    ],
    [
        "CALLBACK_NOT_TRACKED",
        "The callback's skill had no `lifecycle` in the directory when it was scheduled, so nothing is reported of it.",
        "Give the skill a `lifecycle`: callbacks that are scheduled from then on are tracked.",
    ],
    [
        "CALLBACK_ALREADY_DUE",
        "The due event of the callback has been published or is being published, or somebody has taken the call on.",
        "Settle it with whoever routes the call, who can report `handledElsewhere` or `rescheduled` of a tracked callback; or \
         schedule another one.",
    ],
    [
        "CALLBACK_CANCELLED",
        "The callback was cancelled before.",
        "Schedule another callback, or do nothing if it was to be cancelled.",
    ],
    [
        "CALLBACK_ENDED",
        "The callback has come to its end: it is completed, missed or expired.",
        "Nothing is left to do; schedule another callback if the person still wants one.",
    ],
    [
        "ATTEMPT_MISSING",
        "`attempt` of a report is absent or `null`.",
        "Send the `attempt` of the due event that the report is about.",
    ],
    [
        "ATTEMPT_NOT_FIRED",
        "No due event of this attempt has been published: it waits for its time, or there is no such attempt.",
        "Send the `attempt` of the due event that the report is about.",
    ],
    [
        "ATTEMPT_OVER",
        "What came of this attempt was reported before, or nobody reported it in time and the callback has been presented \
         again.",
        "Report on the attempt of the last due event. What ends a callback, such as `connected`, can be reported of every \
         attempt.",
    ],
    [
        "MALFORMED",
        "The record could not be read as a command. It stands in the dead-letter topic.",
        "The message says what is wrong and names the reason; the table of reasons says what to do.",
    ],
];
