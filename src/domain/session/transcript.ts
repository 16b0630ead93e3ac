/** The state as the messages a model reads. Total: any state, of any prefix of any log, yields a valid conversation. */
import * as Chunk from "effect/Chunk"
import type { Message, Part, ToolCallPart, ToolResultPart } from "../model/Message.ts"
import type { Entry, SessionState } from "./State.ts"
import { stubOf } from "./stub.ts"

const lost = (call: ToolCallPart): ToolResultPart => ({
  type: "tool-result",
  id: call.id,
  name: call.name,
  ok: false,
  text: "There is no result: the run ended before this call did. Whether it had an effect is not known."
})

const results = (entries: Iterable<Entry>): Map<string, ToolResultPart> => {
  const found = new Map<string, ToolResultPart>()
  for (const { part, turn } of entries) if (part.type === "tool-result") found.set(`${turn} ${part.id}`, part)
  return found
}

/** How the summary of a compaction is put to the model. */
export const summaryMessage = (summary: string): Message => ({
  role: "user",
  parts: [{ type: "text", text: `Summary of our conversation so far:\n\n${summary}` }]
})

/**
 * Entries as messages: what the model says in one go is one message; the results of its calls follow at once, in the
 * order of the calls, and a call without a result gets one that says so.
 */
export const messagesOf = (entries: Iterable<Entry>): ReadonlyArray<Message> => {
  const all = Array.from(entries)
  const found = results(all)
  const messages: Array<Message> = []
  let said: Array<Part> = []
  let calls: Array<{ readonly turn: number; readonly call: ToolCallPart }> = []
  let person = -1
  const close = () => {
    if (said.length === 0) return
    messages.push({ role: "assistant", parts: said })
    const answers = calls.map(({ call, turn }) => found.get(`${turn} ${call.id}`) ?? lost(call))
    if (answers.length > 0) messages.push({ role: "user", parts: answers })
    said = []
    calls = []
    person = -1
  }
  for (const { from, part, seq, turn } of all) {
    if (from === "tool") {
      if (calls.length > 0) close()
    } else if (from === "model") {
      said.push(part)
      if (part.type === "tool-call") calls.push({ turn, call: part })
    } else {
      close()
      const last = messages[messages.length - 1]
      if (last !== undefined && person === seq)
        messages[messages.length - 1] = { ...last, parts: [...last.parts, part] }
      else messages.push({ role: "user", parts: [part] })
      person = seq
    }
  }
  close()
  return messages
}

// States share their entries until something is said.
const made = new WeakMap<
  SessionState["entries"],
  { readonly aged: number; readonly messages: ReadonlyArray<Message> }
>()

/** What the model is shown of an entry: a result that was left out is its stub. */
export const shownPart = ({ part, seq }: Entry, aged: number): Part =>
  seq <= aged && part.type === "tool-result" ? stubOf(part) : part

const withStubs = (entries: ReadonlyArray<Entry>, aged: number): ReadonlyArray<Entry> =>
  entries.map((entry) => {
    const part = shownPart(entry, aged)
    return part === entry.part ? entry : { ...entry, part }
  })

/** The conversation as it stands, or its newest end: the entries from `from` on, where somebody begins to speak. */
export const transcript = (state: SessionState, from = 0): ReadonlyArray<Message> => {
  const { aged, entries } = state
  if (from > 0) return messagesOf(withStubs(Chunk.toReadonlyArray(entries).slice(from), aged))
  const known = made.get(entries)
  const messages = known?.aged === aged ? known.messages : messagesOf(withStubs(Chunk.toReadonlyArray(entries), aged))
  made.set(entries, { aged, messages })
  return state.summary === undefined ? messages : [summaryMessage(state.summary), ...messages]
}
