-- Partitions are made and dropped by two functions that run with the rights of the tables' owner, so that the role of
-- `run` need own nothing: it can make partitions of exactly this shape, and drop those that nobody needs any more.
-- migrate.rs gives that role the right to call them (grants.sql).

-- The first day that no longer belongs to the leaf which begins on `first_day`.
create function leaf_end(parent text, first_day date) returns date
language plpgsql immutable as $$
begin
    if parent = 'command' and extract(isodow from first_day) = 1 then
        return first_day + 7;
    elsif parent = 'callback' and extract(day from first_day) = 1 then
        return (first_day + interval '1 month')::date;
    end if;
    raise exception 'no partition of % begins on %', parent, first_day;
end $$;

-- Makes the week of `command` or the month of `callback` that begins on that day, in UTC.
create function make_leaf(parent text, first_day date) returns void
language plpgsql security definer as $$
declare
    leaf text := parent || '_' || to_char(first_day, 'YYYYMMDD');
    until date := leaf_end(parent, first_day);
begin
    execute format('create table %I partition of %I for values from (%L) to (%L)', leaf, parent,
                   first_day::timestamp at time zone 'UTC', until::timestamp at time zone 'UTC');
    if parent = 'command' then
        -- Unique within its week: a parent's unique index would have to contain decided_at.
        execute format('create unique index %I on %I (key)', leaf || '_key', leaf);
    end if;
end $$;

-- Drops the leaf that begins on that day. When it may go is the caller's to say; but a month of callbacks never before
-- it has ended, and not (false) while one of them has not certainly been fired: one that was not cancelled and stands
-- behind its shard's confirmed marker.
create function drop_leaf(parent text, first_day date) returns boolean
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
            where c.cancelled_at is null
              and ((c.fire_at, c.callback_id) <= (s.confirmed_fire_at, s.confirmed_callback_id)) is not true)', leaf)
        into waits;
    end if;
    if not waits then
        execute format('drop table %I', leaf);
    end if;
    return not waits;
end $$;

-- Names mean what they mean here, whoever calls (PostgreSQL's manual, "Writing SECURITY DEFINER Functions Safely").
do $$
begin
    execute format('alter function make_leaf(text, date) set search_path = %I, pg_temp', current_schema());
    execute format('alter function drop_leaf(text, date) set search_path = %I, pg_temp', current_schema());
end $$;
revoke execute on function make_leaf(text, date), drop_leaf(text, date) from public;
