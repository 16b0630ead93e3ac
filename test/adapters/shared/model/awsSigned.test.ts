/** Signature Version 4 against AWS's own test suite (get-vanilla, get-vanilla-query-order-key-case, post-x-www-form-urlencoded). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { signature } from "../../../../src/adapters/shared/model/awsSigned.ts"

const access = {
  id: "AKIDEXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "service"
}
const now = Date.UTC(2015, 7, 30, 12, 36, 0)
const url = "https://example.amazonaws.com/"

const proof = (request: Partial<Parameters<typeof signature>[0]>, token?: string) =>
  Effect.map(
    Effect.promise(() =>
      signature(
        { method: "GET", url, headers: {}, body: "", ...request },
        { ...access, ...(token === undefined ? {} : { token }) },
        now
      )
    ),
    (headers) => headers.authorization?.replace(/^.*SignedHeaders=/, "")
  )

describe("signatures", () => {
  it.effect("are those of AWS's examples", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* proof({}),
        "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
      )
      assert.strictEqual(
        yield* proof({ url: `${url}?Param2=value2&Param1=value1` }),
        "host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
      )
      assert.strictEqual(
        yield* proof({
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: "Param1=value1"
        }),
        "content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
      )
    })
  )
  it.effect("cover the token of a session", () =>
    Effect.map(proof({}, "TOKEN"), (text) => assert.match(text ?? "", /^host;x-amz-date;x-amz-security-token, /))
  )
})
