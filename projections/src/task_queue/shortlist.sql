select asked.project_id as "project_id!", asked.gold as "gold!", task.task_id as "task_id!", task.skills as "skills!",
    task.tags as "tags!", task.holders || task.skippers as "taken_by!: Vec<Uuid>"
from unnest($2::uuid[], $3::bool[]) as asked (project_id, gold)
cross join lateral (
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
    ) as held
    where task.ledger_id = $1 and task.project_id = asked.project_id and task.gold = asked.gold
        and not task.closed and (task.gold or (not task.settled and task.done < task.annotators))
        and (task.gold or cardinality(held.holders) < task.annotators)
    order by task.priority desc, task.created_position
    limit $5
) as task
order by asked.project_id, asked.gold, task.priority desc, task.created_position
