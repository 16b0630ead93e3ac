/** Random things to hold laws against: whole runs, the scripts and files in them, conversations, changes and facts. */
import * as Arbitrary from "effect/Arbitrary"
import {
  type Arbitrary as Arb,
  array,
  boolean,
  constant,
  constantFrom,
  dictionary,
  integer,
  oneof,
  record,
  tuple,
  uniqueArray
} from "effect/FastCheck"
import { Change } from "../../domain/model/Change.ts"
import { Fact } from "../../domain/model/Event.ts"
import { CallId } from "../../domain/model/Ids.ts"
import type { Message, Part } from "../../domain/model/Message.ts"
import type { ScriptedTurn } from "./ScriptedModel.ts"

/** One run: the project's files, what the model answers request by request, and what the person does. */
export interface RandomRun {
  readonly files: Readonly<Record<string, string>>
  readonly turns: ReadonlyArray<ScriptedTurn>
  readonly steps: ReadonlyArray<string | { readonly do: "Apply" | "Discard" | "Undo" | "Redo" | "Compact" }>
  /** How questions are answered; nobody is there where absent. */
  readonly reply?: "once" | "always" | "reject"
  readonly apply: "stage" | "auto"
  /** The model's window in tokens; small ones are compacted and cut. */
  readonly context: number
}

/** Few, so that calls meet; one is protected, one is outside, one is a folder. */
const path = constantFrom("a.txt", "a.txt", "b/c.ts", "b/d e.md", "AGENTS.md", ".env", "../outside", "b")

const word = constantFrom("one", "two", "x = 1", "", "é👩‍👩‍👧", "\t\tif", " ", "<|endoftext|>", 'back\\slash "q"')

/** Text of a few lines, odd ones among them, with either line ending and with or without a last one. */
export const text: Arb<string> = tuple(array(word, { maxLength: 6 }), constantFrom("\n", "\r\n"), boolean()).map(
  ([all, ending, closed]) => all.join(ending) + (closed ? ending : "")
)

const some = (part: Arb<string>, most: number): Arb<string> =>
  tuple(part, integer({ min: 1, max: most })).map(([one, times]) => `${one}\n`.repeat(times))

/** A prompt: never blank. */
export const prompt: Arb<string> = tuple(constantFrom("Fix it.", "Go on", "Why?\n\nTell me."), some(text, 40)).map(
  ([first, rest]) => `${first} ${rest}`
)

type Call = NonNullable<ScriptedTurn["calls"]>[number]

const call = (name: string, input: Record<string, Arb<string | number | boolean>>): Arb<Call> =>
  record(input).map((made) => ({ name, input: made }))

/** A call of a portable tool; some are wrong, unknown, or not even JSON. */
export const toolCall: Arb<Call> = oneof(
  call("read", { file_path: path }),
  call("write", { file_path: path, content: some(text, 20) }),
  call("edit", { file_path: path, old_string: word, new_string: word, replace_all: boolean() }),
  call("ls", { path }),
  call("glob", { pattern: constantFrom("**/*", "*.txt", "[", "{a,b}/**") }),
  call("grep", { pattern: constantFrom("one", "x\\s*=", "(", ".") }),
  call("question", { question: prompt }),
  call("nope", { path }),
  constant<Call>({
    name: "todo",
    input: {
      todos: [
        { content: "look", status: "completed" },
        { content: "mend", status: "in_progress" }
      ]
    }
  }),
  tuple(constantFrom("read", "edit", "todo"), constantFrom("", "{", "null", "[]", '{"file_path":', "nonsense")).map(
    ([name, raw]): Call => ({ name, raw })
  ),
  // The same id twice in a session is what some providers send.
  path.map((file_path): Call => ({ name: "read", input: { file_path }, id: "call_same" }))
)

/** One answer of a model: words, thoughts, calls, or a failure that no other try mends. */
export const turn: Arb<ScriptedTurn> = oneof(
  { weight: 6, arbitrary: array(toolCall, { minLength: 1, maxLength: 4 }).map((calls) => ({ calls })) },
  {
    weight: 3,
    arbitrary: record({ text: prompt, calls: array(toolCall, { maxLength: 2 }), reasoning: constantFrom("hm", "") })
  },
  { weight: 3, arbitrary: prompt.map((said) => ({ text: said })) },
  {
    weight: 1,
    arbitrary: record({ text: prompt, stop: constantFrom("max_tokens", "refusal", "context_full", "stop_sequence") })
  },
  {
    weight: 1,
    arbitrary: constantFrom("invalid", "authentication", "quota", "too_long").map((kind) => ({ error: { kind } }))
  }
) as Arb<ScriptedTurn>

/** A whole run, from files to what the person does at its end. */
export const run: Arb<RandomRun> = record({
  files: dictionary(constantFrom("a.txt", "b/c.ts", "b/d e.md", "AGENTS.md", ".env"), text, { maxKeys: 5 }),
  turns: array(turn, { minLength: 1, maxLength: 12 }),
  steps: array(
    oneof<Array<Arb<RandomRun["steps"][number]>>>(
      prompt,
      prompt,
      constantFrom<Array<RandomRun["steps"][number]>>(
        { do: "Apply" },
        { do: "Discard" },
        { do: "Undo" },
        { do: "Redo" },
        { do: "Compact" }
      )
    ),
    { minLength: 1, maxLength: 5 }
  ),
  reply: constantFrom("once" as const, "always" as const, "reject" as const, undefined),
  apply: constantFrom("stage" as const, "auto" as const),
  context: constantFrom(200_000, 16_000, 8000)
}).map(({ reply, ...rest }) => ({ ...rest, ...(reply === undefined ? {} : { reply }) }))

const said: Arb<Part> = text.map((one) => ({ type: "text", text: one }))

const exchange: Arb<ReadonlyArray<Message>> = record({
  asked: said,
  words: said,
  ids: uniqueArray(integer({ min: 0, max: 99 }), { maxLength: 3 }),
  output: text,
  ok: boolean()
}).map(({ asked, ids, ok, output, words }) => {
  const calls = ids.map((id): Part => ({ type: "tool-call", id: CallId.make(`call_${id}`), name: "read", input: "{}" }))
  const results = ids.map(
    (id): Part => ({ type: "tool-result", id: CallId.make(`call_${id}`), name: "read", ok, text: output })
  )
  return [
    { role: "user", parts: [asked] },
    { role: "assistant", parts: [words, ...calls] },
    ...(results.length === 0 ? [] : [{ role: "user" as const, parts: results }])
  ]
})

/** A conversation that any provider takes: every call is followed by its result. */
export const messages: Arb<ReadonlyArray<Message>> = array(exchange, { minLength: 1, maxLength: 6 }).map((all) =>
  all.flat()
)

/** Any change of a file, as the schema allows it. */
export const change: Arb<Change> = Arbitrary.make(Change)

/** Any fact, as the schema allows it; a log made of these need not make sense. */
export const fact: Arb<Fact> = Arbitrary.make(Fact)
