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

const mayStart = (entries: ReadonlyArray<Entry>, index: number): boolean => {
  const entry = entries[index]
  const before = entries[index - 1]
  if (entry === undefined || before === undefined || entry.seq === before.seq) return false
  if (entry.from === "person" || entry.from === "program")
    return before.from !== "model" || before.part.type !== "tool-call"
  return entry.from === "model" && before.from !== "model"
}

/** The earliest place to cut that leaves at most `room` tokens after it; the last one where none does. */
export const cutPoint = (
  entries: ReadonlyArray<Entry>,
  room: number,
  count: (text: string) => number
): Cut | undefined => {
  let sum = 0
  let at: number | undefined
  for (let index = entries.length - 1; index > 0; index--) {
    const entry = entries[index]
    if (entry === undefined) break
    sum += partTokens(entry.part, count)
    if (sum > room && at !== undefined) break
    if (mayStart(entries, index)) at = index
  }
  const last = at === undefined ? undefined : entries[at - 1]
  return at === undefined || last === undefined ? undefined : { upTo: last.seq, old: entries.slice(0, at) }
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
  const newest = asked[asked.length - 1]
  const share = Math.max(200, Math.floor(most / 4))
  const open = state.todos.filter((todo) => todo.status === "pending" || todo.status === "in_progress")
  const files = Array.from(new Set(state.batches.flatMap((batch) => batch.changes.map((change) => change.path))))
  const lines = [
    ...section(
      "Requests so far",
      asked.slice(-12, -1).map((text) => `- ${clip(text.replace(/\s+/g, " "), 200)}`)
    ),
    ...section("Newest request among them, word for word", newest === undefined ? [] : [clip(newest, share * 2)]),
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
  const done: Array<string> = []
  let room = most - facts.length - 40
  for (const line of [...headlines(old)].reverse()) {
    room -= line.length + 1
    if (room < 0) break
    done.unshift(line)
  }
  return clip([facts, ...section("Last steps before this point", done)].join("\n"), most)
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
