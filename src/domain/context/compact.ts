/** Where a conversation is cut, and what the summary of the part before must keep. */
import * as Chunk from "effect/Chunk"
import type { Message } from "../model/Message.ts"
import type { Entry, SessionState } from "../session/State.ts"
import { partTokens, textOf } from "./budget.ts"

/** A place where the log may be cut: every event up to `upTo` is summed up. */
export interface Cut {
  readonly upTo: number
  readonly old: ReadonlyArray<Entry>
}

/** Whether a cut between two entries parts no answer: neither its words nor a call from its result. */
const mayCut = (before: Entry, entry: Entry): boolean =>
  entry.from === "model" ? before.from !== "model" : entry.from !== "tool" && before.part.type !== "tool-call"

/**
 * The earliest place to cut that leaves at most `room` tokens after it; the last one where none does. All events before
 * it are older than all after it: what a person said during an answer stands behind that, but was said before.
 */
export const cutPoint = (
  entries: ReadonlyArray<Entry>,
  room: number,
  count: (text: string) => number
): Cut | undefined => {
  let newest = 0
  const tops = entries.map((entry) => {
    newest = Math.max(newest, entry.seq)
    return { entry, newest }
  })
  let sum = 0
  let oldest = Number.POSITIVE_INFINITY
  let cut: Cut | undefined
  let after: Entry | undefined
  // Results whose calls stand further back.
  const owed = new Set<string>()
  for (const [index, { entry, newest: upTo }] of Array.from(tops.entries()).reverse()) {
    if (after !== undefined) {
      sum += partTokens(after.part, count)
      if (sum > room && cut !== undefined) break
      oldest = Math.min(oldest, after.seq)
      if (after.part.type === "tool-result") owed.add(after.part.id)
      if (after.part.type === "tool-call") owed.delete(after.part.id)
      if (upTo < oldest && owed.size === 0 && mayCut(entry, after)) cut = { upTo, old: entries.slice(0, index + 1) }
    }
    after = entry
  }
  return cut
}

const clip = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)

const prompts = (entries: Iterable<Entry>): ReadonlyArray<string> =>
  Array.from(entries)
    .filter((entry) => entry.from === "person")
    .map((entry) => textOf(entry.part).trim())
    .filter((text) => text !== "")

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`## ${title}`, ...lines]

/**
 * The facts that every summary holds word for word: what the person asked (the newest request whole, up to `most`
 * characters in all), open steps, and the files this session changed.
 */
export const pinned = (state: SessionState, old: ReadonlyArray<Entry>, most: number): string => {
  const asked = prompts(old)
  const newest = asked.slice(-1)
  const share = Math.max(200, Math.floor(most / 4))
  const open = state.todos.filter((todo) => todo.status === "pending" || todo.status === "in_progress")
  const files = Array.from(new Set(state.batches.flatMap((batch) => batch.changes.map((change) => change.path))))
  const lines = [
    ...section(
      "Requests so far",
      asked.slice(-12, -1).map((text) => `- ${clip(text.replace(/\s+/g, " "), 200)}`)
    ),
    ...section(
      "Newest request among them, word for word",
      newest.map((text) => clip(text, share * 2))
    ),
    ...section(
      "Open steps",
      open.map((todo) => `- [${todo.status}] ${todo.content}`)
    ),
    ...section(
      "Files changed so far",
      files.slice(0, 100).map((path) => `- ${path}`)
    )
  ]
  return clip(lines.join("\n"), most)
}

const headlines = (old: ReadonlyArray<Entry>): ReadonlyArray<string> =>
  old.flatMap((entry) => {
    if (entry.part.type === "tool-call") return [`- called ${entry.part.name} ${clip(entry.part.input, 120)}`]
    if (entry.from === "model" && entry.part.type === "text")
      return [`- said: ${clip(entry.part.text.replace(/\s+/g, " "), 200)}`]
    return []
  })

/** A summary without a model: the pinned facts, and what was last done and said. */
export const fallbackSummary = (state: SessionState, old: ReadonlyArray<Entry>, most: number): string => {
  const facts = pinned(state, old, Math.floor(most / 2))
  const before = section(
    "What was summed up before",
    state.summary === undefined ? [] : [clip(state.summary, Math.floor(most / 4))]
  )
  const done: Array<string> = []
  let room = most - facts.length - before.join("\n").length - 40
  for (const line of [...headlines(old)].reverse()) {
    room -= line.length + 1
    if (room < 0) break
    done.unshift(line)
  }
  return clip([facts, ...before, ...section("Last steps before this point", done)].join("\n"), most)
}

/** What a model's own words become as a summary: with the pinned facts, if they keep within `most` characters and say anything. */
export const checkedSummary = (
  state: SessionState,
  old: ReadonlyArray<Entry>,
  narrative: string,
  most: number
): string | undefined => {
  const facts = pinned(state, old, Math.floor(most / 2))
  const text = narrative.trim()
  return text === "" || facts.length + text.length > most ? undefined : `${text}\n\n${facts}`
}

/** What the model is asked when it is to sum up. */
export const summaryRequest = (old: ReadonlyArray<Entry>, words: number): Message => ({
  role: "user",
  parts: [
    {
      type: "text",
      text: [
        `Sum up the conversation below in at most ${words} words for whoever goes on with it: what was wanted, what was done and found`,
        "(files, functions, commands, errors by name), what was decided and why, what is left. No greeting, no opinion.",
        "",
        ...old.map((entry) => `[${entry.from}] ${clip(textOf(entry.part), 2000)}`)
      ].join("\n")
    }
  ]
})

/** Whether anything is worth compacting. */
export const hasOld = (state: SessionState): boolean => Chunk.size(state.entries) > 2
