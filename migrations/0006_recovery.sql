-- Takes a history up again that was set back, by restoring a backup, for example: `stele recover`. Whoever may do this may
-- make the ledger contradict what it has signed, so it is for the owner of the tables, and not for the server.

-- Begins the next epoch. False means that the present one is not what the caller believes it to be.
--
-- It is called in one transaction with the append of the event that tells of it. Until that commits, the head is locked;
-- afterwards, a writer of the epoch before loses its compare-and-swap, whatever it had in hand.
create function ledger_begin_epoch(in_ledger_id uuid, in_epoch bigint) returns boolean
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
begin
    update public.ledger_head set epoch = in_epoch + 1 where ledger_id = in_ledger_id and epoch = in_epoch;
    return found;
end $$;

revoke all on function ledger_begin_epoch from public;
