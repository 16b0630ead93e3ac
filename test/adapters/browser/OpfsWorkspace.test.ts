/** The workspace over OPFS keeps the contract in Chromium, and search works over it. */
import { searchContract } from "../../ports/Search.contract.ts"
import { plainWorkspaceContract } from "../../ports/Workspace.contract.ts"
import { runContractInChromium } from "../../support/runContract.ts"

runContractInChromium(
  plainWorkspaceContract,
  "OpfsWorkspace",
  new URL("../../browser/opfsWorkspace.page.ts", import.meta.url)
)

runContractInChromium(
  searchContract,
  "WalkSearch over OPFS",
  new URL("../../browser/walkSearch.page.ts", import.meta.url)
)
