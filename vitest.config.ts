import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

// Stress tests take minutes; `npm run test:stress` asks for them.
const stress = process.env.AEGIS_STRESS === '1' ? ['test/stress/**/*.test.ts'] : [];

const usual = [
  'test/unit/**/*.test.ts',
  'test/integration/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/types/**/*.test.ts',
];
// What needs a package of half a gigabyte: `npm run test:clickhouse-current`.
const isCurrent = process.env.AEGIS_CLICKHOUSE_CURRENT === '1';

export default defineConfig({
  test: {
    include: isCurrent ? ['test/current/**/*.test.ts'] : [...usual, ...stress],
    exclude: [...configDefaults.exclude, 'build/**'],
    // A process for each file: a crash in the addon is that file's failure, and no ring outlives it.
    pool: 'forks',
    maxWorkers: Math.min(4, availableParallelism()),
    testTimeout: stress.length > 0 ? 300_000 : 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
  },
});
