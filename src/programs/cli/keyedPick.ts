/** Draws a list at the terminal and reads keys; leaves the terminal as it was, however that ends. */
import { emitKeypressEvents } from "node:readline"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { afterKey, type Choice, type Key, pickLines, start } from "./pickList.ts"
import { harmless } from "./visible.ts"

const hidden = "\x1b[?25l"
const shown = "\x1b[?25h"
/** Milliseconds after which an escape is the key of that name, and not the beginning of another one. */
const escapeWait = 50
/** For terminals that say that they are 0 wide. */
const unknownWidth = 80

/** Takes keys one by one until the release is called, which may be called twice. */
const rawKeys = (take: (key: Key) => void): (() => void) => {
  const { stderr, stdin } = process
  const listen = (text: string | undefined, key: Key) => {
    // In raw mode Ctrl-C is a key like others.
    if (key.ctrl === true && key.name === "c") process.kill(process.pid, "SIGINT")
    else take({ ...key, text })
  }
  const release = () => {
    process.removeListener("exit", release)
    stdin.removeListener("keypress", listen)
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write(shown)
  }
  process.once("exit", release)
  emitKeypressEvents(stdin, { escapeCodeTimeout: escapeWait } as never)
  stdin.on("keypress", listen)
  stdin.setRawMode(true)
  stdin.resume()
  stderr.write(hidden)
  return release
}

/** Lets the person pick one of these; none where they would rather not. */
export const keyedPick = (question: string, choices: ReadonlyArray<Choice>): Effect.Effect<Option.Option<string>> =>
  Effect.async((resume) => {
    const { stderr } = process
    let state = start
    let drawn = 0
    const clear = () => {
      stderr.write(`${drawn > 1 ? `\x1b[${drawn - 1}A` : ""}\r\x1b[0J`)
      drawn = 0
    }
    const draw = () => {
      clear()
      const lines = pickLines(question, choices, state, stderr.columns || unknownWidth)
      stderr.write(lines.map(harmless).join("\n"))
      drawn = lines.length
    }
    const end = () => {
      clear()
      release()
    }
    const release = rawKeys((key) => {
      const next = afterKey(choices, state, key)
      if (next.kind === "going") {
        state = next.state
        draw()
        return
      }
      end()
      resume(Effect.succeed(next.kind === "picked" ? Option.some(next.value) : Option.none()))
    })
    draw()
    return Effect.sync(end)
  })
