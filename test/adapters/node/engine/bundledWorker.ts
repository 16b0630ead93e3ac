/** The process of these tests as one script: from its packages' many files it would take seconds to start. */
import { mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../../../..", import.meta.url))

/** Bundles it inside the repository, from where native packages are found; answers the script's path. */
export const bundledWorker = async (): Promise<string> => {
  const folder = `${root}.build/children`
  mkdirSync(folder, { recursive: true })
  const outfile = `${folder}/engine-worker.${process.pid}.cjs`
  await build({
    entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
    ...{ bundle: true, format: "cjs", platform: "node", outfile, logLevel: "silent" },
    external: ["better-sqlite3", "libsql", "pg-native", "msgpackr-extract"]
  })
  return outfile
}
