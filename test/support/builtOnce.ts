/** Builds what tests of the shipped program need, once and only when it is stale. */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Runs before the first test; `CODE_MESH_NO_BUILD=1` leaves the build as it is, for quick runs of single files. */
export default function setup(): void {
  if (process.env.CODE_MESH_NO_BUILD !== undefined) return
  if (!existsSync(`${root}/src/programs/cli/main.ts`)) return
  const done = spawnSync(process.execPath, ["scripts/build.mjs", "cli", "lib"], { cwd: root, encoding: "utf8" })
  // Tests of what is shipped fail by themselves then; all others can still be run.
  if (done.status !== 0)
    console.error(`The build failed; nothing that is shipped can be tested:\n${done.stderr.slice(0, 1000)}`)
}
