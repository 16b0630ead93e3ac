// Kills engines of tasks again and again and checks that nothing is lost: 100 times each, or as often as the first word
// says. The second word is the seed. A test run does the same once (test/adapters/node/engine), but not with files, nor by the whole program.
import { spawnSync } from "node:child_process"

const [count = "100", seed = "1"] = process.argv.slice(2)
const suites = [
  "test/adapters/node/engine/kills.test.ts",
  "test/adapters/node/handover/hubKills.test.ts",
  "test/programs/cli/cluster.test.ts"
]
const ended = spawnSync("npx", ["vitest", "run", ...suites], {
  stdio: "inherit",
  env: { ...process.env, CODE_MESH_ENGINE_KILLS: count, CODE_MESH_ENGINE_SEED: seed }
})
process.exit(ended.status ?? 1)
