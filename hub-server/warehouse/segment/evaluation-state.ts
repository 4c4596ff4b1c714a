import { membershipExitTables } from './membership-exit.ts'

/**
 * What is known of evaluations between them.
 *
 * - `segment_state`: of each segment the digest of the rule (with the rules that it refers to) that its memberships were written by, the
 *   moment that they are those of, and how many there are (null: to be counted again). `failure`: why it could not be evaluated since
 *   (JSON: code, params, since, triedAt), or null; its memberships are then old.
 * - `evaluation_state`: one row: the digest of all that every profile's memberships depend on but its own data (rules, schema, external
 *   tables), and the moment of the last evaluation. `knows_next`: whether `next_change` is complete.
 * - `evaluation_touched`: profiles whose data changed since the last evaluation, with repetitions; -1: everybody's may have. Profiles that
 *   are gone are among them.
 * - `next_change`: instants (epoch milliseconds) at which time alone may change something for a profile. Some are not true any more,
 *   which costs a look at the profile and nothing else; none is missing. `next_change_soon`: those that the last evaluations noted, and all
 *   that are due within seconds of the last one.
 * - `evaluation_audience`: whom platforms held at the last evaluation, when rules ask for that.
 * - `membership.entered_by`, `exited_by`: what moved the person: 'data' (theirs changed), 'time' (nothing but time went by), 'rule' (the
 *   rule is another one). Null where an evaluation of everybody does not tell data from time.
 * - `membership_exit`: exits that are not in `membership` yet; whoever reads memberships reads `every_membership`.
 */
export const evaluationStateTables = [
  `CREATE TABLE IF NOT EXISTS segment_state (
    segment VARCHAR NOT NULL, rule_digest VARCHAR NOT NULL, evaluated_at TIMESTAMP, members BIGINT, failure VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS evaluation_state (digest VARCHAR NOT NULL, evaluated_at TIMESTAMP NOT NULL, knows_next BOOLEAN NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS evaluation_touched (profile_id BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS next_change (profile_id BIGINT NOT NULL, due_at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS next_change_soon (profile_id BIGINT NOT NULL, due_at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS evaluation_audience (sync VARCHAR NOT NULL, profile_id BIGINT NOT NULL)`,
  `ALTER TABLE membership ADD COLUMN IF NOT EXISTS entered_by VARCHAR`,
  `ALTER TABLE membership ADD COLUMN IF NOT EXISTS exited_by VARCHAR`,
  ...membershipExitTables,
]
