/** A provider that plays a planner and its agents: each answer follows from the conversation alone, whoever died meanwhile. */
import { type FakeProvider, type Received, type Reply, startFakeProvider } from "../support/fakeProvider.ts"
import { saying } from "../support/replies.ts"

/** The steps of the plan, and what each writes to its file. */
export const steps = ["api", "docs", "page"] as const

/** The file of a step. */
export const fileOf = (step: string): string => `${step}.txt`

const draft = (id: string) => ({
  id,
  title: `Do ${id}`,
  task: "",
  role: "coder",
  files: [fileOf(id)],
  check: `grep -q done ${fileOf(id)}`,
  why_no_check: null,
  depends_on: id === "page" ? ["api"] : []
})

interface Block {
  readonly type: string
  readonly text?: string
  readonly name?: string
  readonly id?: string
  readonly tool_use_id?: string
  readonly is_error?: boolean
}

interface Conversation {
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string | ReadonlyArray<Block> }>
}

const blocksOf = ({ messages }: Conversation): ReadonlyArray<Block> =>
  messages.flatMap(({ content }) => (typeof content === "string" ? [{ type: "text", text: content }] : content))

const stepIn = (blocks: ReadonlyArray<Block>): string | undefined =>
  blocks.flatMap(({ text = "" }) => /## Your step\nDo (\S+)/.exec(text)?.[1] ?? [])[0]

/** What the world of a run is told of requests. */
export interface Watch {
  /** The model is asked for the n-th time on behalf of a step, from 1; the answer waits until this is done. */
  readonly asked: (n: number) => Promise<void> | undefined
  /** Where commands write that they began and ended. */
  readonly ledger: string
  /** A word that all processes of the run have in their command lines. */
  readonly mark: string
}

const command = ({ ledger, mark }: Watch, word: string): string =>
  `: ${mark}; echo begin ${word} >> ${ledger}; sleep 0.3; echo end ${word} >> ${ledger}`

const working = (step: string, blocks: ReadonlyArray<Block>, nonce: string, watch: Watch): Reply => {
  const called = (name: string) => blocks.filter((block) => block.type === "tool_use" && block.name === name)
  const written = called("write").some(({ id }) =>
    blocks.some((block) => block.tool_use_id === id && block.is_error !== true)
  )
  if (called("bash").length === 0)
    return saying("anthropic", {
      calls: [
        { id: `toolu_${nonce}`, name: "bash", input: JSON.stringify({ command: command(watch, `${step}-${nonce}`) }) }
      ]
    })
  if (!written) {
    const input = JSON.stringify({ file_path: fileOf(step), content: `${step} done\n` })
    return saying("anthropic", { calls: [{ id: `toolu_${nonce}`, name: "write", input }] })
  }
  return saying("anthropic", { text: `${step} is done.` })
}

/** Starts the provider. */
export const planProvider = (watch: Watch): Promise<FakeProvider> => {
  let asked = 0
  let words = 0
  return startFakeProvider((request: Received) => {
    if (request.method === "GET") return { status: 404, pieces: ["{}"] }
    const blocks = blocksOf(JSON.parse(request.body))
    const step = stepIn(blocks)
    words += 1
    if (step !== undefined) {
      asked += 1
      const pause = watch.asked(asked)
      const reply = working(step, blocks, `${process.pid}x${words}`, watch)
      return pause === undefined ? reply : { ...reply, pieces: [{ waitMs: 400 }, ...reply.pieces] }
    }
    const plans = request.body.includes('"name":"plan"') && request.body.includes("why_no_check")
    const proposed = blocks.some((block) => block.type === "tool_use" && block.name === "plan")
    if (!plans || proposed) return saying("anthropic", { text: "Very well." })
    const input = JSON.stringify({ goal: "Three files", steps: steps.map(draft) })
    return saying("anthropic", { calls: [{ id: `toolu_${words}`, name: "plan", input }] })
  })
}
