/** Pictures and files in requests: as each protocol takes them, and in words where it does not. */
import { assert, describe, it } from "@effect/vitest"
import * as Anthropic from "../../../../src/adapters/shared/model/AnthropicMessages.ts"
import * as Chat from "../../../../src/adapters/shared/model/chatBody.ts"
import * as Gemini from "../../../../src/adapters/shared/model/GoogleGemini.ts"
import * as Ollama from "../../../../src/adapters/shared/model/OllamaChat.ts"
import * as Responses from "../../../../src/adapters/shared/model/OpenAiResponses.ts"
import { CallId } from "../../../../src/domain/model/Ids.ts"
import type { Part } from "../../../../src/domain/model/Message.ts"
import type { ModelRequest } from "../../../../src/ports/LanguageModel.ts"

const png: Part = { type: "image", mime: "image/png", data: "UE5H" }
const file = (name: string, mime: string, data: string): Part => ({ type: "file", name, mime, data })
const call: Part = { type: "tool-call", id: CallId.make("A"), name: "shot", input: "{}" }
const shot: Part = {
  type: "tool-result",
  id: CallId.make("A"),
  name: "shot",
  ok: true,
  text: "taken",
  images: [{ type: "image", mime: "image/webp", data: "V0VCUA==" }]
}
const request = (parts: ReadonlyArray<Part>): ModelRequest => ({
  model: "x/m",
  system: "",
  messages: [
    { role: "user", parts },
    { role: "assistant", parts: [call] },
    { role: "user", parts: [shot] }
  ],
  tools: []
})

const given = [
  png,
  file("a.jpg", "image/jpeg", "SlBH"),
  file("a.pdf", "application/pdf", "UERG"),
  file("a.zip", "application/zip", "WklQ"),
  { type: "image", mime: "image/tiff", data: "VElG" } satisfies Part,
  { type: "file", name: "a.txt", mime: "text/plain", text: "plain words" } satisfies Part
]

const bodies: Readonly<Record<string, (asked: ModelRequest) => object>> = {
  anthropic: (asked) => Anthropic.toBody(asked, { maxOutput: 10 }),
  responses: (asked) => Responses.toBody(asked, { reasoning: false }),
  gemini: (asked) => Gemini.toBody(asked, { reasoning: false }),
  "chat, as OpenAI has it": (asked) => Chat.toBody(asked, { pdfAs: "file" }),
  "chat, as Mistral has it": (asked) => Chat.toBody(asked, { pdfAs: "document_url" }),
  "chat, as others have it": (asked) => Chat.toBody(asked, {}),
  ollama: (asked) => Ollama.toBody(asked, { window: 10 })
}
const noPdf = new Set(["chat, as others have it", "ollama"])

describe("attachments", () => {
  for (const [protocol, toBody] of Object.entries(bodies))
    it(`${protocol}: pictures, also of tools, go as pictures; what is not taken is told by name`, () => {
      const text = JSON.stringify(toBody(request(given)))
      for (const data of ["UE5H", "SlBH", "V0VCUA=="]) assert.include(text, data)
      assert.include(text, "plain words")
      for (const data of ["WklQ", "VElG"]) assert.notInclude(text, data)
      assert.include(text, "(the file a.zip was attached, but this model cannot read it)")
      assert.include(text, "a picture of type image/tiff was attached")
      assert.strictEqual(text.includes("UERG"), !noPdf.has(protocol))
      assert.strictEqual(text.includes("the file a.pdf was attached"), noPdf.has(protocol))
    })

  it("a picture that a model made is shown to it again as the person's, whose side every protocol lets show pictures", () => {
    const made: ModelRequest = {
      ...request([]),
      messages: [
        { role: "user", parts: [{ type: "text", text: "draw" }] },
        { role: "assistant", parts: [{ type: "text", text: "here" }, png] },
        { role: "user", parts: [{ type: "text", text: "redder" }] }
      ]
    }
    for (const toBody of Object.values(bodies)) assert.include(JSON.stringify(toBody(made)), "UE5H")
    const { messages } = Anthropic.toBody(made, { maxOutput: 10 })
    assert.deepStrictEqual(
      messages.map(({ role }) => role),
      ["user", "assistant", "user"]
    )
  })

  it("thoughts go back to the local models that made them", () => {
    const thought: Part = { type: "reasoning", text: "hm", by: "x/m" }
    const asked: ModelRequest = { ...request([]), messages: [{ role: "assistant", parts: [thought, call] }] }
    const { messages } = Ollama.toBody(asked, { window: 10 })
    assert.strictEqual(messages.find(({ role }) => role === "assistant")?.thinking, "hm")
  })
})
