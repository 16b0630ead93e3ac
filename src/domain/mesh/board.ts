/** What all agents of a plan may read: its goal, how far its steps are, what was decided and found, and who says so. */
import { clip } from "../context/clip.ts"
import type { Event } from "../model/Event.ts"
import { stepOf } from "../session/evolvePlan.ts"
import type { PlanState } from "../session/PlanState.ts"
import { boardName } from "./mailbox.ts"
import { untrusted } from "./mailText.ts"

/** What a note is. */
export type NoteKind = "decision" | "finding"

/** A note on the board: who wrote it, and the event that says so. */
export interface Note {
  readonly kind: NoteKind
  readonly text: string
  readonly from: string
  readonly seq: number
}

/** The notes of each kind, oldest first; how many more there were before them is counted. */
export interface Board {
  readonly decision: ReadonlyArray<Note>
  readonly finding: ReadonlyArray<Note>
  readonly older: Readonly<Record<NoteKind, number>>
}

/** So many notes of a kind are shown; the log keeps all. */
export const mostNotes = 24

const most = { goal: 1000, note: 600, title: 120, steps: 60 }

/** A board without notes. */
export const emptyBoard: Board = { decision: [], finding: [], older: { decision: 0, finding: 0 } }

/** Folds an event into the board: a notification to it is a note, its topic says of which kind. */
export const evolveBoard = (board: Board, event: Event): Board => {
  if (event.type !== "message.sent" || !event.to.includes(boardName)) return board
  const kind: NoteKind = event.topic === "decision" ? "decision" : "finding"
  const all = [...board[kind], { kind, text: event.text, from: event.from, seq: event.seq }]
  const left = Math.max(0, all.length - mostNotes)
  return { ...board, [kind]: all.slice(left), older: { ...board.older, [kind]: board.older[kind] + left } }
}

const line = (text: string, length: number): string => clip(text.replace(/\s+/g, " ").trim(), length)

const stepLines = (state: PlanState): ReadonlyArray<string> => {
  const { steps } = state.plan
  const shown = steps.slice(0, most.steps)
  const rest = steps.length - shown.length
  return [
    ...shown.map(
      (step) => `- ${step.id} [${step.role}] ${stepOf(state, step.id).phase}: ${line(step.title, most.title)}`
    ),
    ...(rest === 0 ? [] : [`- and ${rest} more`])
  ]
}

const noteLines = (title: string, notes: ReadonlyArray<Note>, older: number): ReadonlyArray<string> => [
  "",
  `## ${title}`,
  ...(older === 0 ? [] : [`(${older} older ones are not shown)`]),
  ...(notes.length === 0
    ? ["none"]
    : notes.map(({ from, seq, text }) => `- ${line(text, most.note)} (${from}, event ${seq})`))
]

/** The board as an agent reads it; bounded, however much was noted. */
export const boardText = (board: Board, plan: PlanState | undefined): string =>
  [
    untrusted,
    ...(plan === undefined ? [] : ["", "## Goal", clip(plan.plan.goal, most.goal), "", "## Plan", ...stepLines(plan)]),
    ...noteLines("Decisions", board.decision, board.older.decision),
    ...noteLines("Findings", board.finding, board.older.finding)
  ].join("\n")
