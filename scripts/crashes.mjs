// Kills the program again and again and checks what it promises after: 1,000 times, or as often as the first word says.
// The second word is the first seed. A test run does the same with a few (test/crash).
import { spawnSync } from "node:child_process"

const [count = "1000", seed = "1"] = process.argv.slice(2)
const ended = spawnSync("npx", ["vitest", "run", "test/crash"], {
  stdio: "inherit",
  env: { ...process.env, CODE_MESH_CRASHES: count, CODE_MESH_CRASH_SEED: seed }
})
process.exit(ended.status ?? 1)
