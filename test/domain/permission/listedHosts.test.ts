/** Which hosts a list of them means. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { chosenAddress, isListed } from "../../../src/domain/permission/listedHosts.ts"

describe("a list of hosts", () => {
  const list = ["a.example", "*.b.example", "c.example:8080", "[::1]:80", "10.0.0.5"]

  it("names hosts in any spelling, and no others", () => {
    for (const [host, port] of [
      ["a.example", 443],
      ["A.Example.", 1],
      ["x.b.example", 443],
      ["y.x.b.example", 443],
      ["c.example", 8080],
      ["::1", 80],
      ["[0:0::1]", 80],
      ["10.0.0.5", 5432]
    ] as const)
      assert.isTrue(isListed(list, host, port), `${host}:${port}`)
    for (const [host, port] of [
      ["b.example", 443],
      ["xb.example", 443],
      ["a.example.evil.example", 443],
      ["c.example", 443],
      ["::1", 81],
      ["010.0.0.5", 80],
      ["a.example\0.evil", 80],
      ["", 80]
    ] as const)
      assert.isFalse(isListed(list, host, port), `${host}:${port}`)
  })

  const choose = (host: string, addresses: ReadonlyArray<string>, more: ReadonlyArray<string> = []) =>
    chosenAddress([...list, ...more], { host, port: 80, addresses })

  it("leads to public addresses, and to private ones that are listed themselves", () => {
    assert.deepStrictEqual(choose("a.example", ["93.184.216.34", "2606:2800::1"]), Either.right("93.184.216.34"))
    assert.deepStrictEqual(choose("a.example", ["10.0.0.5"]), Either.right("10.0.0.5"))
    assert.deepStrictEqual(choose("10.0.0.5", ["10.0.0.5"]), Either.right("10.0.0.5"))
    assert.deepStrictEqual(choose("localhost", ["::1", "127.0.0.1"], ["localhost"]), Either.right("::1"))
    assert.deepStrictEqual(choose("localhost", ["::1"], ["localhost"]), Either.right("::1"))
  })

  it("leads nowhere else, and says why", () => {
    const why = (host: string, addresses: ReadonlyArray<string>, more: ReadonlyArray<string> = []) =>
      Either.getOrThrow(Either.flip(choose(host, addresses, more)))
    assert.match(why("z.example", ["93.184.216.34"]), /not one of the hosts/)
    assert.match(why("a.example", []), /no such host/)
    assert.match(why("a.example\0.evil", ["93.184.216.34"]), /not the name of a host/)
    for (const address of ["127.0.0.1", "169.254.169.254", "10.0.0.6", "::2", "::ffff:127.0.0.1", "fd00::1", "odd"])
      assert.include(why("a.example", ["93.184.216.34", address]), address)
    assert.match(why("127.0.0.1", ["127.0.0.1"]), /not one of the hosts/)
    assert.match(why("10.0.0.6", ["10.0.0.6"], ["10.0.0.6:81"]), /not one of the hosts/)
    assert.match(why("localhost", ["10.0.0.7"], ["localhost"]), /10\.0\.0\.7/)
  })
})
