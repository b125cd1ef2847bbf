with recursive
of_event as (
    (select ledger_id from event order by ledger_id limit 1)
    union all
    select (select e.ledger_id from event as e where e.ledger_id > of_event.ledger_id order by e.ledger_id limit 1)
    from of_event
    where of_event.ledger_id is not null
),
of_tree_node as (
    (select ledger_id from tree_node order by ledger_id limit 1)
    union all
    select (
        select n.ledger_id from tree_node as n where n.ledger_id > of_tree_node.ledger_id order by n.ledger_id limit 1
    )
    from of_tree_node
    where of_tree_node.ledger_id is not null
)
select
    of_any.table as "table!",
    of_any.ledger_id as "ledger_id!",
    case of_any.table
        when 'event' then (select min(e.position) from event as e where e.ledger_id = of_any.ledger_id)
    end as position
from (
    select 'event' as table, ledger_id from of_event
    union all
    select 'tree_node', ledger_id from of_tree_node
    union all
    select distinct 'checkpoint', ledger_id from checkpoint
    union all
    select 'ledger_head', ledger_id from ledger_head
) as of_any
where of_any.ledger_id is not null and not exists (select from ledger where ledger.ledger_id = of_any.ledger_id)
order by 1, 2
limit 100
