// Kills engines of tasks again and again and checks that nothing is lost: 100 times each, or as often as the first word
// says. The second word is the seed. A test run does the same once (test/adapters/node/engine).
import { spawnSync } from "node:child_process"

const [count = "100", seed = "1"] = process.argv.slice(2)
const ended = spawnSync("npx", ["vitest", "run", "test/adapters/node/engine/kills.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, CODE_MESH_ENGINE_KILLS: count, CODE_MESH_ENGINE_SEED: seed }
})
process.exit(ended.status ?? 1)
