/** The command tree: names, flags and help. Each body is loaded when its command runs. */
import * as Effect from "effect/Effect"
import type { Io } from "./Io.ts"
import { usage } from "./report.ts"
import {
  choice,
  type Declared,
  group,
  leaf,
  many,
  maybeText,
  noOperands,
  number,
  on,
  text,
  whole,
  word,
  words
} from "./spec.ts"

type Outcome = Effect.Effect<number, unknown, Io>

/** Runs a body from a module that is loaded now. */
const from = <M>(load: () => Promise<M>, body: (module: M) => Outcome): Outcome =>
  Effect.flatMap(Effect.promise(load), body)

const asJson = choice("format", ["text", "json"], "How the result is printed")
const yes = on("yes", "Answer every question with yes")

const runFlags = {
  model: text("model", "PROVIDER/MODEL", "The model that answers", "m"),
  last: on("continue", "Go on with the newest session of this folder", "c"),
  session: text("session", "ID", "Go on with this session", "s"),
  fork: on("fork", "Go on in a copy of the session"),
  agent: text("agent", "NAME", "Who answers"),
  mode: text("mode", "NAME", "build, plan (only reads) or chat"),
  apply: choice("apply", ["ask", "stage", "auto"], "How changes reach the real files; ask at a terminal, else stage"),
  yes: on("yes", "--apply auto, and yes to all that the rules do not deny"),
  format: choice("format", ["text", "json", "stream-json"], "What stdout gets"),
  turns: whole("max-turns", "Stop after so many calls of the model"),
  tokens: whole("max-tokens", "Stop after so many tokens"),
  cost: number("max-cost", "Stop after so many US dollars"),
  timeout: text("timeout", "TIME", "Stop after so long: 300s, 5m, 2h, or seconds"),
  sandbox: choice("sandbox", ["workspace", "strict", "off"], "How commands are confined"),
  allow: many("allow", "RULE", "Allow this, as bash(npm test); may be repeated"),
  deny: many("deny", "RULE", "Deny this; may be repeated"),
  files: many("file", "PATH", "Attach a text or an image; may be repeated"),
  record: text("record", "FILE", "Record what providers answer"),
  replay: text("replay", "FILE", "Let this recording answer instead of providers")
}

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

/** What a group of commands says when none of them is named. */
const pick = (name: string, summary: string, children: ReadonlyArray<Declared>): Declared =>
  group({ name, summary, flags: {}, operands: noOperands }, children, () =>
    Effect.fail(
      usage(
        `'code-mesh ${name}' needs a command: ${children.map((child) => child.spec.name).join(", ")}.`,
        `\`code-mesh ${name} --help\` explains them.`
      )
    )
  )

const newest = word("id", "A session's id; else the newest of this folder")

