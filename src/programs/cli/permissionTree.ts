/** `code-mesh permission …`: names, flags and help. */
import { leaf, many, on, text, word } from "./spec.ts"
import { asJson, from, pick } from "./treeParts.ts"

/** The commands about rules. */
export const permission = pick("permission", "Rules: check a call, import those of other programs", [
  leaf(
    {
      name: "check",
      summary: "What the rules decide of a call, and by which rule; runs nothing",
      flags: {
        format: asJson,
        mode: text("mode", "NAME", "build, plan or chat"),
        allow: many("allow", "RULE", "As if this were allowed; may be repeated"),
        ask: many("ask", "RULE", "As if this were asked; may be repeated"),
        deny: many("deny", "RULE", "As if this were denied; may be repeated"),
        batch: on("batch", "Read calls from stdin, one JSON object a line: { id?, call, rules?, mode?, cwd? }")
      },
      operands: word("call", "tool(input), as 'bash(npm test)' or 'read(~/.ssh/config)'")
    },
    (flags, call) =>
      from(
        () => import("./permission.ts"),
        (it) => it.check(flags, call)
      )
  ),
  leaf(
    {
      name: "import",
      summary: "Print the rules of Claude Code's or opencode's settings as rules of ours",
      flags: {
        write: on("write", "Write them into the project's config"),
        global: on("global", "Your settings and config instead of this project's")
      },
      operands: word("file", "A settings file; else those that are here")
    },
    (flags, call) =>
      from(
        () => import("./permissionImport.ts"),
        (it) => it.importRules(flags, call)
      )
  )
])
