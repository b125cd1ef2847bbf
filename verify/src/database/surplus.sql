-- a level beyond 7 would not be shifted to 0, as bigint shifts count modulo 64
select level, index
from tree_node
where
    ledger_id = $1
    and (level not between 1 and 7 or index < 0 or index >= $2::bigint >> (8 * least(greatest(level, 1), 7)))
order by level, index
limit $3
