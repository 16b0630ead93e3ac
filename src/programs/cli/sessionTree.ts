/** `code-mesh session …`: names, flags and help. */
import { choice, leaf, on, text, whole, word, words } from "./spec.ts"
import { asJson, from, pick, runFlags } from "./treeParts.ts"

const yes = on("yes", "Answer every question with yes")

const newest = word("id", "A session's id; else the newest of this folder")

/** The commands about sessions. */
export const session = pick(
  "session",
  "Sessions: list, show, follow, stop, resume, fork, rename, export, import, search, verify, delete, stats",
  [
    leaf(
      {
        name: "list",
        summary: "All sessions, the newest first",
        flags: { agents: on("agents", "Those of agents as well, which work for others"), format: asJson }
      },
      (flags, call) =>
        from(
          () => import("./session.ts"),
          (it) => it.list(flags, call)
        )
    ),
    leaf(
      { name: "show", summary: "What was said and done", flags: { format: asJson }, operands: newest },
      (flags, call) =>
        from(
          () => import("./sessionShow.ts"),
          (it) => it.show(flags, call)
        )
    ),
    leaf(
      {
        name: "follow",
        summary: "What a session does that another process runs, until it rests; Ctrl-C leaves it running",
        flags: { format: choice("format", ["text", "json", "stream-json"], "What stdout gets") },
        operands: word("id", "A session's id; else the newest run in the background of this folder")
      },
      (flags, call) =>
        from(
          () => import("./sessionFollow.ts"),
          (it) => it.follow(flags, call)
        )
    ),
    leaf(
      {
        name: "stop",
        summary: "Interrupt a run in the background",
        flags: {},
        operands: word("id", "A session's id; else the newest run in the background of this folder")
      },
      (_, call) =>
        from(
          () => import("./sessionFollow.ts"),
          (it) => it.stop(call)
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
        summary: "The whole log as JSON, the conversation as Markdown, or the audit",
        flags: {
          audit: on("audit", "Who did what by which rule, as JSON lines without contents"),
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
        summary: "Check a log or an audit against its own hashes",
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
    leaf(
      {
        name: "stats",
        summary: "Tokens and money of all sessions, or of one",
        flags: {
          by: choice("by", ["model", "day", "project", "role"], "One line for each of these"),
          since: text("since", "TIME", "Only what was spent since then: 7d, 24h, 2026-11-01; days are UTC"),
          format: asJson
        },
        operands: word("id", "A session's id; else all sessions")
      },
      (flags, call) =>
        from(
          () => import("./stats.ts"),
          (it) => it.stats(flags, call)
        )
    )
  ]
)
