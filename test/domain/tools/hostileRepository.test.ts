/** Our own git runs nothing that a repository names. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ignoredAmong, ignoredFolders } from "../../../src/adapters/node/copies/ignored.ts"
import { layerWith } from "../../../src/adapters/node/SpawnShell.ts"
import { commitCommand } from "../../../src/domain/staging/commit.ts"
import { git } from "../../../src/domain/tools/git.ts"
import { run } from "../../ports/Shell.contract.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const env = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com"
}
const shell = layerWith({ env })

/** Every hook that git knows of. */
const hooks =
  "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update post-receive reference-transaction push-to-checkout pre-auto-gc post-rewrite post-index-change fsmonitor-watchman".split(
    " "
  )

/** A repository of one commit on two branches, with a remote and a submodule, whose settings and hooks run what they can. */
const hostile = Effect.gen(function* () {
  const world = yield* toolWorld({ shell })
  const { dir } = world
  const traces = path.join(dir, ".git", "traces")
  const at = (...args: ReadonlyArray<string>) =>
    execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: dir,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
      killSignal: "SIGKILL"
    })
  at("init", "-q", "-b", "main")
  for (const name of ["a.txt", "b.txt"]) world.write(name, "one\n")
  at("add", ".")
  at("commit", "-qm", "first")
  at("clone", "-q", "--bare", dir, path.join(dir, ".git", "far"))
  at("submodule", "--quiet", "add", path.join(dir, ".git", "far"), "sub")
  world.write(".gitattributes", "*.txt filter=evil diff=evil merge=evil\n")
  at("add", ".")
  at("commit", "-qm", "second")
  at("branch", "other")
  at("remote", "add", "far", path.join(dir, ".git", "far"))
  fs.mkdirSync(traces)
  const leaves = (name: string) => `touch ${traces}/${name}; false`
  const set = (folder: string, key: string, value: string) =>
    execFileSync("git", ["-C", folder, "config", key, value], { env })
  const plant = (folder: string, gitFolder: string, prefix: string) => {
    for (const hook of hooks)
      fs.writeFileSync(path.join(gitFolder, "hooks", hook), `#!/bin/sh\n${leaves(prefix + hook)}\n`, { mode: 0o755 })
    for (const key of [
      ...["core.fsmonitor", "core.pager", "core.editor", "sequence.editor", "core.sshCommand", "core.askPass"],
      ...["core.alternateRefsCommand", "credential.helper", "diff.external", "diff.evil.command", "diff.evil.textconv"],
      ...["filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "merge.evil.driver", "gpg.program"],
      ...["gc.recentObjectsHook", "remote.far.uploadpack", "remote.far.receivepack", "pager.log", "pager.status"],
      ...["trailer.x.command", "interactive.diffFilter", "browser.x.cmd", "help.browser"]
    ])
      set(folder, key, key === "credential.helper" ? `!${leaves(prefix + key)}` : leaves(prefix + key))
    for (const alias of ["status", "diff", "log", "st"])
      set(folder, `alias.${alias}`, `!${leaves(`${prefix}alias-${alias}`)}`)
    for (const [key, value] of [
      ["filter.evil.required", "true"],
      ["tag.gpgSign", "true"],
      ["log.showSignature", "true"],
      ["diff.submodule", "diff"],
      ["diff.ignoreSubmodules", "none"],
      ["submodule.sub.ignore", "none"],
      ["submodule.sub.update", `!${leaves(`${prefix}update`)}`],
      ["submodule.recurse", "true"],
      ["status.submoduleSummary", "true"],
      ["gc.auto", "1"],
      ["protocol.ext.allow", "always"],
      ["remote.away.url", `ext::sh -c ${leaves(`${prefix}ext`).replaceAll(" ", "% ")}`],
      ["remote.ssh.url", "ssh://nobody@127.0.0.1:1/x"]
    ] as const)
      set(folder, key, value)
  }
  plant(dir, path.join(dir, ".git"), "")
  plant(path.join(dir, "sub"), path.join(dir, ".git", "modules", "sub"), "sub-")
  fs.writeFileSync(path.join(dir, "sub", "a.txt"), "changed\n")
  const left = () => fs.readdirSync(traces).toSorted()
  return { world, at, left, traces }
})

describe("a hostile repository", () => {
  it.scopedLive("runs nothing, whatever of git is called", () =>
    Effect.gen(function* () {
      const { left, world } = yield* hostile
      const call = (action: string, ...args: ReadonlyArray<string>) =>
        Effect.ignore(world.call(git, { action, args })).pipe(
          Effect.tap(() => Effect.sync(() => assert.deepStrictEqual([action, left()], [action, []])))
        )
      world.write("a.txt", "two\n")
      for (const [action = "", ...args] of [
        ["status"],
        ["status", "--short"],
        ["diff"],
        ["diff", "HEAD"],
        ["log", "-p", "-2"],
        ["show", "HEAD"],
        ["blame", "a.txt"],
        ["ls-files"],
        ["grep", "one"],
        ["branch", "-a"],
        ["add", "a.txt", "sub"],
        ["stash"],
        ["stash", "list"],
        ["checkout", "other"],
        ["switch", "main"],
        ["branch", "third"],
        ["tag", "v1"],
        ["merge", "other"],
        ["fetch", "far"],
        ["push", "far", "main"],
        ["pull", "far", "main"],
        ["fetch", "away"],
        ["fetch", "ssh"],
        ["reset", "--hard"],
        ["revert", "--no-edit", "HEAD"],
        ["cherry-pick", "other"],
        ["rebase", "other"],
        ["restore", "a.txt"],
        ["rm", "b.txt"],
        ["mv", "a.txt", "c.txt"]
      ])
        yield* call(action, ...args)
      world.write("d.txt", "new\n")
      const committed = yield* world.call(git, { action: "commit", message: "d", paths: ["d.txt"] })
      assert.deepStrictEqual([committed.ok, left()], [true, []], committed.output)
    })
  )

  it.scopedLive("runs nothing when what is staged is committed, and when it is asked what it ignores", () =>
    Effect.gen(function* () {
      const { left, world } = yield* hostile
      world.write("a.txt", "two\n")
      const done = yield* run(commitCommand(["a.txt"], "from us"), { cwd: world.dir }).pipe(Effect.provide(shell))
      assert.match(done.output, /^[0-9a-f]{40}\n$/)
      yield* Effect.promise(() => ignoredFolders(world.dir))
      const folder = path.join(world.dir, ".git", "own")
      yield* Effect.promise(() => ignoredAmong({ folder, tree: world.dir, root: world.dir }, ["a.txt", "sub/a.txt"]))
      assert.deepStrictEqual(left(), [])
    })
  )

  it.scopedLive("would have: the same calls by hand leave traces", () =>
    Effect.gen(function* () {
      const { at, left, world } = yield* hostile
      world.write("a.txt", "two\n")
      const tries: ReadonlyArray<ReadonlyArray<string>> = [
        ["status"],
        ["diff"],
        ["add", "a.txt"],
        ["fetch", "far"],
        ["checkout", "other"]
      ]
      for (const args of tries) yield* Effect.ignore(Effect.try(() => at(...args)))
      // Whether git comes as far as the submodule depends on the age of its index: that one is left out.
      for (const name of ["core.fsmonitor", "filter.evil.process", "remote.far.uploadpack"])
        assert.include(left(), name)
    })
  )
})
