// Tests with coverage: at least 80 % of all lines, and every branch of the pure files of src/domain. Pure are those in
// lower case that decide without acting: they do not import `effect/Effect`, unless for a type.
import { readFileSync } from "node:fs"
import { relative } from "node:path"
import { at, root, run } from "./project.mjs"

const { code } = run("vitest", ["run", "--coverage", ...process.argv.slice(2)])

const acts = /^import (?!type)[^\n]*["']effect\/(Effect|Stream|Layer)["']/m
const isPure = (file) => /^src\/domain\/[^/]+\/[a-z][^/]*\.ts$/.test(file) && !acts.test(readFileSync(at(file), "utf8"))
const report = JSON.parse(readFileSync(at("coverage/coverage-final.json"), "utf8"))
const missed = []
for (const [path, { b: counts, branchMap }] of Object.entries(report)) {
  const file = relative(root, path)
  if (!isPure(file)) continue
  for (const [id, arms] of Object.entries(counts))
    arms.forEach((count, arm) => {
      if (count === 0) missed.push(`${file}:${branchMap[id].locations[arm]?.start?.line ?? branchMap[id].line}`)
    })
}

if (missed.length > 0) {
  console.error(`Branches of pure files that no test takes:\n${[...new Set(missed)].sort().join("\n")}`)
  process.exit(1)
}
process.exit(code)
