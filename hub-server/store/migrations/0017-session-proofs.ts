/**
 * When the person of a session last proved who they are, and which session a sign-in elsewhere proves again. A session of before began with a
 * proof.
 */
export const sessionProofsMigration: readonly string[] = [
  'ALTER TABLE session ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0',
  'UPDATE session SET proven_at = created_at',
  'ALTER TABLE sign_in_attempt ADD COLUMN proves TEXT',
]
