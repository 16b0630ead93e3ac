/** Where a conversation is cut, and what the summary of the part before must keep. */

import * as Chunk from "effect/Chunk"
import type { Message } from "../model/Message.ts"
import type { Entry, SessionState } from "../session/State.ts"
import { partTokens, textOf } from "./budget.ts"
import { clip } from "./clip.ts"
import { summaryAsk } from "./prompts/summaryPrompt.ts"

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

/** The newest prompts, the oldest of them first. */
const prompts = (entries: ReadonlyArray<Entry>, most: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let index = entries.length - 1; index >= 0 && found.length < most; index--) {
    const entry = entries[index]
    const text = entry?.from === "person" ? textOf(entry.part).trim() : ""
    if (text !== "") found.unshift(text)
  }
  return found
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`## ${title}`, ...lines]

/** The newest lines that together are no longer than `most` characters. */
const newestOf = (lines: ReadonlyArray<string>, most: number): ReadonlyArray<string> => {
  let left = most
  const from = lines.findLastIndex((line) => {
    left -= line.length + 1
    return left < 0
  })
  return lines.slice(from + 1)
}

/** The paths that a session changed, the newest last. */
const changedFiles = ({ batches }: SessionState): ReadonlyArray<string> =>
  Array.from(new Set(batches.slice(-200).flatMap((batch) => batch.changes.map((change) => change.path)))).slice(-100)

/**
 * The facts that every summary holds word for word, within `most` characters in all: the goal, the newest request, what
 * the person demanded, open steps, checks that fail, and the files this session changed; then older requests.
 */
export const pinned = (state: SessionState, old: ReadonlyArray<Entry>, most: number): string => {
  const { constraints, failing, goal } = state.pins
  const asked = prompts(old, 13)
  const newest = asked.slice(-1)
  const share = Math.max(100, Math.floor(most / 5))
  const open = state.todos.filter((todo) => todo.status === "pending" || todo.status === "in_progress")
  const isGoal = newest[0] === goal
  const lines = [
    ...section("Goal, word for word", goal === "" ? [] : [clip(goal, isGoal ? 2 * share : share)]),
    ...section("Newest request among them, word for word", isGoal ? [] : newest.map((text) => clip(text, share))),
    ...section(
      "What the person demanded, word for word",
      newestOf(constraints, share).map((line) => `- ${line}`)
    ),
    ...section(
      "Open steps",
      newestOf(
        open.map((todo) => `- [${todo.status}] ${todo.content}`),
        share
      )
    ),
    ...section(
      "Checks that failed when they were last run",
      newestOf(
        failing.map(({ command, output }) => `- ${command}: ${output}`),
        share
      )
    ),
    ...section(
      "Files changed so far",
      newestOf(
        changedFiles(state).map((path) => `- ${path}`),
        share
      )
    ),
    ...section(
      "Requests so far",
      asked.slice(0, -1).map((text) => `- ${clip(text.replace(/\s+/g, " "), 200)}`)
    )
  ]
  return clip(lines.join("\n"), most)
}

const headline = ({ from, part }: Entry): string | undefined => {
  if (part.type === "tool-call") return `- called ${part.name} ${clip(part.input, 120)}`
  return from === "model" && part.type === "text" ? `- said: ${clip(part.text.replace(/\s+/g, " "), 200)}` : undefined
}

/** A summary without a model: the pinned facts, and what was last done and said. */
export const fallbackSummary = (state: SessionState, old: ReadonlyArray<Entry>, most: number): string => {
  const facts = pinned(state, old, Math.floor(most / 2))
  const before = section(
    "What was summed up before",
    state.summary === undefined ? [] : [clip(state.summary, Math.floor(most / 4))]
  )
  const done: Array<string> = []
  let room = most - facts.length - before.join("\n").length - 40
  for (const entry of old.toReversed()) {
    const line = headline(entry)
    if (line === undefined) continue
    if (room <= 0) break
    room -= line.length + 1
    if (room >= 0) done.unshift(line)
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

/** The newest entries as lines, with the oldest one, which may be the summary before; at most so many characters. */
const told = (old: ReadonlyArray<Entry>, most: number): ReadonlyArray<string> => {
  const line = (entry: Entry) => `[${entry.from}] ${clip(textOf(entry.part), 2000)}`
  const lines: Array<string> = []
  let room = most
  for (const entry of old.slice(1).toReversed()) {
    if (room <= 0) break
    lines.unshift(line(entry))
    room -= line(entry).length
  }
  return [...old.slice(0, 1).map(line), ...lines]
}

/** What the model is asked when it is to sum up, of the newest `most` characters. */
export const summaryRequest = (old: ReadonlyArray<Entry>, words: number, most: number): Message => ({
  role: "user",
  parts: [{ type: "text", text: [summaryAsk(words), "", ...told(old, most)].join("\n") }]
})

/** Whether anything is worth compacting. */
export const hasOld = (state: SessionState): boolean => Chunk.size(state.entries) > 2
