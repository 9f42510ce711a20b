-- Which callback a schedule command made, where that waits for longer than its decision is kept: so that `scheduledBy`
-- finds it (contract §9). Rows come here when a week of `command` is dropped, and go with their callbacks.
create table scheduled (
    key         bytea       primary key, -- 16 bytes: digest of tenant, source and command id
    callback_id bigint      not null,
    decided_at  timestamptz not null     -- of the command; where its id was used again, the later one counts
);
