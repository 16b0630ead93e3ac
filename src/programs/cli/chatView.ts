/** A turn of a chat in plain lines: the answer as it comes on stdout, all else on stderr with who acts before it. */
import * as Effect from "effect/Effect"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { Progress } from "../../domain/model/Progress.ts"
import { Io } from "./Io.ts"
import { logged } from "./logged.ts"
import { type Cast, castAfter, noCast, spoken } from "./spoken.ts"
import { visible } from "./visible.ts"
import { take, type View, type Watched } from "./watch.ts"

/** What of a text is still to be shown: its rest, or all of it on a new line where news of it was dropped. */
const restOf = (shown: string, text: string): string =>
  text.startsWith(shown) ? text.slice(shown.length) : `\n${text}`

/** Shows one turn of a session. */
export const chatView = (id: SessionId): Effect.Effect<View, never, Io> =>
  Effect.map(Io, (io) => {
    const watched: Watched = { answer: [], applied: [], conflicts: [], seen: 0 }
    let cast: Cast = noCast
    let shown = ""
    let last = "\n"
    const say = (text: string) =>
      Effect.suspend(() => {
        last = text.at(-1) ?? last
        return io.out(visible(text))
      })
    const close = Effect.suspend(() => {
      shown = ""
      return last === "\n" ? Effect.void : say("\n")
    })
    const progress = (news: Progress) =>
      Effect.suspend(() => {
        if (news.type === "progress.note")
          return Effect.zipRight(close, io.err(`[${cast.who}] ${visible(news.text)}\n`))
        if (news.type !== "progress.text" || news.session !== id) return Effect.void
        shown += news.text
        return say(news.text)
      })
    const event = (news: Event) =>
      Effect.gen(function* () {
        yield* logged(news)
        take(watched, news)
        cast = castAfter(cast, news)
        if (news.type === "part.text") yield* say(restOf(shown, news.text))
        const line = spoken(cast, news)
        if (news.type === "part.text" || line !== undefined) yield* close
        if (line !== undefined) yield* io.err(`${visible(line)}\n`)
      })
    return { watched, show: (news) => ("seq" in news ? event(news) : progress(news)), clear: close }
  })
