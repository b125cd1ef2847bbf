select asked.project_id as "project_id!", asked.gold as "gold!", reached.position as "position?", task.task_id as "task_id?",
    task.skills as "skills?", task.tags as "tags?", task.holders || task.skippers as "taken_by?: Vec<Uuid>"
from unnest($2::uuid[], $3::bool[], $6::bigint[]) as asked (project_id, gold, known_position)
left join view_checkpoint as reached
    on reached.ledger_id = $1 and reached.view = 'task_queue'
left join lateral (
    select task.task_id, task.skills, task.tags, task.priority, task.created_position, held.holders,
        array(
            select skip.annotator_id
            from task_queue_skip as skip
            where skip.ledger_id = $1 and skip.task_id = task.task_id
        ) as skippers
    from task_queue as task
    cross join lateral (
        select array(
            select holder.annotator_id
            from task_queue_holder as holder
            where holder.ledger_id = $1 and holder.task_id = task.task_id
                and (holder.expires_at is null or holder.expires_at > $4)
        ) as holders
        -- so that they are looked up once
        offset 0
    ) as held
    where task.ledger_id = $1 and task.project_id = asked.project_id and task.gold = asked.gold
        and reached.position is distinct from asked.known_position
        and not task.closed and (task.gold or (not task.settled and task.done < task.annotators))
        and (task.gold or cardinality(held.holders) < task.annotators)
    order by task.priority desc, task.created_position
    limit $5
) as task on true
order by asked.project_id, asked.gold, task.priority desc, task.created_position
