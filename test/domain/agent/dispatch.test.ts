/** Calls of one answer: looks side by side, all else in order, and a log that does not tell who was faster; a tool tried alone. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { decodeInput } from "../../../src/domain/agent/decodeCall.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import type { Rule } from "../../../src/domain/model/Rule.ts"
import { defineTool, ToolFailure } from "../../../src/domain/tools/Tool.ts"
import { inMesh, ofType, prompted, root } from "../../support/mesh.ts"

/** Tools that take as many steps of the scheduler as they are told, and what ran at once. */
const watched = () => {
  const seen = { now: 0, most: 0, order: [] as Array<string> }
  const tool = (name: string, writes: boolean) =>
    defineTool({
      name,
      description: name,
      input: Schema.Struct({ id: Schema.String, steps: Schema.Number, fails: Schema.optional(Schema.Boolean) }),
      prepare: ({ fails, id, steps }) =>
        Effect.succeed({
          footprint: footprint({ [writes ? "write" : "read"]: [`${root}/${id}`] }),
          preview: id,
          run: Effect.gen(function* () {
            seen.now += 1
            seen.most = Math.max(seen.most, seen.now)
            seen.order.push(`+${id}`)
            for (let step = 0; step < steps; step++) yield* Effect.yieldNow()
            seen.now -= 1
            seen.order.push(`-${id}`)
            if (fails === true) return yield* new ToolFailure({ kind: "odd", reason: `${id} went wrong` })
            return { output: `did ${id}` }
          })
        })
    })
  return { seen, tools: [tool("read", false), tool("grep", false), tool("edit", true)] }
}

const calls = (list: ReadonlyArray<readonly [name: string, id: string, steps: number]>) =>
  list.map(([name, id, steps]) => ({ name, id, input: { id, steps } }))

/** One answer with these calls, then the end. */
const answering = (
  made: ReadonlyArray<{ readonly name: string; readonly id?: string; readonly input: object }>,
  { tools }: ReturnType<typeof watched>,
  then = prompted("go")
) => inMesh({ tools, model: { turns: [{ calls: made as never }, { text: "done" }] } }, then)

describe("calls of one answer", () => {
  it.effect("that only look run side by side where they are neighbours", () => {
    const world = watched()
    return Effect.gen(function* () {
      const { events } = yield* answering(
        calls([
          ["read", "a", 9],
          ["grep", "b", 5],
          ["read", "c", 1]
        ]),
        world
      )
      assert.strictEqual(world.seen.most, 3)
      assert.deepStrictEqual(world.seen.order.slice(0, 4), ["+a", "+b", "+c", "-c"])
      // Recorded in the order of the calls, whoever was first.
      assert.deepStrictEqual(
        ofType(events, "tool.finished").map((event) => event.output),
        ["did a", "did b", "did c"]
      )
    })
  })

  it.effect("that write run one after the other", () => {
    const world = watched()
    return Effect.gen(function* () {
      yield* answering(
        calls([
          ["edit", "a", 9],
          ["edit", "b", 1],
          ["read", "c", 1],
          ["edit", "d", 1]
        ]),
        world
      )
      assert.strictEqual(world.seen.most, 1)
      assert.deepStrictEqual(world.seen.order, ["+a", "-a", "+b", "-b", "+c", "-c", "+d", "-d"])
    })
  })

  it("leave a log that does not depend on how long each took", async () => {
    const names = fc.array(fc.tuple(fc.constantFrom("read", "grep", "edit"), fc.nat(6), fc.nat(6)), {
      minLength: 1,
      maxLength: 6
    })
    const factsOf = (list: ReadonlyArray<readonly [string, string, number]>) =>
      Effect.map(answering(calls(list), watched()), ({ events }) =>
        events.flatMap((event) =>
          event.type.startsWith("tool.") && event.type !== "tool.called"
            ? [[event.type, "call" in event ? event.call : ""]]
            : []
        )
      )
    await fc.assert(
      fc.asyncProperty(names, async (list) => {
        const [one, two] = await Effect.runPromise(
          Effect.all([
            factsOf(list.map(([name, steps], index) => [name, `f${index}`, steps] as const)),
            factsOf(list.map(([name, , steps], index) => [name, `f${index}`, steps] as const))
          ])
        )
        assert.deepStrictEqual(one, two)
      }),
      { numRuns: 15 }
    )
  })

  it.effect("that fail, name no tool or make no sense each have an outcome, and the others run", () => {
    const world = watched()
    const made = [
      { name: "read", id: "a", input: { id: "a", steps: 1, fails: true } },
      { name: "fly", id: "b", input: {} },
      { name: "read", id: "c", input: { id: 7 } },
      { name: "read", id: "d", input: { id: "d", steps: 1 } }
    ]
    return Effect.gen(function* () {
      const { events } = yield* answering(made, world)
      const told = ofType(events, "tool.finished").map((event) => [
        event.call as string,
        event.ok,
        event.output.split(":")[0]
      ])
      assert.deepStrictEqual(
        told.sort((x, y) => (String(x[0]) < String(y[0]) ? -1 : 1)),
        [
          ["a", false, "odd"],
          ["b", false, "no_such_tool"],
          ["c", false, "invalid"],
          ["d", true, "did d"]
        ]
      )
      assert.strictEqual(events.at(-1)?.type, "turn.finished")
    })
  })
})

