/** Registers a contract's tests with vitest: run here on an adapter's layer, or in Chromium by a page module. */
import { beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { chromiumMissing, runInChromium } from "./chromium.ts"
import { type Contract, type ContractResult, runTest } from "./contract.ts"

/** The contract as vitest tests, each on a fresh adapter. Real time, since adapters meet real things. */
export const runContract = <Port, E>(
  contract: Contract<Port>,
  name: string,
  layer: Layer.Layer<Port, E> | (() => Layer.Layer<Port, E>)
): void => {
  describe(`${name} is a ${contract.name}`, () => {
    for (const test of contract.tests) {
      it(test.name, () => Effect.runPromise(runTest(test, typeof layer === "function" ? layer() : layer)))
    }
  })
}

/**
 * The contract as vitest tests whose work is done in a Chromium page. The module at `entry` exports
 * `run(): Promise<ReadonlyArray<ContractResult>>`, usually `() => collect(contract, layer)`.
 */
export const runContractInChromium = <Port>(contract: Contract<Port>, name: string, entry: URL): void => {
  describe.skipIf(chromiumMissing)(`${name} is a ${contract.name}, in Chromium`, () => {
    let results: ReadonlyArray<ContractResult> = []
    beforeAll(async () => {
      results = (await runInChromium(entry)) as ReadonlyArray<ContractResult>
    })
    for (const test of contract.tests) {
      it(test.name, () => {
        const result = results.find((one) => one.name === test.name)
        if (result === undefined) throw new Error("the page did not run this test")
        if (!result.ok) throw new Error(result.error)
      })
    }
  })
}
