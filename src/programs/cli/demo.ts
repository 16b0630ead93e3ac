/** `demo`: the main job on a sample project. Real files, tools, session and working copy; only the model is scripted. */
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { apply, diff } from "./apply.ts"
import { check, project } from "./demo/project.ts"
import { prompt, script } from "./demo/script.ts"
import { Io } from "./Io.ts"
import { CliError, exit } from "./report.ts"
import { run } from "./run.ts"
import type { Invocation } from "./spec.ts"

const makeProject = async (root: string): Promise<void> => {
  for (const [path, text] of Object.entries(project)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

const folders = (keep: boolean) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const base = await realpath(await mkdtemp(join(tmpdir(), "code-mesh-demo-")))
      const places = { base, root: join(base, "basket"), home: join(base, "home"), script: join(base, "script.json") }
      await makeProject(places.root)
      await mkdir(places.home)
      await writeFile(places.script, JSON.stringify(script(places.root)))
      return places
    }),
    ({ base }) => (keep ? Effect.void : Effect.promise(() => rm(base, { recursive: true, force: true })))
  )

/** Runs the project's check on the real files; answers whether it passes, and what it counts. */
const runCheck = (root: string) =>
  Effect.async<{ readonly passes: boolean; readonly counts: string }>((resume) => {
    const [program = "node", ...args] = check.split(" ")
    // A test runner within a test runner reports to its parent instead of counting.
    const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env
    execFile(program === "node" ? process.execPath : program, args, { cwd: root, env }, (error, stdout) => {
      const number = (what: string) => new RegExp(`^\\S+ ${what} (\\d+)`, "m").exec(stdout)?.[1] ?? "?"
      resume(Effect.succeed({ passes: error === null, counts: `${number("pass")} passed, ${number("fail")} failed` }))
    })
  })

const told = (when: string, { counts, passes }: { readonly passes: boolean; readonly counts: string }): string =>
  `check ${when}: ${passes ? "passes" : "fails"} (${check}: ${counts})\n`

const callOf = (root: string, operands: ReadonlyArray<string>): Invocation => ({
  operands,
  texts: [],
  globals: { cwd: root, profile: Option.none(), printLogs: false, logLevel: Option.none() },
  done: () => undefined
})

const none = Option.none()
const runFlags = {
  model: none,
  last: false,
  session: none,
  fork: false,
  agent: none,
  mode: none,
  apply: Option.some("stage" as const),
  yes: false,
  format: Option.some("text" as const),
  turns: none,
  tokens: none,
  cost: none,
  timeout: Option.some("60s"),
  sandbox: none,
  reasoning: none,
  allow: [`bash(${check})`],
  deny: [],
  files: [],
  record: none,
  replay: none,
  background: false,
  plan: false,
  noPlan: false,
  strategy: Option.none(),
  databaseUrl: Option.none()
}

const must = (code: number, what: string) =>
  code === exit.done ? Effect.void : Effect.fail(new CliError(`The demo failed: ${what}.`, "Please report it."))

const story = (root: string, io: Io["Type"]) =>
  Effect.gen(function* () {
    yield* io.out(`project: ${root}\nmodel: scripted (built in)\n`)
    const before = yield* runCheck(root)
    yield* io.out(`${told("before", before)}\nprompt: ${prompt}\n`)
    yield* must(yield* run(runFlags, callOf(root, [prompt])), "the run did not end well")
    yield* io.out("\nstaged, for review:\n")
    yield* must(yield* diff({ format: none }, callOf(root, [])), "the diff could not be shown")
    yield* must(yield* apply({ commit: none }, callOf(root, [])), "the changes could not be applied")
    const after = yield* runCheck(root)
    yield* io.out(`\n${told("after", after)}`)
    yield* must(!before.passes && after.passes ? 0 : 1, "the check should fail before and pass after")
    return exit.done
  })

/** Shows the main job from a failing check to a passing one. */
export const demo = (flags: { readonly keep: boolean }) =>
  Effect.scoped(
    Effect.gen(function* () {
      const io = yield* Io
      const places = yield* folders(flags.keep)
      const own: Io["Type"] = {
        ...io,
        cwd: places.root,
        attended: false,
        env: {
          ...io.env,
          CODE_MESH_HOME: places.home,
          CODE_MESH_MODEL: `scripted/${places.script}`,
          CODE_MESH_PROFILE: undefined
        },
        piped: () => Effect.succeed(Option.none())
      }
      const code = yield* Effect.provideService(story(places.root, own), Io, own)
      if (flags.keep) yield* io.err(`The project stays at ${places.root}.\n`)
      return code
    })
  )
