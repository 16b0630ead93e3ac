/** Changes told twice are said once. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { Blob, Change } from "../../../src/domain/model/Change.ts"
import { unsaid } from "../../../src/domain/staging/unsaid.ts"

const blob = (hash: string, kind: Blob["kind"] = "file"): Blob => ({ hash, size: 1, kind })
const change = (before: Blob | undefined, after: Blob | undefined, path = "a.txt"): Change => ({
  path,
  kind: before === undefined ? "create" : after === undefined ? "delete" : "modify",
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  added: 1,
  removed: 1
})

describe("changes that were recorded before a crash came before their checkpoint", () => {
  it("are not said again", () => {
    const said = [
      change(blob("1"), blob("2")),
      change(undefined, blob("n"), "new.txt"),
      change(blob("o"), undefined, "old.txt")
    ]
    assert.deepStrictEqual(unsaid(said, said), [])
  })

  it("are said from where they ended, if the file changed since", () => {
    const said = [
      change(blob("1"), blob("2")),
      change(undefined, blob("n"), "new.txt"),
      change(blob("o"), undefined, "old.txt")
    ]
    const kinds = (now: ReadonlyArray<Change>) =>
      unsaid(said, now).map(({ after, before, kind, path }) => [path, kind, before?.hash, after?.hash])
    assert.deepStrictEqual(
      kinds([
        change(blob("1"), blob("3")),
        change(undefined, blob("m"), "new.txt"),
        change(blob("o"), blob("p"), "old.txt")
      ]),
      [
        ["a.txt", "modify", "2", "3"],
        ["new.txt", "modify", "n", "m"],
        ["old.txt", "create", undefined, "p"]
      ]
    )
    assert.deepStrictEqual(kinds([change(blob("1"), undefined)]), [["a.txt", "delete", "2", undefined]])
    assert.deepStrictEqual(kinds([change(blob("1"), blob("2", "executable"))]), [["a.txt", "mode", "2", "2"]])
    assert.deepStrictEqual(kinds([change(blob("1"), blob("9", "symlink"))]), [["a.txt", "symlink", "2", "9"]])
  })

  it("leave what begins where they ended, and other paths, as they are", () => {
    const hash = FastCheck.constantFrom("2", "3", "4")
    FastCheck.assert(
      FastCheck.property(hash, hash, (next, other) => {
        const news = [change(blob("2"), blob(next === "2" ? "5" : next)), change(undefined, blob(other), "b.txt")]
        assert.deepStrictEqual(unsaid([change(blob("1"), blob("2"))], news), news)
      })
    )
  })
})
