/** The command tree: names, flags and help. Each body is loaded when its command runs. */
import * as Effect from "effect/Effect"
import { auth } from "./authTree.ts"
import { chat } from "./chatTree.ts"
import { models } from "./modelsTree.ts"
import { permission } from "./permissionTree.ts"
import { plan } from "./planTree.ts"
import { session } from "./sessionTree.ts"
import { type Declared, group, leaf, maybeText, on, text, word, words } from "./spec.ts"
import { asJson, databaseUrl, from, pick, runFlags } from "./treeParts.ts"

const run = leaf(
  {
    name: "run",
    summary: "One prompt, without a terminal UI; stdin is appended when it is piped",
    flags: runFlags,
    operands: words("message", "The prompt; its words are joined by spaces")
  },
  (flags, call) =>
    from(
      () => import("./run.ts"),
      (it) => it.run(flags, call)
    )
)

const staged = words("id-or-paths", "A session's id (else the newest here that has something), then paths")

const apply = leaf(
  {
    name: "apply",
    summary: "Carry over to the real files what a session has staged",
    flags: { commit: maybeText("commit", "MESSAGE", "Commit exactly the applied paths; --commit or --commit=MESSAGE") },
    operands: staged
  },
  (flags, call) =>
    from(
      () => import("./apply.ts"),
      (it) => it.apply(flags, call)
    )
)

const diff = leaf(
  { name: "diff", summary: "Show what a session has staged", flags: { format: asJson }, operands: staged },
  (flags, call) =>
    from(
      () => import("./apply.ts"),
      (it) => it.diff(flags, call)
    )
)

const discard = leaf(
  { name: "discard", summary: "Drop what a session has staged", flags: {}, operands: staged },
  (_, call) =>
    from(
      () => import("./apply.ts"),
      (it) => it.discard(call)
    )
)

const oneSession = word("id", "A session's id; else the newest here that has something")

const undo = leaf(
  { name: "undo", summary: "Take the newest turn's file changes back", flags: {}, operands: oneSession },
  (_, call) =>
    from(
      () => import("./apply.ts"),
      (it) => it.undo(call)
    )
)

const redo = leaf(
  { name: "redo", summary: "Put back what was undone last", flags: {}, operands: oneSession },
  (_, call) =>
    from(
      () => import("./apply.ts"),
      (it) => it.redo(call)
    )
)

const init = leaf(
  {
    name: "init",
    summary: "Config, AGENTS.md and .gitignore lines for a project",
    flags: {
      provider: text("provider", "NAME", "The provider of the default model"),
      model: text("model", "NAME", "The default model", "m"),
      yes: on("yes", "Overwrite the config that is there")
    },
    operands: word("path", "The project's folder")
  },
  (flags, call) =>
    from(
      () => import("./init.ts"),
      (it) => it.init(flags, call)
    )
)

const isGlobal = on("global", "The config of all projects instead of this one's")

const config = group(
  { name: "config", summary: "The settings in force, and where each comes from", flags: { format: asJson } },
  [
    leaf({ name: "get", summary: "One setting", flags: {}, operands: word("key", "As model.default", 1) }, (_, call) =>
      from(
        () => import("./config.ts"),
        (it) => it.get(call)
      )
    ),
    leaf(
      {
        name: "set",
        summary: "Write a setting into the project's config",
        flags: { global: isGlobal },
        operands: { label: "key value", help: "As model.default openai/gpt-5.6", min: 2, max: 2 }
      },
      (flags, call) =>
        from(
          () => import("./config.ts"),
          (it) => it.set(flags, call)
        )
    ),
    leaf({ name: "path", summary: "Where settings are read from", flags: {} }, (_, call) =>
      from(
        () => import("./config.ts"),
        (it) => it.path(call)
      )
    ),
    leaf({ name: "check", summary: "Whether all settings make sense", flags: {} }, (_, call) =>
      from(
        () => import("./config.ts"),
        (it) => it.check(call)
      )
    )
  ],
  (flags, call) =>
    from(
      () => import("./config.ts"),
      (it) => it.print(flags, call)
    )
)

const trust = leaf(
  {
    name: "trust",
    summary: "Let a folder's own settings, commands, agents, skills, hooks and servers count, as they are now",
    flags: {
      list: on("list", "Show the folders that were answered about"),
      revoke: on("revoke", "Forget the answer for the folder")
    },
    operands: word("path", "The folder; the current one where it is left out")
  },
  (flags, call) =>
    from(
      () => import("./trust.ts"),
      (it) => it.trust(flags, call)
    )
)