const session = pick(
  "session",
  "Sessions: list, show, resume, fork, rename, export, import, search, verify, delete, stats",
  [
    leaf({ name: "list", summary: "All sessions, the newest first", flags: { format: asJson } }, (flags, call) =>
      from(
        () => import("./session.ts"),
        (it) => it.list(flags, call)
      )
    ),
    leaf(
      { name: "show", summary: "What was said and done", flags: { format: asJson }, operands: newest },
      (flags, call) =>
        from(
          () => import("./session.ts"),
          (it) => it.show(flags, call)
        )
    ),
    leaf(
      {
        name: "resume",
        summary: "Go on with a session, as `run -s ID`",
        flags: runFlags,
        operands: words("id", "The session's id, then the prompt", 1)
      },
      (flags, call) =>
        from(
          () => import("./run.ts"),
          (it) => it.resume(flags, call)
        )
    ),
    leaf(
      {
        name: "fork",
        summary: "A copy that goes its own way; prints its id",
        flags: { upTo: whole("up-to", "Only the events up to this one") },
        operands: newest
      },
      (flags, call) =>
        from(
          () => import("./session.ts"),
          (it) => it.fork(flags, call)
        )
    ),
    leaf(
      {
        name: "rename",
        summary: "Give a session a title",
        flags: {},
        operands: words("id", "Its id, then the title", 2)
      },
      (_, call) =>
        from(
          () => import("./session.ts"),
          (it) => it.rename(call)
        )
    ),
    leaf(
      {
        name: "export",
        summary: "The whole log as JSON, or the conversation as Markdown",
        flags: {
          format: choice("format", ["json", "markdown"], "json, which can be imported, or markdown"),
          output: text("output", "FILE", "Write to this file instead of stdout", "o")
        },
        operands: newest
      },
      (flags, call) =>
        from(
          () => import("./sessionLog.ts"),
          (it) => it.exportLog(flags, call)
        )
    ),
    leaf(
      {
        name: "import",
        summary: "Store an exported log under its own id",
        flags: {},
        operands: word("file", "The export; - is stdin", 1)
      },
      (_, call) =>
        from(
          () => import("./sessionLog.ts"),
          (it) => it.importLog(call)
        )
    ),
    leaf(
      {
        name: "search",
        summary: "Sessions whose title or prompts hold a text",
        flags: { format: asJson },
        operands: words("text", "What to look for", 1)
      },
      (flags, call) =>
        from(
          () => import("./session.ts"),
          (it) => it.search(flags, call)
        )
    ),
    leaf(
      {
        name: "verify",
        summary: "Check a log against its own hashes",
        flags: {},
        operands: word("id", "A session's id or an exported file; else the newest of this folder")
      },
      (_, call) =>
        from(
          () => import("./sessionLog.ts"),
          (it) => it.verify(call)
        )
    ),
    leaf(
      {
        name: "delete",
        summary: "Forget sessions and their working copies",
        flags: { olderThan: text("older-than", "TIME", "All that rested for so long: 30d, 12h"), yes },
        operands: words("id", "Sessions' ids")
      },
      (flags, call) =>
        from(
          () => import("./session.ts"),
          (it) => it.remove(flags, call)
        )
    ),
    leaf({ name: "stats", summary: "Tokens and money of all sessions", flags: { format: asJson } }, (flags, call) =>
      from(
        () => import("./session.ts"),
        (it) => it.stats(flags, call)
      )
    )
  ]
)

const provider = word("provider", "anthropic, openai, …")

const auth = pick("auth", "API keys: login, logout, list, status", [
  leaf(
    {
      name: "login",
      summary: "Store a provider's key in a file that only you can read",
      flags: { stdin: on("key-stdin", "Read the key from stdin") },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.login(flags, call)
      )
  ),
  leaf(
    { name: "logout", summary: "Forget a stored key", flags: {}, operands: word("provider", "whose key", 1) },
    (_, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.logout(call)
      )
  ),
  leaf({ name: "list", summary: "Providers with a stored key", flags: { format: asJson } }, (flags, call) =>
    from(
      () => import("./auth.ts"),
      (it) => it.list(flags, call)
    )
  ),
  leaf(
    {
      name: "status",
      summary: "Which providers have a key, and where it comes from",
      flags: { format: asJson },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.status(flags, call)
      )
  )
])

const models = pick("models", "Models: list, info", [
  leaf({ name: "list", summary: "The models that can be used here", flags: { format: asJson } }, (flags, call) =>
    from(
      () => import("./models.ts"),
      (it) => it.list(flags, call)
    )
  ),
  leaf(
    {
      name: "info",
      summary: "What is known of a model",
      flags: { format: asJson },
      operands: word("model", "provider/model", 1)
    },
    (flags, call) =>
      from(
        () => import("./models.ts"),
        (it) => it.info(flags, call)
      )
  )
])

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
  { name: "doctor", summary: "Whether this machine has what code-mesh needs", flags: { format: asJson } },
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

const debug = pick("debug", "One tool, or a count of tokens: no model involved", [
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
    demo,
    doctor,
    upgrade,
    completions,
    debug
  ],
  // The guard tells what to do where no command is named.
  () => Effect.succeed(2)
)
