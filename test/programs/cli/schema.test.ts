/** What programs read from `stream-json`: a change of these schemas is a change of the public API. */
import { assert, it } from "@effect/vitest"
import * as JSONSchema from "effect/JSONSchema"
import { expect } from "vitest"
import { Fact } from "../../../src/domain/model/Event.ts"
import { Progress } from "../../../src/domain/model/Progress.ts"

it("the events of stream-json are as they were published", async () => {
  const schemas = { event: JSONSchema.make(Fact), progress: JSONSchema.make(Progress) }
  await expect(`${JSON.stringify(schemas, null, 2)}\n`).toMatchFileSnapshot("stream-json.fixture.json")
})

it("every event's name is a noun and what became of it", () => {
  const names = Fact.members.map((member) => member.fields.type.literals[0])
  for (const name of names) assert.match(name, /^[a-z]+\.[a-z]+$/)
})
