-- What PostgreSQL knows of its tables is out of date while they grow fast: it looks at them once a minute, and plans made while they
-- were empty are kept until then. As nothing is known of `ledger_id` before the first look, a statement that names ten tasks may
-- read the whole ledger. A server has a table looked at when it has grown fourfold, which only its owner can do. A tenth of the usual
-- sample is enough to tell ten rows from ten thousand.
create function analyze_outgrown_tables() returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, pg_temp
set default_statistics_target = 10
as $$
declare
    name regclass;
begin
    for name in
        select oid::regclass from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and pg_has_role(relowner, 'usage')
            -- `relpages` is how large it was at the last look
            and pg_relation_size(oid) > 4 * relpages::bigint * current_setting('block_size')::bigint
        order by oid
    loop
        execute format('analyze (skip_locked) %s', name);
    end loop;
end $$;

revoke all on function analyze_outgrown_tables from public;
grant execute on function analyze_outgrown_tables to stele_server;
