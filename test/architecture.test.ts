/** The dependency rule holds for the tree as it is, and each of its rules bites when it is broken. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { cruise, type ICruiseResult } from "dependency-cruiser"
import configuration, { rooms } from "../.dependency-cruiser.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))

interface Breach {
  readonly rule: string
  readonly from: string
  readonly to: string
}

const breachesIn = async (baseDir: string): Promise<ReadonlyArray<Breach>> => {
  const { options, forbidden } = configuration
  const { output } = await cruise(
    ["src"],
    {
      ...options,
      baseDir,
      validate: true,
      ruleSet: { forbidden },
      tsConfig: { fileName: join(root, options.tsConfig.fileName) }
    },
    options.enhancedResolveOptions
  )
  const { summary } = output as ICruiseResult
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
}

/** A rule, the files that break it, and the file whose fault it is. */
const planted: ReadonlyArray<{ rule: string; files: Record<string, string>; from: string }> = [
  {
    rule: "model-reach",
    from: "src/domain/model/Breach.ts",
    files: { "src/domain/model/Breach.ts": `import "../../ports/Clean.ts"` }
  },
  {
    rule: "model-packages",
    from: "src/domain/model/Packaged.ts",
    files: { "src/domain/model/Packaged.ts": `import "zod"` }
  },
  {
    rule: "ports-reach",
    from: "src/ports/Breach.ts",
    files: { "src/ports/Breach.ts": `import "../domain/tools/sets.ts"` }
  },
  {
    rule: "ports-packages",
    from: "src/ports/Packaged.ts",
    files: { "src/ports/Packaged.ts": `import "@effect/platform/FileSystem"` }
  },
  {
    rule: "domain-reach",
    from: "src/domain/agent/reaches.ts",
    files: { "src/domain/agent/reaches.ts": `import "../../adapters/shared/clean.ts"` }
  },
  {
    rule: "domain-packages",
    from: "src/domain/agent/reads.ts",
    files: { "src/domain/agent/reads.ts": `import "node:fs"` }
  },
  ...rooms.slice(0, -1).map((room, index) => ({
    rule: `room-${room}`,
    from: `src/domain/${room}/breach.ts`,
    files: {
      [`src/domain/${room}/breach.ts`]: `import "../${rooms[index + 1]}/later.ts"`,
      [`src/domain/${rooms[index + 1]}/later.ts`]: "export const later = 1"
    }
  })),
  {
    rule: "adapters-stay-apart",
    from: "src/adapters/browser/breach.ts",
    files: { "src/adapters/browser/breach.ts": `import "../node/clean.ts"` }
  },
  {
    rule: "adapters-below-programs",
    from: "src/adapters/node/up.ts",
    files: { "src/adapters/node/up.ts": `import "../../programs/NodeLive.ts"` }
  },
  {
    rule: "adapters-know-no-service",
    from: "src/adapters/shared/service.ts",
    files: {
      "src/adapters/shared/service.ts": `import "../../domain/session/Service.ts"`,
      "src/domain/session/Service.ts": "export const service = 1"
    }
  },
  {
    rule: "browser-has-no-node",
    from: "src/adapters/shared/host.ts",
    files: { "src/adapters/shared/host.ts": `import "node:path"` }
  },
  {
    rule: "no-node-behind-browser",
    from: "src/programs/browser.ts",
    files: {
      "src/programs/browser.ts": `import "./between.ts"`,
      "src/programs/between.ts": `import "../adapters/node/clean.ts"`
    }
  },
  {
    rule: "one-door",
    from: "src/programs/cli/show.ts",
    files: { "src/programs/cli/show.ts": `import "../../domain/agent/step.ts"`, "src/domain/agent/step.ts": "" }
  },
  {
    rule: "lazy-only-outside",
    from: "src/domain/context/lazy.ts",
    files: { "src/domain/context/lazy.ts": `export const load = () => import("../model/Clean.ts")` }
  },
  {
    rule: "cli-root-stays-light",
    from: "src/programs/cli/root.ts",
    files: { "src/programs/cli/root.ts": `import "../NodeLive.ts"` }
  },
  {
    rule: "no-cycles",
    from: "src/adapters/node/a.ts",
    files: {
      "src/adapters/node/a.ts": `import type { B } from "./b.ts"\nexport type A = B`,
      "src/adapters/node/b.ts": `import type { A } from "./a.ts"\nexport type B = A | 1`
    }
  },
  {
    rule: "no-barrel",
    from: "src/domain/context/barrel.ts",
    files: { "src/domain/context/barrel.ts": `import { Effect } from "effect"\nexport const it = Effect.void` }
  },
  {
    rule: "resolvable",
    from: "src/adapters/node/lost.ts",
    files: { "src/adapters/node/lost.ts": `import "./nowhere.ts"` }
  },
  {
    rule: "tests-are-leaves",
    from: "src/adapters/node/tested.ts",
    files: { "src/adapters/node/tested.ts": `import "../../../test/help.ts"`, "test/help.ts": "export const help = 1" }
  }
]

const clean: Record<string, string> = {
  "src/domain/model/Clean.ts": `import * as Effect from "effect/Effect"\nexport const it = Effect.void`,
  "src/ports/Clean.ts": `import type { it } from "../domain/model/Clean.ts"\nexport type It = typeof it`,
  "src/domain/tools/sets.ts": `import "../../ports/Clean.ts"`,
  "src/adapters/shared/clean.ts": `import "../../ports/Clean.ts"`,
  "src/adapters/node/clean.ts": `import "node:fs"\nimport "../shared/clean.ts"`,
  "src/programs/NodeLive.ts": `import "../adapters/node/clean.ts"\nimport "../domain/CodeMesh.ts"`,
  "src/programs/index.ts": `import "../domain/CodeMesh.ts"`,
  "src/domain/CodeMesh.ts": `import "./tools/sets.ts"`
}