describe("a call's input", () => {
  const [tool] = watched().tools
  const told = (text: string) => {
    if (tool === undefined) throw new Error("a tool")
    const decoded = decodeInput(tool, text)
    return decoded._tag === "Left" ? decoded.left.reason : JSON.stringify(decoded.right)
  }
  it("is decoded, and what is wrong with it is said", () => {
    assert.strictEqual(told('{"id":"a","steps":1}'), '{"id":"a","steps":1}')
    assert.match(told('{"id":'), /invalid JSON .*Send the call again/)
    assert.match(told(" "), /does not fit the tool: id: is missing/)
    assert.match(told("[]"), /does not fit the tool: input: /)
  })
})

describe("a tool tried alone", () => {
  const files = { "a.txt": "one\n", ".env": "K=1\n" }
  const tried = (
    tool: string,
    params: unknown,
    some: { readonly rules?: ReadonlyArray<Rule>; readonly mode?: string; readonly decideOnly?: boolean } = {}
  ) =>
    inMesh(
      { files, model: { turns: [] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        return yield* mesh.tryTool({ root, tool, params, ...some })
      })
    )

  it.effect("runs where the rules allow it, in place", () =>
    inMesh(
      { files, model: { turns: [] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const run = (tool: string, params: unknown) => mesh.tryTool({ root, tool, params })
        const wrote = yield* run("edit", { file_path: "a.txt", old_string: "one", new_string: "two" })
        assert.deepStrictEqual([wrote.decision, wrote.ok], ["allow", true])
        const read = yield* run("read", { file_path: "a.txt" })
        assert.include(read.output ?? "", "two")
        assert.deepStrictEqual(read.footprint?.read, [`${root}/a.txt`])
      })
    )
  )
  it.effect("is only decided where that is asked, or where the rules do not allow it", () =>
    Effect.gen(function* () {
      const only = yield* tried("read", { file_path: "a.txt" }, { decideOnly: true })
      assert.deepStrictEqual([only.decision, only.ok, only.output], ["allow", undefined, undefined])
      const denied = yield* tried(
        "read",
        { file_path: "a.txt" },
        { rules: [{ decision: "deny", rule: "read(a.txt)" }] }
      )
      assert.deepStrictEqual([denied.decision, denied.rule, denied.ok], ["deny", "read(a.txt)", undefined])
      assert.strictEqual((yield* tried("read", { file_path: ".env" })).decision, "deny")
      assert.strictEqual((yield* tried("write", { file_path: "b", content: "" }, { mode: "plan" })).decision, "deny")
    })
  )
  it.effect("that cannot be prepared is an error, and so is a tool, an input or a rule that is none", () =>
    Effect.gen(function* () {
      const kind = (tool: string, params: unknown, rules: ReadonlyArray<Rule> = []) =>
        Effect.map(tried(tool, params, { rules }), (it) => [it.ok, it.error?.kind])
      assert.deepStrictEqual(yield* kind("edit", { file_path: "a.txt", old_string: "x", new_string: "y" }), [
        false,
        "not_found"
      ])
      assert.deepStrictEqual(yield* kind("fly", {}), [false, "no_such_tool"])
      assert.deepStrictEqual(yield* kind("read", undefined), [false, "invalid"])
      assert.deepStrictEqual(yield* kind("read", {}, [{ decision: "allow", rule: "read(" }]), [false, "bad_rule"])
      assert.deepStrictEqual(yield* kind("question", { question: "q" }), [false, "nobody"])
    })
  )
})
