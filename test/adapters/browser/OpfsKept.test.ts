/** Working copies over OPFS, which keep what they need in OPFS, in Chromium. */
import { workingCopiesContract } from "../../ports/WorkingCopies.contract.ts"
import { runContractInChromium } from "../../support/runContract.ts"

runContractInChromium(
  workingCopiesContract,
  "MapWorkingCopies over OPFS",
  new URL("../../browser/opfsCopies.page.ts", import.meta.url)
)
