--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

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
-- Name: shop; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA shop;


ALTER SCHEMA shop OWNER TO postgres;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: f(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f(a integer) RETURNS integer
    LANGUAGE sql
    AS $$select a$$;


ALTER FUNCTION public.f(a integer) OWNER TO postgres;

--
-- Name: s2; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.s2
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.s2 OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: child; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.child (
    id integer NOT NULL,
    item bigint
);


ALTER TABLE shop.child OWNER TO postgres;

--
-- Name: child_id_seq; Type: SEQUENCE; Schema: shop; Owner: postgres
--

ALTER TABLE shop.child ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME shop.child_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: items; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.items (
    id bigint NOT NULL,
    name character varying(20) DEFAULT 'x'::character varying NOT NULL,
    price numeric(10,2),
    tags text[],
    made timestamp with time zone DEFAULT now(),
    CONSTRAINT items_price_check CHECK ((price > (0)::numeric))
);


ALTER TABLE shop.items OWNER TO postgres;

--
-- Name: TABLE items; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON TABLE shop.items IS 'hello';


--
-- Name: items_id_seq; Type: SEQUENCE; Schema: shop; Owner: postgres
--

CREATE SEQUENCE shop.items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE shop.items_id_seq OWNER TO postgres;

--
-- Name: items_id_seq; Type: SEQUENCE OWNED BY; Schema: shop; Owner: postgres
--

ALTER SEQUENCE shop.items_id_seq OWNED BY shop.items.id;


--
-- Name: mv; Type: MATERIALIZED VIEW; Schema: shop; Owner: postgres
--

CREATE MATERIALIZED VIEW shop.mv AS
 SELECT count(*) AS count
   FROM shop.items
  WITH NO DATA;


ALTER TABLE shop.mv OWNER TO postgres;

--
-- Name: v; Type: VIEW; Schema: shop; Owner: postgres
--

CREATE VIEW shop.v AS
 SELECT items.id,
    items.name
   FROM shop.items
  WHERE (items.price > (1)::numeric);


ALTER TABLE shop.v OWNER TO postgres;

--
-- Name: items id; Type: DEFAULT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.items ALTER COLUMN id SET DEFAULT nextval('shop.items_id_seq'::regclass);


--
-- Data for Name: child; Type: TABLE DATA; Schema: shop; Owner: postgres
--



--
-- Data for Name: items; Type: TABLE DATA; Schema: shop; Owner: postgres
--



--
-- Name: s2; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.s2', 1, false);


--
-- Name: child_id_seq; Type: SEQUENCE SET; Schema: shop; Owner: postgres
--

SELECT pg_catalog.setval('shop.child_id_seq', 1, false);


--
-- Name: items_id_seq; Type: SEQUENCE SET; Schema: shop; Owner: postgres
--

SELECT pg_catalog.setval('shop.items_id_seq', 1, false);


--
-- Name: child child_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.child
    ADD CONSTRAINT child_pkey PRIMARY KEY (id);


--
-- Name: items items_name_price_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.items
    ADD CONSTRAINT items_name_price_key UNIQUE (name, price);


--
-- Name: items items_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);


--
-- Name: items_price; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX items_price ON shop.items USING btree (price DESC NULLS LAST, lower((name)::text)) WHERE (price > (3)::numeric);


--
-- Name: child child_item_fkey; Type: FK CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.child
    ADD CONSTRAINT child_item_fkey FOREIGN KEY (item) REFERENCES shop.items(id) ON DELETE CASCADE DEFERRABLE;


--
-- Name: items p; Type: POLICY; Schema: shop; Owner: postgres
--

CREATE POLICY p ON shop.items USING (true);


--
-- Name: TABLE items; Type: ACL; Schema: shop; Owner: postgres
--

GRANT SELECT ON TABLE shop.items TO bob;


--
-- Name: mv; Type: MATERIALIZED VIEW DATA; Schema: shop; Owner: postgres
--

REFRESH MATERIALIZED VIEW shop.mv;


--
-- PostgreSQL database dump complete
--


