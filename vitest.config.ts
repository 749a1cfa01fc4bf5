import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@tony/source'] },
  ssr: { resolve: { conditions: ['@tony/source'], externalConditions: ['@tony/source'] } },
  test: {
    // onnxruntime-node has crashed in several worker threads of one process: give each file its own process.
    pool: 'forks',
    maxWorkers: 2,
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
  },
})
