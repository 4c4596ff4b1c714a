import { defineConfig } from 'vitest/config'

/** What the test command makes smaller, at the sizes of the checks themselves and, where they name none, at sizes that take minutes. */
const sizes = {
  // How often: kills at random moments, rounds of names and passwords, tampers with the audit log, fuzzed rules.
  RANDOM_KILLS: '40',
  SIGN_IN_ROUNDS: '200',
  TAMPER_RUNS: '1000',
  HOSTILE_RUNS: '50000',
  // How many: events of a backlog, slow callers, people of a restore, people erased.
  QUEUED_EVENTS: '1000000',
  SLOW_CALLERS: '2000',
  RESTORE_PEOPLE: '100000',
  ERASED_PEOPLE: '1000',
  // A burst of webhooks over ten seconds instead of at once, and an event loop that is blocked for two minutes.
  BURST_SECONDS: '10',
  BLOCKED_SECONDS: '120',
  // Each: phase of a sync that is stopped, route for a large body, and the stores locked under the health endpoints.
  STOPPED_PHASES: 'all',
  HOSTILE_EVERY: '1',
  LOCKED_STORES: 'yes',
  // Runs of laws; `npm run test:rules` tries 20,000 rules, for an hour.
  COMPUTED_RUNS: '150',
  SEGMENT_RUNS: '100',
  IDENTITY_RUNS: '200',
  CONSENT_RUNS: '200',
}

export default defineConfig({
  test: {
    include: [
      'test/faults/{backlog,graceful-stop,health,kill}.test.ts',
      'test/integration/access/guessing.test.ts',
      'test/integration/api/hostile-input.test.ts',
      'test/integration/audit/tampering.test.ts',
      'test/integration/computed/evaluators-agree.test.ts',
      'test/integration/consent/ledger.test.ts',
      'test/integration/erasure/erase-person.test.ts',
      'test/integration/hostile/sql.test.ts',
      'test/integration/identity/orders-of-arrival.test.ts',
      'test/integration/inbox/{burst,slow-callers}.test.ts',
      'test/integration/operation/backup.test.ts',
      'test/integration/segment/{evaluators-agree,incremental-agrees,next-change,preview-agrees,rule-text,touched-people}.test.ts',
      'test/integration/store/workspace-lock.test.ts',
    ],
    env: sizes,
    reporters: [
      'verbose',
      ['./test/support/report-card-reporter.ts', { part: 'soak' }],
      './test/support/plain-summary-reporter.ts',
    ],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    // One after the other: their figures are of a machine that does nothing else.
    maxWorkers: 1,
    isolate: false,
    setupFiles: ['./test/support/own-file.ts'],
  },
})
