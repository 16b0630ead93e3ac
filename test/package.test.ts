/** What is published: a bundler for the browser takes the portable entries and refuses the one for Node. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import { version } from "../src/programs/version.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const isBuilt = existsSync(`${root}/dist/lib/browser.js`)

/** Bundles an import of the package by its own name, as a page would. */
const bundleForBrowser = (specifier: string) =>
  build({
    stdin: { contents: `export * from ${JSON.stringify(specifier)}`, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    metafile: true
  })

describe("the package", () => {
  it("says the version that package.json says", () => {
    assert.strictEqual(version, JSON.parse(readFileSync(`${root}/package.json`, "utf8")).version)
  })

  for (const entry of ["code-mesh", "code-mesh/browser", "code-mesh/testing"])
    it.skipIf(!isBuilt)(`gives ${entry} to a browser's bundler, without any of Node`, async () => {
      const { metafile } = await bundleForBrowser(entry)
      const inputs = Object.keys(metafile.inputs)
      assert.isAbove(inputs.length, 10)
      assert.deepStrictEqual(
        inputs.filter((path) => /better-sqlite3|libsql|@vscode\/ripgrep/.test(path)),
        []
      )
    })

  it.skipIf(!isBuilt)("refuses code-mesh/node to a browser's bundler", async () => {
    const failure = await bundleForBrowser("code-mesh/node").then(
      () => "it was bundled",
      (error: Error) => error.message
    )
    assert.match(failure, /Could not resolve "code-mesh\/node"/)
  })
})
