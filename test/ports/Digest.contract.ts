/** What every Digest must hold. */
import * as Effect from "effect/Effect"
import { Digest } from "../../src/ports/Digest.ts"
import { type Contract, equal } from "../support/contract.ts"

const sha = (input: string | Uint8Array) => Effect.flatMap(Digest, (digest) => digest.sha256(input))
const gives = (input: string | Uint8Array, hex: string) => Effect.map(sha(input), (actual) => equal(actual, hex))

/** What every Digest must hold; values from FIPS 180-4's examples and coreutils. */
export const digestContract: Contract<Digest> = {
  name: "Digest",
  tests: [
    {
      name: "the digest of nothing is the known one",
      run: gives("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    },
    {
      name: "the digest of abc is the known one",
      run: gives("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    },
    {
      name: "a text is hashed as its UTF-8",
      run: gives("ä€😀", "819fe77d1c7897c4c541e21c63d27154d46e12cc65074d8d9c874626a40a6074")
    },
    {
      name: "a text and its UTF-8 bytes have one digest",
      run: Effect.gen(function* () {
        equal(yield* sha("ä"), yield* sha(new Uint8Array([0xc3, 0xa4])))
      })
    },
    {
      name: "a view hashes its own bytes and not those around it",
      run: Effect.gen(function* () {
        const whole = new Uint8Array([1, 2, 97, 98, 99, 3])
        equal(yield* sha(whole.subarray(2, 5)), yield* sha("abc"))
      })
    },
    {
      name: "a million bytes hash to the known digest",
      run: gives("a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
  ]
}