/** Lays a tree out inside the project, where its packages resolve, for as long as the body runs. */
const inTree = async <A>(files: Record<string, string>, body: (dir: string) => Promise<A>): Promise<A> => {
  mkdirSync(join(root, ".build"), { recursive: true })
  const dir = mkdtempSync(join(root, ".build", "breach-"))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), `${text}\n`)
    }
    return await body(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

describe("the dependency rule", () => {
  it("holds for the whole of src", { timeout: 120_000 }, async () => {
    const found = await breachesIn(root)
    assert.deepStrictEqual(
      found.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`),
      []
    )
  })

  it("says nothing of a tree that keeps it", { timeout: 60_000 }, async () => {
    assert.deepStrictEqual(await inTree(clean, breachesIn), [])
  })

  it("has a planted breach for each of its rules", () => {
    const names = configuration.forbidden.map(({ name }) => name)
    assert.deepStrictEqual([...new Set(planted.map(({ rule }) => rule))].sort(), [...new Set(names)].sort())
  })

  it("catches each planted breach, by the rule that forbids it", { timeout: 120_000 }, async () => {
    const files = Object.assign({}, clean, ...planted.map((it) => it.files))
    const found = await inTree(files, breachesIn)
    const missed = planted.filter((it) => !found.some(({ rule, from }) => rule === it.rule && from === it.from))
    assert.deepStrictEqual(
      missed.map(({ rule, from }) => ({ rule, from })),
      [],
      `found in ${relative(root, ".build")}: ${JSON.stringify(found)}`
    )
  })
})

/** The names of files, without folder and ending, that two files of a tree share. */
const sharedNames = (dir: string): ReadonlyArray<string> => {
  const names = readdirSync(join(dir, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .map((path) => basename(path).replace(/\.tsx?$/, ""))
    .filter((name) => name !== "index")
  return [...new Set(names.filter((name, at) => names.indexOf(name) < at))].sort()
}

describe("a file's name", () => {
  it("is no other file's, so that it is enough in a stack trace", () => {
    assert.deepStrictEqual(sharedNames(root), [])
  })

  it("is found where two have it", async () => {
    const twice = { "src/domain/tools/same.ts": "", "src/adapters/node/same.ts": "", "src/ports/Same.ts": "" }
    assert.deepStrictEqual(await inTree({ ...clean, ...twice }, async (dir) => sharedNames(dir)), [
      "Clean",
      "clean",
      "same"
    ])
  })
})

/** Raw effects in places that are not listed for them; each is the only breach of its file. */
const rawEffects: Record<string, string> = {
  "src/domain/tools/opens.ts": `import { readFileSync } from "node:fs"\nexport const it = readFileSync`,
  "src/domain/tools/spawns.ts": `export const it = () => import("node:child_process")`,
  "src/domain/agent/asks.ts": `export const it = () => fetch("https://example.com")`,
  "src/adapters/shared/fetches.ts": `export const it = (url: string) => globalThis.fetch(url)`,
  "src/adapters/shared/hands.ts": `export const it = { fetch }`,
  "src/adapters/node/connects.ts": `import * as net from "node:net"\nexport const it = net`,
  "src/adapters/node/requests.ts": `export { request } from "node:https"`,
  "src/adapters/node/packs.ts": `import { request } from "undici"\nexport const it = request`,
  "src/adapters/node/promises.ts": `import { rm } from "node:fs/promises"\nexport const it = rm`,
  "src/adapters/node/platform.ts": `import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"\nexport const it = NodeFileSystem`,
  "src/adapters/node/requires.ts": `export const it = require("fs")`,
  "src/adapters/node/loads.ts": `export const it = (name: string) => import(name)`,
  "src/adapters/node/builtin.ts": `export const it = process.getBuiltinModule("fs")`,
  "src/programs/cli/sockets.ts": `export const it = new WebSocket("wss://example.com")`
}

/** What only looks like one. */
const noEffects: Record<string, string> = {
  "src/adapters/shared/given.ts": `export const it = (fetch: typeof globalThis.fetch) => fetch("/")`,
  "src/adapters/shared/typed.ts": `import type { Stats } from "node:fs"\nexport interface It { readonly fetch?: typeof fetch; readonly stats: Stats }`,
  "src/adapters/node/files.ts": `import * as fs from "node:fs"\nexport const it = fs`
}

describe("raw effects", () => {
  const check = (dir: string) =>
    spawnSync(process.execPath, [join(root, "scripts", "check-effects.mjs"), dir], { encoding: "utf8" })

  it("stand in the places that are listed for them, and nowhere else", () => {
    assert.strictEqual(spawnSync(process.execPath, [join(root, "scripts", "check-effects.mjs")]).stderr.toString(), "")
  })

  it("are caught wherever else they are planted, and only they", async () => {
    const { stderr } = await inTree({ ...rawEffects, ...noEffects }, async (dir) => check(dir))
    const found = stderr
      .trim()
      .split("\n")
      .map((line) => line.replace(/:\d+ .*/, ""))
    assert.deepStrictEqual(found, Object.keys(rawEffects).sort())
  })
})
