import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            ...['test/architecture.test.ts', 'test/{unit,simulation}/**/*.test.ts'],
            ...['test/conformance/*.test.ts', 'test/scenario/{language,memory}.test.ts'],
          ],
          testTimeout: 60_000,
        },
      },
      {
        // Real mounts and real daemons: they share two cores and the kernel, so one file at a time.
        test: {
          name: 'mount',
          include: [
            ...['test/{mount,tools,fuzz}/**/*.test.ts', 'test/conformance/posix/*.test.ts'],
            ...['test/scenario/mounts.test.ts'],
          ],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
