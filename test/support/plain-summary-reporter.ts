import type { Reporter, TestModule } from 'vitest/node'

/**
 * Prints the plain closing line that tools and people read: `N passed, N failed, N skipped`.
 * A file that could not be collected counts as one failure, so a syntax error can never look green.
 */
export default class PlainSummaryReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const testModule of testModules) {
      const tests = [...testModule.children.allTests()]
      for (const test of tests) {
        const { state } = test.result()
        count[state === 'pending' ? 'skipped' : state] += 1
      }
      if (!testModule.ok() && tests.every((test) => test.ok())) count.failed += 1
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
  }
}
