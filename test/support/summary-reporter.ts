import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output with one line that a machine can read: `N passed, N failed, N skipped`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      // A module that could not be loaded has no tests to count, and yet something failed.
      if (module.state() === 'failed' && module.errors().length > 0) count.failed++;
      // Nor have those of a group whose preparations failed run.
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) count.failed++;
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed') count[state]++;
        else count.skipped++;
      }
    }
    count.failed += errors.length;
    process.stdout.write(
      `\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}
