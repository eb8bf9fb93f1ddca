-- What the run's edits wrote, at each hook point.
-- :run  the run's id
SELECT number, text, hook, fired, changed, largest_change
FROM edits
WHERE run_id = :run
ORDER BY number, hook
