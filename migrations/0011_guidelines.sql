-- Guidelines have versions, and an annotation tells under which it was given. The views are folded anew by this build,
-- which fills the columns.
truncate directory_project, directory_participant, task_detail, task_detail_annotation;
alter table directory_project add column guidelines_version integer;
alter table task_detail_annotation add column guidelines_version integer;
delete from view_checkpoint where view in ('directory', 'task_detail');
