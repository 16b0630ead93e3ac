// Tests run in processes of their own, two at a time: many of them start processes or a browser.
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Generous, since machines are shared: no test waits for it.
    testTimeout: 90_000,
    // A second try for tests that meet real processes and real time on a busy machine; one that fails twice fails.
    retry: process.env.CI === undefined ? 0 : 1,
    hookTimeout: 180_000,
    pool: "forks",
    maxWorkers: 2,
    setupFiles: ["test/support/seed.ts"],
    globalSetup: ["test/support/builtOnce.ts"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/programs/cli/**"],
      reporter: ["text-summary", "json", "json-summary"],
      reportsDirectory: "coverage",
      reportOnFailure: true,
      thresholds: { lines: 80 }
    }
  }
})
