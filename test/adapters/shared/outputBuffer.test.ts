/** What is kept of a long output. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { makeOutputBuffer } from "../../../src/adapters/shared/outputBuffer.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

describe("the output buffer", () => {
  it("answers what was pushed, however it was cut, as long as it fits", () => {
    fc.assert(
      fc.property(fc.fullUnicodeString(), fc.array(fc.nat(20)), (text, cuts) => {
        const all = bytes(text)
        const buffer = makeOutputBuffer(all.length)
        let at = 0
        for (const cut of cuts) {
          buffer.push(all.subarray(at, at + cut))
          at = Math.min(all.length, at + cut)
        }
        buffer.push(all.subarray(at))
        const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(all)
        assert.deepStrictEqual(buffer.kept(), { output: whole, truncated: false, bytes: all.length })
      })
    )
  })

  it("keeps whole characters of both ends, and counts the rest, however it was cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "ü", "€", "😀"), { minLength: 1, maxLength: 200 }),
        fc.nat(60),
        fc.integer({ min: 1, max: 9 }),
        (parts, limit, size) => {
          const text = parts.join("")
          const all = bytes(text)
          const buffer = makeOutputBuffer(limit)
          for (let at = 0; at < all.length; at += size) buffer.push(all.subarray(at, at + size))
          const { output, truncated, bytes: total } = buffer.kept()
          assert.strictEqual(total, all.length)
          assert.strictEqual(truncated, all.length > limit)
          if (!truncated) return
          const [, head = "", missing, tail = ""] = /^(.*)\n\[… (\d+) bytes left out …\]\n(.*)$/u.exec(output) ?? []
          assert.isTrue(text.startsWith(head) && text.endsWith(tail))
          assert.strictEqual(bytes(head).length + Number(missing) + bytes(tail).length, all.length)
          assert.isAtMost(bytes(head + tail).length, limit)
          assert.isAtLeast(bytes(head + tail).length, limit - 6)
        }
      )
    )
  })

  it("keeps bytes that are no text as replacement characters", () => {
    const buffer = makeOutputBuffer(10)
    buffer.push(new Uint8Array([0x61, 0xff, 0x62]))
    assert.strictEqual(buffer.kept().output, "a\ufffdb")
  })
})
