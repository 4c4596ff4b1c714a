/**
 * SQL: exits that evaluations noted which follow closely: to look for a few memberships among all of them took as long as all else of such an
 * evaluation. They are brought into `membership` many at once. A person may have entered again meanwhile: an exit ends what began after the
 * exit before it, and no later than it (`before`).
 */
export const numberedExits = `
  SELECT segment, profile_id, exited_at, exited_by,
    lag(exited_at, 1, TIMESTAMP '-infinity') OVER (PARTITION BY segment, profile_id ORDER BY exited_at) AS before
  FROM membership_exit`

/** `membership_exit`, and the view `every_membership`: all memberships as they are, whether their exits are settled or not. */
export const membershipExitTables = [
  `CREATE TABLE IF NOT EXISTS membership_exit (
    segment VARCHAR NOT NULL, profile_id BIGINT NOT NULL, exited_at TIMESTAMP NOT NULL, exited_by VARCHAR)`,
  `CREATE OR REPLACE VIEW every_membership AS
   SELECT m.segment, m.profile_id, m.entered_at, coalesce(m.exited_at, x.exited_at) AS exited_at, m.entered_by,
     coalesce(m.exited_by, x.exited_by) AS exited_by
   FROM membership m LEFT JOIN (${numberedExits}) x
     ON x.segment = CASE WHEN m.exited_at IS NULL THEN m.segment END AND x.profile_id = m.profile_id
       AND m.entered_at <= x.exited_at AND m.entered_at > x.before`,
]
