/** Keys of a site, in Chromium: their encryption key cannot be stored in a fake. */
import { describe, it } from "@effect/vitest"
import { credentialsContract } from "../../ports/Credentials.contract.ts"
import { chromiumMissing, withPage } from "../../support/chromium.ts"
import { equal, ok } from "../../support/contract.ts"
import { runContractInChromium } from "../../support/runContract.ts"

const page = new URL("./credentials.page.ts", import.meta.url)

runContractInChromium(credentialsContract, "BrowserCredentials", page)

describe.skipIf(chromiumMissing)("keys in Chromium", () => {
  it("are there after a reload, and do not stand in the database as they are", () =>
    withPage(page, async (tab) => {
      await tab.call("set", "a", "sk-secret")
      await tab.reload()
      equal(await tab.call("get", "a"), "sk-secret")
      ok(!String(await tab.call("dump")).includes("sk-secret"), "the key can be read")
    }))
})
