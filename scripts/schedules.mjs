// Explores seeded schedules of plans with faults: 1,000, or as many as the first word says. The second word is the first
// seed; what fails prints its own, made as small as it can be. A test run does the same with a few (test/schedules).
import { spawnSync } from "node:child_process"

const [count = "1000", seed = "1"] = process.argv.slice(2)
const ended = spawnSync("npx", ["vitest", "run", "test/schedules"], {
  stdio: "inherit",
  env: { ...process.env, CODE_MESH_SCHEDULES: count, CODE_MESH_SCHEDULES_SEED: seed }
})
process.exit(ended.status ?? 1)
