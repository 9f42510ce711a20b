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
    cancelled_at timestamp with time zone
)
PARTITION BY RANGE (fire_at);


SET default_table_access_method = heap;

--
-- Name: callback_20261101; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20261101 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20261201; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20261201 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270101; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270101 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270201; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270201 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270301; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270301 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270401; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270401 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270501; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270501 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270601; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270601 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270701; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270701 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270801; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270801 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20270901; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20270901 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20271001; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20271001 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20271101; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20271101 (
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
    cancelled_at timestamp with time zone
);


--
-- Name: callback_20271201; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.callback_20271201 (
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
    cancelled_at timestamp with time zone
);


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
-- Name: shard; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shard (
    shard smallint NOT NULL,
    epoch bigint NOT NULL,
    owner text,
    previous_owners text[] DEFAULT '{}'::text[] NOT NULL,
    confirmed_fire_at timestamp with time zone,
    confirmed_callback_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


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
    c.cancelled_at,
        CASE
            WHEN (c.cancelled_at IS NOT NULL) THEN 'cancelled'::text
            WHEN (ROW(c.fire_at, c.callback_id) <= ROW(s.confirmed_fire_at, s.confirmed_callback_id)) THEN 'fired'::text
            WHEN (c.fire_at <= now()) THEN 'due'::text
            ELSE 'pending'::text
        END AS status
   FROM (public.callback c
     LEFT JOIN public.shard s ON ((s.shard = c.shard)));


--
-- Name: command; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command (
    key bytea NOT NULL,
    payload bytea NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    schedules boolean NOT NULL,
    correlation_id text,
    result text NOT NULL
)
PARTITION BY RANGE (decided_at);


--
-- Name: command_20261123; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command_20261123 (
    key bytea NOT NULL,
    payload bytea NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    schedules boolean NOT NULL,
    correlation_id text,
    result text NOT NULL
);


--
-- Name: command_20261130; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command_20261130 (
    key bytea NOT NULL,
    payload bytea NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    schedules boolean NOT NULL,
    correlation_id text,
    result text NOT NULL
);


--
-- Name: command_20261207; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.command_20261207 (
    key bytea NOT NULL,
    payload bytea NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    callback_id bigint,
    schedules boolean NOT NULL,
    correlation_id text,
    result text NOT NULL
);


--
-- Name: schema_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
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

ALTER TABLE ONLY public.command ATTACH PARTITION public.command_20261123 FOR VALUES FROM ('2026-11-23 00:00:00+00') TO ('2026-11-30 00:00:00+00');


--
-- Name: command_20261130; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.command ATTACH PARTITION public.command_20261130 FOR VALUES FROM ('2026-11-30 00:00:00+00') TO ('2026-12-07 00:00:00+00');


--
-- Name: command_20261207; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.command ATTACH PARTITION public.command_20261207 FOR VALUES FROM ('2026-12-07 00:00:00+00') TO ('2026-12-14 00:00:00+00');


--
-- Data for Name: callback_20261101; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.callback_20261101 VALUES (10240, 0, '2026-11-23 15:00:00.000001+00', '2026-11-23 14:59:59.5+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'late-binary', 'late-binary', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (11264, 0, '2026-11-23 15:00:00.000001+00', '2026-11-23 14:59:59.5+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'late-structured', 'late-structured', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (12288, 0, '2026-11-23 15:00:00.000001+00', '2026-11-23 14:59:59.5+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'late-plain', 'late-plain', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (1024, 0, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'simple-binary', 'simple-binary', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (2048, 0, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'simple-structured', 'simple-structured', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (3072, 0, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'simple-plain', 'simple-plain', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (19456, 0, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', 'to be cancelled', NULL, 1234, '/studio', 'to-cancel-binary', 'to-cancel-binary', NULL, NULL, NULL, '2026-11-23 15:00:00+00', '2026-11-23 15:00:00+00');
INSERT INTO public.callback_20261101 VALUES (20480, 0, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', 'to be cancelled', NULL, 1234, '/studio', 'to-cancel-structured', 'to-cancel-structured', NULL, NULL, NULL, '2026-11-23 15:00:00+00', '2026-11-23 15:00:00+00');
INSERT INTO public.callback_20261101 VALUES (21504, 0, '2026-11-24 10:00:00+00', '2026-11-24 10:00:00+00', 1, 1, 'default', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', 'to be cancelled', NULL, 1234, '/studio', 'to-cancel-plain', 'to-cancel-plain', NULL, NULL, NULL, '2026-11-23 15:00:00+00', '2026-11-23 15:00:00+00');
INSERT INTO public.callback_20261101 VALUES (13312, 0, '2026-11-24 14:30:00+00', '2026-11-24 14:30:00+00', 1, 1, 'acme', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 77, '/studio', 'national-binary', 'national-binary', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (14336, 0, '2026-11-24 14:30:00+00', '2026-11-24 14:30:00+00', 1, 1, 'acme', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 77, '/studio', 'national-structured', 'national-structured', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (15360, 0, '2026-11-24 14:30:00+00', '2026-11-24 14:30:00+00', 1, 1, 'acme', 4711, NULL, '+14155552671', NULL, 'Ana', 'García', NULL, NULL, 77, '/studio', 'national-plain', 'national-plain', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (16384, 0, '2026-11-25 07:00:00+00', '2026-11-25 07:00:00+00', 2, 1, 'default', 4712, 1234, '+4930123456', NULL, 'Ana', 'García', 'moved', 'to be moved', 1234, '/studio', 'to-move-binary', 'move-binary', 'first', NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (17408, 0, '2026-11-25 07:00:00+00', '2026-11-25 07:00:00+00', 2, 1, 'default', 4712, 1234, '+4930123456', NULL, 'Ana', 'García', 'moved', 'to be moved', 1234, '/studio', 'to-move-structured', 'move-structured', 'first', NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261101 VALUES (18432, 0, '2026-11-25 07:00:00+00', '2026-11-25 07:00:00+00', 2, 1, 'default', 4712, 1234, '+4930123456', NULL, 'Ana', 'García', 'moved', 'to be moved', 1234, '/studio', 'to-move-plain', 'move-plain', 'first', NULL, NULL, '2026-11-23 15:00:00+00', NULL);


--
-- Data for Name: callback_20261201; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.callback_20261201 VALUES (4096, 0, '2026-12-01 08:30:00.25+00', '2026-12-01 08:30:00.25+00', 1, 1, 'default', 4712, 1234, '+442079460958', '12', 'Ana', 'García', 'line 1
line 2	end', 'Call "Ana" 📞', 1234, '/studio', 'full-binary', 'full-binary', 'corr-é', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'vendor=1', '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261201 VALUES (5120, 0, '2026-12-01 08:30:00.25+00', '2026-12-01 08:30:00.25+00', 1, 1, 'default', 4712, 1234, '+442079460958', '12', 'Ana', 'García', 'line 1
line 2	end', 'Call "Ana" 📞', 1234, '/studio', 'full-structured', 'full-structured', 'corr-é', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'vendor=1', '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20261201 VALUES (6144, 0, '2026-12-01 08:30:00.25+00', '2026-12-01 08:30:00.25+00', 1, 1, 'default', 4712, 1234, '+442079460958', '12', 'Ana', 'García', 'line 1
line 2	end', 'Call "Ana" 📞', 1234, '/studio', 'full-plain', 'full-plain', 'corr-é', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'vendor=1', '2026-11-23 15:00:00+00', NULL);


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

INSERT INTO public.callback_20271001 VALUES (7168, 0, '2027-10-31 00:30:00+00', '2027-10-31 00:30:00+00', 1, 1, 'default', 4711, 1235, '+448675309', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'warned-binary', 'warned-binary', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20271001 VALUES (8192, 0, '2027-10-31 00:30:00+00', '2027-10-31 00:30:00+00', 1, 1, 'default', 4711, 1235, '+448675309', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'warned-structured', 'warned-structured', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);
INSERT INTO public.callback_20271001 VALUES (9216, 0, '2027-10-31 00:30:00+00', '2027-10-31 00:30:00+00', 1, 1, 'default', 4711, 1235, '+448675309', NULL, 'Ana', 'García', NULL, NULL, 1234, '/studio', 'warned-plain', 'warned-plain', NULL, NULL, NULL, '2026-11-23 15:00:00+00', NULL);


--
-- Data for Name: callback_20271101; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: callback_20271201; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: command_20261123; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.command_20261123 VALUES ('\x181baf15939a4d372fd10ddd85215650', '\x1d7c85a171ffe9249fc70be04c620e33', '2026-11-23 15:00:00+00', 1024, true, NULL, '{"commandId":"simple-binary","branch":"Success","condition":"Success","callbackId":1024,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x6deb42ff34eacbeeb998c9e104efde51', '\x1d7c85a171ffe9249fc70be04c620e33', '2026-11-23 15:00:00+00', 2048, true, NULL, '{"commandId":"simple-structured","branch":"Success","condition":"Success","callbackId":2048,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x52eb813e267aa4e9c92fd3ae86867e5f', '\x1d7c85a171ffe9249fc70be04c620e33', '2026-11-23 15:00:00+00', 3072, true, NULL, '{"commandId":"simple-plain","branch":"Success","condition":"Success","callbackId":3072,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x519cd9eaf127aa3541c1b102030bb06e', '\xeb6641059b95e35d25ae4ed2ab774ab5', '2026-11-23 15:00:00+00', 4096, true, 'corr-é', '{"commandId":"full-binary","branch":"Success","condition":"Success","callbackId":4096,"revision":1,"caption":"Call \"Ana\" 📞","scheduledFor":"2026-12-01T08:30:00.250000Z","target":{"type":"agent","agentId":"1234","skillId":"4712"},"phoneNumber":"+442079460958","extension":"12","violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x530aaa93ced591bba66edc50b4a85f7f', '\xeb6641059b95e35d25ae4ed2ab774ab5', '2026-11-23 15:00:00+00', 5120, true, 'corr-é', '{"commandId":"full-structured","branch":"Success","condition":"Success","callbackId":5120,"revision":1,"caption":"Call \"Ana\" 📞","scheduledFor":"2026-12-01T08:30:00.250000Z","target":{"type":"agent","agentId":"1234","skillId":"4712"},"phoneNumber":"+442079460958","extension":"12","violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x9a4899118f805a6041f5d8df51015bd5', '\xeb6641059b95e35d25ae4ed2ab774ab5', '2026-11-23 15:00:00+00', 6144, true, 'corr-é', '{"commandId":"full-plain","branch":"Success","condition":"Success","callbackId":6144,"revision":1,"caption":"Call \"Ana\" 📞","scheduledFor":"2026-12-01T08:30:00.250000Z","target":{"type":"agent","agentId":"1234","skillId":"4712"},"phoneNumber":"+442079460958","extension":"12","violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x9f19453e9537adc553628ae4c14cc380', '\xaea2543ba75057729a75cc823bf19807', '2026-11-23 15:00:00+00', 7168, true, NULL, '{"commandId":"warned-binary","branch":"Success","condition":"Success","callbackId":7168,"revision":1,"caption":null,"scheduledFor":"2027-10-31T00:30:00Z","target":{"type":"agent","agentId":"1235","skillId":"4711"},"phoneNumber":"+448675309","extension":null,"violations":[],"warnings":["AGENT_WITHOUT_SKILL","PHONE_NUMBER_NOT_ASSIGNED","LOCAL_TIME_AMBIGUOUS"]}');
INSERT INTO public.command_20261123 VALUES ('\x81322ee8e5417d2b40d705098e263f40', '\xaea2543ba75057729a75cc823bf19807', '2026-11-23 15:00:00+00', 8192, true, NULL, '{"commandId":"warned-structured","branch":"Success","condition":"Success","callbackId":8192,"revision":1,"caption":null,"scheduledFor":"2027-10-31T00:30:00Z","target":{"type":"agent","agentId":"1235","skillId":"4711"},"phoneNumber":"+448675309","extension":null,"violations":[],"warnings":["AGENT_WITHOUT_SKILL","PHONE_NUMBER_NOT_ASSIGNED","LOCAL_TIME_AMBIGUOUS"]}');
INSERT INTO public.command_20261123 VALUES ('\xcfb5a4e2142dcf66c34f396ace3a5e72', '\xaea2543ba75057729a75cc823bf19807', '2026-11-23 15:00:00+00', 9216, true, NULL, '{"commandId":"warned-plain","branch":"Success","condition":"Success","callbackId":9216,"revision":1,"caption":null,"scheduledFor":"2027-10-31T00:30:00Z","target":{"type":"agent","agentId":"1235","skillId":"4711"},"phoneNumber":"+448675309","extension":null,"violations":[],"warnings":["AGENT_WITHOUT_SKILL","PHONE_NUMBER_NOT_ASSIGNED","LOCAL_TIME_AMBIGUOUS"]}');
INSERT INTO public.command_20261123 VALUES ('\x3304b10b6713feb8110a2e3f82859c57', '\x2bf9d34d94ec78780b62b31489a30a7b', '2026-11-23 15:00:00+00', 10240, true, NULL, '{"commandId":"late-binary","branch":"Success","condition":"Success","callbackId":10240,"revision":1,"caption":null,"scheduledFor":"2026-11-23T14:59:59.500000Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":["LATE"]}');
INSERT INTO public.command_20261123 VALUES ('\x20cd75fb2a23357283f26e01bde6f887', '\x2bf9d34d94ec78780b62b31489a30a7b', '2026-11-23 15:00:00+00', 11264, true, NULL, '{"commandId":"late-structured","branch":"Success","condition":"Success","callbackId":11264,"revision":1,"caption":null,"scheduledFor":"2026-11-23T14:59:59.500000Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":["LATE"]}');
INSERT INTO public.command_20261123 VALUES ('\xae0ae704dc4ecead4f15625d68a5f8e9', '\x2bf9d34d94ec78780b62b31489a30a7b', '2026-11-23 15:00:00+00', 12288, true, NULL, '{"commandId":"late-plain","branch":"Success","condition":"Success","callbackId":12288,"revision":1,"caption":null,"scheduledFor":"2026-11-23T14:59:59.500000Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":["LATE"]}');
INSERT INTO public.command_20261123 VALUES ('\xf02a0d3707b3dd369e30e1d307d59934', '\xa3d734cd0d48e6a79bbc5e25dcf249de', '2026-11-23 15:00:00+00', 13312, true, NULL, '{"commandId":"national-binary","branch":"Success","condition":"Success","callbackId":13312,"revision":1,"caption":null,"scheduledFor":"2026-11-24T14:30:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x1fef10744894b5809c25472c9cdc6daf', '\xa3d734cd0d48e6a79bbc5e25dcf249de', '2026-11-23 15:00:00+00', 14336, true, NULL, '{"commandId":"national-structured","branch":"Success","condition":"Success","callbackId":14336,"revision":1,"caption":null,"scheduledFor":"2026-11-24T14:30:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x0b935a193dd4da2792864d62cd576c1e', '\xa3d734cd0d48e6a79bbc5e25dcf249de', '2026-11-23 15:00:00+00', 15360, true, NULL, '{"commandId":"national-plain","branch":"Success","condition":"Success","callbackId":15360,"revision":1,"caption":null,"scheduledFor":"2026-11-24T14:30:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x2417b54bb3bb41408c08f66266f52da9', '\x8147a590ea8f10f7f735e9513c65ec89', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"undefined-branch-binary","branch":"Default","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":"no branch","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_NOT_OUTBOUND_PHONE","message":"The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x6d6c6f3eb3624352caede0e2a9ed6979', '\x8147a590ea8f10f7f735e9513c65ec89', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"undefined-branch-structured","branch":"Default","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":"no branch","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_NOT_OUTBOUND_PHONE","message":"The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xc54cafb217e0c32fa7644cfcba4bb42d', '\x8147a590ea8f10f7f735e9513c65ec89', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"undefined-branch-plain","branch":"Default","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":"no branch","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_NOT_OUTBOUND_PHONE","message":"The skill is not for outbound phone calls; expected one with media type `phone` and direction `outbound`."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xb0d562b584c98a142cf5c5d9fbec8b6c', '\x3ff55e95dcbc76c54957ada5cc4cad1f', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"unknown-user-binary","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"securityUser","code":"SECURITY_USER_UNKNOWN","message":"The directory has no such security user; expected the name of an existing one."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x3b3017a628db33b69d9d265d62822e59', '\x3ff55e95dcbc76c54957ada5cc4cad1f', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"unknown-user-structured","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"securityUser","code":"SECURITY_USER_UNKNOWN","message":"The directory has no such security user; expected the name of an existing one."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x15876c0dbaa78354df77de7a7c33d3e2', '\x3ff55e95dcbc76c54957ada5cc4cad1f', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"unknown-user-plain","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"securityUser","code":"SECURITY_USER_UNKNOWN","message":"The directory has no such security user; expected the name of an existing one."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x20add410bb1024df95d638df9f259777', '\x903f08275fe5851f1c09a85384cc2b3e', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"forbidden-user-binary","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"securityUser","code":"SECURITY_USER_INACTIVE","message":"The security user is inactive, or its agent is inactive or missing."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xb452102a8c866f978e5736bf8b973e43', '\x903f08275fe5851f1c09a85384cc2b3e', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"forbidden-user-structured","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"securityUser","code":"SECURITY_USER_INACTIVE","message":"The security user is inactive, or its agent is inactive or missing."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x9cf1acfaedbf3c6ea994c2ce673769d2', '\x903f08275fe5851f1c09a85384cc2b3e', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"forbidden-user-plain","branch":"InvalidSecurityUser","condition":"InvalidSecurityUser","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"securityUser","code":"SECURITY_USER_INACTIVE","message":"The security user is inactive, or its agent is inactive or missing."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x005c213aa4c7e72eb8aa136d9cc190cd', '\x79f6d1bea6c4fcc87f52ca158e759669', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"everything-wrong-binary","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_INACTIVE","message":"The skill is inactive; expected an active skill."},{"field":"targetAgentId","code":"TARGET_AGENT_UNKNOWN","message":"The directory has no agent with this id."},{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."},{"field":"phoneNumber","code":"PHONE_NUMBER_PREMIUM_RATE","message":"Premium-rate numbers are not called back."},{"field":"notes","code":"FIELD_TOO_LONG","message":"The text in `notes` is too long; it may have at most 4000 characters."},{"field":"firstName","code":"FIELD_CONTROL_CHARACTER","message":"The text in `firstName` contains a control character; only `notes` may have tabs and line breaks, and no text any other."},{"field":"definedBranches","code":"FIELD_TYPE","message":"`definedBranches` has the wrong JSON type; expected an array of texts."},{"field":"scriptType","code":"SCRIPT_TYPE_UNSUPPORTED","message":"This script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem or SMS."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x617079781f5cbc45fabae372bed8071d', '\x79f6d1bea6c4fcc87f52ca158e759669', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"everything-wrong-structured","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_INACTIVE","message":"The skill is inactive; expected an active skill."},{"field":"targetAgentId","code":"TARGET_AGENT_UNKNOWN","message":"The directory has no agent with this id."},{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."},{"field":"phoneNumber","code":"PHONE_NUMBER_PREMIUM_RATE","message":"Premium-rate numbers are not called back."},{"field":"notes","code":"FIELD_TOO_LONG","message":"The text in `notes` is too long; it may have at most 4000 characters."},{"field":"firstName","code":"FIELD_CONTROL_CHARACTER","message":"The text in `firstName` contains a control character; only `notes` may have tabs and line breaks, and no text any other."},{"field":"definedBranches","code":"FIELD_TYPE","message":"`definedBranches` has the wrong JSON type; expected an array of texts."},{"field":"scriptType","code":"SCRIPT_TYPE_UNSUPPORTED","message":"This script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem or SMS."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xa86a99851ed6dad73ad2fbf882fc08c8', '\x79f6d1bea6c4fcc87f52ca158e759669', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"everything-wrong-plain","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_INACTIVE","message":"The skill is inactive; expected an active skill."},{"field":"targetAgentId","code":"TARGET_AGENT_UNKNOWN","message":"The directory has no agent with this id."},{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."},{"field":"phoneNumber","code":"PHONE_NUMBER_PREMIUM_RATE","message":"Premium-rate numbers are not called back."},{"field":"notes","code":"FIELD_TOO_LONG","message":"The text in `notes` is too long; it may have at most 4000 characters."},{"field":"firstName","code":"FIELD_CONTROL_CHARACTER","message":"The text in `firstName` contains a control character; only `notes` may have tabs and line breaks, and no text any other."},{"field":"definedBranches","code":"FIELD_TYPE","message":"`definedBranches` has the wrong JSON type; expected an array of texts."},{"field":"scriptType","code":"SCRIPT_TYPE_UNSUPPORTED","message":"This script type has no Schedule Callback action; expected Generic, Email, Chat, Phone, Voicemail, WorkItem or SMS."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xca952f26829144b2f3984bdcae14acff', '\x764561114df3db3e2e19dbdb73003307', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"wrong-types-binary","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_ID_MALFORMED","message":"The skill id cannot be read; expected a positive whole number, or a text of digits without leading zeros."},{"field":"targetAgentId","code":"TARGET_AGENT_ID_MALFORMED","message":"The target agent id cannot be read; expected a positive whole number or a text of digits without leading zeros (the agent''s id, not the user name), or an empty text to queue the callback to the skill."},{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."},{"field":"phoneNumber","code":"PHONE_NUMBER_SYNTAX","message":"The phone number cannot be read; expected digits, at most one + in front, spaces, - . ( ) / between, and at most an extension such as x123 behind."},{"field":"caption","code":"FIELD_TYPE","message":"`caption` has the wrong JSON type; expected a text."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x801b92384bcb044f46fc1e5747de062c', '\x764561114df3db3e2e19dbdb73003307', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"wrong-types-structured","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_ID_MALFORMED","message":"The skill id cannot be read; expected a positive whole number, or a text of digits without leading zeros."},{"field":"targetAgentId","code":"TARGET_AGENT_ID_MALFORMED","message":"The target agent id cannot be read; expected a positive whole number or a text of digits without leading zeros (the agent''s id, not the user name), or an empty text to queue the callback to the skill."},{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."},{"field":"phoneNumber","code":"PHONE_NUMBER_SYNTAX","message":"The phone number cannot be read; expected digits, at most one + in front, spaces, - . ( ) / between, and at most an extension such as x123 behind."},{"field":"caption","code":"FIELD_TYPE","message":"`caption` has the wrong JSON type; expected a text."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xee015c7bfb9e449682598bed5fee3314', '\x764561114df3db3e2e19dbdb73003307', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"wrong-types-plain","branch":"InvalidSkillId","condition":"InvalidSkillId","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"skillId","code":"SKILL_ID_MALFORMED","message":"The skill id cannot be read; expected a positive whole number, or a text of digits without leading zeros."},{"field":"targetAgentId","code":"TARGET_AGENT_ID_MALFORMED","message":"The target agent id cannot be read; expected a positive whole number or a text of digits without leading zeros (the agent''s id, not the user name), or an empty text to queue the callback to the skill."},{"field":"scheduleDate","code":"SCHEDULE_DATE_SYNTAX","message":"The schedule date cannot be read; expected an ISO 8601 date and time such as 2026-11-23T15:00:00Z."},{"field":"phoneNumber","code":"PHONE_NUMBER_SYNTAX","message":"The phone number cannot be read; expected digits, at most one + in front, spaces, - . ( ) / between, and at most an extension such as x123 behind."},{"field":"caption","code":"FIELD_TYPE","message":"`caption` has the wrong JSON type; expected a text."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x3b11005ad8faa308ea921e6faad984c7', '\x5447cf971e97dd96b3c22d3bc789b9bd', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"in-past-binary","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"scheduleDate","code":"SCHEDULE_DATE_IN_PAST","message":"The schedule date lies before the time of the command."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x089b877ff7d07bcd68baa4970ec59127', '\x5447cf971e97dd96b3c22d3bc789b9bd', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"in-past-structured","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"scheduleDate","code":"SCHEDULE_DATE_IN_PAST","message":"The schedule date lies before the time of the command."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xff60600304de34f2f755200f541437b7', '\x5447cf971e97dd96b3c22d3bc789b9bd', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"in-past-plain","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"scheduleDate","code":"SCHEDULE_DATE_IN_PAST","message":"The schedule date lies before the time of the command."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x64911672790661fe26673a1f4015e079', '\x3ba2a3d4b57a892b77914a526ba71a7a', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"too-far-binary","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"scheduleDate","code":"SCHEDULE_DATE_TOO_FAR","message":"The date lies further ahead than callbacks to this skill may be scheduled; it must be at most 30 days after the time of the command."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x7c817df6e3ccee7295349f36835b1d91', '\x3ba2a3d4b57a892b77914a526ba71a7a', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"too-far-structured","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"scheduleDate","code":"SCHEDULE_DATE_TOO_FAR","message":"The date lies further ahead than callbacks to this skill may be scheduled; it must be at most 30 days after the time of the command."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x15ed9d20f6469288ccf0831298d2f225', '\x3ba2a3d4b57a892b77914a526ba71a7a', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"too-far-plain","branch":"InvalidScheduleDate","condition":"InvalidScheduleDate","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"scheduleDate","code":"SCHEDULE_DATE_TOO_FAR","message":"The date lies further ahead than callbacks to this skill may be scheduled; it must be at most 30 days after the time of the command."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x78e6fb01fb884fdaf05227a9120f9fa7', '\x7fdfb362bd9f9e6ac678c2a02ce19824', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"unsupported-binary","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"type","code":"COMMAND_TYPE_UNSUPPORTED","message":"The command''s type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or callback.reschedule.v1."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x2b7a73b8cf112358bae9ed865fab000b', '\x7fdfb362bd9f9e6ac678c2a02ce19824', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"unsupported-structured","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"type","code":"COMMAND_TYPE_UNSUPPORTED","message":"The command''s type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or callback.reschedule.v1."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x74d11b7ba4e28cc3914b1c2a019328a0', '\x7fdfb362bd9f9e6ac678c2a02ce19824', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"unsupported-plain","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"type","code":"COMMAND_TYPE_UNSUPPORTED","message":"The command''s type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or callback.reschedule.v1."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x58a5a4aef715002f609b1aa2ce2fe3fd', '\x6cf19d6bd16ecc5d5a4a468f6daa7159', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"no-type-binary","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"type","code":"COMMAND_TYPE_UNSUPPORTED","message":"The command''s type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or callback.reschedule.v1."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x26f70c23a3e18aecde23b7f9a9a5b87b', '\x6cf19d6bd16ecc5d5a4a468f6daa7159', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"no-type-structured","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"type","code":"COMMAND_TYPE_UNSUPPORTED","message":"The command''s type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or callback.reschedule.v1."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xd54e91bccf4d82de80b01032e81c762a', '\x6cf19d6bd16ecc5d5a4a468f6daa7159', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"no-type-plain","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"type","code":"COMMAND_TYPE_UNSUPPORTED","message":"The command''s type is missing or unknown; expected callback.schedule.v1, callback.cancel.v1 or callback.reschedule.v1."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x994e459995785c1ac50009df765f05f4', '\x6364cfd6b7642dfe1862d4fa5bae1261', '2026-11-23 15:00:00+00', 16384, true, 'first', '{"commandId":"to-move-binary","branch":"Success","condition":"Success","callbackId":16384,"revision":1,"caption":"to be moved","scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x695a6c9a649a343bf3c59e724508fa2e', '\x6364cfd6b7642dfe1862d4fa5bae1261', '2026-11-23 15:00:00+00', 17408, true, 'first', '{"commandId":"to-move-structured","branch":"Success","condition":"Success","callbackId":17408,"revision":1,"caption":"to be moved","scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xe8d2286e48fbf1fdd3e431eb34842dd2', '\x6364cfd6b7642dfe1862d4fa5bae1261', '2026-11-23 15:00:00+00', 18432, true, 'first', '{"commandId":"to-move-plain","branch":"Success","condition":"Success","callbackId":18432,"revision":1,"caption":"to be moved","scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x2091e3d848cede901ce6a9fc51944e1b', '\x08cbaa3d8e401994473970e8752ba4b5', '2026-11-23 15:00:00+00', 19456, true, NULL, '{"commandId":"to-cancel-binary","branch":"Success","condition":"Success","callbackId":19456,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xa7b0a4440aed02c516f0dae50d3bfaa5', '\x08cbaa3d8e401994473970e8752ba4b5', '2026-11-23 15:00:00+00', 20480, true, NULL, '{"commandId":"to-cancel-structured","branch":"Success","condition":"Success","callbackId":20480,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x8d246b5459025c07f8c6c45d7ac736a8', '\x08cbaa3d8e401994473970e8752ba4b5', '2026-11-23 15:00:00+00', 21504, true, NULL, '{"commandId":"to-cancel-plain","branch":"Success","condition":"Success","callbackId":21504,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xb6bd07cf161a2b604654ced29ab9fd47', '\x8921e250871f8229add8b8023d36941c', '2026-11-23 15:00:00+00', 16384, false, 'second', '{"commandId":"move-binary","branch":"Success","condition":"Success","callbackId":16384,"revision":2,"caption":"to be moved","scheduledFor":"2026-11-25T07:00:00Z","target":{"type":"agent","agentId":"1234","skillId":"4712"},"phoneNumber":"+4930123456","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x943f2ba719dc031ed19c453df50cc72d', '\x05492c9a341dee7c60374e06de758835', '2026-11-23 15:00:00+00', 17408, false, 'second', '{"commandId":"move-structured","branch":"Success","condition":"Success","callbackId":17408,"revision":2,"caption":"to be moved","scheduledFor":"2026-11-25T07:00:00Z","target":{"type":"agent","agentId":"1234","skillId":"4712"},"phoneNumber":"+4930123456","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x1d4ac074c6ecc2c30b92fdca6605c580', '\xf9a10fe33254d1c4de72a4e1a80b29b3', '2026-11-23 15:00:00+00', 18432, false, 'second', '{"commandId":"move-plain","branch":"Success","condition":"Success","callbackId":18432,"revision":2,"caption":"to be moved","scheduledFor":"2026-11-25T07:00:00Z","target":{"type":"agent","agentId":"1234","skillId":"4712"},"phoneNumber":"+4930123456","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xfd4c16279e659c588bec05975ca46e73', '\x04056967bb0436ba9c2a5d8394f9efc8', '2026-11-23 15:00:00+00', 19456, false, NULL, '{"commandId":"cancel-binary","branch":"Success","condition":"Success","callbackId":19456,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x3e3c10aa9c54ec96f28386c3a35a95a0', '\xeb115fecea23db14cb46536e71ecf5ee', '2026-11-23 15:00:00+00', 20480, false, NULL, '{"commandId":"cancel-structured","branch":"Success","condition":"Success","callbackId":20480,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xc02415e23d6133815820cf48525fa579', '\x76a12ea83910d9bdc50cc22ab4e5d466', '2026-11-23 15:00:00+00', 21504, false, NULL, '{"commandId":"cancel-plain","branch":"Success","condition":"Success","callbackId":21504,"revision":1,"caption":null,"scheduledFor":"2026-11-24T10:00:00Z","target":{"type":"skill","skillId":"4711"},"phoneNumber":"+14155552671","extension":null,"violations":[],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xdc11618993f4c84e73e81740fb642c72', '\x8c2ca648228bfc6b48baa8d0a8b9f608', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"cancel-again-binary","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":null,"code":"CALLBACK_CANCELLED","message":"The callback was cancelled before and can no longer be changed."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xd6c7093ae9a55e96edea47684e0d4771', '\xbd0ea3b03b9c3cdc64d628fbcdd4c64d', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"cancel-again-structured","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":null,"code":"CALLBACK_CANCELLED","message":"The callback was cancelled before and can no longer be changed."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x0722ad08b840499eac1b35d3095ed151', '\x43ee108b816bba99e8c6095c32c64247', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"cancel-again-plain","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":null,"code":"CALLBACK_CANCELLED","message":"The callback was cancelled before and can no longer be changed."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xce41a148c12dadec60134cf77d6e60c2', '\x7b98b25fadf8edebc1dc983a7c7d06ac', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"move-nothing-binary","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":null,"code":"CALLBACK_NOT_FOUND","message":"There is no such callback; name one of your own tenant by `callbackId`, or by `scheduledBy` with the source and id of the command that scheduled it, and where both are given they must name the same one."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xfe03c1ebec09bbc098078d366ea19fe1', '\x7b98b25fadf8edebc1dc983a7c7d06ac', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"move-nothing-structured","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":null,"code":"CALLBACK_NOT_FOUND","message":"There is no such callback; name one of your own tenant by `callbackId`, or by `scheduledBy` with the source and id of the command that scheduled it, and where both are given they must name the same one."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xb21f092af4937b339cd8d98b293ce160', '\x7b98b25fadf8edebc1dc983a7c7d06ac', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"move-nothing-plain","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":null,"scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":null,"code":"CALLBACK_NOT_FOUND","message":"There is no such callback; name one of your own tenant by `callbackId`, or by `scheduledBy` with the source and id of the command that scheduled it, and where both are given they must name the same one."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xfdaafa585812c73c3f8c22d377291acc', '\x01f3721ad5151967ecf9f0896f02ccc9', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"full-binary","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":"Call \"Ana\" 📞","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"commandId","code":"COMMAND_ID_REUSED","message":"This command id was used before by the same source for a command with other content; every command needs an id of its own."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\xdf87a95ddbaa47d6c42a6c0fd7eb7624', '\x01f3721ad5151967ecf9f0896f02ccc9', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"full-structured","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":"Call \"Ana\" 📞","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"commandId","code":"COMMAND_ID_REUSED","message":"This command id was used before by the same source for a command with other content; every command needs an id of its own."}],"warnings":[]}');
INSERT INTO public.command_20261123 VALUES ('\x746c9027538a3202f24de4bc4e264ee4', '\x01f3721ad5151967ecf9f0896f02ccc9', '2026-11-23 15:00:00+00', NULL, false, NULL, '{"commandId":"full-plain","branch":"Default","condition":"Default","callbackId":null,"revision":null,"caption":"Call \"Ana\" 📞","scheduledFor":null,"target":null,"phoneNumber":null,"extension":null,"violations":[{"field":"commandId","code":"COMMAND_ID_REUSED","message":"This command id was used before by the same source for a command with other content; every command needs an id of its own."}],"warnings":[]}');


--
-- Data for Name: command_20261130; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: command_20261207; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: schema_migration; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_migration VALUES (1, 'foundation', '\xbee2e5a5fd56ca76b70dd3c00a71343d06ff83ffd45c962da47076da585a2e06', '2026-11-27 23:26:59.078241+00');


--
-- Data for Name: shard; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: callback_sequence; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.callback_sequence', 1, false);


--
-- Name: callback callback_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback
    ADD CONSTRAINT callback_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20261101 callback_20261101_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20261101
    ADD CONSTRAINT callback_20261101_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20261201 callback_20261201_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20261201
    ADD CONSTRAINT callback_20261201_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270101 callback_20270101_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270101
    ADD CONSTRAINT callback_20270101_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270201 callback_20270201_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270201
    ADD CONSTRAINT callback_20270201_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270301 callback_20270301_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270301
    ADD CONSTRAINT callback_20270301_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270401 callback_20270401_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270401
    ADD CONSTRAINT callback_20270401_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270501 callback_20270501_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270501
    ADD CONSTRAINT callback_20270501_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270601 callback_20270601_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270601
    ADD CONSTRAINT callback_20270601_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270701 callback_20270701_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270701
    ADD CONSTRAINT callback_20270701_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270801 callback_20270801_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270801
    ADD CONSTRAINT callback_20270801_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20270901 callback_20270901_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20270901
    ADD CONSTRAINT callback_20270901_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20271001 callback_20271001_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20271001
    ADD CONSTRAINT callback_20271001_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20271101 callback_20271101_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20271101
    ADD CONSTRAINT callback_20271101_pkey PRIMARY KEY (callback_id, fire_at);


--
-- Name: callback_20271201 callback_20271201_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.callback_20271201
    ADD CONSTRAINT callback_20271201_pkey PRIMARY KEY (callback_id, fire_at);


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
-- Name: callback_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_order ON ONLY public.callback USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20261101_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261101_shard_fire_at_callback_id_idx ON public.callback_20261101 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20261201_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20261201_shard_fire_at_callback_id_idx ON public.callback_20261201 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270101_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270101_shard_fire_at_callback_id_idx ON public.callback_20270101 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270201_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270201_shard_fire_at_callback_id_idx ON public.callback_20270201 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270301_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270301_shard_fire_at_callback_id_idx ON public.callback_20270301 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270401_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270401_shard_fire_at_callback_id_idx ON public.callback_20270401 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270501_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270501_shard_fire_at_callback_id_idx ON public.callback_20270501 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270601_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270601_shard_fire_at_callback_id_idx ON public.callback_20270601 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270701_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270701_shard_fire_at_callback_id_idx ON public.callback_20270701 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270801_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270801_shard_fire_at_callback_id_idx ON public.callback_20270801 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20270901_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20270901_shard_fire_at_callback_id_idx ON public.callback_20270901 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20271001_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271001_shard_fire_at_callback_id_idx ON public.callback_20271001 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20271101_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271101_shard_fire_at_callback_id_idx ON public.callback_20271101 USING btree (shard, fire_at, callback_id);


--
-- Name: callback_20271201_shard_fire_at_callback_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX callback_20271201_shard_fire_at_callback_id_idx ON public.callback_20271201 USING btree (shard, fire_at, callback_id);


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
-- Name: callback_20261101_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20261101_pkey;


--
-- Name: callback_20261101_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20261101_shard_fire_at_callback_id_idx;


--
-- Name: callback_20261201_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20261201_pkey;


--
-- Name: callback_20261201_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20261201_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270101_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270101_pkey;


--
-- Name: callback_20270101_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270101_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270201_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270201_pkey;


--
-- Name: callback_20270201_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270201_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270301_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270301_pkey;


--
-- Name: callback_20270301_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270301_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270401_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270401_pkey;


--
-- Name: callback_20270401_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270401_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270501_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270501_pkey;


--
-- Name: callback_20270501_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270501_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270601_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270601_pkey;


--
-- Name: callback_20270601_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270601_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270701_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270701_pkey;


--
-- Name: callback_20270701_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270701_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270801_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270801_pkey;


--
-- Name: callback_20270801_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270801_shard_fire_at_callback_id_idx;


--
-- Name: callback_20270901_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20270901_pkey;


--
-- Name: callback_20270901_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20270901_shard_fire_at_callback_id_idx;


--
-- Name: callback_20271001_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20271001_pkey;


--
-- Name: callback_20271001_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20271001_shard_fire_at_callback_id_idx;


--
-- Name: callback_20271101_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20271101_pkey;


--
-- Name: callback_20271101_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20271101_shard_fire_at_callback_id_idx;


--
-- Name: callback_20271201_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_pkey ATTACH PARTITION public.callback_20271201_pkey;


--
-- Name: callback_20271201_shard_fire_at_callback_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.callback_order ATTACH PARTITION public.callback_20271201_shard_fire_at_callback_id_idx;


--
-- PostgreSQL database dump complete
--


