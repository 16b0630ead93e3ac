/** The command tree: names, flags and help. Each body is loaded when its command runs. */
import * as Effect from "effect/Effect"
import { permission } from "./permissionTree.ts"
import { plan } from "./planTree.ts"
import { session } from "./sessionTree.ts"
import { choice, type Declared, group, leaf, maybeText, number, on, text, word, words } from "./spec.ts"
import { asJson, from, pick, runFlags } from "./treeParts.ts"

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

const provider = word("provider", "anthropic, openai, …")

const account = text("account", "NAME", "Which of the provider's accounts; the one without a name where left out")

const auth = pick("auth", "Keys and sign-ins: login, logout, list, use, status, import", [
  leaf(
    {
      name: "login",
      summary:
        "Store a provider's key, or sign in; a Claude subscription cannot be used: Anthropic forbids it to others",
      flags: {
        stdin: on("key-stdin", "Read the key from stdin"),
        account,
        method: choice("method", ["key", "browser", "device"], "How to sign in, where there are several ways")
      },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./authLogin.ts"),
        (it) => it.login(flags, call)
      )
  ),
  leaf(
    {
      name: "logout",
      summary: "Forget a stored key or sign-in",
      flags: { account },
      operands: word("provider", "whose key", 1)
    },
    (flags, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.logout(flags, call)
      )
  ),
  leaf({ name: "list", summary: "The stored accounts", flags: { format: asJson } }, (flags, call) =>
    from(
      () => import("./auth.ts"),
      (it) => it.list(flags, call)
    )
  ),
  leaf(
    {
      name: "use",
      summary: "Choose which of a provider's accounts counts",
      flags: {},
      operands: { label: "provider account", help: "As anthropic work", min: 2, max: 2 }
    },
    (_, call) =>
      from(
        () => import("./auth.ts"),
        (it) => it.use(call)
      )
  ),
  leaf(
    {
      name: "status",
      summary: "Which providers have a key, and where it comes from",
      flags: { format: asJson, check: on("check", "Ask each provider whether it takes the key; costs nothing") },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./authStatus.ts"),
        (it) => it.status(flags, call)
      )
  ),
  leaf(
    {
      name: "import",
      summary: "Take over keys from opencode's auth.json, after showing which",
      flags: {
        from: text("from", "PATH", "Another file than opencode's usual one"),
        replace: on("replace", "Also where a key is stored already"),
        dryRun: on("dry-run", "Only show what would be taken over"),
        yes: on("yes", "Do not ask")
      }
    },
    (flags, call) =>
      from(
        () => import("./authImport.ts"),
        (it) => it.importKeys(flags, call)
      )
  )
])

const models = pick("models", "Models: list, info, refresh", [
  leaf(
    {
      name: "list",
      summary: "The models that can be used here; of one provider, those that it offers",
      flags: {
        search: text("search", "TEXT", "Only those with this in their name"),
        local: on("local", "Only those of servers of your own"),
        can: text("can", "LIST", "Only those that can all of this: tools,images,files,reasoning"),
        maxPrice: number("max-price", "Only those whose input costs at most so many US dollars per million tokens"),
        all: on("all", "Also those that cannot be used here yet"),
        format: asJson
      },
      operands: provider
    },
    (flags, call) =>
      from(
        () => import("./models.ts"),
        (it) => it.list(flags, call)
      )
  ),
  leaf(
    {
      name: "info",
      summary: "What is known of a model, and where it is from",
      flags: { format: asJson },
      operands: word("model", "provider/model", 1)
    },
    (flags, call) =>
      from(
        () => import("./models.ts"),
        (it) => it.info(flags, call)
      )
  ),
  leaf(
    {
      name: "refresh",
      summary: "Fetch a newer catalog of models and prices",
      flags: { url: text("url", "URL", "Where it is, in the format of models.dev; https://models.dev/api.json") }
    },
    (flags) =>
      from(
        () => import("./modelsRefresh.ts"),
        (it) => it.refresh(flags)
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
    demo,
    doctor,
    upgrade,
    completions,
    debug
  ],
  // The guard tells what to do where no command is named.
  () => Effect.succeed(2)
)
