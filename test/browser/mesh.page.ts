/** In a page: code-mesh as a user of the library has it, step by step, so that a test can reload and open tabs between. */
import { type BrowserOptions, createCodeMesh } from "../../src/programs/browser.ts"
import type { Event, Mesh, MeshSession, Progress } from "../../src/programs/index.ts"

const opened = new Map<string, Mesh>()
const sessions = new Map<string, MeshSession>()

/** Opens a world by name. */
export const open = async (name: string, options: BrowserOptions) => {
  opened.set(name, await createCodeMesh(options))
}

const mesh = (name: string): Mesh => {
  const found = opened.get(name)
  if (found === undefined) throw new Error(`no world ${name}`)
  return found
}

/** Begins a session, or goes on with one; answers its id. */
export const session = async (name: string, options: Parameters<Mesh["session"]>[0]) => {
  const made = await mesh(name).session(options)
  sessions.set(made.id, made)
  return made.id
}

const at = (id: string): MeshSession => {
  const found = sessions.get(id)
  if (found === undefined) throw new Error(`no session ${id}`)
  return found
}

/** Prompts; answers the news, in order, and the result. */
export const prompt = async (id: string, text: string, options?: Parameters<MeshSession["prompt"]>[1]) => {
  const turn = at(id).prompt(text, options)
  const news: Array<Event | Progress> = []
  for await (const one of turn) news.push(one)
  return { news, result: await turn.result }
}

/** What a call of the session answers, or the error that it rejects with. */
export const ask = async (
  id: string,
  what: "apply" | "discard" | "undo" | "redo" | "diff" | "events" | "export" | "compact"
) => {
  try {
    return { ok: await at(id)[what]() }
  } catch (error) {
    return { tag: error instanceof Error && "_tag" in error ? error._tag : "?", message: String(error) }
  }
}

/** The sessions there are. */
export const list = (name: string) => mesh(name).sessions()

/** Runs a log again: its hash, or how it was refused. */
export const replay = async (name: string, log: string) => {
  try {
    return { hash: await mesh(name).replay(log) }
  } catch (error) {
    const { _tag, seq } = error as { readonly _tag?: string; readonly seq?: number }
    return { tag: _tag, seq }
  }
}

/** Gives a world up. */
export const dispose = (name: string) => mesh(name).dispose()
