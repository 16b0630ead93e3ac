/** A session's events as they are stored, for those who want no live ones. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { CodeMesh } from "../domain/CodeMesh.ts"
import type { Event } from "../domain/model/Event.ts"
import type { SessionId } from "../domain/model/Ids.ts"
import type { Progress } from "../domain/model/Progress.ts"

const isEvent = (news: Event | Progress): news is Event => "seq" in news

/** The events after `after`, up to the newest there is now. */
export const storedEvents = (id: SessionId, after = 0) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const { seq } = yield* mesh.show(id)
    if (seq <= after) return []
    const all = mesh.follow(id, after).pipe(
      Stream.filter(isEvent),
      Stream.takeUntil((event) => event.seq >= seq)
    )
    return Chunk.toReadonlyArray(yield* Stream.runCollect(all))
  })
