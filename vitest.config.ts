import { defineConfig } from 'vitest/config'

/** They change the network or the environment of their whole process, which therefore is theirs alone. */
const alone = [
  'test/**/wire*.test.ts',
  'test/integration/ga4/grant.test.ts',
  'test/integration/net/outbound-targets.test.ts',
]

export default defineConfig({
  test: {
    reporters: [
      'default',
      './test/support/report-card-reporter.ts',
      './test/support/plain-summary-reporter.ts',
    ],
    // Whole processes and servers are started here: the limits are for hangs, not for slow machines.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    // Loading the platforms' clients for each of the files anew took a third of the whole run.
    isolate: false,
    setupFiles: ['./test/support/own-file.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts'],
          exclude: alone,
        },
      },
      {
        extends: true,
        test: { name: 'conformance', include: ['test/conformance/**/*.test.ts', 'test/golden/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/faults/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: alone,
        },
      },
      { extends: true, test: { name: 'alone', include: alone, isolate: true } },
    ],
  },
})
