/** The store in IndexedDB: in Node over a fake, and in Chromium over the real one. */
import "fake-indexeddb/auto"
import { describe, it } from "@effect/vitest"
import * as IndexedDb from "../../../src/adapters/browser/IndexedDbEventStore.ts"
import { eventStoreContract } from "../../ports/EventStore.contract.ts"
import { chromiumMissing, withPage } from "../../support/chromium.ts"
import { equal } from "../../support/contract.ts"
import { runContract, runContractInChromium } from "../../support/runContract.ts"

const page = new URL("./indexedDb.page.ts", import.meta.url)
let count = 0

runContract(eventStoreContract, "IndexedDbEventStore over a fake", () => IndexedDb.layer(`node-${++count}`))
runContractInChromium(eventStoreContract, "IndexedDbEventStore", page)

describe.skipIf(chromiumMissing)("IndexedDB in Chromium", () => {
  it("keeps a session over a reload", () =>
    withPage(page, async (tab) => {
      equal(await tab.call("write", 0, 3), "ok")
      await tab.reload()
      equal(await tab.call("length"), 3)
      equal(await tab.call("write", 3, 1), "ok")
      equal(await tab.call("write", 3, 1), "StaleVersion")
    }))

  it("gives a session to one tab, and to another when the first is closed without a goodbye", () =>
    withPage(page, async (tab) => {
      const other = await tab.tab()
      equal(await other.call("hold"), 1)
      equal(await tab.call("write", 0, 1), "SessionBusy")
      await other.closeTab()
      // The browser frees a closed tab's locks a moment later.
      let last: unknown
      for (let i = 0; i < 50 && last !== "ok"; i++) last = await tab.call("write", 0, 1)
      equal(last, "ok")
    }))
})
