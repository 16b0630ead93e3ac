/** Settings given as values. */
import * as MemoryConfigSource from "../../../src/adapters/memory/MemoryConfigSource.ts"
import { configSourceContract, contractConfig } from "../../ports/ConfigSource.contract.ts"
import { runContract, runContractInChromium } from "../../support/runContract.ts"

runContract(configSourceContract("/project"), "MemoryConfigSource", MemoryConfigSource.layer(contractConfig))
runContractInChromium(
  configSourceContract("/project"),
  "MemoryConfigSource",
  new URL("./memoryConfigSource.page.ts", import.meta.url)
)
