/** What an event names is found wherever it stands in it. */
import { assert, it } from "@effect/vitest"
import type { Event } from "../../../src/domain/model/Event.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { hashesIn } from "../../../src/domain/staging/named.ts"

const [one, two] = ["a".repeat(64), "0123456789abcdef".repeat(4)]
const envelope = {
  v: 1,
  session: SessionId.make(`ses_${"1".repeat(32)}`),
  seq: 1,
  at: "2026-01-01T00:00:00.000Z"
} as const

it("every content of a change is named by its event, and words name none", () => {
  const staged: Event = {
    ...envelope,
    hash: "",
    type: "changes.staged",
    turn: 1,
    changes: [
      {
        path: "a.txt",
        kind: "modify",
        added: 1,
        removed: 1,
        before: { hash: one, size: 1, kind: "file" },
        after: { hash: two, size: 1, kind: "file" }
      }
    ]
  }
  assert.deepStrictEqual(hashesIn(staged), [one, two])
  assert.deepStrictEqual(hashesIn({ ...staged, hash: one }), [two])
  assert.deepStrictEqual(hashesIn({ ...envelope, hash: "", type: "session.titled", title: "none" }), [])
})
