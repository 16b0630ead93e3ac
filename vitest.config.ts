// Tests run in two processes at a time. Those of adapters to a host and of programs get a fresh one for each file, as many
// of them start processes or a browser; those of pure code share one, in which nothing is loaded twice.
import { defineConfig } from "vitest/config"

const pure = ["test/domain/**/*.test.ts", "test/adapters/{memory,shared}/**/*.test.ts"]

export default defineConfig({
  test: {
    // Generous, since machines are shared: no test waits for it.
    testTimeout: 90_000,
    // A second try for tests that meet real processes and real time on a busy machine; one that fails twice fails.
    retry: process.env.CI === undefined ? 0 : 1,
    hookTimeout: 180_000,
    pool: "forks",
    maxWorkers: 2,
    // Effects leave much behind that is young: a larger nursery is emptied less often.
    execArgv: ["--max-semi-space-size=64"],
    setupFiles: ["test/support/seed.ts"],
    projects: [
      { extends: true, test: { name: "pure", include: pure, isolate: false } },
      {
        extends: true,
        test: {
          name: "hosts",
          include: ["test/**/*.test.ts"],
          exclude: pure,
          globalSetup: ["test/support/builtOnce.ts"]
        }
      }
    ],
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