const status = leaf(
  {
    name: "status",
    summary: "Model, credentials, sandbox, sessions, the last operation, health",
    flags: { detailed: on("detailed", "Say more of each"), format: asJson }
  },
  (flags, call) =>
    from(
      () => import("./status.ts"),
      (it) => it.status(flags, call)
    )
)

const doctor = leaf(
  {
    name: "doctor",
    summary: "Whether this machine has what code-mesh needs, and whether its data is whole",
    flags: {
      format: asJson,
      repair: on("repair", "Set damaged ends of sessions aside, end commands that outlived their program")
    }
  },
  (flags, call) =>
    from(
      () => import("./doctor.ts"),
      (it) => it.doctor(flags, call)
    )
)

const demo = leaf(
  {
    name: "demo",
    summary: "The main job on a sample project with a scripted model: no key, no network",
    flags: { keep: on("keep", "Leave the sample project where it is") }
  },
  (flags) =>
    from(
      () => import("./demo.ts"),
      (it) => it.demo(flags)
    )
)

const debug = pick("debug", "One tool, the assembled prompt, or a count of tokens: no model involved", [
  leaf(
    {
      name: "tool",
      summary: "Run one tool in place under rules, or only say what they decide",
      flags: {
        params: text("params", "JSON", "The tool's input"),
        rules: text("rules", "JSON", "Rules that replace all configured ones: [{ decision, rule }]"),
        mode: text("mode", "NAME", "build, plan or chat"),
        decideOnly: on("decide-only", "Only say what is decided"),
        batch: on("batch", "Read calls from stdin, one JSON object a line")
      },
      operands: word("name", "The tool's name")
    },
    (flags, call) =>
      from(
        () => import("./debug.ts"),
        (it) => it.tool(flags, call)
      )
  ),
  leaf(
    {
      name: "tokens",
      summary: "Count tokens: a JSON string a line on stdin, a count a line on stdout",
      flags: { model: text("model", "PROVIDER/MODEL", "Whose tokens", "m") }
    },
    (flags, call) =>
      from(
        () => import("./debug.ts"),
        (it) => it.tokens(flags, call)
      )
  ),
  leaf(
    {
      name: "prompt",
      summary: "Show the assembled prompt, and what it and each tool cost in tokens",
      flags: {
        mode: text("mode", "NAME", "build, plan, chat or one of your own"),
        model: text("model", "PROVIDER/MODEL", "Whose window and tokens", "m"),
        format: asJson
      }
    },
    (flags, call) =>
      from(
        () => import("./debugPrompt.ts"),
        (it) => it.prompt(flags, call)
      )
  )
])

const completions = leaf(
  {
    name: "completions",
    summary: "A completion script for bash, zsh or fish",
    flags: {},
    operands: { ...word("shell", "bash, zsh or fish", 1), values: ["bash", "zsh", "fish"] }
  },
  // @effect/cli prints them before a body is asked.
  () => Effect.succeed(0)
)

const worker = leaf(
  {
    name: "worker",
    summary: "Do the tasks of plans for a cluster, until it is asked to end",
    flags: {
      databaseUrl,
      hub: text("hub", "DIR-OR-URL", "The repository that files go by; else cluster.hub"),
      listen: text("listen", "HOST:PORT", "Where other machines reach this one; 127.0.0.1 and a free port where absent")
    }
  },
  (flags, call) =>
    from(
      () => import("./worker.ts"),
      (it) => it.worker(flags, call)
    )
)

const upgrade = leaf(
  { name: "upgrade", summary: "Say how to get the newest version; changes nothing", flags: {} },
  () =>
    from(
      () => import("./upgrade.ts"),
      (it) => it.upgrade
    )
)

/** All commands. */
export const root: Declared = group(
  {
    name: "code-mesh",
    summary: "A coding agent whose runs replay, and whose changes you review.",
    flags: {}
  },
  [
    run,
    chat,
    plan,
    apply,
    diff,
    discard,
    undo,
    redo,
    session,
    auth,
    models,
    init,
    status,
    config,
    permission,
    trust,
    worker,
    demo,
    doctor,
    upgrade,
    completions,
    debug
  ],
  // The guard tells what to do where no command is named.
  () => Effect.succeed(2)
)
