// Kills the program again and again and checks what it promises after: runs 1,000 times, plans 300 times (first word
// `plans`), or as often as the next word says. The word after that is the first seed. A test run does the same with a few
// (test/crash).
import { spawnSync } from "node:child_process"

const [kind, ...rest] = process.argv.slice(2)
const isPlans = kind === "plans"
const [count = isPlans ? "300" : "1000", seed = "1"] = isPlans || kind === undefined ? rest : [kind, ...rest]
const counted = isPlans ? { CODE_MESH_PLAN_CRASHES: count } : { CODE_MESH_CRASHES: count }
const file = isPlans ? "test/crash/planCrash.test.ts" : "test/crash/crash.test.ts"
const ended = spawnSync("npx", ["vitest", "run", file], {
  stdio: "inherit",
  env: { ...process.env, ...counted, CODE_MESH_CRASH_SEED: seed }
})
process.exit(ended.status ?? 1)
