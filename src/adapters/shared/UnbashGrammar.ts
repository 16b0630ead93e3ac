/** The grammar of bash by the package unbash, loaded when the first line is read. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Command, ParsedScript, SyntaxNode, Word } from "unbash"
import type { Grammar, ShellScript } from "../../domain/model/ShellSyntax.ts"
import { ShellGrammar } from "../../ports/ShellGrammar.ts"
import { scriptOf } from "./unbashTree.ts"

type Bash = typeof import("unbash")

const blank = /^(?:[ \t\r]|\\\n)*$/

/** Text of a word outside of quotes: what the shell acts on stands behind a backslash, or is a part of its own. */
const bare = /^(?:[^\s$`"'()<>|&;\\]|\\[\s\S])*$/

const isPlain = ({ parts, text }: Word): boolean =>
  parts === undefined ? bare.test(text) : parts.every((part) => part.type !== "Literal" || bare.test(part.text))

const wordsOf = (one: Command["suffix"][number]): ReadonlyArray<Word> => {
  if (one.type === "Word") return [one]
  if (one.type === "Assignment") return one.value.type === "Word" ? [one.value] : one.value.elements
  return one.type !== "HereDoc" && one.target !== undefined ? [one.target] : []
}

/** Where a command holds more than was read of it. */
const oversight = (command: Command, source: string): number | undefined => {
  const all = [...command.prefix, ...(command.name === undefined ? [] : [command.name]), ...command.suffix]
  for (const [at, one] of all.entries()) {
    const next = all[at + 1]
    // A `(` behind a word, which bash refuses, is passed over.
    if (next !== undefined && !blank.test(source.slice(one.end, next.pos))) return one.end
    if (next === undefined && /^[ \t]*\(/.test(source.slice(one.end, one.end + 200))) return one.end
    // `2<(id)` comes as plain text.
    if (!wordsOf(one).every(isPlain)) return one.pos
  }
  return undefined
}

/** Where unbash, which is tolerant, overlooked something; held against the source, since what is not seen may run. */
const overlooked = ({ forEachChild }: Bash, script: ParsedScript, line: string): number | undefined => {
  let found: number | undefined
  const visit = (node: SyntaxNode, source: string): void => {
    if (node.type === "Command") found ??= oversight(node, source)
    forEachChild(node, (child) => visit(child, child.type === "Script" ? (child.source ?? source) : source))
  }
  visit(script, script.source ?? line)
  return found
}

const readWith =
  (bash: Bash): Grammar =>
  (line): ShellScript => {
    try {
      const parsed = bash.parse(line)
      const script = scriptOf(parsed)
      const at = overlooked(bash, parsed, line)
      return at === undefined || script.fault !== undefined
        ? script
        : { ...script, fault: { reason: "a part that cannot be read", at } }
    } catch (error) {
      // Not known to happen; a line must never end a turn.
      return { body: [], fault: { reason: error instanceof Error ? error.message : String(error), at: 0 } }
    }
  }

const load: Effect.Effect<Grammar> = Effect.map(
  Effect.promise(() => import("unbash")),
  readWith
)

/** Bash, on every host. */
export const layer: Layer.Layer<ShellGrammar> = Layer.succeed(ShellGrammar, { load })
