/** The checks that are found in a project's root, by its files alone. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { findChecks } from "../../../src/domain/context/findChecks.ts"
import { checkLines, foundChecks, type NamedTools } from "../../../src/domain/context/foundChecks.ts"
import { TextCodec } from "../../../src/ports/TextCodec.ts"
import { FileError, type WorkspaceService } from "../../../src/ports/Workspace.ts"

const found = (files: Readonly<Record<string, string>>, tools?: NamedTools) =>
  foundChecks({ names: new Set(Object.keys(files)), texts: new Map(Object.entries(files)) }, tools).map(
    ({ command, kind }) => `${kind}: ${command}`
  )

const scripts = (all: object, more: object = {}) => JSON.stringify({ scripts: all, ...more })

describe("found checks", () => {
  it("are a project's own scripts, by the package manager of its lock file", () => {
    const manifest = scripts({
      test: "vitest",
      lint: "biome check",
      build: "x",
      "check-types": "tsc",
      other: "y",
      check: "z"
    })
    assert.deepStrictEqual(found({ "package.json": manifest, "pnpm-lock.yaml": "", "tsconfig.json": "{}" }), [
      "tests: pnpm test",
      "types: pnpm run check-types",
      "linter: pnpm run lint",
      "build: pnpm run build",
      "all: pnpm run check"
    ])
    assert.deepStrictEqual(found({ "package.json": scripts({ test: "x" }), "bun.lockb": "" }), ["tests: bun run test"])
    const said = scripts({ test: "x" }, { packageManager: "yarn@4.1.0" })
    assert.deepStrictEqual(found({ "package.json": said, "package-lock.json": "" }), ["tests: yarn test"])
  })
  it("need the text that says so: a file that was not read says nothing", () => {
    const names = new Set(["pyproject.toml", "Gemfile", "composer.json", "deno.json", "mix.exs"])
    const bare = foundChecks({ names, texts: new Map() }).map(({ command }) => command)
    const read = foundChecks({ names, texts: new Map([...names].map((name) => [name, ""])) }).map(
      ({ command }) => command
    )
    assert.deepStrictEqual(bare, read)
  })

  it("are the usual commands of tools where there is no script, and no placeholder", () => {
    const manifest = scripts({ test: 'echo "Error: no test specified" && exit 1' })
    assert.deepStrictEqual(found({ "package.json": manifest, "tsconfig.json": "{}", "jest.config.js": "" }), [
      "types: npx tsc --noEmit",
      "tests: npx jest"
    ])
  })
  it("are found for other languages by their files, and by what those say", () => {
    assert.deepStrictEqual(found({ "pyproject.toml": "[tool.pytest.ini_options]\n[tool.ruff]\n" }), [
      "tests: pytest",
      "linter: ruff check ."
    ])
    assert.deepStrictEqual(found({ "pyproject.toml": "[project]\n" }), [])
    assert.deepStrictEqual(found({ "Cargo.toml": "", "mix.exs": "{:credo, 1}" }), [
      "tests: cargo test",
      "types: cargo check",
      "tests: mix test",
      "linter: mix credo"
    ])
    assert.deepStrictEqual(found({ "go.mod": "" }), [
      "tests: go test ./...",
      "linter: go vet ./...",
      "build: go build ./..."
    ])
    assert.deepStrictEqual(
      found({ Makefile: "VAR := 1\ntest: dep\n\tx\nlint:\n\ty\nrelease:\n", justfile: "build:\n" }),
      ["tests: make test", "linter: make lint", "build: just build"]
    )
    assert.deepStrictEqual(found({ "deno.json": JSON.stringify({ tasks: { test: "deno test -A" } }) }), [
      "tests: deno task test",
      "types: deno check .",
      "linter: deno lint"
    ])
    assert.deepStrictEqual(found({ "deno.jsonc": "// not JSON" }), [
      "tests: deno test",
      "types: deno check .",
      "linter: deno lint"
    ])
  })
  it("are what the settings name, before all that is found of the kind", () => {
    const files = { "package.json": scripts({ test: "x", lint: "y", build: "z" }), "go.mod": "" }
    const tools = { test_runner: "make fast", linter: "oxlint", package_manager: "pnpm" }
    assert.deepStrictEqual(found(files, tools), [
      "tests: make fast",
      "linter: oxlint",
      "build: pnpm run build",
      "build: go build ./..."
    ])
  })
  it("say where they are from", () => {
    assert.deepStrictEqual(checkLines([{ kind: "tests", command: "npm test", from: "package.json" }]), [
      "npm test (tests, by package.json)"
    ])
  })
  it("never hold a word that the project made up, whatever its files say (property)", () => {
    const evil = fc.string({ minLength: 1 }).map((text) => `evil${text}`)
    fc.assert(
      fc.property(fc.dictionary(evil, evil), evil, evil, (own, manager, text) => {
        const all = { ...own, test: text, [manager]: "x" }
        const commands = found({
          "package.json": JSON.stringify({ scripts: all, packageManager: manager }),
          "deno.json": JSON.stringify({ tasks: all }),
          Makefile: `${manager}:\n\t${text}\ntest:\n`
        })
        assert.isFalse(commands.some((line) => line.includes("evil")))
      }),
      { numRuns: 50 }
    )
  })
})

describe("finding checks", () => {
  const gone = (path: string) => new FileError({ kind: "missing", path, reason: "gone" })
  const workspace = (read: WorkspaceService["read"]): WorkspaceService => ({
    root: "/p",
    locate: (path) => Effect.fail(gone(path)),
    write: (path) => Effect.fail(gone(path)),
    remove: (path) => Effect.fail(gone(path)),
    read,
    list: () =>
      Effect.succeed([
        { name: "package.json", kind: "file" },
        { name: "go.mod", kind: "directory" },
        { name: "tsconfig.json", kind: "file" }
      ])
  })
  const codec = TextCodec.of({
    decode: (bytes) => ({ text: String.fromCharCode(...bytes), encoding: "utf-8" }),
    encode: () => undefined
  })
  const bytes = Uint8Array.from(scripts({ test: "x" }), (letter) => letter.charCodeAt(0))

  it.effect("reads the few files that it knows, and goes on where one cannot be read", () =>
    Effect.gen(function* () {
      const whole = yield* findChecks(workspace(() => Effect.succeed(bytes)))
      assert.deepStrictEqual(
        whole.map(({ command }) => command),
        ["npm test", "npx tsc --noEmit"]
      )
      const unread = yield* findChecks(workspace((path) => Effect.fail(gone(path))))
      assert.deepStrictEqual(
        unread.map(({ command }) => command),
        ["npx tsc --noEmit"]
      )
      const none = yield* findChecks({
        ...workspace(() => Effect.succeed(bytes)),
        list: (path) => Effect.fail(gone(path))
      })
      assert.deepStrictEqual(none, [])
    }).pipe(Effect.provideService(TextCodec, codec))
  )
})
