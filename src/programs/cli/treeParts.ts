/** What the parts of the command tree share. */
import * as Effect from "effect/Effect"
import type { Io } from "./Io.ts"
import { usage } from "./report.ts"
import { choice, type Declared, group, many, noOperands, number, on, text, whole } from "./spec.ts"

type Outcome = Effect.Effect<number, unknown, Io>

/** Runs a body from a module that is loaded now. */
export const from = <M>(load: () => Promise<M>, body: (module: M) => Outcome): Outcome =>
  Effect.flatMap(Effect.promise(load), body)

/** The flag of commands whose result programs may read. */
export const asJson = choice("format", ["text", "json"], "How the result is printed")

/** The flag of commands that can be part of a cluster. */
export const databaseUrl = text(
  "database-url",
  "URL",
  "The PostgreSQL database of a cluster; else cluster.database_url"
)

/** The flags of `run`, which `session resume` has as well. */
export const runFlags = {
  model: text("model", "PROVIDER/MODEL", "The model that answers", "m"),
  last: on("continue", "Go on with the newest session of this folder", "c"),
  session: text("session", "ID", "Go on with this session", "s"),
  fork: on("fork", "Go on in a copy of the session"),
  agent: text("agent", "NAME", "Who answers: a role such as coder or reviewer, or one of your own"),
  mode: text("mode", "NAME", "build, plan (only reads), chat, or one of your own"),
  apply: choice("apply", ["ask", "stage", "auto"], "How changes reach the real files; ask at a terminal, else stage"),
  yes: on("yes", "--apply auto, and yes to all that the rules do not deny"),
  format: choice("format", ["text", "json", "stream-json"], "What stdout gets"),
  turns: whole("max-turns", "Stop after so many calls of the model"),
  tokens: whole("max-tokens", "Stop after so many tokens"),
  cost: number("max-cost", "Stop after so many US dollars"),
  timeout: text("timeout", "TIME", "Stop after so long: 300s, 5m, 2h, or seconds"),
  reasoning: choice("reasoning", ["off", "low", "medium", "high"], "How much the model thinks before it answers"),
  sandbox: choice("sandbox", ["workspace", "strict", "off"], "How commands are confined"),
  allow: many("allow", "RULE", "Allow this, as bash(npm test); may be repeated"),
  deny: many("deny", "RULE", "Deny this; may be repeated"),
  files: many("file", "PATH", "Attach a text or an image; may be repeated"),
  record: text("record", "FILE", "Record what providers answer"),
  replay: text("replay", "FILE", "Let this recording answer instead of providers"),
  plan: on("plan", "Make a plan first; once it is approved, agents carry it out, as with plan --execute"),
  strategy: choice(
    "strategy",
    ["hierarchical", "pipeline", "mesh", "swarm"],
    "How a plan's steps are given to agents; agents.default_strategy, else hierarchical"
  ),
  databaseUrl,
  noPlan: on("no-plan", "Make no plan, also in the mode plan"),
  background: on("background", "Go on without a terminal: print the session's id, and run in a process of its own")
}

/** What a group of commands says when none of them is named. */
export const pick = (name: string, summary: string, children: ReadonlyArray<Declared>): Declared =>
  group({ name, summary, flags: {}, operands: noOperands }, children, () =>
    Effect.fail(
      usage(
        `'code-mesh ${name}' needs a command: ${children.map((child) => child.spec.name).join(", ")}.`,
        `\`code-mesh ${name} --help\` explains them.`
      )
    )
  )
